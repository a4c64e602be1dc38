/**
 * Links: how an interface is on a subnet and has its addresses (facts/maas-api 3.5, link rules). Every
 * link gets an id never used before, which is how libmaas finds the new one; addresses are found
 * first and taken last.
 */
import type { MaasCore } from './core.ts';
import { NO_CHOICE } from './form-fields.ts';
import { childrenOf, interfacesOf, linkUp, type Node, replaceInterface } from './interfaces.ts';
import { inNetwork, parseCidr, parseIp } from './ip.ts';
import type { Link, LinkMode, Machine, NetworkInterface, Subnet } from './objects.ts';
import { fieldRefusal, refusal } from './refusal.ts';

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
  const bond = childrenOf(interfacesOf(node), iface).find(({ type }) => type === 'bond');
  if (bond) {
    throw fieldRefusal(
      'bond',
      `Cannot link interface(${iface.name}) when interface is in a bond(${bond.name}).`,
    );
  }
  const subnet = subnetField(core, iface, request, mode);
  checkLink(core, iface, request, mode, subnet);
  const ip = mode === 'static' ? staticAddress(core, subnet!, request.ip, iface.mac) : null;

  // AUTO, STATIC and DHCP push out a LINK_UP; AUTO and STATIC push out a DHCP.
  const goes = (link: Link) =>
    mode === 'link_up'
      ? request.force
      : link.mode === 'link_up' || (mode !== 'dhcp' && link.mode === 'dhcp');
  core.network.release(iface.links.filter(goes));
  const link = core.network.newLink({ mode, subnetId: subnet?.id ?? null, ip });
  if (request.defaultGateway && node.kind === 'machine') {
    core.change(node.machine, { gatewayLinkId: link.id });
  }
  return replaceInterface(core, node, {
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
    throw fieldRefusal('id', NO_CHOICE, {
      wanted: linkId,
      found: iface.links.map((present) => String(present.id)),
    });
  }
  core.network.release([link]);
  const rest = iface.links.filter((present) => present !== link);
  const bare = rest.length === 0 && iface.enabled && iface.vlanId !== null;
  return replaceInterface(core, node, {
    ...iface,
    links: bare && node.kind === 'machine' ? [linkUp(core)] : rest,
  });
}

/** Takes an interface off every subnet and VLAN. */
export function disconnect(core: MaasCore, node: Node, iface: NetworkInterface): NetworkInterface {
  core.network.release(iface.links);
  return replaceInterface(core, node, { ...iface, links: [], vlanId: null });
}

/**
 * Makes a link of the interface the one whose gateway the machine uses.
 * @param linkId empty where there is only one to choose
 * @throws Refusal 400 when there is none, or more than one
 */
export function setDefaultGateway(
  core: MaasCore,
  node: Node,
  iface: NetworkInterface,
  linkId: string,
): NetworkInterface {
  const usable = iface.links.filter(
    (link) =>
      (link.mode === 'auto' || link.mode === 'static') &&
      link.subnetId !== null &&
      (core.network.subnets.get(link.subnetId)?.gatewayIp ?? null) !== null,
  );
  if (usable.length === 0) {
    throw fieldRefusal('__all__', 'This interface has no usable gateways.');
  }
  if (linkId === '' && usable.length > 1) {
    throw fieldRefusal(
      'link_id',
      'This field is required; Interface has more than one usable IPv4 gateway.',
    );
  }
  const link = linkId === '' ? usable[0] : usable.find(({ id }) => String(id) === linkId);
  if (!link) throw fieldRefusal('link_id', NO_CHOICE, { wanted: linkId });
  if (node.kind === 'machine') core.change(node.machine, { gatewayLinkId: link.id });
  return iface;
}

/** Forgets which link's gateway a machine was told to use (facts/maas-api 3.2). */
export function clearDefaultGateways(core: MaasCore, machine: Machine): void {
  core.change(machine, { gatewayLinkId: null });
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
    throw fieldRefusal('subnet', NO_CHOICE, {
      wanted: request.subnet,
      found: [...core.network.subnets.values()]
        .filter((candidate) => candidate.vlanId === iface.vlanId)
        .map((candidate) => candidate.cidr),
    });
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

function staticAddress(core: MaasCore, subnet: Subnet, wanted: string, mac: string): string {
  const reserved = [...core.network.reservedIps.values()];
  if (wanted === '') {
    const own = reserved.find((kept) => kept.mac === mac && kept.subnetId === subnet.id);
    if (own && !core.network.isTaken(own.ip)) return own.ip;
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
  const kept = reserved.find(({ ip: address }) => address === wanted);
  if (kept && kept.mac !== mac) {
    throw refusal('conflict', `The IP address ${wanted} is reserved for another MAC address.`, {
      code: 'maas-address-in-use',
      wanted,
      found: [kept.mac],
    });
  }
  if (core.network.isTaken(wanted)) {
    throw refusal('not-found', 'IP address is already in use.', {
      code: 'maas-address-in-use',
      wanted,
    });
  }
  return wanted;
}
