/** RAID arrays (facts/maas-api 3.6, 9.3). */
import type { MaasCore } from '../core.ts';
import type { Fields } from '../fields.ts';
import { choiceField, requiredField } from '../form-fields.ts';
import type { Machine } from '../objects.ts';
import { type GroupOf, type Storage, storageOf } from './editor.ts';
import { uuidField } from './filesystems.ts';
import { chosenMembers, freeDevices, freePartitions, isSpare, join, leave } from './members.ts';
import { checkRaid, RAID_LEVEL_NAMES } from './sizes.ts';
import { automaticName, groupName } from './volume-groups.ts';

type Raid = GroupOf<'raid'>;

/** @throws Refusal 400 */
export function createRaid(core: MaasCore, machine: Machine, fields: Fields): Raid {
  const storage = storageOf(machine);
  requiredField(fields, 'level');
  const level = choiceField(fields, 'level', RAID_LEVEL_NAMES)!;
  const name = groupName(storage, fields.text('name') || automaticName(storage, 'md'), undefined);
  const active = [
    ...freeDevices(storage, fields, 'block_devices'),
    ...freePartitions(storage, fields, 'partitions'),
  ];
  const spares = [
    ...freeDevices(storage, fields, 'spare_devices'),
    ...freePartitions(storage, fields, 'spare_partitions'),
  ];
  checkRaid(level, active.length, spares.length);
  const raid: Raid = {
    kind: 'raid',
    ...storage.newGroupBase(core, name, uuidField(fields)),
    level,
  };
  storage.setGroup(raid);
  for (const member of active) join(core, storage, member, raid.id, 'raid');
  for (const member of spares) join(core, storage, member, raid.id, 'raid-spare');
  storage.addVirtual(core, raid, {
    name,
    size: Math.floor(storage.sizeOf(raid)),
    blockSize: 512,
    uuid: raid.uuid,
  });
  storage.save(core, machine);
  return raid;
}

/** @throws Refusal 400 */
export function updateRaid(core: MaasCore, machine: Machine, id: string, fields: Fields): void {
  const storage = storageOf(machine);
  const raid = storage.group('raid', id, 'RAID');
  const members = storage.members(raid);
  const active = members.filter((member) => !isSpare(member));
  const spares = members.filter(isSpare);
  const changed: Raid = {
    ...raid,
    name: groupName(storage, fields.text('name') || raid.name, raid.id),
    uuid: uuidField(fields) || raid.uuid,
  };
  const added = [
    ...freeDevices(storage, fields, 'add_block_devices'),
    ...freePartitions(storage, fields, 'add_partitions'),
  ];
  const addedSpares = [
    ...freeDevices(storage, fields, 'add_spare_devices'),
    ...freePartitions(storage, fields, 'add_spare_partitions'),
  ];
  const removed = [
    ...chosenMembers(storage, fields, 'remove_block_devices', active),
    ...chosenMembers(storage, fields, 'remove_partitions', active),
  ];
  const removedSpares = [
    ...chosenMembers(storage, fields, 'remove_spare_devices', spares),
    ...chosenMembers(storage, fields, 'remove_spare_partitions', spares),
  ];
  checkRaid(
    raid.level,
    active.length + added.length - removed.length,
    spares.length + addedSpares.length - removedSpares.length,
  );
  storage.setGroup(changed);
  leave(storage, [...removed, ...removedSpares]);
  for (const member of added) join(core, storage, member, raid.id, 'raid');
  for (const member of addedSpares) join(core, storage, member, raid.id, 'raid-spare');
  follow(storage, changed);
  storage.save(core, machine);
}

/** The array's device has its name and size. */
function follow(storage: Storage, raid: Raid): void {
  for (const device of storage.provided(raid)) {
    storage.replace({ ...device, name: raid.name, size: Math.floor(storage.sizeOf(raid)) });
  }
}

export function deleteRaid(core: MaasCore, machine: Machine, id: string): void {
  const storage = storageOf(machine);
  storage.removeGroup(storage.group('raid', id, 'RAID'));
  storage.save(core, machine);
}
