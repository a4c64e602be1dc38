/** Laws of the renderer over every possible problem: nothing is lost, nothing overflows. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Component, Problem } from './problem.ts';
import { decidingToken, renderProblem, SHORT_LENGTH } from './render.ts';

const COMPONENTS = ['client', 'controller', 'agent', 'machine', 'maas', 'streams'] as const;

// Printable text of any length; control characters are shown escaped and tested by example.
const text = fc
  .string({ unit: 'grapheme-composite', minLength: 1, maxLength: 120 })
  .map((s) => s.replace(/\p{Cc}/gu, ' '));
const version = fc
  .tuple(fc.nat(9), fc.nat(40), fc.constantFrom('', 'alpha', 'rc'), fc.nat(99), fc.nat(3))
  .map(([major, minor, tag, patch, build]) => {
    const head = tag ? `${major}.${minor}-${tag}${patch}` : `${major}.${minor}.${patch}`;
    return build ? `${head}.${build}` : head;
  });

const problem: fc.Arbitrary<Problem> = fc.record(
  {
    code: text,
    component: fc.constantFrom<Component>(...COMPONENTS),
    componentVersion: version,
    origin: fc.constantFrom<Problem['origin']>(...COMPONENTS, 'operator', 'unknown'),
    operation: text,
    wanted: fc.oneof(
      version,
      fc.tuple(text, version, text).map((parts) => parts.join(' ')),
      text,
    ),
    looked: fc.array(fc.record({ place: text, outcome: text }), { maxLength: 6 }),
    found: fc.array(text, { maxLength: 6 }),
    why: text,
    scope: text,
    permanence: fc.constantFrom<Problem['permanence']>('permanent', 'transient', 'unknown'),
    changed: fc.boolean(),
    next: fc.array(fc.record({ say: text, command: text }, { requiredKeys: ['say'] }), {
      maxLength: 4,
    }),
  },
  {
    requiredKeys: [
      'code',
      'component',
      'origin',
      'operation',
      'wanted',
      'looked',
      'found',
      'why',
      'scope',
      'permanence',
      'changed',
      'next',
    ],
  },
);

/** Every text fact of a problem, found by walking it: a new field is covered without being listed here. */
function facts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(facts);
  return value && typeof value === 'object' ? Object.values(value).flatMap(facts) : [];
}

it('says every fact in the long form', () => {
  fc.assert(
    fc.property(problem, (p) => {
      const long = renderProblem(p, 'long');
      for (const fact of facts(p)) expect(long).toContain(fact);
    }),
  );
});

it('tells apart what was changed from what was not', () => {
  fc.assert(
    fc.property(problem, (p) => {
      const other = renderProblem({ ...p, changed: !p.changed }, 'long');
      expect(renderProblem(p, 'long')).not.toBe(other);
    }),
  );
});

it('never overflows the short form and keeps the deciding token that fits', () => {
  fc.assert(
    fc.property(problem, (p) => {
      const short = renderProblem(p, 'short');
      const token = decidingToken(p);
      expect(short.length).toBeLessThanOrEqual(SHORT_LENGTH);
      if (token.length <= SHORT_LENGTH) expect(short).toContain(token);
    }),
  );
});
