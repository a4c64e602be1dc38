/**
 * A machine's storage while a request changes it: a working copy that is put on the machine at the
 * end, so that a request that is refused half way has changed nothing. Looking things up, how much
 * of a device is used and what for are here too, for the answers need them as well.
 */
import type { MaasCore } from '../core.ts';
import type {
  BlockDevice,
  Filesystem,
  Machine,
  MachineState,
  Partition,
  StorageGroup,
  StorageLayers,
} from '../objects.ts';
import { notFound } from '../refusal.ts';
import { STATUS } from '../status.ts';
import { uuid } from '../uuid.ts';
import { alignDown, MIB, raidSize, volumeGroupSize } from './sizes.ts';

/** A whole block device, or a partition of it. */
export interface Target {
  readonly device: BlockDevice;
  readonly partition?: Partition;
}

const NOTHING: StorageLayers = {
  groups: [],
  virtualDisks: [],
  specialFilesystems: [],
  bootDiskId: null,
  vmfs: false,
};

export class Storage {
  devices: readonly BlockDevice[];
  layers: StorageLayers;
  readonly #state: MachineState;
  readonly #bios: 'uefi' | 'pxe';

  constructor(machine: Pick<Machine, 'profile'>, state: MachineState) {
    this.#state = state;
    this.#bios = machine.profile.biosBootMethod;
    this.layers = state.layers ?? NOTHING;
    this.devices = [...state.blockDevices, ...this.layers.virtualDisks];
  }

  get physical(): BlockDevice[] {
    return this.devices.filter(({ virtual }) => !virtual);
  }

  get virtual(): BlockDevice[] {
    return this.devices.filter(({ virtual }) => virtual);
  }

  get architecture(): string {
    return this.#state.architecture.split('/')[0]!;
  }

  get uefi(): boolean {
    return this.#bios === 'uefi' && this.architecture !== 'ppc64el';
  }

  /** The chosen one, else the first physical one. */
  get bootDisk(): BlockDevice | undefined {
    const { physical } = this;
    return physical.find(({ id }) => id === this.layers.bootDiskId) ?? physical[0];
  }

  // --- looking things up ------------------------------------------------------------------------

  /** By id or name. @throws Refusal 404 */
  device(idOrName: string): BlockDevice {
    const found = this.findDevice(idOrName);
    if (!found) throw notFound('BlockDevice', idOrName);
    return found;
  }

  findDevice(idOrName: string): BlockDevice | undefined {
    return this.devices.find(
      (device) => String(device.id) === idOrName || this.nameOf(device) === idOrName,
    );
  }

  /** On the whole machine, by id or as `sda-part1`. */
  findPartition(idOrName: string): Required<Target> | undefined {
    for (const device of this.devices) {
      for (const partition of device.partitions) {
        const name = `${this.nameOf(device)}-part${partition.index}`;
        if (String(partition.id) === idOrName || name === idOrName) return { device, partition };
      }
    }
    return undefined;
  }

  /** @throws Refusal 404 */
  partition(idOrName: string): Required<Target> {
    const found = this.findPartition(idOrName);
    if (!found) throw notFound('Partition', idOrName);
    return found;
  }

  group<K extends StorageGroup['kind']>(kind: K, id: string, model: string): GroupOf<K> {
    const found = this.layers.groups.find((one) => one.kind === kind && String(one.id) === id);
    if (!found) throw notFound(model, id);
    return found as GroupOf<K>;
  }

  groupsOf<K extends StorageGroup['kind']>(kind: K): GroupOf<K>[] {
    return this.layers.groups.filter((one) => one.kind === kind) as GroupOf<K>[];
  }

  /** Every device and every partition. */
  targets(): Target[] {
    return this.devices.flatMap((device) => [
      { device },
      ...device.partitions.map((partition) => ({ device, partition })),
    ]);
  }

  /** What a group is made of; of a bcache its backing device. */
  members({ id }: StorageGroup, fstype?: string): Target[] {
    return this.targets().filter((target) => {
      const filesystem = filesystemOf(target);
      return filesystem?.group === id && (fstype === undefined || filesystem.fstype === fstype);
    });
  }

  /** The devices that a group provides, in order of id. */
  provided({ id }: StorageGroup): BlockDevice[] {
    return this.virtual.filter(({ virtual }) => virtual!.groupId === id);
  }

  // --- names and sizes --------------------------------------------------------------------------

  /** A logical volume is shown with its group's name. */
  nameOf(device: BlockDevice): string {
    const group = this.#groupOf(device);
    return group?.kind === 'lvm' ? `${group.name}-${device.name}` : device.name;
  }

  /** Bytes that the partition table itself takes (facts/maas-api 9.2). */
  overhead(): number {
    const biosGrub = this.architecture === 'amd64' && !this.uefi ? MIB : 0;
    const prep = this.architecture === 'ppc64el' ? 8 * MIB : 0;
    return 5 * MIB + biosGrub + prep;
  }

  /** Bytes that are left for partitions. */
  available(device: BlockDevice): number {
    if (device.filesystem) return 0;
    const used = device.partitions.reduce((sum, { size }) => sum + size, 0);
    const table = device.tableType === null ? 0 : this.overhead();
    return alignDown(device.size - used - table);
  }

  used(device: BlockDevice): number {
    if (device.filesystem) return device.size;
    if (device.tableType === null) return 0;
    const used = device.partitions.reduce((sum, { size }) => sum + size, 0);
    return Math.min(device.size, alignDown(used + this.overhead()));
  }

  /** Bytes of a group; an array of level 10 may have half of one. */
  sizeOf(group: StorageGroup): number {
    switch (group.kind) {
      case 'lvm':
        return volumeGroupSize(this.members(group).map(sizeOf));
      case 'raid':
        return raidSize(group.level, this.members(group, 'raid').map(sizeOf));
      default:
        return this.members(group).reduce((sum, target) => sum + sizeOf(target), 0);
    }
  }

  /** Bytes of a volume group that no logical volume has. */
  freeIn(group: StorageGroup): number {
    const taken = this.provided(group).reduce((sum, { size }) => sum + size, 0);
    return this.sizeOf(group) - taken;
  }

  usedFor({ device, partition }: Target): string {
    if (!partition && device.tableType !== null) {
      const count = device.partitions.length;
      return `${device.tableType} partitioned with ${count} partition${count === 1 ? '' : 's'}`;
    }
    const filesystem = (partition ?? device).filesystem;
    if (!filesystem) return 'Unused';
    const group = this.layers.groups.find(({ id }) => id === filesystem.group);
    if (group) return roleIn(group, filesystem);
    if (filesystem.mountPoint === null) {
      return `Unmounted ${filesystem.fstype} formatted filesystem`;
    }
    return `${filesystem.fstype} formatted filesystem mounted at ${filesystem.mountPoint}`;
  }

  // --- changes ----------------------------------------------------------------------------------

  replace(device: BlockDevice): void {
    this.devices = this.devices.map((one) => (one.id === device.id ? device : one));
  }

  /** The device as it is now, after changes. */
  present({ id }: BlockDevice): BlockDevice {
    return this.devices.find((one) => one.id === id)!;
  }

  setFilesystem(target: Target, filesystem: Filesystem | null): void {
    const device = this.present(target.device);
    const { partition } = target;
    if (!partition) {
      this.replace({ ...device, filesystem });
      return;
    }
    const partitions = device.partitions.map((one) =>
      one.id === partition.id ? { ...one, filesystem } : one,
    );
    this.replace({ ...device, partitions });
  }

  setGroup(group: StorageGroup): void {
    const others = this.layers.groups.filter(({ id }) => id !== group.id);
    const groups = [...others, group].sort((a, b) => a.id - b.id);
    this.layers = { ...this.layers, groups };
  }

  /** Removes a group, the devices that it provides and its members' marks. */
  removeGroup(group: StorageGroup): void {
    for (const device of this.provided(group)) this.removeDevice(device);
    for (const member of this.members(group)) this.setFilesystem(member, null);
    const groups = this.layers.groups.filter(({ id }) => id !== group.id);
    this.layers = { ...this.layers, groups };
  }

  /** Removes a device; groups that were made of nothing else go too. */
  removeDevice(device: BlockDevice): void {
    this.devices = this.devices.filter(({ id }) => id !== device.id);
    for (const group of this.layers.groups) {
      if (this.members(group).length === 0) this.removeGroup(group);
    }
  }

  /** Everything that lies over the bare disks is gone. */
  clear(): void {
    this.devices = this.physical.map((device) => ({
      ...device,
      filesystem: null,
      tableType: null,
      partitions: [],
    }));
    this.layers = { ...NOTHING, bootDiskId: this.layers.bootDiskId };
  }

  /** Adds a partition at the end. `size` must fit. */
  addPartition(
    core: MaasCore,
    device: BlockDevice,
    size: number,
    more: Partial<Pick<Partition, 'bootable' | 'uuid' | 'filesystem'>> = {},
  ): Required<Target> {
    const present = this.present(device);
    const reserved =
      (this.architecture === 'amd64' && !this.uefi && !device.virtual) ||
      (this.architecture === 'ppc64el' && this.bootDisk?.id === device.id);
    const last = Math.max(reserved ? 1 : 0, ...present.partitions.map(({ index }) => index));
    const partition: Partition = {
      id: core.ids.next.partition++,
      uuid: uuid(core.stream('maas.storage')),
      index: last + 1,
      size: alignDown(size),
      bootable: false,
      tags: [],
      filesystem: null,
      ...more,
    };
    const changed: BlockDevice = {
      ...present,
      tableType: present.tableType ?? 'GPT',
      partitions: [...present.partitions, partition],
    };
    this.replace(changed);
    return { device: changed, partition };
  }

  /** Adds the device that a group provides. */
  addVirtual(
    core: MaasCore,
    group: StorageGroup,
    made: Pick<BlockDevice, 'name' | 'size' | 'blockSize'> & { readonly uuid?: string | undefined },
  ): BlockDevice {
    const { uuid: given, ...rest } = made;
    const device: BlockDevice = {
      ...rest,
      id: core.ids.next.blockDevice++,
      idPath: null,
      model: null,
      serial: null,
      firmwareVersion: null,
      tags: [],
      filesystem: null,
      tableType: null,
      partitions: [],
      numaNode: null,
      virtual: { groupId: group.id, uuid: given || uuid(core.stream('maas.storage')) },
    };
    this.devices = [...this.devices, device];
    return device;
  }

  newGroupBase(core: MaasCore, name: string, wantedUuid = '') {
    return {
      id: core.ids.next.storageGroup++,
      name,
      uuid: wantedUuid || uuid(core.stream('maas.storage')),
    };
  }

  /** Puts the working copy on the machine; what the owner changes is undone by a release. */
  save(core: MaasCore, machine: Machine): void {
    const { blockDevices, status, heldStorage, layers } = machine.state;
    const virtualDisks = this.virtual;
    const merged = { ...this.layers, virtualDisks };
    const bare =
      merged.groups.length === 0 &&
      virtualDisks.length === 0 &&
      merged.specialFilesystems.length === 0 &&
      merged.bootDiskId === null &&
      !merged.vmfs;
    const hold = status === STATUS.ALLOCATED && !heldStorage;
    core.change(machine, {
      blockDevices: this.physical,
      layers: bare ? null : merged,
      ...(hold ? { heldStorage: { blockDevices, layers: layers ?? null } } : {}),
    });
  }

  #groupOf({ virtual }: BlockDevice): StorageGroup | undefined {
    return virtual && this.layers.groups.find(({ id }) => id === virtual.groupId);
  }
}

export type GroupOf<K extends StorageGroup['kind']> = Extract<StorageGroup, { kind: K }>;

/** The storage of a machine, as a working copy. */
export function storageOf(machine: Machine): Storage {
  return new Storage(machine, machine.state);
}

export function filesystemOf({ device, partition }: Target): Filesystem | null {
  return (partition ?? device).filesystem;
}

/** Bytes. */
export function sizeOf({ device, partition }: Target): number {
  return (partition ?? device).size;
}

/** The storage that a release leaves: what the owner changed is undone (facts/maas-api 9.2). */
export function storageAfterRelease({ heldStorage }: MachineState): Partial<MachineState> {
  return heldStorage ? { ...heldStorage, heldStorage: null } : {};
}

function roleIn(group: StorageGroup, { fstype }: Filesystem): string {
  switch (group.kind) {
    case 'lvm':
      return `LVM volume for ${group.name}`;
    case 'raid':
      return `${fstype === 'raid-spare' ? 'Spare' : 'Active'} ${group.level} device for ${group.name}`;
    case 'cache-set':
      return `Cache device for ${group.name}`;
    case 'bcache':
      return `Backing device for ${group.name}`;
    case 'vmfs':
      return `VMFS extent for ${group.name}`;
  }
}

/** What a group is called in refusals. */
export function kindName({ kind }: StorageGroup): string {
  return {
    lvm: 'volume group',
    raid: 'RAID',
    'cache-set': 'cache set',
    bcache: 'Bcache',
    vmfs: 'VMFS',
  }[kind];
}

/** Whether nothing uses the target, so that it may become a member of a group. */
export function isFree({ device, partition }: Target): boolean {
  if (partition) return partition.filesystem === null;
  return device.filesystem === null && device.partitions.length === 0;
}
