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

// Enough at once, and near enough, that a slot's entries fill several of the wheel's pages.
const crowd = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('setMany' as const),
      count: fc.integer({ min: 1, max: 150 }),
      distance: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constantFrom(2_048, 4_194_304)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('cancelEvery' as const),
      step: fc.integer({ min: 1, max: 9 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('popMany' as const),
      count: fc.integer({ min: 1, max: 120 }),
    }),
  },
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

  it('does so with many events in a millisecond, and what joins or leaves them half-way', () => {
    fc.assert(
      fc.property(fc.array(crowd, { minLength: 1, maxLength: 25 }), (commands) => {
        const wheel = new TimingWheel(2);
        const model = new SortedList();
        let ids = 0;
        for (const c of commands) {
          if (c.do === 'setMany') {
            for (let i = 0; i < c.count; i++) {
              wheel.scheduleIn(ids, c.distance);
              model.schedule(ids++, model.nowMs + c.distance);
            }
          } else if (c.do === 'cancelEvery') {
            for (let id = 0; id < ids; id += c.step)
              expect(wheel.cancel(id)).toBe(model.cancel(id));
          } else {
            for (let i = 0; i < c.count; i++) expect(wheel.pop(1e9)).toBe(model.pop(1e9));
          }
          if (wheel.nowMs >= 1e9) break;
          expect([wheel.nowMs, wheel.size]).toEqual([model.nowMs, model.entries.length]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it.each([0, 5, 5_000, 5_000_000])(
    'drops what was cancelled %i ms ahead, and nothing else',
    (ms) => {
      const wheel = new TimingWheel(2);
      const model = new SortedList();
      let ids = 0;
      const add = () => {
        wheel.scheduleIn(ids, ms);
        model.schedule(ids, model.nowMs + ms);
        return ids++;
      };
      for (let i = 0; i < 40; i++) add();
      // Half-way through a millisecond, if that is where they are.
      wheel.pop(ms);
      model.pop(ms);
      for (let round = 0; round < 12_000; round++) {
        const id = add();
        if (round % 600 !== 0) {
          expect(wheel.cancel(id)).toBe(true);
          model.entries.pop();
        }
      }
      expect(wheel.size).toBe(59);
      while (model.entries.length > 0) expect(wheel.pop()).toBe(model.pop(Infinity));
      expect(wheel.pop()).toBe(-1);
    },
  );

  it('tells ahead, for each page, what it is going to give', () => {
    const wheel = new TimingWheel(2);
    let told: number[] = [];
    wheel.ahead = (words, from, to) => {
      for (let at = from; at < to; at += 2) told.push(words[at]!);
    };
    for (let id = 0; id < 100; id++) wheel.scheduleIn(id, 3 + Math.floor(id / 50));
    wheel.cancel(7);
    const taken: number[] = [];
    for (let id = wheel.pop(); id >= 0; id = wheel.pop()) taken.push(id);
    told = told.filter((id) => id >= 0);
    expect(told).toEqual(taken);
    expect(taken).toHaveLength(99);
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
