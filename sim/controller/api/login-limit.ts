/**
 * How many agents may log in at a time: a bucket of tokens that fills up with simulated time, by
 * the controller's settings `agent-ratelimit-max` and `agent-ratelimit-rate`. Users are not limited
 * (facts/juju-api 2.2, `try again`).
 */
import type { Clock } from '../../kernel/clock.ts';

export class LoginLimit {
  readonly #limit: () => { most: number; everyMs: number };
  readonly #clock: Clock;
  #tokens = Number.POSITIVE_INFINITY;
  #filledMs = 0;

  /** @param limit asked at each login; `most` 0 is no limit */
  constructor(limit: () => { most: number; everyMs: number }, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** Takes a token for a login; false when there is none left. */
  take(): boolean {
    const { most, everyMs } = this.#limit();
    if (most === 0 || everyMs === 0) return true;
    const now = this.#clock.nowMs();
    const more = Math.floor((now - this.#filledMs) / everyMs);
    this.#filledMs += more * everyMs;
    this.#tokens = Math.min(most, this.#tokens + more);
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
