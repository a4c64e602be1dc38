/** Disks, partitions and what is made of them (facts/maas-api 6.5, 6.6). */
import type { BlockDevice, Filesystem, StorageGroup } from '../../core/objects.ts';
import type { GroupOf, Storage, Target } from '../../core/storage/editor.ts';
import { isSpare } from '../../core/storage/members.ts';
import { humanSize } from '../../core/storage/sizes.ts';
import { API_ROOT } from '../routes.ts';

/** A machine's storage and whose it is. */
export interface StorageView {
  readonly systemId: string;
  readonly storage: Storage;
}

export function blockDeviceObject({ systemId, storage }: StorageView, disk: BlockDevice) {
  const name = storage.nameOf(disk);
  return {
    system_id: systemId,
    id: disk.id,
    name,
    type: disk.virtual ? 'virtual' : 'physical',
    path: `/dev/disk/by-dname/${name}`,
    id_path: disk.idPath,
    model: disk.model,
    serial: disk.serial,
    firmware_version: disk.firmwareVersion,
    uuid: disk.virtual?.uuid ?? null,
    size: disk.size,
    block_size: disk.blockSize,
    available_size: storage.available(disk),
    used_size: storage.used(disk),
    used_for: storage.usedFor({ device: disk }),
    tags: disk.tags,
    filesystem: filesystemObject(disk.filesystem),
    partition_table_type: disk.tableType,
    partitions: disk.partitions.map((partition) =>
      partitionObject({ systemId, storage }, { device: disk, partition }),
    ),
    storage_pool: null,
    numa_node: disk.numaNode,
    resource_uri: `${API_ROOT}nodes/${systemId}/blockdevices/${disk.id}/`,
  };
}

export function partitionObject({ systemId, storage }: StorageView, target: Required<Target>) {
  const { device, partition } = target;
  return {
    system_id: systemId,
    device_id: device.id,
    id: partition.id,
    uuid: partition.uuid,
    path: `/dev/disk/by-dname/${storage.nameOf(device)}-part${partition.index}`,
    type: 'partition',
    size: partition.size,
    bootable: partition.bootable,
    tags: partition.tags,
    filesystem: filesystemObject(partition.filesystem),
    used_for: storage.usedFor(target),
    // The one kind of resource_uri without a slash at its end (facts/maas-api 6.5).
    resource_uri: `${API_ROOT}nodes/${systemId}/blockdevices/${device.id}/partition/${partition.id}`,
  };
}

function filesystemObject(filesystem: Filesystem | null) {
  if (!filesystem) return null;
  return {
    fstype: filesystem.fstype,
    label: filesystem.label,
    uuid: filesystem.uuid,
    mount_point: filesystem.mountPoint,
    mount_options: filesystem.mountOptions,
  };
}

function memberObject(view: StorageView, { device, partition }: Target) {
  return partition ? partitionObject(view, { device, partition }) : blockDeviceObject(view, device);
}

const PATHS: Readonly<Record<StorageGroup['kind'], string>> = {
  lvm: 'volume-group',
  raid: 'raid',
  'cache-set': 'bcache-cache-set',
  bcache: 'bcache',
  vmfs: 'vmfs-datastore',
};

function base({ systemId }: StorageView, { id, kind, name }: StorageGroup) {
  return {
    system_id: systemId,
    id,
    name,
    resource_uri: `${API_ROOT}nodes/${systemId}/${PATHS[kind]}/${id}/`,
  };
}

function sized({ storage }: StorageView, group: StorageGroup) {
  const size = storage.sizeOf(group);
  return { uuid: group.uuid, size, human_size: humanSize(size) };
}

export function volumeGroupObject(view: StorageView, group: GroupOf<'lvm'>) {
  const { storage } = view;
  const free = storage.freeIn(group);
  const used = storage.sizeOf(group) - free;
  return {
    ...base(view, group),
    ...sized(view, group),
    devices: storage.members(group).map((member) => memberObject(view, member)),
    available_size: free,
    human_available_size: humanSize(free),
    used_size: used,
    human_used_size: humanSize(used),
    logical_volumes: storage.provided(group).map((device) => blockDeviceObject(view, device)),
  };
}

export function raidObject(view: StorageView, raid: GroupOf<'raid'>) {
  const members = view.storage.members(raid);
  return {
    ...base(view, raid),
    ...sized(view, raid),
    level: raid.level,
    devices: members.filter((one) => !isSpare(one)).map((one) => memberObject(view, one)),
    spare_devices: members.filter(isSpare).map((one) => memberObject(view, one)),
    virtual_device: provided(view, raid),
  };
}

export function cacheSetObject(view: StorageView, set: GroupOf<'cache-set'>) {
  const member = view.storage.members(set)[0];
  return { ...base(view, set), cache_device: member ? memberObject(view, member) : null };
}

export function bcacheObject(view: StorageView, bcache: GroupOf<'bcache'>) {
  const { storage } = view;
  const set = storage.groupsOf('cache-set').find(({ id }) => id === bcache.cacheSetId);
  const backing = storage.members(bcache)[0];
  return {
    ...base(view, bcache),
    ...sized(view, bcache),
    cache_set: set ? cacheSetObject(view, set) : null,
    backing_device: backing ? memberObject(view, backing) : null,
    virtual_device: provided(view, bcache),
    cache_mode: bcache.cacheMode,
  };
}

export function datastoreObject(view: StorageView, datastore: GroupOf<'vmfs'>) {
  const { storage } = view;
  return {
    ...base(view, datastore),
    ...sized(view, datastore),
    devices: storage.members(datastore).map((member) => memberObject(view, member)),
    filesystem: filesystemObject(storage.provided(datastore)[0]?.filesystem ?? null),
  };
}

function provided(view: StorageView, group: StorageGroup) {
  const [device] = view.storage.provided(group);
  return device ? blockDeviceObject(view, device) : null;
}

/** The keys of a machine object that are about its storage (facts/maas-api 6.1). */
export function machineStorage(view: StorageView) {
  const { systemId, storage } = view;
  const objects = new Map(
    storage.devices.map((device) => [device.id, blockDeviceObject(view, device)]),
  );
  const all = (devices: readonly BlockDevice[]) => devices.map(({ id }) => objects.get(id)!);
  // Groups are only named here; clients fetch them when they want to know more.
  const stubs = (kind: StorageGroup['kind']) =>
    storage.groupsOf(kind).map(({ id }) => ({ system_id: systemId, id, __incomplete__: true }));
  const { bootDisk, physical, virtual } = storage;
  return {
    // A float in the real one; 64000 and 64000.0 are the same number to every client.
    storage: physical.reduce((sum, disk) => sum + disk.size, 0) / 1e6,
    boot_disk: bootDisk ? objects.get(bootDisk.id)! : null,
    blockdevice_set: all(storage.devices),
    physicalblockdevice_set: all(physical),
    virtualblockdevice_set: all(virtual),
    special_filesystems: storage.layers.specialFilesystems.map(filesystemObject),
    volume_groups: stubs('lvm'),
    raids: stubs('raid'),
    bcaches: stubs('bcache'),
    cache_sets: stubs('cache-set'),
  };
}
