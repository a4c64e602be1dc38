/**
 * `MachineManager`: new machines and containers, and their removal (facts/juju-api 3.1, 3.2). A new
 * machine is pending until somebody provisions it; this facade only asks for it.
 */
import {
  AGENT_KIND,
  type MachineTable,
  NO_INSTANCE,
  NO_VERSION,
  namedInstance,
} from '../../core/machines.ts';
import type { Model } from '../../core/model.ts';
import { type Call, type Facade, method } from '../facade.ts';
import { anything, attributes, flag, list, struct, text } from '../params.ts';
import { RpcError } from '../rpc.ts';
import { bulk } from '../wire-error.ts';
import { changeableModel, modelWith } from './access.ts';

/** Most machines of one call: a frame could ask for hundreds of thousands. */
const MOST_AT_ONCE = 1_000;

const wantedMachine = () =>
  struct({
    series: text(),
    base: struct({ name: text(), channel: text() }).nullish(),
    constraints: attributes(),
    jobs: list(text()),
    placement: struct({ scope: text(), directive: text() }).nullish(),
    'parent-id': text(),
    'container-type': text(),
    'instance-id': text(),
    nonce: text(),
    'hardware-characteristics': anything(),
    addresses: anything(),
    disks: anything(),
  });

interface Wanted {
  readonly base?: { name: string; channel: string } | null | undefined;
  readonly constraints: Record<string, unknown>;
  readonly placement?: { scope: string; directive: string } | null | undefined;
  readonly 'parent-id': string;
  readonly 'container-type': string;
}

/** Adds one machine or container and returns its name. */
function add(call: Call, model: Model, wanted: Wanted): { machine: string } {
  const { core } = call.host;
  // `lxd:3` comes as a placement, whose scope the server takes for the kind of container.
  const placed = wanted.placement?.scope === 'lxd' ? wanted.placement : undefined;
  const type = placed?.scope ?? wanted['container-type'];
  const parent = placed?.directive ?? wanted['parent-id'];
  const os = wanted.base?.name || 'ubuntu';
  if (os !== 'ubuntu' && os !== 'centos') {
    throw new RpcError(`os "${os.slice(0, 80)}" not valid`, 'not valid');
  }
  if (parent !== '' && type === '')
    throw new RpcError('parent machine specified without container type');
  if (type !== '' && type !== 'lxd') {
    throw new RpcError(`invalid container type "${type.slice(0, 80)}"`);
  }
  const said = wanted.constraints.arch;
  const arch = typeof said === 'string' && /^[a-z0-9]{1,20}$/.test(said) ? said : 'amd64';
  let host = -1;
  if (parent !== '') {
    host = core.findAgent(model.uuid, `machine-${parent.replaceAll('/', '-')}`);
    if (host < 0 || core.machines.isRetired(host)) {
      throw new RpcError(`parent machine ${parent} not found`, 'not found');
    }
  }
  if (host < 0) {
    // Until its agent has reported, no cloud has given it anything.
    const instance = () => {
      const there = host >= 0 && core.machines.version(host) !== NO_VERSION;
      return there ? namedInstance(`${model.name}-${core.machines.name(host)}`) : NO_INSTANCE;
    };
    host = core.addMachines(model.uuid, 1, { os, arch, instance }).first;
  }
  return { machine: core.machines.name(type === '' ? host : core.addContainer(host, 'pending')) };
}

interface Hosted {
  readonly containers: string[];
  readonly units: string[];
}

function hostedBy(machines: MachineTable, i: number): Hosted {
  const hosted: Hosted = { containers: [], units: [] };
  machines.forEachHosted(i, (k) => {
    if (machines.isRetired(k)) return;
    const unit = machines.kind(k) === AGENT_KIND.unit;
    (unit ? hosted.units : hosted.containers).push(machines.name(k));
  });
  return hosted;
}

function destroy(
  call: Call,
  model: Model,
  tag: string,
  { force, dryRun }: { force: boolean; dryRun: boolean },
): object {
  const { core } = call.host;
  const { machines } = core;
  if (!tag.startsWith('machine-')) throw new RpcError(`"${tag}" is not a valid machine tag`);
  const i = core.findAgent(model.uuid, tag);
  if (i < 0 || machines.isRetired(i)) {
    const name = tag.slice('machine-'.length).replaceAll('-', '/');
    throw new RpcError(`machine ${name} not found`, 'not found');
  }
  const name = machines.name(i);
  if (machines.isController(i)) throw new RpcError(`machine ${name} is required by the model`);
  const { containers, units } = hostedBy(machines, i);
  if (!force && containers.length > 0) {
    const all = containers.map((one) => `"${one}"`).join(', ');
    throw new RpcError(
      `machine ${name} is hosting containers ${all}`,
      'machine is hosting containers',
    );
  }
  if (!force && units.length > 0) {
    throw new RpcError(
      `machine ${name} has unit(s) ${units.map((u) => `"${u}"`).join(', ')} assigned`,
    );
  }
  if (!dryRun) core.retireMachine(i);
  return {
    info: {
      'machine-id': name,
      'destroyed-units': units.map((unit) => ({ tag: `unit-${unit.replace('/', '-')}` })),
      'destroyed-containers': containers.map((one) => ({ info: { 'machine-id': one } })),
    },
  };
}

export const machineManager: Facade = {
  name: 'MachineManager',
  place: 'model',
  role: 'user',
  methods: {
    AddMachines: method(struct({ params: list(wantedMachine()) }), ({ params }, call) => {
      const model = changeableModel(call);
      if (params.length > MOST_AT_ONCE) {
        throw new RpcError(`more than ${MOST_AT_ONCE} machines at once`, 'quota limit exceeded');
      }
      return { machines: bulk(call.host, params, (one) => add(call, model, one)).results };
    }),
    DestroyMachineWithParams: method(
      struct({
        'machine-tags': list(text()),
        force: flag(),
        keep: flag(),
        'max-wait': anything(),
        'dry-run': flag(),
      }),
      (params, call) => {
        const model = modelWith(call, 'write');
        call.host.blocks.requireNone(model, 'remove');
        return bulk(call.host, params['machine-tags'], (tag) =>
          destroy(call, model, tag, { force: params.force, dryRun: params['dry-run'] }),
        );
      },
      { since: 4 },
    ),
  },
};
