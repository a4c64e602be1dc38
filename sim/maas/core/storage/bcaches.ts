/** Cache sets and bcaches (facts/maas-api 3.6, 9.3). */
import type { MaasCore } from '../core.ts';
import type { Fields } from '../fields.ts';
import { choiceField, requiredField } from '../form-fields.ts';
import type { Machine } from '../objects.ts';
import { fieldRefusal, refusal } from '../refusal.ts';
import { type GroupOf, type Storage, sizeOf, storageOf, type Target } from './editor.ts';
import { uuidField } from './filesystems.ts';
import { freeDevices, freePartitions, join, leave } from './members.ts';
import { automaticName, groupName } from './volume-groups.ts';

const MODES = ['writeback', 'writethrough', 'writearound'];

/** The one device or partition that two fields name, one of them empty. @throws Refusal 400 */
function oneOf(
  storage: Storage,
  fields: Fields,
  device: string,
  partition: string,
): Target | undefined {
  const found = [
    ...freeDevices(storage, fields, device),
    ...freePartitions(storage, fields, partition),
  ];
  if (found.length > 1) {
    throw fieldRefusal('__all__', `Only one of ${device} and ${partition} can be given.`);
  }
  return found[0];
}

/** @throws Refusal 400 */
export function createCacheSet(
  core: MaasCore,
  machine: Machine,
  fields: Fields,
): GroupOf<'cache-set'> {
  const storage = storageOf(machine);
  const target = oneOf(storage, fields, 'cache_device', 'cache_partition');
  if (!target) {
    throw fieldRefusal('__all__', 'Either cache_device or cache_partition must be specified.');
  }
  const set = addCacheSet(core, storage, target);
  storage.save(core, machine);
  return set;
}

/** Adds a cache set to the working copy. */
export function addCacheSet(
  core: MaasCore,
  storage: Storage,
  target: Target,
): GroupOf<'cache-set'> {
  const base = storage.newGroupBase(core, automaticName(storage, 'cache'));
  const set: GroupOf<'cache-set'> = { kind: 'cache-set', ...base };
  storage.setGroup(set);
  join(core, storage, target, set.id, 'bcache-cache');
  return set;
}

/** @throws Refusal 400 */
export function updateCacheSet(core: MaasCore, machine: Machine, id: string, fields: Fields): void {
  const storage = storageOf(machine);
  const set = storage.group('cache-set', id, 'CacheSet');
  const target = oneOf(storage, fields, 'cache_device', 'cache_partition');
  if (target) {
    leave(storage, storage.members(set));
    join(core, storage, target, set.id, 'bcache-cache');
  }
  storage.save(core, machine);
}

/** @throws Refusal 400 while a bcache uses it */
export function deleteCacheSet(core: MaasCore, machine: Machine, id: string): void {
  const storage = storageOf(machine);
  const set = storage.group('cache-set', id, 'CacheSet');
  if (storage.groupsOf('bcache').some(({ cacheSetId }) => cacheSetId === set.id)) {
    throw refusal('invalid', "Cannot delete cache set; it's currently in use.");
  }
  storage.removeGroup(set);
  storage.save(core, machine);
}

/** @throws Refusal 400 */
export function createBcache(core: MaasCore, machine: Machine, fields: Fields): GroupOf<'bcache'> {
  const storage = storageOf(machine);
  const cacheSetId = cacheSetField(storage, fields);
  if (cacheSetId === undefined) {
    throw fieldRefusal('__all__', 'Bcache requires a cache_set.', { wanted: 'cache_set' });
  }
  requiredField(fields, 'cache_mode');
  const cacheMode = choiceField(fields, 'cache_mode', MODES)!;
  const target = oneOf(storage, fields, 'backing_device', 'backing_partition');
  if (!target) {
    throw fieldRefusal('__all__', 'Either backing_device or backing_partition must be specified.');
  }
  const name = groupName(
    storage,
    fields.text('name') || automaticName(storage, 'bcache'),
    undefined,
  );
  const bcache = addBcache(core, storage, target, {
    name,
    cacheSetId,
    cacheMode,
    uuid: uuidField(fields),
  });
  storage.save(core, machine);
  return bcache;
}

/** Adds a bcache to the working copy. @throws Refusal 400 for a logical volume */
export function addBcache(
  core: MaasCore,
  storage: Storage,
  target: Target,
  wanted: {
    readonly name: string;
    readonly cacheSetId: number;
    readonly cacheMode: string;
    readonly uuid?: string;
  },
): GroupOf<'bcache'> {
  checkBacking(storage, target);
  const { cacheSetId, cacheMode } = wanted;
  const base = storage.newGroupBase(core, wanted.name, wanted.uuid);
  const bcache: GroupOf<'bcache'> = { kind: 'bcache', ...base, cacheSetId, cacheMode };
  storage.setGroup(bcache);
  join(core, storage, target, bcache.id, 'bcache-backing');
  storage.addVirtual(core, bcache, {
    name: bcache.name,
    size: storage.sizeOf(bcache),
    blockSize: target.device.blockSize,
    uuid: bcache.uuid,
  });
  return bcache;
}

/** @throws Refusal 400 */
export function updateBcache(core: MaasCore, machine: Machine, id: string, fields: Fields): void {
  const storage = storageOf(machine);
  const bcache = storage.group('bcache', id, 'Bcache');
  const target = oneOf(storage, fields, 'backing_device', 'backing_partition');
  const changed: GroupOf<'bcache'> = {
    ...bcache,
    name: groupName(storage, fields.text('name') || bcache.name, bcache.id),
    uuid: uuidField(fields) || bcache.uuid,
    cacheSetId: cacheSetField(storage, fields) ?? bcache.cacheSetId,
    cacheMode: choiceField(fields, 'cache_mode', MODES) ?? bcache.cacheMode,
  };
  storage.setGroup(changed);
  if (target) {
    checkBacking(storage, target);
    leave(storage, storage.members(changed));
    join(core, storage, target, bcache.id, 'bcache-backing');
  }
  const backing = storage.members(changed)[0]!;
  for (const device of storage.provided(changed)) {
    storage.replace({ ...device, name: changed.name, size: sizeOf(backing) });
  }
  storage.save(core, machine);
}

export function deleteBcache(core: MaasCore, machine: Machine, id: string): void {
  const storage = storageOf(machine);
  storage.removeGroup(storage.group('bcache', id, 'Bcache'));
  storage.save(core, machine);
}

function checkBacking(storage: Storage, { device, partition }: Target): void {
  const group = storage.layers.groups.find(({ id }) => id === device.virtual?.groupId);
  if (!partition && group?.kind === 'lvm') {
    throw fieldRefusal('__all__', 'Bcache cannot use a logical volume as a backing device.');
  }
}

/** A cache set by id or name. @throws Refusal 400 */
function cacheSetField(storage: Storage, fields: Fields): number | undefined {
  const text = fields.text('cache_set');
  if (text === '') return undefined;
  const set = storage
    .groupsOf('cache-set')
    .find(({ id, name }) => String(id) === text || name === text);
  if (!set) {
    throw fieldRefusal(
      'cache_set',
      `Select a valid choice. ${text} is not one of the available choices.`,
      { wanted: text },
    );
  }
  return set.id;
}
