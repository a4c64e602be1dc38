/** Disks and partitions of machines (facts/maas-api 3.6). */
import type { MaasCore } from '../../core/core.ts';
import type { BlockDevice, Machine, User } from '../../core/objects.ts';
import { STATUS } from '../../core/status.ts';
import {
  createDevice,
  createPartition,
  deleteDevice,
  deletePartition,
  setBootDisk,
  tag,
  updateDevice,
} from '../../core/storage/devices.ts';
import { type Storage, storageOf, type Target } from '../../core/storage/editor.ts';
import { format, mount, unformat, unmount } from '../../core/storage/filesystems.ts';
import { formattable, readyMachine } from '../../core/storage/gates.ts';
import { type Answer, json, text } from '../answers.ts';
import { blockDeviceObject, partitionObject } from '../render/storage.ts';
import type { Action, Resource, UserCall } from '../routes.ts';
import { get, remove } from './crud.ts';

function shownDevice(machine: Machine, id: number): unknown {
  const view = { systemId: machine.systemId, storage: storageOf(machine) };
  return blockDeviceObject(view, view.storage.device(String(id)));
}

function shownPartition(machine: Machine, id: number): unknown {
  const view = { systemId: machine.systemId, storage: storageOf(machine) };
  return partitionObject(view, view.storage.partition(String(id)));
}

function viewOf(core: MaasCore, user: User, systemId: string) {
  return { systemId, storage: storageOf(core.machine(user, systemId)) };
}

type Work = (call: UserCall, storage: Storage, target: Target) => void;

/** Formatting, mounting and their undoing, of disks and of partitions alike. */
const FILESYSTEM_OPS: Readonly<Record<string, Work>> = {
  format: ({ core, params }, storage, target) => format(core, storage, target, params),
  unformat: (_, storage, target) => unformat(storage, target),
  mount: ({ params }, storage, target) => mount(storage, target, params),
  unmount: (_, storage, target) => unmount(storage, target),
};

const TAG_OPS: Readonly<Record<string, Work>> = {
  add_tag: ({ params }, storage, target) => tag(storage, target, params.mandatory('tag'), true),
  remove_tag: ({ params }, storage, target) => tag(storage, target, params.mandatory('tag'), false),
};

function deviceOp(op: string, work: Work): Action {
  return {
    method: 'POST',
    op,
    doc: 'Change what a disk is used for, or its tags.',
    run: (call) => {
      const { core, user, path } = call;
      const systemId = path.system_id!;
      const machine =
        op in TAG_OPS
          ? readyMachine(core, user, systemId, said('update'))
          : formattable(core, user, systemId, `${op} block device`, 'machine');
      const storage = storageOf(machine);
      const device = storage.device(path.id!);
      work(call, storage, { device });
      storage.save(core, machine);
      return json(shownDevice(machine, device.id));
    },
  };
}

function partitionOp(op: string, work: Work): Action {
  return {
    method: 'POST',
    op,
    doc: 'Change what a partition is used for, or its tags.',
    run: (call) => {
      const { core, user, path } = call;
      const machine = formattable(core, user, path.system_id!, `${op} partition`, 'node');
      const storage = storageOf(machine);
      const target = storage.partition(path.id!);
      work(call, storage, target);
      storage.save(core, machine);
      return json(shownPartition(machine, target.partition.id));
    },
  };
}

function said(verb: string, noun = 'machine'): string {
  return `Cannot ${verb} block device because the ${noun} is not Ready.`;
}

function adminPost(op: string | null, doc: string, run: (call: UserCall) => Answer): Action {
  return { method: 'POST', op, doc, run };
}

const blockDevices: readonly Action[] = [
  get('List the disks of a machine.', ({ core, user, path }) => {
    const view = viewOf(core, user, path.system_id!);
    const byId = (a: BlockDevice, b: BlockDevice) => a.id - b.id;
    return [...view.storage.devices].sort(byId).map((disk) => blockDeviceObject(view, disk));
  }),
  adminPost(null, 'Add a physical disk.', ({ core, user, path, params }) => {
    const machine = core.administrable(user, path.system_id!);
    return json(shownDevice(machine, createDevice(core, machine, params).id));
  }),
];

const blockDevice: readonly Action[] = [
  get('Read one disk.', ({ core, user, path }) => {
    const view = viewOf(core, user, path.system_id!);
    return blockDeviceObject(view, view.storage.device(path.id!));
  }),
  {
    method: 'PUT',
    op: null,
    doc: 'Change a disk.',
    run: ({ core, user, path, params }) => {
      const systemId = path.system_id!;
      const machine = readyMachine(core, user, systemId, said('update'), [STATUS.DEPLOYED]);
      return json(shownDevice(machine, updateDevice(core, machine, path.id!, params).id));
    },
  },
  remove(
    'Remove a disk.',
    ({ core, user, path }) => {
      const machine = readyMachine(core, user, path.system_id!, said('delete'));
      deleteDevice(core, machine, path.id!);
    },
    { admin: false },
  ),
  ...Object.entries({ ...TAG_OPS, ...FILESYSTEM_OPS }).map(([op, work]) => deviceOp(op, work)),
  adminPost('set_boot_disk', 'Boot from this disk.', ({ core, user, path }) => {
    const refused = 'Cannot set as boot disk because the machine is not Ready.';
    const machine = readyMachine(core, user, path.system_id!, refused);
    setBootDisk(core, machine, path.id!);
    return text('OK');
  }),
];

const partitions: readonly Action[] = [
  get('List the partitions of a disk.', ({ core, user, path }) => {
    const view = viewOf(core, user, path.system_id!);
    const device = view.storage.device(path.device_id!);
    return device.partitions.map((partition) => partitionObject(view, { device, partition }));
  }),
  adminPost(null, 'Add a partition.', ({ core, user, path, params }) => {
    const refused = 'Cannot create partition because the node is not Ready.';
    const machine = readyMachine(core, user, path.system_id!, refused);
    const { partition } = createPartition(core, machine, path.device_id!, params);
    return json(shownPartition(machine, partition.id));
  }),
];

const partition: readonly Action[] = [
  // Looked up on the whole machine, whichever disk the path names (facts/maas-api 3.6).
  get('Read one partition.', ({ core, user, path }) => {
    const view = viewOf(core, user, path.system_id!);
    return partitionObject(view, view.storage.partition(path.id!));
  }),
  remove(
    'Remove a partition.',
    ({ core, user, path }) => {
      const machine = readyMachine(core, user, path.system_id!, said('delete', 'node'));
      deletePartition(core, machine, path.id!);
    },
    { admin: false },
  ),
  ...Object.entries({ ...TAG_OPS, ...FILESYSTEM_OPS }).map(([op, work]) => partitionOp(op, work)),
];

function below(path: string, name: string, actions: readonly Action[]): Resource {
  return { path: `nodes/{system_id}/${path}`, auth: { name, actions }, anon: null };
}

export const storageResources: readonly Resource[] = [
  below('blockdevices/', 'BlockDevicesHandler', blockDevices),
  below('blockdevices/{id}/', 'BlockDeviceHandler', blockDevice),
  below('blockdevices/{device_id}/partitions/', 'PartitionsHandler', partitions),
  below('blockdevices/{device_id}/partition/{id}', 'PartitionHandler', partition),
  // The same handlers under their other paths (facts/maas-api 1.3).
  below('blockdevices/{device_id}/partitions/{id}', 'PartitionHandler', partition),
];
