/** Addresses as rows (facts/maas-api 3.10, 6.7). */
import { type AddressRow, addressRows, nodeSummary } from '../../core/addresses.ts';
import type { MaasCore } from '../../core/core.ts';
import { interfacesOf, systemIdOf } from '../../core/interfaces.ts';
import type { Subnet } from '../../core/objects.ts';
import { API_ROOT } from '../routes.ts';
import { interfaceObject, subnetObject } from './network.ts';
import { isoDate, userObject } from './shared.ts';

const TYPE_NAMES: Readonly<Record<number, string>> = {
  0: 'Automatic',
  1: 'Static',
  4: 'User reserved',
  5: 'DHCP',
  6: 'Observed',
};

export function ipAddressObject(core: MaasCore, row: AddressRow) {
  const subnet = row.subnetId === null ? undefined : core.network.subnets.get(row.subnetId);
  const owner = row.owner === null ? undefined : core.accounts.users.get(row.owner);
  return {
    alloc_type: row.type,
    alloc_type_name: TYPE_NAMES[row.type] ?? '',
    created: isoDate(core, row.createdMs),
    ip: row.ip,
    subnet: subnet ? subnetObject(core, subnet) : null,
    interface_set: row.on
      ? [interfaceObject(core, systemIdOf(row.on.node), row.on.iface, interfacesOf(row.on.node))]
      : [],
    owner: owner ? userObject(owner) : null,
    resource_uri: `${API_ROOT}ipaddresses/`,
  };
}

/** What a subnet's `ip_addresses` answers; what is not wanted is left out. */
export function subnetAddresses(
  core: MaasCore,
  subnet: Subnet,
  want: { readonly username: boolean; readonly summary: boolean; readonly node: boolean },
) {
  return addressRows(core, subnet).map((row) => {
    const date = shortDate(core, row.createdMs);
    const summary = want.summary && want.node ? nodeSummary(row, core) : undefined;
    return {
      ip: row.ip,
      alloc_type: row.type,
      created: date,
      updated: date,
      ...(want.username && row.owner !== null ? { user: row.owner } : {}),
      ...(summary ? { node_summary: summary } : {}),
    };
  });
}

/** `Fri, 07 Dec. 2018 20:11:08` (facts/maas-api 8.2). */
function shortDate(core: MaasCore, ms: number): string {
  const text = core.dateAt(ms).toUTCString();
  return text.replace(/^(\w+, \d+ \w+) (.*) GMT$/, '$1. $2');
}
