/** DNS objects (facts/maas-api 6.7). */
import type { MaasCore } from '../../core/core.ts';
import {
  type automaticNames,
  type DnsRecord,
  type DnsResource,
  type Filter,
  fqdnOf,
} from '../../core/dns.ts';
import { API_ROOT } from '../routes.ts';
import { subnetObject } from './network.ts';
import { isoDate } from './shared.ts';

export function dnsRecordObject(core: MaasCore, record: DnsRecord) {
  return {
    id: record.id,
    ttl: record.ttl,
    rrtype: record.rrtype,
    rrdata: record.rrdata,
    fqdn: fqdnOf(core, core.dns.resources.get(record.resourceId)!),
    resource_uri: `${API_ROOT}dnsresourcerecords/${record.id}/`,
  };
}

export function dnsResourceObject(core: MaasCore, resource: DnsResource, rrtype = '') {
  return {
    id: resource.id,
    fqdn: fqdnOf(core, resource),
    address_ttl: resource.addressTtl,
    ip_addresses: resource.ips.map((ip) => addressRow(core, ip)),
    resource_records: core.dns
      .recordsOf(resource)
      .filter((record) => rrtype === '' || record.rrtype === rrtype)
      .map((record) => dnsRecordObject(core, record)),
    resource_uri: `${API_ROOT}dnsresources/${resource.id}/`,
  };
}

function addressRow(core: MaasCore, ip: string) {
  const row = core.network.userAddresses.get(ip);
  const subnet = row && core.network.subnets.get(row.subnetId);
  const date = isoDate(core, row?.createdMs ?? 0);
  return {
    id: row?.id ?? core.network.linkAt(ip) ?? null,
    ip,
    alloc_type: row ? 4 : 1,
    created: date,
    updated: date,
    subnet: subnet ? subnetObject(core, subnet) : null,
    lease_time: 0,
    temp_expires_on: null,
  };
}

/** The row of a name that nobody added by hand; only shown when everything is asked for. */
export function automaticRow(core: MaasCore, name: ReturnType<typeof automaticNames>[number]) {
  return {
    id: -1,
    fqdn: fqdnOf(core, name),
    address_ttl: null,
    ip_addresses: null,
    resource_records: name.ips.map((ip) => ({
      ttl: null,
      rrtype: 'A',
      rrdata: ip,
      system_id: name.systemId,
      node_type: name.nodeType,
      user_id: null,
      dnsdata_id: null,
      dnsresource_id: null,
    })),
    resource_uri: `${API_ROOT}dnsresources/-1/`,
  };
}

/** Whether a row has something of the type that is asked for. */
export function hasType(core: MaasCore, { rrtype }: Filter, resource: DnsResource): boolean {
  if (rrtype === '' || (rrtype === 'A' && resource.ips.length > 0)) return true;
  return core.dns.recordsOf(resource).some((record) => record.rrtype === rrtype);
}
