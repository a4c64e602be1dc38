/** Block devices and partitions (facts/maas-api 3.6, 9.2). */
import type { MaasCore } from '../core.ts';
import { type Fields, formFlag } from '../fields.ts';
import { numberField, REQUIRED, requiredField } from '../form-fields.ts';
import { numaField } from '../interfaces.ts';
import type { BlockDevice, Machine } from '../objects.ts';
import { fieldRefusal, refusal } from '../refusal.ts';
import { STATUS } from '../status.ts';
import { type Storage, storageOf, type Target } from './editor.ts';
import { checkNoMember, uuidField } from './filesystems.ts';
import { ALIGNMENT, alignDown, humanSize, sizeField } from './sizes.ts';

const NAME = /^[\w.:+-]{1,255}$/;

/** Adds a physical disk. @throws Refusal 400 */
export function createDevice(core: MaasCore, machine: Machine, fields: Fields): BlockDevice {
  const storage = storageOf(machine);
  const name = nameField(storage, requiredField(fields, 'name'), undefined);
  const device: BlockDevice = {
    ...identity(fields, { model: null, serial: null, idPath: null }),
    id: core.ids.next.blockDevice++,
    name,
    firmwareVersion: null,
    size: deviceSize(fields) ?? missing('size'),
    blockSize: numberField(fields, 'block_size', { min: 512 }) ?? missing('block_size'),
    tags: tags(fields) ?? [],
    filesystem: null,
    tableType: null,
    partitions: [],
    numaNode: numaField(machine, fields) ?? 0,
  };
  storage.devices = [...storage.physical, device, ...storage.virtual];
  storage.save(core, machine);
  return device;
}

/** @throws Refusal 400; 409 for a virtual one of a deployed machine */
export function updateDevice(
  core: MaasCore,
  machine: Machine,
  idOrName: string,
  fields: Fields,
): BlockDevice {
  const storage = storageOf(machine);
  const device = storage.device(idOrName);
  const deployed = machine.state.status === STATUS.DEPLOYED;
  if (device.virtual && deployed) {
    throw refusal(
      'conflict',
      'Cannot update virtual block device because the machine is Deployed.',
    );
  }
  const changed = device.virtual
    ? virtualChanges(storage, device, fields)
    : {
        ...device,
        ...identity(fields, device),
        name: nameField(storage, fields.text('name') || device.name, device.id),
        ...(deployed
          ? {}
          : {
              size: deviceSize(fields) ?? device.size,
              blockSize: numberField(fields, 'block_size', { min: 512 }) ?? device.blockSize,
              tags: tags(fields) ?? device.tags,
              numaNode: numaField(machine, fields) ?? device.numaNode,
            }),
      };
  storage.replace(changed);
  storage.save(core, machine);
  return changed;
}

function virtualChanges(storage: Storage, device: BlockDevice, fields: Fields): BlockDevice {
  const { groupId, uuid } = device.virtual!;
  const group = storage.layers.groups.find(({ id }) => id === groupId)!;
  const size = deviceSize(fields);
  const changed: BlockDevice = {
    ...device,
    name: nameField(storage, ownName(fields.text('name'), group.name) || device.name, device.id),
    virtual: { groupId, uuid: uuidField(fields) || uuid },
  };
  if (size === undefined || group.kind !== 'lvm') return changed;
  const free = storage.freeIn(group) + device.size;
  if (alignDown(size) > free) {
    throw fieldRefusal(
      'size',
      `There is not enough free space (${humanSize(free)}) on volume group ${group.name}.`,
      { wanted: String(size) },
    );
  }
  return { ...changed, size: alignDown(size) };
}

/** A client may send the name as it was shown, with the group's before it. */
function ownName(name: string, group: string): string {
  return name.startsWith(`${group}-`) ? name.slice(group.length + 1) : name;
}

/** @throws Refusal 400 while a group is made of it */
export function deleteDevice(core: MaasCore, machine: Machine, idOrName: string): void {
  const storage = storageOf(machine);
  const device = storage.device(idOrName);
  checkNoMember(storage, { device });
  const group = storage.layers.groups.find(({ id }) => id === device.virtual?.groupId);
  if (group && group.kind !== 'lvm') storage.removeGroup(group);
  else storage.removeDevice(device);
  storage.save(core, machine);
}

/** @throws Refusal 400 for a virtual one */
export function setBootDisk(core: MaasCore, machine: Machine, idOrName: string): void {
  const storage = storageOf(machine);
  const device = storage.device(idOrName);
  if (device.virtual) {
    throw refusal('invalid', 'Cannot set a virtual block device as the boot disk.');
  }
  storage.layers = { ...storage.layers, bootDiskId: device.id };
  storage.save(core, machine);
}

/** Adds or removes a tag of a device or partition. */
export function tag(storage: Storage, target: Target, name: string, present: boolean): void {
  const { device, partition } = target;
  const change = (tags: readonly string[]) => {
    const others = tags.filter((other) => other !== name);
    return present ? [...others, name] : others;
  };
  if (!partition) {
    storage.replace({ ...device, tags: change(device.tags) });
    return;
  }
  const partitions = device.partitions.map((one) =>
    one.id === partition.id ? { ...one, tags: change(one.tags) } : one,
  );
  storage.replace({ ...device, partitions });
}

/** @throws Refusal 400 */
export function createPartition(
  core: MaasCore,
  machine: Machine,
  idOrName: string,
  fields: Fields,
): Required<Target> {
  const storage = storageOf(machine);
  const device = storage.device(idOrName);
  const target = addPartition(core, storage, device, fields);
  storage.save(core, machine);
  return target;
}

function addPartition(
  core: MaasCore,
  storage: Storage,
  device: BlockDevice,
  fields: Fields,
): Required<Target> {
  const over = storage.layers.groups.find(({ id }) => id === device.virtual?.groupId);
  if (over?.kind === 'lvm') {
    throw fieldRefusal('__all__', 'Cannot create a partition table on a logical volume.');
  }
  if (over?.kind === 'bcache') {
    throw fieldRefusal('__all__', 'Cannot create a partition table on a Bcache volume.');
  }
  const uuid = uuidField(fields);
  const free = storage.available({ ...device, tableType: device.tableType ?? 'GPT' });
  const asked = sizeField(fields.text('size'), 'size');
  if (asked !== undefined && asked < ALIGNMENT) {
    throw fieldRefusal('size', `Ensure this value is greater than or equal to ${ALIGNMENT}.`, {
      wanted: String(asked),
    });
  }
  const size = alignDown(asked ?? free);
  if (size > free || free < ALIGNMENT) {
    throw fieldRefusal(
      'size',
      'Partition cannot be saved; not enough free space on the block device.',
      { wanted: humanSize(asked ?? ALIGNMENT), found: [humanSize(free)] },
    );
  }
  return storage.addPartition(core, device, size, {
    bootable: formFlag(fields, 'bootable', false),
    ...(uuid === '' ? {} : { uuid }),
  });
}

/** Removes a partition; those after it move up. @throws Refusal 400 while a group is made of it */
export function deletePartition(core: MaasCore, machine: Machine, idOrName: string): void {
  const storage = storageOf(machine);
  const { device, partition } = storage.partition(idOrName);
  checkNoMember(storage, { device, partition });
  const partitions = device.partitions
    .filter(({ id }) => id !== partition.id)
    .map((one) => (one.index > partition.index ? { ...one, index: one.index - 1 } : one));
  storage.replace({
    ...device,
    partitions,
    tableType: partitions.length === 0 ? null : device.tableType,
  });
  storage.save(core, machine);
}

function identity(
  fields: Fields,
  before: Pick<BlockDevice, 'model' | 'serial' | 'idPath'>,
): Pick<BlockDevice, 'model' | 'serial' | 'idPath'> {
  const text = (name: string, present: string | null) =>
    fields.has(name) ? fields.text(name) || null : present;
  const found = {
    model: text('model', before.model),
    serial: text('serial', before.serial),
    idPath: text('id_path', before.idPath),
  };
  if (found.idPath === null && (found.model === null || found.serial === null)) {
    throw fieldRefusal('__all__', 'serial/model are required if id_path is not provided.');
  }
  return found;
}

function deviceSize(fields: Fields): number | undefined {
  const size = sizeField(fields.text('size'), 'size');
  if (size !== undefined && size < ALIGNMENT) {
    throw fieldRefusal('size', `Ensure this value is greater than or equal to ${ALIGNMENT}.`, {
      wanted: String(size),
    });
  }
  return size;
}

function missing(field: string): never {
  throw fieldRefusal(field, REQUIRED, { wanted: field });
}

function nameField(storage: Storage, name: string, self: number | undefined): string {
  if (!NAME.test(name)) throw fieldRefusal('name', 'Enter a valid value.', { wanted: name });
  if (storage.devices.some((other) => other.id !== self && storage.nameOf(other) === name)) {
    throw fieldRefusal('name', 'Block device with this Node and Name already exists.', {
      wanted: name,
    });
  }
  return name;
}

function tags(fields: Fields): string[] | undefined {
  if (!fields.has('tags')) return undefined;
  const all = fields.all('tags').flatMap((text) => text.split(','));
  return [...new Set(all.map((one) => one.trim()))].filter((one) => one !== '');
}
