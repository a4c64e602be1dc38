/**
 * What moves the virtual clock of a live world, so that its cores and the fleet run on one clock:
 * either real time at any speed, or the requests that arrive. The second makes what a client sees
 * depend on what it asked before and on nothing else, so that the same run gives the same evidence
 * on a slow computer as on a fast one (design 5).
 */
import { type Timer, type VirtualClock, WallClock } from './clock.ts';

/** Moves a clock for as long as a world lives. */
export interface Pacer {
  /** Every request goes through here on its way to a handler. */
  around<T>(handle: () => Promise<T>): Promise<T>;
  stop(): void;
}

/** How finely a live world's time is cut, in real milliseconds. */
const TICK_MS = 20;

/** How long a request may wait, in real milliseconds, before it is taken to wait for time to pass. */
const PATIENCE_MS = 250;

/** The present moment, as the epoch of a clock that shows real dates (milliseconds since 1970). */
export function presentEpochMs(): number {
  return new WallClock().date().getTime();
}

/**
 * Advances `clock` with real time until stopped.
 * @param speed simulated seconds per real second
 */
export function pace(clock: VirtualClock, speed: number): Pacer {
  const wall = new WallClock({ speed });
  const startMs = clock.nowMs();
  let timer: Timer;
  const tick = () => {
    const behindMs = Math.floor(wall.nowMs()) + startMs - clock.nowMs();
    if (behindMs > 0) clock.advance(behindMs);
    timer = wall.after(TICK_MS * speed, tick);
  };
  timer = wall.after(0, tick);
  return {
    around: (handle) => handle(),
    stop: () => {
      timer.cancel();
      wall.stop();
    },
  };
}

/**
 * Advances `clock` by `stepMs` simulated milliseconds as each request arrives. A request that
 * itself waits for time to pass (a watcher's, a delayed answer's) moves it on too, a step for each
 * {@link PATIENCE_MS} real milliseconds, since its client will ask for nothing else meanwhile.
 */
export function paceByRequests(clock: VirtualClock, stepMs: number): Pacer {
  const wall = new WallClock();
  let waiting = 0;
  let timer: Timer | undefined;
  const nudge = () => {
    clock.advance(stepMs);
    timer = waiting > 0 ? wall.after(PATIENCE_MS, nudge) : undefined;
  };
  return {
    around: async (handle) => {
      clock.advance(stepMs);
      waiting++;
      timer?.cancel();
      timer = wall.after(PATIENCE_MS, nudge);
      try {
        return await handle();
      } finally {
        waiting--;
        if (waiting === 0) timer?.cancel();
      }
    },
    stop: () => wall.stop(),
  };
}
