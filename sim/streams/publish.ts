/**
 * Publishing agent binaries: the archive files, and the metadata that lists them with true sizes and
 * digests, merged into what the store lists already (upstream `generate-agents` and `MergeMetadata`;
 * facts/juju-versions-and-upgrades 5.1). One agent binary has one size and one digest: publishing
 * the same name with other bytes is refused. With a signer every metadata file gets its signed twin;
 * without one, twins that a former run left are taken away, since they would now tell lies.
 */
import { type AgentBinary, type AgentVersion, printBinary } from '../versions/number.ts';
import { sha256Of, standInArchive } from './archive.ts';
import { INDEX, type Layout, LEGACY_INDEX, layoutOf, signedPath } from './layout.ts';
import {
  type IndexEntry,
  type ListedAgent,
  readIndex,
  readProducts,
  signedTwin,
  writeMetadata,
} from './metadata.ts';
import type { StreamsPoints } from './points.ts';
import type { Signer } from './sign.ts';
import type { StreamStore } from './types.ts';

/** One agent binary to publish. */
export interface PublishAgent {
  readonly binary: AgentBinary;
  readonly stream: string;
  /** The gzipped tar file; absent means a stand-in made for the occasion. */
  readonly archive?: Uint8Array;
}

export interface PublishOptions {
  /** The version of the program that writes: its era decides the layout. */
  readonly era: AgentVersion;
  /** When the metadata claims to have been made. */
  readonly updated: Date;
  /** Signs every metadata file, if given. */
  readonly signer?: Signer;
  /** Name of the source that the store will be served as; what fault rules go by. */
  readonly source?: string;
  readonly points?: StreamsPoints;
}

/** What was written. */
export interface Published {
  /** Agents written by this call. */
  readonly agents: readonly (ListedAgent & { stream: string })[];
  /** Metadata files written by this call. */
  readonly metadata: readonly string[];
  /** Agents that no reader of this era could find, since it does not know their release. */
  readonly unlisted: readonly AgentBinary[];
}

/** What cannot be published, in one sentence. */
export class PublishError extends Error {
  override readonly name = 'PublishError';
}

/** A release that one archive serves several systems under (upstream's release mapping, 5.1). */
const SHARED: Readonly<Record<string, readonly string[]>> = {
  linux: ['ubuntu', 'centos', 'genericlinux'],
};

/**
 * Publishes agents into a store and returns what was written.
 * @throws PublishError when a binary is listed already with another size or digest, or when the
 *   store's own index or products cannot be read
 */
export async function publishAgents(
  store: StreamStore,
  agents: readonly PublishAgent[],
  options: PublishOptions,
): Promise<Published> {
  const layout = layoutOf(options.era);
  const existing = readListing(store, layout);
  const listing = new Map([...existing.listing].map(([stream, list]) => [stream, [...list]]));
  const digests = new Map<string, ListedAgent>();
  for (const list of listing.values()) {
    for (const agent of list) digests.set(printBinary(agent.binary), agent);
  }
  const written: (ListedAgent & { stream: string })[] = [];
  const files = new Map<string, Uint8Array>();
  const unlisted: AgentBinary[] = [];
  for (const agent of agents) {
    const archive = agent.archive ?? (await standInArchive(agent.binary));
    const path = layout.agentPath(agent.stream, agent.binary);
    for (const release of SHARED[agent.binary.release] ?? [agent.binary.release]) {
      const binary = { ...agent.binary, release };
      if (layout.productId(release, binary.arch) === undefined) unlisted.push(binary);
      const effect = options.points?.record.ask({
        source: options.source ?? 'published',
        stream: agent.stream,
        binary,
      });
      if (effect?.kind === 'absent') continue;
      const stream = effect?.kind === 'other-stream' ? effect.stream : agent.stream;
      const truth = { binary, path, size: archive.byteLength, sha256: sha256Of(archive) };
      const known = digests.get(printBinary(binary));
      if (!effect && known && (known.size !== truth.size || known.sha256 !== truth.sha256)) {
        throw new PublishError(
          `${printBinary(binary)} is listed already with ${known.size} bytes and SHA-256 ${known.sha256}; ` +
            `the new file has ${truth.size} bytes and ${truth.sha256}`,
        );
      }
      digests.set(printBinary(binary), truth);
      const lies = effect?.kind === 'wrong-digest';
      const listed = lies ? { ...truth, sha256: sha256Of(Buffer.from(truth.sha256)) } : truth;
      const list = listing.get(stream) ?? [];
      if (!list.some((other) => printBinary(other.binary) === printBinary(binary))) {
        list.push(listed);
      }
      listing.set(stream, list);
      files.set(path, archive);
      written.push({ ...listed, stream });
    }
  }
  // Files before the metadata that names them, so that no reader meets a name without a file.
  for (const [path, bytes] of files) store.write(path, bytes);
  const metadata = await writeAll(store, layout, listing, options, existing.keep);
  return { agents: written, metadata, unlisted };
}

/** Archives to publish: every combination of versions, releases and architectures. */
export function agentMatrix(options: {
  readonly versions: readonly AgentVersion[];
  readonly releases: readonly string[];
  readonly arches: readonly string[];
  readonly stream: string;
}): PublishAgent[] {
  return options.versions.flatMap((number) =>
    options.releases.flatMap((release) =>
      options.arches.map((arch) => ({
        binary: { number, release, arch },
        stream: options.stream,
      })),
    ),
  );
}

/** What a store lists in this layout, and the index entries of other layouts, which stay. */
export function readListing(
  store: StreamStore,
  layout: Layout,
): {
  listing: Map<string, ListedAgent[]>;
  keep: Map<string, IndexEntry>;
} {
  const listing = new Map<string, ListedAgent[]>();
  const keep = new Map<string, IndexEntry>();
  const bytes = store.read(INDEX) ?? store.read(LEGACY_INDEX);
  if (!bytes) return { listing, keep };
  const index = readIndex(bytes);
  if ('fault' in index) throw new PublishError(`the store's index is ${index.detail}`);
  for (const [contentId, entry] of index.entries) {
    const stream = contentId.split(':')[1] ?? '';
    if (layout.contentId(stream) !== contentId) {
      keep.set(contentId, entry);
      continue;
    }
    const file = store.read(entry.path);
    const products = file ? readProducts(file) : undefined;
    if (!products || 'fault' in products) {
      const why = products ? products.detail : 'missing';
      throw new PublishError(`the store's products file ${entry.path} is ${why}`);
    }
    listing.set(stream, [...products.items.values()].flat());
  }
  return { listing, keep };
}

async function writeAll(
  store: StreamStore,
  layout: Layout,
  listing: ReadonlyMap<string, readonly ListedAgent[]>,
  options: PublishOptions,
  keep: ReadonlyMap<string, IndexEntry>,
): Promise<string[]> {
  const made = writeMetadata(layout, listing, options.updated, keep);
  const files = new Map<string, string>(made.products);
  // Products of other layouts stay as they are, but are signed by the same key as all the rest.
  for (const { path } of keep.values()) {
    const bytes = store.read(path);
    if (bytes) files.set(path, new TextDecoder().decode(bytes));
  }
  if (made.legacyIndex !== undefined) files.set(LEGACY_INDEX, made.legacyIndex);
  if (layout.index2) files.set(INDEX, made.index);
  // In the era of one index there is one stream: that of the legacy file.
  else if (made.legacyIndex === undefined) files.set(LEGACY_INDEX, made.index);
  const written: string[] = [];
  const write = (path: string, bytes: Uint8Array) => {
    store.write(path, bytes);
    written.push(path);
  };
  for (const [path, text] of files) {
    write(path, new TextEncoder().encode(text));
    if (options.signer) write(signedPath(path), await options.signer.sign(signedTwin(text)));
    else store.remove(signedPath(path));
  }
  return written;
}
