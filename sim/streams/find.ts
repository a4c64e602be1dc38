/**
 * The two ways to search for agent binaries: at once in sources that lie in memory (fleets, the
 * controller core), and over HTTP (`client`, the wire). Both drive the one procedure of `search.ts`.
 */
import type { Clock } from '../kernel/clock.ts';
import type { AgentVersion } from '../versions/number.ts';
import { applyEffect } from './effects.ts';
import { preferredStreams } from './layout.ts';
import type { StreamsPoints } from './points.ts';
import { type Ask, address, searchAgents, type Told } from './search.ts';
import { checkSignature, type KnownSignatures } from './sign.ts';
import type {
  AgentQuery,
  AgentSearch,
  AgentSource,
  LocalAgentRecord,
  LocalSource,
  SourceAnswer,
  StreamStore,
} from './types.ts';

/** A source over a store in memory, with the faults bound to `points` between store and reader. */
export function localSource(options: {
  readonly name: string;
  readonly url: string;
  readonly store: Pick<StreamStore, 'read'>;
  readonly points?: StreamsPoints;
  readonly requireSigned?: boolean;
  /** Whose signatures are trusted: the signer of the store, usually. */
  readonly trust?: KnownSignatures;
}): LocalSource {
  const { name, url, store, points, requireSigned = false, trust } = options;
  return {
    name,
    url,
    requireSigned,
    ...(trust ? { publicKey: trust.publicKey } : {}),
    get: (path) => {
      const body = store.read(path);
      const answer: SourceAnswer = {
        kind: 'answered',
        status: body ? 200 : 404,
        body: body ?? EMPTY,
      };
      return applyEffect(answer, points?.request.ask({ source: name, path }));
    },
    signedText: (bytes) => trust?.textOf(bytes),
  };
}

/** Searches sources in memory, in their order. Pauses between tries are counted, not waited. */
export function findAgents(
  sources: readonly LocalSource[],
  query: AgentQuery,
): AgentSearch<LocalAgentRecord> {
  const procedure = searchAgents(sources, query);
  let told: Told;
  while (true) {
    const step = procedure.next(told);
    if (step.done) {
      const { search, from } = step.value;
      const found = search.found.map((record) => ({
        ...record,
        read: () => readArchive(from.get(record)!, record.path),
      }));
      return { ...search, found };
    }
    told = tell(step.value);
  }
}

/**
 * Searches over HTTP, in the sources' order.
 * @param io.fetch how a file is asked for (the global `fetch`, or an app's)
 * @param io.clock what pauses between tries are waited on; absent means no pause
 */
export async function findAgentsOverHttp(
  sources: readonly AgentSource[],
  query: AgentQuery,
  io: { readonly fetch: (url: string) => Promise<Response>; readonly clock?: Clock },
): Promise<AgentSearch> {
  const procedure = searchAgents(sources, query);
  let told: Told;
  while (true) {
    const step = procedure.next(told);
    if (step.done) return step.value.search;
    told = await tellOverHttp(step.value, io);
  }
}

/**
 * Agent metadata as a controller or client of one version sees it: its sources in order, the
 * configured stream widened to the row of streams that its era searches.
 */
export class AgentFinder {
  readonly #sources: readonly LocalSource[];
  readonly #era: () => AgentVersion;

  /**
   * @param era the version of the program that searches; a function where that changes, as a
   *   controller's does when it is upgraded
   */
  constructor(sources: readonly LocalSource[], era: AgentVersion | (() => AgentVersion)) {
    this.#sources = sources;
    this.#era = typeof era === 'function' ? era : () => era;
  }

  /** The agent of exactly this version, release (system or series) and architecture. */
  find(
    stream: string,
    number: AgentVersion,
    release: string,
    arch: string,
  ): AgentSearch<LocalAgentRecord> {
    const era = this.#era();
    const streams = preferredStreams({ era, stream, version: number });
    return findAgents(this.#sources, { era, streams, number, release, arch });
  }

  /** Every agent of a major version, or of one minor of it (-1: any). */
  list(stream: string, major: number, minor: number): AgentSearch<LocalAgentRecord> {
    const era = this.#era();
    const streams = preferredStreams({ era, stream });
    return findAgents(this.#sources, { era, streams, major, minor });
  }
}

const EMPTY = new Uint8Array();

function tell(ask: Ask<LocalSource>): Told {
  switch (ask.ask) {
    case 'file':
      return ask.source.get(ask.path);
    case 'signature':
      return ask.source.signedText(ask.bytes);
    case 'pause':
      return undefined;
  }
}

async function tellOverHttp(
  ask: Ask<AgentSource>,
  io: { fetch: (url: string) => Promise<Response>; clock?: Clock },
): Promise<Told> {
  switch (ask.ask) {
    case 'file':
      return await request(address(ask.source, ask.path), io.fetch);
    case 'signature': {
      const signature = await checkSignature(ask.bytes, ask.source.publicKey);
      return signature.kind === 'good' ? signature.text : undefined;
    }
    case 'pause':
      if (io.clock) await new Promise<void>((done) => io.clock!.after(ask.ms, done));
      return undefined;
  }
}

async function request(
  url: string,
  fetch: (url: string) => Promise<Response>,
): Promise<SourceAnswer> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    return { kind: 'dropped', when: 'asking', why: reason(error) };
  }
  try {
    const body = new Uint8Array(await response.arrayBuffer());
    return { kind: 'answered', status: response.status, body };
  } catch (error) {
    return { kind: 'dropped', when: 'reading', why: reason(error) };
  }
}

/** The cause that `fetch` hides: `connect ECONNREFUSED 127.0.0.1:1`, not `fetch failed`. */
function reason(error: unknown): string {
  const { message, cause } = error as Error;
  const hidden = cause instanceof Error ? cause.message || (cause as { code?: string }).code : '';
  return hidden || message;
}

function readArchive(source: LocalSource, path: string): Uint8Array {
  const answer = source.get(path);
  if (answer.kind === 'dropped') throw new Error(answer.why);
  if (answer.status !== 200) throw new Error(`${answer.status} for ${address(source, path)}`);
  return answer.body;
}
