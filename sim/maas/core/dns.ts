/**
 * DNS as the API shows it: domains, names with addresses, and other records (facts/maas-api 3.10, 6.7).
 * Machines and devices have names without rows here; they show when everything is asked for.
 */
import type { MaasCore } from './core.ts';
import { nodes } from './fabrics.ts';
import { type Fields, formFlag } from './fields.ts';
import { listField, NO_CHOICE, numberField, requiredField, strictFlag } from './form-fields.ts';
import { freshId } from './fresh-id.ts';
import { interfacesOf } from './interfaces.ts';
import { inNetwork, parseCidr, parseIp } from './ip.ts';
import type { Domain, User } from './objects.ts';
import { fieldRefusal, notFound, refusal } from './refusal.ts';

export interface DnsResource {
  readonly id: number;
  readonly name: string;
  readonly domainId: number;
  readonly addressTtl: number | null;
  readonly ips: readonly string[];
}

export interface DnsRecord {
  readonly id: number;
  readonly resourceId: number;
  readonly rrtype: string;
  readonly rrdata: string;
  readonly ttl: number | null;
}

export class Dns {
  readonly resources = new Map<number, DnsResource>();
  readonly records = new Map<number, DnsRecord>();
  /** The serial of the zones. */
  serial = 1;
  defaultDomainId = 0;

  tables(): Iterable<unknown>[] {
    return [this.resources, this.records, [this.serial, this.defaultDomainId]];
  }

  recordsOf({ id }: DnsResource): DnsRecord[] {
    return [...this.records.values()].filter(({ resourceId }) => resourceId === id);
  }
}

const RECORD_TYPES = ['CNAME', 'MX', 'NS', 'SRV', 'SSHFP', 'TXT'];
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** By id or name. @throws Refusal 404 */
export function domainOf(core: MaasCore, text: string): Domain {
  for (const domain of core.domains.values()) {
    if (String(domain.id) === text || domain.name === text) return domain;
  }
  throw notFound('Domain', text);
}

/** How many records a domain has: its machines and devices, and what was added by hand. */
export function recordCount(core: MaasCore, { id }: Domain): number {
  const hosts = nodes(core).filter((node) => stateOf(node).domainId === id).length;
  const own = [...core.dns.resources.values()].filter(({ domainId }) => domainId === id);
  return own.reduce((sum, one) => sum + one.ips.length + core.dns.recordsOf(one).length, hosts);
}

/** @throws Refusal 400 */
export function createDomain(core: MaasCore, fields: Fields): Domain {
  const domain: Domain = {
    id: freshId(core.domains, 0),
    name: domainName(core, requiredField(fields, 'name'), undefined),
    authoritative: strictFlag(fields, 'authoritative') ?? true,
    ttl: ttlField(fields, 'ttl') ?? null,
  };
  core.domains.set(domain.id, domain);
  return domain;
}

/** @throws Refusal 400 */
export function updateDomain(core: MaasCore, domain: Domain, fields: Fields): Domain {
  const ttl = ttlField(fields, 'ttl');
  const changed: Domain = {
    ...domain,
    name: domainName(core, fields.text('name') || domain.name, domain.id),
    authoritative: strictFlag(fields, 'authoritative') ?? domain.authoritative,
    ttl: ttl === undefined ? domain.ttl : ttl,
  };
  core.domains.set(domain.id, changed);
  core.catalogueRevision++;
  return changed;
}

/** Removes a domain; machines in it move to the default one. @throws Refusal 400 */
export function deleteDomain(core: MaasCore, domain: Domain): void {
  const { dns } = core;
  if (domain.id === dns.defaultDomainId) {
    throw refusal('invalid', 'This domain is the default domain, it cannot be deleted.');
  }
  const own = [...dns.resources.values()].filter(({ domainId }) => domainId === domain.id);
  for (const one of own) removeDnsResource(core, one);
  for (const node of nodes(core)) {
    if (stateOf(node).domainId !== domain.id) continue;
    const moved = { domainId: dns.defaultDomainId };
    if (node.kind === 'machine') core.change(node.machine, moved);
    else core.changeDevice(node.device, moved);
  }
  core.domains.delete(domain.id);
  core.catalogueRevision++;
}

/** Makes it the domain of machines that are added without one. */
export function makeDefault(core: MaasCore, domain: Domain): void {
  core.dns.defaultDomainId = domain.id;
  core.catalogueRevision++;
}

/** @throws Refusal 400 */
export function setSerial(core: MaasCore, fields: Fields): void {
  if (fields.text('serial') === '') throw fieldRefusal('serial', 'Missing parameter');
  core.dns.serial = numberField(fields, 'serial', { min: 1, max: 2 ** 32 - 1 })!;
}

function domainName(core: MaasCore, name: string, self: number | undefined): string {
  const labels = name.split('.');
  if (name.length > 253 || labels.some((label) => !LABEL.test(label) || label.includes('_'))) {
    throw fieldRefusal('name', 'Enter a valid value.', { wanted: name });
  }
  for (const other of core.domains.values()) {
    if (other.name === name && other.id !== self) {
      throw fieldRefusal('name', 'Domain with this Name already exists.', { wanted: name });
    }
  }
  return name;
}

/** Null when the field is empty: no time of its own. */
function ttlField(fields: Fields, name: string): number | null | undefined {
  if (!fields.has(name)) return undefined;
  // Some clients send 0 for "none" (gomaasclient sends it always).
  return numberField(fields, name, { min: 0, max: 604800 }) ?? null;
}

export interface Filter {
  readonly fqdn: string;
  readonly domain: string;
  readonly name: string;
  readonly rrtype: string;
}

export function filterOf(fields: Fields): Filter {
  const lower = (name: string) => fields.text(name).toLowerCase();
  return {
    fqdn: lower('fqdn'),
    domain: lower('domain'),
    name: lower('name'),
    rrtype: fields.text('rrtype').toUpperCase(),
  };
}

/** Whether a name is one of those asked for. @throws Refusal 404 for a domain there is not */
export function matches(core: MaasCore, filter: Filter, name: string, domainId: number): boolean {
  if (filter.domain !== '' && domainOf(core, filter.domain).id !== domainId) return false;
  if (filter.name !== '' && filter.name !== name.toLowerCase()) return false;
  return filter.fqdn === '' || filter.fqdn === fqdnOf(core, { name, domainId }).toLowerCase();
}

export function fqdnOf(
  core: MaasCore,
  { name, domainId }: { readonly name: string; readonly domainId: number },
): string {
  const domain = core.domains.get(domainId)?.name ?? 'maas';
  return name === '@' ? domain : `${name}.${domain}`;
}

/** Names that machines and devices have by themselves. */
export function automaticNames(core: MaasCore) {
  return nodes(core).map((node) => {
    const state = stateOf(node);
    const ips = interfacesOf(node).flatMap(({ links }) =>
      links.flatMap(({ ip }) => (ip === null ? [] : [ip])),
    );
    const systemId = node.kind === 'machine' ? node.machine.systemId : node.device.systemId;
    return {
      name: state.hostname,
      domainId: state.domainId,
      ips,
      systemId,
      nodeType: node.kind === 'machine' ? 0 : 1,
    };
  });
}

/** @throws Refusal 400 */
export function createDnsResource(core: MaasCore, user: User, fields: Fields): DnsResource {
  const { name, domain } = whichName(core, fields, undefined);
  const ips = addressesField(core, fields) ?? [];
  if (ips.length === 0) {
    throw fieldRefusal('ip_addresses', 'IP addresses are required.', { wanted: 'an address' });
  }
  checkUnique(core, name, domain, undefined);
  const made: DnsResource = {
    id: freshId(core.dns.resources),
    name,
    domainId: domain.id,
    addressTtl: ttlField(fields, 'address_ttl') ?? null,
    ips,
  };
  reserveMissing(core, user, ips);
  core.dns.resources.set(made.id, made);
  return made;
}

/** @throws Refusal 400 */
export function updateDnsResource(
  core: MaasCore,
  user: User,
  before: DnsResource,
  fields: Fields,
): DnsResource {
  const { name, domain } = whichName(core, fields, before);
  checkUnique(core, name, domain, before.id);
  const ips = addressesField(core, fields) ?? before.ips;
  const ttl = ttlField(fields, 'address_ttl');
  const changed: DnsResource = {
    ...before,
    name,
    domainId: domain.id,
    ips,
    addressTtl: ttl === undefined ? before.addressTtl : ttl,
  };
  releaseUnused(core, before, ips);
  reserveMissing(core, user, ips);
  core.dns.resources.set(before.id, changed);
  return changed;
}

/** Removes a name with its records and the addresses that were reserved for it. */
export function removeDnsResource(core: MaasCore, one: DnsResource): void {
  for (const record of core.dns.recordsOf(one)) core.dns.records.delete(record.id);
  releaseUnused(core, one, []);
  core.dns.resources.delete(one.id);
}

function whichName(core: MaasCore, fields: Fields, before: DnsResource | undefined) {
  const fqdn = fields.text('fqdn');
  let name = fields.text('name') || (before?.name ?? '');
  let domain = before && core.domains.get(before.domainId);
  if (fields.text('domain') !== '') {
    const text = fields.text('domain');
    domain = [...core.domains.values()].find((d) => String(d.id) === text || d.name === text);
    if (!domain) throw fieldRefusal('domain', NO_CHOICE, { wanted: text });
  }
  if (fqdn !== '') {
    // The longest domain that the name ends in.
    const fitting = [...core.domains.values()]
      .filter((one) => fqdn === one.name || fqdn.endsWith(`.${one.name}`))
      .sort((a, b) => b.name.length - a.name.length)[0];
    domain = fitting;
    name = fitting && fqdn !== fitting.name ? fqdn.slice(0, -fitting.name.length - 1) : '@';
  }
  if (!domain || name === '') {
    throw refusal('invalid', 'Either name and domain (or fqdn) must be specified', {
      wanted: fqdn || name,
    });
  }
  const srv = /^_[a-z0-9-]+\._(tcp|udp)(\..+)?$/i.test(name);
  const labels = name.split('.');
  const wild = labels[0] === '*' ? labels.slice(1) : labels;
  if (name !== '@' && !srv && wild.some((label) => !LABEL.test(label))) {
    throw fieldRefusal('name', `Invalid dnsresource name: ${name}.`, { wanted: name });
  }
  return { name, domain };
}

function checkUnique(core: MaasCore, name: string, domain: Domain, self?: number): void {
  for (const other of core.dns.resources.values()) {
    if (other.id !== self && other.name === name && other.domainId === domain.id) {
      throw fieldRefusal('__all__', 'Labels must be unique within their zone.', { wanted: name });
    }
  }
}

function addressesField(core: MaasCore, fields: Fields): string[] | undefined {
  if (!fields.has('ip_addresses')) return undefined;
  const rows = [...core.network.userAddresses.values()];
  return listField(fields, 'ip_addresses').map((text) => {
    const known = rows.find(({ id }) => String(id) === text)?.ip ?? text;
    if (parseIp(known) === undefined) {
      throw fieldRefusal('ip_addresses', 'Enter a valid IPv4 or IPv6 address.', { wanted: text });
    }
    return known;
  });
}

/** Addresses that nobody has yet are reserved for the caller (facts/maas-api 3.10). */
function reserveMissing(core: MaasCore, user: User, ips: readonly string[]): void {
  for (const ip of ips) {
    if (core.network.isTaken(ip)) continue;
    const subnet = [...core.network.subnets.values()].find(({ cidr }) =>
      inNetwork(parseCidr(cidr)!, parseIp(ip)!),
    );
    if (!subnet) continue;
    core.network.reserveAddress({
      ip,
      subnetId: subnet.id,
      owner: user.username,
      hostname: '',
      mac: null,
      createdMs: core.clock.nowMs(),
    });
  }
}

function releaseUnused(core: MaasCore, one: DnsResource, kept: readonly string[]): void {
  for (const ip of one.ips) {
    const address = core.network.userAddresses.get(ip);
    const others = [...core.dns.resources.values()].some(
      ({ id, ips }) => id !== one.id && ips.includes(ip),
    );
    if (address && address.hostname === '' && !others && !kept.includes(ip)) {
      core.network.releaseAddress(address);
    }
  }
}

/** Adds a record, and the name when there is none. @throws Refusal 400 */
export function createDnsRecord(core: MaasCore, fields: Fields): DnsRecord {
  const rrtype = fields.text('rrtype');
  const rrdata = fields.text('rrdata');
  if (rrtype === '') throw refusal('invalid', 'rrtype must be provided.');
  if (rrdata === '') throw refusal('invalid', 'rrdata must be provided.');
  const { name, domain } = whichName(core, fields, undefined);
  const data = recordData(rrtype, rrdata);
  const ttl = ttlField(fields, 'ttl') ?? null;
  let of = [...core.dns.resources.values()].find(
    (one) => one.name === name && one.domainId === domain.id,
  );
  if (of) checkTogether(core, of, data.rrtype, undefined);
  if (!of) {
    const id = freshId(core.dns.resources);
    of = { id, name, domainId: domain.id, addressTtl: null, ips: [] };
    core.dns.resources.set(id, of);
  }
  const record: DnsRecord = { id: freshId(core.dns.records), resourceId: of.id, ...data, ttl };
  core.dns.records.set(record.id, record);
  return record;
}

/** @throws Refusal 400 */
export function updateDnsRecord(core: MaasCore, before: DnsRecord, fields: Fields): DnsRecord {
  const data = recordData(
    fields.text('rrtype') || before.rrtype,
    fields.text('rrdata') || before.rrdata,
  );
  const of = core.dns.resources.get(before.resourceId)!;
  checkTogether(core, of, data.rrtype, before.id);
  const ttl = ttlField(fields, 'ttl');
  const changed = { ...before, ...data, ttl: ttl === undefined ? before.ttl : ttl };
  core.dns.records.set(before.id, changed);
  return changed;
}

/** Removes a record, and its name when nothing else is known of it. */
export function removeDnsRecord(core: MaasCore, record: DnsRecord): void {
  core.dns.records.delete(record.id);
  const of = core.dns.resources.get(record.resourceId);
  if (of && of.ips.length === 0 && core.dns.recordsOf(of).length === 0) {
    core.dns.resources.delete(of.id);
  }
}

function recordData(rrtype: string, rrdata: string) {
  const type = rrtype.toUpperCase();
  if (!RECORD_TYPES.includes(type)) {
    throw fieldRefusal('rrtype', `${rrtype} is not one of ${RECORD_TYPES.join(' ')}.`, {
      wanted: rrtype,
      found: RECORD_TYPES,
    });
  }
  const wrong =
    (type === 'MX' && !/^\d{1,5}\s+\S+$/.test(rrdata) && 'Invalid MX record.') ||
    (type === 'SRV' &&
      !/^\d{1,5}\s+\d{1,5}\s+\d{1,5}\s+\S+$/.test(rrdata) &&
      'Invalid SRV record.');
  if (wrong) throw fieldRefusal('__all__', wrong, { wanted: rrdata });
  return { rrtype: type, rrdata };
}

/** A CNAME stands alone. */
function checkTogether(
  core: MaasCore,
  of: DnsResource,
  rrtype: string,
  self: number | undefined,
): void {
  const others = core.dns.recordsOf(of).filter(({ id }) => id !== self);
  const alias = rrtype === 'CNAME' || others.some((other) => other.rrtype === 'CNAME');
  if (alias && (others.length > 0 || of.ips.length > 0)) {
    throw fieldRefusal(
      '__all__',
      'CNAME records for a name cannot coexist with non-CNAME records.',
      { wanted: rrtype },
    );
  }
}

function stateOf(node: ReturnType<typeof nodes>[number]) {
  return node.kind === 'machine' ? node.machine.state : node.device.state;
}

/** Whether a list shows automatic rows as well. */
export function wantsAll(fields: Fields): boolean {
  return formFlag(fields, 'all', false);
}
