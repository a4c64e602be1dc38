import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningWorld, startWorld } from './up.ts';

describe('a world’s machines', () => {
  let world: RunningWorld;
  beforeAll(async () => {
    world = await startWorld({ seed: 3, machines: 30, agents: '3.6.28=2,3.6.20=1' });
  });
  afterAll(() => world.stop());

  it('are the same ones in MAAS and behind the controller', () => {
    const { core, fakeMaas } = world;
    for (let i = 0; i < core.machines.length; i++) {
      const instance = core.machines.instance(i);
      const machine = fakeMaas.core.findMachine(instance.id)!;
      const model = core.models()[core.machines.model(i)]!;
      expect(machine.state).toMatchObject({
        hostname: instance.hostname,
        agentName: model.uuid,
        owner: 'admin',
        osystem: 'ubuntu',
        distroSeries: 'jammy',
        ownerData: { 'juju-model-uuid': model.uuid, 'juju-controller-uuid': core.uuid },
      });
      expect(machine.state.architecture.startsWith(`${core.machines.arch(i)}/`)).toBe(true);
      expect(instance.addresses).not.toEqual([]);
    }
    expect(core.machines.length).toBe(31);
  });

  it('leave free ones for whoever allocates', () => {
    const statuses = Map.groupBy(world.fakeMaas.core.machines, (one) => one.state.status);
    expect([...statuses].map(([status, { length }]) => [status, length]).sort()).toEqual([
      [4, 20],
      [6, 31],
    ]);
  });

  it('know each instance once', () => {
    const { machines } = world.core;
    const ids = new Set(Array.from({ length: 31 }, (_, i) => machines.instance(i).id));
    expect(ids.size).toBe(31);
  });
});
