/**
 * The search for agent binaries, as one decision procedure without I/O: it asks for a file, for a
 * signature or for a pause, and is told the answer. The drivers in `find.ts` answer at once from
 * memory or over HTTP, so both decide alike. The rules are upstream's (environs/simplestreams and
 * environs/tools of 3.6.11; facts/juju-versions-and-upgrades 5.2 to 5.4): stream by stream the
 * sources are tried in order until one gives a record; in a source signed metadata comes before
 * unsigned, `index2` before `index`; what the LAST source did decides the error. Unlike upstream it
 * forgets nothing: every file and every attempt is kept.
 */
import { boundedList } from '../problems/list.ts';
import type { Looked } from '../problems/problem.ts';
import {
  type AgentBinary,
  type AgentVersion,
  compareVersions,
  equalVersions,
  printBinary,
  printVersion,
} from '../versions/number.ts';
import {
  CONTENT_TYPE,
  INDEX,
  type Layout,
  LEGACY_INDEX,
  layoutOf,
  MIRRORS,
  signedPath,
} from './layout.ts';
import { sourceSummary } from './looked.ts';
import {
  byText,
  type FileFault,
  type Index,
  type Item,
  readIndex,
  readProducts,
} from './metadata.ts';
import { productName, releasesFor } from './series.ts';
import { isClearSigned } from './sign.ts';
import type {
  AgentQuery,
  AgentRecord,
  AgentSearch,
  AgentSource,
  SearchOutcome,
  SourceAnswer,
  SourceVisit,
  VisitOutcome,
} from './types.ts';

/** What the procedure asks of its driver. */
export type Ask<S extends AgentSource> =
  | { readonly ask: 'file'; readonly source: S; readonly path: string }
  /** The signed text of these bytes, if the source's key made the signature. */
  | { readonly ask: 'signature'; readonly source: S; readonly bytes: Uint8Array }
  | { readonly ask: 'pause'; readonly ms: number };

/** What the driver says: an answer, a signed text or undefined, or nothing after a pause. */
export type Told = SourceAnswer | Uint8Array | undefined;

type Steps<S extends AgentSource, R> = Generator<Ask<S>, R, Told>;

/** Delay before the second try of a file; the third waits twice as long (5.3). */
const RETRY_MS = 1_000;

/** How many streams, machines or versions one clause of text lists. */
const LISTED = 6;

/** Failures that upstream counts as "not found": any other one of the last source ends the search. */
const NOT_FOUND: ReadonlySet<VisitOutcome> = new Set(['not-found', 'no-stream']);
/** Failures that mean "there is metadata, but nothing that fits". */
const NO_MATCH: ReadonlySet<VisitOutcome> = new Set(['no-product', 'no-version']);

/** Runs one search over sources in their order. See {@link AgentSearch} for the result. */
export function* searchAgents<S extends AgentSource>(
  sources: readonly S[],
  query: AgentQuery,
): Steps<S, { search: AgentSearch; from: ReadonlyMap<AgentRecord, S> }> {
  const reading = new Reading<S>(query);
  const found: AgentRecord[] = [];
  const from = new Map<AgentRecord, S>();
  const seen = new Set<string>();
  let empty = 0;
  let outcome: SearchOutcome = 'no-matches';
  for (const stream of contradicts(query) ? [] : query.streams) {
    let last: Attempt | undefined;
    for (const source of sources) {
      last = yield* reading.attempt(source, stream);
      for (const record of last.records) from.set(record, source);
      if (last.outcome === 'found') break;
    }
    if (!last || NO_MATCH.has(last.outcome)) continue;
    if (NOT_FOUND.has(last.outcome)) {
      empty++;
      continue;
    }
    if (last.outcome !== 'found') {
      outcome = 'unreadable';
      break;
    }
    for (const record of [...last.records].sort(byText)) {
      const key = printBinary(record.binary);
      if (seen.has(key)) continue;
      seen.add(key);
      found.push(record);
    }
  }
  if (outcome !== 'unreadable') {
    if (found.length > 0) outcome = 'found';
    else if (empty === query.streams.length) outcome = 'no-agents';
  }
  const search: AgentSearch = {
    query,
    outcome,
    // Upstream drops what earlier streams gave when a later one cannot be read.
    found: outcome === 'found' ? found : [],
    looked: sources.map((source) => sourceSummary(source, reading.of(source))),
    visits: reading.visits,
    files: reading.files,
    offered: [...reading.offered.values()].sort((a, b) => byText({ binary: a }, { binary: b })),
    waitedMs: reading.waitedMs,
  };
  return { search, from };
}

/** One file that was read, or why not. */
type Loaded =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly outcome: VisitOutcome; readonly detail: string };

interface Attempt {
  readonly outcome: VisitOutcome;
  readonly records: readonly AgentRecord[];
}

const NOTHING: readonly AgentRecord[] = [];

/** What one search reads and remembers on its way. */
class Reading<S extends AgentSource> {
  readonly visits: SourceVisit[] = [];
  readonly #bySource = new Map<S, SourceVisit[]>();
  readonly files: Looked[] = [];
  readonly offered = new Map<string, AgentBinary>();
  waitedMs = 0;
  readonly #query: AgentQuery;
  readonly #layout: Layout;
  readonly #releases: readonly string[];
  readonly #products: ReadonlySet<string>;

  constructor(query: AgentQuery) {
    this.#query = query;
    this.#layout = layoutOf(query.era);
    const { key, anyRelease, anyArch } = this.#layout;
    this.#releases = query.release === undefined ? anyRelease : releasesFor(key, query.release);
    const arches = query.arch === undefined ? anyArch : [query.arch];
    this.#products = new Set(
      this.#releases
        .flatMap((release) => arches.map((arch) => this.#layout.productId(release, arch)))
        .filter((id) => id !== undefined),
    );
  }

  /** The attempts at one source so far. */
  of(source: S): readonly SourceVisit[] {
    return this.#bySource.get(source) ?? [];
  }

  /** Signed first; unsigned when that gave nothing and the source does not insist. */
  *attempt(source: S, stream: string): Steps<S, Attempt> {
    const signed = yield* this.#read(source, stream, true);
    if (signed.outcome === 'found' || source.requireSigned) return signed;
    return yield* this.#read(source, stream, false);
  }

  *#read(source: S, stream: string, signed: boolean): Steps<S, Attempt> {
    const ended = (
      outcome: VisitOutcome,
      path: string,
      detail: string,
      records: readonly AgentRecord[] = NOTHING,
    ): Attempt => {
      const count = records.length;
      const url = address(source, path);
      const visit = { source: source.name, stream, signed, outcome, url, detail, count };
      this.visits.push(visit);
      this.#bySource.set(source, [...this.of(source), visit]);
      return { outcome, records };
    };
    const name = (path: string) => (signed ? signedPath(path) : path);

    let indexPath = name(this.#layout.index2 ? INDEX : LEGACY_INDEX);
    let index = yield* this.#load(source, indexPath, signed, readIndex);
    if ('outcome' in index && isAbsent(index.outcome) && this.#layout.index2) {
      indexPath = name(LEGACY_INDEX);
      index = yield* this.#load(source, indexPath, signed, readIndex);
    }
    if ('outcome' in index) {
      const absent = index.outcome === 'not-found';
      const detail = absent ? 'no agent metadata there (404)' : index.detail;
      return ended(index.outcome, indexPath, detail);
    }

    // Mirrors are asked for and never followed: an entry counts only for a cloud that has a region
    // and an endpoint, and MAAS has neither. But a failure other than "not there" ends the attempt.
    const mirrorsPath = name(MIRRORS);
    const mirrors = yield* this.#load(source, mirrorsPath, signed, anyJson);
    if ('outcome' in mirrors && !isAbsent(mirrors.outcome)) {
      return ended(mirrors.outcome, mirrorsPath, mirrors.detail);
    }

    const unsearched = this.#unsearched(index);
    const entry = index.entries.get(this.#layout.contentId(stream));
    if (entry?.datatype !== CONTENT_TYPE) {
      const others = named([...index.entries.keys()], this.#layout.streamName);
      const detail = `no stream ${stream}; it lists ${others}${unsearched}`;
      return ended('no-stream', indexPath, detail);
    }
    const listed = entry.products ?? [];
    if (!listed.some((product) => this.#products.has(product))) {
      const detail = `nothing for ${describeQuery(this.#query)}; it lists ${named(listed, productName)}${unsearched}`;
      return ended('no-product', indexPath, detail);
    }

    const products = yield* this.#load(source, entry.path, signed, readProducts);
    if ('outcome' in products) {
      const absent = products.outcome === 'not-found';
      const detail = absent ? 'the index names this file, which is missing (404)' : products.detail;
      return ended(products.outcome, entry.path, detail);
    }
    const chosen: Item[] = [];
    let hasProduct = false;
    for (const [product, items] of products.items) {
      const ours = this.#products.has(product);
      hasProduct ||= ours;
      for (const item of items) {
        if (ours && this.#matches(item)) chosen.push(item);
        else this.offered.set(printBinary(item.binary), item.binary);
      }
    }
    if (!hasProduct) {
      const has = named([...products.items.keys()], productName);
      return ended(
        'no-product',
        entry.path,
        `nothing for ${describeQuery(this.#query)}; it has ${has}`,
      );
    }
    if (chosen.length === 0) {
      const all = [...products.items.values()].flat();
      const has = newestFirst(all.map((item) => item.binary.number));
      const detail = `none is ${describeQuery(this.#query)}; it has ${has}${unsearched}`;
      return ended('no-version', entry.path, detail);
    }

    // Newest date first: the first of equal binaries stays.
    const records = new Map<string, AgentRecord>();
    for (const { binary, path, size, sha256 } of chosen) {
      const key = printBinary(binary);
      if (records.has(key)) continue;
      const url = address(source, path);
      records.set(key, { binary, stream, source: source.name, path, url, size, sha256, signed });
    }
    const matching = [...records.values()];
    return ended('found', entry.path, `${matching.length} agent binaries`, matching);
  }

  /**
   * What the index says of streams outside the search that have agents for the machines wanted: the
   * commonest cause of "nothing matches" is an agent in the stream next door.
   */
  #unsearched(index: Index): string {
    const { streamName } = this.#layout;
    const others = [...index.entries]
      .filter(([, entry]) => entry.products?.some((product) => this.#products.has(product)))
      .map(([id]) => ({ id, stream: streamName(id) }))
      .filter(({ id, stream }) => stream !== id && !this.#query.streams.includes(stream))
      .map(({ stream }) => stream);
    if (others.length === 0) return '';
    return `; not searched: stream ${boundedList(others, LISTED).join(', ')}, which has agents for such machines`;
  }

  *#load<T extends object>(
    source: S,
    path: string,
    signed: boolean,
    parse: (bytes: Uint8Array) => T | FileFault,
  ): Steps<S, T | Extract<Loaded, { ok: false }>> {
    const place = address(source, path);
    const failed = (outcome: VisitOutcome, detail: string) => {
      this.files.push({ place, outcome: detail });
      return { ok: false, outcome, detail } as const;
    };
    const fetched = yield* this.#fetch(source, path);
    if (!fetched.ok) return failed(fetched.outcome, fetched.detail);
    let { bytes } = fetched;
    if (signed) {
      if (!isClearSigned(bytes)) return failed('not-signed', 'not signed');
      const text = (yield { ask: 'signature', source, bytes }) as Uint8Array | undefined;
      if (!text) return failed('bad-signature', 'signature not by the trusted key, or broken');
      bytes = text;
    }
    const parsed = parse(bytes);
    if ('fault' in parsed) return failed(parsed.fault as FileFault['fault'], `${parsed.detail}`);
    this.files.push({ place, outcome: 'read' });
    return parsed;
  }

  /** One file with the era's tries. Final at once are 404, 401 and a body that breaks off. */
  *#fetch(source: S, path: string): Steps<S, Loaded> {
    let pauseMs = RETRY_MS;
    for (let tries = this.#layout.tries; ; tries--) {
      const answer = (yield { ask: 'file', source, path }) as SourceAnswer;
      const loaded = judge(answer);
      const cut = answer.kind === 'dropped' && answer.when === 'reading';
      if (loaded.ok || isAbsent(loaded.outcome) || cut || tries <= 1) return loaded;
      this.waitedMs += pauseMs;
      yield { ask: 'pause', ms: pauseMs };
      pauseMs *= 2;
    }
  }

  #matches({ binary }: Item): boolean {
    const { number, major, minor } = this.#query;
    if (!this.#releases.includes(binary.release)) return false;
    if (number) return equalVersions(binary.number, number);
    if (major !== undefined && major > 0 && binary.number.major !== major) return false;
    return minor === undefined || minor < 0 || binary.number.minor === minor;
  }
}

/** What a query wants, in a few words: `1.24.5 for centos7/amd64`, `any 3.6 for ubuntu`. */
export function describeQuery({ number, major, minor, release, arch }: AgentQuery): string {
  const version = number
    ? printVersion(number)
    : major === undefined || major <= 0
      ? 'any version'
      : `any ${major}${minor === undefined || minor < 0 ? '' : `.${minor}`}`;
  const machine = [release ?? (arch === undefined ? undefined : 'any system'), arch];
  const named = machine.filter((part) => part !== undefined).join('/');
  return named === '' ? version : `${version} for ${named}`;
}

/** Each version once, the newest first, the oldest ones only counted. */
function newestFirst(versions: readonly AgentVersion[]): string {
  const distinct = new Map(versions.map((version) => [printVersion(version), version]));
  const sorted = [...distinct.values()].sort((a, b) => compareVersions(b, a)).map(printVersion);
  const shown = sorted.slice(0, LISTED).join(', ') || 'nothing';
  return sorted.length > LISTED ? `${shown} and ${sorted.length - LISTED} older` : shown;
}

/** Whether the exact version lies outside the major and minor asked for (rule U-1: no I/O then). */
function contradicts({ number, major = 0, minor = -1 }: AgentQuery): boolean {
  if (!number) return false;
  return (major > 0 && number.major !== major) || (minor >= 0 && number.minor !== minor);
}

/** Ids as people read them, or that there are none. */
function named(ids: readonly string[], name: (id: string) => string): string {
  return ids.length === 0 ? 'nothing' : boundedList(ids.map(name), LISTED).join(', ');
}

function judge(answer: SourceAnswer): Loaded {
  if (answer.kind === 'dropped') return { ok: false, outcome: 'unreachable', detail: answer.why };
  const { status, body } = answer;
  if (status === 200) return { ok: true, bytes: body };
  const outcome = status === 404 ? 'not-found' : status === 401 ? 'unauthorized' : 'unreachable';
  return { ok: false, outcome, detail: `${status}` };
}

function isAbsent(outcome: VisitOutcome): boolean {
  return outcome === 'not-found' || outcome === 'unauthorized';
}

function anyJson(bytes: Uint8Array): object | FileFault {
  try {
    return { json: JSON.parse(new TextDecoder().decode(bytes)) };
  } catch {
    return { fault: 'not-json', detail: 'not JSON' };
  }
}

/** Base and path joined by exactly one slash. */
export function address(source: AgentSource, path: string): string {
  return source.url.endsWith('/') ? source.url + path : `${source.url}/${path}`;
}
