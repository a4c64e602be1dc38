/**
 * How an agent gets to a machine, told of one running world: who asks whom, in which order, what was
 * found, and where it stops. Nothing is made up: the request is tried dry on the real controller
 * core, the search runs through the controller's real sources file by file, and what the machines
 * run is the controller's own record. What stops the way becomes an ideal problem, the text that an
 * operator should have seen in `status` (facts/juju-versions 4.5 says that nothing is shown there).
 *
 * Everything here could be known by the controller itself; no fault is read (design 3.8).
 */
import type { SearchRecord } from '../controller/core/binaries.ts';
import { NO_VERSION } from '../controller/core/machines.ts';
import { type Model, streamOf } from '../controller/core/model.ts';
import { boundedList } from '../problems/list.ts';
import { type Looked, type Problem, ProblemError } from '../problems/problem.ts';
import { renderProblem } from '../problems/render.ts';
import {
  type AgentQuery,
  type AgentSearch,
  findAgents,
  type LocalSource,
  preferredStreams,
} from '../streams/index.ts';
import {
  type AgentVersion,
  compareVersions,
  equalVersions,
  printBinary,
  printVersion,
  type VersionTable,
} from '../versions/number.ts';
import { desiredVersion } from '../versions/rules/agent.ts';
import { type Aim, type Behind, stopsOf } from './stops.ts';

/** What `explain` reads of a world. The controller core fits `core`. */
export interface ExplainedWorld {
  /** The version of the client that asks. */
  readonly client: AgentVersion;
  /** The controller's sources of agent metadata, in its order. */
  readonly sources: readonly LocalSource[];
  readonly core: ExplainedCore;
  readonly versions: VersionTable;
}

export interface ExplainedCore {
  readonly controllerModel: Model;
  readonly machines: ExplainedMachines;
  readonly clock: { nowMs(): number };
  /** The searches that the controller made for its agents. */
  readonly cache: { readonly searches: readonly SearchRecord[] };
  models(): readonly Model[];
  runningVersion(): AgentVersion;
  upgradeModel(request: { modelUuid: string; target?: AgentVersion; dryRun?: boolean }): {
    chosen: AgentVersion;
  };
}

export interface ExplainedMachines {
  tag(i: number): string;
  os(i: number): string;
  arch(i: number): string;
  version(i: number): number;
  isController(i: number): boolean;
  isLost(i: number): boolean;
  isRetired(i: number): boolean;
  isHeld(i: number): boolean;
  forEachOf(model: number, visit: (i: number) => void): void;
}

/** One step of the way. */
export interface Hop {
  /** Who acts, with its version where it has one. */
  readonly who: string;
  readonly does: string;
  readonly looked: readonly Looked[];
  readonly outcome: string;
  readonly ok: boolean;
}

export interface Explanation {
  readonly model: string;
  readonly version: string;
  readonly hops: readonly Hop[];
  /** Where it stops, most general first; empty when every machine gets there. */
  readonly stops: readonly Problem[];
  /** What went well by another way than was meant, e.g. a source that was passed over in silence. */
  readonly notices: readonly Problem[];
  /** Each agent binary that is needed and there, with the source that it comes from. */
  readonly binaries: readonly { readonly binary: string; readonly source: string }[];
  /** All of it for a reader. */
  readonly text: string;
}

/**
 * @param options.model name of the model; default is the first that is not the controller's own,
 *   else that one
 * @param options.version the agent-version to explain; default is the model's target
 * @throws RangeError when there is no such model
 */
export function explain(
  world: ExplainedWorld,
  options: { readonly model?: string; readonly version?: AgentVersion } = {},
): Explanation {
  return new Way(world, pickModel(world.core, options.model), options.version).explain();
}

function pickModel(core: ExplainedCore, name: string | undefined): Model {
  const models = core.models();
  const model = name
    ? models.find((one) => one.name === name)
    : (models.find((one) => !one.isController) ?? core.controllerModel);
  if (model) return model;
  const known = models.map((one) => one.name).join(', ');
  throw new RangeError(`there is no model "${name}"; there are: ${known}`);
}

/** Machines of one kind: they need the same agent binary. */
interface Group {
  readonly os: string;
  readonly arch: string;
  readonly rows: readonly number[];
  readonly search: AgentSearch;
  /** What there is of the version for other machines, else of its major version. */
  readonly others: readonly string[];
}

class Way {
  readonly #world: ExplainedWorld;
  readonly #model: Model;
  readonly #wanted: AgentVersion;
  readonly #server: AgentVersion;
  readonly #hops: Hop[] = [];
  readonly #stops: Problem[] = [];

  constructor(world: ExplainedWorld, model: Model, version: AgentVersion | undefined) {
    this.#world = world;
    this.#model = model;
    this.#wanted = version ?? model.target;
    this.#server = world.core.runningVersion();
  }

  explain(): Explanation {
    const { core } = this.#world;
    this.#request();
    const groups = this.#groups();
    for (const group of groups) this.#search(group);
    if (equalVersions(this.#wanted, this.#model.target)) {
      const behind = this.#behind(groups);
      const stops = stopsOf(this.#fact(), behind);
      this.#stops.push(...stops);
      this.#tell(
        groups,
        behind.length,
        stops.some((stop) => stop.permanence === 'permanent'),
      );
    }
    const notices = groups.flatMap((group) => passedOver(this.#fact(), group));
    const version = printVersion(this.#wanted);
    const binaries = groups
      .flatMap((group) => group.search.found)
      .map(({ binary, source }) => ({ binary: printBinary(binary), source }));
    const { name: model } = this.#model;
    const told = { model, version, hops: this.#hops, stops: this.#stops, notices, binaries };
    return { ...told, text: textOf(told, core.runningVersion()) };
  }

  /** The client asks the controller for the target; tried dry, so that nothing changes. */
  #request(): void {
    const { core, client } = this.#world;
    const does = `asks the controller to set model ${this.#model.name} to agent-version ${printVersion(this.#wanted)}`;
    const who = `client ${printVersion(client)}`;
    const done = (outcome: string, ok: boolean, looked: readonly Looked[] = []) =>
      this.#hops.push({ who, does, looked, outcome, ok });
    if (equalVersions(this.#wanted, this.#model.target)) {
      done(`controller ${printVersion(this.#server)} has this target on record`, true);
      return;
    }
    try {
      core.upgradeModel({ modelUuid: this.#model.uuid, target: this.#wanted, dryRun: true });
      done(`controller ${printVersion(this.#server)} would accept it (tried without effect)`, true);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      this.#stops.push(error.problem);
      done(
        `refused: ${error.problem.code} (rule ${error.problem.why})`,
        false,
        error.problem.looked,
      );
    }
  }

  /** Machines by what binary they need, in the order of the table. */
  #groups(): Group[] {
    const { machines } = this.#world.core;
    const rows = new Map<string, number[]>();
    machines.forEachOf(this.#model.index, (i) => {
      if (machines.isRetired(i) || machines.isHeld(i)) return;
      const key = `${machines.os(i)} ${machines.arch(i)}`;
      rows.set(key, [...(rows.get(key) ?? []), i]);
    });
    return [...rows].map(([key, list]) => {
      const [os = '', arch = ''] = key.split(' ');
      const search = this.#find({ number: this.#wanted, release: os, arch });
      const others = search.found.length > 0 ? [] : this.#others(os, arch);
      return { os, arch, rows: list, search, others };
    });
  }

  #find(what: Pick<AgentQuery, 'number' | 'major' | 'release' | 'arch'>): AgentSearch {
    const era = this.#server;
    const stream = streamOf(this.#model);
    const streams = preferredStreams({ era, stream, version: this.#wanted });
    return findAgents(this.#world.sources, { era, streams, ...what });
  }

  /** What the same sources have instead: the version for other machines, else other versions. */
  #others(os: string, arch: string): string[] {
    const { major } = this.#wanted;
    for (const near of [{ number: this.#wanted }, { major, release: os, arch }, { major }]) {
      const { found } = this.#find(near);
      if (found.length > 0) return found.map(({ binary }) => printBinary(binary));
    }
    return [];
  }

  /** The controller looks for the binary in its sources, in their order. */
  #search(group: Group): void {
    const { machines } = this.#world.core;
    const binary = `${printVersion(this.#wanted)}-${group.os}-${group.arch}`;
    const record = group.search.found[0];
    const names = boundedList(
      group.rows.map((i) => machines.tag(i)),
      3,
    ).join(', ');
    this.#hops.push({
      who: `controller ${printVersion(this.#server)}`,
      does: `looks for agent binary ${binary} for ${names}, in stream ${group.search.query.streams.join(', then ')}`,
      looked: group.search.looked,
      outcome: record
        ? `found in ${record.source}: ${record.url} (${record.size} bytes, SHA-256 ${record.sha256.slice(0, 12)}…)`
        : `found nowhere${group.others.length > 0 ? `; there are ${boundedList(group.others).join(', ')}` : ''}`,
      ok: record !== undefined,
    });
  }

  /** The agents that do not run what the model wants, by the controller's records. */
  #behind(groups: readonly Group[]): Behind[] {
    const { machines } = this.#world.core;
    return groups.flatMap((group) => {
      const { os, arch, search, others } = group;
      const fetchedMs = this.#fetchedMs(group);
      return group.rows
        .filter((i) => !this.#isThere(i))
        .map((i) => ({
          tag: machines.tag(i),
          os,
          arch,
          runs: this.#runs(i),
          isController: machines.isController(i),
          isLost: machines.isLost(i),
          search,
          others,
          fetchedMs,
        }));
    });
  }

  /** The agents ask what to run (rule A-1), and go there by themselves. */
  #tell(groups: readonly Group[], behind: number, stuck: boolean): void {
    const told = desiredVersion(this.#model.target, this.#server, false);
    const capped = compareVersions(told, this.#model.target) < 0;
    const own = this.#model.isController
      ? `; the controller's own machine is told ${printVersion(this.#model.target)}`
      : '';
    this.#hops.push({
      who: 'each agent',
      does: 'asks the controller which version to run',
      looked: [],
      outcome: capped
        ? `told ${printVersion(told)}: none is sent ahead of the controller, which still runs ${printVersion(this.#server)} (rule A-1)${own}`
        : `told ${printVersion(told)}`,
      ok: !capped || !stuck,
    });
    const counts = new Map<string, number>();
    for (const i of groups.flatMap((group) => group.rows)) {
      counts.set(this.#runs(i), (counts.get(this.#runs(i)) ?? 0) + 1);
    }
    this.#hops.push({
      who: 'each agent that is told another version than it runs',
      does: 'fetches it from the controller, checks the SHA-256, unpacks, switches, restarts and reports what it runs',
      looked: [],
      outcome: [...counts].map(([label, n]) => `${n} run${n === 1 ? 's' : ''} ${label}`).join(', '),
      ok: behind === 0 || !stuck,
    });
  }

  #runs(i: number): string {
    const id = this.#world.core.machines.version(i);
    return id === NO_VERSION ? 'nothing yet' : printVersion(this.#world.versions.at(id));
  }

  #isThere(i: number): boolean {
    const id = this.#world.core.machines.version(i);
    return id !== NO_VERSION && equalVersions(this.#world.versions.at(id), this.#wanted);
  }

  /** When the controller last brought a binary to its cache, by its own record. */
  #fetchedMs(group: Group): number | undefined {
    const wanted = `${printVersion(this.#wanted)}-${group.os}-${group.arch}`;
    const { searches } = this.#world.core.cache;
    return searches.findLast((one) => one.wanted === wanted && one.outcome === 'cached')?.atMs;
  }

  #fact() {
    const nowMs = this.#world.core.clock.nowMs();
    return { model: this.#model.name, wanted: this.#wanted, server: this.#server, nowMs };
  }
}

/** A source that was asked first, gave nothing, and was passed over without a word (5.3). */
function passedOver(fact: Aim, group: Group): Problem[] {
  const record = group.search.found[0];
  const empty = group.search.visits.find((visit) => visit.source !== record?.source);
  if (!record || !empty) return [];
  const wanted = `${printVersion(fact.wanted)}-${group.os}-${group.arch}`;
  return [
    {
      code: 'source-passed-over',
      component: 'controller',
      componentVersion: printVersion(fact.server),
      origin: 'operator',
      operation: `take agent binaries from ${empty.source}`,
      wanted,
      looked: group.search.looked,
      found: [`${wanted} in ${record.source}, which was asked because ${empty.source} had nothing`],
      why: 'S-25',
      scope: `model ${fact.model}`,
      permanence: 'permanent',
      changed: true,
      next: [
        {
          say: `publish the agent binaries in the directory that ${empty.source} points to, or take the setting away`,
          command: `maasquerade streams publish DIR --version ${printVersion(fact.wanted)} --os ${group.os} --arch ${group.arch}`,
        },
      ],
    },
  ];
}

function textOf(told: Omit<Explanation, 'text'>, server: AgentVersion): string {
  const lines = [
    `How agent ${told.version} gets to the machines of model ${told.model} (controller ${printVersion(server)})`,
    '',
  ];
  told.hops.forEach((hop, i) => {
    lines.push(`${i + 1}. ${hop.who} ${hop.does}`);
    hop.looked.forEach((at, n) => {
      lines.push(`     ${n + 1}) ${at.place}: ${at.outcome}`);
    });
    lines.push(`   ${hop.ok ? '->' : '!!'} ${hop.outcome}`);
  });
  for (const notice of told.notices)
    lines.push('', 'Worth knowing:', renderProblem(notice, 'long'));
  if (told.stops.length === 0)
    lines.push(
      '',
      told.hops.at(-1)?.who.startsWith('each agent')
        ? 'All are there.'
        : 'Nothing stands in the way.',
    );
  for (const stop of told.stops) {
    const head = stop.permanence === 'transient' ? 'Not there yet:' : 'It stops here:';
    lines.push('', head, renderProblem(stop, 'long'));
  }
  return `${lines.join('\n')}\n`;
}
