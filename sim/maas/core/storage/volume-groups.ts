/** LVM: volume groups and the logical volumes in them (facts/maas-api 3.6, 9.3). */
import type { MaasCore } from '../core.ts';
import type { Fields } from '../fields.ts';
import { requiredField } from '../form-fields.ts';
import type { BlockDevice, Machine, VolumeGroup } from '../objects.ts';
import { fieldRefusal, refusal } from '../refusal.ts';
import { type Storage, storageOf } from './editor.ts';
import { uuidField } from './filesystems.ts';
import { chosenMembers, freeDevices, freePartitions, join, leave } from './members.ts';
import { ALIGNMENT, alignDown, humanSize, sizeField } from './sizes.ts';

/** @throws Refusal 400 */
export function createVolumeGroup(core: MaasCore, machine: Machine, fields: Fields): VolumeGroup {
  const storage = storageOf(machine);
  const name = groupName(storage, requiredField(fields, 'name'), undefined);
  const members = [
    ...freeDevices(storage, fields, 'block_devices'),
    ...freePartitions(storage, fields, 'partitions'),
  ];
  if (members.length === 0) {
    throw fieldRefusal(
      '__all__',
      'At least one valid block device or partition is required to create a volume group.',
    );
  }
  const group: VolumeGroup = {
    kind: 'lvm',
    ...storage.newGroupBase(core, name, uuidField(fields)),
  };
  storage.setGroup(group);
  for (const member of members) join(core, storage, member, group.id, 'lvm-pv');
  storage.save(core, machine);
  return group;
}

/** @throws Refusal 400 */
export function updateVolumeGroup(
  core: MaasCore,
  machine: Machine,
  id: string,
  fields: Fields,
): void {
  const storage = storageOf(machine);
  const group = storage.group('lvm', id, 'VolumeGroup');
  const present = storage.members(group);
  const changed: VolumeGroup = {
    ...group,
    name: groupName(storage, fields.text('name') || group.name, group.id),
    uuid: uuidField(fields) || group.uuid,
  };
  const added = [
    ...freeDevices(storage, fields, 'add_block_devices'),
    ...freePartitions(storage, fields, 'add_partitions'),
  ];
  const removed = [
    ...chosenMembers(storage, fields, 'remove_block_devices', present),
    ...chosenMembers(storage, fields, 'remove_partitions', present),
  ];
  storage.setGroup(changed);
  leave(storage, removed);
  for (const member of added) join(core, storage, member, group.id, 'lvm-pv');
  if (storage.freeIn(changed) < 0) {
    throw fieldRefusal('__all__', 'Volume group cannot be smaller than its logical volumes.');
  }
  storage.save(core, machine);
}

/** @throws Refusal 400 while there are logical volumes in it */
export function deleteVolumeGroup(core: MaasCore, machine: Machine, id: string): void {
  const storage = storageOf(machine);
  const group = storage.group('lvm', id, 'VolumeGroup');
  if (storage.provided(group).length > 0) {
    throw refusal('invalid', 'This volume group has logical volumes; it cannot be deleted.', {
      found: storage.provided(group).map(({ name }) => name),
    });
  }
  storage.removeGroup(group);
  storage.save(core, machine);
}

/** @throws Refusal 400 */
export function createLogicalVolume(
  core: MaasCore,
  machine: Machine,
  id: string,
  fields: Fields,
): BlockDevice {
  const storage = storageOf(machine);
  const group = storage.group('lvm', id, 'VolumeGroup');
  const name = requiredField(fields, 'name');
  if (!/^[\w.+-]{1,127}$/.test(name)) {
    throw fieldRefusal('name', 'Enter a valid value.', { wanted: name });
  }
  if (storage.findDevice(`${group.name}-${name}`)) {
    throw fieldRefusal('name', 'Block device with this Node and Name already exists.', {
      wanted: name,
    });
  }
  const device = addLogicalVolume(core, storage, group, {
    name,
    size: sizeField(fields.text('size'), 'size'),
    uuid: uuidField(fields),
  });
  storage.save(core, machine);
  return device;
}

/** Adds a logical volume to the working copy. @throws Refusal 400 when there is no room */
export function addLogicalVolume(
  core: MaasCore,
  storage: Storage,
  group: VolumeGroup,
  wanted: { readonly name: string; readonly size: number | undefined; readonly uuid?: string },
): BlockDevice {
  const free = storage.freeIn(group);
  const size = alignDown(wanted.size ?? free);
  if (size > free || free < ALIGNMENT) {
    throw fieldRefusal(
      'size',
      `There is not enough free space (${humanSize(free)}) on volume group ${group.name}.`,
      { wanted: humanSize(wanted.size ?? ALIGNMENT), found: [humanSize(free)] },
    );
  }
  if (size < ALIGNMENT) {
    throw fieldRefusal('size', `Ensure this value is greater than or equal to ${ALIGNMENT}.`);
  }
  return storage.addVirtual(core, group, {
    name: wanted.name,
    size,
    blockSize: 4096,
    uuid: wanted.uuid,
  });
}

/** @throws Refusal 400 for one that is not of this group */
export function deleteLogicalVolume(
  core: MaasCore,
  machine: Machine,
  id: string,
  fields: Fields,
): void {
  const storage = storageOf(machine);
  const group = storage.group('lvm', id, 'VolumeGroup');
  const wanted = requiredField(fields, 'id');
  const device = storage.provided(group).find((one) => String(one.id) === wanted);
  if (!device) {
    throw fieldRefusal(
      'id',
      `Select a valid choice. ${wanted} is not one of the available choices.`,
      { wanted },
    );
  }
  storage.removeDevice(device);
  storage.save(core, machine);
}

/** A name for a group that no other group of the machine has. @throws Refusal 400 */
export function groupName(storage: Storage, name: string, self: number | undefined): string {
  if (!/^[\w.+-]{1,127}$/.test(name)) {
    throw fieldRefusal('name', 'Enter a valid value.', { wanted: name });
  }
  const clash = storage.layers.groups.some((one) => one.id !== self && one.name === name);
  const device = storage.devices.some(
    (one) => one.virtual?.groupId !== self && storage.nameOf(one) === name,
  );
  if (clash || device) {
    throw fieldRefusal('name', `Name ${name} is already in use on this machine.`, { wanted: name });
  }
  return name;
}

/** The first free one of `md0`, `md1` and so on. */
export function automaticName(storage: Storage, prefix: string): string {
  const taken = new Set(storage.layers.groups.map(({ name }) => name));
  for (let i = 0; ; i++) if (!taken.has(`${prefix}${i}`)) return `${prefix}${i}`;
}
