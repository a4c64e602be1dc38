/**
 * Upgrades a whole simulated fleet in virtual time: first the controller, then every model, by one of
 * three strategies. The run ends when everything that the faults let converge has converged and a
 * while has shown that the rest does not, or at the latest when the liveness bound has passed. What
 * is then stuck, and why, is compared machine by machine with what the faults' ground truth predicts
 * (design 4, `simulate`; liveness after facts/juju-versions-and-upgrades 11.2 L-01).
 */
import { INPUT, STATE, STATE_NAMES } from '../agents/agent.ts';
import type { Model } from '../controller/core/model.ts';
import { WallClock } from '../kernel/clock.ts';
import { type Problem, ProblemError } from '../problems/problem.ts';
import { compareVersions, printVersion } from '../versions/number.ts';
import { addMachines, buildSimulation, type SimulationWorld } from './simulation-world.ts';
import { replayCommand, type SimulateOptions } from './token.ts';

/** The machines that are stuck for one reason, and how many the faults' ground truth predicts. */
export interface StuckGroup {
  readonly count: number;
  readonly expected: number;
  /** The first few, as `model/machine-7`. */
  readonly first: readonly string[];
}

export interface SimulateResult {
  readonly seed: number;
  readonly era: string;
  readonly machines: number;
  readonly converged: number;
  /** Simulated seconds until the last machine that converged had done so. */
  readonly virtualSeconds: number;
  readonly events: number;
  readonly wallMs: number;
  readonly eventsPerSecond: number;
  readonly peakRssMiB: number;
  /** Machines by the version that they ACTUALLY run. */
  readonly versions: Readonly<Record<string, number>>;
  readonly stuck: Readonly<Record<string, StuckGroup>>;
  readonly violations: readonly {
    readonly invariant: string;
    readonly machine: string;
    readonly atVirtualSecond: number;
    readonly what: string;
    readonly replay: string;
  }[];
  /** All violations, listed above or not. */
  readonly violationCount: number;
  /** The refusal that ended the run before it began, if one did. */
  readonly refusal?: Problem;
  readonly traceHash: string;
  readonly replay: string;
  /** Whether nothing was refused or violated and exactly the predicted machines are stuck. */
  readonly held: boolean;
}

export interface SimulateWatcher {
  /** Called each virtual minute: machines converged, of how many. */
  progress?(converged: number, machines: number): void;
  /** Awaited each virtual minute, so that the process stays responsive; throws to give up. */
  pause?(): Promise<void>;
  /** Gets the world before anything happens in it: tests break it on purpose. */
  prepare?(world: SimulationWorld): void;
  /** Gets each event of the trace as one line. */
  trace?(line: string): void;
}

const MINUTE_MS = 60_000;
/** How long those that are predicted to be stuck are watched after all others converged. */
const WATCH_MINUTES = 3;
/** The controller's share of L-03 and L-04, and L-01 with its slowest faults, generously. */
const CONTROLLER_MINUTES = 60;
const CONVERGE_MINUTES = 240;
/** A wave of models counts as over when nothing has settled for so long. */
const QUIET_MINUTES = 5;
const FIRST_FEW = 5;

/**
 * Runs one simulation.
 * @throws SimulateOptionError when the options cannot be, or the era forbids the mix
 */
export async function simulate(
  options: SimulateOptions,
  watcher: SimulateWatcher = {},
): Promise<SimulateResult> {
  const wall = new WallClock();
  const world = await buildSimulation(options, watcher.trace?.bind(watcher));
  watcher.prepare?.(world);
  const run = new Run(options, world, watcher);
  const refusal = await run.upgrade();
  return run.result(refusal, wall.nowMs());
}

class Run {
  readonly #options: SimulateOptions;
  readonly #world: SimulationWorld;
  readonly #watcher: SimulateWatcher;
  /** Why a machine must be stuck in the end, by row; absent means that it must converge. */
  readonly #predicted = new Map<number, string>();
  /** First row that counts: the hosted machines, or with strategy `replace` the new ones. */
  #first = 1;
  /** Machines that a violation has already been reported for. */
  readonly #reported = new Set<number>();

  constructor(options: SimulateOptions, world: SimulationWorld, watcher: SimulateWatcher) {
    this.#options = options;
    this.#world = world;
    this.#watcher = watcher;
  }

  /** Carries the upgrade out; returns the refusal that ended it, if one did. */
  async upgrade(): Promise<Problem | undefined> {
    const { core, to } = this.#world;
    this.#predict();
    try {
      this.#aimAt(core.controllerModel);
      if (!(await this.#until(CONTROLLER_MINUTES, () => this.#controllerIsDone()))) {
        this.#violate(
          'L-03',
          0,
          `the controller is not at ${printVersion(to)}, or still upgrading`,
        );
        return undefined;
      }
      if (this.#options.strategy === 'replace') await this.#replace();
      else await this.#inPlace();
    } catch (error) {
      if (error instanceof ProblemError) return error.problem;
      throw error;
    }
    await this.#minutes(WATCH_MINUTES);
    return undefined;
  }

  /** The outcome, measured after {@link upgrade}. */
  result(refusal: Problem | undefined, wallMs: number): SimulateResult {
    const { fleet, trace, rules } = this.#world;
    const { seed, machines } = this.#options;
    const stuck = this.#stuck(refusal !== undefined);
    const replay = replayCommand(this.#options);
    return {
      seed,
      era: rules.id,
      machines,
      converged: this.#convergedCount(),
      virtualSeconds: fleet.lastSettledMs / 1_000,
      events: trace.events,
      wallMs: Math.round(wallMs),
      eventsPerSecond: Math.round(trace.events / (wallMs / 1_000)),
      peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1_024),
      versions: this.#versions(),
      stuck,
      violations: fleet.monitor.violations.map(({ invariant, machine, atMs, what }) => ({
        invariant,
        machine: machine < 0 ? '' : this.#name(machine),
        atVirtualSecond: atMs / 1_000,
        what,
        replay,
      })),
      ...(refusal ? { refusal } : {}),
      traceHash: trace.hash,
      replay,
      violationCount: fleet.monitor.count,
      held: refusal === undefined && fleet.monitor.count === 0,
    };
  }

  /** All models at once, or in waves of 1, 2, 4, ... models, each when the one before is at rest. */
  async #inPlace(): Promise<void> {
    const left = [...this.#world.models];
    for (let size = 1; left.length > 0; size *= 2) {
      const wave = this.#options.strategy === 'waves' ? left.splice(0, size) : left.splice(0);
      for (const model of wave) this.#aimAt(model);
      if (left.length > 0) await this.#quiet();
    }
    await this.#convergence();
  }

  /**
   * Grows a new machine of the new version beside each old one; old ones stay as they are until all
   * new ones that can come are there, then they are retired.
   */
  async #replace(): Promise<void> {
    const { core, fleet, models, to, clock } = this.#world;
    const old = core.machines.length;
    core.holdMachines({ first: 1, count: old - 1 });
    this.#first = old;
    for (const model of models) {
      const machines = model.nextMachine;
      this.#aimAt(model);
      addMachines(core, model, machines, to, true);
    }
    fleet.adopt();
    for (let i = old; i < core.machines.length; i++) {
      fleet.aim(i, core.models()[core.machines.model(i)]!.targetId);
    }
    this.#predict();
    await this.#convergence();
    for (let i = 1; i < old; i++) {
      core.retireMachine(i);
      fleet.happen(i, INPUT.powerLost);
    }
    this.#world.trace.say(clock.nowMs(), 'retired', { machines: old - 1 });
  }

  /** Asks the ground truth about every machine that has somewhere to go. */
  #predict(): void {
    const { core, faults, to } = this.#world;
    const { machines, versions } = core;
    this.#predicted.clear();
    for (let index = this.#first; index < machines.length; index++) {
      const version = machines.version(index);
      if (version >= 0 && compareVersions(versions.at(version), to) === 0) continue;
      const reason = faults.predictedStuck({
        index,
        os: machines.os(index),
        arch: machines.arch(index),
      });
      if (reason) this.#predicted.set(index, reason);
    }
  }

  /** @throws ProblemError when a gate refuses */
  #aimAt(model: Model): void {
    const { core, to, stragglers } = this.#world;
    const { ignoreAgentVersions } = this.#options;
    if (compareVersions(model.target, to) === 0) return;
    for (const rows of stragglers.get(model) ?? []) core.holdMachines(rows, false);
    core.upgradeModel({ modelUuid: model.uuid, target: to, ignoreAgentVersions });
  }

  #controllerIsDone(): boolean {
    const { core, fleet } = this.#world;
    return fleet.isSettled(0) && core.life.state === 'up' && core.lock.current === undefined;
  }

  /** Until everything has converged that must; what has not by the bound is a violation. */
  async #convergence(): Promise<void> {
    if (await this.#until(CONVERGE_MINUTES, () => this.#allConverged())) return;
    for (let i = this.#first; i < this.#world.core.machines.length; i++) {
      if (!this.#predicted.has(i) && !this.#converged(i)) this.#violate('L-01', i, this.#state(i));
    }
  }

  #allConverged(): boolean {
    const { length } = this.#world.core.machines;
    for (let i = this.#first; i < length; i++) {
      if (!this.#predicted.has(i) && !this.#converged(i)) return false;
    }
    return true;
  }

  /** Settled at its target; a dead machine that had nowhere to go is where it should be. */
  #converged(i: number): boolean {
    const { fleet, core, to } = this.#world;
    if (fleet.isSettled(i)) {
      return compareVersions(core.versions.at(fleet.running(i)), to) === 0;
    }
    const version = core.machines.version(i);
    return (
      fleet.state(i) === STATE.dead &&
      version >= 0 &&
      compareVersions(core.versions.at(version), to) === 0
    );
  }

  #convergedCount(): number {
    let count = 0;
    const { length } = this.#world.core.machines;
    for (let i = this.#first; i < length; i++) if (this.#converged(i)) count++;
    return count;
  }

  async #quiet(): Promise<void> {
    let [settled, since] = [-1, 0];
    await this.#until(CONVERGE_MINUTES, () => {
      if (this.#world.fleet.settled !== settled) [settled, since] = [this.#world.fleet.settled, 0];
      return since++ >= QUIET_MINUTES;
    });
  }

  /** Advances minute by minute until `done`; returns whether that came before the bound. */
  async #until(minutes: number, done: () => boolean): Promise<boolean> {
    for (let minute = 0; minute < minutes; minute++) {
      if (done()) return true;
      await this.#minutes(1);
    }
    return done();
  }

  async #minutes(count: number): Promise<void> {
    const { clock, fleet } = this.#world;
    for (let minute = 0; minute < count; minute++) {
      clock.advance(MINUTE_MS);
      fleet.inspect();
      this.#watcher.progress?.(this.#convergedCount(), this.#options.machines);
      await this.#watcher.pause?.();
    }
  }

  /** Groups what is stuck by reason, and notes every machine that is not as predicted. */
  #stuck(refused: boolean): Record<string, StuckGroup> {
    const groups = new Map<string, { count: number; expected: number; first: string[] }>();
    const group = (reason: string) => {
      const known = groups.get(reason) ?? { count: 0, expected: 0, first: [] };
      groups.set(reason, known);
      return known;
    };
    if (refused) return {};
    for (let i = this.#first; i < this.#world.core.machines.length; i++) {
      const predicted = this.#predicted.get(i);
      const actual = this.#converged(i) ? undefined : this.#reason(i);
      if (predicted !== undefined) group(predicted).expected++;
      if (actual !== undefined) {
        const stuck = group(actual);
        stuck.count++;
        if (stuck.first.length < FIRST_FEW) stuck.first.push(this.#name(i));
      }
      if (actual !== predicted && !this.#reported.has(i)) {
        const what = `predicted: ${predicted ?? 'converges'}; is: ${actual ?? 'converged'}`;
        this.#violate('ground-truth', i, what);
      }
    }
    return Object.fromEntries([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** What keeps a machine back, seen from what its agent last ran into. */
  #reason(i: number): string {
    const { fleet } = this.#world;
    if (fleet.state(i) === STATE.dead) return 'dead-machine';
    return REASONS.get(fleet.lastFailure(i)) ?? `not-settled: ${this.#state(i)}`;
  }

  #state(i: number): string {
    return STATE_NAMES[this.#world.fleet.state(i)]!;
  }

  #versions(): Record<string, number> {
    const { core } = this.#world;
    const counts = new Map<number, number>();
    for (let i = 1; i < core.machines.length; i++) {
      if (core.machines.isRetired(i)) continue;
      const version = core.machines.version(i);
      counts.set(version, (counts.get(version) ?? 0) + 1);
    }
    const named = [...counts].map(([version, count]) => {
      const name = version < 0 ? 'none' : printVersion(core.versions.at(version));
      return [name, count] as const;
    });
    return Object.fromEntries(named.sort(([, a], [, b]) => b - a));
  }

  #name(i: number): string {
    const { core } = this.#world;
    return `${core.models()[core.machines.model(i)]!.name}/${core.machines.tag(i)}`;
  }

  #violate(invariant: string, machine: number, what: string): void {
    this.#reported.add(machine);
    this.#world.fleet.monitor.violate(invariant, machine, what);
  }
}

const REASONS: ReadonlyMap<number, string> = new Map([
  [INPUT.binaryMissing, 'no-agent-binary'],
  [INPUT.diskShort, 'disk-full'],
  [INPUT.unpackFailed, 'disk-full'],
  [INPUT.downloadFailed, 'bad-download'],
  [INPUT.digestMismatch, 'digest-mismatch'],
  [INPUT.stepsFailed, 'steps-given-up'],
  [INPUT.stepsGaveUp, 'steps-given-up'],
]);
