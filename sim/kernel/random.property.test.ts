import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Randomness } from './random.ts';

const seed = fc.maxSafeInteger();
const name = fc.string({ minLength: 1, maxLength: 12 });

describe('randomness', () => {
  it('gives one entity of one stream the same draws, whatever was drawn before elsewhere', () => {
    fc.assert(
      fc.property(seed, name, name, fc.nat(), (s, stream, other, entity) => {
        const alone = new Randomness(s).stream(stream, entity).hex(16);
        const random = new Randomness(s);
        random.stream(other, entity).hex(5);
        random.stream(stream, entity + 1).hex(5);
        random.draws(other).real(entity);
        expect(random.stream(stream, entity).hex(16)).toBe(alone);
      }),
    );
  });

  it('tells seeds, streams and entities apart', () => {
    const first = (s: number, stream: string, entity: number | string) =>
      new Randomness(s).stream(stream, entity).hex(16);
    const texts = new Set<string>();
    for (const s of [0, 1, -1, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) {
      for (const stream of ['a', 'b', 'ab']) {
        for (const entity of [0, 1, 65_536, 'x', 'y']) texts.add(first(s, stream, entity));
      }
    }
    expect(texts.size).toBe(6 * 3 * 5);
  });

  it('draws within bounds, both ends included', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: -50, max: 50 }), fc.nat(20), (s, min, span) => {
        const stream = new Randomness(s).stream('t');
        const draws = new Randomness(s).draws('t');
        for (let n = 0; n < 20; n++) {
          for (const drawn of [stream.int(min, min + span), draws.int(3, n, min, min + span)]) {
            expect(drawn).toBeGreaterThanOrEqual(min);
            expect(drawn).toBeLessThanOrEqual(min + span);
          }
        }
      }),
    );
    const seen = new Set(
      Array.from({ length: 200 }, (_, n) => new Randomness(1).draws('d').int(0, n, 0, 3)),
    );
    expect([...seen].sort()).toEqual([0, 1, 2, 3]);
  });

  it('spreads hot-path draws evenly over neighbouring entities and numbers', () => {
    const draws = new Randomness(7).draws('agent.latency');
    const buckets = new Array<number>(16).fill(0);
    for (let entity = 0; entity < 1_600; entity++) {
      for (let n = 0; n < 10; n++) buckets[Math.floor(draws.real(entity, n) * 16)]!++;
    }
    // 16,000 draws, 1,000 expected a bucket; five standard deviations are 153.
    for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(153);
  });

  it('refuses a seed that would not be kept exactly', () => {
    expect(() => new Randomness(1.5)).toThrow(RangeError);
    expect(() => new Randomness(2 ** 60)).toThrow(RangeError);
  });

  it('picks and shuffles without losing anything', () => {
    const stream = new Randomness(3).stream('s');
    const items = [...'abcdefgh'];
    expect(stream.shuffle(items).sort()).toEqual(items);
    expect(items).toContain(stream.pick(items));
    expect(() => stream.pick([])).toThrow(RangeError);
  });
});
