/** Every vector of facts/juju-versions-and-upgrades 1.3 to 1.6; the laws stand in the property test. */
import { describe, expect, it } from 'vitest';
import {
  compareNoBuild,
  compareVersions,
  equalVersions,
  isDev,
  isZero,
  newest,
  parseBinary,
  parseMajorMinor,
  parseVersion,
  parseVersionNonStrict,
  printBinary,
  printVersion,
  toPatch,
  tryParseVersion,
  VersionError,
  VersionTable,
  versionToMajMin,
  ZERO,
} from './number.ts';

const v = parseVersion;

describe('parseVersion', () => {
  // [text, strict, non-strict]; null where upstream refuses.
  const vectors: [string, string | null, string | null][] = [
    ['1.24.5', '1.24.5', '1.24.5'],
    ['1.25-alpha1', '1.25-alpha1', '1.25-alpha1'],
    ['1.25-alpha1.1', '1.25-alpha1.1', '1.25-alpha1.1'],
    ['2.9.42.1', '2.9.42.1', '2.9.42.1'],
    ['3.0-rc1', '3.0-rc1', '3.0-rc1'],
    ['4.0-beta10.2', '4.0-beta10.2', '4.0-beta10.2'],
    ['1.2', null, '1.2.0'],
    ['1', null, '1.0.0'],
    ['1.2-alpha', null, '1.2-alpha0'],
    ['1.2-alpha.4', null, '1.2-alpha0.4'],
    ['1.2-alpha0', '1.2-alpha0', '1.2-alpha0'],
    ['01.02.03', '1.2.3', '1.2.3'],
    ['1.2.3.0', '1.2.3', '1.2.3'],
    ['2.0.0.0', '2.0.0', '2.0.0'],
    ...[
      '1.2.3-rc1',
      'v1.2.3',
      ' 1.2.3',
      '1.2.3\n',
      '1.2.3+5',
      '1.2-RC1',
      '1.2-rc-1',
      '1.2-3',
      '1.2.3.4.5',
      '1234567890.0.0',
      '',
      '1.',
      '1.2.',
      '1..2',
    ].map((text): [string, null, null] => [text, null, null]),
  ];

  it.each(vectors)('%j is %s strictly and %s otherwise', (text, strict, nonStrict) => {
    const read = (parse: (t: string) => ReturnType<typeof v>) => {
      try {
        return printVersion(parse(text));
      } catch (error) {
        expect(error).toBeInstanceOf(VersionError);
        expect((error as Error).message).toBe(`invalid version ${JSON.stringify(text)}`);
        return null;
      }
    };
    expect(read(parseVersion)).toBe(strict);
    expect(read(parseVersionNonStrict)).toBe(nonStrict);
    expect(tryParseVersion(text) === undefined).toBe(strict === null);
  });

  it('fills the five fields as the table of written forms says', () => {
    expect(v('1.25-alpha1.1')).toEqual({ major: 1, minor: 25, tag: 'alpha', patch: 1, build: 1 });
    expect(v('2.9.42.1')).toEqual({ major: 2, minor: 9, tag: '', patch: 42, build: 1 });
    expect(v('3.0-rc1')).toEqual({ major: 3, minor: 0, tag: 'rc', patch: 1, build: 0 });
  });

  it('accepts nine digits in every place', () => {
    expect(printVersion(v('999999999.999999999.999999999.999999999'))).toBe(
      '999999999.999999999.999999999.999999999',
    );
  });

  it('knows the zero number', () => {
    expect(printVersion(ZERO)).toBe('0.0.0');
    expect(isZero(v('0.0.0'))).toBe(true);
    expect(isZero(v('0.0.0.1'))).toBe(false);
  });
});

describe('parseBinary', () => {
  it.each([
    ['1.24.5-trusty-amd64', '1.24.5', 'trusty', 'amd64'],
    ['1.25-alpha1-trusty-amd64', '1.25-alpha1', 'trusty', 'amd64'],
    ['1.25-alpha1.2-trusty-amd64', '1.25-alpha1.2', 'trusty', 'amd64'],
    ['1.2.3-ubuntu-ppc64el', '1.2.3', 'ubuntu', 'ppc64el'],
    ['1.2.3-win2012r2-amd64', '1.2.3', 'win2012r2', 'amd64'],
    ['1.2.3-genericlinux-amd64', '1.2.3', 'genericlinux', 'amd64'],
    ['1.2.3-ubuntu@22.04-amd64', '1.2.3', 'ubuntu@22.04', 'amd64'],
    // Anything but a dash passes, blanks and line ends too.
    ['1.2.3-ubuntu-amd64\n', '1.2.3', 'ubuntu', 'amd64\n'],
    ['1.2.3-my os-amd64', '1.2.3', 'my os', 'amd64'],
  ])('reads %j', (text, number, release, arch) => {
    const binary = parseBinary(text);
    expect([printVersion(binary.number), binary.release, binary.arch]).toEqual([
      number,
      release,
      arch,
    ]);
    expect(printBinary(binary)).toBe(text);
  });

  it.each([
    '1.2-ubuntu-amd64',
    '1.2-foo-ubuntu-amd64',
    '1.2.3-a-b-c',
    '1.2.3--amd64',
    '1.2.3-ubuntu-',
    '1.2.3',
    '1234567890.0.0-ubuntu-amd64',
    '',
  ])('refuses %j', (text) => {
    expect(() => parseBinary(text)).toThrow(`invalid binary version ${JSON.stringify(text)}`);
  });
});

describe('parseMajorMinor', () => {
  it.each([
    ['2', [2, -1]],
    ['2.9', [2, 9]],
    // Plain integer conversion upstream: signs pass.
    ['-1', [-1, -1]],
    ['2.-5', [2, -5]],
  ] as const)('reads %s', (text, expected) => {
    expect(parseMajorMinor(text)).toEqual(expected);
  });

  it.each([
    ['2.9.1', 'invalid major.minor version number 2.9.1'],
    ['x.1', 'invalid major version number x: strconv.'],
    ['2.y', 'invalid minor version number y: strconv.'],
    ['', 'invalid major version number : strconv.'],
    ['2.', 'invalid minor version number : strconv.'],
  ])('refuses %j', (text, message) => {
    expect(() => parseMajorMinor(text)).toThrow(message);
  });
});

describe('compareVersions', () => {
  const vectors: [string, '<' | '>' | '=', string][] = [
    ['1.25-alpha1', '<', '1.25.0'],
    ['1.25-alpha2', '<', '1.25-alpha10'],
    ['1.25-alpha9', '<', '1.25-beta1'],
    ['3.0-beta4', '<', '3.0-rc1'],
    ['3.0-rc3', '<', '3.0.0'],
    ['3.0-rc1', '<', '3.0-rc1.5'],
    ['2.9.42', '<', '2.9.42.1'],
    ['2.9.42.9', '<', '2.9.42.10'],
    ['2.9.42.9', '<', '2.9.43'],
    ['1.24.5', '<', '1.24.10'],
    ['1.24.99', '<', '1.25-alpha1'],
    ['2.0-alpha1', '>', '1.99.9'],
    ['2.2-rc1.2', '>', '2.2-rc1'],
    ['1.20-zeta1', '>', '1.20-alpha9'],
    ['1.9.0', '<', '1.10.0'],
    ['1.24.99', '<', '1.24.100'],
    ['01.02.03', '=', '1.2.3'],
    ['2.0.0.0', '=', '2.0.0'],
  ];

  it.each(vectors)('%s %s %s', (a, order, b) => {
    const sign = { '<': -1, '=': 0, '>': 1 }[order];
    expect(Math.sign(compareVersions(v(a), v(b)))).toBe(sign);
    expect(Math.sign(compareVersions(v(b), v(a)))).toBe(0 - sign);
    expect(equalVersions(v(a), v(b))).toBe(order === '=');
  });
});

describe('derived functions', () => {
  it('toPatch clears the build and nothing else', () => {
    expect(toPatch(v('1.2-alpha2.1'))).toEqual(v('1.2-alpha2'));
    expect(toPatch(v('2.9.42.9'))).toEqual(v('2.9.42'));
    expect(toPatch(v('2.9.42'))).toEqual(v('2.9.42'));
  });

  it('compareNoBuild is blind to builds only', () => {
    expect(compareNoBuild(v('2.9.42.9'), v('2.9.42.1'))).toBe(0);
    expect(compareNoBuild(v('2.9.42.9'), v('2.9.43'))).toBeLessThan(0);
    expect(compareNoBuild(v('2.2-rc1.2'), v('2.2-rc1'))).toBe(0);
    expect(compareNoBuild(v('2.2.0'), v('2.2-rc9'))).toBeGreaterThan(0);
  });

  it('versionToMajMin clears patch, build and tag', () => {
    expect(versionToMajMin(v('2.9.42.9'))).toEqual(v('2.9.0'));
    expect(versionToMajMin(v('3.0-rc1.2'))).toEqual(v('3.0.0'));
  });

  it('newest is numeric and independent of order', () => {
    const list = ['1.24.5', '1.24.10', '1.9.0', '1.25-alpha1'].map(v);
    expect(printVersion(newest(list)!)).toBe('1.25-alpha1');
    expect(newest([...list].reverse())).toEqual(newest(list));
    expect(newest([])).toBeUndefined();
  });

  it.each([
    ['1.17.2', true],
    ['1.19.3', true],
    ['1.19.9', true],
    ['1.18.4.1', true],
    ['1.25-alpha1', true],
    ['2.9.42.1', true],
    ['3.0-rc1', true],
    ['1.16.5', false],
    ['1.18.4', false],
    ['1.19.10', false],
    ['1.20.14', false],
    ['1.21.3', false],
    ['1.23.3', false],
  ])('isDev(%s) is %s by the rule up to 4.0.0', (text, dev) => {
    expect(isDev(v(text))).toBe(dev);
  });

  it('isDev looks at the tag alone from 4.0.1 on', () => {
    expect(isDev(v('2.9.42.1'), 'from-4.0.1')).toBe(false);
    expect(isDev(v('1.17.2'), 'from-4.0.1')).toBe(false);
    expect(isDev(v('4.1-beta2'), 'from-4.0.1')).toBe(true);
  });
});

describe('VersionTable', () => {
  it('gives equal versions one id, whatever their spelling, and keeps ids for ever', () => {
    const table = new VersionTable();
    const first = table.intern(v('1.24.5'));
    const second = table.intern(v('1.24.5.1'));
    expect(table.intern(v('01.24.5.0'))).toBe(first);
    expect(second).not.toBe(first);
    expect(printVersion(table.at(first))).toBe('1.24.5');
    expect(printVersion(table.at(second))).toBe('1.24.5.1');
    expect(table.size).toBe(2);
    expect(() => table.at(2)).toThrow(RangeError);
  });
});
