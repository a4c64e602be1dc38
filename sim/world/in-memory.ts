/**
 * A small world without a wire for the reference client: agent metadata in memory and, once there
 * is one, a controller core that is asked directly. Bootstrap is really carried out (the core
 * starts with the version whose binary was found), models are really created and upgraded by the
 * core's own rules, and nothing outlives the process.
 */

import { metadataInMemory } from '../client/metadata.ts';
import type {
  AgentRecord,
  ClientWorld,
  ControllerApi,
  ModelSummary,
  Platform,
} from '../client/port.ts';
import { ControllerCore } from '../controller/core/controller.ts';
import { AGENT_STATUS, NO_VERSION } from '../controller/core/machines.ts';
import type { Model } from '../controller/core/model.ts';
import { ControllerPoints } from '../controller/points.ts';
import { VirtualClock } from '../kernel/clock.ts';
import { GapJournal } from '../kernel/journal.ts';
import { Randomness } from '../kernel/random.ts';
import { Trace } from '../kernel/trace.ts';
import {
  AgentFinder,
  agentMatrix,
  type LocalSource,
  layoutOf,
  localSource,
  MemoryStore,
  publishAgents,
} from '../streams/index.ts';
import { type AgentVersion, parseVersion, printVersion, VersionTable } from '../versions/number.ts';
import { ruleSet } from '../versions/rules/rule-set.ts';
import { dealMix, type Share } from './mix.ts';

/** Released versions that an embedded world publishes unless told otherwise. */
export const EMBEDDED_RELEASES: readonly AgentVersion[] = [
  '1.20.14',
  '1.21.3',
  '1.22.1',
  '1.23.3',
  '1.24.5',
  '1.25.1',
  '1.25.2',
  '2.8.13',
  '2.9.43',
  '2.9.53',
  '3.5.7',
  '3.6.20',
  '3.6.28',
  '4.0.15',
].map(parseVersion);

/** One operating system as the two kinds of metadata file it: a series, and its own name. */
const SYSTEMS = [
  { series: 'trusty', os: 'ubuntu' },
  { series: 'centos7', os: 'centos' },
  { series: 'win2012r2', os: 'windows' },
] as const;

export interface InMemoryWorldOptions {
  readonly client: AgentVersion;
  readonly seed: number;
  /** What the one source of agent metadata lists; default {@link EMBEDDED_RELEASES}. */
  readonly published?: readonly AgentVersion[];
  /** A controller that runs already, with its hosted model `default`. */
  readonly controller?: {
    readonly version: AgentVersion;
    readonly platform: Platform;
    /** The target of the model `default`; absent means the controller's version. */
    readonly agentVersion?: AgentVersion;
    /** What the machines of that model ACTUALLY run. */
    readonly agents?: { readonly machines: number; readonly mix: readonly Share[] };
  };
}

export class InMemoryWorld implements ClientWorld {
  readonly metadata: ClientWorld['metadata'];
  /** The client's and the controller's sources: one and the same here. */
  readonly sources: readonly LocalSource[];
  readonly versions = new VersionTable();
  readonly #seed: number;
  #core: ControllerCore | undefined;

  constructor(sources: readonly LocalSource[], options: InMemoryWorldOptions) {
    this.sources = sources;
    this.metadata = metadataInMemory(sources, options.client);
    this.#seed = options.seed;
    const { controller } = options;
    if (!controller) return;
    const core = this.#start(controller.version, controller.platform);
    const model = core.createModel({
      name: 'default',
      ...(controller.agentVersion ? { agentVersion: controller.agentVersion } : {}),
    });
    const { machines, mix } = controller.agents ?? { machines: 0, mix: [] };
    for (const dealt of machines > 0 ? dealMix(machines, mix) : []) {
      core.addMachines(model.uuid, dealt.machines, {
        os: 'ubuntu',
        arch: controller.platform.arch,
        version: dealt.version,
      });
    }
  }

  /** The controller's core, once there is one. */
  get core(): ControllerCore | undefined {
    return this.#core;
  }

  /** A hash over all state; `no controller` before there is one. */
  stateHash(): string {
    return this.#core?.stateHash() ?? 'no controller';
  }

  async controller(): Promise<ControllerApi | undefined> {
    return this.#core && controllerInMemory(this.#core);
  }

  async start(version: AgentVersion, platform: Platform): Promise<ControllerApi> {
    if (this.#core) throw new Error('a controller runs here already');
    return controllerInMemory(this.#start(version, platform));
  }

  #start(version: AgentVersion, platform: Platform): ControllerCore {
    this.#core = new ControllerCore({
      clock: new VirtualClock(),
      trace: new Trace(),
      versions: this.versions,
      journal: new GapJournal(),
      random: new Randomness(this.#seed),
      points: new ControllerPoints(),
      rules: ruleSet('straw-man', version),
      binaries: new AgentFinder(this.sources, version),
      version,
      ...platform,
    });
    return this.#core;
  }
}

/**
 * Publishes agent metadata and joins it to a controller, if one is asked for.
 * @throws ProblemError when the controller refuses the model `default`
 */
export async function createInMemoryWorld(options: InMemoryWorldOptions): Promise<InMemoryWorld> {
  const store = new MemoryStore();
  // A client and a controller of different eras read differently filed metadata.
  for (const era of [options.client, options.controller?.version ?? options.client]) {
    const releases = SYSTEMS.map((system) =>
      layoutOf(era).productId(system.os, 'amd64') ? system.os : system.series,
    );
    const agents = agentMatrix({
      versions: options.published ?? EMBEDDED_RELEASES,
      releases,
      arches: ['amd64'],
      stream: 'released',
    });
    await publishAgents(store, agents, { era, updated: new VirtualClock().date() });
  }
  const source = localSource({
    name: 'default simplestreams',
    url: 'https://streams.example/agents',
    store,
  });
  return new InMemoryWorld([source], options);
}

/** A controller core as the client's port; a refusal is the core's own problem, as it stands. */
export function controllerInMemory(core: ControllerCore): ControllerApi {
  return {
    address: 'an embedded world',
    serverVersion: async () => core.runningVersion(),
    models: async () => core.models().map(summary),
    createModel: async (name, agentVersion) => summary(core.createModel({ name, agentVersion })),
    upgrade: async ({ model, ...request }) =>
      core.upgradeModel({ modelUuid: model.uuid, ...request }).chosen,
    agents: async (model) => agentsOf(core, model),
    close: async () => {},
  };
}

function summary(model: Model): ModelSummary {
  const { uuid, name, owner, isController, target } = model;
  return { uuid, name, owner, isController, agentVersion: target };
}

function agentsOf(core: ControllerCore, model: ModelSummary): AgentRecord[] {
  const { machines, versions } = core;
  const records: AgentRecord[] = [];
  const { index } = core.model(model.uuid)!;
  machines.forEachOf(index, (i) => {
    if (machines.isRetired(i)) return;
    const version = machines.version(i);
    const spoken = machines.statusVersion(i);
    const about = spoken === NO_VERSION ? '' : printVersion(versions.at(spoken));
    records.push({
      name: machines.name(i),
      version: version === NO_VERSION ? undefined : versions.at(version),
      ...statusOf(machines.status(i), machines.isLost(i), about),
    });
  });
  return records;
}

function statusOf(status: number, lost: boolean, version: string) {
  if (lost) return { status: 'down', message: 'agent is not communicating with the controller' };
  switch (status) {
    case AGENT_STATUS.pending:
      return { status: 'pending', message: '' };
    case AGENT_STATUS.upgrading:
      return { status: 'started', message: `upgrading to ${version}` };
    case AGENT_STATUS.upgradeWillRetry:
      return { status: 'error', message: `upgrade to ${version} failed, will retry` };
    case AGENT_STATUS.upgradeGaveUp:
      return { status: 'error', message: `upgrade to ${version} failed, gave up` };
    default:
      return { status: 'started', message: '' };
  }
}
