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

export class VirtualClock implements Clock {
  readonly #epochMs: number;
  readonly #wheel = new TimingWheel(64);
  readonly #callbacks: ((() => void) | undefined)[] = [];
  readonly #free: number[] = [];

  constructor(epochMs = DEFAULT_EPOCH_MS) {
    this.#epochMs = epochMs;
  }

  nowMs(): number {
    return this.#wheel.nowMs;
  }

  date(): Date {
    return new Date(this.#epochMs + this.#wheel.nowMs);
  }

  after(delayMs: number, run: () => void): Timer {
    const id = this.#free.pop() ?? this.#callbacks.length;
    this.#callbacks[id] = run;
    this.#wheel.schedule(id, this.#wheel.nowMs + Math.max(0, Math.ceil(delayMs)));
    return {
      cancel: () => {
        // The id may have been given to a later callback: only cancel our own.
        if (this.#callbacks[id] === run && this.#wheel.cancel(id)) this.#release(id);
      },
    };
  }

  /** Runs the next callback due by `limitMs`; returns false when there is none. */
  step(limitMs = Number.POSITIVE_INFINITY): boolean {
    const id = this.#wheel.pop(limitMs);
    if (id < 0) return false;
    const run = this.#callbacks[id]!;
    this.#release(id);
    run();
    return true;
  }

  /** Runs all that is due within the next `ms` simulated milliseconds. */
  advance(ms: number): void {
    const limit = this.#wheel.nowMs + ms;
    while (this.step(limit));
  }

  #release(id: number): void {
    this.#callbacks[id] = undefined;
    this.#free.push(id);
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
