/**
 * The world that each run of a subject gets: `up` with a fleet large enough for every check. Its
 * clock moves with the requests, far enough that deployments and upgrades end while a driver polls,
 * and never by itself: evidence must not depend on how fast the computer is (design 5).
 */
import { startWorld } from '../sim/world/up.ts';
import type { StartWorld } from './world.ts';

/** Machines in MAAS and behind the controller: several zones, tags and models. */
const MACHINES = 40;
/** Simulated milliseconds per request: a deployment of minutes takes a dozen polls. */
const STEP_MS = 30_000;

export const startOwnWorld: StartWorld = ({ seed, hooks, deployBy }) =>
  startWorld({
    seed,
    machines: MACHINES,
    stepMs: STEP_MS,
    ...(hooks ? { hooks } : {}),
    ...(deployBy ? { deployBy } : {}),
  });
