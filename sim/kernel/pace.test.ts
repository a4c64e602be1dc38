import { describe, expect, it } from 'vitest';
import { VirtualClock } from './clock.ts';
import { pace, paceByRequests } from './pace.ts';

describe('a clock that real time moves', () => {
  it('runs what becomes due in order, at its speed, until it is stopped', async () => {
    const clock = new VirtualClock();
    const ran: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    clock.after(5_000, () => ran.push(5_000));
    clock.after(60_000, () => {
      ran.push(60_000);
      resolve();
    });
    const pacer = pace(clock, 10_000);
    expect(await pacer.around(async () => 'answered')).toBe('answered');
    await promise;
    pacer.stop();
    const stoppedMs = clock.nowMs();
    expect(ran).toEqual([5_000, 60_000]);
    await new Promise((done) => setTimeout(done, 60));
    expect(clock.nowMs()).toBe(stoppedMs);
  });
});

describe('a clock that requests move', () => {
  it('moves a step with each request, before the handler sees the time, and not otherwise', async () => {
    const clock = new VirtualClock();
    const pacer = paceByRequests(clock, 5_000);
    const seen: number[] = [];
    for (let n = 0; n < 3; n++) await pacer.around(async () => seen.push(clock.nowMs()));
    pacer.stop();
    expect(seen).toEqual([5_000, 10_000, 15_000]);
    expect(clock.nowMs()).toBe(15_000);
  });

  it('moves on for a request that waits for time to pass', async () => {
    const clock = new VirtualClock();
    const pacer = paceByRequests(clock, 5_000);
    const answer = await pacer.around(
      () => new Promise<string>((done) => clock.after(7_000, () => done('due'))),
    );
    pacer.stop();
    expect(answer).toBe('due');
    expect(clock.nowMs()).toBeGreaterThanOrEqual(12_000);
  });

  it('hands a handler’s error on and serves the next request', async () => {
    const pacer = paceByRequests(new VirtualClock(), 1);
    await expect(pacer.around(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await pacer.around(async () => 'yes')).toBe('yes');
    pacer.stop();
  });
});
