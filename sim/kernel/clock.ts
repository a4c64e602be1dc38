/**
 * One clock interface, two clocks. Everything in `sim/` tells time by a {@link Clock}; only this
 * file may touch the machine's own. The virtual clock runs callbacks on a {@link TimingWheel}; the
 * wall clock maps real time to simulated time at any speed.
 */
import { TimingWheel } from './wheel.ts';

/** A scheduled callback; cancelling twice is harmless. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Simulated milliseconds since the start of the world. */
  nowMs(): number;
  /** The simulated instant as a date (used for text on the wire only). */
  date(): Date;
  /** Runs `run` once, `delayMs` simulated milliseconds from now (0 = after the present event). */
  after(delayMs: number, run: () => void): Timer;
}

/** Where simulated time starts, unless a scenario says otherwise: the day of the original post. */
export const DEFAULT_EPOCH_MS = Date.UTC(2015, 8, 1, 13, 22, 46);

/** Many timers that are told apart by number and share one callback: a fleet's, say. */
export interface TimerBlock {
  /**
   * Sets timer `k` to run at `atMs` (a whole simulated millisecond, not in the past).
   * @throws RangeError when it is already set, past, or beyond the wheel's horizon
   */
  set(k: number, atMs: number): void;
  /** As {@link set}, `delayMs` (a whole number, not negative) from now. */
  setIn(k: number, delayMs: number): void;
  isSet(k: number): boolean;
  /** Returns whether it was set. */
  cancel(k: number): boolean;
}

/**
 * What a block's owner does with timers that are about to run: every second word of `words` from
 * `from` to `to` (exclusive), less `first`, is a timer of the block if it is from 0 to its count.
 * Reading what is kept of them, all at once, overlaps the waits for memory.
 */
type ReadAhead = (words: Int32Array, from: number, to: number, first: number) => void;

class NumberedTimers implements TimerBlock {
  private readonly wheel: TimingWheel;
  private readonly first: number;

  constructor(wheel: TimingWheel, first: number) {
    this.wheel = wheel;
    this.first = first;
  }

  set(k: number, atMs: number): void {
    this.wheel.schedule(this.first + k, atMs);
  }

  setIn(k: number, delayMs: number): void {
    this.wheel.scheduleIn(this.first + k, delayMs);
  }

  isSet(k: number): boolean {
    return this.wheel.isScheduled(this.first + k);
  }

  cancel(k: number): boolean {
    return this.wheel.cancel(this.first + k);
  }
}

interface Block {
  readonly first: number;
  readonly count: number;
  readonly run: (k: number) => void;
}

export class VirtualClock implements Clock {
  private readonly epochMs: number;
  private readonly wheel = new TimingWheel(64);
  private readonly callbacks = new Map<number, { readonly run: () => void }>();
  private readonly free: number[] = [];
  private readonly blocks: Block[] = [];
  private ids = 0;

  constructor(epochMs = DEFAULT_EPOCH_MS) {
    this.epochMs = epochMs;
  }

  nowMs(): number {
    return this.wheel.nowMs;
  }

  date(): Date {
    return new Date(this.epochMs + this.wheel.nowMs);
  }

  after(delayMs: number, run: () => void): Timer {
    const id = this.free.pop() ?? this.ids++;
    const callback = { run };
    this.callbacks.set(id, callback);
    this.wheel.scheduleIn(id, Math.max(0, Math.ceil(delayMs)));
    return {
      cancel: () => {
        // The id may have been given to a later callback: only cancel our own.
        if (this.callbacks.get(id) === callback && this.wheel.cancel(id)) this.release(id);
      },
    };
  }

  /** Makes `count` numbered timers on the same wheel, so that order stays total across all timers. */
  block(count: number, run: (k: number) => void, ahead?: ReadAhead): TimerBlock {
    const first = this.ids;
    this.ids += count;
    if (ahead) this.wheel.ahead = (words, from, to) => ahead(words, from, to, first);
    this.blocks.push({ first, count, run });
    return new NumberedTimers(this.wheel, first);
  }

  /**
   * Runs the next timer due by `limitMs`. Without one it returns false, and time has moved to
   * `limitMs` if that is finite.
   */
  step(limitMs = Number.POSITIVE_INFINITY): boolean {
    const id = this.wheel.pop(limitMs);
    if (id < 0) return false;
    // Newest first: the fleet's block, which nearly every event belongs to.
    for (let i = this.blocks.length - 1; i >= 0; i--) {
      const { first, count, run } = this.blocks[i]!;
      const k = id - first;
      if (k >= 0 && k < count) {
        run(k);
        return true;
      }
    }
    const callback = this.callbacks.get(id)!;
    this.release(id);
    callback.run();
    return true;
  }

  /** Runs all that is due within the next `ms` simulated milliseconds. */
  advance(ms: number): void {
    const limit = this.wheel.nowMs + ms;
    while (this.step(limit));
  }

  private release(id: number): void {
    this.callbacks.delete(id);
    this.free.push(id);
  }
}

export class WallClock implements Clock {
  readonly #epochMs: number;
  readonly #startMs = performance.now();
  readonly #speed: number;
  readonly #pending = new Set<NodeJS.Timeout>();

  /** @param options.speed simulated seconds per real second (default 1, must be positive). */
  constructor(options: { speed?: number; epochMs?: number } = {}) {
    this.#speed = options.speed ?? 1;
    if (!(this.#speed > 0)) throw new RangeError(`clock speed ${this.#speed} is not positive`);
    this.#epochMs = options.epochMs ?? Date.now();
  }

  nowMs(): number {
    return (performance.now() - this.#startMs) * this.#speed;
  }

  date(): Date {
    return new Date(this.#epochMs + this.nowMs());
  }

  after(delayMs: number, run: () => void): Timer {
    const realMs = Math.min(Math.max(0, delayMs) / this.#speed, 2 ** 31 - 1);
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      run();
    }, realMs);
    this.#pending.add(timer);
    return {
      cancel: () => {
        clearTimeout(timer);
        this.#pending.delete(timer);
      },
    };
  }

  /** Cancels every pending timer, so that the process can end. */
  stop(): void {
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }
}
