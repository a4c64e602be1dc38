import { afterEach, describe, expect, it } from 'vitest';
import { parseVersion } from '../versions/number.ts';
import { type RunningWorld, startWorld } from './up.ts';

let world: RunningWorld | undefined;
afterEach(() => world?.stop());

/** How many machines of the hosted model run each version, as status tells it. */
function actual({ core }: RunningWorld): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let i = 1; i < core.machines.length; i++) {
    const { patch } = core.versions.at(core.machines.version(i));
    counts[patch] = (counts[patch] ?? 0) + 1;
  }
  return counts;
}

describe('live agents', () => {
  it('upgrade over their sockets beside those of the fleet', async () => {
    world = await startWorld({
      seed: 5,
      machines: 12,
      agents: '3.6.20',
      jujuVersion: '3.6.28',
      liveAgents: 5,
      speed: 200,
    });
    const { core, served } = world;
    // Logged in, told what they run, watching, and told to stay: six calls each.
    await expect.poll(() => served.reached(), { timeout: 10_000 }).toBeGreaterThanOrEqual(30);
    const before = served.reached();
    const hosted = core.models().find((model) => model !== core.controllerModel)!;
    core.upgradeModel({ modelUuid: hosted.uuid, target: parseVersion('3.6.28') });
    await expect.poll(() => actual(world!), { timeout: 20_000 }).toEqual({ 28: 12 });
    // Each of the five asked at least for the version, the binary, and reported the new one.
    expect(served.reached() - before).toBeGreaterThanOrEqual(15);
    expect(world.gaps()).toEqual([]);
  }, 40_000);

  it('are refused when there are more than machines', async () => {
    await expect(startWorld({ seed: 5, machines: 2, liveAgents: 3 })).rejects.toThrow(
      '3 live agents need as many machines; there are 2',
    );
  });
});
