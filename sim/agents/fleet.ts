/**
 * The fleet driver: the agent's transition function over typed arrays and one timer block of the
 * virtual clock. A machine has at most one timer, for the effect that it is busy with; when the
 * timer fires the effect is carried out against the port, its outcome goes into `next`, and the
 * next effect is scheduled. Nothing on that path allocates. Latencies are drawn by (seed, stream,
 * machine, n), so a machine's fate does not depend on the size of the fleet (facts/anchors 4.8).
 * Heartbeats are no events: an agent that waits costs nothing.
 */
import type { TimerBlock, VirtualClock } from '../kernel/clock.ts';
import type { Draws, Randomness } from '../kernel/random.ts';
import { type Trace, traceKind } from '../kernel/trace.ts';
import type { VersionTable } from '../versions/number.ts';
import {
  DELAY,
  EFFECT,
  EFFECT_NAMES,
  effectOf,
  FLAG,
  INPUT,
  INPUT_NAMES,
  next,
  STATE,
  STATE_NAMES,
  STATES,
  STEPS_ATTEMPTS,
  stateOf,
} from './agent.ts';
import { Monitor } from './monitor.ts';
import type { AgentFate, AgentPoints } from './points.ts';
import { type AgentPort, REFUSED, STATUS } from './port.ts';
import { Judgements, judge, stepsAreDue, workerDelayMs } from './traits.ts';

/** What a fleet reads of the machines it drives; the controller's machine table fits. */
export interface FleetMachines {
  readonly length: number;
  os(i: number): string;
  arch(i: number): string;
  isController(i: number): boolean;
  /** The version on record, an id of the world's version table; -1 when it never reported. */
  version(i: number): number;
}

export interface FleetOptions {
  readonly clock: VirtualClock;
  readonly trace: Trace;
  readonly random: Randomness;
  readonly versions: VersionTable;
  readonly machines: FleetMachines;
  readonly port: AgentPort;
  readonly points: AgentPoints;
  /** The version that the answering server runs now, as an id. */
  readonly server: () => number;
  /** The controller machine's agent ends (`server` goes down for `downMs`), and is back in `version`. */
  readonly onServerDown?: (downMs: number) => void;
  readonly onServerUp?: (version: number) => void;
  /** Sees every transition, for comparisons; leave out where speed counts. */
  readonly onTransition?: (machine: number, state: number, input: number, effect: number) => void;
}

/** Simulated latencies in milliseconds, drawn evenly between the two; own choices, no upstream rule. */
export const LATENCY = {
  request: [2, 40],
  /** From a change of the model's configuration until an agent's watcher fires. */
  wake: [0, 5_000],
  unpack: [200, 2_000],
  switch: [5, 50],
  restart: [2_000, 8_000],
  controllerRestart: [10_000, 30_000],
  steps: [1_000, 10_000],
} as const;

const MARK = {
  /** The watcher fired while nobody was listening. */
  notified: 1,
  /** The bytes of the wanted version passed the digest check here. */
  verified: 2,
  dead: 4,
  diskFull: 8,
  crashDownloading: 16,
  crashUnpacking: 32,
  crashSwitching: 64,
  crashSteps: 128,
  controller: 256,
  wedged: 512,
} as const;

const CRASH: Readonly<Record<NonNullable<AgentFate['crashOnce']>, number>> = {
  downloading: MARK.crashDownloading,
  unpacking: MARK.crashUnpacking,
  switching: MARK.crashSwitching,
  steps: MARK.crashSteps,
};

const NONE = 0xffff;

/** The trace event of one transition; what a machine is called is for the reader to look up. */
export const TRANSITION = traceKind('agent', (machine, a, b) => {
  const version = a >>> 16;
  const state = STATE_NAMES[a & 0xff];
  const input = INPUT_NAMES[(a >>> 8) & 0xff];
  return `${machine} v${version} ${state} --${input}--> ${STATE_NAMES[b & 0xff]} ${EFFECT_NAMES[b >>> 8]}`;
});

export class Fleet {
  readonly monitor: Monitor;
  /** Number of machines that settled at the version aimed at. */
  settled = 0;
  readonly #o: FleetOptions;
  readonly #length: number;
  readonly #timers: TimerBlock;
  readonly #judgements: Judgements;
  readonly #draws: Draws;
  readonly #state: Uint8Array;
  /** The effect under way. */
  readonly #effect: Uint8Array;
  readonly #flags: Uint8Array;
  readonly #marks: Uint16Array;
  /** Versions as ids: run now, named by the link, asked for, steps done for, aimed at, last reported. */
  readonly #running: Uint16Array;
  readonly #link: Uint16Array;
  readonly #wanted: Uint16Array;
  readonly #upgradedTo: Uint16Array;
  readonly #aim: Uint16Array;
  readonly #reported: Uint16Array;
  /** Outcome of the download under way. */
  readonly #download: Int8Array;
  /** The last input that told of a failure; 0 for none. */
  readonly #failure: Uint8Array;
  readonly #attempts: Uint8Array;
  readonly #stepsFail: Uint8Array;
  readonly #repeats: Uint8Array;
  /** When the worker that last ended in an error was started again. */
  readonly #workerUpMs: Float64Array;
  readonly #activations: Uint8Array;
  readonly #slow: Float32Array;
  /** Number of draws made, which tells a machine's draws apart. */
  readonly #drawn: Uint32Array;
  readonly #inState = new Int32Array(STATES);

  /** Takes over all machines of the table, each at rest in its version on record. */
  constructor(options: FleetOptions) {
    this.#o = options;
    const n = options.machines.length;
    this.#length = n;
    this.monitor = new Monitor(options.versions, () => options.clock.nowMs());
    this.#judgements = new Judgements(options.versions);
    this.#draws = options.random.draws('agent.latency');
    this.#timers = options.clock.block(n, (machine) => this.#fire(machine));
    this.#state = new Uint8Array(n);
    this.#effect = new Uint8Array(n);
    this.#flags = new Uint8Array(n);
    this.#marks = new Uint16Array(n);
    this.#running = new Uint16Array(n);
    this.#link = new Uint16Array(n);
    this.#wanted = new Uint16Array(n).fill(NONE);
    this.#upgradedTo = new Uint16Array(n);
    this.#aim = new Uint16Array(n);
    this.#reported = new Uint16Array(n);
    this.#download = new Int8Array(n);
    this.#failure = new Uint8Array(n);
    this.#attempts = new Uint8Array(n);
    this.#stepsFail = new Uint8Array(n);
    this.#repeats = new Uint8Array(n);
    this.#workerUpMs = new Float64Array(n);
    this.#activations = new Uint8Array(n);
    this.#slow = new Float32Array(n).fill(1);
    this.#drawn = new Uint32Array(n);
    for (let m = 0; m < n; m++) this.#place(m);
  }

  get length(): number {
    return this.#length;
  }

  state(machine: number): number {
    return this.#state[machine]!;
  }

  /** The version that the agent runs, as an id. */
  running(machine: number): number {
    return this.#running[machine]!;
  }

  /** The last input that told of a failure since the agent last settled; 0 for none. */
  lastFailure(machine: number): number {
    return this.#failure[machine]!;
  }

  /** Whether the agent settled at the version aimed at. */
  isSettled(machine: number): boolean {
    return (
      this.#state[machine] === STATE.waiting &&
      this.#judgements.judge(this.#running[machine]!, this.#aim[machine]!) === INPUT.desiredSame
    );
  }

  /**
   * Tells the fleet that a machine's model now has this target. Its watcher fires later.
   * `settled` and the monitor judge by it; the agent itself only believes the controller.
   */
  aim(machine: number, version: number): void {
    if (this.isSettled(machine)) this.settled--;
    this.#aim[machine] = version;
    this.#activations[machine] = 0;
    if (this.isSettled(machine)) this.settled++;
  }

  /** The model's configuration changed: the machine's watcher will fire. */
  notify(machine: number): void {
    if (this.#effect[machine] === EFFECT.watch) this.#wakeLater(machine);
    else this.#marks[machine]! |= MARK.notified;
  }

  /** Something happens to an agent from outside, whatever it is doing. */
  happen(machine: number, input: number): void {
    const state = this.#state[machine]!;
    const step = next(state, input, this.#flags[machine]!);
    if (stateOf(step) === state && effectOf(step) === EFFECT.none) return;
    this.#timers.cancel(machine);
    this.#apply(machine, state, input, step);
  }

  /** All connections to the controller break; downloads under way break off. */
  loseConnections(): void {
    for (let m = 0; m < this.#length; m++) {
      if (this.#state[m] === STATE.downloading) this.#download[m] = REFUSED.badDownload;
      this.happen(m, INPUT.connectionLost);
    }
  }

  /** How many agents are in each state, indexed as STATE. */
  census(): Int32Array {
    return this.#inState.slice();
  }

  /** Looks at every machine; what does not fit the records is a violation. */
  inspect(): void {
    const count = new Int32Array(STATES);
    let settled = 0;
    for (let m = 0; m < this.#length; m++) {
      const state = this.#state[m]!;
      count[state]!++;
      if (this.isSettled(m)) settled++;
      if (this.#o.machines.version(m) !== this.#reported[m]) {
        this.monitor.violate('S-30', m, 'the record is not what the agent last reported');
      }
      if (state === STATE.waiting && (this.#flags[m]! & FLAG.stepsPending) !== 0) {
        this.monitor.violate('S-17', m, 'settled with upgrade steps still due');
      }
    }
    for (let state = 0; state < STATES; state++) {
      if (count[state] !== this.#inState[state]) {
        this.monitor.violate('counters', -1, `${STATE_NAMES[state]} counts differ`);
      }
    }
    if (settled !== this.settled) this.monitor.violate('counters', -1, 'settled counts differ');
  }

  #place(m: number): void {
    const { machines, points } = this.#o;
    const version = machines.version(m);
    const fate = points.fate.ask({ machine: m, os: machines.os(m), arch: machines.arch(m) });
    this.#running[m] = version;
    this.#link[m] = version;
    this.#upgradedTo[m] = version;
    this.#aim[m] = version;
    this.#reported[m] = version;
    this.#flags[m] = this.#judgements.flags(version);
    if (machines.isController(m)) this.#marks[m]! |= MARK.controller;
    if (fate) this.#doom(m, fate);
    this.#state[m] = STATE.waiting;
    this.#effect[m] = EFFECT.watch;
    this.#inState[STATE.waiting]!++;
    this.settled++;
    if (fate?.dead) this.happen(m, INPUT.powerLost);
  }

  #doom(m: number, fate: AgentFate): void {
    if (fate.diskFull) this.#marks[m]! |= MARK.diskFull;
    if (fate.wedged) this.#marks[m]! |= MARK.wedged;
    if (fate.crashOnce) this.#marks[m]! |= CRASH[fate.crashOnce];
    this.#slow[m] = fate.slowLink ?? 1;
    this.#stepsFail[m] = fate.stepsFail ?? 0;
  }

  /** The timer of a machine's effect fired: carry it out and take what comes of it. */
  #fire(m: number): void {
    const state = this.#state[m]!;
    const input = this.#perform(m, this.#effect[m]!);
    this.#apply(m, state, input, next(state, input, this.#flags[m]!));
  }

  #apply(m: number, state: number, input: number, step: number): void {
    const to = stateOf(step);
    const effect = effectOf(step);
    const { clock, trace, onTransition } = this.#o;
    const packed = state | (input << 8) | (this.#running[m]! << 16);
    trace.emit(clock.nowMs(), TRANSITION, m, packed, step);
    onTransition?.(m, state, input, effect);
    if (to !== state) {
      if (state === STATE.waiting && this.isSettled(m)) this.settled--;
      this.#inState[state]!--;
      this.#inState[to]!++;
      this.#state[m] = to;
      if (to === STATE.waiting && this.isSettled(m)) {
        this.settled++;
        this.#failure[m] = 0;
      }
    }
    this.#effect[m] = effect;
    this.#begin(m, effect);
  }

  /** Schedules the moment at which an effect is carried out. */
  #begin(m: number, effect: number): void {
    if (effect === EFFECT.none) return;
    // A wedged process hangs in its first restart; killed, it comes back as any other.
    if (effect === EFFECT.restart && this.#crashes(m, MARK.wedged)) return;
    if (effect !== EFFECT.watch) this.#after(m, this.#delayOf(m, effect));
    else if (this.#has(m, MARK.notified)) this.#wakeLater(m);
  }

  /** Begins an effect that takes time; returns how long it takes. */
  #delayOf(m: number, effect: number): number {
    switch (effect) {
      case EFFECT.download:
        return this.#beginDownload(m);
      case EFFECT.runSteps:
        this.#o.port.setStatus(m, STATUS.upgrading, this.#running[m]!);
        return this.#draw(m, LATENCY.steps);
      case EFFECT.unpack:
        return this.#draw(m, LATENCY.unpack);
      case EFFECT.switch:
        return this.#draw(m, LATENCY.switch);
      case EFFECT.restart:
        return this.#beginRestart(m);
      case EFFECT.retryIn5s:
        return DELAY.retryMs;
      case EFFECT.retryIn60s:
        return DELAY.diskMs;
      case EFFECT.waitForSteps:
        return DELAY.stepsMs;
      case EFFECT.restartWorker:
      case EFFECT.reconnect:
        return this.#workerDelay(m);
      default:
        return this.#draw(m, LATENCY.request);
    }
  }

  /** Carries an effect out; returns the input that it brings. */
  #perform(m: number, effect: number): number {
    const { port } = this.#o;
    switch (effect) {
      case EFFECT.connect:
        return loginInput(port.login(m));
      case EFFECT.report:
        return this.#report(m);
      case EFFECT.runSteps:
        return this.#runSteps(m);
      case EFFECT.watch:
        return INPUT.wake;
      case EFFECT.ask:
        return this.#ask(m);
      case EFFECT.find:
        return this.#failing(m, findInput(port.findBinary(m, this.#wanted[m]!)));
      case EFFECT.checkDisk:
        return this.#has(m, MARK.diskFull) ? this.#failing(m, INPUT.diskShort) : INPUT.diskEnough;
      case EFFECT.download:
        return this.#endDownload(m);
      case EFFECT.unpack:
        return this.#unpack(m);
      case EFFECT.switch:
        if (this.#crashes(m, MARK.crashSwitching)) return INPUT.crashed;
        this.#link[m] = this.#wanted[m]!;
        return INPUT.switched;
      case EFFECT.restart:
        this.#start(m);
        return INPUT.started;
      default:
        return INPUT.timer;
    }
  }

  #report(m: number): number {
    const answer = this.#o.port.reportVersion(m, this.#running[m]!);
    if (answer < 0)
      return answer === REFUSED.unreachable ? INPUT.connectionLost : INPUT.requestFailed;
    this.#reported[m] = this.#running[m]!;
    return INPUT.reported;
  }

  #ask(m: number): number {
    this.#marks[m]! &= ~MARK.notified;
    const wanted = this.#o.port.desiredVersion(m);
    if (wanted < 0)
      return wanted === REFUSED.unreachable ? INPUT.connectionLost : INPUT.requestFailed;
    this.monitor.answered(m, this.#has(m, MARK.controller), wanted, this.#o.server());
    const running = this.#running[m]!;
    let verdict = this.#judgements.judge(running, wanted);
    if (verdict === INPUT.desiredRefused && (this.#flags[m]! & FLAG.stepsPending) !== 0) {
      const { versions } = this.#o;
      verdict = judge(versions.at(running), versions.at(wanted), versions.at(this.#upgradedTo[m]!));
    }
    if (verdict === INPUT.desiredOther && wanted !== this.#wanted[m]) {
      this.#wanted[m] = wanted;
      this.#flags[m]! &= ~FLAG.unpacked;
      this.#marks[m]! &= ~MARK.verified;
    }
    return verdict;
  }

  /** Asks for the bytes; returns how long they take. */
  #beginDownload(m: number): number {
    const { outcome, durationMs } = this.#o.port.download(m, this.#wanted[m]!);
    this.#download[m] = outcome;
    return Math.round(durationMs * this.#slow[m]!);
  }

  #endDownload(m: number): number {
    if (this.#crashes(m, MARK.crashDownloading)) return INPUT.crashed;
    const outcome = this.#download[m]!;
    if (outcome === 0) {
      this.#marks[m]! |= MARK.verified;
      return INPUT.downloaded;
    }
    return this.#failing(
      m,
      outcome === REFUSED.digestMismatch ? INPUT.digestMismatch : INPUT.downloadFailed,
    );
  }

  #unpack(m: number): number {
    if (this.#crashes(m, MARK.crashUnpacking)) return INPUT.crashed;
    // An agent that does not check the space first finds out here.
    if (this.#has(m, MARK.diskFull)) return this.#failing(m, INPUT.unpackFailed);
    this.#flags[m]! |= FLAG.unpacked;
    return INPUT.unpacked;
  }

  /** The process ends; returns how long until the init system has it back. */
  #beginRestart(m: number): number {
    if (!this.#has(m, MARK.controller)) return this.#draw(m, LATENCY.restart);
    const downMs = this.#draw(m, LATENCY.controllerRestart);
    this.#o.onServerDown?.(downMs);
    this.loseConnections();
    return downMs;
  }

  #start(m: number): void {
    const from = this.#running[m]!;
    const to = this.#link[m]!;
    this.#flags[m]! &= ~FLAG.stepsGivenUp;
    this.#attempts[m] = 0;
    if (to !== from) this.#activate(m, from, to);
    if (this.#has(m, MARK.controller)) this.#o.onServerUp?.(to);
  }

  #activate(m: number, from: number, to: number): void {
    const { versions, server } = this.#o;
    const own = this.#has(m, MARK.controller);
    const verified = this.#has(m, MARK.verified);
    this.monitor.activated(m, own, from, to, this.#wanted[m]!, server(), verified);
    if (++this.#activations[m]! > 1)
      this.monitor.violate('L-06', m, 'restarted twice for one target');
    this.#running[m] = to;
    const due = stepsAreDue(versions.at(this.#upgradedTo[m]!), versions.at(to));
    this.#flags[m] = this.#judgements.flags(to) | (due ? FLAG.stepsPending : 0);
  }

  #runSteps(m: number): number {
    if (this.#crashes(m, MARK.crashSteps)) return INPUT.crashed;
    const { port } = this.#o;
    const running = this.#running[m]!;
    if (this.#attempts[m]! < this.#stepsFail[m]!) {
      const last = ++this.#attempts[m]! >= STEPS_ATTEMPTS;
      port.setStatus(m, last ? STATUS.upgradeGaveUp : STATUS.upgradeWillRetry, running);
      if (!last) return this.#failing(m, INPUT.stepsFailed);
      this.#flags[m]! |= FLAG.stepsGivenUp;
      return this.#failing(m, INPUT.stepsGaveUp);
    }
    const answer = port.setStatus(m, STATUS.started, running);
    if (answer === REFUSED.unreachable) return INPUT.connectionLost;
    this.#upgradedTo[m] = running;
    this.#flags[m]! &= ~FLAG.stepsPending;
    return INPUT.stepsDone;
  }

  #workerDelay(m: number): number {
    const version = this.#o.versions.at(this.#running[m]!);
    const nowMs = this.#o.clock.nowMs();
    const calm = nowMs > this.#workerUpMs[m]! + DELAY.workerCalmMs;
    const repeat = calm ? 0 : this.#repeats[m]!;
    const delayMs = workerDelayMs(version, repeat);
    this.#repeats[m] = Math.min(repeat + 1, 255);
    this.#workerUpMs[m] = nowMs + delayMs;
    return delayMs;
  }

  #wakeLater(m: number): void {
    this.#marks[m]! &= ~MARK.notified;
    if (!this.#timers.isSet(m)) this.#after(m, this.#draw(m, LATENCY.wake));
  }

  #after(m: number, delayMs: number): void {
    this.#timers.set(m, this.#o.clock.nowMs() + delayMs);
  }

  #draw(m: number, [min, max]: readonly [number, number]): number {
    return this.#draws.int(m, this.#drawn[m]!++, min, max);
  }

  #has(m: number, mark: number): boolean {
    return (this.#marks[m]! & mark) !== 0;
  }

  /** Whether the agent dies here, which it does once. */
  #crashes(m: number, mark: number): boolean {
    if (!this.#has(m, mark)) return false;
    this.#marks[m]! &= ~mark;
    return true;
  }

  #failing(m: number, input: number): number {
    if (FAILURES.has(input)) this.#failure[m] = input;
    return input;
  }
}

const FAILURES: ReadonlySet<number> = new Set([
  INPUT.binaryMissing,
  INPUT.diskShort,
  INPUT.downloadFailed,
  INPUT.digestMismatch,
  INPUT.unpackFailed,
  INPUT.stepsFailed,
  INPUT.stepsGaveUp,
]);

/** What a login's answer means to the agent (facts/juju-api 6.1 step 3b). */
export function loginInput(answer: number): number {
  if (answer >= 0) return INPUT.loginOk;
  if (answer === REFUSED.unreachable) return INPUT.connectionLost;
  return answer === REFUSED.unauthorized ? INPUT.loginRefused : INPUT.loginTryAgain;
}

/** What the answer to `Upgrader.Tools` means. */
export function findInput(answer: number): number {
  if (answer >= 0) return INPUT.binaryFound;
  if (answer === REFUSED.unreachable) return INPUT.connectionLost;
  return answer === REFUSED.noBinary ? INPUT.binaryMissing : INPUT.requestFailed;
}
