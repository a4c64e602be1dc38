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
import { agentStatus } from '../controller/api/shapes.ts';
import { ControllerCore } from '../controller/core/controller.ts';
import { NO_VERSION } from '../controller/core/machines.ts';
import type { Model } from '../controller/core/model.ts';
import { ControllerPoints } from '../controller/points.ts';
import { VirtualClock } from '../kernel/clock.ts';
import { GapJournal } from '../kernel/journal.ts';
import { Randomness } from '../kernel/random.ts';
import { Trace } from '../kernel/trace.ts';
import {
  AgentFinder,
  type LocalSource,
  localSource,
  MemoryStore,
  type StreamStore,
} from '../streams/index.ts';
import { type AgentVersion, VersionTable } from '../versions/number.ts';
import { ruleSet } from '../versions/rules/rule-set.ts';
import { DEFAULT_SOURCE, publishReleases } from './agent-metadata.ts';
import { dealMix, type Share } from './mix.ts';

export interface InMemoryWorldOptions {
  readonly client: AgentVersion;
  readonly seed: number;
  /** Where the one source of agent metadata lies; default is a store with the public releases. */
  readonly store?: StreamStore;
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
    const core: ControllerCore = new ControllerCore({
      clock: new VirtualClock(),
      trace: new Trace(),
      versions: this.versions,
      journal: new GapJournal(),
      random: new Randomness(this.#seed),
      points: new ControllerPoints(),
      rules: ruleSet('straw-man', version),
      binaries: new AgentFinder(this.sources, () => core.runningVersion()),
      version,
      ...platform,
    });
    this.#core = core;
    return core;
  }
}

/**
 * Publishes agent metadata and joins it to a controller, if one is asked for.
 * @throws ProblemError when the controller refuses the model `default`
 */
export async function createInMemoryWorld(options: InMemoryWorldOptions): Promise<InMemoryWorld> {
  const store = options.store ?? new MemoryStore();
  // A client and a controller of different eras read differently filed metadata.
  const readers = [options.client, options.controller?.version ?? options.client];
  if (!options.store) await publishReleases(store, { readers, clock: new VirtualClock() });
  const source = localSource({
    name: DEFAULT_SOURCE,
    url: 'https://streams.example/agents',
    store,
  });
  return new InMemoryWorld([source], options);
}

/** A controller core as the client's port; a refusal is the core's own problem, as it stands. */
export function controllerInMemory(core: ControllerCore): ControllerApi {
  return {
    address: '(embedded)',
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
    const { status, info } = agentStatus(core, i);
    records.push({
      name: machines.name(i),
      version: version === NO_VERSION ? undefined : versions.at(version),
      status,
      message: info,
    });
  });
  return records;
}
