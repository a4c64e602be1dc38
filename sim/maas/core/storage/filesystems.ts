/** Formatting and mounting, with and without a device (facts/maas-api 3.6, 3.2, 9.2). */
import type { MaasCore } from '../core.ts';
import type { Fields } from '../fields.ts';
import { choiceField, REQUIRED, requiredField } from '../form-fields.ts';
import type { Filesystem, Machine } from '../objects.ts';
import { fieldRefusal, refusal } from '../refusal.ts';
import { uuid } from '../uuid.ts';
import { filesystemOf, kindName, type Storage, storageOf, type Target } from './editor.ts';

const FORMATS = [
  'btrfs',
  'ext2',
  'ext4',
  'fat32',
  'ramfs',
  'swap',
  'tmpfs',
  'vfat',
  'xfs',
  'zfsroot',
];
const SPECIAL = ['ramfs', 'tmpfs'];

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A UUID that the client gives, or the empty text. @throws Refusal 400 */
export function uuidField(fields: Fields): string {
  const given = fields.text('uuid');
  if (given !== '' && !UUID.test(given)) {
    throw fieldRefusal('uuid', 'Enter a valid value.', { wanted: given });
  }
  return given;
}

/** @throws Refusal 400 */
export function format(core: MaasCore, storage: Storage, target: Target, fields: Fields): void {
  requiredField(fields, 'fstype');
  const fstype = choiceField(fields, 'fstype', FORMATS)!;
  const given = uuidField(fields);
  const { device, partition } = target;
  if (!partition && device.tableType !== null) {
    throw fieldRefusal('__all__', 'Cannot format block device with a partition table.');
  }
  if (!partition && storage.bootDisk?.id === device.id) {
    throw fieldRefusal(
      '__all__',
      'Cannot place filesystem directly on the boot disk. Create a partition on the boot disk first and then format the partition.',
    );
  }
  const group = groupOf(storage, target);
  if (group) {
    // The wording of this one refusal is not known from the facts.
    const noun = partition ? 'partition' : 'block device';
    throw fieldRefusal('__all__', `Cannot format ${noun} that is part of a ${kindName(group)}.`);
  }
  storage.setFilesystem(target, {
    fstype,
    uuid: given || uuid(core.stream('maas.storage')),
    label: fields.text('label') || null,
    mountPoint: null,
    mountOptions: null,
  });
}

/** @throws Refusal 400 */
export function unformat(storage: Storage, target: Target): void {
  const noun = target.partition ? 'partition' : 'block device';
  const filesystem = formatted(target);
  const group = groupOf(storage, target);
  if (group) {
    const name = kindName(group);
    throw refusal(
      'invalid',
      `Filesystem is part of a ${name}, and cannot be unformatted. Remove ${noun} from ${name} before unformatting the ${noun}.`,
      { found: [group.name] },
    );
  }
  if (filesystem.mountPoint !== null) {
    throw refusal(
      'invalid',
      `Filesystem is mounted and cannot be unformatted. Unmount the filesystem before unformatting the ${noun}.`,
      { found: [filesystem.mountPoint] },
    );
  }
  storage.setFilesystem(target, null);
}

/** @throws Refusal 400 */
export function mount(storage: Storage, target: Target, fields: Fields): void {
  const filesystem = filesystemOf(target);
  const swap = filesystem?.fstype === 'swap';
  const mountPoint = mountPointField(fields, swap);
  if (!filesystem) {
    throw fieldRefusal('__all__', 'Cannot mount an unformatted partition or block device.');
  }
  if (groupOf(storage, target)) {
    throw fieldRefusal(
      '__all__',
      'Filesystem is part of a filesystem group, and cannot be mounted.',
    );
  }
  checkUnused(storage, mountPoint, filesystem);
  storage.setFilesystem(target, {
    ...filesystem,
    mountPoint,
    mountOptions: fields.text('mount_options') || null,
  });
}

/** @throws Refusal 400 */
export function unmount(storage: Storage, target: Target): void {
  const filesystem = formatted(target);
  if (filesystem.mountPoint === null) {
    throw refusal('invalid', 'Filesystem is already unmounted.');
  }
  storage.setFilesystem(target, { ...filesystem, mountPoint: null, mountOptions: null });
}

/** Mounts tmpfs or ramfs. @throws Refusal 400 */
export function mountSpecial(core: MaasCore, machine: Machine, fields: Fields): void {
  const storage = storageOf(machine);
  requiredField(fields, 'fstype');
  const fstype = choiceField(fields, 'fstype', SPECIAL)!;
  const mountPoint = mountPointField(fields, false);
  const filesystem: Filesystem = {
    fstype,
    uuid: uuid(core.stream('maas.storage')),
    label: null,
    mountPoint,
    mountOptions: fields.text('mount_options') || null,
  };
  checkUnused(storage, mountPoint, filesystem);
  const { specialFilesystems: present } = storage.layers;
  storage.layers = { ...storage.layers, specialFilesystems: [...present, filesystem] };
  storage.save(core, machine);
}

/** @throws Refusal 400 where nothing such is mounted */
export function unmountSpecial(core: MaasCore, machine: Machine, fields: Fields): void {
  const storage = storageOf(machine);
  const mountPoint = mountPointField(fields, false);
  const { specialFilesystems: present } = storage.layers;
  const kept = present.filter((one) => one.mountPoint !== mountPoint);
  if (kept.length === present.length) {
    throw fieldRefusal('mount_point', `No special filesystem is mounted at ${mountPoint}.`);
  }
  storage.layers = { ...storage.layers, specialFilesystems: kept };
  storage.save(core, machine);
}

/** A path from the root; for swap it is always `none`. @throws Refusal 400 */
function mountPointField(fields: Fields, swap: boolean): string {
  const text = fields.text('mount_point');
  if (swap) return 'none';
  if (text === '') throw fieldRefusal('mount_point', REQUIRED, { wanted: 'a mount point' });
  if (!/^(?:\/[^/\0]+)*\/?$/.test(text)) {
    throw fieldRefusal('mount_point', 'Enter a valid value.', { wanted: text });
  }
  return text;
}

function checkUnused(storage: Storage, mountPoint: string, self: Filesystem): void {
  if (mountPoint === 'none') return;
  const mounted = [
    ...storage.targets().map(filesystemOf),
    ...storage.layers.specialFilesystems,
  ].some((one) => one !== null && one.uuid !== self.uuid && one.mountPoint === mountPoint);
  if (mounted) {
    throw fieldRefusal('__all__', `Another filesystem is already mounted at ${mountPoint}.`);
  }
}

function formatted(target: Target): Filesystem {
  const filesystem = filesystemOf(target);
  if (filesystem) return filesystem;
  const noun = target.partition ? 'Partition' : 'Block device';
  throw refusal('invalid', `${noun} is not formatted.`);
}

function groupOf(storage: Storage, target: Target) {
  const id = filesystemOf(target)?.group;
  return id === undefined ? undefined : storage.layers.groups.find((group) => group.id === id);
}

/** @throws Refusal 400 for a device or partition that a group is made of */
export function checkNoMember(storage: Storage, target: Target): void {
  const parts = target.partition
    ? [target]
    : [
        target,
        ...target.device.partitions.map((partition) => ({ device: target.device, partition })),
      ];
  for (const part of parts) {
    const group = groupOf(storage, part);
    if (!group) continue;
    const noun = target.partition ? 'partition' : 'block device';
    throw refusal('invalid', `Cannot delete ${noun} because its part of a ${kindName(group)}.`, {
      found: [group.name],
    });
  }
}
