/**
 * maasquerade as a library: the same fakes in-process. A fake MAAS is a `fetch` handler (and, from
 * `maasquerade/msw`, MSW handlers); a whole world (MAAS, controller, agent metadata, a fleet) is
 * brought up on loopback and stopped again by a test.
 */
export { type EmbeddedMaasOptions, inProcessMaas } from './sim/world/embedded-maas.ts';
export { type RunningWorld, startWorld, type UpOptions } from './sim/world/up.ts';
