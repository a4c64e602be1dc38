/**
 * The world that each run of a subject gets: `up` with a fleet large enough for every check and a
 * clock fast enough that deployments and upgrades end while a driver waits.
 */
import { startWorld } from '../sim/world/up.ts';
import type { StartWorld } from './world.ts';

/** Machines in MAAS and behind the controller: several zones, tags and models. */
const MACHINES = 40;
/** Simulated seconds per real second: a deployment of minutes takes less than one second. */
const SPEED = 600;

export const startOwnWorld: StartWorld = ({ seed, hooks }) =>
  startWorld({ seed, machines: MACHINES, speed: SPEED, ...(hooks ? { hooks } : {}) });
