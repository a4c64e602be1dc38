/**
 * The fleet driver against the object-heap reference: the same upgrade of the same machines through
 * the same port, turn by turn in one process. Equal trace hashes are checked first, since a ratio
 * between different work means nothing. The gate is the one of the issue and of
 * facts/anchors 4.7 (1): at least ten times the reference's events a second.
 *
 * In a round the reference runs between two runs of the driver and is compared with their mean, so
 * that a computer which grows faster or slower meanwhile favours neither; the ratio is the median of
 * the rounds, so that a neighbour's burst of work does not decide. Time is the thread's own on a
 * processor, since a computer shared with others hands it out in slices. No collection is forced
 * between runs: it would make the engine drop compiled code, which costs the shorter runs more.
 */
import { Fleet } from '../sim/agents/fleet.ts';
import { AgentPoints } from '../sim/agents/points.ts';
import { TinyController } from '../sim/agents/tiny-controller.ts';
import { VirtualClock } from '../sim/kernel/clock.ts';
import { Randomness } from '../sim/kernel/random.ts';
import { Trace } from '../sim/kernel/trace.ts';
import type { Bench, BenchRow } from './bench.ts';
import { ObjectHeapFleet } from './object-heap.ts';

const SEED = 7;
const FROM = '1.24.5';
const TO = '1.25.2';
const VIRTUAL_MS = 20 * 60_000;
const MACHINES = 100_000;
const WARM_UP = 10_000;
const ROUNDS = 5;

export interface Measured {
  readonly hash: string;
  readonly events: number;
  readonly settled: number;
  readonly cpuMs: number;
}

export function runFleet(machines: number): Measured {
  const port = new TinyController(machines, FROM);
  return measured(() => {
    const clock = new VirtualClock();
    const trace = new Trace();
    const fleet: Fleet = new Fleet({
      clock,
      trace,
      random: new Randomness(SEED),
      versions: port.versions,
      machines: port.machines,
      port,
      points: new AgentPoints(),
      server: () => port.server,
      onServerDown: () => {
        port.up = false;
        fleet.loseConnections();
      },
      onServerUp: (version) => {
        port.up = true;
        port.server = version;
      },
    });
    return {
      trace,
      start: () => {
        port.target = port.id(TO);
        for (let m = 0; m < machines; m++) {
          fleet.aim(m, port.target);
          fleet.notify(m);
        }
        clock.advance(VIRTUAL_MS);
        return fleet.settled;
      },
    };
  });
}

export function runReference(machines: number): Measured {
  const port = new TinyController(machines, FROM);
  return measured(() => {
    const trace = new Trace();
    const fleet = new ObjectHeapFleet(port, new Randomness(SEED), trace);
    return {
      trace,
      start: () => {
        port.target = port.id(TO);
        fleet.notifyAll();
        fleet.advance(VIRTUAL_MS);
        return fleet.settled();
      },
    };
  });
}

function measured(build: () => { trace: Trace; start: () => number }): Measured {
  const { trace, start } = build();
  const before = process.threadCpuUsage();
  const settled = start();
  const { user, system } = process.threadCpuUsage(before);
  return { hash: trace.hash, events: trace.events, settled, cpuMs: (user + system) / 1_000 };
}

export const bench: Bench = {
  name: 'kernel',
  async run(): Promise<BenchRow[]> {
    // Both warm up, so that the compiler has seen the code.
    for (let i = 0; i < 3; i++) runFleet(WARM_UP);
    for (let i = 0; i < 3; i++) runReference(WARM_UP);
    const rounds: Round[] = [];
    for (let i = 0; i < ROUNDS; i++) rounds.push(round());
    rounds.sort((a, b) => a.ratio - b.ratio);
    const { ratio, fleet, reference } = rounds[ROUNDS >> 1]!;
    const all = rounds.map((each) => each.ratio.toFixed(1)).join(' ');
    return [
      {
        figure: `fleet driver : object heap, events a second, ${MACHINES} machines`,
        ratio,
        gate: 10,
        note: `${perSecond(fleet)} : ${perSecond(reference)} million events/s of CPU; median of rounds ${all}`,
      },
    ];
  },
};

interface Round {
  readonly ratio: number;
  readonly fleet: Measured;
  readonly reference: Measured;
}

function round(): Round {
  const before = runFleet(MACHINES);
  const reference = runReference(MACHINES);
  const after = runFleet(MACHINES);
  for (const fleet of [before, after]) {
    if (fleet.hash !== reference.hash || fleet.settled !== MACHINES) {
      throw new Error('the fleet driver and its reference did different work');
    }
  }
  const fleet = { ...after, cpuMs: (before.cpuMs + after.cpuMs) / 2 };
  return { ratio: reference.cpuMs / fleet.cpuMs, fleet, reference };
}

function perSecond(run: Measured): string {
  return (run.events / run.cpuMs / 1_000).toFixed(2);
}
