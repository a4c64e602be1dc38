/**
 * Checking a published tree: does every file that metadata names exist with the size and digest
 * promised, can an agent unpack it, do index and products agree, does each binary have one digest,
 * and are the signed twins what they claim to be? A client meets such faults one at a time and says
 * little; here all are listed at once (facts/juju-versions-and-upgrades 5.1, 5.3, 5.6, S-28).
 */
import { printBinary } from '../versions/number.ts';
import { archiveFault, sha256Of } from './archive.ts';
import {
  CONTENT_TYPE,
  INDEX,
  LEGACY_INDEX,
  PRODUCTS_FORMAT,
  RELEASED,
  signedPath,
} from './layout.ts';
import { type IndexEntry, type Item, readIndex, readProducts, signedTwin } from './metadata.ts';
import { checkSignature } from './sign.ts';
import { isInside } from './store.ts';
import type { StreamStore } from './types.ts';

/** Where a publisher leaves the public half of its signing key, beside `streams/`. */
export const PUBLIC_KEY = 'publickey.asc';

/** Something wanting: a fault makes a client fail, a note does not. */
export interface Finding {
  readonly level: 'fault' | 'note';
  /** The file that is wrong. */
  readonly file: string;
  /** One sentence. */
  readonly what: string;
}

export interface Verified {
  readonly findings: readonly Finding[];
  /** Agent binaries listed, by stream. */
  readonly agents: Readonly<Record<string, number>>;
  /** Metadata files and agent files that were read. */
  readonly filesChecked: number;
  /** Whether there is signed metadata and all of it is good. */
  readonly signed: boolean;
}

/**
 * Checks a tree whole; never throws for what it finds.
 * @param publicKey armoured key that signatures are checked by; absent means the tree's own
 *   {@link PUBLIC_KEY}, which finds damage but proves no origin
 */
export async function verifyStore(
  store: Pick<StreamStore, 'read' | 'paths'>,
  publicKey?: string,
): Promise<Verified> {
  const own = store.read(PUBLIC_KEY);
  const key = publicKey ?? (own ? new TextDecoder().decode(own) : undefined);
  const check = new Check(store, key);
  await check.run();
  return {
    findings: check.findings,
    agents: Object.fromEntries([...check.agents].sort(([a], [b]) => (a < b ? -1 : 1))),
    filesChecked: check.read.size,
    signed: check.signed,
  };
}

class Check {
  readonly findings: Finding[] = [];
  readonly agents = new Map<string, number>();
  readonly read = new Set<string>();
  signed = false;
  readonly #store: Pick<StreamStore, 'read' | 'paths'>;
  readonly #publicKey: string | undefined;
  readonly #digests = new Map<string, Item>();
  readonly #archives = new Map<string, { size: number; sha256: string } | undefined>();

  constructor(store: Pick<StreamStore, 'read' | 'paths'>, publicKey: string | undefined) {
    this.#store = store;
    this.#publicKey = publicKey;
  }

  async run(): Promise<void> {
    const index = this.#index(INDEX);
    const legacy = this.#index(LEGACY_INDEX);
    if (!index && !legacy) {
      if (this.findings.length === 0) this.#fault(INDEX, 'is missing, and so is the legacy index');
    } else {
      if (index && legacy) this.#compareIndexes(index, legacy);
      for (const [contentId, entry] of index ?? legacy!) await this.#products(contentId, entry);
    }
    await this.#signatures();
    for (const path of this.#store.paths()) {
      if (/\.(tgz|json)$/.test(path) && !this.read.has(path)) {
        this.#note(path, 'is listed nowhere');
      }
    }
  }

  #index(path: string): ReadonlyMap<string, IndexEntry> | undefined {
    const bytes = this.#bytes(path);
    if (!bytes) return undefined;
    const index = readIndex(bytes);
    if ('fault' in index) {
      this.#fault(path, `is ${index.detail}`);
      return undefined;
    }
    if (index.entries.size === 0) this.#fault(path, 'lists no stream');
    return index.entries;
  }

  /** The legacy index holds the released stream only, and must say of it what the other says. */
  #compareIndexes(
    index: ReadonlyMap<string, IndexEntry>,
    legacy: ReadonlyMap<string, IndexEntry>,
  ): void {
    for (const [contentId, entry] of legacy) {
      if (contentId.split(':')[1] !== RELEASED) {
        this.#note(LEGACY_INDEX, `lists ${contentId}, which old clients do not look for`);
      }
      if (JSON.stringify(entry) !== JSON.stringify(index.get(contentId))) {
        this.#fault(LEGACY_INDEX, `says of ${contentId} something else than ${INDEX}`);
      }
    }
  }

  async #products(contentId: string, entry: IndexEntry): Promise<void> {
    const { path } = entry;
    if (entry.datatype !== CONTENT_TYPE) {
      this.#fault(INDEX, `lists ${contentId} as "${entry.datatype}", not "${CONTENT_TYPE}"`);
    }
    if (entry.format !== PRODUCTS_FORMAT) {
      this.#fault(INDEX, `lists ${contentId} in the format "${entry.format}"`);
    }
    const bytes = isInside(path) ? this.#bytes(path) : undefined;
    if (!bytes) {
      this.#fault(path, `is missing; the index names it for ${contentId}`);
      return;
    }
    const products = readProducts(bytes);
    if ('fault' in products) {
      this.#fault(path, `is ${products.detail}`);
      return;
    }
    if (products.contentId !== contentId) {
      this.#fault(path, `calls itself "${products.contentId}", the index calls it "${contentId}"`);
    }
    const [listed, held] = [[...(entry.products ?? [])].sort(), [...products.items.keys()].sort()];
    for (const product of held.filter((id) => !listed.includes(id))) {
      this.#fault(INDEX, `does not list ${product}, so that no client finds it in ${path}`);
    }
    for (const product of listed.filter((id) => !held.includes(id))) {
      this.#fault(INDEX, `lists ${product}, which ${path} does not hold`);
    }
    const stream = contentId.split(':')[1] ?? contentId;
    for (const items of products.items.values()) {
      for (const item of items) {
        this.agents.set(stream, (this.agents.get(stream) ?? 0) + 1);
        await this.#agent(path, item);
      }
    }
  }

  async #agent(file: string, item: Item): Promise<void> {
    const name = printBinary(item.binary);
    const [, keyed, arch] = item.product.split(':');
    if (arch !== item.binary.arch) this.#fault(file, `files ${name} under ${item.product}`);
    if (keyed === '') this.#fault(file, `has a product without a release: ${item.product}`);
    if (item.ftype !== 'tar.gz') this.#fault(file, `calls ${name} a "${item.ftype}" file`);
    const other = this.#digests.get(name);
    if (other && (other.sha256 !== item.sha256 || other.size !== item.size)) {
      this.#fault(
        file,
        `lists ${name} with SHA-256 ${item.sha256}, elsewhere it is ${other.sha256}`,
      );
    }
    this.#digests.set(name, item);
    const true_ = await this.#archive(item.path);
    if (!true_) {
      this.#fault(item.path, `is missing; ${file} lists it as ${name}`);
      return;
    }
    if (true_.size !== item.size) {
      this.#fault(item.path, `has ${true_.size} bytes; ${file} says ${item.size}`);
    }
    if (true_.sha256 !== item.sha256) {
      this.#fault(item.path, `has SHA-256 ${true_.sha256}; ${file} says ${item.sha256}`);
    }
  }

  /** Size and digest of an agent file, which is unpacked once to see that an agent could. */
  async #archive(path: string): Promise<{ size: number; sha256: string } | undefined> {
    if (this.#archives.has(path)) return this.#archives.get(path);
    const bytes = isInside(path) ? this.#bytes(path) : undefined;
    const facts = bytes && { size: bytes.byteLength, sha256: sha256Of(bytes) };
    this.#archives.set(path, facts);
    if (bytes) {
      const fault = await archiveFault(bytes);
      if (fault) this.#fault(path, `is no agent archive: ${fault}`);
    }
    return facts;
  }

  /** Every signed file, and for every signed index the signed products that it points to. */
  async #signatures(): Promise<void> {
    const paths = this.#store.paths().filter((path) => path.endsWith('.sjson'));
    const before = this.findings.length;
    for (const path of paths) await this.#signature(path);
    const twins = new Set(paths);
    for (const path of paths.length > 0 ? [...this.read] : []) {
      if (path.endsWith('.json') && !twins.has(signedPath(path))) {
        this.#fault(signedPath(path), `is missing, though other metadata is signed`);
      }
    }
    this.signed = paths.length > 0 && this.findings.length === before;
  }

  async #signature(path: string): Promise<void> {
    const bytes = this.#bytes(path)!;
    const signature = await checkSignature(bytes, this.#publicKey);
    if (signature.kind === 'not-signed') this.#fault(path, 'carries no signature');
    if (signature.kind === 'bad' && this.#publicKey) {
      this.#fault(path, `has a signature that the key did not make (${signature.detail})`);
    }
    if (signature.kind === 'bad' && !this.#publicKey) {
      this.#note(path, 'has a signature that was not checked: no public key was given');
    }
    const twin = this.#store.read(path.replace(/\.sjson$/, '.json'));
    if (!twin)
      this.#note(path, 'has no unsigned twin: clients that trust another key find nothing');
    else if (signature.kind === 'good') {
      const expected = signedTwin(new TextDecoder().decode(twin));
      if (expected !== new TextDecoder().decode(signature.text)) {
        this.#fault(path, 'says something else than its unsigned twin');
      }
    }
  }

  #bytes(path: string): Uint8Array | undefined {
    const bytes = this.#store.read(path);
    if (bytes) this.read.add(path);
    return bytes;
  }

  #fault(file: string, what: string): void {
    this.findings.push({ level: 'fault', file, what });
  }

  #note(file: string, what: string): void {
    this.findings.push({ level: 'note', file, what });
  }
}
