/**
 * Agents of a live world that come over real sockets (`up --live-agents N`): each logs in with its
 * own password, watches, downloads and checks its agent binary as a real one does, so that whoever
 * looks at the wire, at connections or at load sees them. The fleet, which reaches the controller
 * through memory, gives these machines up.
 */
import { INPUT } from '../agents/agent.ts';
import type { Fleet } from '../agents/fleet.ts';
import { LiveAgent } from '../agents/live.ts';
import type { ServedController } from '../controller/api/server.ts';
import type { ControllerCore } from '../controller/core/controller.ts';
import { AGENT_KIND } from '../controller/core/machines.ts';
import type { VirtualClock } from '../kernel/clock.ts';
import type { Randomness } from '../kernel/random.ts';

export interface LiveAgentsOptions {
  readonly count: number;
  readonly core: ControllerCore;
  readonly fleet: Fleet;
  readonly served: ServedController;
  readonly clock: VirtualClock;
  readonly random: Randomness;
}

/**
 * Starts the agents of the first `count` machines that are in hosted models; the controller
 * machine's own stays with the fleet, since it takes the server down and brings it back.
 */
export function startLiveAgents(options: LiveAgentsOptions): { stop(): void } {
  const { count, core, fleet, served, clock, random } = options;
  const { machines, versions } = core;
  const chosen: number[] = [];
  for (let i = 0; i < machines.length && chosen.length < count; i++) {
    const hosted = machines.kind(i) === AGENT_KIND.machine && !machines.isController(i);
    if (hosted && machines.version(i) >= 0) chosen.push(i);
  }
  const agents = chosen.map((machine) => {
    fleet.happen(machine, INPUT.powerLost);
    return new LiveAgent({
      clock,
      random,
      target: served,
      credentials: served.agentCredentials(machine),
      machine,
      os: machines.os(machine),
      arch: machines.arch(machine),
      version: versions.at(machines.version(machine)),
    });
  });
  for (const agent of agents) agent.start();
  return {
    stop: () => {
      for (const agent of agents) agent.stop();
    },
  };
}
