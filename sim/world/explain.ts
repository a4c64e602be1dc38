/**
 * How an agent gets to a machine, told of one running world: who asks whom, in which order, what was
 * found, and where it stops. Nothing is made up: the request is tried dry on the real controller
 * core, the search runs through the controller's real sources file by file, and what the machines
 * run is the controller's own record. What stops the way becomes an ideal problem, the text that an
 * operator should have seen in `status` (facts/juju-versions 4.5 says that nothing is shown there).
 *
 * Everything here could be known by the controller itself; no fault is read (design 3.8).
 */
import { NO_VERSION } from '../controller/core/machines.ts';
import { type Model, streamOf } from '../controller/core/model.ts';
import { boundedList } from '../problems/list.ts';
import { type Looked, type Problem, ProblemError } from '../problems/problem.ts';
import { renderProblem } from '../problems/render.ts';
import {
  type AgentSearch,
  findAgents,
  type LocalSource,
  preferredStreams,
} from '../streams/index.ts';
import {
  type AgentVersion,
  compareVersions,
  equalVersions,
  printVersion,
  type VersionTable,
} from '../versions/number.ts';
import { desiredVersion } from '../versions/rules/agent.ts';
import { type Behind, stopsOf } from './stops.ts';

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
      this.#answer();
      this.#deliver(groups);
    }
    const notices = groups.flatMap((group) => passedOver(this.#fact(), group));
    const version = printVersion(this.#wanted);
    const told = {
      model: this.#model.name,
      version,
      hops: this.#hops,
      stops: this.#stops,
      notices,
    };
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
      return { os, arch, rows: list, search: this.#find(os, arch) };
    });
  }

  #find(os: string, arch: string): AgentSearch {
    const number = this.#wanted;
    const streams = preferredStreams({
      era: this.#server,
      stream: streamOf(this.#model),
      version: number,
    });
    return findAgents(this.#world.sources, {
      era: this.#server,
      streams,
      number,
      release: os,
      arch,
    });
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
        : `found nowhere${offered(group.search)}`,
      ok: record !== undefined,
    });
  }

  /** The agents ask which version to run (rule A-1). */
  #answer(): void {
    const { core, versions } = this.#world;
    const told = desiredVersion(this.#model.target, this.#server, false);
    const behind = compareVersions(told, this.#model.target) < 0;
    const ownMachine = this.#model.isController;
    let waiting = 0;
    core.machines.forEachOf(this.#model.index, (i) => {
      const id = core.machines.version(i);
      if (id === NO_VERSION || !equalVersions(versions.at(id), this.#model.target)) waiting++;
    });
    this.#hops.push({
      who: 'each agent',
      does: 'asks the controller which version to run',
      looked: [],
      outcome: behind
        ? `told ${printVersion(told)}: none is sent ahead of the controller, which still runs ${printVersion(this.#server)} (rule A-1)${ownMachine ? `; the controller's own machine is told ${printVersion(this.#model.target)}` : ''}`
        : `told ${printVersion(told)}; ${waiting} still run something else`,
      ok: !behind,
    });
  }

  /** The agents fetch from the controller, check, unpack, switch, restart and report. */
  #deliver(groups: readonly Group[]): void {
    const { core, versions } = this.#world;
    const { machines } = core;
    const counts = new Map<string, number>();
    const behind: Behind[] = [];
    for (const group of groups) {
      for (const i of group.rows) {
        const id = machines.version(i);
        const runs = id === NO_VERSION ? undefined : versions.at(id);
        const label = runs ? printVersion(runs) : 'nothing yet';
        counts.set(label, (counts.get(label) ?? 0) + 1);
        if (runs && equalVersions(runs, this.#wanted)) continue;
        behind.push({
          tag: machines.tag(i),
          os: group.os,
          arch: group.arch,
          runs: label,
          isController: machines.isController(i),
          isLost: machines.isLost(i),
          search: group.search,
        });
      }
    }
    const stops = stopsOf(this.#fact(), behind);
    this.#stops.push(...stops);
    this.#hops.push({
      who: 'each agent',
      does: 'fetches its binary from the controller, checks the SHA-256, unpacks, switches, restarts and reports what it runs',
      looked: [],
      outcome: [...counts].map(([label, n]) => `${n} run${n === 1 ? 's' : ''} ${label}`).join(', '),
      ok: behind.length === 0,
    });
  }

  #fact() {
    return { model: this.#model.name, wanted: this.#wanted, server: this.#server };
  }
}

/** A source that was asked first, gave nothing, and was passed over without a word (5.3). */
function passedOver(
  fact: { readonly model: string; readonly wanted: AgentVersion; readonly server: AgentVersion },
  group: Group,
): Problem[] {
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

function offered(search: AgentSearch): string {
  if (search.offered.length === 0) return '';
  const names = search.offered.map((b) => `${printVersion(b.number)}-${b.release}-${b.arch}`);
  return `; there are ${boundedList(names, 6).join(', ')}`;
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
  if (told.stops.length === 0) lines.push('', 'It stops nowhere.');
  for (const stop of told.stops) lines.push('', 'It stops here:', renderProblem(stop, 'long'));
  return `${lines.join('\n')}\n`;
}
