/**
 * Ties a virtual clock to real time, so that the cores of a live world and the fleet run on one
 * clock whatever its speed: every tick the virtual clock runs all that became due meanwhile.
 */
import { type Timer, type VirtualClock, WallClock } from './clock.ts';

/** How finely a live world's time is cut, in real milliseconds. */
const TICK_MS = 20;

/** The present moment, as the epoch of a clock that shows real dates (milliseconds since 1970). */
export function presentEpochMs(): number {
  return new WallClock().date().getTime();
}

/**
 * Advances `clock` with real time until stopped.
 * @param speed simulated seconds per real second
 */
export function pace(clock: VirtualClock, speed: number): { stop(): void } {
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
    stop: () => {
      timer.cancel();
      wall.stop();
    },
  };
}
