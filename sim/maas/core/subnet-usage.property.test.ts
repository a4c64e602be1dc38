import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sweep } from './subnet-usage.ts';

const uses = fc.array(
  fc
    .record({
      start: fc.integer({ min: -5, max: 70 }),
      length: fc.nat(20),
      purpose: fc.constantFrom('reserved', 'dynamic', 'assigned-ip', 'gateway-ip'),
    })
    .map(({ start, length, purpose }) => ({ start, end: start + length, purpose })),
  { maxLength: 8 },
);

test('every address has exactly the purposes of the ranges that hold it', () => {
  fc.assert(
    fc.property(uses, (given) => {
      const swept = sweep(1, 62, given);
      for (let ip = 1; ip <= 62; ip++) {
        const holding = swept.filter(({ start, end }) => ip >= start && ip <= end);
        expect(holding).toHaveLength(1);
        const wanted = given.filter(({ start, end }) => ip >= start && ip <= end);
        expect(holding[0]!.purposes).toEqual([...new Set(wanted.map((u) => u.purpose))].sort());
      }
    }),
  );
});

test('ranges touch, and neighbours differ', () => {
  fc.assert(
    fc.property(uses, (given) => {
      const swept = sweep(1, 62, given);
      expect(swept[0]!.start).toBe(1);
      expect(swept.at(-1)!.end).toBe(62);
      for (const [i, range] of swept.slice(1).entries()) {
        expect(range.start).toBe(swept[i]!.end + 1);
        expect(range.purposes).not.toEqual(swept[i]!.purposes);
      }
    }),
  );
});
