/**
 * What the program of an agent does differently from release to release. An agent behaves as the
 * version that it RUNS, not as its controller's, so the traits change when it restarts into a new
 * one. Rules that compare versions are those of `sim/versions/rules/agent.ts`; here
 * stand only differences of the program (facts/juju-versions-and-upgrades 4.2, 4.4, 12.1).
 */
import {
  type AgentVersion,
  equalVersions,
  toPatch,
  type VersionTable,
} from '../versions/number.ts';
import {
  agentDowngradeOf,
  checkAgentMove,
  ignoresOwnBuildOf,
  isAtVersion,
} from '../versions/rules/agent.ts';
import { byRelease } from '../versions/rules/by-release.ts';
import { DELAY, FLAG, INPUT } from './agent.ts';

const gateFirst = byRelease(false, [['2.9.5', true]]);
const checksDisk = byRelease(false, [
  ['2.3.9', true],
  ['2.4.0', false],
  ['2.4.4', true],
]);
const keepsTarget = byRelease(true, [['2.0.0', false]]);
const backsOff = byRelease(false, [['2.4.5', true]]);

/** The era flags (see {@link FLAG}) of an agent that runs `version`. */
export function eraFlags(version: AgentVersion): number {
  return (
    (gateFirst(version) ? FLAG.gateFirst : 0) |
    (checksDisk(version) ? FLAG.checksDisk : 0) |
    (keepsTarget(version) ? FLAG.keepsTarget : 0)
  );
}

/**
 * How long until a worker that ended in an error is started again, in simulated milliseconds.
 * @param repeat how many times it ended before without a minute of calm
 */
export function workerDelayMs(version: AgentVersion, repeat: number): number {
  if (!backsOff(version)) return DELAY.workerMs;
  const grown = DELAY.workerMs * DELAY.workerGrowth ** repeat;
  return Math.round(Math.min(grown, DELAY.workerMostMs));
}

/** Whether upgrade steps are due: `upgradedToVersion` against what runs (4.4; builds count to 2.7). */
export function stepsAreDue(upgradedTo: AgentVersion, running: AgentVersion): boolean {
  return ignoresOwnBuildOf(running)
    ? !equalVersions(toPatch(upgradedTo), toPatch(running))
    : !equalVersions(upgradedTo, running);
}

/**
 * How an agent that runs `own` takes the controller's answer `wanted`.
 * @param before the version before the upgrade whose steps are still due, if any
 * @returns one of INPUT.desiredSame, desiredOther, desiredRefused
 */
export function judge(own: AgentVersion, wanted: AgentVersion, before?: AgentVersion): number {
  if (isAtVersion({ agentIgnoresOwnBuild: ignoresOwnBuildOf(own) }, own, wanted)) {
    return INPUT.desiredSame;
  }
  const verdict = checkAgentMove({ agentDowngrade: agentDowngradeOf(own) }, own, wanted, before);
  return verdict.ok ? INPUT.desiredOther : INPUT.desiredRefused;
}

/** The same by ids of a version table, remembered, so that a fleet computes each pair once. */
export class Judgements {
  private readonly versions: VersionTable;
  private readonly known = new Uint8Array(MOST_VERSIONS * MOST_VERSIONS);
  private readonly due = new Int8Array(MOST_VERSIONS * MOST_VERSIONS).fill(-1);
  private readonly eras = new Int16Array(MOST_VERSIONS).fill(-1);
  private readonly delays = new Int32Array(MOST_VERSIONS * (MOST_REPEATS + 1));

  constructor(versions: VersionTable) {
    this.versions = versions;
  }

  /** As {@link judge}, without a version before. */
  judge(own: number, wanted: number): number {
    const cell = own * MOST_VERSIONS + wanted;
    const known = this.known[cell]!;
    if (known !== 0) return known;
    const found = judge(this.at(own), this.at(wanted));
    this.known[cell] = found;
    return found;
  }

  /** As {@link stepsAreDue}. */
  stepsAreDue(upgradedTo: number, running: number): boolean {
    const cell = upgradedTo * MOST_VERSIONS + running;
    if (this.due[cell] === -1) {
      this.due[cell] = stepsAreDue(this.at(upgradedTo), this.at(running)) ? 1 : 0;
    }
    return this.due[cell] === 1;
  }

  /** As {@link eraFlags}. */
  flags(version: number): number {
    const known = this.eras[version]!;
    if (known >= 0) return known;
    const found = eraFlags(this.at(version));
    this.eras[version] = found;
    return found;
  }

  /** As {@link workerDelayMs}; `repeat` is at most {@link MOST_REPEATS}. */
  workerDelayMs(version: number, repeat: number): number {
    const cell = version * (MOST_REPEATS + 1) + repeat;
    const known = this.delays[cell]!;
    if (known !== 0) return known;
    const found = workerDelayMs(this.at(version), repeat);
    this.delays[cell] = found;
    return found;
  }

  private at(id: number): AgentVersion {
    if (id >= MOST_VERSIONS) throw new RangeError(`more than ${MOST_VERSIONS} versions in a fleet`);
    return this.versions.at(id);
  }
}

/** Repeats are counted up to here: the delay has long stopped growing. */
export const MOST_REPEATS = 31;

/** Versions met in one world: a mix and its targets, never near this many. */
const MOST_VERSIONS = 255;
