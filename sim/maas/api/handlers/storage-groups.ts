/** Volume groups, RAID arrays, bcaches and datastores of machines, and layouts (facts/maas-api 3.6, 3.2). */
import type { Machine, StorageGroup } from '../../core/objects.ts';
import { refusal, scopeOf } from '../../core/refusal.ts';
import { STATUS, statusName } from '../../core/status.ts';
import {
  createBcache,
  createCacheSet,
  deleteBcache,
  deleteCacheSet,
  updateBcache,
  updateCacheSet,
} from '../../core/storage/bcaches.ts';
import {
  createDatastore,
  deleteDatastore,
  updateDatastore,
} from '../../core/storage/datastores.ts';
import { type GroupOf, storageOf } from '../../core/storage/editor.ts';
import { mountSpecial, unmountSpecial } from '../../core/storage/filesystems.ts';
import { readyMachine } from '../../core/storage/gates.ts';
import { setLayout } from '../../core/storage/layouts.ts';
import { createRaid, deleteRaid, updateRaid } from '../../core/storage/raids.ts';
import {
  createLogicalVolume,
  createVolumeGroup,
  deleteLogicalVolume,
  deleteVolumeGroup,
  updateVolumeGroup,
} from '../../core/storage/volume-groups.ts';
import { type Answer, DELETED, json } from '../answers.ts';
import type { Params } from '../params.ts';
import {
  bcacheObject,
  blockDeviceObject,
  cacheSetObject,
  datastoreObject,
  raidObject,
  type StorageView,
  volumeGroupObject,
} from '../render/storage.ts';
import type { Action, Resource, UserCall } from '../routes.ts';
import { get } from './crud.ts';

type Core = UserCall['core'];

/** One kind of group: its words and what can be done with one. */
interface Kind<K extends StorageGroup['kind']> {
  readonly kind: K;
  /** As in "No <model> matches the given query." */
  readonly model: string;
  /** What is said when the machine is not Ready. */
  readonly refused: (verb: 'create' | 'update' | 'delete') => string;
  readonly object: (view: StorageView, group: GroupOf<K>) => unknown;
  readonly create: (core: Core, machine: Machine, params: Params) => { readonly id: number };
  readonly update: (core: Core, machine: Machine, id: string, params: Params) => void;
  readonly remove: (core: Core, machine: Machine, id: string) => void;
}

const notReady = (noun: string) => (verb: string) =>
  `Cannot ${verb} ${noun} because the machine is not Ready.`;

const VOLUME_GROUPS: Kind<'lvm'> = {
  kind: 'lvm',
  model: 'VolumeGroup',
  refused: notReady('volume group'),
  object: volumeGroupObject,
  create: createVolumeGroup,
  update: updateVolumeGroup,
  remove: deleteVolumeGroup,
};

const RAIDS: Kind<'raid'> = {
  kind: 'raid',
  model: 'RAID',
  refused: notReady('RAID'),
  object: raidObject,
  create: createRaid,
  update: updateRaid,
  remove: deleteRaid,
};

const CACHE_SETS: Kind<'cache-set'> = {
  kind: 'cache-set',
  model: 'CacheSet',
  refused: (verb) =>
    verb === 'create'
      ? 'Cannot create cache set because the node is not Ready.'
      : notReady('cache set')(verb),
  object: cacheSetObject,
  create: createCacheSet,
  update: updateCacheSet,
  remove: deleteCacheSet,
};

const BCACHES: Kind<'bcache'> = {
  kind: 'bcache',
  model: 'Bcache',
  refused: notReady('Bcache'),
  object: bcacheObject,
  create: createBcache,
  update: updateBcache,
  remove: deleteBcache,
};

const DATASTORES: Kind<'vmfs'> = {
  kind: 'vmfs',
  model: 'VMFS',
  refused: notReady('VMFS group'),
  object: datastoreObject,
  create: createDatastore,
  update: updateDatastore,
  remove: deleteDatastore,
};

function viewOf(machine: Machine): StorageView {
  return { systemId: machine.systemId, storage: storageOf(machine) };
}

function collection<K extends StorageGroup['kind']>(kind: Kind<K>): Action[] {
  return [
    get('List them all.', ({ core, user, path }) => {
      const view = viewOf(core.machine(user, path.system_id!));
      return view.storage.groupsOf(kind.kind).map((group) => kind.object(view, group));
    }),
    {
      method: 'POST',
      op: null,
      doc: 'Make one of disks and partitions.',
      run: ({ core, user, path, params }) => {
        const machine = readyMachine(core, user, path.system_id!, kind.refused('create'));
        const { id } = kind.create(core, machine, params);
        return shown(kind, machine, String(id));
      },
    },
  ];
}

function shown<K extends StorageGroup['kind']>(
  kind: Kind<K>,
  machine: Machine,
  id: string,
): Answer {
  const view = viewOf(machine);
  return json(kind.object(view, view.storage.group(kind.kind, id, kind.model)));
}

function single<K extends StorageGroup['kind']>(kind: Kind<K>): Action[] {
  return [
    {
      method: 'GET',
      op: null,
      doc: 'Read one.',
      run: ({ core, user, path }) => shown(kind, core.machine(user, path.system_id!), path.id!),
    },
    {
      method: 'PUT',
      op: null,
      doc: 'Change one.',
      run: ({ core, user, path, params }) => {
        const machine = readyMachine(core, user, path.system_id!, kind.refused('update'));
        kind.update(core, machine, path.id!, params);
        return shown(kind, machine, path.id!);
      },
    },
    {
      method: 'DELETE',
      op: null,
      doc: 'Take one apart.',
      run: ({ core, user, path }) => {
        const machine = readyMachine(core, user, path.system_id!, kind.refused('delete'));
        kind.remove(core, machine, path.id!);
        return DELETED;
      },
    },
  ];
}

const logicalVolumes: readonly Action[] = [
  {
    method: 'POST',
    op: 'create_logical_volume',
    doc: 'Add a logical volume.',
    run: ({ core, user, path, params }) => {
      const refused = notReady('logical volume')('create');
      const machine = readyMachine(core, user, path.system_id!, refused);
      const { id } = createLogicalVolume(core, machine, path.id!, params);
      const view = viewOf(machine);
      return json(blockDeviceObject(view, view.storage.device(String(id))));
    },
  },
  {
    method: 'POST',
    op: 'delete_logical_volume',
    doc: 'Remove a logical volume.',
    run: ({ core, user, path, params }) => {
      const refused = notReady('logical volume')('delete');
      const machine = readyMachine(core, user, path.system_id!, refused);
      deleteLogicalVolume(core, machine, path.id!, params);
      return DELETED;
    },
  },
];

/** What one machine can do with its storage as a whole; answered by `answer`. */
export function machineStorageActions(
  answer: (call: UserCall, machine: Machine) => Answer,
): Action[] {
  const special = (
    op: 'mount_special' | 'unmount_special',
    work: (core: Core, machine: Machine, params: Params) => void,
  ): Action => ({
    method: 'POST',
    op,
    doc: 'A filesystem without a device.',
    run: (call) => {
      const machine = call.core.editable(call.user, call.path.system_id!);
      const { status } = machine.state;
      if (status !== STATUS.READY && status !== STATUS.ALLOCATED) {
        const verb = op === 'mount_special' ? 'mount' : 'unmount';
        throw refusal(
          'conflict',
          `Cannot ${verb} the filesystem because the machine is not Ready or Allocated.`,
          { found: [statusName(status)], scope: scopeOf(machine) },
        );
      }
      work(call.core, machine, call.params);
      return answer(call, machine);
    },
  });
  return [
    {
      method: 'POST',
      op: 'set_storage_layout',
      doc: 'Arrange the disks in one of the known ways.',
      run: (call) => {
        const { core, user, path, params } = call;
        const refused = 'Cannot change the storage layout on a machine that is not Ready.';
        const machine = readyMachine(core, user, path.system_id!, refused);
        setLayout(core, machine, params.mandatory('storage_layout'), params);
        return answer(call, machine);
      },
    },
    special('mount_special', mountSpecial),
    special('unmount_special', unmountSpecial),
  ];
}

function resources<K extends StorageGroup['kind']>(
  kind: Kind<K>,
  names: { many: string; manyHandler: string; one: string; oneHandler: string },
  more: readonly Action[] = [],
): Resource[] {
  const below = (path: string, name: string, actions: readonly Action[]): Resource => ({
    path: `nodes/{system_id}/${path}/`,
    auth: { name, actions },
    anon: null,
  });
  return [
    below(names.many, names.manyHandler, collection(kind)),
    below(`${names.one}/{id}`, names.oneHandler, [...single(kind), ...more]),
  ];
}

export const storageGroupResources: readonly Resource[] = [
  ...resources(
    VOLUME_GROUPS,
    {
      many: 'volume-groups',
      manyHandler: 'VolumeGroupsHandler',
      one: 'volume-group',
      oneHandler: 'VolumeGroupHandler',
    },
    logicalVolumes,
  ),
  ...resources(RAIDS, {
    many: 'raids',
    manyHandler: 'RaidsHandler',
    one: 'raid',
    oneHandler: 'RaidHandler',
  }),
  ...resources(CACHE_SETS, {
    many: 'bcache-cache-sets',
    manyHandler: 'BcacheCacheSetsHandler',
    one: 'bcache-cache-set',
    oneHandler: 'BcacheCacheSetHandler',
  }),
  ...resources(BCACHES, {
    many: 'bcaches',
    manyHandler: 'BcachesHandler',
    one: 'bcache',
    oneHandler: 'BcacheHandler',
  }),
  ...resources(DATASTORES, {
    many: 'vmfs-datastores',
    manyHandler: 'VmfsDatastoresHandler',
    one: 'vmfs-datastore',
    oneHandler: 'VmfsDatastoreHandler',
  }),
  // Its other path (facts/maas-api 1.3).
  {
    path: 'nodes/{system_id}/volume-groups/{id}/',
    auth: {
      name: 'VolumeGroupHandler',
      actions: [...single(VOLUME_GROUPS), ...logicalVolumes],
    },
    anon: null,
  },
];
