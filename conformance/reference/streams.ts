/**
 * The suite's own reader of agent metadata: follows index, products and items as a client would,
 * downloads each distinct file of one stream's newest version and looks at its size and digest.
 */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { Target } from '../types.ts';
import type { Take } from './steps.ts';

interface Item {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly version: string;
  readonly ftype?: string;
}

interface Products {
  readonly format: string;
  readonly products: Record<string, { versions: Record<string, { items: Record<string, Item> }> }>;
}

interface Index {
  readonly format: string;
  readonly index: Record<string, { format: string; path: string; products: string[] }>;
}

/** How many files are really downloaded. */
const FILES_MAX = 5;

/** @returns every agent-version that the metadata lists */
export async function streamsSteps(target: Target, take: Take): Promise<string[]> {
  if (!target.streams) return [];
  const base = target.streams.url.replace(/\/?$/, '/');
  const get = (path: string) => fetch(new URL(path, base), { signal: AbortSignal.timeout(10_000) });
  const json = async <T>(path: string): Promise<T> => {
    const answer = await get(path);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return (await answer.json()) as T;
  };
  let index: Index | undefined;
  let items: Item[] = [];

  await take('streams-index', async () => {
    index = await json<Index>('streams/v1/index2.json');
    return index;
  });
  await take('streams-products', async () => {
    const all: { id: string; listed: readonly string[]; products: Products }[] = [];
    for (const [id, entry] of Object.entries(index?.index ?? {})) {
      all.push({ id, listed: entry.products, products: await json<Products>(entry.path) });
    }
    items = all.flatMap(({ products }) =>
      Object.values(products.products).flatMap((product) =>
        Object.values(product.versions).flatMap((version) => Object.values(version.items)),
      ),
    );
    return all.map(({ id, listed, products }) => ({
      id,
      listed,
      format: products.format,
      products: Object.keys(products.products),
      items: items.length,
    }));
  });
  await take('streams-items', async () => items.slice(0, 50));
  await take('streams-files', async () => {
    const byPath = new Map(items.map((item) => [item.path, item]));
    const files = [];
    for (const item of [...byPath.values()].slice(0, FILES_MAX)) {
      const answer = await get(item.path);
      const body = Buffer.from(await answer.arrayBuffer());
      files.push({
        path: item.path,
        status: answer.status,
        wanted: { size: item.size, sha256: item.sha256 },
        found: { size: body.byteLength, sha256: createHash('sha256').update(body).digest('hex') },
        archive: isArchive(body),
      });
    }
    return files;
  });
  await take('streams-missing', async () => {
    const answer = await get('streams/v1/no-such-file.json');
    return { status: answer.status, body: await answer.text() };
  });
  return [...new Set(items.map((item) => item.version))];
}

/** Whether it is a gzipped tar file with at least one entry: `ustar` at byte 257 of the tar. */
function isArchive(body: Buffer): boolean {
  try {
    return gunzipSync(body).subarray(257, 262).toString('latin1') === 'ustar';
  } catch {
    return false;
  }
}
