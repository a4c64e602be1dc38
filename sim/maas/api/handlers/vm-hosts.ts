/** VM hosts under both their names (facts/maas-api 3.13, 6.8). */
import type { MaasCore } from '../../core/core.ts';
import type { VmHost } from '../../core/objects.ts';
import {
  compose,
  createVmHost,
  machinesIn,
  removeVmHost,
  updateVmHost,
  usedOf,
  vmHostOf,
} from '../../core/vm-hosts.ts';
import { DELETED, json } from '../answers.ts';
import { poolObject, zoneObject } from '../render/shared.ts';
import { type Action, API_ROOT, type Resource, type UserCall } from '../routes.ts';

function shown(core: MaasCore, host: VmHost) {
  const used = usedOf(core, host);
  const object = (cores: number, memory: number, storage: number) => ({
    cores,
    memory,
    local_storage: storage,
  });
  return {
    id: host.id,
    name: host.name,
    type: host.type,
    architectures: ['amd64/generic'],
    capabilities: ['composable', 'dynamic_local_storage', 'over_commit', 'storage_pools'],
    tags: host.tags,
    zone: zoneObject(core.zones.get(host.zoneId)!),
    pool: poolObject(core.pools.get(host.poolId)!),
    cpu_over_commit_ratio: host.cpuOverCommit,
    memory_over_commit_ratio: host.memoryOverCommit,
    default_macvlan_mode: host.macvlanMode,
    ...(core.features.vmHostVersion ? { version: host.type === 'lxd' ? '5.21' : '' } : {}),
    host: { system_id: host.hostSystemId, __incomplete__: true },
    total: object(host.cores, host.memory, host.storage),
    used: object(used.cores, used.memory, used.storage),
    available: object(
      host.cores - used.cores,
      host.memory - used.memory,
      host.storage - used.storage,
    ),
    storage_pools: [
      {
        id: host.storagePool,
        name: host.storagePool,
        type: 'dir',
        path: '/var/lib/pool',
        total: host.storage,
        used: used.storage,
        available: host.storage - used.storage,
        default: true,
      },
    ],
    resource_uri: `${API_ROOT}vm-hosts/${host.id}/`,
  };
}

const collection: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'List the VM hosts.',
    run: ({ core }) => json([...core.vmHosts.values()].map((host) => shown(core, host))),
  },
  {
    method: 'POST',
    op: null,
    doc: 'Add a VM host.',
    admin: true,
    run: ({ core, params }) => json(shown(core, createVmHost(core, params))),
  },
];

function hostOf({ core, path }: UserCall): VmHost {
  return vmHostOf(core, path.id!);
}

function tagOp(op: 'add_tag' | 'remove_tag'): Action {
  return {
    method: 'POST',
    op,
    doc: 'Change the tags of a VM host.',
    admin: true,
    run: (call) => {
      const host = hostOf(call);
      const tag = call.params.mandatory('tag');
      const others = host.tags.filter((present) => present !== tag);
      const changed = { ...host, tags: op === 'add_tag' ? [...others, tag].sort() : others };
      call.core.vmHosts.set(host.id, changed);
      return json(shown(call.core, changed));
    },
  };
}

const single: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'Read one VM host.',
    run: (call) => json(shown(call.core, hostOf(call))),
  },
  {
    method: 'PUT',
    op: null,
    doc: 'Change a VM host.',
    admin: true,
    run: (call) => json(shown(call.core, updateVmHost(call.core, hostOf(call), call.params))),
  },
  {
    method: 'DELETE',
    op: null,
    doc: 'Remove a VM host, with its machines if wanted.',
    admin: true,
    run: (call) => {
      removeVmHost(call.core, hostOf(call), call.params.flag('decompose'));
      return DELETED;
    },
  },
  {
    method: 'GET',
    op: 'parameters',
    doc: 'How MAAS reaches the VM host.',
    admin: true,
    run: (call) => json(hostOf(call).parameters),
  },
  {
    method: 'POST',
    op: 'refresh',
    doc: 'Look at the VM host again.',
    admin: true,
    run: (call) => json(shown(call.core, hostOf(call))),
  },
  {
    method: 'POST',
    op: 'compose',
    doc: 'Make a machine in the VM host.',
    admin: true,
    run: (call) => {
      const { systemId } = compose(call.core, call.user, hostOf(call), call.params);
      return json({ system_id: systemId, resource_uri: `${API_ROOT}machines/${systemId}/` });
    },
  },
  tagOp('add_tag'),
  tagOp('remove_tag'),
];

/** The virtual machines that MAAS knows of are its own machines. */
const virtualMachines: Action = {
  method: 'GET',
  op: null,
  doc: 'List the virtual machines.',
  run: ({ core }) =>
    json(
      [...core.vmHosts.values()].flatMap((host) =>
        machinesIn(core, host).map((machine) => ({
          id: machine.id,
          identifier: machine.state.hostname,
          project: host.parameters.project ?? '',
          pinned_cores: [],
          unpinned_cores: machine.state.cpuCount,
          memory: machine.state.memory,
          hugepages_backed: false,
          machine_id: machine.id,
          bmc_id: host.id,
        })),
      ),
    ),
};

export const vmHostResources: readonly Resource[] = [
  { path: 'vm-hosts/', auth: { name: 'VmHostsHandler', actions: collection }, anon: null },
  { path: 'vm-hosts/{id}/', auth: { name: 'VmHostHandler', actions: single }, anon: null },
  { path: 'pods/', auth: { name: 'PodsHandler', actions: collection }, anon: null },
  { path: 'pods/{id}/', auth: { name: 'PodHandler', actions: single }, anon: null },
  {
    path: 'virtual-machines/',
    auth: { name: 'VirtualMachinesHandler', actions: [virtualMachines] },
    anon: null,
  },
  {
    path: 'vm-clusters/',
    auth: {
      name: 'VmClustersHandler',
      actions: [{ method: 'GET', op: null, doc: 'List the VM clusters.', run: () => json([]) }],
    },
    anon: null,
  },
];
