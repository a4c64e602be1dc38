/** Interfaces and their links, of machines and of devices (facts/maas-api 3.5). */
import type { MaasCore } from '../../core/core.ts';
import { formFlag } from '../../core/fields.ts';
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
import type { NetworkInterface } from '../../core/objects.ts';
import { type Answer, DELETED, json } from '../answers.ts';
import type { Params } from '../params.ts';
import { interfaceObject } from '../render/network.ts';
import type { Action, Resource, UserCall } from '../routes.ts';

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

function below(path: string, name: string, actions: readonly Action[]): Resource {
  return { path: `nodes/{system_id}/${path}`, auth: { name, actions }, anon: null };
}

export const interfaceResources: readonly Resource[] = [
  below('interfaces/', 'InterfacesHandler', interfaceCollection),
  below('interfaces/{id}/', 'InterfaceHandler', interfaceActions),
];
