/**
 * Generators of versions for property tests, weighted towards the boundaries where wrong rules show
 * (facts/juju-versions-and-upgrades 11.4): 9/10 and 99/100, tag against final, build 0 and 1.
 * Development only: nothing that runs in production imports this file.
 */
import fc from 'fast-check';
import type { AgentVersion } from './number.ts';

const patch = fc.oneof(fc.constantFrom(0, 1, 9, 10, 99, 100), fc.nat(999_999_999));
const minor = fc.oneof(fc.constantFrom(0, 1, 9, 10, 19, 20, 24, 25), fc.nat(60));
const tag = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: fc.constantFrom('alpha', 'beta', 'rc') },
  { weight: 1, arbitrary: fc.stringMatching(/^[a-z]{1,6}$/) },
);
const build = fc.oneof(fc.constantFrom(0, 0, 1, 9, 10), fc.nat(999_999_999));

/** Any version that can be written. */
export const anyVersion: fc.Arbitrary<AgentVersion> = fc.record({
  major: fc.oneof(fc.constantFrom(1, 2, 3, 4), fc.nat(9)),
  minor,
  tag,
  patch,
  build,
});

/** Versions so near each other that equal fields are common. */
export const closeVersion: fc.Arbitrary<AgentVersion> = fc.record({
  major: fc.constantFrom(2, 3),
  minor: fc.constantFrom(0, 9, 10),
  tag: fc.constantFrom('', '', 'alpha', 'rc'),
  patch: fc.constantFrom(0, 9, 10),
  build: fc.constantFrom(0, 0, 1, 10),
});

/** Either of the two, closeness being the more telling. */
export const version: fc.Arbitrary<AgentVersion> = fc.oneof(closeVersion, anyVersion);
