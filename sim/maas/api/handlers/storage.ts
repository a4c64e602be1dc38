/** Disks and partitions of machines (facts/maas-api 3.6). */
import type { BlockDevice, Machine } from '../../core/objects.ts';
import { notFound, refusal } from '../../core/refusal.ts';
import { STATUS } from '../../core/status.ts';
import { json } from '../answers.ts';
import { blockDeviceObject, partitionObject } from '../render/machine.ts';
import type { Action, Resource } from '../routes.ts';

function diskOf(machine: Machine, idOrName: string): BlockDevice {
  const found = machine.state.blockDevices.find(
    (disk) => String(disk.id) === idOrName || disk.name === idOrName,
  );
  if (!found) throw notFound('BlockDevice', idOrName);
  return found;
}

function diskTag(op: 'add_tag' | 'remove_tag'): Action {
  return {
    method: 'POST',
    op,
    doc: 'Change the tags of a disk.',
    run: ({ core, user, path, params }) => {
      const machine = core.administrable(user, path.system_id!);
      const disk = diskOf(machine, path.device_id!);
      const tag = params.mandatory('tag');
      if (machine.state.status !== STATUS.READY) {
        throw refusal('conflict', 'Cannot update block device because the machine is not Ready.', {
          scope: `machine ${machine.systemId}`,
        });
      }
      const others = disk.tags.filter((present) => present !== tag);
      const changed = { ...disk, tags: op === 'add_tag' ? [...others, tag] : others };
      core.change(machine, {
        blockDevices: machine.state.blockDevices.map((d) => (d.id === disk.id ? changed : d)),
      });
      return json(blockDeviceObject(machine.systemId, changed));
    },
  };
}

const blockDeviceCollection: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'List the disks of a machine.',
    run: ({ core, user, path }) => {
      const { systemId, state } = core.machine(user, path.system_id!);
      return json(state.blockDevices.map((disk) => blockDeviceObject(systemId, disk)));
    },
  },
];

const blockDeviceActions: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'Read one disk.',
    run: ({ core, user, path }) => {
      const machine = core.machine(user, path.system_id!);
      return json(blockDeviceObject(machine.systemId, diskOf(machine, path.device_id!)));
    },
  },
  diskTag('add_tag'),
  diskTag('remove_tag'),
];

const partitionCollection: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'List the partitions of a disk.',
    run: ({ core, user, path }) => {
      const machine = core.machine(user, path.system_id!);
      const disk = diskOf(machine, path.device_id!);
      return json(disk.partitions.map((p) => partitionObject(machine.systemId, disk, p)));
    },
  },
];

const partitionActions: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'Read one partition.',
    run: ({ core, user, path }) => {
      const machine = core.machine(user, path.system_id!);
      // Looked up on the whole machine, whichever disk the path names (facts/maas-api 3.6).
      for (const disk of machine.state.blockDevices) {
        const found = disk.partitions.find(
          (p) => String(p.id) === path.id || `${disk.name}-part${p.index}` === path.id,
        );
        if (found) return json(partitionObject(machine.systemId, disk, found));
      }
      throw notFound('Partition', path.id!);
    },
  },
];

function below(path: string, name: string, actions: readonly Action[]): Resource {
  return { path: `nodes/{system_id}/${path}`, auth: { name, actions }, anon: null };
}

export const storageResources: readonly Resource[] = [
  below('blockdevices/', 'BlockDevicesHandler', blockDeviceCollection),
  below('blockdevices/{device_id}/', 'BlockDeviceHandler', blockDeviceActions),
  below('blockdevices/{device_id}/partitions/', 'PartitionsHandler', partitionCollection),
  below('blockdevices/{device_id}/partition/{id}', 'PartitionHandler', partitionActions),
];
