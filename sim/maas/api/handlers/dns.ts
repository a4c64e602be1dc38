/** Addresses of users, DNS domains, names and records (facts/maas-api 3.10). */
import {
  ALLOCATION,
  listedAddresses,
  releaseAddress,
  reserveAddress,
} from '../../core/addresses.ts';
import type { MaasCore } from '../../core/core.ts';
import {
  automaticNames,
  createDnsRecord,
  createDnsResource,
  createDomain,
  deleteDomain,
  domainOf,
  filterOf,
  makeDefault,
  matches,
  recordCount,
  removeDnsRecord,
  removeDnsResource,
  setSerial,
  updateDnsRecord,
  updateDnsResource,
  updateDomain,
  wantsAll,
} from '../../core/dns.ts';
import { rowOf } from '../../core/ip-ranges.ts';
import type { Domain } from '../../core/objects.ts';
import { DELETED } from '../answers.ts';
import { ipAddressObject } from '../render/addresses.ts';
import { automaticRow, dnsRecordObject, dnsResourceObject, hasType } from '../render/dns.ts';
import { domainObject } from '../render/shared.ts';
import type { Resource, UserCall } from '../routes.ts';
import { get, post, put, remove, resource } from './crud.ts';

function shown(core: MaasCore, domain: Domain) {
  return domainObject(core, domain, recordCount(core, domain));
}

const nameOf = ({ core, path }: UserCall) => rowOf(core.dns.resources, path.id!, 'DNSResource');
const recordOf = ({ core, path }: UserCall) => rowOf(core.dns.records, path.id!, 'DNSData');

function listNames({ core, params }: UserCall) {
  const filter = filterOf(params);
  const own = [...core.dns.resources.values()]
    .filter((one) => matches(core, filter, one.name, one.domainId) && hasType(core, filter, one))
    .map((one) => dnsResourceObject(core, one, filter.rrtype));
  const automatic =
    wantsAll(params) && (filter.rrtype === '' || filter.rrtype === 'A')
      ? automaticNames(core)
          .filter(({ name, domainId }) => matches(core, filter, name, domainId))
          .map((name) => automaticRow(core, name))
      : [];
  return [...own, ...automatic];
}

function listRecords({ core, params }: UserCall) {
  const filter = filterOf(params);
  return [...core.dns.records.values()]
    .filter((record) => {
      const of = core.dns.resources.get(record.resourceId)!;
      const ofType = filter.rrtype === '' || record.rrtype === filter.rrtype;
      return ofType && matches(core, filter, of.name, of.domainId);
    })
    .map((record) => dnsRecordObject(core, record));
}

export const dnsResources: readonly Resource[] = [
  resource(
    'ipaddresses/',
    'IPAddressesHandler',
    get('List addresses.', ({ core, user, params }) =>
      listedAddresses(core, user, params).map((row) => ipAddressObject(core, row)),
    ),
    post(
      'Take an address.',
      ({ core, user, params }) =>
        ipAddressObject(core, { ...reserveAddress(core, user, params), type: ALLOCATION.user }),
      { op: 'reserve', admin: false },
    ),
    {
      method: 'POST',
      op: 'release',
      doc: 'Give an address back.',
      run: ({ core, user, params }) => {
        releaseAddress(core, user, params, params.mandatory('ip'));
        return DELETED;
      },
    },
  ),
  resource(
    'domains/',
    'DomainsHandler',
    get('List the DNS domains.', ({ core }) =>
      [...core.domains.values()].map((domain) => shown(core, domain)),
    ),
    post('Add a DNS domain.', ({ core, params }) => shown(core, createDomain(core, params))),
    post(
      'Set the serial of the zones.',
      ({ core, params }) => {
        setSerial(core, params);
        return null;
      },
      { op: 'set_serial' },
    ),
  ),
  resource(
    'domains/{id}/',
    'DomainHandler',
    get('Read one DNS domain.', ({ core, path }) => shown(core, domainOf(core, path.id!))),
    put('Change a DNS domain.', ({ core, path, params }) =>
      shown(core, updateDomain(core, domainOf(core, path.id!), params)),
    ),
    remove('Remove a DNS domain.', ({ core, path }) =>
      deleteDomain(core, domainOf(core, path.id!)),
    ),
    post(
      'Make it the default one.',
      ({ core, path }) => {
        const domain = domainOf(core, path.id!);
        makeDefault(core, domain);
        return shown(core, domain);
      },
      { op: 'set_default' },
    ),
  ),
  resource(
    'dnsresources/',
    'DNSResourcesHandler',
    get('List names.', listNames),
    post('Add a name.', ({ core, user, params }) =>
      dnsResourceObject(core, createDnsResource(core, user, params)),
    ),
  ),
  resource(
    'dnsresources/{id}/',
    'DNSResourceHandler',
    get('Read one name.', (call) => dnsResourceObject(call.core, nameOf(call))),
    put('Change a name.', (call) =>
      dnsResourceObject(
        call.core,
        updateDnsResource(call.core, call.user, nameOf(call), call.params),
      ),
    ),
    remove('Remove a name.', (call) => removeDnsResource(call.core, nameOf(call))),
  ),
  resource(
    'dnsresourcerecords/',
    'DNSResourceRecordsHandler',
    get('List records.', listRecords),
    post('Add a record.', ({ core, params }) =>
      dnsRecordObject(core, createDnsRecord(core, params)),
    ),
  ),
  resource(
    'dnsresourcerecords/{id}/',
    'DNSResourceRecordHandler',
    get('Read one record.', (call) => dnsRecordObject(call.core, recordOf(call))),
    put('Change a record.', (call) =>
      dnsRecordObject(call.core, updateDnsRecord(call.core, recordOf(call), call.params)),
    ),
    remove('Remove a record.', (call) => removeDnsRecord(call.core, recordOf(call))),
  ),
];
