/**
 * Joins a controller core and a fleet in memory: the same typed messages that travel over sockets in
 * a live world, with no socket between. A change of a model's configuration wakes its agents, the
 * controller machine's agent takes the controller down and brings it back, and a controller that is
 * down breaks every connection.
 */
import { Fleet } from '../agents/fleet.ts';
import type { FleetOptions } from '../agents/fleet-options.ts';
import type { AgentPoints } from '../agents/points.ts';
import type { ControllerCore } from '../controller/core/controller.ts';
import type { VirtualClock } from '../kernel/clock.ts';
import type { Randomness } from '../kernel/random.ts';
import type { Trace } from '../kernel/trace.ts';
import type { VersionTable } from '../versions/number.ts';

export interface JoinOptions extends Pick<FleetOptions, 'capacity' | 'onTransition'> {
  readonly core: ControllerCore;
  readonly clock: VirtualClock;
  readonly trace: Trace;
  readonly random: Randomness;
  readonly versions: VersionTable;
  readonly points: AgentPoints;
}

/** Takes over every machine that the controller knows now, each at rest in its version on record. */
export function joinFleet({ core, versions, ...rest }: JoinOptions): Fleet {
  const fleet = new Fleet({
    ...rest,
    versions,
    machines: core.machines,
    port: core.agentPort(),
    gateClosed: () => core.life.state === 'upgrading',
    server: () => versions.intern(core.runningVersion()),
    onServerDown: () => core.controllerRestarting(),
    onServerUp: (version) => core.controllerRestarted(versions.at(version)),
  });
  core.modelChanges.add((model) => {
    core.machines.forEachOf(model.index, (i) => {
      if (i >= fleet.length || core.machines.isRetired(i)) return;
      if (!core.machines.isHeld(i)) fleet.aim(i, model.targetId);
      fleet.notify(i);
    });
  });
  core.life.changes.add((state) => {
    if (state === 'down') fleet.loseConnections();
  });
  return fleet;
}
