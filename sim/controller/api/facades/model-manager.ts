/**
 * `ModelManager`: the models of a controller, as lists, summaries and full information, and new
 * ones (facts/juju-api 3.2, 3.3). Version 11 says `qualifier` where the older ones say `owner-tag`.
 */
import { type AgentVersion, parseVersion, VersionError } from '../../../versions/number.ts';
import type { Model } from '../../core/model.ts';
import { MODEL_ACCESS, type ModelAccess } from '../accounts.ts';
import { DISPATCH } from '../eras.ts';
import { type Call, type Facade, type Host, method } from '../facade.ts';
import { knownUser, modifyAccess } from '../grants.ts';
import { attributes, entities, entity, flag, list, struct, text } from '../params.ts';
import { RpcError } from '../rpc.ts';
import {
  actualVersion,
  agentStatus,
  CLOUD,
  countAgents,
  hardwareOf,
  modelHead,
  modelTag,
  ownerOf,
  wireTime,
} from '../shapes.ts';
import { bulk } from '../wire-error.ts';
import { requireCloud } from './cloud.ts';

const QUALIFIED_SINCE = 11;

/** @throws RpcError for a tag of no model */
export function modelByTag(host: Host, tag: string): Model {
  const uuid = /^model-([0-9a-f-]{36})$/.exec(tag)?.[1];
  if (!uuid) throw new RpcError(`"${tag}" is not a valid model tag`);
  const model = host.core.model(uuid);
  if (!model) throw new RpcError(`model "${uuid}" not found`, 'not found');
  return model;
}

function usableModel({ host, session }: Call, tag: string, least?: ModelAccess): Model {
  const model = modelByTag(host, tag);
  if (!host.accounts.mayUse(session.user ?? '', model, least)) throw DISPATCH.permission();
  return model;
}

function usable({ host, session }: Call): Model[] {
  const user = session.user ?? '';
  return host.core
    .models()
    .filter((model) => model.life !== 'dead' && host.accounts.mayUse(user, model));
}

/** The answer of `ListModels` and of `Controller.AllModels`. */
export function visibleModels(call: Call, qualified: boolean): object {
  return {
    'user-models': usable(call).map((model) => ({
      model: { name: model.name, uuid: model.uuid, type: 'iaas', ...ownerOf(model, qualified) },
      'last-connection': null,
    })),
  };
}

/**
 * The answer of `ModelStatus` on both facades that have it. Its key is `models`, not the `results` of
 * facts/juju-api 3.2: the 3.6.11 client and the published wire schema agree on it.
 */
export function modelStatuses(
  call: Call,
  tags: readonly { tag: string }[],
  qualified: boolean,
): object {
  const { results } = bulk(call.host, tags, ({ tag }) => {
    const model = usableModel(call, tag, 'admin');
    const { machines, units } = countAgents(call.host.core, model);
    return {
      'model-tag': tag,
      life: model.life,
      type: 'iaas',
      'hosted-machine-count': machines,
      'application-count': model.applications.size,
      'unit-count': units,
      ...ownerOf(model, qualified),
      machines: machineInfos(call.host, model),
    };
  });
  return { models: results };
}

/** Machines as ModelInfo lists them; the controller's have a vote. */
function machineInfos(host: Host, model: Model): object[] {
  const { core } = host;
  const { machines } = core;
  const infos: object[] = [];
  machines.forEachOf(model.index, (i) => {
    if (machines.tag(i).startsWith('unit-') || machines.isRetired(i)) return;
    const votes = machines.isController(i) ? { 'has-vote': true, 'wants-vote': true } : {};
    infos.push({
      id: machines.name(i),
      hardware: modelHardware(machines.arch(i), machines.instance(i).hardware),
      'instance-id': machines.instance(i).id,
      'display-name': machines.instance(i).hostname,
      status: agentStatus(core, i).status,
      message: '',
      'agent-version': actualVersion(core, i),
      ...votes,
    });
  });
  return infos;
}

/** People who do not administer a model see of its users only themselves, and readers no machines. */
function modelInfo({ host, session, version }: Call, model: Model): object {
  const { core, accounts } = host;
  const self = session.user ?? '';
  const all = accounts.mayUse(self, model, 'admin');
  const users = accounts.usersOf(model).filter(({ name }) => all || name === self);
  return {
    ...modelHead(host, model, version),
    users: users.map(({ name, access }) => ({
      'model-tag': modelTag(model),
      user: name,
      'display-name': accounts.user(name)?.displayName ?? name,
      'last-connection': wireTime(core, core.clock.nowMs()),
      access,
    })),
    machines: accounts.mayUse(self, model, 'write') ? machineInfos(host, model) : [],
    'secret-backends': [],
  };
}

function summary({ host, session, version }: Call, model: Model): object {
  const { machines, units } = countAgents(host.core, model);
  return {
    ...modelHead(host, model, version),
    'user-access': host.accounts.accessTo(session.user ?? '', model) ?? '',
    'last-connection': null,
    counts: [
      { entity: 'machines', count: machines },
      { entity: 'cores', count: coresOf(host, model) },
      { entity: 'units', count: units },
    ],
  };
}

/** As {@link hardwareOf}; here the number of cores has another name (`params.MachineHardware`). */
function modelHardware(arch: string, text: string): object {
  const { 'cpu-cores': cores, ...rest } = hardwareOf(arch, text) as { 'cpu-cores'?: number };
  return { ...rest, ...(cores === undefined ? {} : { cores }) };
}

function coresOf({ core: { machines } }: Host, model: Model): number {
  let cores = 0;
  machines.forEachOf(model.index, (i) => {
    if (!machines.isRetired(i))
      cores += Number(/cores=(\d+)/.exec(machines.instance(i).hardware)?.[1] ?? 0);
  });
  return cores;
}

/** Settings that a model has unless told, as `model-defaults` shows them. */
const MODEL_DEFAULTS = {
  'agent-stream': { default: 'released' },
  'logging-config': { default: '<root>=INFO' },
};

const creation = struct({
  name: text(),
  'owner-tag': text(),
  qualifier: text(),
  config: attributes(),
  'cloud-tag': text(),
  region: text(),
  credential: text(),
});

/** The `agent-version` of a new model's configuration (M-2). */
function askedVersion(config: Record<string, unknown>): AgentVersion | undefined {
  const value = config['agent-version'];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') {
    throw new RpcError(`agent-version must be a string but has type '${goType(value)}'`);
  }
  try {
    return parseVersion(value);
  } catch (error) {
    if (error instanceof VersionError) throw new RpcError(error.message);
    throw error;
  }
}

/** The type that a Go decoder gives to a JSON value. */
function goType(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  const names: Record<string, string> = { number: 'float64', boolean: 'bool' };
  return names[typeof value] ?? 'map[string]interface {}';
}

export const modelManager: Facade = {
  name: 'ModelManager',
  place: 'controller',
  role: 'user',
  methods: {
    ListModels: method(struct({ tag: text() }), (_, call) =>
      visibleModels(call, call.version >= QUALIFIED_SINCE),
    ),
    ListModelSummaries: method(struct({ 'user-tag': text(), all: flag() }), (_, call) => ({
      results: usable(call).map((model) => ({
        result: summary(call, model),
      })),
    })),
    ModelInfo: method(entities(), ({ entities }, call) =>
      bulk(call.host, entities, ({ tag }) => ({
        result: modelInfo(call, usableModel(call, tag)),
      })),
    ),
    ModelStatus: method(entities(), ({ entities }, call) =>
      modelStatuses(call, entities, call.version >= QUALIFIED_SINCE),
    ),
    DestroyModels: method(
      // Before version 5 the tags came as entities.
      struct({ models: list(struct({ 'model-tag': text() })), entities: list(entity()) }),
      ({ models, entities }, call) => {
        const tags = [...models.map((one) => one['model-tag']), ...entities.map((one) => one.tag)];
        return bulk(call.host, tags, (tag) => {
          const model = usableModel(call, tag, 'admin');
          call.host.blocks.requireNone(model, 'destroy');
          call.host.core.destroyModel(model.uuid);
          return {};
        });
      },
    ),
    CreateModel: method(creation, (params, call) => {
      const { host, session } = call;
      const owner = params.qualifier || params['owner-tag'].replace(/^user-/, '') || session.user!;
      const self = session.user ?? '';
      if (!host.accounts.mayAddModels(self)) throw DISPATCH.permission();
      if (!host.accounts.isSuperuser(self) && owner !== session.user) throw DISPATCH.permission();
      const cloud = params['cloud-tag'];
      if (cloud !== '' && cloud !== `cloud-${CLOUD}`) {
        throw new RpcError(`cloud "${cloud.replace(/^cloud-/, '')}" not found`, 'not found');
      }
      const agentVersion = askedVersion(params.config);
      const model = host.core.createModel({
        name: params.name,
        owner,
        config: params.config,
        ...(agentVersion ? { agentVersion } : {}),
      });
      return modelInfo(call, model);
    }),
    ModelDefaultsForClouds: method(
      entities(),
      ({ entities: clouds }, call) =>
        bulk(call.host, clouds, ({ tag }) => {
          requireCloud(tag);
          return { config: MODEL_DEFAULTS };
        }),
      { since: 6 },
    ),
    ModifyModelAccess: method(
      struct({
        changes: list(
          struct({ 'user-tag': text(), action: text(), access: text(), 'model-tag': text() }),
        ),
      }),
      ({ changes }, call) =>
        bulk(call.host, changes, (change) => {
          const { accounts } = call.host;
          const model = usableModel(call, change['model-tag'], 'admin');
          const name = knownUser(accounts, change['user-tag']);
          const granted = {
            what: 'model',
            words: MODEL_ACCESS,
            get: () => accounts.grantOf(name, model),
            set: (access: ModelAccess | undefined) => accounts.setGrant(name, model.uuid, access),
          };
          modifyAccess(granted, change.action, change.access);
          return {};
        }),
    ),
  },
};
