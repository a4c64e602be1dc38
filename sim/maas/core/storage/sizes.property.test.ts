import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ALIGNMENT,
  alignDown,
  checkRaid,
  humanSize,
  RAID_LEVEL_NAMES,
  raidSize,
  sizeField,
  sizeOrShare,
  volumeGroupSize,
} from './sizes.ts';

const bytes = fc.integer({ min: 0, max: 2 ** 50 });
const disks = fc.array(fc.integer({ min: 10 * ALIGNMENT, max: 2 ** 44 }), {
  minLength: 4,
  maxLength: 12,
});

describe('sizes', () => {
  test('aligned is a multiple, and less than one extent smaller', () => {
    fc.assert(
      fc.property(bytes, (size) => {
        const aligned = alignDown(size);
        expect(aligned % ALIGNMENT).toBe(0);
        expect(aligned).toBeLessThanOrEqual(size);
        expect(size - aligned).toBeLessThan(ALIGNMENT);
      }),
    );
  });

  test('a number with a suffix is so many thousands', () => {
    fc.assert(
      fc.property(fc.nat(9999), fc.constantFrom('', 'K', 'm', 'G', 't'), (number, suffix) => {
        const power = ['', 'K', 'M', 'G', 'T'].indexOf(suffix.toUpperCase());
        expect(sizeField(`${number}${suffix}`, 'size')).toBe(number * 1000 ** power);
      }),
    );
  });

  test('a share is of the whole', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), bytes, (share, whole) => {
        expect(sizeOrShare(`${share}%`, 'size', whole)).toBe(Math.floor((whole * share) / 100));
      }),
    );
  });

  test('people read three digits and a unit', () => {
    expect(humanSize(64_424_509_440)).toBe('64.4 GB');
    expect(humanSize(10_000_000_000)).toBe('10.0 GB');
    expect(humanSize(512)).toBe('512 bytes');
  });

  test.each(['ten', '-1', '1.5.5', '10Q'])('%s is no size', (text) => {
    expect(() => sizeField(text, 'size')).toThrow();
  });
});

describe('RAID', () => {
  test('redundancy costs what the level says, whatever the sizes', () => {
    fc.assert(
      fc.property(disks, (sizes) => {
        const smallest = Math.min(...sizes);
        const part = (level: string) => raidSize(level, sizes) / smallest;
        const n = sizes.length;
        // Superblocks are small beside the disks.
        expect(part('raid-0')).toBeCloseTo(n, 0);
        expect(part('raid-1')).toBeCloseTo(1, 1);
        expect(part('raid-5')).toBeCloseTo(n - 1, 1);
        expect(part('raid-6')).toBeCloseTo(n - 2, 1);
        expect(part('raid-10')).toBeCloseTo(n / 2, 1);
      }),
    );
  });

  test('no array is larger than its devices, and a larger smallest device never shrinks it', () => {
    fc.assert(
      fc.property(
        disks,
        fc.constantFrom(...RAID_LEVEL_NAMES),
        fc.nat(2 ** 30),
        (sizes, level, by) => {
          const size = raidSize(level, sizes);
          expect(size).toBeLessThanOrEqual(sizes.reduce((a, b) => a + b, 0));
          expect(
            raidSize(
              level,
              sizes.map((one) => one + by),
            ),
          ).toBeGreaterThanOrEqual(size);
        },
      ),
    );
  });

  test.each([
    ['raid-0', 1, 0, 'RAID level 0 must have at least 2 raid devices and no spares.'],
    ['raid-0', 2, 1, 'RAID level 0 must have at least 2 raid devices and no spares.'],
    ['raid-1', 1, 1, 'RAID level 1 must have at least 2 raid devices and any number of spares.'],
    ['raid-5', 2, 0, 'RAID level 5 must have at least 3 raid devices and any number of spares.'],
    ['raid-6', 3, 0, 'RAID level 6 must have at least 4 raid devices and any number of spares.'],
    ['raid-10', 2, 0, 'RAID level 10 must have at least 3 raid devices and any number of spares.'],
    ['raid-1', 0, 0, 'At least one block device or partition must be added to the array.'],
  ])('%s of %i and %i spares is refused', (level, active, spares, said) => {
    expect(() => checkRaid(level, active, spares)).toThrow(
      expect.objectContaining({ saying: { __all__: [said] } }),
    );
  });
});

test('a volume group loses one extent for each volume, and what is no whole extent', () => {
  fc.assert(
    fc.property(disks, (sizes) => {
      const size = volumeGroupSize(sizes);
      const sum = sizes.reduce((a, b) => a + b, 0);
      expect(size % ALIGNMENT).toBe(0);
      expect(sum - size).toBeGreaterThanOrEqual(sizes.length * ALIGNMENT);
      expect(sum - size).toBeLessThan((sizes.length + 1) * ALIGNMENT);
    }),
  );
});
