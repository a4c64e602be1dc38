/** VMFS datastores, on machines with a layout for ESXi only (facts/maas-api 3.6, 9.1). */
import type { MaasCore } from '../core.ts';
import type { Fields } from '../fields.ts';
import { requiredField } from '../form-fields.ts';
import type { Machine } from '../objects.ts';
import { fieldRefusal } from '../refusal.ts';
import { uuid } from '../uuid.ts';
import { type GroupOf, type Storage, storageOf, type Target } from './editor.ts';
import { uuidField } from './filesystems.ts';
import { chosenMembers, freeDevices, freePartitions, join, leave } from './members.ts';
import { groupName } from './volume-groups.ts';

type Datastore = GroupOf<'vmfs'>;

/** @throws Refusal 400 */
export function createDatastore(core: MaasCore, machine: Machine, fields: Fields): Datastore {
  const storage = storageOf(machine);
  if (!storage.layers.vmfs) {
    throw fieldRefusal('__all__', 'VMFS Datastores may only be configured on a VMFS layout.');
  }
  const name = groupName(storage, requiredField(fields, 'name'), undefined);
  const members = [
    ...freeDevices(storage, fields, 'block_devices'),
    ...freePartitions(storage, fields, 'partitions'),
  ];
  if (members.length === 0) {
    throw fieldRefusal('__all__', 'At least one block device or partition must be specified.');
  }
  const datastore = addDatastore(core, storage, name, members, uuidField(fields));
  storage.save(core, machine);
  return datastore;
}

/** Adds a datastore to the working copy. */
export function addDatastore(
  core: MaasCore,
  storage: Storage,
  name: string,
  members: readonly Target[],
  wantedUuid = '',
): Datastore {
  const datastore: Datastore = { kind: 'vmfs', ...storage.newGroupBase(core, name, wantedUuid) };
  storage.setGroup(datastore);
  for (const member of members) join(core, storage, member, datastore.id, 'vmfs6');
  const device = storage.addVirtual(core, datastore, {
    name,
    size: storage.sizeOf(datastore),
    blockSize: 1024,
    uuid: datastore.uuid,
  });
  storage.setFilesystem(
    { device },
    {
      fstype: 'vmfs6',
      uuid: uuid(core.stream('maas.storage')),
      label: null,
      mountPoint: `/vmfs/volumes/${name}`,
      mountOptions: null,
    },
  );
  return datastore;
}

/** @throws Refusal 400 */
export function updateDatastore(
  core: MaasCore,
  machine: Machine,
  id: string,
  fields: Fields,
): void {
  const storage = storageOf(machine);
  const datastore = storage.group('vmfs', id, 'VMFS');
  const present = storage.members(datastore);
  const changed: Datastore = {
    ...datastore,
    name: groupName(storage, fields.text('name') || datastore.name, datastore.id),
    uuid: uuidField(fields) || datastore.uuid,
  };
  const added = [
    ...freeDevices(storage, fields, 'add_block_devices'),
    ...freePartitions(storage, fields, 'add_partitions'),
  ];
  const removed = chosenMembers(storage, fields, 'remove_partitions', present);
  storage.setGroup(changed);
  leave(storage, removed);
  for (const member of added) join(core, storage, member, datastore.id, 'vmfs6');
  for (const device of storage.provided(changed)) {
    storage.replace({ ...device, name: changed.name, size: storage.sizeOf(changed) });
  }
  storage.save(core, machine);
}

export function deleteDatastore(core: MaasCore, machine: Machine, id: string): void {
  const storage = storageOf(machine);
  storage.removeGroup(storage.group('vmfs', id, 'VMFS'));
  storage.save(core, machine);
}
