/**
 * One agent, two drivers (design 3.4): the same scenario joined by wire and by in-memory ports must
 * give each agent the same sequence of (state, input, effect). The two worlds share nothing but seed
 * and scenario: one has a TLS server and sockets, the other neither.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EFFECT_NAMES, INPUT, INPUT_NAMES, STATE, STATE_NAMES } from '../agents/agent.ts';
import { LiveAgent } from '../agents/live.ts';
import { AgentPoints } from '../agents/points.ts';
import { serveController } from '../controller/api/server.ts';
import { ControllerCore } from '../controller/core/controller.ts';
import { type CallEffect, ControllerPoints } from '../controller/points.ts';
import { VirtualClock, WallClock } from '../kernel/clock.ts';
import { GapJournal } from '../kernel/journal.ts';
import { presentEpochMs } from '../kernel/pace.ts';
import { Randomness } from '../kernel/random.ts';
import { Secrets } from '../kernel/secrets.ts';
import { Trace } from '../kernel/trace.ts';
import {
  AgentFinder,
  agentMatrix,
  localSource,
  MemoryStore,
  publishAgents,
} from '../streams/index.ts';
import { parseVersion, VersionTable } from '../versions/number.ts';
import { ruleSetFor } from '../versions/rules/rule-set.ts';
import { joinFleet } from './join.ts';

/** What happens to a model of a few machines on a controller that is newer than they are. */
interface Scenario {
  readonly from: string;
  readonly to: string;
  readonly machines: number;
  /** So many downloads come to nothing, in this way. Downloads carry no name: one machine only. */
  readonly spoiled: number;
  readonly spoil: 'corrupt' | 'truncate' | 'missing';
  /** So many calls of this method fail for each agent, in this way. */
  readonly failing: number;
  readonly method: 'SetTools' | 'DesiredVersion' | 'Tools';
  readonly failure: 'error' | 'disconnect';
  /** The controller process goes away for so long, in seconds, once the agents are settled; 0: not. */
  readonly outageS: number;
  /** Spurious changes of the model's configuration before the upgrade. */
  readonly spurious: number;
}

const CONTROLLER = '3.6.28';

async function build(scenario: Scenario) {
  const clock = new VirtualClock(presentEpochMs());
  const random = new Randomness(1);
  const versions = new VersionTable();
  const points = new ControllerPoints();
  const store = new MemoryStore();
  const releases = ['ubuntu'];
  const arches = ['amd64'];
  const published = [scenario.from, scenario.to, CONTROLLER].map(parseVersion);
  const stream = 'released';
  const agents = agentMatrix({ versions: published, releases, arches, stream });
  const era = parseVersion(CONTROLLER);
  await publishAgents(store, agents, { era, updated: clock.date() });
  const source = localSource({ name: 'default', url: 'http://streams.invalid', store });
  const core = new ControllerCore({
    clock,
    trace: new Trace(),
    versions,
    random,
    points,
    journal: new GapJournal(),
    rules: ruleSetFor(era),
    version: era,
    binaries: new AgentFinder([source], era),
  });
  const version = parseVersion(scenario.from);
  const model = core.createModel({ name: 'm', agentVersion: version });
  const rows = core.addMachines(model.uuid, scenario.machines, {
    os: 'ubuntu',
    arch: 'amd64',
    version,
  });
  let spoiled = scenario.spoiled;
  points.download.bind(() => (spoiled-- > 0 ? { kind: scenario.spoil } : undefined));
  const failing = new Map<string, number>();
  const fail = (caller: string): CallEffect | undefined => {
    const left = failing.get(caller) ?? 0;
    failing.set(caller, left - 1);
    if (left <= 0) return undefined;
    return scenario.failure === 'disconnect'
      ? { kind: 'disconnect' }
      : { kind: 'error', message: 'not just now', code: 'try again' };
  };
  points.call.bind(({ method, caller }) => (method === scenario.method ? fail(caller) : undefined));
  const beginToFail = () => {
    for (let i = rows.first; i < rows.first + rows.count; i++) {
      failing.set(core.machines.tag(i), scenario.failing);
    }
  };
  return { clock, random, versions, core, model, rows, beginToFail };
}

type World = Awaited<ReturnType<typeof build>>;

/** The scenario's own events, given a way to let everything come to rest. */
async function play(scenario: Scenario, world: World, rest: () => Promise<void>): Promise<void> {
  const { core, model, clock } = world;
  for (let i = 0; i < scenario.spurious; i++) {
    core.setConfig(model.uuid, 'logging-config', `<root>=DEBUG${i}`);
    await rest();
  }
  if (scenario.outageS > 0) {
    core.controllerRestarting();
    clock.after(scenario.outageS * 1_000, () => core.controllerRestarted(core.runningVersion()));
    await rest();
  }
  world.beginToFail();
  core.upgradeModel({ modelUuid: model.uuid, target: parseVersion(scenario.to) });
  await rest();
}

class Sequences {
  readonly #lines = new Map<number, string[]>();

  #closed = false;

  note(machine: number, state: number, input: number, effect: number): void {
    if (this.#closed) return;
    const lines = this.#lines.get(machine) ?? [];
    lines.push(`${STATE_NAMES[state]} ${INPUT_NAMES[input]} ${EFFECT_NAMES[effect]}`);
    this.#lines.set(machine, lines);
  }

  clear(): void {
    this.#lines.clear();
  }

  /** What comes from now on is the test's own clearing up. */
  close(): void {
    this.#closed = true;
  }

  all(): [number, string[]][] {
    return [...this.#lines].sort(([a], [b]) => a - b);
  }
}

async function inMemory(scenario: Scenario): Promise<Sequences> {
  const world = await build(scenario);
  const seen = new Sequences();
  const { core, clock, random, versions, rows } = world;
  const fleet = joinFleet({
    core,
    clock,
    random,
    versions,
    trace: new Trace(),
    points: new AgentPoints(),
    onTransition: (machine, state, input, effect) => seen.note(machine, state, input, effect),
  });
  await play(scenario, world, async () => {
    clock.advance(15 * 60_000);
  });
  for (let i = rows.first; i < rows.first + rows.count; i++) {
    expect(STATE_NAMES[fleet.state(i)]).toBe('waiting');
  }
  return seen;
}

async function byWire(scenario: Scenario): Promise<Sequences> {
  const world = await build(scenario);
  const seen = new Sequences();
  const { core, clock, random, rows } = world;
  const server = await serveController({
    core,
    secrets: new Secrets(),
    clock,
    journal: new GapJournal(),
    era: '3.6',
    host: '127.0.0.1',
    port: 0,
  });
  const agents: LiveAgent[] = [];
  try {
    for (let i = rows.first; i < rows.first + rows.count; i++) {
      agents.push(
        new LiveAgent({
          clock,
          random,
          target: server,
          credentials: server.agentCredentials(i),
          machine: i,
          os: 'ubuntu',
          arch: 'amd64',
          version: parseVersion(scenario.from),
          onTransition: (state, input, effect) => seen.note(i, state, input, effect),
        }),
      );
    }
    // Time stands still while anybody waits for the network, and jumps when nobody does.
    const wall = new WallClock();
    const rest = async () => {
      let quiet = 0;
      while (quiet < 20) {
        await new Promise<void>((resolve) => wall.after(1, resolve));
        if (agents.some((agent) => agent.busy)) quiet = 0;
        else if (clock.step(clock.nowMs() + 15 * 60_000)) quiet = 0;
        else quiet++;
      }
    };
    for (const agent of agents) agent.start();
    await rest();
    // From here on as in the fleet, which begins at rest.
    seen.clear();
    await play(scenario, world, rest);
    for (const agent of agents) expect(STATE_NAMES[agent.state]).toBe('waiting');
    seen.close();
    return seen;
  } finally {
    for (const agent of agents) agent.stop();
    await server.close();
  }
}

const scenario: fc.Arbitrary<Scenario> = fc
  .record({
    from: fc.constantFrom('3.6.1', '3.6.20'),
    to: fc.constantFrom('3.6.21', CONTROLLER),
    machines: fc.integer({ min: 1, max: 3 }),
    spoiled: fc.integer({ min: 0, max: 2 }),
    spoil: fc.constantFrom('corrupt', 'truncate', 'missing'),
    failing: fc.integer({ min: 0, max: 2 }),
    method: fc.constantFrom('SetTools', 'DesiredVersion', 'Tools'),
    failure: fc.constantFrom('error', 'disconnect'),
    outageS: fc.constantFrom(0, 2, 9),
    spurious: fc.integer({ min: 0, max: 2 }),
  })
  .map((one) => (one.spoiled > 0 ? { ...one, machines: 1 } : one));

const PLAIN: Scenario = {
  from: '3.6.20',
  to: CONTROLLER,
  machines: 1,
  spoiled: 0,
  spoil: 'corrupt',
  failing: 0,
  method: 'Tools',
  failure: 'error',
  outageS: 0,
  spurious: 0,
};

describe('one scenario, joined both ways', () => {
  it('gives each agent the same sequence of states, inputs and effects', async () => {
    let longest = 0;
    await fc.assert(
      fc.asyncProperty(scenario, async (one) => {
        const [fleet, live] = [(await inMemory(one)).all(), (await byWire(one)).all()];
        expect(live.map(([machine, lines]) => [machine, lines])).toEqual(
          // The controller's own machine has no live agent here.
          fleet.filter(([machine]) => machine !== 0),
        );
        longest = Math.max(longest, ...live.map(([, lines]) => lines.length));
      }),
      { numRuns: 25, endOnFailure: true },
    );
    // The whole way of an upgrade was really gone.
    expect(longest).toBeGreaterThan(12);
  });

  it('notices a driver that takes another way', async () => {
    const fleet = (await inMemory(PLAIN)).all();
    const live = (await byWire({ ...PLAIN, spoiled: 1 })).all();
    expect(live).not.toEqual(fleet);
    expect(live.flatMap(([, lines]) => lines)).toContain(
      `${STATE_NAMES[STATE.downloading]} ${INPUT_NAMES[INPUT.digestMismatch]} retryIn5s`,
    );
  });
});
