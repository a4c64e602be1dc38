/**
 * The key that an agent binary is filed under: a series (`trusty`, `centos7`, `win2012r2`) before
 * 2.9, an operating system (`ubuntu`, `centos`, `windows`) from 2.9 on (facts/juju-versions-and-
 * upgrades 5.1, 5.7). Product ids of the series era carry the series' VERSION, which is the dotted
 * number for Ubuntu and the name itself for all others (juju/utils series tables of 1.20 to 2.8).
 */

/** One series of the old key. */
interface Series {
  readonly os: string;
  /** What product ids say: `14.04`, `centos7`. */
  readonly version: string;
}

const UBUNTU: Readonly<Record<string, string>> = {
  precise: '12.04',
  quantal: '12.10',
  raring: '13.04',
  saucy: '13.10',
  trusty: '14.04',
  utopic: '14.10',
  vivid: '15.04',
  wily: '15.10',
  xenial: '16.04',
  yakkety: '16.10',
  zesty: '17.04',
  artful: '17.10',
  bionic: '18.04',
  cosmic: '18.10',
  disco: '19.04',
  eoan: '19.10',
  focal: '20.04',
  groovy: '20.10',
};

const OTHERS: Readonly<Record<string, readonly string[]>> = {
  centos: ['centos7', 'centos8'],
  genericlinux: ['genericlinux'],
  osx: ['mavericks', 'yosemite'],
  windows: [
    'win2012hvr2',
    'win2012hv',
    'win2012r2',
    'win2012',
    'win2016',
    'win2016hv',
    'win2016nano',
    'win2019',
    'win7',
    'win8',
    'win81',
    'win10',
  ],
};

const SERIES: ReadonlyMap<string, Series> = new Map([
  ...Object.entries(UBUNTU).map(([name, version]) => [name, { os: 'ubuntu', version }] as const),
  ...Object.entries(OTHERS).flatMap(([os, names]) =>
    names.map((name) => [name, { os, version: name }] as const),
  ),
]);

/** Operating systems that the os era files agents under; others are skipped silently (5.1). */
const SYSTEMS = ['ubuntu', 'centos', 'windows', 'genericlinux', 'kubernetes', 'unknown'] as const;

/** The operating system of a series or of an operating system's own name; undefined if unknown. */
export function osOf(release: string): string | undefined {
  return SERIES.get(release)?.os ?? SYSTEMS.find((os) => os === release);
}

/**
 * What product ids call this release, or undefined where the key does not know it: a series' version
 * in the series era, the operating system's name in the os era.
 */
export function productRelease(key: 'series' | 'os', release: string): string | undefined {
  if (key === 'series') return SERIES.get(release)?.version;
  return SYSTEMS.find((os) => os === release);
}

/** A product id for people: `trusty/amd64` for `com.ubuntu.juju:14.04:amd64`. */
export function productName(id: string): string {
  const [, release = '', arch = ''] = id.split(':');
  const series = ALL_SERIES.find((name) => SERIES.get(name)?.version === release);
  return `${series ?? release}/${arch}`;
}

/**
 * The releases to search for `wanted` (a series or an operating system) under one key: a system
 * stands for all its series, a series for its system. Empty when it is unknown.
 */
export function releasesFor(key: 'series' | 'os', wanted: string): readonly string[] {
  if (key === 'os') {
    const os = osOf(wanted);
    return os === undefined ? [] : [os];
  }
  if (SERIES.has(wanted)) return [wanted];
  return ALL_SERIES.filter((name) => osOf(name) === wanted);
}

/** Every series that the series era knows. */
export const ALL_SERIES: readonly string[] = [...SERIES.keys()];

/** The series that stands for a system where the series era needs one: that of the original post. */
export function defaultSeries(os: string): string | undefined {
  return DEFAULT_SERIES[os];
}

const DEFAULT_SERIES: Readonly<Record<string, string>> = {
  ubuntu: 'trusty',
  centos: 'centos7',
  windows: 'win2012r2',
};
