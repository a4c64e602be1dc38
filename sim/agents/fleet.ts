/**
 * The fleet driver: the agent's transition function over typed arrays and one timer block of the
 * virtual clock. A machine has at most one timer, for the effect that it is busy with; when the
 * timer fires the effect is carried out against the port, its outcome goes into `next`, and the
 * next effect is scheduled. Nothing on that path allocates. Latencies are drawn by (seed, stream,
 * machine, n), so a machine's fate does not depend on the size of the fleet (facts/anchors 4.8).
 * Heartbeats are no events: an agent that waits costs nothing.
 */
import type { TimerBlock } from '../kernel/clock.ts';
import { type TraceKind, traceKind } from '../kernel/trace.ts';
import { printVersion, type VersionTable } from '../versions/number.ts';
import {
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
  stateOf,
} from './agent.ts';
import { Effects } from './effects.ts';
import type { FleetOptions } from './fleet-options.ts';
import { LATENCY } from './latency.ts';
import { Monitor } from './monitor.ts';
import type { AgentFate } from './points.ts';
import { REFUSED } from './port.ts';
import { AgentRecords, AT, MARK, U8, U16 } from './records.ts';
import { Judgements } from './traits.ts';

/** Where a fate makes an agent die, as a mark. */
const CRASH: Readonly<Record<NonNullable<AgentFate['crashOnce']>, number>> = {
  downloading: MARK.crashDownloading,
  unpacking: MARK.crashUnpacking,
  switching: MARK.crashSwitching,
  steps: MARK.crashSteps,
};

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
  private readonly effects: Effects;
  private readonly u8: Uint8Array;
  private readonly u16: Uint16Array;
  private readonly inState = new Int32Array(STATES);

  /** Takes over all machines of the table (see {@link adopt}). */
  constructor(options: FleetOptions) {
    this.o = options;
    this.transition = transitionKind(options.versions);
    const n = options.capacity ?? options.machines.length;
    this.judgements = new Judgements(options.versions);
    this.monitor = new Monitor(options.versions, this.judgements, () => options.clock.nowMs());
    const records = new AgentRecords(n);
    this.timers = options.clock.block(
      n,
      (machine) => this.fire(machine),
      (words, from, to, first) => records.readAhead(words, from, to, first),
    );
    this.u8 = records.u8;
    this.u16 = records.u16;
    this.effects = new Effects(options, records, this.judgements, this.monitor);
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
      this.timers.setIn(m, this.effects.draw(m, LATENCY.setUp));
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
    const input = this.effects.perform(m, this.u8[m * U8 + AT.effect]!);
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
    const delayMs = this.effects.begin(m, effect);
    if (delayMs >= 0) this.timers.setIn(m, delayMs);
    else if (effect === EFFECT.watch && (this.u16[m * U16 + AT.marks]! & MARK.notified) !== 0) {
      this.wakeLater(m);
    }
  }

  private wakeLater(m: number): void {
    this.u16[m * U16 + AT.marks]! &= ~MARK.notified;
    if (!this.timers.isSet(m)) this.timers.setIn(m, this.effects.draw(m, LATENCY.wake));
  }
}
