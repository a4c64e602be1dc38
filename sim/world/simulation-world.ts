/**
 * Builds the world of one simulated upgrade: agent metadata in two sources, a controller, its models
 * with their machines, the faults asked for, and the fleet of agents, joined in memory. A mix that
 * the era forbids is refused here, before anything runs (design 4, `simulate`).
 */
import type { Fleet } from '../agents/fleet.ts';
import { AgentPoints } from '../agents/points.ts';
import type { BinaryFinder, FindOutcome } from '../controller/core/binaries.ts';
import { ControllerCore, type Rows } from '../controller/core/controller.ts';
import type { Model } from '../controller/core/model.ts';
import { ControllerPoints } from '../controller/points.ts';
import { type BoundFaults, bindFaults } from '../faults/bind.ts';
import { loadFaults, selectFaults, UnknownFaultError } from '../faults/load.ts';
import { VirtualClock } from '../kernel/clock.ts';
import { GapJournal } from '../kernel/journal.ts';
import { Randomness } from '../kernel/random.ts';
import { Trace } from '../kernel/trace.ts';
import { ProblemError } from '../problems/problem.ts';
import {
  AgentFinder,
  defaultSeries,
  type LocalSource,
  layoutOf,
  localSource,
  MemoryStore,
  publishAgents,
} from '../streams/index.ts';
import { StreamsPoints } from '../streams/points.ts';
import {
  type AgentVersion,
  equalVersions,
  isDev,
  newest,
  parseVersion,
  printVersion,
  tryParseVersion,
  VersionTable,
} from '../versions/number.ts';
import { checkMix } from '../versions/rules/mix.ts';
import { eraOf, type RuleSet, ruleSet } from '../versions/rules/rule-set.ts';
import { DEFAULT_SOURCE } from './agent-metadata.ts';
import { joinFleet } from './join.ts';
import { dealMix, MixError, parseMix, type Share } from './mix.ts';
import { dealPlatforms, platformsOf } from './platforms.ts';
import { SimulateOptionError, type SimulateOptions } from './token.ts';

export interface SimulationWorld {
  readonly to: AgentVersion;
  readonly rules: RuleSet;
  readonly clock: VirtualClock;
  readonly trace: Trace;
  readonly core: ControllerCore;
  readonly fleet: Fleet;
  readonly faults: BoundFaults;
  readonly models: readonly Model[];
  /** Machines one version behind; held there until their model gets its next target. */
  readonly stragglers: ReadonlyMap<Model, readonly Rows[]>;
}

const MIRROR = 'agent-metadata-url';

/**
 * Builds it, everything at rest.
 * @param sink gets each event as one readable line
 * @throws SimulateOptionError when an option cannot be, the mix is none, or the era forbids it
 */
export async function buildSimulation(
  options: SimulateOptions,
  sink?: (line: string) => void,
): Promise<SimulationWorld> {
  const { to, rules, mix } = readOptions(options);
  const clock = new VirtualClock();
  const trace = new Trace(sink);
  const random = new Randomness(options.seed);
  const versions = new VersionTable();
  const points = {
    streams: new StreamsPoints(),
    controller: new ControllerPoints(),
    agents: new AgentPoints(),
  };
  const faults = bindFaults(chooseFaults(options.faults), points, random);
  const controllerVersion = newest(mix.map((share) => share.version))!;
  const behind = new Map(mix.map(({ version }) => [printVersion(version), oneBehind(version)]));
  const published = [...mix.map((share) => share.version), ...behind.values(), to];
  const sources = await publish(published, [controllerVersion, to], clock.date(), points.streams);
  const core: ControllerCore = new ControllerCore({
    clock,
    trace,
    versions,
    random,
    journal: new GapJournal(),
    points: points.controller,
    rules,
    version: controllerVersion,
    binaries: new RememberingFinder(clock, new AgentFinder(sources, () => core.runningVersion())),
  });
  const models: Model[] = [];
  const stragglers = new Map<Model, Rows[]>();
  try {
    for (const dealt of dealMix(options.machines, mix, options.models)) {
      const { name, version, machines } = dealt;
      const model = core.createModel({ name, agentVersion: version });
      models.push(model);
      const late = Math.round((machines * options.stragglers) / 100);
      addMachines(core, model, machines - late, version);
      const rows = addMachines(core, model, late, behind.get(printVersion(version))!);
      for (const some of rows) core.holdMachines(some);
      stragglers.set(model, rows);
    }
  } catch (error) {
    if (error instanceof MixError) throw new SimulateOptionError(error.message);
    if (error instanceof ProblemError) throw forbidden(error.problem.why, error.problem.wanted);
    throw error;
  }
  // Strategy `replace` puts a new machine beside each old one.
  const capacity = core.machines.length + (options.strategy === 'replace' ? options.machines : 0);
  const join = { core, clock, trace, random, versions, points: points.agents, capacity };
  return { to, rules, clock, trace, core, fleet: joinFleet(join), faults, models, stragglers };
}

/**
 * Adds machines to a model, dealt out over the platforms that `version` exists for.
 * @param fresh whether they are still to be set up, instead of running `version`
 */
export function addMachines(
  core: ControllerCore,
  model: Model,
  count: number,
  version: AgentVersion,
  fresh = false,
): Rows[] {
  return dealPlatforms(count, version).map(({ count: some, os, arch }) =>
    core.addMachines(model.uuid, some, { os, arch, ...(fresh ? {} : { version }) }),
  );
}

function readOptions(options: SimulateOptions): {
  to: AgentVersion;
  rules: RuleSet;
  mix: Share[];
} {
  const to = tryParseVersion(options.to);
  if (!to) throw new SimulateOptionError(`--to: "${options.to}" is no agent-version, e.g. 1.25.2`);
  let mix: Share[];
  try {
    mix = parseMix(options.agents);
  } catch (error) {
    throw error instanceof MixError ? new SimulateOptionError(`--agents: ${error.message}`) : error;
  }
  let rules: RuleSet;
  try {
    rules = ruleSet(options.era ?? eraOf(to), to);
  } catch (error) {
    throw error instanceof RangeError ? new SimulateOptionError(`--era: ${error.message}`) : error;
  }
  const { verdict, version } = checkMix(
    mix.map((share) => share.version),
    to,
    rules,
  );
  if (!verdict.ok) {
    const from = version ? `${printVersion(version)} to ${options.to}` : options.to;
    throw forbidden(verdict.rule, from);
  }
  return { to, rules, mix };
}

function forbidden(rule: string, what: string): SimulateOptionError {
  return new SimulateOptionError(`the rules of this era forbid ${what}: ${rule}`);
}

function chooseFaults(asked: string) {
  try {
    return selectFaults(loadFaults(), asked);
  } catch (error) {
    throw error instanceof UnknownFaultError
      ? new SimulateOptionError(`--faults: ${error.message}`)
      : error;
  }
}

/** The version that a straggler of `version` was left at. */
function oneBehind(version: AgentVersion): AgentVersion {
  const { major, minor, patch, build } = version;
  if (build > 0) return { ...version, build: build - 1 };
  if (patch > 0) return { ...version, patch: patch - 1 };
  return minor > 0 ? parseVersion(`${major}.${minor - 1}.0`) : version;
}

/**
 * Two sources with the same agents: an organisation's mirror, and behind it the default. Each reader
 * finds them filed as its era looks for them (the controller is one version before its upgrade and
 * another after it).
 */
async function publish(
  versions: readonly AgentVersion[],
  readers: readonly AgentVersion[],
  updated: Date,
  points: StreamsPoints,
): Promise<LocalSource[]> {
  const distinct = versions.filter((v, i) => versions.findIndex((w) => equalVersions(v, w)) === i);
  const sources: LocalSource[] = [];
  for (const name of [MIRROR, DEFAULT_SOURCE]) {
    const store = new MemoryStore();
    for (const era of readers) {
      const bySeries = layoutOf(era).key === 'series';
      const agents = distinct.flatMap((number) =>
        platformsOf(number).map(({ os, arch }) => ({
          binary: { number, release: bySeries ? (defaultSeries(os) ?? os) : os, arch },
          stream: isDev(number) ? 'devel' : 'released',
        })),
      );
      await publishAgents(store, agents, { era, updated, source: name, points });
    }
    const url = name === MIRROR ? 'http://mirror.internal/tools' : 'https://streams.invalid/tools';
    sources.push(localSource({ name, url, store, points }));
  }
  return sources;
}

/** How long an outcome of a search is taken as still true, in simulated milliseconds. */
const REMEMBERED_MS = 60_000;

/**
 * Remembers each search for a minute. Machines that find no binary ask again every few seconds, each
 * for itself; nothing is published while a simulation runs, so they would all be told the same.
 */
class RememberingFinder implements BinaryFinder {
  readonly #clock: VirtualClock;
  readonly #finder: BinaryFinder;
  readonly #known = new Map<string, { outcome: FindOutcome; untilMs: number }>();

  constructor(clock: VirtualClock, finder: BinaryFinder) {
    this.#clock = clock;
    this.#finder = finder;
  }

  find(stream: string, number: AgentVersion, os: string, arch: string): FindOutcome {
    const key = `${stream} ${printVersion(number)} ${os} ${arch}`;
    return this.#remember(key, () => this.#finder.find(stream, number, os, arch));
  }

  list(stream: string, major: number, minor: number): FindOutcome {
    return this.#remember(`${stream} ${major} ${minor}`, () =>
      this.#finder.list(stream, major, minor),
    );
  }

  #remember(key: string, search: () => FindOutcome): FindOutcome {
    const nowMs = this.#clock.nowMs();
    const known = this.#known.get(key);
    if (known && nowMs < known.untilMs) return known.outcome;
    const outcome = search();
    this.#known.set(key, { outcome, untilMs: nowMs + REMEMBERED_MS });
    return outcome;
  }
}
