/**
 * How the controller gets agent binaries: a finder over the agent metadata (given by the world) and
 * a cache in front of it. One Binary has one size and one SHA-256 for ever, is fetched from outside
 * at most once, and is never stored or served when its bytes are not what the metadata promised
 * (facts/juju-versions-and-upgrades 5.5, S-28, S-35). Fetching takes simulated time; whoever asks
 * meanwhile waits for the same fetch, as behind the real service's mutex.
 */
import { createHash } from 'node:crypto';
import type { Looked } from '../../problems/problem.ts';
import { type AgentBinary, type AgentVersion, printVersion } from '../../versions/number.ts';

/** One agent binary that the metadata names. */
export interface FoundBinary {
  readonly binary: AgentBinary;
  readonly size: number;
  /** Lower-case hexadecimal SHA-256 of the compressed archive, as the metadata says. */
  readonly sha256: string;
  /** The archive's bytes (gzipped tar). Throws when the source no longer gives them. */
  read(): Uint8Array;
}

/** What was found, and where it was looked for, in the order of looking. */
export interface FindOutcome {
  readonly found: readonly FoundBinary[];
  readonly looked: readonly Looked[];
}

/** The agent metadata as the controller sees it: all sources, searched in their order. */
export interface BinaryFinder {
  /** The binary of exactly this version, OS and architecture in a stream: one, or none. */
  find(stream: string, number: AgentVersion, os: string, arch: string): FindOutcome;
  /** Every binary of a major version (minor -1: any minor) in a stream. */
  list(stream: string, major: number, minor: number): FindOutcome;
}

/** Why a binary cannot be handed out. */
export type Refusal = 'missing' | 'size' | 'digest' | 'unreadable';

/** A binary in the cache, or the reason why it is not. */
export type CacheAnswer =
  | { readonly ok: true; readonly entry: CachedBinary; readonly looked: readonly Looked[] }
  | { readonly ok: false; readonly refusal: Refusal; readonly looked: readonly Looked[] };

export interface CachedBinary {
  readonly binary: AgentBinary;
  readonly size: number;
  readonly sha256: string;
  readonly bytes: Uint8Array;
  /** When the fetch that brought it ends; asked for earlier, it comes then. Simulated ms. */
  readonly readyAtMs: number;
}

/** One search that the controller made, as `client explain` tells it. */
export interface SearchRecord {
  readonly atMs: number;
  readonly wanted: string;
  readonly stream: string;
  readonly looked: readonly Looked[];
  readonly outcome: 'cached' | Refusal;
}

const KEPT_SEARCHES = 100;
/** How long a fetch from outside takes: the 250 ms round trips and ~50 MB of a real one [own]. */
const FETCH_MS = 5_000;

export class BinaryCache {
  readonly #finder: BinaryFinder;
  readonly #nowMs: () => number;
  readonly #entries = new Map<string, CachedBinary>();
  /** The last searches that went outside, oldest first. */
  readonly searches: SearchRecord[] = [];
  /** How many binaries were brought from outside since the start (S-35). */
  fetches = 0;

  constructor(finder: BinaryFinder, nowMs: () => number) {
    this.#finder = finder;
    this.#nowMs = nowMs;
  }

  /** Where the metadata says the binary is; does not fetch. */
  describe(stream: string, number: AgentVersion, os: string, arch: string): FindOutcome {
    const known = this.#entries.get(key(number, os, arch));
    if (known) return { found: [{ ...known, read: () => known.bytes }], looked: [IN_CACHE] };
    const outcome = this.#finder.find(stream, number, os, arch);
    return { found: outcome.found, looked: [NOT_IN_CACHE, ...outcome.looked] };
  }

  /** Every binary of a major (minor -1: any) that cache or sources hold; the cache wins (U-1). */
  list(stream: string, major: number, minor: number): FindOutcome {
    const outcome = this.#finder.list(stream, major, minor);
    const fits = (v: AgentVersion) => v.major === major && (minor < 0 || v.minor === minor);
    const cached = [...this.#entries.values()].filter((entry) => fits(entry.binary.number));
    const found = cached.map((entry) => ({ ...entry, read: () => entry.bytes }));
    const place = { place: 'controller cache', outcome: `${cached.length} agent binaries` };
    return { found: [...found, ...outcome.found], looked: [place, ...outcome.looked] };
  }

  /** The binary's bytes, fetched, checked and stored on the first demand. */
  get(stream: string, number: AgentVersion, os: string, arch: string): CacheAnswer {
    const id = key(number, os, arch);
    const known = this.#entries.get(id);
    if (known) return { ok: true, entry: known, looked: [IN_CACHE] };
    const outcome = this.#finder.find(stream, number, os, arch);
    const looked = [NOT_IN_CACHE, ...outcome.looked];
    const found = outcome.found[0];
    const checked = found ? check(found) : 'missing';
    const refusal = typeof checked === 'string' ? checked : undefined;
    this.#remember({
      atMs: this.#nowMs(),
      wanted: id,
      stream,
      looked,
      outcome: refusal ?? 'cached',
    });
    if (!found || typeof checked === 'string') {
      return { ok: false, refusal: refusal ?? 'missing', looked };
    }
    const { binary, size, sha256 } = found;
    const readyAtMs = this.#nowMs() + FETCH_MS;
    const entry: CachedBinary = { binary, size, sha256, bytes: checked, readyAtMs };
    this.#entries.set(id, entry);
    this.fetches++;
    return { ok: true, entry, looked };
  }

  /** Stores an uploaded archive; a Binary that is already stored keeps its first bytes (S-28). */
  put(binary: AgentBinary, os: string, bytes: Uint8Array): CachedBinary {
    const id = key(binary.number, os, binary.arch);
    const known = this.#entries.get(id);
    if (known) return known;
    const entry: CachedBinary = {
      binary,
      size: bytes.byteLength,
      sha256: sha256Of(bytes),
      bytes,
      readyAtMs: this.#nowMs(),
    };
    this.#entries.set(id, entry);
    return entry;
  }

  #remember(record: SearchRecord): void {
    this.searches.push(record);
    if (this.searches.length > KEPT_SEARCHES) this.searches.shift();
  }
}

const IN_CACHE: Looked = { place: 'controller cache', outcome: 'there' };
const NOT_IN_CACHE: Looked = { place: 'controller cache', outcome: 'not there' };

function key(number: AgentVersion, os: string, arch: string): string {
  return `${printVersion(number)}-${os}-${arch}`;
}

/** The bytes when they are what the metadata promised, else why not. */
function check(found: FoundBinary): Uint8Array | Refusal {
  let bytes: Uint8Array;
  try {
    bytes = found.read();
  } catch {
    return 'unreadable';
  }
  if (bytes.byteLength !== found.size) return 'size';
  return sha256Of(bytes) === found.sha256 ? bytes : 'digest';
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
