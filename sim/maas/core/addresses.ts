/** Addresses as rows: who has which one, and reserving one for oneself (facts/maas-api 3.10, 6.7). */

import type { MaasCore } from './core.ts';
import { hostnameOf, nodes } from './fabrics.ts';
import type { Fields } from './fields.ts';
import { interfacesOf, type Node } from './interfaces.ts';
import { inNetwork, parseCidr, parseIp } from './ip.ts';
import { isMac } from './mac.ts';
import type { LinkMode, NetworkInterface, Subnet, User, UserAddress } from './objects.ts';
import { fieldRefusal, refusal } from './refusal.ts';

/** Numbers of kinds of address (facts/maas-api 6.7). */
export const ALLOCATION = { auto: 0, static: 1, user: 4, dhcp: 5 } as const;

const OF_MODE: Readonly<Record<LinkMode, number>> = {
  auto: ALLOCATION.auto,
  static: ALLOCATION.static,
  link_up: ALLOCATION.static,
  dhcp: ALLOCATION.dhcp,
};

/** An address that is taken, whoever has it. */
export interface AddressRow {
  readonly ip: string;
  readonly type: number;
  readonly subnetId: number | null;
  readonly owner: string | null;
  readonly createdMs: number;
  readonly on?: { readonly node: Exclude<Node, { kind: 'controller' }>; iface: NetworkInterface };
}

/** The rows of one subnet, or of all of them, in order of address. */
export function addressRows(core: MaasCore, subnet?: Subnet): AddressRow[] {
  const rows: AddressRow[] = [];
  for (const node of nodes(core)) {
    for (const iface of interfacesOf(node)) {
      for (const { ip, mode, subnetId } of iface.links) {
        if (ip === null || (subnet && subnetId !== subnet.id)) continue;
        const { owner } = node.kind === 'machine' ? node.machine.state : node.device.state;
        const type = OF_MODE[mode];
        // When a link was made is not kept: the world's beginning stands for it.
        rows.push({ ip, type, subnetId, owner, createdMs: 0, on: { node, iface } });
      }
    }
  }
  for (const address of core.network.userAddresses.values()) {
    if (subnet && address.subnetId !== subnet.id) continue;
    rows.push({ ...address, type: ALLOCATION.user });
  }
  return rows.sort((a, b) => parseIp(a.ip)! - parseIp(b.ip)!);
}

/** What `ipaddresses/` lists: the caller's own, or all or another's for an administrator. */
export function listedAddresses(core: MaasCore, user: User, fields: Fields): AddressRow[] {
  const all = fields.flag('all');
  const owner = fields.text('owner');
  if (all && !user.isSuperuser) {
    throw refusal('forbidden', 'Listing all IP addresses requires admin privileges.');
  }
  if (owner !== '' && owner !== user.username && !user.isSuperuser) {
    throw refusal('forbidden', "Listing another user's IP addresses requires admin privileges.");
  }
  const ip = fields.text('ip');
  return addressRows(core).filter(
    (row) =>
      (ip === '' || row.ip === ip) &&
      (all || (row.type === ALLOCATION.user && row.owner === (owner || user.username))),
  );
}

/** Takes an address for the caller. @throws Refusal 400, 403, 404 taken, 503 exhausted */
export function reserveAddress(core: MaasCore, user: User, fields: Fields): UserAddress {
  const { network } = core;
  const wanted = (fields.text('ip') || fields.text('ip_address')).trim();
  const specifier = fields.text('subnet');
  const mac = fields.text('mac');
  if (mac !== '' && !isMac(mac)) {
    throw fieldRefusal('mac', `'${mac}' is not a valid MAC address.`, { wanted: mac });
  }
  const hostname = fields.text('hostname');
  if (hostname !== '' && !/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(hostname)) {
    throw fieldRefusal('hostname', 'Enter a valid value.', { wanted: hostname });
  }
  const number = parseIp(wanted);
  if (wanted !== '' && number === undefined) {
    throw fieldRefusal('ip_address', 'Enter a valid IPv4 or IPv6 address.', { wanted });
  }
  const subnet = subnetFor(core, specifier, wanted, number);
  const ip = wanted || network.findFreeAddress(subnet);
  if (ip === undefined) {
    throw refusal('unavailable', `No more IPs available in subnet: ${subnet.cidr}.`, {
      code: 'maas-addresses-exhausted',
      wanted: 'a free address',
      looked: [{ place: `subnet ${subnet.cidr}`, outcome: 'no free address' }],
    });
  }
  if (number !== undefined && !inNetwork(parseCidr(subnet.cidr)!, number)) {
    throw refusal('forbidden', `${wanted} is not within subnet CIDR: ${subnet.cidr}`, { wanted });
  }
  if (network.dynamicRangeAt(subnet.id, ip)) {
    const range = network.dynamicRangeAt(subnet.id, ip)!;
    throw refusal(
      'forbidden',
      `${ip} is within the dynamic range from ${range.startIp} to ${range.endIp}`,
      { wanted: ip },
    );
  }
  if (network.isTaken(ip)) {
    throw refusal('not-found', `The IP address ${ip} is already in use.`, {
      code: 'maas-address-in-use',
      wanted: ip,
    });
  }
  return network.reserveAddress({
    ip,
    subnetId: subnet.id,
    owner: user.username,
    hostname,
    mac: mac === '' ? null : mac.toLowerCase(),
    createdMs: core.clock.nowMs(),
  });
}

function subnetFor(
  core: MaasCore,
  specifier: string,
  wanted: string,
  number: number | undefined,
): Subnet {
  if (specifier !== '') return core.network.subnetOfPath(specifier);
  if (number === undefined) {
    throw refusal('invalid', 'Subnet or IP address is required', { wanted: 'a subnet' });
  }
  for (const subnet of core.network.subnets.values()) {
    if (inNetwork(parseCidr(subnet.cidr)!, number)) return subnet;
  }
  throw refusal('not-found', `No known subnet for IP ${wanted}.`, { wanted });
}

/** Gives an address back. @throws Refusal 400 for one that is not the caller's, 403 */
export function releaseAddress(core: MaasCore, user: User, fields: Fields, ip: string): void {
  const force = fields.flag('force');
  if (force && !user.isSuperuser) {
    throw refusal('forbidden', 'Force-releasing an IP address requires admin privileges.');
  }
  const address = core.network.userAddresses.get(ip);
  if (address && (force || address.owner === user.username)) {
    core.network.releaseAddress(address);
    return;
  }
  const row = force ? addressRows(core).find((candidate) => candidate.ip === ip) : undefined;
  if (row?.on) {
    freeLink(core, row.on.node, row.on.iface, ip);
    return;
  }
  throw refusal(
    'invalid',
    force
      ? `IP address ${ip} does not exist.`
      : `IP address ${ip} does not exist, is not the correct type of address, or does not belong to the requesting user.\nIf you are sure you want to release this address, use force=true as a MAAS administrator.`,
    { wanted: ip },
  );
}

function freeLink(
  core: MaasCore,
  node: Exclude<Node, { kind: 'controller' }>,
  iface: NetworkInterface,
  ip: string,
): void {
  core.network.release(iface.links.filter((link) => link.ip === ip));
  const links = iface.links.map((link) => (link.ip === ip ? { ...link, ip: null } : link));
  const interfaces = interfacesOf(node).map((other) =>
    other.id === iface.id ? { ...other, links } : other,
  );
  if (node.kind === 'machine') core.change(node.machine, { interfaces });
  else core.changeDevice(node.device, { interfaces });
}

/** What a subnet's `ip_addresses` shows of who has an address. */
export function nodeSummary(row: AddressRow, core: MaasCore) {
  if (!row.on) return undefined;
  const { node, iface } = row.on;
  const of = node.kind === 'machine' ? node.machine : node.device;
  return {
    system_id: of.systemId,
    node_type: node.kind === 'machine' ? 0 : 1,
    fqdn: core.fqdn(of.state),
    hostname: hostnameOf(node),
    is_container: node.kind === 'device' && node.device.state.parent !== null,
    via: iface.name,
  };
}
