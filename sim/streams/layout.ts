/**
 * How agent metadata is laid out, by the version of the program that writes or reads it: content
 * ids, file names, the key that agents are filed under, whether `index2` exists, and which streams
 * stand in for which (facts/juju-versions-and-upgrades 5.1, 5.2; upstream environs/tools
 * marshal.go and tools.go). A reader never guesses the products file's name: it follows the index.
 */
import { type AgentBinary, type AgentVersion, isDev, printVersion } from '../versions/number.ts';
import { ALL_SERIES, productRelease } from './series.ts';

export const INDEX = 'streams/v1/index2.json';
export const LEGACY_INDEX = 'streams/v1/index.json';
export const MIRRORS = 'streams/v1/mirrors.json';
export const INDEX_FORMAT = 'index:1.0';
export const PRODUCTS_FORMAT = 'products:1.0';
export const CONTENT_TYPE = 'content-download';

export const RELEASED = 'released';

export interface Layout {
  /** What agents are filed under. */
  readonly key: 'series' | 'os';
  /** Whether the several-streams index exists (1.21 and later). */
  readonly index2: boolean;
  /** Whether a failed request is tried again (2.9 and later: 3 tries, 1 s apart and doubling). */
  readonly tries: 1 | 3;
  /** Whether one configured stream is searched with stand-ins (2.3.0 and later). */
  readonly fallbacks: boolean;
  /** What a search without a release looks for. */
  readonly anyRelease: readonly string[];
  /** What a search without an architecture looks for. */
  readonly anyArch: readonly string[];
  contentId(stream: string): string;
  /** Path of the products file that a generator of this era writes. */
  productsPath(stream: string): string;
  /** Path of the gzipped tar file that a generator of this era writes. */
  agentPath(stream: string, binary: AgentBinary): string;
  /** Product id, or undefined where this era does not know the release. */
  productId(release: string, arch: string): string | undefined;
  /** The stream of a content id of this era, else the id itself: what people are told. */
  streamName(contentId: string): string;
}

// Workload systems and architectures of 3.6.11 (core/base, core/arch); the additions of older eras
// are from release notes and not confirmed in their source.
const WORKLOADS = ['ubuntu', 'centos', 'genericlinux'] as const;
const ARCHES = ['amd64', 'arm64', 'ppc64el', 'riscv64', 's390x'] as const;

/** The layout that a program of this version writes and reads. */
export function layoutOf(era: AgentVersion): Layout {
  const from = (major: number, minor: number) =>
    era.major > major || (era.major === major && era.minor >= minor);
  const key = from(2, 9) ? 'os' : 'series';
  const word = from(2, 9) ? 'agents' : 'tools';
  const productsName = from(1, 22)
    ? (stream: string) => `com.ubuntu.juju-${stream}-${word}.json`
    : (stream: string) => `com.ubuntu.juju:${stream}:${word}.json`;
  const contentId = (stream: string) => `com.ubuntu.juju:${stream}:${word}`;
  return {
    key,
    index2: from(1, 21),
    tries: from(2, 9) ? 3 : 1,
    fallbacks: from(2, 3),
    anyRelease: from(3, 0) ? WORKLOADS : from(2, 9) ? [...WORKLOADS, 'windows'] : ALL_SERIES,
    anyArch: from(2, 9) ? ARCHES : [...ARCHES, 'armhf', 'i386'],
    contentId,
    productsPath: (stream) => `streams/v1/${productsName(stream)}`,
    agentPath: (stream, binary) => `${agentFolder(key, stream, binary)}/${agentFileName(binary)}`,
    productId: (release, arch) => {
      const named = productRelease(key, release);
      return named === undefined ? undefined : `com.ubuntu.juju:${named}:${arch}`;
    },
    streamName: (id) => {
      const stream = id.split(':')[1] ?? '';
      return contentId(stream) === id ? stream : id;
    },
  };
}

const FALLBACKS: Readonly<Record<string, readonly string[]>> = {
  released: ['released'],
  proposed: ['proposed', 'released'],
  devel: ['devel', 'proposed', 'released'],
  testing: ['testing', 'devel', 'proposed', 'released'],
};

/**
 * The streams to search, in order, for a configured `agent-stream` (facts 5.2).
 * @param options.era the version of the program that searches
 * @param options.stream what is configured; empty or absent means released
 * @param options.version the version looked for; absent means the searching program's own
 * @param options.development the `development` setting of old eras
 */
export function preferredStreams(options: {
  readonly era: AgentVersion;
  readonly stream?: string;
  readonly version?: AgentVersion;
  readonly development?: boolean;
}): readonly string[] {
  const { era, stream = '', version = era, development = false } = options;
  const rule = era.major > 4 || (era.major === 4 && era.minor + era.patch > 0);
  const dev = development || isDev(version, rule ? 'from-4.0.1' : 'to-4.0.0');
  const configured = stream === '' || stream === RELEASED ? (dev ? 'devel' : RELEASED) : stream;
  const row = FALLBACKS[configured] ?? [configured];
  return layoutOf(era).fallbacks ? row : row.slice(0, 1);
}

/** `juju-<number>-<release>-<arch>.tgz` */
export function agentFileName(binary: AgentBinary): string {
  return `juju-${printVersion(binary.number)}-${binary.release}-${binary.arch}.tgz`;
}

/** The signed twin of a metadata file: `.json` becomes `.sjson`. */
export function signedPath(path: string): string {
  return path.replace(/\.json$/, '.sjson');
}

function agentFolder(key: 'series' | 'os', stream: string, binary: AgentBinary): string {
  if (key === 'os') return `agent/${printVersion(binary.number)}`;
  return stream === RELEASED ? 'releases' : stream;
}
