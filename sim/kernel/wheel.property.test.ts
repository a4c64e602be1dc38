import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HORIZON_MS, TimingWheel } from './wheel.ts';

/** The obviously right queue: a list, kept in order of asking, searched for the earliest. */
class SortedList {
  nowMs = 0;
  entries: { id: number; atMs: number }[] = [];

  schedule(id: number, atMs: number) {
    this.entries.push({ id, atMs });
  }

  cancel(id: number): boolean {
    const before = this.entries.length;
    this.entries = this.entries.filter((entry) => entry.id !== id);
    return this.entries.length < before;
  }

  pop(limitMs: number): number {
    let best: { id: number; atMs: number } | undefined;
    for (const entry of this.entries) if (!best || entry.atMs < best.atMs) best = entry;
    if (!best || best.atMs > limitMs) {
      if (Number.isFinite(limitMs)) this.nowMs = Math.max(this.nowMs, limitMs);
      return -1;
    }
    this.entries = this.entries.filter((entry) => entry !== best);
    this.nowMs = best.atMs;
    return best.id;
  }
}

const IDS = 12;

// Distances that fall into each level of the wheel, and on the borders between them.
const distance = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 3 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 5_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 20_000_000 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(2_047, 2_048, 2_049, 4_194_303, 4_194_304, 4_194_305, 8_388_608),
  },
);

const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('set' as const), id: fc.nat(IDS - 1), distance }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), id: fc.nat(IDS - 1) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pop' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('until' as const), distance }) },
);

describe('the timing wheel', () => {
  it('does exactly what a sorted list does: order, ties, limits, cancelling, time', () => {
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 120 }), (commands) => {
        const wheel = new TimingWheel(2);
        const model = new SortedList();
        for (const c of commands) {
          if (c.do === 'set') {
            if (wheel.isScheduled(c.id)) continue;
            wheel.schedule(c.id, wheel.nowMs + c.distance);
            model.schedule(c.id, model.nowMs + c.distance);
          } else if (c.do === 'cancel') {
            expect(wheel.cancel(c.id)).toBe(model.cancel(c.id));
          } else {
            const limit = c.do === 'until' ? model.nowMs + c.distance : Number.POSITIVE_INFINITY;
            expect(wheel.pop(limit)).toBe(model.pop(limit));
          }
          expect([wheel.nowMs, wheel.size]).toEqual([model.nowMs, model.entries.length]);
        }
        while (model.entries.length > 0) expect(wheel.pop()).toBe(model.pop(Infinity));
        expect(wheel.pop()).toBe(-1);
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes times up to its horizon and refuses those beyond', () => {
    const wheel = new TimingWheel(2);
    wheel.schedule(0, HORIZON_MS - 1);
    expect(() => wheel.schedule(1, HORIZON_MS)).toThrow(/horizon/);
    expect(wheel.pop()).toBe(0);
    expect(wheel.nowMs).toBe(HORIZON_MS - 1);
  });

  it('refuses the past, fractions and an id twice', () => {
    const wheel = new TimingWheel(2);
    wheel.pop(10);
    expect(() => wheel.schedule(0, 9)).toThrow(/now is 10 ms/);
    expect(() => wheel.schedule(0, 10.5)).toThrow(RangeError);
    wheel.schedule(0, 10);
    expect(() => wheel.schedule(0, 11)).toThrow(/already/);
  });
});
