/**
 * What MAAS sorts machines by and boots them from: zones, pools, tags, images, and the settings
 * (facts/maas-api 3.9, 3.11, 3.13).
 */
import { canView, type MaasCore } from '../../core/core.ts';
import type { Pool, Tag, Zone } from '../../core/objects.ts';
import { fieldRefusal, notFound, refusal } from '../../core/refusal.ts';
import { type Answer, DELETED, json, TEXT_TYPE, text } from '../answers.ts';
import { bootResourceObject, poolObject, tagObject, zoneObject } from '../render/shared.ts';
import type { Action, Resource, UserCall } from '../routes.ts';
import { machineList } from './machine-list.ts';

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

function tagOf({ core, path }: UserCall): Tag {
  const tag = core.tags.get(path.name!);
  if (!tag) throw notFound('Tag', path.name!);
  return tag;
}

function tagged(call: UserCall): Answer {
  const { name } = tagOf(call);
  return machineList(
    call,
    call.core.machines.filter(
      ({ state }) => state.tags.includes(name) && canView(call.user, state),
    ),
  );
}

const TAG_ACTIONS: readonly Action[] = [
  { method: 'GET', op: null, doc: 'Read one tag.', run: (call) => json(tagObject(tagOf(call))) },
  {
    method: 'PUT',
    op: null,
    doc: 'Change a tag.',
    admin: true,
    run: (call) => {
      const before = tagOf(call);
      const { core, params } = call;
      const after = {
        name: params.text('name') || before.name,
        comment: params.optional('comment') ?? before.comment,
        definition: before.definition,
        kernelOpts: params.optional('kernel_opts') ?? before.kernelOpts,
      };
      checkTagName(core, after.name, before.name);
      core.tags.delete(before.name);
      core.tags.set(after.name, after);
      if (after.name !== before.name) {
        retag(core, (tags) => tags.map((tag) => (tag === before.name ? after.name : tag)));
      }
      return json(tagObject(after));
    },
  },
  {
    method: 'DELETE',
    op: null,
    doc: 'Remove a tag from everything.',
    admin: true,
    run: (call) => {
      const { name } = tagOf(call);
      call.core.tags.delete(name);
      retag(call.core, (tags) => tags.filter((tag) => tag !== name));
      return DELETED;
    },
  },
  { method: 'GET', op: 'machines', doc: 'Machines that have the tag.', run: tagged },
  { method: 'GET', op: 'nodes', doc: 'Everything that has the tag.', run: tagged },
  {
    method: 'POST',
    op: 'update_nodes',
    doc: 'Give the tag to machines and take it from others.',
    admin: true,
    run: (call) => {
      const { name, definition } = tagOf(call);
      const { core, params } = call;
      const sent = params.optional('definition');
      if (sent !== undefined && sent !== definition) {
        throw refusal(
          'conflict',
          `Definition supplied '${sent}' doesn't match current definition '${definition}'`,
        );
      }
      const find = (field: string) => params.all(field).flatMap((id) => core.findMachine(id) ?? []);
      const add = find('add');
      const remove = find('remove');
      for (const machine of add) {
        const tags = [...new Set([...machine.state.tags, name])].sort();
        core.change(machine, { tags });
      }
      for (const machine of remove) {
        core.change(machine, { tags: machine.state.tags.filter((tag) => tag !== name) });
      }
      return json({ added: add.length, removed: remove.length });
    },
  },
];

function retag(core: MaasCore, change: (tags: readonly string[]) => readonly string[]): void {
  for (const machine of core.machines) {
    const tags = change(machine.state.tags);
    if (
      tags.some((tag, i) => tag !== machine.state.tags[i]) ||
      tags.length !== machine.state.tags.length
    ) {
      core.change(machine, { tags });
    }
  }
}

function checkTagName(core: MaasCore, name: string, self: string | undefined): void {
  if (name === '') throw fieldRefusal('name', 'This field is required.');
  if (!/^[a-zA-Z0-9_-]{1,256}$/.test(name)) throw fieldRefusal('name', 'Enter a valid value.');
  if (name !== self && core.tags.has(name)) {
    throw fieldRefusal('name', 'Tag with this Name already exists.', { wanted: name });
  }
}

export const catalogueResources: readonly Resource[] = [
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
  {
    path: 'tags/',
    auth: {
      name: 'TagsHandler',
      actions: [
        {
          method: 'GET',
          op: null,
          doc: 'List the tags.',
          run: ({ core }) => json([...core.tags.values()].map(tagObject)),
        },
        {
          method: 'POST',
          op: null,
          doc: 'Add a tag.',
          admin: true,
          run: ({ core, params }) => {
            const name = params.text('name');
            checkTagName(core, name, undefined);
            const tag = {
              name,
              comment: params.text('comment'),
              definition: params.text('definition'),
              kernelOpts: params.text('kernel_opts'),
            };
            core.tags.set(name, tag);
            return json(tagObject(tag));
          },
        },
      ],
    },
    anon: null,
  },
  { path: 'tags/{name}/', auth: { name: 'TagHandler', actions: TAG_ACTIONS }, anon: null },
  {
    path: 'boot-resources/',
    auth: {
      name: 'BootResourcesHandler',
      actions: [
        {
          method: 'GET',
          op: null,
          doc: 'List the images.',
          run: ({ core, params }) => {
            const type = params.text('type') || 'all';
            if (!['all', 'synced', 'uploaded'].includes(type)) {
              throw refusal('invalid', `'${type}' is not a valid type.`, { wanted: type });
            }
            const resources = [...core.bootResources.values()];
            const wanted = resources.filter((r) => type === 'all' || r.type.toLowerCase() === type);
            return json(wanted.map(bootResourceObject));
          },
        },
        {
          method: 'GET',
          op: 'is_importing',
          doc: 'Whether images are being imported.',
          run: () => json(false),
        },
        {
          method: 'POST',
          op: 'import',
          doc: 'Import images. They are all there, so nothing is done.',
          admin: true,
          run: () => text('Import of boot resources started'),
        },
        {
          method: 'POST',
          op: 'stop_import',
          doc: 'Stop importing.',
          admin: true,
          run: () => text('Import of boot resources is being stopped'),
        },
      ],
    },
    anon: null,
  },
  {
    path: 'boot-resources/{id}/',
    auth: {
      name: 'BootResourceHandler',
      actions: [
        {
          method: 'GET',
          op: null,
          doc: 'Read one image with its files.',
          run: ({ core, path }) => {
            const resource = core.bootResources.get(Number(path.id));
            if (!resource) throw notFound('BootResource', path.id!);
            return json({ ...bootResourceObject(resource), sets: {} });
          },
        },
        {
          method: 'DELETE',
          op: null,
          doc: 'Remove an image.',
          admin: true,
          run: ({ core, path }) => {
            // The real one answers 500 when it is missing (facts/maas-api 3.11).
            if (!core.bootResources.delete(Number(path.id))) {
              throw refusal('broken', 'BootResource matching query does not exist.');
            }
            return DELETED;
          },
        },
      ],
    },
    anon: null,
  },
  {
    path: 'maas/',
    auth: {
      name: 'MaasHandler',
      actions: [
        {
          method: 'GET',
          op: 'get_config',
          doc: 'Read a setting.',
          run: ({ core, params }) => {
            const name = params.mandatory('name');
            checkSetting(core, name);
            return {
              status: 200,
              contentType: 'application/json',
              body: JSON.stringify(core.config.get(name)),
            };
          },
        },
        {
          method: 'POST',
          op: 'set_config',
          doc: 'Change a setting.',
          admin: true,
          run: ({ core, params }) => {
            const name = params.mandatory('name');
            const value = params.mandatory('value');
            checkSetting(core, name);
            const present = core.config.get(name);
            core.config.set(
              name,
              typeof present === 'boolean'
                ? value.toLowerCase() === 'true'
                : typeof present === 'number'
                  ? wholeSetting(name, value)
                  : value,
            );
            return { status: 200, contentType: TEXT_TYPE, body: 'OK' };
          },
        },
      ],
    },
    anon: null,
  },
];

function wholeSetting(name: string, value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw fieldRefusal(name, 'Enter a whole number.');
  return Number(value);
}

function checkSetting(core: MaasCore, name: string): void {
  if (core.config.has(name)) return;
  const valid = [...core.config.keys()].sort().join(', ');
  throw fieldRefusal(
    name,
    `${name} is not a valid config setting (valid settings are: ${valid}).`,
    { wanted: name },
  );
}
