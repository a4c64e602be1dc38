/**
 * Randomness keyed by (seed, stream, entity): every draw belongs to a named stream and to one
 * entity in it, so that adding a draw in one place, or a machine to a fleet, never shifts the fate
 * of the others (facts/anchors 4.8.3). The generator is xoroshiro128+ of the pure-rand library.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { hashText, mix32 } from './hash.ts';

export class RandomStream {
  readonly #generator: ReturnType<typeof xoroshiro128plusFromState>;

  constructor(state: readonly [number, number, number, number]) {
    this.#generator = xoroshiro128plusFromState(state);
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return uniformInt(this.#generator, min, max);
  }

  /** A real number in [0, 1). */
  real(): number {
    return uniformFloat64(this.#generator);
  }

  /** True with probability `p` (0 to 1). */
  chance(p: number): boolean {
    return this.real() < p;
  }

  /** @throws RangeError on an empty list. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('cannot pick from an empty list');
    return items[this.int(0, items.length - 1)]!;
  }

  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[] {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      [copy[i], copy[j]] = [copy[j]!, copy[i]!];
    }
    return copy;
  }

  /** `length` lower-case hexadecimal digits. */
  hex(length: number): string {
    let text = '';
    for (let i = 0; i < length; i++) text += this.int(0, 15).toString(16);
    return text;
  }
}

export class Randomness {
  readonly seed: number;

  /** @param seed any safe integer, as given by `--seed`. */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) throw new RangeError(`seed ${seed} is not a safe integer`);
    this.seed = seed;
  }

  /**
   * The generator of one entity in one stream; the same three keys always give the same draws.
   * @param stream what the draws decide, e.g. `agent.restart`
   * @param entity whose fate they are: an index or a name
   */
  stream(stream: string, entity: number | string = 0): RandomStream {
    const low = this.seed | 0;
    const high = Math.floor(this.seed / 2 ** 32) | 0;
    const name = hashText(stream);
    const whose = typeof entity === 'number' ? mix32(entity | 0, 0x51ed) : hashText(entity);
    const a = mix32(low ^ name, whose);
    const b = mix32(high ^ whose, a ^ name);
    const c = mix32(a ^ 0x9e3779b9, b);
    const d = mix32(b ^ 0x85ebca6b, c);
    // xoroshiro must not start from all zeros.
    return new RandomStream([a, b, c, d | 1]);
  }

  /** Draws of one stream that allocate nothing; see {@link Draws}. */
  draws(stream: string): Draws {
    return new Draws(this.seed, stream);
  }
}

/**
 * The hot path's draws: a hash of (seed, stream, entity, n), so that neither a generator nor any
 * state is kept for a million entities. `n` tells an entity's draws in this stream apart.
 */
export class Draws {
  private readonly low: number;
  private readonly high: number;

  constructor(seed: number, stream: string) {
    const name = hashText(stream);
    this.low = mix32(seed | 0, name);
    this.high = mix32(Math.floor(seed / 2 ** 32) | 0, this.low ^ name);
  }

  /** A real number in [0, 1) with 32 random bits. */
  real(entity: number, n = 0): number {
    return (mix32(mix32(this.low ^ n, entity), this.high + n) >>> 0) / 2 ** 32;
  }

  /** A whole number from `min` to `max`, both included; the span must be far below 2 ** 32. */
  int(entity: number, n: number, min: number, max: number): number {
    const choices = max - min + 1;
    if (choices > 0xffff) return min + Math.floor(this.real(entity, n) * choices);
    // The same to the last bit, by integers: 32 random bits times the choices, shifted right by 32.
    const bits = mix32(mix32(this.low ^ n, entity), this.high + n);
    const upper = Math.imul(bits >>> 16, choices);
    const lower = Math.imul(bits & 0xffff, choices) >>> 16;
    return min + ((upper + lower) >>> 16);
  }
}
