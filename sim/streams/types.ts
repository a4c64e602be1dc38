/**
 * The words that everything about agent metadata is said in: where it lies (a store), where it is
 * looked for (a source), what is asked (a query) and what came of it (a search). A search keeps the
 * outcome of every source, in the order of looking, because that is what real clients lose
 * (facts/juju-versions-and-upgrades 5.3): only the last source's result decides their error.
 */
import type { Looked } from '../problems/problem.ts';
import type { AgentBinary, AgentVersion } from '../versions/number.ts';

/**
 * Files of one metadata tree, by path below its base, e.g. `streams/v1/index2.json`. Paths use
 * forward slashes and never leave the tree.
 */
export interface StreamStore {
  /** The file's bytes, or undefined when there is none (or the path leaves the tree). */
  read(path: string): Uint8Array | undefined;
  /** Writes a file whole. @throws RangeError for a path that leaves the tree. */
  write(path: string, bytes: Uint8Array): void;
  /** Removes a file; returns whether it was there. */
  remove(path: string): boolean;
  /** Every file's path, sorted. */
  paths(): string[];
}

/** What a source answered for one path. */
export type SourceAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: Uint8Array }
  /**
   * No whole answer: none at all (refused, no such host), or cut off in the body, which clients
   * meet too late to try again.
   */
  | { readonly kind: 'dropped'; readonly when: 'asking' | 'reading'; readonly why: string };

/** A place where agent metadata is looked for, reached over HTTP. */
export interface AgentSource {
  /** As upstream calls it: `agent-metadata-url`, `default simplestreams`. */
  readonly name: string;
  /** The base, to read from or only to tell people. */
  readonly url: string;
  /** Only signed metadata counts: the unmodified public default (5.3). */
  readonly requireSigned?: boolean;
  /** The armoured OpenPGP key whose signatures are trusted; none means that none is. */
  readonly publicKey?: string;
}

/** A source in memory: it answers at once. Made by `localSource`. */
export interface LocalSource extends AgentSource {
  /** One answer, with any fault bound to the source applied. */
  get(path: string): SourceAnswer;
  /** The signed text when `bytes` carry a trusted signature. */
  signedText(bytes: Uint8Array): Uint8Array | undefined;
}

/** What is looked for. */
export interface AgentQuery {
  /** The version of the program that searches: its era decides file names, ids and keys (5.1). */
  readonly era: AgentVersion;
  /** Streams in order of preference: see `preferredStreams`. */
  readonly streams: readonly string[];
  /** Exactly this version. */
  readonly number?: AgentVersion;
  /** Any version of this major; with `number`, a contradiction ends the search before it begins. */
  readonly major?: number;
  /** Any version of this minor; -1 or absent means any. */
  readonly minor?: number;
  /** An operating system (`centos`) or a series (`centos7`); absent means any. */
  readonly release?: string;
  /** Absent means any. */
  readonly arch?: string;
}

/** One agent binary as the metadata lists it. */
export interface AgentRecord {
  readonly binary: AgentBinary;
  readonly stream: string;
  /** Name of the source that listed it. */
  readonly source: string;
  /** Path below the source's base, and the whole address. */
  readonly path: string;
  readonly url: string;
  /** Bytes of the gzipped tar file. */
  readonly size: number;
  /** Of the gzipped tar file, lower-case hexadecimal. */
  readonly sha256: string;
  /** Whether the metadata that listed it carried a trusted signature. */
  readonly signed: boolean;
}

/** An agent binary that a search in memory found: its bytes can be had at once. */
export interface LocalAgentRecord extends AgentRecord {
  /** The archive's bytes as the source gives them now. @throws Error when it does not. */
  read(): Uint8Array;
}

/** Why one attempt at one source ended. `found` is the only success. */
export type VisitOutcome =
  | 'found'
  | 'not-found'
  | 'unauthorized'
  | 'unreachable'
  | 'not-signed'
  | 'bad-signature'
  | 'not-json'
  | 'wrong-format'
  | 'no-stream'
  | 'no-product'
  | 'no-version';

/** One attempt at one source for one stream, signed or unsigned. */
export interface SourceVisit {
  readonly source: string;
  readonly stream: string;
  readonly signed: boolean;
  readonly outcome: VisitOutcome;
  /** Address of the file that decided. */
  readonly url: string;
  /** One clause for people, e.g. `404`, `not JSON (begins "<html>")`. */
  readonly detail: string;
  /** Agent binaries that matched here. */
  readonly count: number;
}

/**
 * How a search ended: `no-agents` is upstream's ErrNoTools (every stream's last source held no
 * metadata at all), `no-matches` its ErrNoMatches (there was some, the filter removed all), and
 * `unreadable` any other failure of the last source tried, which ends the search (5.3, 5.4).
 */
export type SearchOutcome = 'found' | 'no-agents' | 'no-matches' | 'unreadable';

export interface AgentSearch<R extends AgentRecord = AgentRecord> {
  readonly query: AgentQuery;
  readonly outcome: SearchOutcome;
  /** In upstream's order: by the text `version-release-arch`, stream by stream. */
  readonly found: readonly R[];
  /** One line a source, in the order of looking, for people. */
  readonly looked: readonly Looked[];
  /** Every attempt, in order. */
  readonly visits: readonly SourceVisit[];
  /** Every file asked for, in order, with its outcome. */
  readonly files: readonly Looked[];
  /** Binaries that were listed where we looked and did not match, without doubles, sorted. */
  readonly offered: readonly AgentBinary[];
  /** Simulated milliseconds spent waiting between tries. */
  readonly waitedMs: number;
}
