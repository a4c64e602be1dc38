/** Fabrics, VLANs and spaces (facts/maas-api 3.10). Everybody may read; only administrators change. */
import type { MaasCore } from '../../core/core.ts';
import {
  createFabric,
  createSpace,
  createVlanInFabric,
  deleteFabric,
  deleteSpace,
  deleteVlan,
  updateFabric,
  updateSpace,
  updateVlan,
  vlansOf,
} from '../../core/fabrics.ts';
import { rowOf } from '../../core/ip-ranges.ts';
import type { Fabric, Space, Vlan } from '../../core/objects.ts';
import { notFound, refusal } from '../../core/refusal.ts';
import {
  fabricObject,
  pseudoSpace,
  spaceObject,
  undefinedSpace,
  vlanObject,
} from '../render/network.ts';
import type { Action, Resource, UserCall } from '../routes.ts';
import { get, post, put, remove, resource } from './crud.ts';

function fabricOf({ core, path }: UserCall): Fabric {
  const text = path.fabric_id ?? path.id!;
  for (const fabric of core.network.fabrics.values()) {
    if (String(fabric.id) === text || fabric.name === text) return fabric;
  }
  throw notFound('Fabric', text);
}

function vlanInFabric(call: UserCall): Vlan {
  const { vid } = call.path;
  const wanted = vid === 'untagged' ? '0' : vid;
  const found = vlansOf(call.core, fabricOf(call)).find((vlan) => String(vlan.vid) === wanted);
  if (!found) throw notFound('VLAN', vid!);
  return found;
}

function vlanById({ core, path }: UserCall): Vlan {
  const vlan = /^\d{1,9}$/.test(path.id!) ? core.network.vlans.get(Number(path.id)) : undefined;
  if (vlan) return vlan;
  throw refusal('not-found', 'VLAN with specified ID does not exist.', { wanted: path.id! });
}

function vlanActions(find: (call: UserCall) => Vlan): Action[] {
  return [
    get('Read one VLAN.', (call) => vlanObject(call.core, find(call))),
    put('Change a VLAN.', (call) =>
      vlanObject(call.core, updateVlan(call.core, find(call), call.params)),
    ),
    remove('Remove a VLAN.', (call) => deleteVlan(call.core, find(call))),
  ];
}

/** The space of the path, which must be a real one. @throws Refusal 400 for `undefined`, 404 */
function realSpace({ core, path }: UserCall): Space {
  const id = core.network.spaceBySpecifier(path.id!);
  if (id !== null) return rowOf(core.network.spaces, String(id), 'Space');
  throw refusal('invalid', 'Space cannot be modified: undefined', { wanted: path.id! });
}

function spaces(core: MaasCore) {
  const pseudo = undefinedSpace(core);
  const real = [...core.network.spaces.values()].map((space) => spaceObject(core, space));
  return pseudo ? [...real, pseudo] : real;
}

export const networkResources: readonly Resource[] = [
  resource(
    'fabrics/',
    'FabricsHandler',
    get('List the fabrics.', ({ core }) =>
      [...core.network.fabrics.values()].map((fabric) => fabricObject(core, fabric)),
    ),
    post('Add a fabric.', ({ core, params }) => fabricObject(core, createFabric(core, params))),
  ),
  resource(
    'fabrics/{id}/',
    'FabricHandler',
    get('Read one fabric.', (call) => fabricObject(call.core, fabricOf(call))),
    put('Change a fabric.', (call) =>
      fabricObject(call.core, updateFabric(call.core, fabricOf(call), call.params)),
    ),
    remove('Remove a fabric.', (call) => deleteFabric(call.core, fabricOf(call))),
  ),
  resource(
    'fabrics/{fabric_id}/vlans/',
    'VlansHandler',
    get('List the VLANs of a fabric.', (call) =>
      vlansOf(call.core, fabricOf(call)).map((vlan) => vlanObject(call.core, vlan)),
    ),
    post('Add a VLAN.', (call) =>
      vlanObject(call.core, createVlanInFabric(call.core, fabricOf(call), call.params)),
    ),
  ),
  resource('fabrics/{fabric_id}/vlans/{vid}/', 'VlanHandler', ...vlanActions(vlanInFabric)),
  // The same handler under its other path; `describe/` publishes only the first.
  resource('vlans/{id}/', 'VlanHandler', ...vlanActions(vlanById)),
  resource(
    'spaces/',
    'SpacesHandler',
    get('List the spaces.', ({ core }) => spaces(core)),
    post('Add a space.', ({ core, params }) => spaceObject(core, createSpace(core, params))),
  ),
  resource(
    'spaces/{id}/',
    'SpaceHandler',
    get('Read one space.', ({ core, path }) => {
      const id = core.network.spaceBySpecifier(path.id!);
      return id === null ? pseudoSpace(core) : spaceObject(core, core.network.spaces.get(id)!);
    }),
    put('Change a space.', (call) =>
      spaceObject(call.core, updateSpace(call.core, realSpace(call), call.params)),
    ),
    remove('Remove a space.', (call) => deleteSpace(call.core, realSpace(call))),
  ),
];
