/** Arranging the disks of a machine as those of another are (facts/maas-api 3.1, `clone`). */
import type { MaasCore } from '../core.ts';
import type { BlockDevice, Filesystem, Machine, StorageGroup } from '../objects.ts';
import { uuid } from '../uuid.ts';

/** Copies partitions, filesystems and groups; the n-th disk stands for the n-th. */
export function cloneStorage(core: MaasCore, source: Machine, target: Machine): void {
  const { layers } = source.state;
  const fresh = () => uuid(core.stream('maas.storage'));
  const groupIds = new Map(
    (layers?.groups ?? []).map(({ id }) => [id, core.ids.next.storageGroup++]),
  );
  const filesystem = (one: Filesystem | null): Filesystem | null => {
    if (!one) return null;
    const group = one.group === undefined ? undefined : groupIds.get(one.group);
    return { ...one, uuid: fresh(), ...(group === undefined ? {} : { group }) };
  };
  const arranged = (disk: BlockDevice, twin: BlockDevice): BlockDevice => ({
    ...disk,
    filesystem: filesystem(twin.filesystem),
    tableType: twin.tableType,
    partitions: twin.partitions.map((partition) => ({
      ...partition,
      id: core.ids.next.partition++,
      uuid: fresh(),
      filesystem: filesystem(partition.filesystem),
    })),
  });
  const blockDevices = target.state.blockDevices.map((disk, i) => {
    const twin = source.state.blockDevices[i];
    return twin
      ? arranged(disk, twin)
      : { ...disk, filesystem: null, tableType: null, partitions: [] };
  });
  const boot = source.state.blockDevices.findIndex(({ id }) => id === layers?.bootDiskId);
  core.change(target, {
    blockDevices,
    layers: layers
      ? {
          ...layers,
          groups: layers.groups.map((group) => renumbered(group, groupIds, fresh())),
          virtualDisks: layers.virtualDisks.map((disk) => ({
            ...arranged(disk, disk),
            id: core.ids.next.blockDevice++,
            virtual: { groupId: groupIds.get(disk.virtual!.groupId)!, uuid: fresh() },
          })),
          specialFilesystems: layers.specialFilesystems.map((one) => filesystem(one)!),
          bootDiskId: blockDevices[boot]?.id ?? null,
        }
      : null,
  });
}

function renumbered(
  group: StorageGroup,
  ids: ReadonlyMap<number, number>,
  uuidOf: string,
): StorageGroup {
  const own = { id: ids.get(group.id)!, uuid: uuidOf };
  return group.kind === 'bcache'
    ? { ...group, ...own, cacheSetId: ids.get(group.cacheSetId)! }
    : { ...group, ...own };
}
