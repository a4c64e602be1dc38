/**
 * Storage layouts: a whole arrangement of a machine's disks by name (facts/maas-api 9.1). Applying one
 * removes everything that was arranged before.
 */
import type { MaasCore } from '../core.ts';
import { type Fields, formFlag } from '../fields.ts';
import { choiceField } from '../form-fields.ts';
import type { BlockDevice, Filesystem, Machine } from '../objects.ts';
import { fieldRefusal, refusal, scopeOf } from '../refusal.ts';
import { uuid } from '../uuid.ts';
import { addBcache, addCacheSet } from './bcaches.ts';
import { addDatastore } from './datastores.ts';
import { type Storage, storageOf, type Target } from './editor.ts';
import { join } from './members.ts';
import { alignDown, GIB, MIB, sizeOrShare } from './sizes.ts';
import { addLogicalVolume } from './volume-groups.ts';

const LAYOUTS = ['bcache', 'blank', 'custom', 'flat', 'lvm', 'vmfs6', 'vmfs7'];
const EFI = 512 * MIB;
const LEAST_BOOT = 512 * MIB;
const LEAST_ROOT = 3 * GIB;

/** Applies a layout. @throws Refusal 400 */
export function setLayout(core: MaasCore, machine: Machine, layout: string, fields: Fields): void {
  if (!LAYOUTS.includes(layout)) {
    const list = LAYOUTS.map((name) => `'${name}'`).join(', ');
    throw fieldRefusal(
      'storage_layout',
      `'${layout}' is not a valid storage_layout.  It should be one of: ${list}.`,
      { wanted: layout, found: LAYOUTS },
    );
  }
  const storage = storageOf(machine);
  if (!storage.bootDisk) {
    throw refusal('invalid', 'Machine is missing a boot disk; no storage layout can be applied.', {
      scope: scopeOf(machine),
    });
  }
  storage.clear();
  if (layout === 'custom') {
    throw failed(machine, layout, 'No custom storage layout configuration found');
  }
  if (layout === 'flat') addRoot(core, storage, machine, layout, fields, 0);
  if (layout === 'lvm') lvm(core, storage, machine, fields);
  if (layout === 'bcache') bcache(core, storage, machine, fields);
  if (layout === 'vmfs6' || layout === 'vmfs7') vmfs(core, storage, machine, layout, fields);
  storage.save(core, machine);
}

function failed(machine: Machine, layout: string, why: string) {
  return refusal('invalid', `Failed to configure storage layout '${layout}': ${why}`, {
    scope: scopeOf(machine),
  });
}

/** The disk that the system goes on: the boot disk unless another is named. @throws Refusal 400 */
function rootDisk(storage: Storage, fields: Fields): BlockDevice {
  const named = fields.text('root_device');
  if (named === '') return storage.bootDisk!;
  const disk = storage.physical.find(({ id, name }) => String(id) === named || name === named);
  if (!disk) throw notADisk(storage, 'root_device', named);
  return disk;
}

function notADisk(storage: Storage, field: string, named: string) {
  const choices = storage.physical.map(({ id }) => `'${id}'`).join(', ');
  return fieldRefusal(
    field,
    `'${named}' is not a valid ${field}.  It should be one of: ${choices}.`,
    { wanted: named },
  );
}

/** What every layout but blank begins with: firmware, /boot and a root partition. */
function addRoot(
  core: MaasCore,
  storage: Storage,
  machine: Machine,
  layout: string,
  fields: Fields,
  defaultBoot: number,
): Required<Target> {
  const boot = storage.bootDisk!;
  const disk = rootDisk(storage, fields);
  const onArm = storage.architecture === 'arm64' && !storage.uefi;
  const bootSize =
    sizeOrShare(fields.text('boot_size'), 'boot_size', boot.size) ||
    defaultBoot ||
    (onArm ? LEAST_BOOT : 0);
  const efi = storage.uefi ? EFI : 0;
  const table: BlockDevice = { ...boot, tableType: 'GPT' };
  const room = storage.available(table) - efi;
  if (bootSize !== 0) checkSize('boot_size', bootSize, LEAST_BOOT, Math.max(0, room - LEAST_ROOT));
  const free =
    disk.id === boot.id
      ? room - alignDown(bootSize)
      : storage.available({ ...disk, tableType: 'GPT' });
  const asked = sizeOrShare(fields.text('root_size'), 'root_size', disk.size);
  if (asked !== undefined) {
    const most = disk.id === boot.id ? room : free;
    checkSize('root_size', asked, LEAST_ROOT, most);
    if (asked > free) {
      throw fieldRefusal(
        '__all__',
        'Size of the boot partition and root partition are larger than the available space on the boot disk.',
      );
    }
  }
  if (free < LEAST_ROOT) throw failed(machine, layout, 'The boot disk is too small.');
  if (efi > 0) {
    storage.addPartition(core, boot, efi, {
      bootable: true,
      filesystem: filesystem(core, 'fat32', 'efi', '/boot/efi'),
    });
  }
  if (bootSize !== 0) {
    storage.addPartition(core, boot, bootSize, {
      bootable: efi === 0,
      filesystem: filesystem(core, 'ext4', 'boot', '/boot'),
    });
  }
  const plain = layout === 'flat';
  return storage.addPartition(core, disk, asked ?? free, {
    bootable: efi === 0 && bootSize === 0,
    ...(plain ? { filesystem: filesystem(core, 'ext4', 'root', '/') } : {}),
  });
}

function checkSize(field: string, size: number, least: number, most: number): void {
  if (size < least) {
    throw fieldRefusal(field, `Size is too small. Minimum size is ${least}.`);
  }
  if (size > most) throw fieldRefusal(field, `Size is too large. Maximum size is ${most}.`);
}

function filesystem(core: MaasCore, fstype: string, label: string, mountPoint: string): Filesystem {
  const id = uuid(core.stream('maas.storage'));
  return { fstype, uuid: id, label, mountPoint, mountOptions: null };
}

function lvm(core: MaasCore, storage: Storage, machine: Machine, fields: Fields): void {
  const root = addRoot(core, storage, machine, 'lvm', fields, 0);
  const base = storage.newGroupBase(core, fields.text('vg_name') || 'vgroot');
  const group = { kind: 'lvm' as const, ...base };
  storage.setGroup(group);
  join(core, storage, root, group.id, 'lvm-pv');
  const whole = storage.freeIn(group);
  const size = sizeOrShare(fields.text('lv_size'), 'lv_size', whole);
  if (size !== undefined) checkSize('lv_size', size, LEAST_ROOT, whole);
  const device = addLogicalVolume(core, storage, group, {
    name: fields.text('lv_name') || 'lvroot',
    size,
  });
  storage.setFilesystem({ device }, filesystem(core, 'ext4', 'root', '/'));
}

function bcache(core: MaasCore, storage: Storage, machine: Machine, fields: Fields): void {
  const cache = cacheDisk(storage, machine, fields);
  const cacheMode =
    choiceField(fields, 'cache_mode', ['writeback', 'writethrough', 'writearound']) ??
    'writethrough';
  const size = sizeOrShare(fields.text('cache_size'), 'cache_size', cache.size);
  const whole = formFlag(fields, 'cache_no_part', false);
  const room = storage.available({ ...cache, tableType: 'GPT' });
  if (size !== undefined) checkSize('cache_size', size, 64 * MIB, room);
  const backing = addRoot(core, storage, machine, 'bcache', fields, GIB);
  const target = whole ? { device: cache } : storage.addPartition(core, cache, size ?? room);
  const set = addCacheSet(core, storage, target);
  const made = addBcache(core, storage, backing, {
    name: 'bcache0',
    cacheSetId: set.id,
    cacheMode,
  });
  const device = storage.provided(made)[0]!;
  storage.setFilesystem({ device }, filesystem(core, 'ext4', 'root', '/'));
}

/** The named disk, else the smallest one tagged `ssd` that the system does not boot from. */
function cacheDisk(storage: Storage, machine: Machine, fields: Fields): BlockDevice {
  const root = rootDisk(storage, fields);
  const others = storage.physical.filter(({ id }) => id !== storage.bootDisk!.id && id !== root.id);
  const named = fields.text('cache_device');
  if (named !== '') {
    const disk = others.find(({ id, name }) => String(id) === named || name === named);
    if (!disk) throw notADisk(storage, 'cache_device', named);
    return disk;
  }
  const candidates = others.filter(({ tags }) => tags.includes('ssd'));
  const smallest = candidates.sort((a, b) => a.size - b.size)[0];
  if (!smallest) {
    throw failed(machine, 'bcache', "Node doesn't have an available cache device to setup bcache.");
  }
  return smallest;
}

/** Bytes of ESXi's own partitions, in order of their place on the disk. */
const ESXI: Readonly<Record<string, readonly number[]>> = {
  vmfs6: [3 * MIB, 4 * GIB, 249 * MIB, 249 * MIB, 109 * MIB, 285 * MIB, 2560 * MIB],
  vmfs7: [105 * MIB, 1074 * MIB, 1074 * MIB, 8704 * MIB],
};

function vmfs(
  core: MaasCore,
  storage: Storage,
  machine: Machine,
  layout: 'vmfs6' | 'vmfs7',
  fields: Fields,
): void {
  const disk = rootDisk(storage, fields);
  const least = layout === 'vmfs6' ? 10 : 32;
  if (disk.size < least * 1e9) {
    throw fieldRefusal('size', `Boot disk must be at least ${least}Gb.`, {
      scope: scopeOf(machine),
    });
  }
  for (const size of ESXI[layout]!) {
    storage.addPartition(core, disk, Math.max(4 * MIB, size));
  }
  const rest = storage.available(storage.present(disk));
  const target = storage.addPartition(core, disk, rest);
  addDatastore(core, storage, 'datastore1', [target]);
  storage.layers = { ...storage.layers, vmfs: true };
}
