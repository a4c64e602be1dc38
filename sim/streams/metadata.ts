/**
 * Index and products files: reading them as upstream's reader does, and writing them as its
 * generator does (environs/simplestreams and environs/tools/marshal.go of 3.6.11; facts/juju-
 * versions-and-upgrades 5.1). Reading follows the index's `path`, lets items inherit missing fields
 * from the levels around them, applies `_aliases`, and visits newer dates first. What a reader
 * remembers of a file is kept per byte array, so that a fleet's searches parse each file once.
 */
import { z } from 'zod';
import { type AgentBinary, parseVersion, printBinary, printVersion } from '../versions/number.ts';
import { CONTENT_TYPE, INDEX_FORMAT, type Layout, PRODUCTS_FORMAT, RELEASED } from './layout.ts';

const text = z.string().default('');
const indexEntrySchema = z.object({
  updated: text,
  format: text,
  datatype: text,
  path: text,
  products: z.array(z.string()).nullish(),
});
const indexSchema = z.object({
  index: z.record(z.string(), indexEntrySchema).nullish(),
  updated: text,
  format: text,
});
const inherited = {
  release: z.string().optional(),
  version: z.string().optional(),
  arch: z.string().optional(),
};
const itemSchema = z.object({
  ...inherited,
  size: z.int().nonnegative().default(0),
  path: text,
  ftype: text,
  sha256: text,
});
const productsSchema = z.object({
  products: z
    .record(
      z.string(),
      z.object({
        ...inherited,
        versions: z.record(
          z.string(),
          z.object({ ...inherited, items: z.record(z.string(), itemSchema) }),
        ),
      }),
    )
    .nullish(),
  updated: text,
  format: text,
  content_id: text,
  _aliases: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.string()))).optional(),
});

export type IndexEntry = z.infer<typeof indexEntrySchema>;

/** One item of a products file with all that it inherits. */
export interface Item {
  readonly product: string;
  readonly date: string;
  readonly id: string;
  readonly binary: AgentBinary;
  readonly size: number;
  readonly path: string;
  readonly ftype: string;
  readonly sha256: string;
}

/** Why a metadata file cannot be used. */
export interface FileFault {
  readonly fault: 'not-json' | 'wrong-format';
  /** One clause for people. */
  readonly detail: string;
}

export interface Index {
  readonly entries: ReadonlyMap<string, IndexEntry>;
  readonly updated: string;
}

export interface Products {
  readonly contentId: string;
  readonly updated: string;
  /** By product id, newest date first. */
  readonly items: ReadonlyMap<string, readonly Item[]>;
}

/** Reads an index file. */
export const readIndex = remembered((bytes: Uint8Array): Index | FileFault => {
  const read = readJson(bytes, indexSchema, INDEX_FORMAT);
  if ('fault' in read) return read;
  return { entries: new Map(Object.entries(read.data.index ?? {})), updated: read.data.updated };
});

/** Reads a products file. A version that does not parse makes the file unusable, as upstream. */
export const readProducts = remembered((bytes: Uint8Array): Products | FileFault => {
  const read = readJson(bytes, productsSchema, PRODUCTS_FORMAT);
  if ('fault' in read) return read;
  const { data } = read;
  const items = new Map<string, Item[]>();
  try {
    for (const [product, catalog] of Object.entries(data.products ?? {})) {
      const dates = Object.keys(catalog.versions).sort().reverse();
      const list = dates.flatMap((date) => {
        const collection = catalog.versions[date]!;
        return Object.entries(collection.items).map(([id, item]): Item => {
          const own = { ...item };
          for (const field of FIELDS) {
            Object.assign(own, data._aliases?.[field]?.[own[field] ?? '']);
          }
          const field = (name: (typeof FIELDS)[number]) =>
            own[name] || collection[name] || catalog[name] || '';
          const number = parseVersion(field('version'));
          const binary = { number, release: field('release'), arch: field('arch') };
          const { size, path, ftype, sha256 } = own;
          return { product, date, id, binary, size, path, ftype, sha256 };
        });
      });
      items.set(product, list);
    }
  } catch (error) {
    return { fault: 'not-json', detail: (error as Error).message };
  }
  return { contentId: data.content_id, updated: data.updated, items };
});

const FIELDS = ['release', 'version', 'arch'] as const;

/** What the generator writes about one agent binary. */
export interface ListedAgent {
  readonly binary: AgentBinary;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** Agents by stream. */
export type Listing = ReadonlyMap<string, readonly ListedAgent[]>;

/**
 * The metadata files for a listing, by path: the index, the legacy index when the released stream
 * is among them, and one products file a stream. Agents whose release the layout does not know are
 * left out, as upstream does without a word. Entries of other content ids in `keep` stay.
 * @param updated the time that the files claim to have been made at
 */
export function writeMetadata(
  layout: Layout,
  listing: Listing,
  updated: Date,
  keep: ReadonlyMap<string, IndexEntry> = new Map(),
): { index: string; legacyIndex: string | undefined; products: Map<string, string> } {
  const stamp = rfc1123(updated);
  const date = updated.toISOString().slice(0, 10).replaceAll('-', '');
  const entries = new Map(keep);
  const products = new Map<string, string>();
  for (const [stream, agents] of [...listing].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const byProduct = new Map<string, ListedAgent[]>();
    for (const agent of [...agents].sort(byText)) {
      const product = layout.productId(agent.binary.release, agent.binary.arch);
      if (product === undefined) continue;
      byProduct.set(product, [...(byProduct.get(product) ?? []), agent]);
    }
    const path = layout.productsPath(stream);
    entries.set(layout.contentId(stream), {
      updated: stamp,
      format: PRODUCTS_FORMAT,
      datatype: CONTENT_TYPE,
      path,
      products: [...byProduct.keys()].sort(),
    });
    const catalogs = [...byProduct].sort(([a], [b]) => (a < b ? -1 : 1));
    const file = {
      products: Object.fromEntries(
        catalogs.map(([product, listed]) => [product, productOf(date, listed)]),
      ),
      updated: stamp,
      format: PRODUCTS_FORMAT,
      content_id: layout.contentId(stream),
    };
    products.set(path, print(file));
  }
  const index = printIndex(entries, stamp);
  const released = layout.contentId(RELEASED);
  const legacy = entries.get(released);
  const legacyIndex = legacy ? printIndex(new Map([[released, legacy]]), stamp) : undefined;
  return { index, legacyIndex, products };
}

/** The text that the signed twin of a metadata file carries: it points to the signed products. */
export function signedTwin(unsigned: string): string {
  return unsigned.replaceAll(/("path": "[^"]+)\.json"/g, '$1.sjson"');
}

/** Upstream's order of records: by the printed binary, as text (facts 1.5). */
export function byText(a: { binary: AgentBinary }, b: { binary: AgentBinary }): number {
  const [x, y] = [printBinary(a.binary), printBinary(b.binary)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function productOf(date: string, agents: readonly ListedAgent[]): object {
  const { number, arch } = agents[0]!.binary;
  const items = agents.map(({ binary, path, size, sha256 }) => [
    printBinary(binary),
    {
      release: binary.release,
      version: printVersion(binary.number),
      arch: binary.arch,
      size,
      path,
      ftype: 'tar.gz',
      sha256,
    },
  ]);
  // The product repeats the first item's version, which items override: so does upstream's.
  const version = printVersion(number);
  return { version, arch, versions: { [date]: { items: Object.fromEntries(items) } } };
}

function printIndex(entries: ReadonlyMap<string, IndexEntry>, updated: string): string {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  return print({ index: Object.fromEntries(sorted), updated, format: INDEX_FORMAT });
}

function print(value: unknown): string {
  return JSON.stringify(value, undefined, 4);
}

/** RFC 1123 with a numeric zone, e.g. `Tue, 01 Sep 2015 13:22:46 +0000`. */
function rfc1123(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}

function readJson<T extends { format: string }>(
  bytes: Uint8Array,
  schema: z.ZodType<T>,
  format: string,
): { data: T } | FileFault {
  const content = new TextDecoder().decode(bytes);
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    const kind = /^\s*</.test(content) ? 'a web page, not JSON' : 'not JSON';
    return { fault: 'not-json', detail: `${kind} (begins ${opening(content)})` };
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    return {
      fault: 'not-json',
      detail: `not metadata (${issue.path.join('.')}: ${issue.message})`,
    };
  }
  if (parsed.data.format !== format) {
    const detail = `format ${JSON.stringify(parsed.data.format)} instead of "${format}"`;
    return { fault: 'wrong-format', detail };
  }
  return { data: parsed.data };
}

/** The first characters of a text, on one line. */
function opening(content: string): string {
  return JSON.stringify(content.trimStart().slice(0, 24).replaceAll(/\s+/g, ' '));
}

function remembered<T>(read: (bytes: Uint8Array) => T): (bytes: Uint8Array) => T {
  const known = new WeakMap<Uint8Array, T>();
  return (bytes) => {
    let value = known.get(bytes);
    if (value === undefined) {
      value = read(bytes);
      known.set(bytes, value);
    }
    return value;
  };
}
