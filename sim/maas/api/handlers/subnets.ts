/** Subnets, their ranges and routes, and addresses kept for a MAC address (facts/maas-api 3.10). */
import {
  createIpRange,
  createReservedIp,
  createStaticRoute,
  deleteIpRange,
  rowOf,
  updateIpRange,
  updateReservedIp,
  updateStaticRoute,
} from '../../core/ip-ranges.ts';
import type { Subnet } from '../../core/objects.ts';
import { refusal } from '../../core/refusal.ts';
import { reservedRanges, statistics, unreservedRanges } from '../../core/subnet-usage.ts';
import { createSubnet, deleteSubnet, updateSubnet } from '../../core/subnets.ts';
import { subnetAddresses } from '../render/addresses.ts';
import {
  ipRangeObject,
  reservedIpObject,
  staticRouteObject,
  subnetObject,
} from '../render/network.ts';
import { type Action, API_ROOT, type Resource, type UserCall } from '../routes.ts';
import { get, post, put, remove, resource } from './crud.ts';

const subnetOf = ({ core, path }: UserCall): Subnet => core.network.subnetOfPath(path.id!);

const rangeOf = ({ core, path }: UserCall) => rowOf(core.network.ipRanges, path.id!, 'IPRange');

const routeOf = ({ core, path }: UserCall) =>
  rowOf(core.network.staticRoutes, path.id!, 'StaticRoute');

const keptOf = ({ core, path }: UserCall) =>
  rowOf(core.network.reservedIps, path.id!, 'ReservedIP');

/** The action, or what an older release says of a path that it does not have. */
function sinceReservedIps(action: Action): Action {
  return {
    ...action,
    run: (call) => {
      if (call.core.features.reservedIps) return action.run(call);
      const path = `${API_ROOT}reservedips/${call.path.id === undefined ? '' : `${call.path.id}/`}`;
      throw refusal('not-found', `Unknown API endpoint: ${path}.`, { wanted: path });
    },
  };
}

export const subnetResources: readonly Resource[] = [
  resource(
    'subnets/',
    'SubnetsHandler',
    get('List the subnets.', ({ core }) =>
      [...core.network.subnets.values()].map((subnet) => subnetObject(core, subnet)),
    ),
    post('Add a subnet.', ({ core, params }) => subnetObject(core, createSubnet(core, params))),
  ),
  resource(
    'subnets/{id*}/',
    'SubnetHandler',
    get('Read one subnet.', (call) => subnetObject(call.core, subnetOf(call))),
    put('Change a subnet.', (call) =>
      subnetObject(call.core, updateSubnet(call.core, subnetOf(call), call.params)),
    ),
    remove('Remove a subnet.', (call) =>
      deleteSubnet(call.core, subnetOf(call), call.params.flag('force')),
    ),
    get(
      'Ranges of addresses that are used or kept.',
      (call) => reservedRanges(call.core.network, subnetOf(call)),
      'reserved_ip_ranges',
    ),
    get(
      'Ranges of addresses that are free.',
      (call) => unreservedRanges(call.core.network, subnetOf(call)),
      'unreserved_ip_ranges',
    ),
    get(
      'How much of it is used.',
      (call) =>
        statistics(call.core.network, subnetOf(call), {
          ranges: call.params.flag('include_ranges'),
          suggestions: call.params.flag('include_suggestions'),
        }),
      'statistics',
    ),
    get(
      'Who has which address.',
      (call) =>
        subnetAddresses(call.core, subnetOf(call), {
          username: call.params.flag('with_username', true),
          summary: call.params.flag('with_summary', true),
          node: call.params.flag('with_node_summary', true),
        }),
      'ip_addresses',
    ),
  ),
  resource(
    'ipranges/',
    'IPRangesHandler',
    get('List the IP ranges.', ({ core }) =>
      [...core.network.ipRanges.values()].map((range) => ipRangeObject(core, range)),
    ),
    post(
      'Add an IP range.',
      ({ core, user, params }) => ipRangeObject(core, createIpRange(core, user, params)),
      { admin: false },
    ),
  ),
  resource(
    'ipranges/{id}/',
    'IPRangeHandler',
    get('Read one IP range.', (call) => ipRangeObject(call.core, rangeOf(call))),
    put(
      'Change an IP range.',
      (call) =>
        ipRangeObject(call.core, updateIpRange(call.core, call.user, rangeOf(call), call.params)),
      { admin: false },
    ),
    remove('Remove an IP range.', (call) => deleteIpRange(call.core, call.user, rangeOf(call)), {
      admin: false,
    }),
  ),
  resource(
    'static-routes/',
    'StaticRoutesHandler',
    get('List the static routes.', ({ core }) =>
      [...core.network.staticRoutes.values()].map((route) => staticRouteObject(core, route)),
    ),
    post('Add a static route.', ({ core, params }) =>
      staticRouteObject(core, createStaticRoute(core, params)),
    ),
  ),
  resource(
    'static-routes/{id}/',
    'StaticRouteHandler',
    get('Read one static route.', (call) => staticRouteObject(call.core, routeOf(call))),
    put('Change a static route.', (call) =>
      staticRouteObject(call.core, updateStaticRoute(call.core, routeOf(call), call.params)),
    ),
    remove('Remove a static route.', (call) => {
      call.core.network.staticRoutes.delete(routeOf(call).id);
    }),
  ),
  resource(
    'reservedips/',
    'ReservedIpsHandler',
    sinceReservedIps(
      get('List the reserved addresses.', ({ core }) =>
        [...core.network.reservedIps.values()].map((kept) => reservedIpObject(core, kept)),
      ),
    ),
    sinceReservedIps(
      post('Reserve an address.', ({ core, params }) =>
        reservedIpObject(core, createReservedIp(core, params)),
      ),
    ),
  ),
  resource(
    'reservedips/{id}/',
    'ReservedIpHandler',
    sinceReservedIps(
      get('Read one reserved address.', (call) => reservedIpObject(call.core, keptOf(call))),
    ),
    sinceReservedIps(
      put('Change the comment.', (call) =>
        reservedIpObject(call.core, updateReservedIp(call.core, keptOf(call), call.params)),
      ),
    ),
    sinceReservedIps(
      remove('Give it up.', (call) => {
        call.core.network.reservedIps.delete(keptOf(call).id);
      }),
    ),
  ),
];
