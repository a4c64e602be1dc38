/**
 * Fabrics, VLANs, subnets, spaces, ranges, routes and domains (facts/maas-api 3.10). Reading them is
 * what gomaasapi and Juju do; changing them by the API is not simulated yet, so a POST is 405.
 */
import type { MaasCore } from '../../core/core.ts';
import type { Domain, Vlan } from '../../core/objects.ts';
import { notFound, refusal } from '../../core/refusal.ts';
import { json } from '../answers.ts';
import {
  fabricObject,
  ipRangeObject,
  spaceObject,
  staticRouteObject,
  subnetObject,
  undefinedSpace,
  vlanObject,
} from '../render/network.ts';
import { domainObject } from '../render/shared.ts';
import type { Action, Resource, UserCall } from '../routes.ts';

function read(doc: string, value: (call: UserCall) => unknown): Action {
  return { method: 'GET', op: null, doc, run: (call) => json(value(call)) };
}

function resource(path: string, name: string, ...actions: Action[]): Resource {
  return { path, auth: { name, actions }, anon: null };
}

/** A row by the number in the path. @throws Refusal 404 */
function byId<T>(table: ReadonlyMap<number, T>, text: string, model: string): T {
  const found = /^\d{1,9}$/.test(text) ? table.get(Number(text)) : undefined;
  if (found === undefined) throw notFound(model, text);
  return found;
}

function vlanInFabric(core: MaasCore, fabricId: string, vid: string): Vlan {
  const fabric = byId(core.network.fabrics, fabricId, 'Fabric');
  for (const vlan of core.network.vlans.values()) {
    if (vlan.fabricId === fabric.id && String(vlan.vid) === vid) return vlan;
  }
  throw notFound('VLAN', vid);
}

function domainWithCount(core: MaasCore, domain: Domain) {
  const count = core.machines.filter(({ state }) => state.domainId === domain.id).length;
  return domainObject(domain, count);
}

function domainOf(core: MaasCore, text: string): Domain {
  for (const domain of core.domains.values()) {
    if (String(domain.id) === text || domain.name === text) return domain;
  }
  throw notFound('Domain', text);
}

export const networkResources: readonly Resource[] = [
  resource(
    'fabrics/',
    'FabricsHandler',
    read('List the fabrics.', ({ core }) =>
      [...core.network.fabrics.values()].map((fabric) => fabricObject(core, fabric)),
    ),
  ),
  resource(
    'fabrics/{id}/',
    'FabricHandler',
    read('Read one fabric.', ({ core, path }) =>
      fabricObject(core, byId(core.network.fabrics, path.id!, 'Fabric')),
    ),
  ),
  resource(
    'fabrics/{fabric_id}/vlans/',
    'VlansHandler',
    read('List the VLANs of a fabric.', ({ core, path }) => {
      const fabric = byId(core.network.fabrics, path.fabric_id!, 'Fabric');
      return [...core.network.vlans.values()]
        .filter((vlan) => vlan.fabricId === fabric.id)
        .map((vlan) => vlanObject(core, vlan));
    }),
  ),
  resource(
    'fabrics/{fabric_id}/vlans/{vid}/',
    'VlanHandler',
    read('Read one VLAN.', ({ core, path }) =>
      vlanObject(core, vlanInFabric(core, path.fabric_id!, path.vid!)),
    ),
  ),
  {
    // The same handler under its other path; `describe/` publishes only the first.
    path: 'vlans/{id}/',
    auth: {
      name: 'VlanHandler',
      actions: [
        read('Read one VLAN.', ({ core, path }) => {
          const vlan = /^\d{1,9}$/.test(path.id!)
            ? core.network.vlans.get(Number(path.id))
            : undefined;
          if (!vlan) {
            throw refusal('not-found', 'VLAN with specified ID does not exist.', {
              wanted: path.id!,
            });
          }
          return vlanObject(core, vlan);
        }),
      ],
    },
    anon: null,
  },
  resource(
    'subnets/',
    'SubnetsHandler',
    read('List the subnets.', ({ core }) =>
      [...core.network.subnets.values()].map((subnet) => subnetObject(core, subnet)),
    ),
  ),
  resource(
    'subnets/{id*}/',
    'SubnetHandler',
    read('Read one subnet.', ({ core, path }) =>
      subnetObject(core, core.network.subnetOfPath(path.id!)),
    ),
  ),
  resource(
    'spaces/',
    'SpacesHandler',
    read('List the spaces.', ({ core }) => {
      const pseudo = undefinedSpace(core);
      const spaces = [...core.network.spaces.values()].map((space) => spaceObject(core, space));
      return pseudo ? [...spaces, pseudo] : spaces;
    }),
  ),
  resource(
    'spaces/{id}/',
    'SpaceHandler',
    read('Read one space.', ({ core, path }) => {
      const id = core.network.spaceBySpecifier(path.id!);
      if (id !== null) return spaceObject(core, core.network.spaces.get(id)!);
      return (
        undefinedSpace(core) ?? {
          id: -1,
          name: 'undefined',
          vlans: [],
          subnets: [],
          resource_uri: '/MAAS/api/2.0/spaces/undefined/',
        }
      );
    }),
  ),
  resource(
    'ipranges/',
    'IPRangesHandler',
    read('List the IP ranges.', ({ core }) =>
      [...core.network.ipRanges.values()].map((range) => ipRangeObject(core, range)),
    ),
  ),
  resource(
    'ipranges/{id}/',
    'IPRangeHandler',
    read('Read one IP range.', ({ core, path }) =>
      ipRangeObject(core, byId(core.network.ipRanges, path.id!, 'IPRange')),
    ),
  ),
  resource(
    'static-routes/',
    'StaticRoutesHandler',
    read('List the static routes.', ({ core }) =>
      [...core.network.staticRoutes.values()].map((route) => staticRouteObject(core, route)),
    ),
  ),
  resource(
    'static-routes/{id}/',
    'StaticRouteHandler',
    read('Read one static route.', ({ core, path }) =>
      staticRouteObject(core, byId(core.network.staticRoutes, path.id!, 'StaticRoute')),
    ),
  ),
  resource(
    'domains/',
    'DomainsHandler',
    read('List the DNS domains.', ({ core }) =>
      [...core.domains.values()].map((domain) => domainWithCount(core, domain)),
    ),
  ),
  resource(
    'domains/{id}/',
    'DomainHandler',
    read('Read one DNS domain.', ({ core, path }) =>
      domainWithCount(core, domainOf(core, path.id!)),
    ),
  ),
];
