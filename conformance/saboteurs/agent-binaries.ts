/** Small breaks of the agent metadata that Juju's own search must notice. */
import { type Json, type Saboteur, streamsAnswer, streamsJson } from './saboteur.ts';

const INDEX = /^\/streams\/v1\/index2?\.json$/;
const METADATA = /^\/streams\/v1\/.*\.json$/;
const PRODUCTS = /^\/streams\/v1\/(?!index).*\.json$/;
/** Below the address of a source that is none. */
const NOTHING = /^\/nothing-here\//;

export const AGENT_BINARIES_SABOTEURS: readonly Saboteur[] = [
  streamsAnswer('metadata-index-404', 'has no index', INDEX, async () => notFound()),
  products('metadata-without-centos', 'leaves CentOS agents out', (items) =>
    drop(items, (item) => /centos/.test(item.release)),
  ),
  products('metadata-without-arm64', 'leaves arm64 agents out', (items) =>
    drop(items, (item) => item.arch === 'arm64'),
  ),
  products('metadata-lists-what-never-was', 'lists releases that never were', (items) => {
    for (const [name, item] of Object.entries<Json>(items)) {
      if (!item.version.startsWith('3.6.')) continue;
      items[`${name}-patch`] = { ...item, version: '3.6.999' };
      items[`${name}-minor`] = { ...item, version: '3.99.1' };
    }
  }),
  streamsJson('metadata-riscv64-is-amd64', 'offers amd64 agents for riscv64', METADATA, (body) => {
    const other = (id: string) => id.replace(/:amd64$/, ':riscv64');
    for (const entry of Object.values<Json>(body.index ?? {})) {
      entry.products = [...new Set([...entry.products, ...entry.products.map(other)])];
    }
    for (const [id, product] of Object.entries<Json>(body.products ?? {})) {
      if (other(id) === id) continue;
      const text = JSON.stringify(product).replaceAll('"arch":"amd64"', '"arch":"riscv64"');
      body.products[other(id)] = JSON.parse(text);
    }
  }),
  streamsJson(
    'metadata-devel-is-released',
    'calls the released stream devel too',
    INDEX,
    (body) => {
      for (const [name, entry] of Object.entries<Json>(body.index)) {
        if (name.includes('released')) body.index[name.replace('released', 'devel')] = entry;
      }
    },
  ),
  streamsAnswer('metadata-nothing-here-500', 'fails where nothing is', NOTHING, async () => {
    return new Response('internal error', { status: 500 });
  }),
  streamsAnswer('metadata-signed-by-nobody', 'answers text as signed', /\.sjson$/, async () => {
    return new Response('no signature here');
  }),
];

function products(
  id: string,
  does: string,
  change: (items: Record<string, Json>) => void,
): Saboteur {
  return streamsJson(id, does, PRODUCTS, (body) => {
    for (const product of Object.values<Json>(body.products ?? {})) {
      for (const version of Object.values<Json>(product.versions)) change(version.items);
    }
  });
}

function drop(items: Record<string, Json>, unwanted: (item: Json) => boolean): void {
  for (const [name, item] of Object.entries(items)) if (unwanted(item)) delete items[name];
}

function notFound(): Response {
  return new Response('not found\n', { status: 404 });
}
