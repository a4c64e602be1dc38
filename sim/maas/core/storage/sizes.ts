/** The arithmetic of storage: alignment, tables, RAID levels, sizes as people write them (facts/maas-api 9.1 to 9.3, 8.1). */
import { fieldRefusal } from '../refusal.ts';

export const MIB = 1024 * 1024;
export const GIB = 1024 * MIB;
/** Partitions and extents of volume groups are multiples of this. */
export const ALIGNMENT = 4 * MIB;
const RAID_SUPERBLOCK = 128 * 1024;

/** Rounded down to whole 4 MiB; never below zero. */
export function alignDown(bytes: number): number {
  return Math.max(0, Math.floor(bytes / ALIGNMENT) * ALIGNMENT);
}

/** Decimal units with one decimal, as MAAS prints sizes for people. */
export function humanSize(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
  let unit = 0;
  let size = bytes;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return unit === 0 ? `${size} bytes` : `${size.toFixed(1)} ${units[unit]}`;
}

const SUFFIX: Readonly<Record<string, number>> = {
  '': 1,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
};

/**
 * Bytes as a number with or without K, M, G … (powers of 1000); undefined when the text is empty.
 * @throws Refusal 400 of the field for another text
 */
export function sizeField(text: string, field: string): number | undefined {
  if (text === '') return undefined;
  const found = /^(\d{1,18}(?:\.\d{1,6})?)\s*([KMGTPE]?)B?$/i.exec(text.trim());
  if (!found) {
    throw fieldRefusal(
      field,
      'Ensure this value is a size in bytes, or a number with one of the suffixes K, M, G, T, P, E.',
      { wanted: text },
    );
  }
  return Math.floor(Number(found[1]) * SUFFIX[found[2]!.toUpperCase()]!);
}

/** As {@link sizeField}, and a share of `whole` when it ends in `%`. */
export function sizeOrShare(text: string, field: string, whole: number): number | undefined {
  const share = /^(\d{1,3}(?:\.\d+)?)\s*%$/.exec(text.trim());
  if (share) return Math.floor((whole * Number(share[1])) / 100);
  return sizeField(text, field);
}

interface RaidLevel {
  readonly least: number;
  readonly spares: boolean;
  readonly size: (smallest: number, count: number, sum: number) => number;
}

const RAID_LEVELS: Readonly<Record<string, RaidLevel>> = {
  'raid-0': { least: 2, spares: false, size: (_, n, sum) => sum - n * RAID_SUPERBLOCK },
  'raid-1': { least: 2, spares: true, size: (min) => min - RAID_SUPERBLOCK },
  'raid-5': { least: 3, spares: true, size: (min, n) => min * (n - 1) - RAID_SUPERBLOCK },
  'raid-6': { least: 4, spares: true, size: (min, n) => min * (n - 2) - RAID_SUPERBLOCK },
  'raid-10': { least: 3, spares: true, size: (min, n) => (min * n) / 2 - RAID_SUPERBLOCK },
};

export const RAID_LEVEL_NAMES: readonly string[] = Object.keys(RAID_LEVELS);

/** Bytes of an array; each device counts with the smallest. May be half a byte for RAID 10. */
export function raidSize(level: string, sizes: readonly number[]): number {
  if (sizes.length === 0) return 0;
  const smallest = Math.min(...sizes);
  const sum = smallest * sizes.length;
  return Math.max(0, RAID_LEVELS[level]!.size(smallest, sizes.length, sum));
}

/** @throws Refusal 400 when the level needs more devices, or has no spares */
export function checkRaid(level: string, active: number, spares: number): void {
  const { least, spares: allowed } = RAID_LEVELS[level]!;
  if (active + spares === 0) {
    throw fieldRefusal(
      '__all__',
      'At least one block device or partition must be added to the array.',
    );
  }
  if (active >= least && (allowed || spares === 0)) return;
  const number = level.slice('raid-'.length);
  throw fieldRefusal(
    '__all__',
    `RAID level ${number} must have at least ${least} raid devices and ${
      allowed ? 'any number of spares' : 'no spares'
    }.`,
    { wanted: level, found: [`${active} devices and ${spares} spares`] },
  );
}

/** Bytes of a volume group: every physical volume gives up one extent. */
export function volumeGroupSize(sizes: readonly number[]): number {
  const sum = sizes.reduce((total, size) => total + size, 0);
  return Math.max(0, (Math.floor(sum / ALIGNMENT) - sizes.length) * ALIGNMENT);
}
