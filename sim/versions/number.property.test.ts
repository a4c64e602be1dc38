/** Laws of numbers: S-01 and S-02 of facts/juju-versions-and-upgrades 11.1, and 1.7.8. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyVersion, closeVersion, version } from './arbitrary.ts';
import {
  compareNoBuild,
  compareVersions,
  equalVersions,
  newest,
  parseBinary,
  parseVersion,
  parseVersionNonStrict,
  printBinary,
  printVersion,
  toPatch,
  tryParseVersion,
} from './number.ts';

const sign = (n: number) => Math.sign(n);

describe('printing and parsing', () => {
  it('parse(print(v)) is v', () => {
    fc.assert(
      fc.property(anyVersion, (v) => {
        expect(parseVersion(printVersion(v))).toEqual(v);
      }),
    );
  });

  it('print(parse(s)) is a normal form: doing it twice changes nothing', () => {
    const written = fc.stringMatching(/^0?\d{1,8}\.0?\d{1,8}(\.|-rc|-[a-z]{1,4})\d{1,8}(\.\d)?$/);
    fc.assert(
      fc.property(written, (text) => {
        const once = printVersion(parseVersion(text));
        expect(printVersion(parseVersion(once))).toBe(once);
      }),
    );
  });

  it('what the strict form accepts, the other reads alike; never anything but a version or an error', () => {
    const pieces = fc.constantFrom('1', '24', '.', '.', '-', 'rc', 'A', '0', '5', ' ', '\n', '+');
    const text = fc.array(pieces, { maxLength: 9 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (t) => {
        const strict = tryParseVersion(t);
        if (strict) expect(parseVersionNonStrict(t)).toEqual(strict);
        else expect(() => parseVersion(t)).toThrow('invalid version');
      }),
    );
  });

  it('a binary survives printing', () => {
    const part = fc.stringMatching(/^[^-]{1,12}$/);
    fc.assert(
      fc.property(anyVersion, part, part, (number, release, arch) => {
        const binary = { number, release, arch };
        expect(parseBinary(printBinary(binary))).toEqual(binary);
      }),
    );
  });
});

describe('ordering', () => {
  it('is antisymmetric, and zero exactly for equal fields', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(sign(compareVersions(a, b))).toBe(0 - sign(compareVersions(b, a)));
        const sameFields = JSON.stringify(fieldsOf(a)) === JSON.stringify(fieldsOf(b));
        expect(equalVersions(a, b)).toBe(sameFields);
      }),
    );
  });

  it('is transitive', () => {
    fc.assert(
      fc.property(closeVersion, closeVersion, closeVersion, (a, b, c) => {
        fc.pre(compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0);
        expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('is that of the sort key of facts 1.7.2', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(sign(compareVersions(a, b))).toBe(compareKeys(fieldsOf(a), fieldsOf(b)));
      }),
    );
  });

  it('survives printing (1.7.8)', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        const again = compareVersions(parseVersion(printVersion(a)), parseVersion(printVersion(b)));
        expect(sign(again)).toBe(sign(compareVersions(a, b)));
      }),
    );
  });

  it('a build only ever sorts above its patch, and never reaches the next', () => {
    fc.assert(
      fc.property(anyVersion, fc.nat(999_999_999), (v, build) => {
        const built = { ...v, build };
        expect(compareVersions(built, toPatch(built))).toBeGreaterThanOrEqual(0);
        expect(compareNoBuild(built, toPatch(built))).toBe(0);
        expect(compareVersions(built, { ...v, patch: v.patch + 1, build: 0 })).toBeLessThan(0);
      }),
    );
  });

  it('newest does not depend on order (S-23)', () => {
    fc.assert(
      fc.property(fc.array(version, { minLength: 1 }), (list) => {
        const best = newest(list)!;
        expect(newest([...list].reverse())).toEqual(best);
        for (const v of list) expect(compareVersions(v, best)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

type Key = readonly (number | string)[];

function fieldsOf(v: Parameters<typeof compareVersions>[0]): Key {
  return [v.major, v.minor, v.tag === '' ? 1 : 0, v.tag, v.patch, v.build];
}

function compareKeys(a: Key, b: Key): number {
  for (const [i, x] of a.entries()) {
    const y = b[i]!;
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
