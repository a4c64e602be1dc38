/**
 * What an agent of the fleet does: how long each effect takes, and what comes of carrying it out
 * against the port. All it knows of a machine is in the machine's record. Nothing here allocates.
 */
import type { VirtualClock } from '../kernel/clock.ts';
import type { Draws } from '../kernel/random.ts';
import { DELAY, EFFECT, EFFECTS, FLAG, INPUT, STEPS_ATTEMPTS } from './agent.ts';
import { FAILURES, findInput, loginInput } from './answers.ts';
import type { FleetOptions } from './fleet-options.ts';
import { LATENCY } from './latency.ts';
import type { Monitor } from './monitor.ts';
import { REFUSED, STATUS } from './port.ts';
import { type AgentRecords, AT, F64, I32, MARK, U8, U16 } from './records.ts';
import { type Judgements, judge, MOST_REPEATS } from './traits.ts';

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

export class Effects {
  private readonly o: FleetOptions;
  private readonly clock: VirtualClock;
  private readonly judgements: Judgements;
  private readonly monitor: Monitor;
  private readonly draws: Draws;
  private readonly u8: Uint8Array;
  private readonly u16: Uint16Array;
  private readonly i32: Int32Array;
  private readonly f64: Float64Array;

  constructor(
    options: FleetOptions,
    records: AgentRecords,
    judgements: Judgements,
    monitor: Monitor,
  ) {
    this.o = options;
    this.clock = options.clock;
    this.judgements = judgements;
    this.monitor = monitor;
    this.draws = options.random.draws('agent.latency');
    this.u8 = records.u8;
    this.u16 = records.u16;
    this.i32 = records.i32;
    this.f64 = records.f64;
  }

  /**
   * Begins an effect; returns how long it takes in simulated milliseconds, or -1 when it never ends
   * by itself.
   */
  begin(m: number, effect: number): number {
    const least = LEAST_MS[effect]!;
    if (least >= 0) {
      const choices = CHOICES[effect]!;
      return choices === 0 ? least : this.drawn(m, least, least + choices);
    }
    if (effect === EFFECT.reconnect || effect === EFFECT.restartWorker) return this.workerDelay(m);
    return this.beginMore(m, effect);
  }

  /** Carries an effect out; returns the input that it brings. */
  perform(m: number, effect: number): number {
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

  /** Begins an effect that takes more than waiting for it. */
  private beginMore(m: number, effect: number): number {
    switch (effect) {
      case EFFECT.download:
        return this.beginDownload(m);
      case EFFECT.runSteps:
        this.o.port.setStatus(m, STATUS.upgrading, this.u8[m * U8 + AT.running]!);
        return this.draw(m, LATENCY.steps);
      case EFFECT.restart:
        // A wedged process hangs in its first restart; killed, it comes back as any other.
        return this.crashes(m, MARK.wedged) ? -1 : this.beginRestart(m);
      default:
        // Nothing to do, or to watch: the fleet wakes the machine.
        return -1;
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
    const nowMs = this.clock.nowMs();
    const calm = nowMs > this.f64[m * F64 + AT.workerUpMs]! + DELAY.workerCalmMs;
    const repeat = calm ? 0 : this.u8[m * U8 + AT.repeats]!;
    const delayMs = this.judgements.workerDelayMs(this.u8[m * U8 + AT.running]!, repeat);
    this.u8[m * U8 + AT.repeats] = Math.min(repeat + 1, MOST_REPEATS);
    this.f64[m * F64 + AT.workerUpMs] = nowMs + delayMs;
    return delayMs;
  }

  /** A latency of this machine, drawn from a range of whole milliseconds. */
  draw(m: number, range: readonly [number, number]): number {
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
