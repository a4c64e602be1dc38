/**
 * Devices, interfaces, block devices and controllers: what stands below `nodes/{system_id}/` and the
 * collections beside `machines/` (facts/maas-api 3.4 to 3.6).
 */
import { filterConstraints } from '../../core/constraints.ts';
import { canView, type MaasCore } from '../../core/core.ts';
import { createDevice, deviceOf, updateDevice } from '../../core/devices.ts';
import {
  checkChangeable,
  createPhysical,
  deleteInterface,
  disconnect,
  type InterfaceFields,
  interfaceOf,
  interfacesOf,
  linkSubnet,
  type Node,
  nodeOf,
  systemIdOf,
  tagInterface,
  unlinkSubnet,
  updateInterface,
} from '../../core/interfaces.ts';
import { annotated } from '../../core/lifecycle.ts';
import type { BlockDevice, Device, Machine, NetworkInterface } from '../../core/objects.ts';
import { notFound, refusal } from '../../core/refusal.ts';
import { STATUS } from '../../core/status.ts';
import { type Answer, DELETED, JSON_TYPE, json } from '../answers.ts';
import { formFlag, type Params } from '../params.ts';
import {
  blockDeviceObject,
  controllerObject,
  deviceObject,
  partitionObject,
} from '../render/machine.ts';
import { interfaceObject } from '../render/network.ts';
import type { Action, AnonymousAction, Resource, UserCall } from '../routes.ts';

// --- devices ------------------------------------------------------------------------------------

const deviceCollection: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'List the devices that the caller may see.',
    run: ({ core, user, params }) => json(listDevices(core, user, params)),
  },
  {
    method: 'POST',
    op: null,
    doc: 'Add a device.',
    run: ({ core, user, params }) => json(deviceObject(core, createDevice(core, user, params))),
  },
];

function listDevices(core: MaasCore, user: UserCall['user'], params: Params) {
  // Checks names and values exactly as for machines; the tests themselves are a device's own.
  filterConstraints(core, params.sent);
  const wanted = (name: string) => params.all(name).filter((value) => value !== '');
  const any = (name: string, has: (value: string) => boolean) =>
    wanted(name).length === 0 || wanted(name).some(has);
  return [...core.devices.values()]
    .filter(
      ({ systemId, state }) =>
        canView(user, state) &&
        any('id', (value) => value === systemId) &&
        any('hostname', (value) => value === state.hostname) &&
        any('domain', (value) => value === core.domains.get(state.domainId)?.name) &&
        any('zone', (value) => value === core.zones.get(state.zoneId)?.name) &&
        any('mac_address', (value) =>
          state.interfaces.some((iface) => iface.mac === value.toLowerCase()),
        ) &&
        // Devices have no pool and no agent name, so such filters leave none.
        any('pool', () => false) &&
        any('agent_name', () => false),
    )
    .map((device) => deviceObject(core, device));
}

const deviceActions: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'Read one device.',
    run: (call) => json(deviceObject(call.core, device(call, false))),
  },
  {
    method: 'PUT',
    op: null,
    doc: 'Change a device.',
    run: (call) => {
      const found = device(call, true);
      updateDevice(call.core, found, call.params);
      return json(deviceObject(call.core, found));
    },
  },
  {
    method: 'DELETE',
    op: null,
    doc: 'Remove a device.',
    run: (call) => {
      call.core.removeDevice(device(call, true));
      return DELETED;
    },
  },
  ...['set_owner_data', 'set_workload_annotations'].map(
    (op): Action => ({
      method: 'POST',
      op,
      doc: 'Set key=value annotations; an empty value removes one.',
      run: (call) => {
        const found = device(call, true);
        const values = [...call.params.sent].filter(([key]) => key !== 'op');
        const changes = new Map(values.map(([key, list]) => [key, list.at(-1)!]));
        call.core.changeDevice(found, { ownerData: annotated(found.state.ownerData, changes) });
        return json(deviceObject(call.core, found));
      },
    }),
  ),
];

function device({ core, user, path }: UserCall, edit: boolean): Device {
  return deviceOf(core, user, path.system_id!, edit);
}

// --- interfaces ---------------------------------------------------------------------------------

function shown(core: MaasCore, node: Node, iface: NetworkInterface): Answer {
  return json(interfaceObject(core, systemIdOf(node), iface, interfacesOf(node)));
}

function interfaceFields(params: Params): InterfaceFields {
  const enabled = params.text('enabled').toLowerCase();
  return {
    name: params.optional('name'),
    mac: params.optional('mac_address'),
    tags: params.optional('tags'),
    vlan: params.optional('vlan'),
    mtu: params.optional('mtu'),
    enabled: enabled === 'true' ? true : enabled === 'false' ? false : undefined,
  };
}

const interfaceCollection: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'List the interfaces of a machine or device.',
    run: ({ core, user, path }) => {
      const node = nodeOf(core, user, path.system_id!);
      const siblings = interfacesOf(node);
      return json(siblings.map((i) => interfaceObject(core, systemIdOf(node), i, siblings)));
    },
  },
  {
    method: 'POST',
    op: 'create_physical',
    doc: 'Add a physical interface.',
    run: ({ core, user, path, params }) => {
      const node = nodeOf(core, user, path.system_id!);
      checkChangeable(core, user, node, 'create');
      return shown(core, node, createPhysical(core, node, interfaceFields(params)));
    },
  },
];

/** An operation on one interface, answered with the interface as it is afterwards. */
function interfaceOp(
  op: string,
  doc: string,
  verb: string,
  work: (call: UserCall, node: Node, iface: NetworkInterface) => NetworkInterface,
): Action {
  return {
    method: 'POST',
    op,
    doc,
    run: (call) => {
      const { core, user, path } = call;
      const node = nodeOf(core, user, path.system_id!);
      const iface = interfaceOf(node, path.id!);
      checkChangeable(core, user, node, verb);
      return shown(core, node, work(call, node, iface));
    },
  };
}

const interfaceActions: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'Read one interface.',
    run: ({ core, user, path }) => {
      const node = nodeOf(core, user, path.system_id!);
      return shown(core, node, interfaceOf(node, path.id!));
    },
  },
  {
    method: 'PUT',
    op: null,
    doc: 'Change an interface.',
    run: ({ core, user, path, params }) => {
      const node = nodeOf(core, user, path.system_id!);
      const iface = interfaceOf(node, path.id!);
      checkChangeable(core, user, node, 'update interface', { deployed: true });
      return shown(core, node, updateInterface(core, node, iface, interfaceFields(params)));
    },
  },
  {
    method: 'DELETE',
    op: null,
    doc: 'Remove an interface.',
    run: ({ core, user, path }) => {
      const node = nodeOf(core, user, path.system_id!);
      const iface = interfaceOf(node, path.id!);
      checkChangeable(core, user, node, 'delete interface');
      deleteInterface(core, node, iface);
      return DELETED;
    },
  },
  interfaceOp('link_subnet', 'Link to a subnet.', 'link subnet', ({ core, params }, node, iface) =>
    linkSubnet(core, node, iface, {
      mode: params.text('mode'),
      subnet: params.text('subnet'),
      ip: params.text('ip_address'),
      force: formFlag(params, 'force', false),
      defaultGateway: formFlag(params, 'default_gateway', false),
    }),
  ),
  interfaceOp('unlink_subnet', 'Remove a link.', 'unlink subnet', ({ core, params }, node, iface) =>
    unlinkSubnet(core, node, iface, params.mandatory('id')),
  ),
  interfaceOp('disconnect', 'Remove every link.', 'disconnect', ({ core }, node, iface) =>
    disconnect(core, node, iface),
  ),
  interfaceOp('add_tag', 'Add a tag.', 'update interface', ({ core, params }, node, iface) =>
    tagInterface(core, node, iface, params.mandatory('tag'), true),
  ),
  interfaceOp('remove_tag', 'Remove a tag.', 'update interface', ({ core, params }, node, iface) =>
    tagInterface(core, node, iface, params.mandatory('tag'), false),
  ),
];

// --- block devices ------------------------------------------------------------------------------

function diskOf(machine: Machine, idOrName: string): BlockDevice {
  const found = machine.state.blockDevices.find(
    (disk) => String(disk.id) === idOrName || disk.name === idOrName,
  );
  if (!found) throw notFound('BlockDevice', idOrName);
  return found;
}

function diskTag(op: 'add_tag' | 'remove_tag'): Action {
  return {
    method: 'POST',
    op,
    doc: 'Change the tags of a disk.',
    run: ({ core, user, path, params }) => {
      const machine = core.administrable(user, path.system_id!);
      const disk = diskOf(machine, path.device_id!);
      const tag = params.mandatory('tag');
      if (machine.state.status !== STATUS.READY) {
        throw refusal('conflict', 'Cannot update block device because the machine is not Ready.', {
          scope: `machine ${machine.systemId}`,
        });
      }
      const others = disk.tags.filter((present) => present !== tag);
      const changed = { ...disk, tags: op === 'add_tag' ? [...others, tag] : others };
      core.change(machine, {
        blockDevices: machine.state.blockDevices.map((d) => (d.id === disk.id ? changed : d)),
      });
      return json(blockDeviceObject(machine.systemId, changed));
    },
  };
}

const blockDeviceCollection: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'List the disks of a machine.',
    run: ({ core, user, path }) => {
      const { systemId, state } = core.machine(user, path.system_id!);
      return json(state.blockDevices.map((disk) => blockDeviceObject(systemId, disk)));
    },
  },
];

const blockDeviceActions: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'Read one disk.',
    run: ({ core, user, path }) => {
      const machine = core.machine(user, path.system_id!);
      return json(blockDeviceObject(machine.systemId, diskOf(machine, path.device_id!)));
    },
  },
  diskTag('add_tag'),
  diskTag('remove_tag'),
];

const partitionCollection: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'List the partitions of a disk.',
    run: ({ core, user, path }) => {
      const machine = core.machine(user, path.system_id!);
      const disk = diskOf(machine, path.device_id!);
      return json(disk.partitions.map((p) => partitionObject(machine.systemId, disk, p)));
    },
  },
];

const partitionActions: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'Read one partition.',
    run: ({ core, user, path }) => {
      const machine = core.machine(user, path.system_id!);
      // Looked up on the whole machine, whichever disk the path names (facts/maas-api 3.6).
      for (const disk of machine.state.blockDevices) {
        const found = disk.partitions.find(
          (p) => String(p.id) === path.id || `${disk.name}-part${p.index}` === path.id,
        );
        if (found) return json(partitionObject(machine.systemId, disk, found));
      }
      throw notFound('Partition', path.id!);
    },
  },
];

// --- nodes and controllers ----------------------------------------------------------------------

const nodeActions: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'Read a machine, device or controller, each in its own shape.',
    run: (call) => {
      const { core, user, path } = call;
      const systemId = path.system_id!;
      const found = core.devices.get(systemId);
      if (found) return json(deviceObject(core, found));
      const rack = core.rackControllers.find((candidate) => candidate.systemId === systemId);
      if (rack) return json(controllerObject(core, rack, 'rackcontrollers'));
      if (!core.findMachine(systemId)) throw notFound('Node', systemId);
      const machine = core.machine(user, systemId);
      return { status: 200, contentType: JSON_TYPE, body: call.render.machineText(machine) };
    },
  },
];

function controllers(collection: 'rackcontrollers' | 'regioncontrollers', model: string) {
  const ofCollection = (core: MaasCore) =>
    core.rackControllers.filter((rack) => collection === 'rackcontrollers' || rack.nodeType === 4);
  const list: Action = {
    method: 'GET',
    op: null,
    doc: 'List the controllers.',
    // In lists only administrators see them (facts/maas-api 2.3).
    run: ({ core, user }) =>
      json(
        user.isSuperuser
          ? ofCollection(core).map((rack) => controllerObject(core, rack, collection))
          : [],
      ),
  };
  const read: Action = {
    method: 'GET',
    op: null,
    doc: 'Read one controller.',
    run: ({ core, path }) => {
      const rack = ofCollection(core).find((candidate) => candidate.systemId === path.system_id);
      if (!rack) throw notFound(model, path.system_id!);
      return json(controllerObject(core, rack, collection));
    },
  };
  return { list, read };
}

const racks = controllers('rackcontrollers', 'RackController');
const regions = controllers('regioncontrollers', 'RegionController');

/** What anybody may ask of any collection of nodes (facts/maas-api 1.4). */
const anonymousNodes: readonly AnonymousAction[] = [
  {
    method: 'GET',
    op: 'is_registered',
    doc: 'Whether a MAC address is known.',
    run: ({ core, params }) =>
      json(core.ownerOfMac(params.mandatory('mac_address').toLowerCase()) !== undefined),
  },
];
const anon = { name: 'AnonNodesHandler', actions: anonymousNodes };

function below(path: string, name: string, actions: readonly Action[]): Resource {
  return { path: `nodes/{system_id}/${path}`, auth: { name, actions }, anon: null };
}

export const nodeResources: readonly Resource[] = [
  { path: 'devices/', auth: { name: 'DevicesHandler', actions: deviceCollection }, anon },
  {
    path: 'devices/{system_id}/',
    auth: { name: 'DeviceHandler', actions: deviceActions },
    anon: null,
  },
  { path: 'nodes/{system_id}/', auth: { name: 'NodeHandler', actions: nodeActions }, anon: null },
  below('interfaces/', 'InterfacesHandler', interfaceCollection),
  below('interfaces/{id}/', 'InterfaceHandler', interfaceActions),
  below('blockdevices/', 'BlockDevicesHandler', blockDeviceCollection),
  below('blockdevices/{device_id}/', 'BlockDeviceHandler', blockDeviceActions),
  below('blockdevices/{device_id}/partitions/', 'PartitionsHandler', partitionCollection),
  below('blockdevices/{device_id}/partition/{id}', 'PartitionHandler', partitionActions),
  {
    path: 'rackcontrollers/',
    auth: { name: 'RackControllersHandler', actions: [racks.list] },
    anon,
  },
  {
    path: 'rackcontrollers/{system_id}/',
    auth: { name: 'RackControllerHandler', actions: [racks.read] },
    anon: null,
  },
  {
    path: 'regioncontrollers/',
    auth: { name: 'RegionControllersHandler', actions: [regions.list] },
    anon,
  },
  {
    path: 'regioncontrollers/{system_id}/',
    auth: { name: 'RegionControllerHandler', actions: [regions.read] },
    anon: null,
  },
  // No VM hosts are simulated: both collections are there and empty (facts/maas-api 1.3).
  ...['vm-hosts/', 'pods/'].map(
    (path): Resource => ({
      path,
      auth: {
        name: path === 'pods/' ? 'PodsHandler' : 'VmHostsHandler',
        actions: [{ method: 'GET', op: null, doc: 'List the VM hosts.', run: () => json([]) }],
      },
      anon: null,
    }),
  ),
];
