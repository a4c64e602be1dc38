/** Interfaces and their links, of machines and of devices (facts/maas-api 3.5). */
import type { MaasCore } from '../../core/core.ts';
import { formFlag } from '../../core/fields.ts';
import {
  disconnect,
  linkSubnet,
  setDefaultGateway,
  unlinkSubnet,
} from '../../core/interface-links.ts';
import {
  checkChangeable,
  createPhysical,
  deleteInterface,
  interfaceOf,
  interfacesOf,
  type MachineNode,
  machineNodeOf,
  type Node,
  nodeOf,
  systemIdOf,
  tagInterface,
  updatePhysical,
} from '../../core/interfaces.ts';
import type { NetworkInterface } from '../../core/objects.ts';
import {
  createBond,
  createBridge,
  createVlan,
  updateStacked,
} from '../../core/stacked-interfaces.ts';
import { type Answer, DELETED, json } from '../answers.ts';
import type { Params } from '../params.ts';
import { interfaceObject } from '../render/network.ts';
import type { Action, Resource, UserCall } from '../routes.ts';

function shown(core: MaasCore, node: Node, id: number): Answer {
  const siblings = interfacesOf(node);
  const iface = siblings.find((candidate) => candidate.id === id)!;
  return json(interfaceObject(core, systemIdOf(node), iface, siblings));
}

/** Making an interface on others, which only machines can have. */
function createOp(
  op: string,
  doc: string,
  verb: string,
  work: (core: MaasCore, node: MachineNode, params: Params) => NetworkInterface,
): Action {
  return {
    method: 'POST',
    op,
    doc,
    run: ({ core, user, path, params }) => {
      const node = machineNodeOf(core, user, path.system_id!);
      checkChangeable(core, user, node, verb);
      return shown(core, node, work(core, node, params).id);
    },
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
      return shown(core, node, createPhysical(core, node, params).id);
    },
  },
  createOp('create_bond', 'Add a bond.', 'create bond', createBond),
  createOp('create_bridge', 'Add a bridge.', 'create bridge', createBridge),
  createOp('create_vlan', 'Add a VLAN interface.', 'create VLAN', createVlan),
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
      return shown(core, node, work(call, node, iface).id);
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
      return shown(core, node, interfaceOf(node, path.id!).id);
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
      const changed =
        node.kind === 'machine' && iface.type !== 'physical'
          ? updateStacked(core, node, iface, params)
          : updatePhysical(core, node, iface, params);
      return shown(core, node, changed.id);
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
  interfaceOp(
    'set_default_gateway',
    'Use the gateway of one of its links.',
    'set default gateway',
    ({ core, params }, node, iface) => setDefaultGateway(core, node, iface, params.text('link_id')),
  ),
  interfaceOp('add_tag', 'Add a tag.', 'update interface', ({ core, params }, node, iface) =>
    tagInterface(core, node, iface, params.mandatory('tag'), true),
  ),
  interfaceOp('remove_tag', 'Remove a tag.', 'update interface', ({ core, params }, node, iface) =>
    tagInterface(core, node, iface, params.mandatory('tag'), false),
  ),
];

function below(path: string, name: string, actions: readonly Action[]): Resource {
  return { path: `nodes/{system_id}/${path}`, auth: { name, actions }, anon: null };
}

export const interfaceResources: readonly Resource[] = [
  below('interfaces/', 'InterfacesHandler', interfaceCollection),
  below('interfaces/{id}/', 'InterfaceHandler', interfaceActions),
];
