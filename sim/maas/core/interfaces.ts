/**
 * Network interfaces of machines and devices: finding, making, changing and removing them
 * (facts/maas-api 3.5, 9.4). A *node* here is whatever MAAS keeps interfaces for. What is built on
 * other interfaces is in `stacked-interfaces.ts`, addresses are in `interface-links.ts`.
 */
import type { MaasCore } from './core.ts';
import type { Fields } from './fields.ts';
import { numberField, strictFlag } from './form-fields.ts';
import {
  cableFields,
  commonParams,
  macField,
  nameField,
  tagsField,
  vlanField,
} from './interface-fields.ts';
import { normalMac } from './mac.ts';
import { plainInterface } from './machine-form.ts';
import type { Device, Link, Machine, NetworkInterface, RackController, User } from './objects.ts';
import { canEdit, canView } from './permissions.ts';
import { fieldRefusal, notFound, refusal } from './refusal.ts';
import { STATUS, type Status, statusName } from './status.ts';

/** A machine, device or controller whose interfaces are spoken of. */
export type Node =
  | { readonly kind: 'machine'; readonly machine: Machine }
  | { readonly kind: 'device'; readonly device: Device }
  | { readonly kind: 'controller'; readonly rack: RackController };

export type MachineNode = Extract<Node, { kind: 'machine' }>;

/** @throws Refusal 404 unknown, 403 not to be seen */
export function nodeOf(core: MaasCore, user: User, systemId: string): Node {
  const device = core.devices.get(systemId);
  if (device) return { kind: 'device', device };
  const machine = core.findMachine(systemId);
  if (machine) {
    if (!canView(user, machine.state)) throw refusal('forbidden', '', { wanted: systemId });
    return { kind: 'machine', machine };
  }
  const rack = core.rackControllers.find((candidate) => candidate.systemId === systemId);
  if (!rack) throw notFound('Node', systemId);
  return { kind: 'controller', rack };
}

/** What bonds, bridges and VLANs are made on: machines only. @throws Refusal 404 */
export function machineNodeOf(core: MaasCore, user: User, systemId: string): MachineNode {
  const node = nodeOf(core, user, systemId);
  if (node.kind !== 'machine') throw notFound('Machine', systemId);
  return node;
}

export function systemIdOf(node: Node): string {
  if (node.kind === 'controller') return node.rack.systemId;
  return node.kind === 'machine' ? node.machine.systemId : node.device.systemId;
}

export function interfacesOf(node: Node): readonly NetworkInterface[] {
  if (node.kind === 'controller') return [];
  return node.kind === 'machine' ? node.machine.state.interfaces : node.device.state.interfaces;
}

/** By id or name. @throws Refusal 404 */
export function interfaceOf(node: Node, idOrName: string): NetworkInterface {
  const found = interfacesOf(node).find(
    (iface) => String(iface.id) === idOrName || iface.name === idOrName,
  );
  if (!found) throw notFound('Interface', idOrName);
  return found;
}

/** The interfaces that are built on this one. */
export function childrenOf(
  siblings: readonly NetworkInterface[],
  { id }: NetworkInterface,
): NetworkInterface[] {
  return siblings.filter(({ parents }) => parents.includes(id));
}

export function save(core: MaasCore, node: Node, interfaces: readonly NetworkInterface[]): void {
  if (node.kind === 'machine') core.change(node.machine, { interfaces });
  else if (node.kind === 'device') core.changeDevice(node.device, { interfaces });
}

export function replaceInterface(
  core: MaasCore,
  node: Node,
  changed: NetworkInterface,
): NetworkInterface {
  save(
    core,
    node,
    interfacesOf(node).map((iface) => (iface.id === changed.id ? changed : iface)),
  );
  return changed;
}

/**
 * Whether the user may change interfaces of the node now. `what` is the verb of the refusal text.
 * @throws Refusal 403, or 409 for a machine in a status where that is not allowed
 */
export function checkChangeable(
  core: MaasCore,
  user: User,
  node: Node,
  what: string,
  options: { deployed?: boolean } = {},
): void {
  if (node.kind === 'controller') {
    // Unlinking and choosing a gateway are refused in the words of linking (facts/maas-api 3.5).
    const said = /^(unlink subnet|set default gateway)$/.test(what) ? 'link subnet' : what;
    throw refusal('forbidden', `Cannot ${said} interface on a controller.`, {
      wanted: node.rack.systemId,
    });
  }
  if (node.kind === 'device') {
    if (!canView(user, node.device.state)) throw refusal('forbidden', '');
    return;
  }
  const { state, systemId } = node.machine;
  const allowed: Status[] = [STATUS.READY, STATUS.FAILED_TESTING, STATUS.ALLOCATED, STATUS.BROKEN];
  if (core.features.interfacesInNew) allowed.push(STATUS.NEW);
  if (options.deployed) allowed.push(STATUS.DEPLOYED);
  if (!user.isSuperuser || !canEdit(user, state)) {
    throw refusal('forbidden', '', { wanted: systemId });
  }
  if (!allowed.includes(state.status)) {
    const states = core.features.interfacesInNew
      ? 'New, Ready, Allocated, or Broken'
      : 'Ready, Allocated, or Broken';
    throw refusal('conflict', `Cannot ${what} interface because the machine is not ${states}.`, {
      code: 'maas-transition-illegal',
      operation: `${what} interface`,
      wanted: states,
      found: [statusName(state.status)],
      scope: `machine ${systemId} (${state.hostname})`,
    });
  }
}

/** Adds a physical interface. @throws Refusal 400 with form errors */
export function createPhysical(core: MaasCore, node: Node, fields: Fields): NetworkInterface {
  const given = fields.text('mac_address');
  if (given === '') throw fieldRefusal('mac_address', 'This field is required.');
  const mac = macField(core, given, []);
  const siblings = interfacesOf(node);
  const name = nameField(core, node, fields.text('name') || freeName(siblings));
  const vlan = vlanField(core, fields.optional('vlan'));
  const params = commonParams(fields);
  const enabled = strictFlag(fields, 'enabled') ?? true;
  const plain = plainInterface(core, mac, siblings.length, vlan?.id ?? null);
  const cable = cableFields(fields, plain);
  const made: NetworkInterface = {
    ...plain,
    ...cable,
    name,
    enabled,
    params,
    tags: tagsField(fields) ?? [],
    numaNode: node.kind === 'machine' ? (numaField(node.machine, fields) ?? 0) : null,
    links: vlan && enabled && node.kind === 'machine' ? [linkUp(core)] : [],
  };
  save(core, node, [...siblings, made]);
  return made;
}

/** Changes a physical interface. @throws Refusal 400 with form errors */
export function updatePhysical(
  core: MaasCore,
  node: Node,
  iface: NetworkInterface,
  fields: Fields,
): NetworkInterface {
  const deployed = node.kind === 'machine' && node.machine.state.status === STATUS.DEPLOYED;
  const name = nameField(core, node, fields.text('name') || iface.name, iface.id);
  const given = fields.text('mac_address');
  const mac = given && normalMac(given) !== iface.mac ? macField(core, given, []) : iface.mac;
  const cable = cableFields(fields, iface);
  if (deployed) {
    return saveWithMac(core, node, iface, { ...iface, ...cable, name, mac });
  }
  if (fields.all('parents').some((parent) => parent !== '')) {
    throw fieldRefusal('parents', 'A physical interface cannot have parents.');
  }
  // An empty `vlan` means: on none.
  const vlanId = fields.has('vlan')
    ? (vlanField(core, fields.optional('vlan'))?.id ?? null)
    : iface.vlanId;
  const enabled = strictFlag(fields, 'enabled') ?? iface.enabled;
  const changed: NetworkInterface = {
    ...iface,
    ...cable,
    name,
    mac,
    vlanId,
    enabled,
    params: { ...iface.params, ...commonParams(fields) },
    tags: tagsField(fields) ?? iface.tags,
    numaNode: node.kind === 'machine' ? (numaField(node.machine, fields) ?? iface.numaNode) : null,
  };
  return saveWithMac(core, node, iface, {
    ...changed,
    links: linksAfter(core, node, iface, changed),
  });
}

/** Links as they are once an interface is on another VLAN, or was turned on or off. */
export function linksAfter(
  core: MaasCore,
  node: Node,
  before: NetworkInterface,
  after: Pick<NetworkInterface, 'vlanId' | 'enabled'>,
): readonly Link[] {
  if (after.vlanId === before.vlanId && after.enabled === before.enabled) return before.links;
  const below = childrenOf(interfacesOf(node), before).some(({ type }) => type !== 'vlan');
  core.network.release(before.links);
  const bare = after.vlanId === null || !after.enabled || node.kind !== 'machine' || below;
  return bare ? [] : [linkUp(core)];
}

/** Saves an interface; VLANs on it have its MAC address (facts/maas-api 6.4). */
export function saveWithMac(
  core: MaasCore,
  node: Node,
  before: NetworkInterface,
  changed: NetworkInterface,
): NetworkInterface {
  save(
    core,
    node,
    interfacesOf(node).map((other) => {
      if (other.id === changed.id) return changed;
      const follows = other.type === 'vlan' && other.parents[0] === changed.id;
      return follows && before.mac !== changed.mac ? { ...other, mac: changed.mac } : other;
    }),
  );
  return changed;
}

/**
 * Removes an interface with what is built on it alone; a bond or bridge that has other parents stays.
 * What a bond or bridge was built on is free again, and up.
 */
export function deleteInterface(core: MaasCore, node: Node, iface: NetworkInterface): void {
  const doomed = new Set([iface.id]);
  const siblings = interfacesOf(node);
  for (;;) {
    const next = siblings.find(
      ({ id, parents }) =>
        !doomed.has(id) && parents.length > 0 && parents.every((parent) => doomed.has(parent)),
    );
    if (!next) break;
    doomed.add(next.id);
  }
  const gone = siblings.filter((other) => doomed.has(other.id));
  core.network.release(gone.flatMap((other) => other.links));
  const kept = siblings
    .filter((other) => !doomed.has(other.id))
    .map((other) => ({ ...other, parents: other.parents.filter((parent) => !doomed.has(parent)) }));
  save(core, node, node.kind === 'machine' ? kept.map((other) => awake(core, other, kept)) : kept);
}

/** The interface; with a LINK_UP when it is on, on a VLAN, nothing is over it and it has no link. */
export function awake(
  core: MaasCore,
  iface: NetworkInterface,
  siblings: readonly NetworkInterface[],
): NetworkInterface {
  const covered = childrenOf(siblings, iface).some(({ type }) => type !== 'vlan');
  const needs = iface.enabled && iface.vlanId !== null && iface.links.length === 0 && !covered;
  return needs ? { ...iface, links: [linkUp(core)] } : iface;
}

export function tagInterface(
  core: MaasCore,
  node: Node,
  iface: NetworkInterface,
  tag: string,
  present: boolean,
): NetworkInterface {
  const others = iface.tags.filter((other) => other !== tag);
  return replaceInterface(core, node, { ...iface, tags: present ? [...others, tag] : others });
}

/** The link of an interface that is up and has no address. */
export function linkUp(core: MaasCore): Link {
  return core.network.newLink({ mode: 'link_up', subnetId: null, ip: null });
}

/** @throws Refusal 400 for a NUMA node that the machine has not */
export function numaField(machine: Machine, fields: Fields): number | undefined {
  const index = numberField(fields, 'numa_node');
  if (index === undefined) return undefined;
  const known = Math.max(1, machine.profile.numaNodes.length);
  if (index >= known) throw fieldRefusal('numa_node', 'Invalid NUMA node', { wanted: `${index}` });
  return index;
}

function freeName(siblings: readonly NetworkInterface[]): string {
  for (let i = 0; ; i++) if (!siblings.some((iface) => iface.name === `eth${i}`)) return `eth${i}`;
}
