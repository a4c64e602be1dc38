import { describe, expect, it } from 'vitest';
import { DEFAULT_EPOCH_MS, VirtualClock } from './clock.ts';

describe('the virtual clock', () => {
  it('runs callbacks in order of time, then of asking', () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    clock.after(20, () => seen.push('c'));
    clock.after(10, () => seen.push('a'));
    clock.after(10, () => seen.push('b'));
    clock.advance(15);
    expect(seen).toEqual(['a', 'b']);
    expect(clock.nowMs()).toBe(15);
    clock.advance(5);
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  it('runs what a callback asks for within the same advance', () => {
    const clock = new VirtualClock();
    const at: number[] = [];
    const tick = () => {
      at.push(clock.nowMs());
      if (at.length < 4) clock.after(5, tick);
    };
    clock.after(0, tick);
    clock.advance(12);
    expect(at).toEqual([0, 5, 10]);
  });

  it('cancels only the timer that was asked, even when its slot serves another by then', () => {
    const clock = new VirtualClock();
    let runs = 0;
    const run = () => {
      runs++;
    };
    const first = clock.after(1, run);
    clock.advance(1);
    clock.after(1, run);
    first.cancel();
    first.cancel();
    clock.advance(1);
    expect(runs).toBe(2);
  });

  it('keeps a block of numbered timers in one order with callbacks', () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    const before = clock.after(10, () => seen.push('callback'));
    const block = clock.block(3, (k) => seen.push(`timer ${k}`));
    block.set(2, 10);
    clock.after(10, () => seen.push('late callback'));
    block.set(0, 9);
    block.set(1, 9);
    expect(block.isSet(1)).toBe(true);
    expect(block.cancel(1)).toBe(true);
    expect(block.cancel(1)).toBe(false);
    clock.advance(10);
    expect(seen).toEqual(['timer 0', 'callback', 'timer 2', 'late callback']);
    before.cancel();
  });

  it('refuses to set a timer twice or in the past', () => {
    const clock = new VirtualClock();
    const block = clock.block(1, () => {});
    clock.advance(10);
    expect(() => block.set(0, 9)).toThrow(RangeError);
    block.set(0, 10);
    expect(() => block.set(0, 11)).toThrow(RangeError);
  });

  it('starts on the day of the original post', () => {
    const clock = new VirtualClock();
    clock.advance(1_500);
    expect(clock.date().getTime()).toBe(DEFAULT_EPOCH_MS + 1_500);
  });
});
