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
import { type Trace, type TraceKind, traceKind } from '../kernel/trace.ts';
import { printVersion, type VersionTable } from '../versions/number.ts';
import {
  DELAY,
  EFFECT,
  EFFECT_NAMES,
  EFFECTS,
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
import { FAILURES, findInput, loginInput } from './answers.ts';
import { LATENCY } from './latency.ts';
import { Monitor } from './monitor.ts';
import type { AgentFate, AgentPoints } from './points.ts';
import { type AgentPort, REFUSED, STATUS } from './port.ts';
import { AgentRecords, AT, F64, I32, MARK, U8, U16 } from './records.ts';
import { Judgements, judge, MOST_REPEATS } from './traits.ts';

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
  /** Room for so many machines; default is as many as there are. */
  readonly capacity?: number;
  readonly port: AgentPort;
  readonly points: AgentPoints;
  /** The version that the answering server runs now, as an id. */
  readonly server: () => number;
  /** Whether the server's upgrade gate is closed, so that only its own machine may log in (S-16). */
  readonly gateClosed?: () => boolean;
  /**
   * The controller machine's agent ends, so that the server goes down for `downMs` and all
   * connections break ({@link Fleet.loseConnections}); and it is back, in `version`.
   */
  readonly onServerDown?: (downMs: number) => void;
  readonly onServerUp?: (version: number) => void;
  /** Sees every transition, for comparisons; leave out where speed counts. */
  readonly onTransition?: (machine: number, state: number, input: number, effect: number) => void;
}

/** Where a fate makes an agent die, as a mark. */
const CRASH: Readonly<Record<NonNullable<AgentFate['crashOnce']>, number>> = {
  downloading: MARK.crashDownloading,
  unpacking: MARK.crashUnpacking,
  switching: MARK.crashSwitching,
  steps: MARK.crashSteps,
};

/**
 * The delay of each effect, as the least and how much more it may be. Looked up, since what comes
 * next in a fleet is anybody's guess, a processor's too; -1 where more is to be done than to wait.
 */
const LEAST_MS = new Int32Array(EFFECTS).fill(LATENCY.request[0]);
const CHOICES = new Int32Array(EFFECTS).fill(LATENCY.request[1] - LATENCY.request[0]);
for (const [effect, least, most = least] of [
  [EFFECT.unpack, ...LATENCY.unpack],
  [EFFECT.switch, ...LATENCY.switch],
  [EFFECT.retryIn5s, DELAY.retryMs],
  [EFFECT.retryIn60s, DELAY.diskMs],
  [EFFECT.waitForSteps, DELAY.stepsMs],
  [EFFECT.setUp, DELAY.setUpMs],
  [EFFECT.none, -1],
  [EFFECT.watch, -1],
  [EFFECT.restartWorker, -1],
  [EFFECT.reconnect, -1],
  [EFFECT.download, -1],
  [EFFECT.runSteps, -1],
  [EFFECT.restart, -1],
] as const) {
  LEAST_MS[effect] = least;
  CHOICES[effect] = most - least;
}

/** No version: never asked for one, or never reported one. */
const NONE = 0xff;

/** The trace event of a transition, written out as `7 1.24.5 waiting --wake--> asking ask`. */
function transitionKind(versions: VersionTable): TraceKind {
  return traceKind('agent', (machine, a, b) => {
    const version = printVersion(versions.at(a >>> 16));
    const [state, input] = [STATE_NAMES[a & 0xff], INPUT_NAMES[(a >>> 8) & 0xff]];
    const [to, effect] = [STATE_NAMES[b & 0xff], EFFECT_NAMES[b >>> 8]];
    return `${machine} ${version} ${state} --${input}--> ${to} ${effect}`;
  });
}

export class Fleet {
  readonly monitor: Monitor;
  /** Number of machines that settled at the version aimed at, and when the last one did. */
  settled = 0;
  lastSettledMs = 0;
  private readonly o: FleetOptions;
  private readonly transition: TraceKind;
  private count = 0;
  private readonly timers: TimerBlock;
  private readonly judgements: Judgements;
  private readonly draws: Draws;
  private readonly u8: Uint8Array;
  private readonly u16: Uint16Array;
  private readonly i32: Int32Array;
  private readonly f64: Float64Array;
  private readonly inState = new Int32Array(STATES);

  /** Takes over all machines of the table (see {@link adopt}). */
  constructor(options: FleetOptions) {
    this.o = options;
    this.transition = transitionKind(options.versions);
    const n = options.capacity ?? options.machines.length;
    this.judgements = new Judgements(options.versions);
    this.monitor = new Monitor(options.versions, this.judgements, () => options.clock.nowMs());
    this.draws = options.random.draws('agent.latency');
    const records = new AgentRecords(n);
    this.timers = options.clock.block(
      n,
      (machine) => this.fire(machine),
      (words, from, to, first) => records.readAhead(words, from, to, first),
    );
    this.u8 = records.u8;
    this.u16 = records.u16;
    this.i32 = records.i32;
    this.f64 = records.f64;
    this.adopt();
  }

  /**
   * Takes over the machines that the table has more than before: each at rest in its version on
   * record, or still to be set up when it has none.
   * @throws RangeError when there are more than the fleet has room for
   */
  adopt(): void {
    const { machines, capacity = machines.length } = this.o;
    if (machines.length > capacity) throw new RangeError(`no room for ${machines.length} machines`);
    while (this.count < machines.length) this.place(this.count++);
  }

  get length(): number {
    return this.count;
  }

  state(machine: number): number {
    return this.u8[machine * U8 + AT.state]!;
  }

  /** The version that the agent runs, as an id. */
  running(machine: number): number {
    return this.u8[machine * U8 + AT.running]!;
  }

  /** The last input that told of a failure since the agent last settled; 0 for none. */
  lastFailure(machine: number): number {
    return this.u8[machine * U8 + AT.failure]!;
  }

  /** Whether the agent settled at the version aimed at. */
  isSettled(machine: number): boolean {
    return (
      this.u8[machine * U8 + AT.state] === STATE.waiting &&
      this.judgements.judge(
        this.u8[machine * U8 + AT.running]!,
        this.u8[machine * U8 + AT.aim]!,
      ) === INPUT.desiredSame
    );
  }

  /**
   * Tells the fleet that a machine's model now has this target. Its watcher fires later.
   * `settled` and the monitor judge by it; the agent itself only believes the controller.
   */
  aim(machine: number, version: number): void {
    if (this.isSettled(machine)) this.settled--;
    this.u8[machine * U8 + AT.aim] = version;
    this.u8[machine * U8 + AT.activations] = 0;
    if (this.isSettled(machine)) this.settled++;
  }

  /** The model's configuration changed: the machine's watcher will fire. */
  notify(machine: number): void {
    if (this.u8[machine * U8 + AT.effect] === EFFECT.watch) this.wakeLater(machine);
    else this.u16[machine * U16 + AT.marks]! |= MARK.notified;
  }

  /** Something happens to an agent from outside, whatever it is doing. */
  happen(machine: number, input: number): void {
    const state = this.u8[machine * U8 + AT.state]!;
    const step = next(state, input, this.u8[machine * U8 + AT.flags]!);
    if (stateOf(step) === state && effectOf(step) === EFFECT.none) return;
    this.timers.cancel(machine);
    this.apply(machine, state, input, step);
  }

  /** All connections to the controller break; downloads under way break off. */
  loseConnections(): void {
    for (let m = 0; m < this.count; m++) {
      if (this.u8[m * U8 + AT.state] === STATE.downloading)
        this.u8[m * U8 + AT.download] = -REFUSED.badDownload;
      this.happen(m, INPUT.connectionLost);
    }
  }

  /** How many agents are in each state, indexed as STATE. */
  census(): Int32Array {
    return this.inState.slice();
  }

  /** Looks at every machine; what does not fit the records is a violation. */
  inspect(): void {
    const count = new Int32Array(STATES);
    let settled = 0;
    for (let m = 0; m < this.count; m++) {
      const state = this.u8[m * U8 + AT.state]!;
      count[state]!++;
      if (this.isSettled(m)) settled++;
      const recorded = this.o.machines.version(m);
      if ((recorded < 0 ? NONE : recorded) !== this.u8[m * U8 + AT.reported]) {
        this.monitor.violate('S-30', m, 'the record is not what the agent last reported');
      }
      if (state === STATE.waiting && (this.u8[m * U8 + AT.flags]! & FLAG.stepsPending) !== 0) {
        this.monitor.violate('S-17', m, 'settled with upgrade steps still due');
      }
    }
    for (let state = 0; state < STATES; state++) {
      if (count[state] !== this.inState[state]) {
        this.monitor.violate('counters', -1, `${STATE_NAMES[state]} counts differ`);
      }
    }
    if (settled !== this.settled) this.monitor.violate('counters', -1, 'settled counts differ');
  }

  private place(m: number): void {
    const { machines, points } = this.o;
    const version = machines.version(m);
    const fate = points.fate.ask({ machine: m, os: machines.os(m), arch: machines.arch(m) });
    this.u8[m * U8 + AT.running] = version;
    this.u8[m * U8 + AT.link] = version;
    this.u8[m * U8 + AT.wanted] = NONE;
    this.u8[m * U8 + AT.upgradedTo] = version;
    this.u8[m * U8 + AT.aim] = version;
    this.u16[m * U16 + AT.slow] = Math.min(Math.round((fate?.slowLink ?? 1) * 100), 0xffff);
    this.u8[m * U8 + AT.reported] = version;
    if (machines.isController(m)) this.u16[m * U16 + AT.marks]! |= MARK.controller;
    if (fate) this.doom(m, fate);
    if (version < 0) {
      this.u8[m * U8 + AT.effect] = EFFECT.setUp;
      this.inState[STATE.down]!++;
      this.timers.setIn(m, this.draw(m, LATENCY.setUp));
    } else {
      this.u8[m * U8 + AT.flags] = this.judgements.flags(version);
      this.u8[m * U8 + AT.state] = STATE.waiting;
      this.u8[m * U8 + AT.effect] = EFFECT.watch;
      this.inState[STATE.waiting]!++;
      this.settled++;
    }
    if (fate?.dead) this.happen(m, INPUT.powerLost);
  }

  private doom(m: number, fate: AgentFate): void {
    if (fate.diskFull) this.u16[m * U16 + AT.marks]! |= MARK.diskFull;
    if (fate.wedged) this.u16[m * U16 + AT.marks]! |= MARK.wedged;
    if (fate.crashOnce) this.u16[m * U16 + AT.marks]! |= CRASH[fate.crashOnce];
    this.u8[m * U8 + AT.stepsFail] = fate.stepsFail ?? 0;
  }

  /** The timer of a machine's effect fired: carry it out and take what comes of it. */
  private fire(m: number): void {
    const state = this.u8[m * U8 + AT.state]!;
    const input = this.perform(m, this.u8[m * U8 + AT.effect]!);
    this.apply(m, state, input, next(state, input, this.u8[m * U8 + AT.flags]!));
  }

  private apply(m: number, state: number, input: number, step: number): void {
    const to = stateOf(step);
    const effect = effectOf(step);
    const { clock, trace, onTransition } = this.o;
    const packed = state | (input << 8) | (this.u8[m * U8 + AT.running]! << 16);
    trace.emit(clock.nowMs(), this.transition, m, packed, step);
    onTransition?.(m, state, input, effect);
    if (to !== state) {
      if (state === STATE.waiting && this.isSettled(m)) this.settled--;
      this.inState[state]!--;
      this.inState[to]!++;
      this.u8[m * U8 + AT.state] = to;
      if (to === STATE.waiting && this.isSettled(m)) {
        this.settled++;
        this.lastSettledMs = clock.nowMs();
        this.u8[m * U8 + AT.failure] = 0;
      }
    }
    this.u8[m * U8 + AT.effect] = effect;
    this.begin(m, effect);
  }

  /** Schedules the moment at which an effect is carried out. */
  private begin(m: number, effect: number): void {
    const least = LEAST_MS[effect]!;
    if (least >= 0) {
      const choices = CHOICES[effect]!;
      this.timers.setIn(m, choices === 0 ? least : this.drawn(m, least, least + choices));
    } else if (effect === EFFECT.reconnect || effect === EFFECT.restartWorker) {
      this.timers.setIn(m, this.workerDelay(m));
    } else {
      this.beginMore(m, effect);
    }
  }

  /** Begins an effect that takes more than waiting for it. */
  private beginMore(m: number, effect: number): void {
    switch (effect) {
      case EFFECT.none:
        return;
      case EFFECT.watch:
        if (this.has(m, MARK.notified)) this.wakeLater(m);
        return;
      case EFFECT.download:
        this.timers.setIn(m, this.beginDownload(m));
        return;
      case EFFECT.runSteps:
        this.o.port.setStatus(m, STATUS.upgrading, this.u8[m * U8 + AT.running]!);
        this.timers.setIn(m, this.draw(m, LATENCY.steps));
        return;
      case EFFECT.restart:
        // A wedged process hangs in its first restart; killed, it comes back as any other.
        if (!this.crashes(m, MARK.wedged)) this.timers.setIn(m, this.beginRestart(m));
        return;
      default:
        throw new Error(`no delay is known for ${EFFECT_NAMES[effect]}`);
    }
  }

  /** Carries an effect out; returns the input that it brings. */
  private perform(m: number, effect: number): number {
    const { port } = this.o;
    switch (effect) {
      case EFFECT.connect:
        return this.connect(m);
      case EFFECT.report:
        return this.report(m);
      case EFFECT.runSteps:
        return this.runSteps(m);
      case EFFECT.watch:
        return INPUT.wake;
      case EFFECT.ask:
        return this.ask(m);
      case EFFECT.find:
        return this.failing(m, findInput(port.findBinary(m, this.u8[m * U8 + AT.wanted]!)));
      case EFFECT.checkDisk:
        return this.has(m, MARK.diskFull) ? this.failing(m, INPUT.diskShort) : INPUT.diskEnough;
      case EFFECT.download:
        return this.endDownload(m);
      case EFFECT.unpack:
        return this.unpack(m);
      case EFFECT.switch:
        if (this.crashes(m, MARK.crashSwitching)) return INPUT.crashed;
        this.u8[m * U8 + AT.link] = this.u8[m * U8 + AT.wanted]!;
        return INPUT.switched;
      case EFFECT.restart:
        this.start(m);
        return INPUT.started;
      case EFFECT.setUp:
        return this.setUp(m);
      default:
        return INPUT.timer;
    }
  }

  private connect(m: number): number {
    const input = loginInput(this.o.port.login(m));
    const { gateClosed } = this.o;
    if (input === INPUT.loginOk && !this.has(m, MARK.controller) && gateClosed?.()) {
      this.monitor.violate('S-16', m, 'logged in while the upgrade gate was closed');
    }
    return input;
  }

  private report(m: number): number {
    const answer = this.o.port.reportVersion(m, this.u8[m * U8 + AT.running]!);
    if (answer < 0)
      return answer === REFUSED.unreachable ? INPUT.connectionLost : INPUT.requestFailed;
    this.u8[m * U8 + AT.reported] = this.u8[m * U8 + AT.running]!;
    return INPUT.reported;
  }

  private ask(m: number): number {
    this.u16[m * U16 + AT.marks]! &= ~MARK.notified;
    const wanted = this.o.port.desiredVersion(m);
    if (wanted < 0)
      return wanted === REFUSED.unreachable ? INPUT.connectionLost : INPUT.requestFailed;
    this.monitor.answered(m, this.has(m, MARK.controller), wanted, this.o.server());
    const running = this.u8[m * U8 + AT.running]!;
    let verdict = this.judgements.judge(running, wanted);
    if (
      verdict === INPUT.desiredRefused &&
      (this.u8[m * U8 + AT.flags]! & FLAG.stepsPending) !== 0
    ) {
      const { versions } = this.o;
      verdict = judge(
        versions.at(running),
        versions.at(wanted),
        versions.at(this.u8[m * U8 + AT.upgradedTo]!),
      );
    }
    if (verdict === INPUT.desiredOther && wanted !== this.u8[m * U8 + AT.wanted]) {
      this.u8[m * U8 + AT.wanted] = wanted;
      this.u8[m * U8 + AT.flags]! &= ~FLAG.unpacked;
      this.u16[m * U16 + AT.marks]! &= ~MARK.verified;
    }
    return verdict;
  }

  /** A round of the machine's set-up script: the first agent comes the way that all others do. */
  private setUp(m: number): number {
    const { port } = this.o;
    const version = this.u8[m * U8 + AT.aim]!;
    const found = findInput(port.findBinary(m, version));
    if (found !== INPUT.binaryFound) return this.failing(m, INPUT.binaryMissing);
    this.u8[m * U8 + AT.download] = -port.download(m, version).outcome;
    const fetched = this.endDownload(m);
    if (fetched !== INPUT.downloaded) return fetched;
    if (this.has(m, MARK.diskFull)) return this.failing(m, INPUT.unpackFailed);
    this.u8[m * U8 + AT.running] = version;
    this.u8[m * U8 + AT.link] = version;
    this.u8[m * U8 + AT.upgradedTo] = version;
    this.u8[m * U8 + AT.flags] = this.judgements.flags(version);
    return INPUT.started;
  }

  /** Asks for the bytes; returns how long they take. */
  private beginDownload(m: number): number {
    const { outcome, durationMs } = this.o.port.download(m, this.u8[m * U8 + AT.wanted]!);
    this.u8[m * U8 + AT.download] = -outcome;
    return Math.round((durationMs * this.u16[m * U16 + AT.slow]!) / 100) | 0;
  }

  private endDownload(m: number): number {
    if (this.crashes(m, MARK.crashDownloading)) return INPUT.crashed;
    const outcome = -this.u8[m * U8 + AT.download]!;
    if (outcome === 0) {
      this.u16[m * U16 + AT.marks]! |= MARK.verified;
      return INPUT.downloaded;
    }
    return this.failing(
      m,
      outcome === REFUSED.digestMismatch ? INPUT.digestMismatch : INPUT.downloadFailed,
    );
  }

  private unpack(m: number): number {
    if (this.crashes(m, MARK.crashUnpacking)) return INPUT.crashed;
    // An agent that does not check the space first finds out here.
    if (this.has(m, MARK.diskFull)) return this.failing(m, INPUT.unpackFailed);
    this.u8[m * U8 + AT.flags]! |= FLAG.unpacked;
    return INPUT.unpacked;
  }

  /** The process ends; returns how long until the init system has it back. */
  private beginRestart(m: number): number {
    if (!this.has(m, MARK.controller)) return this.draw(m, LATENCY.restart);
    const downMs = this.draw(m, LATENCY.controllerRestart);
    this.o.onServerDown?.(downMs);
    return downMs;
  }

  private start(m: number): void {
    const from = this.u8[m * U8 + AT.running]!;
    const to = this.u8[m * U8 + AT.link]!;
    this.u8[m * U8 + AT.flags]! &= ~FLAG.stepsGivenUp;
    this.u8[m * U8 + AT.attempts] = 0;
    if (to !== from) this.activate(m, from, to);
    if (this.has(m, MARK.controller)) this.o.onServerUp?.(to);
  }

  private activate(m: number, from: number, to: number): void {
    const { server } = this.o;
    const own = this.has(m, MARK.controller);
    const verified = this.has(m, MARK.verified);
    this.monitor.activated(m, own, from, to, this.u8[m * U8 + AT.wanted]!, server(), verified);
    if (++this.u8[m * U8 + AT.activations]! > 1)
      this.monitor.violate('L-06', m, 'restarted twice for one target');
    this.u8[m * U8 + AT.running] = to;
    const due = this.judgements.stepsAreDue(this.u8[m * U8 + AT.upgradedTo]!, to);
    this.u8[m * U8 + AT.flags] = this.judgements.flags(to) | (due ? FLAG.stepsPending : 0);
  }

  private runSteps(m: number): number {
    if (this.crashes(m, MARK.crashSteps)) return INPUT.crashed;
    const { port } = this.o;
    const running = this.u8[m * U8 + AT.running]!;
    if (this.u8[m * U8 + AT.attempts]! < this.u8[m * U8 + AT.stepsFail]!) {
      const last = ++this.u8[m * U8 + AT.attempts]! >= STEPS_ATTEMPTS;
      port.setStatus(m, last ? STATUS.upgradeGaveUp : STATUS.upgradeWillRetry, running);
      if (!last) return this.failing(m, INPUT.stepsFailed);
      this.u8[m * U8 + AT.flags]! |= FLAG.stepsGivenUp;
      return this.failing(m, INPUT.stepsGaveUp);
    }
    const answer = port.setStatus(m, STATUS.started, running);
    if (answer === REFUSED.unreachable) return INPUT.connectionLost;
    this.u8[m * U8 + AT.upgradedTo] = running;
    this.u8[m * U8 + AT.flags]! &= ~FLAG.stepsPending;
    return INPUT.stepsDone;
  }

  private workerDelay(m: number): number {
    const nowMs = this.o.clock.nowMs();
    const calm = nowMs > this.f64[m * F64 + AT.workerUpMs]! + DELAY.workerCalmMs;
    const repeat = calm ? 0 : this.u8[m * U8 + AT.repeats]!;
    const delayMs = this.judgements.workerDelayMs(this.u8[m * U8 + AT.running]!, repeat);
    this.u8[m * U8 + AT.repeats] = Math.min(repeat + 1, MOST_REPEATS);
    this.f64[m * F64 + AT.workerUpMs] = nowMs + delayMs;
    return delayMs;
  }

  private wakeLater(m: number): void {
    this.u16[m * U16 + AT.marks]! &= ~MARK.notified;
    if (!this.timers.isSet(m)) this.timers.setIn(m, this.draw(m, LATENCY.wake));
  }

  private draw(m: number, range: readonly [number, number]): number {
    return this.drawn(m, range[0], range[1]);
  }

  private drawn(m: number, least: number, most: number): number {
    return this.draws.int(m, this.i32[m * I32 + AT.drawn]!++, least, most);
  }

  private has(m: number, mark: number): boolean {
    return (this.u16[m * U16 + AT.marks]! & mark) !== 0;
  }

  /** Whether the agent dies here, which it does once. */
  private crashes(m: number, mark: number): boolean {
    if (!this.has(m, mark)) return false;
    this.u16[m * U16 + AT.marks]! &= ~mark;
    return true;
  }

  private failing(m: number, input: number): number {
    if (FAILURES.has(input)) this.u8[m * U8 + AT.failure] = input;
    return input;
  }
}
