/**
 * Copying a published tree into a store of one's own: the local cache that the operator of the
 * original post wanted. Everything an index names is copied as it is, signatures included, and each
 * agent file is checked before it is kept, so that a damaged source never becomes a damaged mirror.
 * Agents are written before the metadata that names them.
 */
import { printBinary } from '../versions/number.ts';
import { sha256Of } from './archive.ts';
import { INDEX, LEGACY_INDEX, signedPath } from './layout.ts';
import { readIndex, readProducts } from './metadata.ts';
import { isInside } from './store.ts';
import type { StreamStore } from './types.ts';
import { PUBLIC_KEY } from './verify.ts';

/** How a tree is read from afar: the bytes, or undefined for "not there". @throws when unreachable */
export type ReadFile = (path: string) => Promise<Uint8Array | undefined>;

/** Why a tree was not mirrored, in one sentence; nothing that a client would read was written. */
export class MirrorError extends Error {
  override readonly name = 'MirrorError';
}

export interface Mirrored {
  readonly metadata: readonly string[];
  readonly agents: readonly string[];
  /** Agent files that the mirror held already. */
  readonly kept: number;
}

/**
 * Copies a tree into `store`.
 * @param onAgent told before each agent file, for a progress bar: how many of how many
 * @throws MirrorError for a source without an index, a damaged or missing file
 */
export async function mirrorStreams(
  read: ReadFile,
  store: StreamStore,
  onAgent: (done: number, all: number) => void = () => {},
): Promise<Mirrored> {
  const metadata = new Map<string, Uint8Array>();
  const agents = new Map<string, { size: number; sha256: string; name: string }>();
  const optional = async (path: string) => {
    const bytes = await read(path);
    if (bytes) metadata.set(path, bytes);
    return bytes;
  };

  for (const indexPath of [INDEX, LEGACY_INDEX]) {
    const bytes = await optional(indexPath);
    if (!bytes) continue;
    await optional(signedPath(indexPath));
    const index = readIndex(bytes);
    if ('fault' in index) throw new MirrorError(`${indexPath} is ${index.detail}`);
    for (const { path } of index.entries.values()) {
      if (metadata.has(path)) continue;
      const file = await optional(path);
      if (!file) throw new MirrorError(`${indexPath} names ${path}, which is not there`);
      await optional(signedPath(path));
      const products = readProducts(file);
      if ('fault' in products) throw new MirrorError(`${path} is ${products.detail}`);
      for (const item of [...products.items.values()].flat()) {
        if (!isInside(item.path)) {
          throw new MirrorError(`${path} lists the file "${item.path}", outside its own tree`);
        }
        agents.set(item.path, { ...item, name: printBinary(item.binary) });
      }
    }
  }
  if (metadata.size === 0) throw new MirrorError('there is no unsigned index to mirror from');
  await optional(PUBLIC_KEY);

  let kept = 0;
  let done = 0;
  const copied: string[] = [];
  for (const [path, { size, sha256, name }] of agents) {
    onAgent(done++, agents.size);
    const fits = (bytes: Uint8Array) => bytes.byteLength === size && sha256Of(bytes) === sha256;
    const present = store.read(path);
    if (present && fits(present)) {
      kept++;
      continue;
    }
    const bytes = await read(path);
    if (!bytes) throw new MirrorError(`${name} is listed at ${path}, which is not there`);
    if (!fits(bytes)) {
      throw new MirrorError(
        `${path} is not what its metadata promises for ${name}: ${bytes.byteLength} bytes with ` +
          `SHA-256 ${sha256Of(bytes)} instead of ${size} bytes with ${sha256}`,
      );
    }
    store.write(path, bytes);
    copied.push(path);
  }
  // Backwards: products before the index that names them.
  for (const [path, bytes] of [...metadata].reverse()) store.write(path, bytes);
  return { metadata: [...metadata.keys()], agents: copied, kept };
}
