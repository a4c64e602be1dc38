/**
 * The `storage` constraint of allocate: its grammar and which disks satisfy it (facts/maas-api 5.3).
 * The first item is the root device; each further one takes the smallest disk (or partition) that
 * is left, large enough and has every tag.
 */
import type { BlockDevice, MachineState, Partition } from './objects.ts';
import { fieldRefusal } from './refusal.ts';

export interface StorageItem {
  /** Empty when it has no label. */
  readonly label: string;
  /** Bytes; 0 is any. */
  readonly size: number;
  readonly tags: readonly string[];
}

const ITEM = /^(?:([a-zA-Z0-9]+):)?(\d+(?:\.\d+)?)(?:\(([^)]+)\))?(?:,|$)/;

/** @throws Refusal 400 for a text that is not of the grammar */
export function parseStorage(text: string): StorageItem[] {
  const items: StorageItem[] = [];
  let rest = text;
  while (rest !== '') {
    const found = ITEM.exec(rest);
    // A comma at the very end would be lost when rendered again, so it is malformed.
    if (!found || (found[0].endsWith(',') && found[0] === rest)) {
      throw fieldRefusal('storage', `Malformed storage constraint, "${text}".`, {
        code: 'maas-constraint-malformed',
        operation: 'allocate a machine',
        wanted: text,
      });
    }
    items.push({
      label: found[1] ?? '',
      size: Number(found[2]) * 1_000_000_000,
      tags: found[3]?.split(',') ?? [],
    });
    rest = rest.slice(found[0].length);
  }
  return items;
}

/** What an item got: a disk's id, or `partition:<id>`. */
export type StorageMatch = number | string;

/** Which devices satisfy each item, by position, or undefined when not all are satisfied. */
export function matchStorage(
  items: readonly StorageItem[],
  state: MachineState,
): readonly StorageMatch[] | undefined {
  const matches: StorageMatch[] = new Array(items.length);
  const [root, ...others] = items.map((item, position) => ({ item, position }));
  if (!root) return [];
  const rootDevice = findRoot(state);
  if (!rootDevice) return undefined;
  const onPartition = root.item.tags.includes('partition');
  const tags = root.item.tags.filter((tag) => tag !== 'partition');
  const carrier = onPartition ? rootDevice.partition : rootDevice.disk;
  if (!carrier || !satisfies(carrier, { ...root.item, tags })) return undefined;
  matches[0] = onPartition ? `partition:${carrier.id}` : carrier.id;

  const devices = allDevices(state);
  const disks = devices
    .filter((disk) => disk.filesystem === null && disk.tableType === null)
    .sort((a, b) => a.size - b.size || a.id - b.id);
  const partitions = devices
    .flatMap((disk) => disk.partitions)
    .filter((partition) => partition.filesystem === null)
    .sort((a, b) => a.size - b.size || a.id - b.id);
  const used = new Set<StorageMatch>(matches);
  const byTagCount = others.sort((a, b) => b.item.tags.length - a.item.tags.length);
  for (const { item, position } of byTagCount) {
    const wantsPartition = item.tags.includes('partition');
    const wanted = { ...item, tags: item.tags.filter((tag) => tag !== 'partition') };
    const found = wantsPartition
      ? partitions.find((p) => !used.has(`partition:${p.id}`) && satisfies(p, wanted))
      : disks.find((disk) => !used.has(disk.id) && satisfies(disk, wanted));
    if (!found) return undefined;
    matches[position] = wantsPartition ? `partition:${found.id}` : found.id;
    used.add(matches[position]!);
  }
  return matches;
}

function satisfies(device: BlockDevice | Partition, item: StorageItem): boolean {
  return device.size >= item.size && item.tags.every((tag) => device.tags.includes(tag));
}

/** Disks, and what was made of disks: an unformatted RAID counts like one (facts/maas-api 5.3). */
function allDevices({ blockDevices, layers }: MachineState): readonly BlockDevice[] {
  return layers ? [...blockDevices, ...layers.virtualDisks] : blockDevices;
}

function findRoot(
  state: MachineState,
): { disk: BlockDevice; partition: Partition | undefined } | undefined {
  for (const disk of allDevices(state)) {
    if (disk.filesystem?.mountPoint === '/') return { disk, partition: undefined };
    const partition = disk.partitions.find((p) => p.filesystem?.mountPoint === '/');
    if (partition) return { disk, partition };
  }
  return undefined;
}
