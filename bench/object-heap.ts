/**
 * The reference that the fleet driver is measured against and checked by: the same transition
 * function, port, latencies and trace, written as one would without a thought for speed: an object
 * for each machine, a closure for each event, a binary heap of event objects. It covers healthy
 * machines and whatever the port refuses; equal trace hashes show that both do the same work
 * (facts/anchors 4.8 item 9).
 */
import { DELAY, EFFECT, effectOf, FLAG, INPUT, next, STATE, stateOf } from '../sim/agents/agent.ts';
import { findInput, loginInput } from '../sim/agents/answers.ts';
import { LATENCY } from '../sim/agents/latency.ts';
import { REFUSED } from '../sim/agents/port.ts';
import type { TinyController } from '../sim/agents/tiny-controller.ts';
import { eraFlags, judge, stepsAreDue, workerDelayMs } from '../sim/agents/traits.ts';
import type { Draws, Randomness } from '../sim/kernel/random.ts';
import { type Trace, traceKind } from '../sim/kernel/trace.ts';

const TRANSITION = traceKind('agent');

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

class EventHeap {
  nowMs = 0;
  #order = 0;
  readonly #heap: Event[] = [];

  after(delayMs: number, run: () => void): Event {
    const event = { atMs: this.nowMs + delayMs, order: this.#order++, run, cancelled: false };
    const heap = this.#heap;
    let i = heap.push(event) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!earlier(event, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = event;
    return event;
  }

  advance(ms: number): void {
    const limit = this.nowMs + ms;
    while (this.#heap.length > 0 && this.#heap[0]!.atMs <= limit) {
      const event = this.#pop();
      this.nowMs = event.atMs;
      if (!event.cancelled) event.run();
    }
    this.nowMs = limit;
  }

  #pop(): Event {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let i = 0;
    while (true) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1]!, heap[child]!)) child++;
      if (!earlier(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

function earlier(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

interface Machine {
  readonly index: number;
  state: number;
  effect: number;
  era: number;
  stepsPending: boolean;
  unpacked: boolean;
  notified: boolean;
  running: number;
  link: number;
  wanted: number;
  upgradedTo: number;
  repeats: number;
  workerUpMs: number;
  draws: number;
  event: Event | undefined;
}

export class ObjectHeapFleet {
  readonly #port: TinyController;
  readonly #trace: Trace;
  readonly #draws: Draws;
  readonly #heap = new EventHeap();
  readonly #machines: Machine[];

  constructor(port: TinyController, random: Randomness, trace: Trace) {
    this.#port = port;
    this.#trace = trace;
    this.#draws = random.draws('agent.latency');
    this.#machines = port.recorded.map((version, index) => ({
      index,
      state: STATE.waiting,
      effect: EFFECT.watch,
      era: eraFlags(port.versions.at(version)),
      stepsPending: false,
      unpacked: false,
      notified: false,
      running: version,
      link: version,
      wanted: -1,
      upgradedTo: version,
      repeats: 0,
      workerUpMs: 0,
      draws: 0,
      event: undefined,
    }));
  }

  notifyAll(): void {
    for (const machine of this.#machines) {
      if (machine.effect === EFFECT.watch) this.#wakeLater(machine);
      else machine.notified = true;
    }
  }

  advance(ms: number): void {
    this.#heap.advance(ms);
  }

  settled(): number {
    const { target } = this.#port;
    return this.#machines.filter((m) => m.state === STATE.waiting && m.running === target).length;
  }

  #apply(m: Machine, input: number, step: number): void {
    const packed = m.state | (input << 8) | (m.running << 16);
    this.#trace.emit(this.#heap.nowMs, TRANSITION, m.index, packed, step);
    m.state = stateOf(step);
    m.effect = effectOf(step);
    if (m.effect === EFFECT.none) return;
    if (m.effect === EFFECT.watch) {
      if (m.notified) this.#wakeLater(m);
      return;
    }
    const { input: outcome, delayMs } = this.#begin(m);
    this.#after(m, delayMs, outcome);
  }

  #after(m: Machine, delayMs: number, outcome: () => number): void {
    m.event = this.#heap.after(delayMs, () => {
      m.event = undefined;
      const input = outcome();
      this.#apply(m, input, next(m.state, input, flagsOf(m)));
    });
  }

  #wakeLater(m: Machine): void {
    m.notified = false;
    if (!m.event) this.#after(m, this.#draw(m, LATENCY.wake), () => INPUT.wake);
  }

  #begin(m: Machine): { delayMs: number; input: () => number } {
    const port = this.#port;
    const request = (input: () => number) => ({
      delayMs: this.#draw(m, LATENCY.request),
      input,
    });
    const timer = () => INPUT.timer;
    switch (m.effect) {
      case EFFECT.connect:
        return request(() => loginInput(port.login()));
      case EFFECT.report:
        return request(() => answered(port.reportVersion(m.index, m.running), INPUT.reported));
      case EFFECT.ask:
        return request(() => this.#ask(m));
      case EFFECT.find:
        return request(() => findInput(port.findBinary(m.index)));
      case EFFECT.checkDisk:
        return request(() => INPUT.diskEnough);
      case EFFECT.download: {
        const { outcome, durationMs } = port.download(m.index);
        const failed =
          outcome === REFUSED.digestMismatch ? INPUT.digestMismatch : INPUT.downloadFailed;
        return { delayMs: durationMs, input: () => (outcome === 0 ? INPUT.downloaded : failed) };
      }
      case EFFECT.unpack:
        return {
          delayMs: this.#draw(m, LATENCY.unpack),
          input: () => {
            m.unpacked = true;
            return INPUT.unpacked;
          },
        };
      case EFFECT.switch:
        return {
          delayMs: this.#draw(m, LATENCY.switch),
          input: () => {
            m.link = m.wanted;
            return INPUT.switched;
          },
        };
      case EFFECT.restart:
        return this.#restart(m);
      case EFFECT.runSteps:
        port.setStatus();
        return { delayMs: this.#draw(m, LATENCY.steps), input: () => this.#runSteps(m) };
      case EFFECT.retryIn5s:
        return { delayMs: DELAY.retryMs, input: timer };
      case EFFECT.retryIn60s:
        return { delayMs: DELAY.diskMs, input: timer };
      case EFFECT.restartWorker:
      case EFFECT.reconnect:
        return { delayMs: this.#workerDelay(m), input: timer };
      default:
        throw new Error(`the reference knows no effect ${m.effect}`);
    }
  }

  #ask(m: Machine): number {
    const { versions } = this.#port;
    m.notified = false;
    const wanted = this.#port.desiredVersion(m.index);
    if (wanted < 0) return answered(wanted, INPUT.desiredSame);
    const verdict = judge(versions.at(m.running), versions.at(wanted));
    if (verdict === INPUT.desiredOther && wanted !== m.wanted) {
      m.wanted = wanted;
      m.unpacked = false;
    }
    return verdict;
  }

  #restart(m: Machine) {
    const own = m.index === 0;
    const delayMs = this.#draw(m, own ? LATENCY.controllerRestart : LATENCY.restart);
    if (own) {
      this.#port.up = false;
      for (const other of this.#machines) this.#loseConnection(other);
    }
    const input = () => {
      m.running = m.link;
      m.stepsPending = stepsAreDue(this.#at(m.upgradedTo), this.#at(m.running));
      m.era = eraFlags(this.#at(m.running));
      m.unpacked = false;
      if (own) {
        this.#port.up = true;
        this.#port.server = m.running;
      }
      return INPUT.started;
    };
    return { delayMs, input };
  }

  #loseConnection(m: Machine): void {
    const step = next(m.state, INPUT.connectionLost, flagsOf(m));
    if (stateOf(step) === m.state && effectOf(step) === EFFECT.none) return;
    if (m.event) m.event.cancelled = true;
    m.event = undefined;
    this.#apply(m, INPUT.connectionLost, step);
  }

  #runSteps(m: Machine): number {
    if (this.#port.setStatus() === REFUSED.unreachable) return INPUT.connectionLost;
    m.upgradedTo = m.running;
    m.stepsPending = false;
    return INPUT.stepsDone;
  }

  #workerDelay(m: Machine): number {
    const { nowMs } = this.#heap;
    const repeat = nowMs > m.workerUpMs + DELAY.workerCalmMs ? 0 : m.repeats;
    const delayMs = workerDelayMs(this.#at(m.running), repeat);
    m.repeats = Math.min(repeat + 1, 255);
    m.workerUpMs = nowMs + delayMs;
    return delayMs;
  }

  #draw(m: Machine, [min, max]: readonly [number, number]): number {
    return this.#draws.int(m.index, m.draws++, min, max);
  }

  #at(id: number) {
    return this.#port.versions.at(id);
  }
}

function flagsOf(m: Machine): number {
  return m.era | (m.stepsPending ? FLAG.stepsPending : 0) | (m.unpacked ? FLAG.unpacked : 0);
}

function answered(answer: number, input: number): number {
  if (answer >= 0) return input;
  return answer === REFUSED.unreachable ? INPUT.connectionLost : INPUT.requestFailed;
}
