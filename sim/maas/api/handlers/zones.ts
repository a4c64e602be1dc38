/** Zones and resource pools: where machines stand and who they are kept for (facts/maas-api 3.9). */
import type { MaasCore } from '../../core/core.ts';
import type { Pool, Zone } from '../../core/objects.ts';
import { fieldRefusal, notFound, refusal } from '../../core/refusal.ts';
import { DELETED, json } from '../answers.ts';
import { poolObject, zoneObject } from '../render/shared.ts';
import type { Action, Resource, UserCall } from '../routes.ts';

const GENERIC_NAME = /^\w[ \w-]*$/;

/** Zones and pools differ in words and in how a path names one; the rest is the same. */
interface Kind<T extends Zone | Pool> {
  readonly model: string;
  /** As in "<label> with this Name already exists." */
  readonly label: string;
  readonly table: (core: MaasCore) => Map<number, T>;
  readonly find: (core: MaasCore, path: UserCall['path']) => T | undefined;
  readonly object: (item: T) => unknown;
  /** The field of a machine that refers to one. */
  readonly field: 'zoneId' | 'poolId';
  readonly defaultId: number;
  readonly undeletable: string;
}

const ZONES: Kind<Zone> = {
  model: 'Zone',
  label: 'Physical zone',
  table: (core) => core.zones,
  find: (core, path) => [...core.zones.values()].find((zone) => zone.name === path.name),
  object: zoneObject,
  field: 'zoneId',
  defaultId: 1,
  undeletable: 'This zone is the default zone, it cannot be deleted.',
};

const POOLS: Kind<Pool> = {
  model: 'ResourcePool',
  label: 'Resource pool',
  table: (core) => core.pools,
  find: (core, path) =>
    [...core.pools.values()].find((pool) => String(pool.id) === path.id || pool.name === path.id),
  object: poolObject,
  field: 'poolId',
  defaultId: 0,
  undeletable: 'This is the default pool, it cannot be deleted.',
};

function collection<T extends Zone | Pool>(kind: Kind<T>): Action[] {
  return [
    {
      method: 'GET',
      op: null,
      doc: 'List them all.',
      run: ({ core }) => {
        const items = [...kind.table(core).values()];
        return json(items.sort((a, b) => (a.name < b.name ? -1 : 1)).map(kind.object));
      },
    },
    {
      method: 'POST',
      op: null,
      doc: 'Add one.',
      admin: true,
      run: ({ core, params }) => {
        const table = kind.table(core);
        const name = params.text('name');
        checkName(table, kind.label, name, undefined);
        const id = Math.max(...table.keys()) + 1;
        const item = { id, name, description: params.text('description') } as T;
        table.set(id, item);
        return json(kind.object(item));
      },
    },
  ];
}

function single<T extends Zone | Pool>(kind: Kind<T>): Action[] {
  const find = ({ core, path }: UserCall): T => {
    const item = kind.find(core, path);
    if (!item) throw notFound(kind.model, path.name ?? path.id ?? '');
    return item;
  };
  return [
    { method: 'GET', op: null, doc: 'Read one.', run: (call) => json(kind.object(find(call))) },
    {
      method: 'PUT',
      op: null,
      doc: 'Change one.',
      admin: true,
      run: (call) => {
        const before = find(call);
        const { core, params } = call;
        const name = params.text('name') || before.name;
        checkName(kind.table(core), kind.label, name, before.id);
        const description = params.optional('description') ?? before.description;
        const after = { ...before, name, description };
        kind.table(core).set(before.id, after);
        core.catalogueRevision++;
        return json(kind.object(after));
      },
    },
    {
      method: 'DELETE',
      op: null,
      doc: 'Remove one.',
      admin: true,
      run: (call) => {
        const { core, path } = call;
        const item = kind.find(core, path);
        // Deleting a zone that is not there is no error (facts/maas-api 3.9).
        if (!item && kind.field === 'zoneId') return DELETED;
        const { id } = find(call);
        if (id === kind.defaultId) throw refusal('invalid', kind.undeletable);
        const inside = core.machines.filter((machine) => machine.state[kind.field] === id);
        if (kind.field === 'poolId' && inside.length > 0) {
          throw refusal('invalid', 'Pool has machines in it, it cannot be deleted.');
        }
        for (const machine of inside) core.change(machine, { zoneId: kind.defaultId });
        for (const device of core.devices.values()) {
          if (kind.field === 'zoneId' && device.state.zoneId === id) {
            core.changeDevice(device, { zoneId: kind.defaultId });
          }
        }
        kind.table(core).delete(id);
        return DELETED;
      },
    },
  ];
}

function checkName(
  table: ReadonlyMap<number, Zone | Pool>,
  label: string,
  name: string,
  self: number | undefined,
): void {
  if (name === '') throw fieldRefusal('name', 'This field is required.');
  if (!GENERIC_NAME.test(name) || name.length > 256) {
    throw fieldRefusal('name', 'Enter a valid value.', { wanted: name });
  }
  for (const item of table.values()) {
    if (item.name === name && item.id !== self) {
      throw fieldRefusal('name', `${label} with this Name already exists.`, { wanted: name });
    }
  }
}

export const zoneResources: readonly Resource[] = [
  { path: 'zones/', auth: { name: 'ZonesHandler', actions: collection(ZONES) }, anon: null },
  { path: 'zones/{name}/', auth: { name: 'ZoneHandler', actions: single(ZONES) }, anon: null },
  {
    path: 'resourcepools/',
    auth: { name: 'ResourcePoolsHandler', actions: collection(POOLS) },
    anon: null,
  },
  {
    path: 'resourcepool/{id}/',
    auth: { name: 'ResourcePoolHandler', actions: single(POOLS) },
    anon: null,
  },
];
