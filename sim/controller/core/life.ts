/**
 * The controller's own life: up, down (its process is restarting) or upgrading (back in a new
 * version, database and upgrade steps still running, logins restricted). Whoever drives the
 * controller machine's agent says when the process ends and when it is back; this file runs the
 * stages in between on the world's clock and moves the UpgradeInfo along
 * (facts/juju-versions-and-upgrades 3.7, sequence 3 to 7). A fault may restart it at each stage; it
 * then resumes where the record says it was.
 */
import type { Clock, Timer } from '../../kernel/clock.ts';
import type { Randomness } from '../../kernel/random.ts';
import type { Trace } from '../../kernel/trace.ts';
import { type AgentVersion, compareVersions, printVersion } from '../../versions/number.ts';
import type { ControllerPoints, UpgradeStepContext } from '../points.ts';
import { Listeners } from './model.ts';
import type { UpgradeLock } from './upgrade-info.ts';

export type LifeState = 'up' | 'down' | 'upgrading';
type Stage = UpgradeStepContext['stage'];

/** How long the stages take on a healthy controller, drawn evenly; own choice, no upstream rule. */
const DURATION_MS: Readonly<Record<Stage, readonly [number, number]>> = {
  restarting: [0, 0],
  database: [2_000, 10_000],
  steps: [2_000, 20_000],
};

export interface LifeOptions {
  readonly clock: Clock;
  readonly trace: Trace;
  readonly random: Randomness;
  readonly points: ControllerPoints;
  readonly lock: UpgradeLock;
  readonly version: AgentVersion;
  /** Tag of the controller's machine in the UpgradeInfo. */
  readonly machine: string;
}

export class ControllerLife {
  /** Hears the new state after each change. */
  readonly changes = new Listeners<LifeState>();
  readonly #o: LifeOptions;
  #state: LifeState = 'up';
  #version: AgentVersion;
  #timer: Timer | undefined;
  /** Number of stages run so far: tells the draws of one upgrade from the next's. */
  #stages = 0;

  constructor(options: LifeOptions) {
    this.#o = options;
    this.#version = options.version;
  }

  get state(): LifeState {
    return this.#state;
  }

  /** What the answering controller runs. */
  get version(): AgentVersion {
    return this.#version;
  }

  /** The process ends; {@link restarted} says when it is back. */
  restarting(): void {
    this.#timer?.cancel();
    this.#become('down');
  }

  /** The process is back, in this version. */
  restarted(version: AgentVersion): void {
    const { lock, clock, machine } = this.#o;
    const previous = this.#version;
    this.#version = version;
    const current = lock.current;
    if (current && compareVersions(current.target, version) !== 0) lock.abort();
    if (!lock.current && compareVersions(previous, version) >= 0) {
      this.#become('up');
      return;
    }
    if (!lock.current) lock.ensure(previous, version, machine, clock.nowMs());
    this.#become('upgrading');
    this.#stage(current ? stageOf(lock) : 'restarting');
  }

  #stage(stage: Stage): void {
    const effect = this.#o.points.upgrade.ask({ stage });
    this.#bounce(stage, effect?.times ?? 0, effect?.downMs ?? 0);
  }

  /** Goes down and comes back `times` times before it carries on with the stage. */
  #bounce(stage: Stage, times: number, downMs: number): void {
    if (times <= 0) {
      this.#run(stage);
      return;
    }
    this.#become('down');
    this.#timer = this.#o.clock.after(downMs, () => {
      this.#become('upgrading');
      this.#bounce(stage, times - 1, downMs);
    });
  }

  #run(stage: Stage): void {
    const [least, most] = DURATION_MS[stage];
    const draw = this.#o.random.stream('controller.upgrade', this.#stages++).int(least, most);
    this.#timer = this.#o.clock.after(draw, () => this.#finish(stage));
  }

  #finish(stage: Stage): void {
    const { lock, machine } = this.#o;
    if (!lock.current) {
      this.#become('up');
    } else if (stage === 'restarting') {
      this.#stage('database');
    } else if (stage === 'database') {
      lock.setStatus('db-complete');
      lock.setStatus('running');
      this.#stage('steps');
    } else {
      lock.setDone(machine, [machine]);
      this.#become('up');
    }
  }

  #become(state: LifeState): void {
    if (state === this.#state) return;
    this.#state = state;
    const { trace, clock } = this.#o;
    trace.say(clock.nowMs(), 'controller', { state, version: printVersion(this.#version) });
    this.changes.tell(state);
  }
}

/** Where an interrupted upgrade goes on. */
function stageOf(lock: UpgradeLock): Stage {
  return lock.current?.status === 'running' ? 'steps' : 'database';
}
