/** Ranges, static routes and addresses that are kept for a MAC address (facts/maas-api 3.10). */

import type { MaasCore } from './core.ts';
import type { Fields } from './fields.ts';
import { choiceField, NO_CHOICE, numberField, requiredField } from './form-fields.ts';
import { freshId } from './fresh-id.ts';
import { inNetwork, parseCidr, parseIp } from './ip.ts';
import { isMac, normalMac } from './mac.ts';
import type { IpRange, ReservedIp, StaticRoute, Subnet, User } from './objects.ts';
import { fieldRefusal, notFound, refusal } from './refusal.ts';

/** @throws Refusal 400 with form errors; 403 for a dynamic range that is not an administrator's */
export function createIpRange(core: MaasCore, user: User, fields: Fields): IpRange {
  if (fields.text('type') === 'dynamic' && !user.isSuperuser) {
    throw refusal(
      'forbidden',
      "Unable to create dynamic IP range. You don't have sufficient privileges.",
    );
  }
  requiredField(fields, 'type');
  const type = choiceField(fields, 'type', ['dynamic', 'reserved']) as IpRange['type'];
  const start = addressField(fields.text('start_ip'), 'start_ip');
  const end = addressField(fields.text('end_ip'), 'end_ip');
  if (start === undefined || end === undefined) {
    throw both('Start IP address and end IP address are both required.');
  }
  const subnet = subnetField(core, fields, start);
  checkRange(core, { type, start, end, subnet, self: undefined });
  const range: IpRange = {
    id: freshId(core.network.ipRanges),
    type,
    startIp: fields.text('start_ip').trim(),
    endIp: fields.text('end_ip').trim(),
    comment: fields.text('comment'),
    subnetId: subnet.id,
    owner: user.username,
  };
  core.network.ipRanges.set(range.id, range);
  return range;
}

/** @throws Refusal as {@link createIpRange}; 403 for somebody else's */
export function updateIpRange(core: MaasCore, user: User, range: IpRange, fields: Fields): IpRange {
  checkOwner(user, range);
  const startIp = fields.text('start_ip').trim() || range.startIp;
  const endIp = fields.text('end_ip').trim() || range.endIp;
  checkRange(core, {
    type: range.type,
    start: addressField(startIp, 'start_ip')!,
    end: addressField(endIp, 'end_ip')!,
    subnet: core.network.subnets.get(range.subnetId)!,
    self: range.id,
  });
  const changed: IpRange = {
    ...range,
    startIp,
    endIp,
    comment: fields.optional('comment') ?? range.comment,
  };
  core.network.ipRanges.set(range.id, changed);
  return changed;
}

/** @throws Refusal 403 for somebody else's */
export function deleteIpRange(core: MaasCore, user: User, range: IpRange): void {
  checkOwner(user, range);
  core.network.ipRanges.delete(range.id);
}

function checkOwner(user: User, range: IpRange): void {
  if (user.isSuperuser || range.owner === user.username) return;
  throw refusal('forbidden', "Unable to modify IP range. You don't own the IP range.", {
    found: [`owner ${range.owner ?? 'MAAS'}`],
  });
}

/** What is wrong with a range and not with one of its ends is said of both (facts/maas-api 3.10). */
function both(message: string) {
  return refusal('invalid', { start_ip: [message], end_ip: [message] }, { scope: 'the range' });
}

function addressField(text: string, name: string): number | undefined {
  if (text.trim() === '') return undefined;
  const ip = parseIp(text.trim());
  if (ip === undefined) {
    throw fieldRefusal(name, 'Enter a valid IPv4 or IPv6 address.', { wanted: text });
  }
  return ip;
}

function subnetField(core: MaasCore, fields: Fields, start: number): Subnet {
  const { network } = core;
  const specifier = fields.text('subnet');
  const found =
    specifier === ''
      ? [...network.subnets.values()].find(({ cidr }) => inNetwork(parseCidr(cidr)!, start))
      : network.subnetsBySpecifier(specifier)[0];
  if (found) return found;
  if (specifier !== '') throw fieldRefusal('subnet', NO_CHOICE, { wanted: specifier });
  throw fieldRefusal('subnet', 'This field cannot be null.', { wanted: 'a subnet' });
}

interface Asked {
  readonly type: IpRange['type'];
  readonly start: number;
  readonly end: number;
  readonly subnet: Subnet;
  readonly self: number | undefined;
}

function checkRange(core: MaasCore, { type, start, end, subnet, self }: Asked): void {
  const block = parseCidr(subnet.cidr)!;
  if (end < start) {
    throw fieldRefusal('end_ip', 'End IP address must not be less than Start IP address.');
  }
  const [inStart, inEnd] = [inNetwork(block, start), inNetwork(block, end)];
  if (!inStart && !inEnd) throw both(`IP addresses must be within subnet: ${subnet.cidr}.`);
  if (!inStart) {
    throw fieldRefusal('start_ip', `Start IP address must be within subnet: ${subnet.cidr}.`);
  }
  if (!inEnd) {
    throw fieldRefusal('end_ip', `End IP address must be within subnet: ${subnet.cidr}.`);
  }
  if (block.prefix < 31 && start === block.base) {
    throw fieldRefusal('start_ip', 'Reserved network address cannot be included in IP range.');
  }
  if (block.prefix < 31 && end === block.base + block.size - 1) {
    throw fieldRefusal('end_ip', 'Broadcast address cannot be included in IP range.');
  }
  const { network } = core;
  const overlaps = (from: number, to: number) => from <= end && to >= start;
  const clash = network
    .rangesOf(subnet.id)
    .some((other) => other.id !== self && overlaps(parseIp(other.startIp)!, parseIp(other.endIp)!));
  const holds = (text: string | null) => {
    const ip = text === null ? undefined : parseIp(text);
    return ip !== undefined && overlaps(ip, ip);
  };
  if (type === 'reserved') {
    if (clash) throw both('Requested reserved range conflicts with an existing range.');
    return;
  }
  if ([...network.reservedIps.values()].some(({ ip }) => holds(ip))) {
    throw both('The dynamic IP range cannot include reserved IPs.');
  }
  const taken = [...network.takenAddresses.keys()].some((ip) => overlaps(ip, ip));
  if (clash || taken || holds(subnet.gatewayIp) || subnet.dnsServers.some(holds)) {
    throw both('Requested dynamic range conflicts with an existing IP address or range.');
  }
}

/** @throws Refusal 400 with form errors */
export function createStaticRoute(core: MaasCore, fields: Fields): StaticRoute {
  const route = routeOf(core, fields, undefined);
  const made = { ...route, id: freshId(core.network.staticRoutes) };
  core.network.staticRoutes.set(made.id, made);
  return made;
}

/** @throws Refusal 400 with form errors */
export function updateStaticRoute(
  core: MaasCore,
  before: StaticRoute,
  fields: Fields,
): StaticRoute {
  const changed = { ...routeOf(core, fields, before), id: before.id };
  core.network.staticRoutes.set(before.id, changed);
  return changed;
}

function routeOf(
  core: MaasCore,
  fields: Fields,
  before: StaticRoute | undefined,
): Omit<StaticRoute, 'id'> {
  const { network } = core;
  const subnet = (name: string, present: number | undefined): Subnet => {
    if (present !== undefined && fields.text(name) === '') return network.subnets.get(present)!;
    const [found] = network.subnetsBySpecifier(requiredField(fields, name));
    if (!found) throw fieldRefusal(name, NO_CHOICE, { wanted: fields.text(name) });
    return found;
  };
  const source = subnet('source', before?.sourceId);
  const destination = subnet('destination', before?.destinationId);
  const gatewayIp =
    before && fields.text('gateway_ip') === ''
      ? before.gatewayIp
      : requiredField(fields, 'gateway_ip').trim();
  const gateway = addressField(gatewayIp, 'gateway_ip')!;
  const metric = numberField(fields, 'metric') ?? before?.metric ?? 0;
  if (source.id === destination.id) {
    throw fieldRefusal('__all__', 'source and destination cannot be the same subnet.');
  }
  if (!inNetwork(parseCidr(source.cidr)!, gateway)) {
    throw fieldRefusal('gateway_ip', `Enter an IP address in ${source.cidr}.`, {
      wanted: gatewayIp,
    });
  }
  return { sourceId: source.id, destinationId: destination.id, gatewayIp, metric };
}

/** @throws Refusal 400 with form errors */
export function createReservedIp(core: MaasCore, fields: Fields): ReservedIp {
  const { network } = core;
  const ip = requiredField(fields, 'ip').trim();
  const number = addressField(ip, 'ip')!;
  const mac = requiredField(fields, 'mac_address');
  if (!isMac(mac)) {
    throw fieldRefusal('mac_address', `'${mac}' is not a valid MAC address.`, { wanted: mac });
  }
  const subnet = subnetField(core, fields, number);
  if (!inNetwork(parseCidr(subnet.cidr)!, number)) {
    throw fieldRefusal('ip', 'The provided IP is not part of the subnet.', { wanted: ip });
  }
  const range = network.dynamicRangeAt(subnet.id, ip);
  if (range) {
    throw fieldRefusal('ip', 'The reserved IP must not belong to a dynamic range.', { wanted: ip });
  }
  for (const other of network.reservedIps.values()) {
    if (other.ip === ip) {
      throw fieldRefusal('ip', 'Reserved IP with this IP address already exists.', { wanted: ip });
    }
    if (other.mac === normalMac(mac) && other.subnetId === subnet.id) {
      throw fieldRefusal(
        '__all__',
        'Reserved IP with this MAC address and Subnet already exists.',
        { wanted: mac },
      );
    }
  }
  const made: ReservedIp = {
    id: freshId(network.reservedIps),
    ip,
    mac: normalMac(mac),
    comment: fields.text('comment'),
    subnetId: subnet.id,
  };
  network.reservedIps.set(made.id, made);
  return made;
}

/** Only the comment can change. */
export function updateReservedIp(core: MaasCore, kept: ReservedIp, fields: Fields): ReservedIp {
  const changed = { ...kept, comment: fields.optional('comment') ?? kept.comment };
  core.network.reservedIps.set(kept.id, changed);
  return changed;
}

/** A row by the number in the path. @throws Refusal 404 */
export function rowOf<T>(table: ReadonlyMap<number, T>, text: string, model: string): T {
  const found = /^\d{1,9}$/.test(text) ? table.get(Number(text)) : undefined;
  if (found === undefined) throw notFound(model, text);
  return found;
}
