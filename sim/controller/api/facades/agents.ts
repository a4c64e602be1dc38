/**
 * The facades of agents: `Agent`, `Machiner` and `Upgrader` (facts/juju-api 6.1 to 6.3). An agent
 * speaks only for itself: another agent's tag is `permission denied`, item by item.
 */
import {
  type AgentBinary,
  parseBinary,
  printBinary,
  printVersion,
  VersionError,
} from '../../../versions/number.ts';
import { AGENT_KIND, AGENT_STATUS, NO_VERSION } from '../../core/machines.ts';
import { streamOf } from '../../core/model.ts';
import { DISPATCH } from '../eras.ts';
import { type Call, type Facade, method } from '../facade.ts';
import { anything, entities, list, struct, text } from '../params.ts';
import { RpcError } from '../rpc.ts';
import { bulk } from '../wire-error.ts';

/** The caller's own row, when the tag is its own. */
function own(call: Call, tag: string): number {
  if (tag !== call.session.tag) throw DISPATCH.permission();
  return call.session.agent;
}

export const agent: Facade = {
  name: 'Agent',
  place: 'model',
  role: 'agent',
  methods: {
    GetEntities: method(entities(), ({ entities: wanted }, call) => ({
      entities: bulk(call.host, wanted, ({ tag }) => {
        const { machines } = call.host.core;
        const i = own(call, tag);
        const container = machines.kind(i) === AGENT_KIND.container;
        const jobs = machines.isController(i)
          ? ['JobManageModel', 'JobHostUnits']
          : ['JobHostUnits'];
        return {
          life: machines.isRetired(i) ? 'dead' : 'alive',
          jobs: machines.kind(i) === AGENT_KIND.unit ? [] : jobs,
          'container-type': container ? 'lxd' : '',
        };
      }).results,
    })),
    SetPasswords: method(
      struct({ changes: list(struct({ tag: text(), password: text() })) }),
      ({ changes }, call) =>
        bulk(call.host, changes, ({ tag, password }) => {
          const i = own(call, tag);
          if (password.length < 18) {
            const short = `password is only ${password.length} bytes long, and is not a valid Agent password`;
            throw new RpcError(short);
          }
          call.host.accounts.setAgentPassword(i, password);
          return {};
        }),
    ),
  },
};

/** The statuses that a machine agent reports, with the version that an upgrade's message names. */
function reported(call: Call, status: string, info: string): [code: number, version: number] {
  const { versions } = call.host.core;
  const named = /^upgrad(?:ing|e) to (\S+)(.*)$/.exec(info);
  if (!named) return [AGENT_STATUS.started, NO_VERSION];
  let version = NO_VERSION;
  try {
    version = versions.intern(parseBinary(`${named[1]}-x-y`).number);
  } catch (error) {
    if (!(error instanceof VersionError)) throw error;
  }
  if (status !== 'error') return [AGENT_STATUS.upgrading, version];
  const last = named[2]!.includes('(giving up)');
  return [last ? AGENT_STATUS.upgradeGaveUp : AGENT_STATUS.upgradeWillRetry, version];
}

export const machiner: Facade = {
  name: 'Machiner',
  place: 'model',
  role: 'agent',
  methods: {
    SetStatus: method(
      struct({
        entities: list(struct({ tag: text(), status: text(), info: text(), data: anything() })),
      }),
      ({ entities: changes }, call) =>
        bulk(call.host, changes, ({ tag, status, info }) => {
          const { core } = call.host;
          const [code, version] = reported(call, status, info);
          core.machines.setStatus(own(call, tag), code, version, core.clock.nowMs());
          return {};
        }),
    ),
    Life: method(entities(), ({ entities: wanted }, call) =>
      bulk(call.host, wanted, ({ tag }) => ({
        life: call.host.core.machines.isRetired(own(call, tag)) ? 'dead' : 'alive',
      })),
    ),
  },
};

function binaryOf(value: string): AgentBinary {
  try {
    return parseBinary(value);
  } catch (error) {
    if (error instanceof VersionError) throw new RpcError(error.message);
    throw error;
  }
}

export const upgrader: Facade = {
  name: 'Upgrader',
  place: 'model',
  role: 'agent',
  methods: {
    SetTools: method(
      struct({
        'agent-tools': list(struct({ tag: text(), tools: struct({ version: text() }) })),
      }),
      (params, call) =>
        bulk(call.host, params['agent-tools'], ({ tag, tools }) => {
          const { core } = call.host;
          const i = own(call, tag);
          core.recordVersion(i, core.versions.intern(binaryOf(tools.version).number));
          return {};
        }),
    ),
    WatchAPIVersion: method(entities(), ({ entities: wanted }, call) => {
      const { host, session } = call;
      const results = wanted.map(({ tag }) => {
        if (tag !== session.tag) {
          return { NotifyWatcherId: '', error: DISPATCH.permission().item() };
        }
        const id = session.watchers.notify((changed) =>
          host.core.modelChanges.add((model) => {
            if (model === session.model) changed();
          }),
        );
        return { NotifyWatcherId: id };
      });
      return { results };
    }),
    DesiredVersion: method(entities(), ({ entities: wanted }, call) =>
      bulk(call.host, wanted, ({ tag }) => {
        const { core } = call.host;
        const told = core.toldVersion(own(call, tag));
        if (told === NO_VERSION)
          throw new RpcError(`agent binaries for ${tag} not found`, 'not found');
        return { version: printVersion(core.versions.at(told)) };
      }),
    ),
    Tools: method(entities(), ({ entities: wanted }, call) =>
      bulk(call.host, wanted, ({ tag }) => ({ tools: [binaryFor(call, own(call, tag))] })),
    ),
  },
};

/** Where an agent gets the binary of its model's TARGET (A-3b), for the OS and architecture it has. */
function binaryFor(call: Call, i: number): object {
  const { core, hostname, port } = call.host;
  const model = call.session.model!;
  const { found } = core.cache.describe(
    streamOf(model),
    model.target,
    core.machines.os(i),
    core.machines.arch(i),
  );
  const one = found[0];
  if (!one) throw new RpcError('agent binaries not found', 'not found');
  const name = printBinary(one.binary);
  return {
    version: name,
    url: `https://${hostname}:${port}/model/${model.uuid}/tools/${name}`,
    sha256: one.sha256,
    size: one.size,
  };
}
