/**
 * The controller's core: models with their targets, every agent's ACTUAL version, upgrades and their
 * gates, the cache of agent binaries, and the controller's own restarts. It has no socket and no
 * clock of its own: the API server (`../api`) and the in-memory agent port ask it, the world drives
 * it. Rules come from the rule set of its release (`../../versions/rules`), so that the controller
 * enforces the very rule that the client explains. Source: facts/juju-versions-and-upgrades 2 to 4.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../kernel/clock.ts';
import type { GapJournal } from '../../kernel/journal.ts';
import type { Randomness } from '../../kernel/random.ts';
import type { Trace } from '../../kernel/trace.ts';
import {
  type AgentVersion,
  compareVersions,
  equalVersions,
  parseVersion,
  printVersion,
  type VersionTable,
} from '../../versions/number.ts';
import { desiredVersion } from '../../versions/rules/agent.ts';
import type { RuleSet } from '../../versions/rules/rule-set.ts';
import type { ControllerPoints } from '../points.ts';
import { InMemoryAgentPort } from './agent-port.ts';
import { BinaryCache, type BinaryFinder } from './binaries.ts';
import { Hindrances } from './hindrances.ts';
import { ControllerLife } from './life.ts';
import { AGENT_KIND, type Instance, MachineTable, NO_VERSION, namedInstance } from './machines.ts';
import { Listeners, type Model, type OwnModel } from './model.ts';
import { DEFAULT_OWNER, decideNewModel, type NewModel } from './new-model.ts';
import { bounded, refusal } from './refusal.ts';
import { decideUpgrade, type UpgradeRequest, type UpgradeView } from './upgrade.ts';
import { UpgradeLock } from './upgrade-info.ts';

export interface ControllerOptions {
  readonly clock: Clock;
  readonly trace: Trace;
  readonly versions: VersionTable;
  readonly journal: GapJournal;
  readonly random: Randomness;
  readonly points: ControllerPoints;
  readonly rules: RuleSet;
  readonly binaries: BinaryFinder;
  /** What the controller's own binary is, and its model's target. */
  readonly version: AgentVersion;
  /** The controller machine's; default `ubuntu` and `amd64`. */
  readonly os?: string;
  readonly arch?: string;
  /** What the cloud says of the controller's machine; default is made up from the seed. */
  readonly instance?: () => Instance;
}

export interface NewMachines {
  readonly os: string;
  readonly arch: string;
  /** The ACTUAL version; without it the machines are still being provisioned. */
  readonly version?: AgentVersion;
  /** What the cloud says of the i-th of them, asked for anew whenever it is shown. */
  readonly instance?: (i: number) => Instance;
}

/** Rows of the machine table: `count` of them, from `first` on. */
export interface Rows {
  readonly first: number;
  readonly count: number;
}

/** From here on the machine agent runs its units, so they have its version. */
const UNITS_IN_MACHINE_AGENT = parseVersion('2.8.0');

export class ControllerCore {
  readonly uuid: string;
  readonly machines = new MachineTable();
  readonly points: ControllerPoints;
  readonly rules: RuleSet;
  readonly versions: VersionTable;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly journal: GapJournal;
  readonly random: Randomness;
  readonly cache: BinaryCache;
  readonly lock = new UpgradeLock();
  /** What stands in the way of upgrades apart from versions; a world sets it. */
  readonly hindrances = new Hindrances();
  readonly life: ControllerLife;
  readonly #models: OwnModel[] = [];
  readonly #byUuid = new Map<string, OwnModel>();
  /** Rows of containers and units by model and tag. */
  readonly #hosted = new Map<string, number>();
  /** Hears of each change of a model's configuration, its target among them. */
  readonly modelChanges = new Listeners<Model>();
  /** Hears of each row of the machine table that is new or of which something changed. */
  readonly agentChanges = new Listeners<number>();
  #port: InMemoryAgentPort | undefined;

  constructor(options: ControllerOptions) {
    this.clock = options.clock;
    this.trace = options.trace;
    this.versions = options.versions;
    this.journal = options.journal;
    this.random = options.random;
    this.points = options.points;
    this.rules = options.rules;
    this.cache = new BinaryCache(options.binaries, () => this.clock.nowMs());
    this.machines.onChange = (i) => this.agentChanges.tell(i);
    this.uuid = uuid(this.random, 'controller');
    this.life = new ControllerLife({
      clock: this.clock,
      trace: this.trace,
      random: this.random,
      points: this.points,
      lock: this.lock,
      version: options.version,
      machine: 'machine-0',
    });
    const model = this.#addModel('controller', DEFAULT_OWNER, options.version, {});
    const named = namedInstance(this.random.stream('controller.instance').hex(6));
    this.machines.add({
      model: model.index,
      count: 1,
      os: options.os ?? 'ubuntu',
      arch: options.arch ?? 'amd64',
      version: this.versions.intern(options.version),
      firstNumber: 0,
      nowMs: this.clock.nowMs(),
      instance: options.instance ?? (() => named),
      controller: true,
    });
    model.nextMachine = 1;
    this.life.changes.add(() => this.#retell());
  }

  /** What the answering controller runs ("S"). */
  runningVersion(): AgentVersion {
    return this.life.version;
  }

  /** Every model there ever was, the controller's own first; a destroyed one stays, with life `dead`. */
  models(): readonly Model[] {
    return this.#models;
  }

  model(uuid: string): Model | undefined {
    return this.#byUuid.get(uuid);
  }

  get controllerModel(): Model {
    return this.#models[0]!;
  }

  /** Adds a model. @throws ControllerRefusal, see {@link decideNewModel}; nothing has changed then */
  createModel(o: NewModel): Model {
    const version = decideNewModel(this.#view(), o);
    const model = this.#addModel(o.name, o.owner ?? DEFAULT_OWNER, version, o.config ?? {});
    this.trace.say(this.clock.nowMs(), 'model', { name: o.name, target: printVersion(version) });
    this.modelChanges.tell(model);
    return model;
  }

  /**
   * Destroys a model: its agents are turned away, its machines go back, its name is free again.
   * @throws ControllerRefusal `model-not-found`, `controller-model`
   */
  destroyModel(modelUuid: string): void {
    const model = this.#require(modelUuid, 'destroy a model');
    if (model.isController) {
      throw refusal(this.runningVersion(), {
        code: 'controller-model',
        operation: 'destroy a model',
        wanted: `model ${model.name}`,
        why: 'models',
        scope: `model ${model.name}`,
        next: [{ say: 'destroy the controller instead' }],
      });
    }
    this.machines.forEachOf(model.index, (i) => this.machines.retire(i));
    model.life = 'dead';
    this.#byUuid.delete(modelUuid);
    this.trace.say(this.clock.nowMs(), 'model', { name: model.name, life: 'dead' });
    this.modelChanges.tell(model);
  }

  /** Adds top-level machines to a model. @throws ControllerRefusal `model-not-found` */
  addMachines(modelUuid: string, count: number, o: NewMachines): Rows {
    const model = this.#require(modelUuid, 'add machines');
    const first = this.machines.add({
      model: model.index,
      count,
      os: o.os,
      arch: o.arch,
      version: o.version ? this.versions.intern(o.version) : NO_VERSION,
      firstNumber: model.nextMachine,
      nowMs: this.clock.nowMs(),
      instance: o.instance ?? ((i) => namedInstance(`i-${model.index}-${i}`)),
    });
    model.nextMachine += count;
    for (let i = first; i < first + count; i++) this.agentChanges.tell(i);
    return { first, count };
  }

  /**
   * Adds a container on a machine, with an agent of its own; returns its row.
   * @param version default the host's; `pending` for one that is still to be made
   */
  addContainer(host: number, version?: AgentVersion | 'pending'): number {
    let siblings = 0;
    this.machines.forEachHosted(host, (i) => {
      if (this.machines.kind(i) === AGENT_KIND.container && this.machines.parent(i) === host) {
        siblings++;
      }
    });
    const name = `${this.machines.name(host)}/lxd/${siblings}`;
    return this.#addHosted(AGENT_KIND.container, host, name, version);
  }

  /** Adds a unit of an application (made on first use) on a machine or container; returns its row. */
  addUnit(host: number, application: string, version?: AgentVersion): number {
    const model = this.#models[this.machines.model(host)]!;
    let app = model.applications.get(application);
    if (!app) {
      app = { name: application, charm: `ch:amd64/jammy/${application}-1`, units: 0 };
      model.applications.set(application, app);
    }
    return this.#addHosted(AGENT_KIND.unit, host, `${application}/${app.units++}`, version);
  }

  /**
   * Sets a model's target, through all gates of the rule set; the controller's model too.
   * @throws ControllerRefusal; nothing has changed then
   */
  upgradeModel(request: UpgradeRequest): { chosen: AgentVersion } {
    const model = this.#require(request.modelUuid, 'upgrade a model');
    const chosen = decideUpgrade(this.#view(), model, request);
    if (!request.dryRun && !equalVersions(chosen, model.target)) this.#setTarget(model, chosen);
    return { chosen };
  }

  /** Ends an upgrade that stands in the way (`--reset-previous-upgrade`); without one, nothing. */
  abortUpgrade(): void {
    this.lock.abort();
  }

  /** Sets a key of a model's configuration. @throws ControllerRefusal `model-not-found` */
  setConfig(modelUuid: string, key: string, value: unknown): void {
    const model = this.#require(modelUuid, 'change a model');
    model.config.set(key, value);
    this.modelChanges.tell(model);
  }

  /** Takes a key out of a model's configuration. @throws ControllerRefusal `model-not-found` */
  unsetConfig(modelUuid: string, key: string): void {
    const model = this.#require(modelUuid, 'change a model');
    if (model.config.delete(key)) this.modelChanges.tell(model);
  }

  /** Keeps machines at the version they run (strategy `replace`): they are told no other one. */
  holdMachines(rows: Rows, held = true): void {
    for (let i = rows.first; i < rows.first + rows.count; i++) this.machines.setHeld(i, held);
  }

  /** Takes a machine, and all that it hosts, out of its model. */
  retireMachine(i: number): void {
    this.machines.retire(i);
    this.machines.forEachHosted(i, (hosted) => this.machines.retire(hosted));
  }

  /** Says whether an agent's presence is seen; `down` in status is the opposite. */
  setPresence(machine: number, seen: boolean): void {
    this.machines.setLost(machine, !seen);
  }

  /** Upgrader.SetTools: the agent reports what it ACTUALLY runs; from 2.8 on for its units too. */
  recordVersion(machine: number, version: number): void {
    const { machines, rules } = this;
    machines.setVersion(machine, version);
    if (compareVersions(rules.release, UNITS_IN_MACHINE_AGENT) < 0) return;
    machines.forEachHosted(machine, (i) => {
      const runsIt = machines.kind(i) === AGENT_KIND.unit && machines.parent(i) === machine;
      if (runsIt) machines.setVersion(i, version);
    });
  }

  /** Upgrader.DesiredVersion: what this agent is told to run now, as a version id. */
  toldVersion(machine: number): number {
    const { machines } = this;
    if (machines.isHeld(machine)) return machines.version(machine);
    if (machines.kind(machine) === AGENT_KIND.unit) {
      return machines.version(machines.parent(machine));
    }
    const model = this.#models[machines.model(machine)]!;
    return machines.isController(machine) ? model.targetId : model.toldId;
  }

  /** The controller as the agents of a fleet see it. */
  agentPort(): InMemoryAgentPort {
    this.#port ??= new InMemoryAgentPort(this);
    return this.#port;
  }

  /** The controller's process ends; whoever ended it says when it is back. */
  controllerRestarting(): void {
    this.life.restarting();
  }

  /** The controller's process is back, in this version. */
  controllerRestarted(version: AgentVersion): void {
    this.life.restarted(version);
    this.#retell();
  }

  /** The row of an agent by model and tag (`machine-3`, `machine-3-lxd-0`, `unit-mysql-0`), or -1. */
  findAgent(modelUuid: string, tag: string): number {
    const model = this.#byUuid.get(modelUuid);
    if (!model) return -1;
    const number = /^machine-(\d{1,9})$/.exec(tag)?.[1];
    if (number !== undefined) return this.machines.findMachine(model.index, Number(number));
    return this.#hosted.get(`${model.index}/${tag}`) ?? -1;
  }

  /**
   * A hash over all state that a refused request must leave unchanged: models, targets, every agent's
   * record, upgrades. The binary cache is left out (it may grow, S-19), and so are secrets.
   */
  stateHash(): string {
    const hash = createHash('sha256');
    for (const m of this.#models) {
      const applications = [...m.applications.values()];
      const config = [...m.config];
      hash.update(
        JSON.stringify([m.uuid, m.name, m.owner, m.life, m.nextMachine, config, applications]),
      );
      hash.update(printVersion(m.target));
    }
    for (const column of this.machines.bytes()) hash.update(column);
    hash.update(JSON.stringify([this.lock.current, this.lock.archive, this.life.state]));
    hash.update(printVersion(this.life.version));
    return hash.digest('hex');
  }

  #addModel(
    name: string,
    owner: string,
    version: AgentVersion,
    config: Readonly<Record<string, unknown>>,
  ): OwnModel {
    const target = version;
    const model: OwnModel = {
      index: this.#models.length,
      uuid: uuid(this.random, `model/${owner}/${name}/${this.#models.length}`),
      name,
      owner,
      isController: this.#models.length === 0,
      createdAtMs: this.clock.nowMs(),
      life: 'alive',
      target,
      targetId: this.versions.intern(target),
      toldId: this.#told(target),
      config: new Map(Object.entries(config).filter(([key]) => key !== 'agent-version')),
      applications: new Map(),
      nextMachine: 0,
    };
    this.#models.push(model);
    this.#byUuid.set(model.uuid, model);
    return model;
  }

  #addHosted(
    kind: typeof AGENT_KIND.container | typeof AGENT_KIND.unit,
    host: number,
    name: string,
    version: AgentVersion | 'pending' | undefined,
  ): number {
    const own = typeof version === 'object' ? this.versions.intern(version) : NO_VERSION;
    const id = version ? own : this.machines.version(host);
    const i = this.machines.addHosted(kind, host, name, id, this.clock.nowMs());
    this.#hosted.set(`${this.machines.model(i)}/${this.machines.tag(i)}`, i);
    this.agentChanges.tell(i);
    return i;
  }

  #setTarget(model: OwnModel, target: AgentVersion): void {
    model.target = target;
    model.targetId = this.versions.intern(target);
    model.toldId = this.#told(target);
    this.trace.say(this.clock.nowMs(), 'target', {
      model: model.name,
      version: printVersion(target),
    });
    this.modelChanges.tell(model);
  }

  /** What decisions may look at. */
  #view(): UpgradeView {
    return {
      rules: this.rules,
      versions: this.versions,
      models: this.#models,
      machines: this.machines,
      cache: this.cache,
      lock: this.lock,
      hindrances: this.hindrances,
      server: this.runningVersion(),
    };
  }

  /** After the controller's own version changed, what agents are told may change too. */
  #retell(): void {
    for (const model of this.#models) model.toldId = this.#told(model.target);
  }

  #told(target: AgentVersion): number {
    return this.versions.intern(desiredVersion(target, this.runningVersion(), false));
  }

  #require(modelUuid: string, operation: string): OwnModel {
    const model = this.#byUuid.get(modelUuid);
    if (model) return model;
    throw refusal(
      this.runningVersion(),
      {
        code: 'model-not-found',
        operation,
        wanted: modelUuid,
        why: 'models',
        scope: `model ${modelUuid}`,
        found: bounded(this.#models.map((m) => `${m.owner}/${m.name}`)),
        next: [{ say: 'name a model of this controller', command: 'juju models' }],
      },
      { name: modelUuid },
    );
  }
}

/** A UUID of version 4, fixed by the seed and what it is for. */
function uuid(random: Randomness, what: string): string {
  const hex = random.stream('controller.uuid', what).hex(32);
  const variant = '89ab'[Number.parseInt(hex[16]!, 16) % 4]!;
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20),
  ].join('-');
}
