/** A disk as it comes, and the default `flat` layout on it (facts/maas-api 9.1, 9.2). */
import type { RandomStream } from '../../kernel/random.ts';
import type { Hardware } from './hardware.ts';
import type { Ids } from './inventory.ts';
import type { BlockDevice, Partition } from './objects.ts';
import { uuid } from './uuid.ts';

const MIB = 1024 * 1024;

export function bareDisk(disk: Hardware['disks'][number], ids: Ids): BlockDevice {
  return {
    ...disk,
    id: ids.next.blockDevice++,
    filesystem: null,
    tableType: null,
    partitions: [],
  };
}

/** For UEFI: 512 MiB for the firmware and one root that takes the rest. */
export function flatLayout(disk: BlockDevice, ids: Ids, stream: RandomStream): BlockDevice {
  const usable = disk.size - 5 * MIB;
  const efi = 512 * MIB;
  const root = Math.floor((usable - efi) / (4 * MIB)) * 4 * MIB;
  const partition = (
    index: number,
    size: number,
    bootable: boolean,
    fstype: string,
    label: string,
    mountPoint: string,
  ): Partition => ({
    id: ids.next.partition++,
    uuid: uuid(stream),
    index,
    size,
    bootable,
    tags: [],
    filesystem: { fstype, uuid: uuid(stream), label, mountPoint, mountOptions: null },
  });
  return {
    ...disk,
    filesystem: null,
    tableType: 'GPT',
    partitions: [
      partition(1, efi, true, 'fat32', 'efi', '/boot/efi'),
      partition(2, root, false, 'ext4', 'root', '/'),
    ],
  };
}
