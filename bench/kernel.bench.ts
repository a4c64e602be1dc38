/**
 * The fleet driver against the object-heap reference: the same upgrade of the same machines through
 * the same port, one after the other in one process. Equal trace hashes are checked first, since a
 * ratio between different work means nothing. The gate is the one of the issue and of
 * facts/anchors 4.7 (1): at least ten times the reference's events a second.
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
const MACHINES = 200_000;
const ROUNDS = 2;

export interface Measured {
  readonly hash: string;
  readonly events: number;
  readonly settled: number;
  readonly wallMs: number;
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
  const startedMs = performance.now();
  const settled = start();
  const wallMs = performance.now() - startedMs;
  return { hash: trace.hash, events: trace.events, settled, wallMs };
}

export const bench: Bench = {
  name: 'kernel',
  async run(): Promise<BenchRow[]> {
    // Both warm up on a small fleet, so that the compiler has seen the code.
    runFleet(2_000);
    runReference(2_000);
    // Turn by turn, and the best of each: what else the computer does meanwhile hits both.
    const fleets: Measured[] = [];
    const references: Measured[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      references.push(runReference(MACHINES));
      fleets.push(runFleet(MACHINES));
    }
    const [fleet, reference] = [best(fleets), best(references)];
    if (fleet.hash !== reference.hash || fleet.settled !== MACHINES) {
      throw new Error('the fleet driver and its reference did different work');
    }
    return [
      {
        figure: `fleet driver : object heap, events a second, ${MACHINES} machines`,
        ratio: reference.wallMs / fleet.wallMs,
        gate: 10,
        note: `${perSecond(fleet)} : ${perSecond(reference)} million events/s`,
      },
    ];
  },
};

function best(runs: readonly Measured[]): Measured {
  return runs.reduce((a, b) => (b.wallMs < a.wallMs ? b : a));
}

function perSecond(run: Measured): string {
  return (run.events / run.wallMs / 1_000).toFixed(2);
}
