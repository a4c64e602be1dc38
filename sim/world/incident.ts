/**
 * Runs a scenario: a controller with its sources, a fleet of agents and a client of the era, on the
 * virtual clock, from one seed. Each step yields what the operator of the time saw (exit code, text,
 * status messages) and, beside it, the ideal message made from the same facts. So the original
 * incident can be looked at from both sides: what was said, and what could have been said.
 *
 * The agents are the fleet's, the controller is the core that the wire serves, the search is the one
 * that every other command uses: nothing here decides anything by itself.
 */

import { INPUT } from '../agents/agent.ts';
import type { Fleet } from '../agents/fleet.ts';
import { AgentPoints } from '../agents/points.ts';
import { agentStatus } from '../controller/api/shapes.ts';
import { ControllerCore } from '../controller/core/controller.ts';
import { NO_VERSION } from '../controller/core/machines.ts';
import { type Model, streamOf } from '../controller/core/model.ts';
import { ControllerPoints } from '../controller/points.ts';
import { VirtualClock } from '../kernel/clock.ts';
import { GapJournal } from '../kernel/journal.ts';
import { Randomness } from '../kernel/random.ts';
import { Trace } from '../kernel/trace.ts';
import { type Problem, ProblemError } from '../problems/problem.ts';
import { renderProblem } from '../problems/render.ts';
import {
  AgentFinder,
  agentMatrix,
  type LocalSource,
  localSource,
  MemoryStore,
  publishAgents,
} from '../streams/index.ts';
import { printVersion, VersionTable } from '../versions/number.ts';
import { ruleSetFor } from '../versions/rules/rule-set.ts';
import { type ExplainedWorld, type Explanation, explain } from './explain.ts';
import { joinFleet } from './join.ts';
import { oldUpgrade } from './old-client.ts';
import {
  type AgentMatrix,
  type Expectation,
  fatesOf,
  loadScenario,
  type Scenario,
  type ScenarioSource,
  type ScenarioStep,
} from './scenario.ts';

/** One thing that a step was expected to bring about. */
export interface Check {
  readonly what: string;
  readonly wanted: string;
  readonly got: string;
  readonly ok: boolean;
}

export interface StepResult {
  /** The step in a few words. */
  readonly did: string;
  /** What the client of the era ended with and printed; absent for steps without a client. */
  readonly exit?: number;
  readonly says?: string;
  /** What the era's status shows each machine to run. */
  readonly running?: Readonly<Record<string, string>>;
  /** Messages in the era's status, by machine; machines without one are left out. */
  readonly statusMessages?: Readonly<Record<string, string>>;
  /** What an ideal program would tell now, the most important first. */
  readonly problems: readonly Problem[];
  /** How the agent gets to the machines, as `client explain` tells it now. */
  readonly explanation?: Explanation;
  readonly checks: readonly Check[];
}

export interface IncidentResult {
  readonly id: string;
  readonly title: string;
  readonly seed: number;
  readonly steps: readonly StepResult[];
  /** All ideal problems, in the order in which they came up. */
  readonly problems: readonly Problem[];
  /** What the operator of the time was told, all in all. */
  readonly eraText: string;
  /** The same incident in ideal messages. */
  readonly statusMessage: string;
  readonly trace: { readonly hash: string; readonly lines: readonly string[] };
  /** Whether every expectation of the scenario held. */
  readonly ok: boolean;
}

/**
 * Runs a scenario file.
 * @param seed instead of the file's own
 * @throws FileError when the file cannot be read or does not fit
 */
export async function runScenario(file: string, seed?: number): Promise<IncidentResult> {
  const scenario = loadScenario(file);
  return await playScenario(seed === undefined ? scenario : { ...scenario, seed });
}

/** Runs a scenario that was read already. */
export async function playScenario(scenario: Scenario): Promise<IncidentResult> {
  return await new Incident(scenario).run();
}

/** Both sides of an incident, step by step, for a reader. */
export function incidentText(result: IncidentResult): string {
  const head = `${result.id}: ${result.title} (seed ${result.seed})`;
  return `${[head, ...result.steps.map(stepText)].join('\n\n')}\n`;
}

/** Both sides of one step. */
export function stepText(step: StepResult): string {
  const lines = [`* ${step.did}`];
  if (step.exit !== undefined) {
    lines.push('  the operator saw:', ...indented(step.says ?? ''), `    (exit code ${step.exit})`);
  }
  if (step.running) lines.push('  the operator saw:', ...indented(shownStatus(step).join('\n')));
  for (const problem of step.problems) {
    lines.push('  what could have been said:', ...indented(renderProblem(problem, 'long')));
  }
  for (const check of step.checks.filter((one) => !one.ok)) {
    lines.push(`  NOT AS EXPECTED: ${check.what}: wanted ${check.wanted}, got ${check.got}`);
  }
  return lines.join('\n');
}

function indented(text: string): string[] {
  return text.split('\n').map((line) => `    ${line}`);
}

class Incident {
  readonly #scenario: Scenario;
  readonly #lines: string[] = [];
  readonly #trace = new Trace((line) => this.#lines.push(line));
  readonly #clock = new VirtualClock();
  readonly #versions = new VersionTable();
  readonly #stores = new Map<string, MemoryStore>();
  readonly #steps: StepResult[] = [];

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  async run(): Promise<IncidentResult> {
    const { id, title, seed, steps } = this.#scenario;
    const world = await this.#build();
    for (const step of steps) this.#steps.push(await this.#take(step, world));
    const problems = this.#steps.flatMap((step) => step.problems);
    return {
      id,
      title,
      seed,
      steps: this.#steps,
      problems,
      eraText: this.#steps.flatMap(eraWords).join('\n'),
      statusMessage: problems.map((problem) => renderProblem(problem, 'long')).join('\n\n'),
      trace: { hash: this.#trace.hash, lines: this.#lines },
      ok: this.#steps.every((step) => step.checks.every((check) => check.ok)),
    };
  }

  async #build(): Promise<World> {
    const { controller, client, seed, models, sources } = this.#scenario;
    const clock = this.#clock;
    const versions = this.#versions;
    const trace = this.#trace;
    const random = new Randomness(seed);
    const own = await this.#sources(sources.controller, 'controller');
    const clientSources = await this.#sources(sources.client ?? [], 'client');
    const core: ControllerCore = new ControllerCore({
      clock,
      trace,
      versions,
      random,
      journal: new GapJournal(),
      points: new ControllerPoints(),
      rules: ruleSetFor(controller.version),
      version: controller.version,
      os: controller.os,
      arch: controller.arch,
      binaries: new AgentFinder(own, () => core.runningVersion()),
    });
    for (const { name, agentVersion, machines } of models) {
      const known = core.models().find((model) => model.name === name);
      const model = known ?? core.createModel({ name, agentVersion });
      for (const { count, ...kind } of machines) core.addMachines(model.uuid, count, kind);
    }
    const points = new AgentPoints();
    points.fate.bind(fatesOf(this.#scenario));
    const fleet = joinFleet({ core, clock, trace, random, versions, points });
    return { core, fleet, sources: own, clientSources, client, versions };
  }

  /** Sources in memory, with what is published in them. */
  async #sources(described: readonly ScenarioSource[], whose: string): Promise<LocalSource[]> {
    const made: LocalSource[] = [];
    for (const { name, url, publish } of described) {
      const store = new MemoryStore();
      this.#stores.set(`${whose}/${name}`, store);
      for (const agents of publish) await this.#publish(store, name, agents);
      made.push(localSource({ name, url, store }));
    }
    return made;
  }

  async #publish(store: MemoryStore, source: string, agents: AgentMatrix): Promise<void> {
    const era = this.#scenario.client;
    await publishAgents(store, agentMatrix(agents), { era, source, updated: this.#clock.date() });
  }

  async #take(step: ScenarioStep, world: World): Promise<StepResult> {
    switch (step.do) {
      case 'upgrade':
        return this.#upgrade(step, world);
      case 'wait': {
        this.#clock.advance(step.minutes * 60_000);
        const checks = this.#check(step.expect, world, world.core.controllerModel, {});
        return { did: `wait ${step.minutes} min`, problems: [], checks };
      }
      case 'status':
        return this.#status(step, world);
      case 'publish': {
        const store = this.#stores.get(`controller/${step.source}`)!;
        await this.#publish(store, step.source, step.agents);
        const what = step.agents.versions.map(printVersion).join(', ');
        const did = `publish ${what} for ${step.agents.releases.join(', ')} in ${step.source}`;
        return { did, problems: [], checks: [] };
      }
      case 'kill-agent':
        world.fleet.happen(step.machine, INPUT.crashed);
        return { did: `kill the agent of machine ${step.machine}`, problems: [], checks: [] };
    }
  }

  #upgrade(step: Extract<ScenarioStep, { do: 'upgrade' }>, world: World): StepResult {
    const { core } = world;
    const model = modelOf(core, step.model);
    const client = step.client ?? world.client;
    const { found, looked } = core.cache.list(streamOf(model), client.major, -1);
    const seen = new AgentFinder(world.clientSources, client).list('released', client.major, -1);
    const answer = oldUpgrade({
      client,
      model: model.name,
      current: model.target,
      listed: found.map((one) => one.binary),
      looked,
      ownView: seen.found.map((one) => one.binary),
      ...(step.version ? { version: step.version } : {}),
    });
    const problems = answer.problem ? [answer.problem] : [];
    let { exit } = answer;
    let says: string | undefined = answer.says;
    if (answer.chosen) {
      try {
        core.upgradeModel({ modelUuid: model.uuid, target: answer.chosen });
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        problems.push(error.problem);
        exit = 1;
        says = undefined;
      }
    }
    this.#trace.say(this.#clock.nowMs(), 'client', {
      version: printVersion(client),
      exit,
      target: printVersion(model.target),
    });
    const explanation = explain(world, {
      model: model.name,
      ...(step.version ? { version: step.version } : {}),
    });
    problems.push(...explanation.notices);
    const told = { exit, ...(says === undefined ? {} : { says }) };
    const checks = this.#check(step.expect, world, model, { ...told, problems, explanation });
    const did = `juju upgrade-juju${step.version ? ` --version ${printVersion(step.version)}` : ''}`;
    return { did, ...told, problems, explanation, checks };
  }

  #status(step: Extract<ScenarioStep, { do: 'status' }>, world: World): StepResult {
    const model = modelOf(world.core, step.model);
    const statusMessages = eraStatus(world.core, model);
    const explanation = explain(world, { model: model.name });
    const problems = explanation.stops;
    const checks = this.#check(step.expect, world, model, { problems, statusMessages });
    const running = actualVersions(world.core, model);
    return { did: 'juju status', running, statusMessages, problems, explanation, checks };
  }

  #check(
    expect: Expectation | undefined,
    world: World,
    model: Model,
    got: {
      readonly exit?: number;
      readonly says?: string;
      readonly problems?: readonly Problem[];
      readonly statusMessages?: Readonly<Record<string, string>>;
      readonly explanation?: Explanation;
    },
  ): Check[] {
    if (!expect) return [];
    const checks: Check[] = [];
    const compare = (what: string, wanted: string, is: string) =>
      checks.push({ what, wanted, got: is, ok: wanted === is });
    if (expect.exit !== undefined) compare('exit code', `${expect.exit}`, `${got.exit}`);
    if (expect.says !== undefined) compare('text', expect.says, `${got.says}`);
    if (expect.target) compare('target', printVersion(expect.target), printVersion(model.target));
    if (expect.problem) compare('problem', expect.problem, `${got.problems?.[0]?.code}`);
    if (expect.source) compare('source', expect.source, `${got.explanation?.binaries[0]?.source}`);
    if (expect.statusMessages) {
      const is = JSON.stringify(got.statusMessages);
      compare('status messages', JSON.stringify(expect.statusMessages), is);
    }
    for (const [name, version] of Object.entries(expect.running ?? {})) {
      const row = world.core.machines.findMachine(model.index, Number(name));
      const id = row < 0 ? NO_VERSION : world.core.machines.version(row);
      const is = id === NO_VERSION ? 'nothing' : printVersion(world.versions.at(id));
      compare(`machine ${name} runs`, printVersion(version), is);
    }
    return checks;
  }
}

interface World extends ExplainedWorld {
  readonly core: ControllerCore;
  readonly fleet: Fleet;
  readonly clientSources: readonly LocalSource[];
}

function modelOf(core: ControllerCore, name: string): Model {
  return core.models().find((model) => model.name === name)!;
}

/** What each machine of a model reported that it runs. */
function actualVersions(core: ControllerCore, model: Model): Record<string, string> {
  const { machines, versions } = core;
  const running: Record<string, string> = {};
  machines.forEachOf(model.index, (i) => {
    const id = machines.version(i);
    running[machines.name(i)] = id === NO_VERSION ? 'nothing' : printVersion(versions.at(id));
  });
  return running;
}

/** The status message of each machine as the era showed it (facts/juju-versions 4.4, 4.5). */
function eraStatus(core: ControllerCore, model: Model): Record<string, string> {
  const { machines } = core;
  const shown: Record<string, string> = {};
  machines.forEachOf(model.index, (i) => {
    const { info } = agentStatus(core, i);
    if (info !== '') shown[machines.name(i)] = info;
  });
  return shown;
}

/** The machines as the era's status shows them: version, and the message where there is one. */
function shownStatus(step: StepResult): string[] {
  return Object.entries(step.running ?? {}).map(([name, version]) => {
    const message = step.statusMessages?.[name];
    return `machine ${name}: agent-version ${version}, ${message ?? 'no message'}`;
  });
}

function eraWords(step: StepResult): string[] {
  if (step.running) return [`$ ${step.did}`, ...shownStatus(step)];
  if (step.exit === undefined) return [];
  return [`$ ${step.did}`, step.says ?? '', `(exit code ${step.exit})`];
}
