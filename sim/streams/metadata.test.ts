import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { printBinary, parseVersion as v } from '../versions/number.ts';
import { archiveFault, standInArchive } from './archive.ts';
import { findAgents, localSource } from './find.ts';
import { readIndex, readProducts } from './metadata.ts';
import { MemoryStore } from './store.ts';

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** A products file as the official one is: fields stand where they are shared. */
const OFFICIAL = {
  format: 'products:1.0',
  content_id: 'com.ubuntu.juju:released:agents',
  updated: 'Tue, 01 Sep 2015 13:22:46 +0000',
  _aliases: { release: { jammy: { release: 'ubuntu' } } },
  products: {
    'com.ubuntu.juju:ubuntu:amd64': {
      arch: 'amd64',
      release: 'ubuntu',
      versions: {
        '20240101': { version: '3.6.1', items: { a: { path: 'old', size: 1, sha256: 'aa' } } },
        '20250101': {
          items: {
            a: { version: '3.6.1', path: 'new', size: 2, sha256: 'bb' },
            b: { version: '3.6.2', release: 'jammy', path: 'b', size: 3, sha256: 'cc' },
          },
        },
      },
    },
  },
};

describe('reading a products file', () => {
  it('inherits what an item lacks and applies aliases', () => {
    const products = readProducts(bytes(OFFICIAL));
    if ('fault' in products) throw new Error(products.detail);
    const items = products.items.get('com.ubuntu.juju:ubuntu:amd64')!;
    expect(items.map((item) => `${item.date} ${printBinary(item.binary)} ${item.path}`)).toEqual([
      '20250101 3.6.1-ubuntu-amd64 new',
      '20250101 3.6.2-ubuntu-amd64 b',
      '20240101 3.6.1-ubuntu-amd64 old',
    ]);
  });

  it('takes the newest date of a binary that is listed twice', () => {
    const store = new MemoryStore();
    const entry = {
      format: 'products:1.0',
      datatype: 'content-download',
      path: 'anything.json',
      products: Object.keys(OFFICIAL.products),
    };
    const index = { [OFFICIAL.content_id]: entry };
    store.write('streams/v1/index2.json', bytes({ format: 'index:1.0', index }));
    store.write('anything.json', bytes(OFFICIAL));
    const source = localSource({ name: 'a', url: 'http://a', store });
    const query = { era: v('3.6.0'), streams: ['released'], number: v('3.6.1') };
    expect(findAgents([source], query).found.map((record) => record.path)).toEqual(['new']);
  });

  const unusable: readonly [what: string, file: unknown, fault: string][] = [
    ['another format', { ...OFFICIAL, format: 'products:2.0' }, 'wrong-format'],
    ['no format', {}, 'wrong-format'],
    ['a list', [], 'not-json'],
    [
      'versions that are no map',
      { format: 'products:1.0', products: { p: { versions: 7 } } },
      'not-json',
    ],
  ];
  it.each(unusable)('cannot use %s', (_what, file, fault) => {
    expect(readProducts(bytes(file))).toMatchObject({ fault });
  });

  it('reads an index that lists nothing, and none that is text', () => {
    expect(readIndex(bytes({ format: 'index:1.0', index: null }))).toMatchObject({
      entries: new Map(),
    });
    expect(readIndex(new TextEncoder().encode('{'))).toMatchObject({ fault: 'not-json' });
  });
});

describe('an agent archive', () => {
  it('is the same on every machine: stored, undated, from an unknown system', async () => {
    const binary = { number: v('3.6.1'), release: 'ubuntu', arch: 'amd64' };
    const archive = await standInArchive(binary);
    expect([...archive.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255]);
    expect(gunzipSync(archive).toString()).toContain('Stand-in for the agent 3.6.1-ubuntu-amd64');
    expect(await archiveFault(archive)).toBeUndefined();
    const windows = await standInArchive({ ...binary, release: 'windows' });
    expect(gunzipSync(windows).toString()).toMatch(/^\w+\.exe\0/);
  });

  it('is told from what is none', async () => {
    expect(await archiveFault(new Uint8Array(9))).toMatch(/^not a gzip file/);
  });
});
