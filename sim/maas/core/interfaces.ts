/**
 * Network interfaces of machines and devices: making, changing, linking to subnets (facts/maas-api
 * 3.5, 8.4). A *node* here is whatever MAAS keeps interfaces for. Every link gets an id never used
 * before, which is how libmaas finds the new one; addresses are found first and taken last.
 */
import { isMac } from './constraints.ts';
import type { MaasCore } from './core.ts';
import { inNetwork, parseCidr, parseIp } from './ip.ts';
import { normalMac, plainInterface } from './machines.ts';
import type {
  Device,
  Link,
  LinkMode,
  Machine,
  NetworkInterface,
  Subnet,
  User,
  Vlan,
} from './objects.ts';
import { canEdit, canView } from './permissions.ts';
import { fieldRefusal, notFound, refusal } from './refusal.ts';
import { STATUS, type Status, statusName } from './status.ts';

/** A machine or device whose interfaces are spoken of. */
export type Node =
  | { readonly kind: 'machine'; readonly machine: Machine }
  | { readonly kind: 'device'; readonly device: Device };

/** @throws Refusal 404 unknown, 403 not to be seen */
export function nodeOf(core: MaasCore, user: User, systemId: string): Node {
  const device = core.devices.get(systemId);
  if (device) return { kind: 'device', device };
  const machine = core.findMachine(systemId);
  if (!machine) throw notFound('Node', systemId);
  if (!canView(user, machine.state)) throw refusal('forbidden', '', { wanted: systemId });
  return { kind: 'machine', machine };
}

export function systemIdOf(node: Node): string {
  return node.kind === 'machine' ? node.machine.systemId : node.device.systemId;
}

export function interfacesOf(node: Node): readonly NetworkInterface[] {
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

function save(core: MaasCore, node: Node, interfaces: readonly NetworkInterface[]): void {
  if (node.kind === 'machine') core.change(node.machine, { interfaces });
  else core.changeDevice(node.device, { interfaces });
}

function replace(core: MaasCore, node: Node, changed: NetworkInterface): NetworkInterface {
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

export interface InterfaceFields {
  readonly name?: string | undefined;
  readonly mac?: string | undefined;
  readonly tags?: string | undefined;
  readonly vlan?: string | undefined;
  readonly mtu?: string | undefined;
  readonly enabled?: boolean | undefined;
}

/** Adds a physical interface. @throws Refusal 400 with form errors */
export function createPhysical(
  core: MaasCore,
  node: Node,
  fields: InterfaceFields,
): NetworkInterface {
  const mac = fields.mac ?? '';
  if (mac === '') throw fieldRefusal('mac_address', 'This field is required.');
  checkMac(core, mac, undefined);
  const siblings = interfacesOf(node);
  const name = fields.name || freeName(siblings);
  checkName(core, node, name, undefined);
  const vlan = vlanField(core, fields.vlan);
  const mtu = mtuField(fields.mtu);
  const enabled = fields.enabled ?? true;
  const made: NetworkInterface = {
    ...plainInterface(core, mac, siblings.length, vlan?.id ?? null),
    name,
    enabled,
    tags: tagList(fields.tags),
    params: mtu === undefined ? {} : { mtu },
    links: vlan && enabled && node.kind === 'machine' ? [linkUp(core)] : [],
  };
  save(core, node, [...siblings, made]);
  return made;
}

/**
 * Changes an interface. On a deployed machine only name and MAC address count.
 * @throws Refusal 400 with form errors
 */
export function updateInterface(
  core: MaasCore,
  node: Node,
  iface: NetworkInterface,
  fields: InterfaceFields,
): NetworkInterface {
  const deployed = node.kind === 'machine' && node.machine.state.status === STATUS.DEPLOYED;
  const name = fields.name || iface.name;
  if (name !== iface.name) checkName(core, node, name, iface.id);
  const mac = fields.mac || iface.mac;
  if (normalMac(mac) !== iface.mac) checkMac(core, mac, iface.id);
  let vlanId = iface.vlanId;
  let params = iface.params;
  let tags = iface.tags;
  if (!deployed) {
    // An empty `vlan` means: on none.
    if (fields.vlan !== undefined) vlanId = vlanField(core, fields.vlan)?.id ?? null;
    const mtu = mtuField(fields.mtu);
    if (mtu !== undefined) params = { ...params, mtu };
    if (fields.tags !== undefined) tags = tagList(fields.tags);
  }
  const moved = vlanId !== iface.vlanId;
  if (moved) core.network.release(iface.links);
  const links = moved
    ? vlanId === null || node.kind === 'device'
      ? []
      : [linkUp(core)]
    : iface.links;
  return replace(core, node, { ...iface, name, mac: normalMac(mac), vlanId, params, tags, links });
}

/** Removes an interface with what is built on it. */
export function deleteInterface(core: MaasCore, node: Node, iface: NetworkInterface): void {
  const doomed = new Set([iface.id]);
  const siblings = interfacesOf(node);
  for (const other of siblings)
    if (other.parents.some((id) => doomed.has(id))) doomed.add(other.id);
  const gone = siblings.filter((other) => doomed.has(other.id));
  core.network.release(gone.flatMap((other) => other.links));
  save(
    core,
    node,
    siblings.filter((other) => !doomed.has(other.id)),
  );
}

export function tagInterface(
  core: MaasCore,
  node: Node,
  iface: NetworkInterface,
  tag: string,
  present: boolean,
): NetworkInterface {
  const others = iface.tags.filter((other) => other !== tag);
  return replace(core, node, { ...iface, tags: present ? [...others, tag] : others });
}

export interface LinkRequest {
  readonly mode: string;
  readonly subnet: string;
  readonly ip: string;
  readonly force: boolean;
  readonly defaultGateway: boolean;
}

/** Links an interface to a subnet (facts/maas-api 3.5, link rules). @throws Refusal */
export function linkSubnet(
  core: MaasCore,
  node: Node,
  iface: NetworkInterface,
  request: LinkRequest,
): NetworkInterface {
  const mode = modeOf(node, request.mode);
  const subnet = subnetField(core, iface, request, mode);
  checkLink(core, iface, request, mode, subnet);
  const ip = mode === 'static' ? staticAddress(core, subnet!, request.ip) : null;

  // AUTO, STATIC and DHCP push out a LINK_UP; AUTO and STATIC push out a DHCP.
  const goes = (link: Link) =>
    mode === 'link_up'
      ? request.force
      : link.mode === 'link_up' || (mode !== 'dhcp' && link.mode === 'dhcp');
  core.network.release(iface.links.filter(goes));
  const link = core.network.newLink({ mode, subnetId: subnet?.id ?? null, ip });
  return replace(core, node, {
    ...iface,
    vlanId: iface.vlanId ?? subnet?.vlanId ?? null,
    links: [...iface.links.filter((present) => !goes(present)), link],
  });
}

/** @throws Refusal 400 for a link that the interface does not have */
export function unlinkSubnet(
  core: MaasCore,
  node: Node,
  iface: NetworkInterface,
  linkId: string,
): NetworkInterface {
  const link = iface.links.find((candidate) => String(candidate.id) === linkId);
  if (!link) {
    throw fieldRefusal(
      'id',
      'Select a valid choice. That choice is not one of the available choices.',
      { wanted: linkId, found: iface.links.map((present) => String(present.id)) },
    );
  }
  core.network.release([link]);
  const rest = iface.links.filter((present) => present !== link);
  const bare = rest.length === 0 && iface.enabled && iface.vlanId !== null;
  return replace(core, node, {
    ...iface,
    links: bare && node.kind === 'machine' ? [linkUp(core)] : rest,
  });
}

/** Takes an interface off every subnet and VLAN. */
export function disconnect(core: MaasCore, node: Node, iface: NetworkInterface): NetworkInterface {
  core.network.release(iface.links);
  return replace(core, node, { ...iface, links: [], vlanId: null });
}

function linkUp(core: MaasCore): Link {
  return core.network.newLink({ mode: 'link_up', subnetId: null, ip: null });
}

const MODES: Readonly<Record<string, LinkMode>> = {
  AUTO: 'auto',
  DHCP: 'dhcp',
  STATIC: 'static',
  LINK_UP: 'link_up',
};

function modeOf(node: Node, text: string): LinkMode {
  if (text === '') throw fieldRefusal('mode', 'This field is required.');
  const upper = text.toUpperCase();
  const mode = Object.hasOwn(MODES, upper) ? MODES[upper] : undefined;
  // A device's addresses are only kept, never handed out by DHCP (facts/maas-api 3.5).
  if (!mode || (node.kind === 'device' && mode !== 'static')) {
    throw fieldRefusal(
      'mode',
      `Select a valid choice. ${text} is not one of the available choices.`,
      { wanted: text, found: node.kind === 'device' ? ['STATIC'] : Object.keys(MODES) },
    );
  }
  return mode;
}

function subnetField(
  core: MaasCore,
  iface: NetworkInterface,
  request: LinkRequest,
  mode: LinkMode,
): Subnet | undefined {
  if (request.subnet === '') {
    if (mode === 'auto' || mode === 'static') {
      throw fieldRefusal('subnet', 'This field is required.');
    }
    return undefined;
  }
  const [subnet] = core.network.subnetsBySpecifier(request.subnet);
  const onVlan = subnet && (iface.vlanId === null || subnet.vlanId === iface.vlanId);
  if (!subnet || !(onVlan || request.force)) {
    throw fieldRefusal(
      'subnet',
      'Select a valid choice. That choice is not one of the available choices.',
      {
        wanted: request.subnet,
        found: [...core.network.subnets.values()]
          .filter((candidate) => candidate.vlanId === iface.vlanId)
          .map((candidate) => candidate.cidr),
      },
    );
  }
  return subnet;
}

function checkLink(
  core: MaasCore,
  iface: NetworkInterface,
  request: LinkRequest,
  mode: LinkMode,
  subnet: Subnet | undefined,
): void {
  const dhcp = iface.links.find((link) => link.mode === 'dhcp');
  if (mode === 'dhcp' && dhcp) {
    const known = dhcp.subnetId === null ? undefined : core.network.subnets.get(dhcp.subnetId);
    const from = known ? core.network.subnetLabel(known) : 'None';
    throw fieldRefusal('mode', `Interface is already set to DHCP from '${from}'.`);
  }
  if (mode === 'link_up' && iface.links.length > 0 && !request.force) {
    throw fieldRefusal(
      'mode',
      'Cannot configure interface to link up (with no IP address) while other links are already configured. Specify force=True to override this behavior and delete all links.',
    );
  }
  if (!request.defaultGateway) return;
  if (mode !== 'auto' && mode !== 'static') {
    throw fieldRefusal('default_gateway', `Cannot use in mode '${mode}'.`);
  }
  if (subnet && subnet.gatewayIp === null) {
    throw fieldRefusal(
      'default_gateway',
      `Cannot set as default gateway because subnet ${core.network.subnetLabel(subnet)} doesn't provide a gateway IP address.`,
    );
  }
}

function staticAddress(core: MaasCore, subnet: Subnet, wanted: string): string {
  if (wanted === '') {
    const free = core.network.findFreeAddress(subnet);
    if (free !== undefined) return free;
    throw refusal('unavailable', `No more IPs available in subnet: ${subnet.cidr}.`, {
      code: 'maas-addresses-exhausted',
      wanted: 'a free address',
      looked: [{ place: `subnet ${subnet.cidr}`, outcome: 'no free address' }],
    });
  }
  const ip = parseIp(wanted);
  if (ip === undefined) {
    throw fieldRefusal('ip_address', 'Enter a valid IPv4 or IPv6 address.', { wanted });
  }
  if (!inNetwork(parseCidr(subnet.cidr)!, ip)) {
    throw fieldRefusal(
      'ip_address',
      `IP address is not in the given subnet '${core.network.subnetLabel(subnet)}'.`,
      { wanted, found: [subnet.cidr] },
    );
  }
  const range = core.network.dynamicRangeAt(subnet.id, wanted);
  if (range) {
    throw fieldRefusal(
      'ip_address',
      `IP address is inside a dynamic range ${range.startIp} to ${range.endIp}.`,
      { wanted },
    );
  }
  if (core.network.isTaken(wanted)) {
    throw refusal('not-found', 'IP address is already in use.', {
      code: 'maas-address-in-use',
      wanted,
    });
  }
  return wanted;
}

function vlanField(core: MaasCore, text: string | undefined): Vlan | undefined {
  if (text === undefined || text === '') return undefined;
  const [vlan] = core.network.vlansBySpecifier(text);
  if (!vlan) {
    throw fieldRefusal(
      'vlan',
      'Select a valid choice. That choice is not one of the available choices.',
      { wanted: text },
    );
  }
  return vlan;
}

function mtuField(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,9}$/.test(text)) throw fieldRefusal('mtu', 'Enter a whole number.');
  const mtu = Number(text);
  if (mtu < 552) {
    throw fieldRefusal('mtu', 'Ensure this value is greater than or equal to 552.');
  }
  if (mtu > 65535) {
    throw fieldRefusal('mtu', 'Ensure this value is less than or equal to 65535.');
  }
  return mtu;
}

function tagList(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((tag) => tag !== '');
}

function checkMac(core: MaasCore, mac: string, self: number | undefined): void {
  if (!isMac(mac)) {
    throw fieldRefusal('mac_address', `'${mac}' is not a valid MAC address.`, { wanted: mac });
  }
  const owner = core.ownerOfMac(normalMac(mac));
  if (owner && owner.iface.id !== self) {
    const { hostname } = owner.node.state;
    throw fieldRefusal('mac_address', `This MAC address is already in use by ${hostname}.`, {
      wanted: mac,
      found: [hostname],
    });
  }
}

function checkName(core: MaasCore, node: Node, name: string, self: number | undefined): void {
  if (!/^[\w\-_.:]{1,15}$/.test(name)) {
    throw fieldRefusal('name', 'Enter a valid value.', { wanted: name });
  }
  if (interfacesOf(node).some((iface) => iface.name === name && iface.id !== self)) {
    const state = node.kind === 'machine' ? node.machine.state : node.device.state;
    throw fieldRefusal(
      'name',
      `Node ${core.fqdn(state)} already has an interface named '${name}'.`,
    );
  }
}

function freeName(siblings: readonly NetworkInterface[]): string {
  for (let i = 0; ; i++) if (!siblings.some((iface) => iface.name === `eth${i}`)) return `eth${i}`;
}
