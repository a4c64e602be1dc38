import { describe, expect, it } from 'vitest';
import { parseVersion as v } from '../versions/number.ts';
import { agentArchive, programName } from './archive.ts';
import { MirrorError, mirrorStreams } from './mirror.ts';
import { StreamsPoints } from './points.ts';
import { agentMatrix, PublishError, type PublishOptions, publishAgents } from './publish.ts';
import { createSigner } from './sign.ts';
import { MemoryStore } from './store.ts';
import { PUBLIC_KEY, verifyStore } from './verify.ts';

const OPTIONS: PublishOptions = { era: v('3.6.1'), updated: new Date(Date.UTC(2025, 0, 31)) };
const INDEX = 'streams/v1/index2.json';
const PRODUCTS = 'streams/v1/com.ubuntu.juju-released-agents.json';
const AGENT = 'agent/3.6.1/juju-3.6.1-ubuntu-amd64.tgz';

async function published(options: Partial<PublishOptions> = {}): Promise<MemoryStore> {
  const store = new MemoryStore();
  await publishAgents(store, agents('released'), { ...OPTIONS, ...options });
  return store;
}

function agents(stream: string) {
  const versions = [v('3.6.1'), v('3.6.2')];
  return agentMatrix({ versions, releases: ['ubuntu', 'centos'], arches: ['amd64'], stream });
}

async function faults(store: MemoryStore, key?: string): Promise<string[]> {
  const { findings } = await verifyStore(store, key);
  return findings.map(({ level, file, what }) => `${level}: ${file} ${what}`);
}

function edit(store: MemoryStore, path: string, change: (text: string) => string): void {
  const text = new TextDecoder().decode(store.read(path));
  const changed = change(text);
  expect(changed).not.toBe(text);
  store.write(path, new TextEncoder().encode(changed));
}

describe('verifying a tree', () => {
  it('finds nothing wanting in what was published, signed or not', async () => {
    const store = await published();
    await publishAgents(store, agents('proposed'), OPTIONS);
    expect(await verifyStore(store)).toEqual({
      findings: [],
      agents: { proposed: 4, released: 4 },
      filesChecked: 8,
      signed: false,
    });
    const signer = await createSigner(OPTIONS.updated);
    const signed = await verifyStore(await published({ signer }), signer.publicKey);
    expect(signed).toMatchObject({ findings: [], signed: true });
  });

  const damages: readonly [what: string, damage: (store: MemoryStore) => unknown, found: RegExp][] =
    [
      ['a missing agent file', (s) => s.remove(AGENT), /juju-3.6.1-ubuntu-amd64.tgz is missing/],
      ['a missing products file', (s) => s.remove(PRODUCTS), /agents.json is missing/],
      [
        'no index at all',
        (s) => [s.remove(INDEX), s.remove('streams/v1/index.json')],
        /index2.json is missing/,
      ],
      [
        'HTML',
        (s) => edit(s, INDEX, () => '<html>'),
        /index2.json is a web page, not JSON \(begins "<html>"\)/,
      ],
      [
        'another format',
        (s) => edit(s, PRODUCTS, (t) => t.replace('products:1.0', 'products:2.0')),
        /format "products:2.0"/,
      ],
      [
        'a product that the index forgot',
        (s) => edit(s, INDEX, (t) => t.replace('"com.ubuntu.juju:centos:amd64",', '')),
        /index2.json does not list com.ubuntu.juju:centos:amd64/,
      ],
      [
        'a legacy index of yesterday',
        (s) => edit(s, 'streams/v1/index.json', (t) => t.replace('31 Jan', '30 Jan')),
        /index.json says of com.ubuntu.juju:released:agents something else/,
      ],
      [
        'a path out of the tree',
        (s) => edit(s, PRODUCTS, (t) => t.replace(AGENT, '../../etc/passwd')),
        /passwd is missing/,
      ],
      [
        'a version that is none',
        (s) => edit(s, PRODUCTS, (t) => t.replaceAll('"3.6.1"', '"3.6"')),
        /invalid version "3.6"/,
      ],
    ];
  it.each(damages)('finds %s', async (_what, damage, found) => {
    const store = await published();
    damage(store);
    expect((await faults(store)).join('\n')).toMatch(found);
  });

  it('finds an archive that no agent could unpack, though its digest is true', async () => {
    const store = new MemoryStore();
    const bytes = new TextEncoder().encode('x');
    const archive = await agentArchive([{ name: `sub/${programName('ubuntu')}`, bytes }]);
    const binary = { number: v('3.6.1'), release: 'ubuntu', arch: 'amd64' };
    await publishAgents(store, [{ binary, stream: 'released', archive }], OPTIONS);
    expect(await faults(store)).toEqual([
      expect.stringMatching(/is no agent archive: holds "sub\/.*": a name with a slash$/),
    ]);
  });

  it('finds a wrong digest that was injected when the metadata was made', async () => {
    const points = new StreamsPoints();
    points.record.bind(({ binary }) =>
      binary.release === 'centos' ? { kind: 'wrong-digest' } : undefined,
    );
    const found = await faults(await published({ points }));
    expect(found).toHaveLength(2);
    expect(found[0]).toMatch(/centos-amd64.tgz has SHA-256 \w{64}; .* says \w{64}/);
  });

  it('lists a wrong digest where it was injected and the true one elsewhere', async () => {
    const points = new StreamsPoints();
    points.record.bind(({ stream }) =>
      stream === 'released' ? { kind: 'wrong-digest' } : undefined,
    );
    const store = new MemoryStore();
    const both = [...agents('proposed'), ...agents('released')];
    await publishAgents(store, both, { ...OPTIONS, points });
    const found = await faults(store);
    expect(found.filter((one) => one.includes('elsewhere it is'))).toHaveLength(4);
    expect(found.filter((one) => one.includes('.tgz has SHA-256'))).toHaveLength(4);
  });

  it('tells a foreign key from damage from a forgotten twin', async () => {
    const [signer, other] = [
      await createSigner(OPTIONS.updated),
      await createSigner(OPTIONS.updated),
    ];
    const store = await published({ signer });
    expect((await faults(store))[0]).toMatch(/^note: .* not checked: no public key was given/);
    expect((await faults(store, other.publicKey))[0]).toMatch(/^fault: .* the key did not make/);
    store.write(PUBLIC_KEY, new TextEncoder().encode(signer.publicKey));
    expect(await faults(store)).toEqual([]);
    edit(store, PRODUCTS, (text) => `${text} `);
    expect((await faults(store))[0]).toMatch(/something else than its unsigned twin/);
    // Published anew without a signer, the old signatures would lie: they are gone.
    await publishAgents(store, agents('proposed'), OPTIONS);
    expect(store.paths().filter((path) => path.endsWith('.sjson'))).toEqual([]);
  });
});

describe('publishing', () => {
  it('gives the same bytes every time', async () => {
    const [one, two] = [await published(), await published()];
    expect(one.paths()).toEqual(two.paths());
    for (const path of one.paths()) expect(one.read(path)).toEqual(two.read(path));
  });

  it('refuses other bytes under a name that is listed', async () => {
    const store = await published();
    const archive = await agentArchive([{ name: programName('ubuntu'), bytes: new Uint8Array(9) }]);
    const binary = { number: v('3.6.1'), release: 'centos', arch: 'amd64' };
    const again = publishAgents(store, [{ binary, stream: 'devel', archive }], OPTIONS);
    await expect(again).rejects.toThrow(PublishError);
    expect(await faults(store)).toEqual([]);
  });

  it('files one Linux archive under every Linux', async () => {
    const store = new MemoryStore();
    const binary = { number: v('3.6.1'), release: 'linux', arch: 'amd64' };
    const { agents: written } = await publishAgents(
      store,
      [{ binary, stream: 'released' }],
      OPTIONS,
    );
    expect(written.map((agent) => agent.binary.release)).toEqual([
      'ubuntu',
      'centos',
      'genericlinux',
    ]);
    expect(new Set(written.map((agent) => agent.path)).size).toBe(1);
    expect(await faults(store)).toEqual([]);
  });

  it('keeps what another era lists', async () => {
    const store = await published();
    const old = agentMatrix({
      versions: [v('1.24.5')],
      releases: ['trusty'],
      arches: ['amd64'],
      stream: 'released',
    });
    await publishAgents(store, old, { ...OPTIONS, era: v('1.24.5') });
    const { findings, agents: listed } = await verifyStore(store);
    // One legacy index cannot serve two eras: it follows the last writer.
    expect(findings).toEqual([]);
    expect(listed).toEqual({ released: 5 });
  });
});

describe('mirroring', () => {
  it('copies a tree whole, and only what is new the next time', async () => {
    const signer = await createSigner(OPTIONS.updated);
    const source = await published({ signer });
    source.write(PUBLIC_KEY, new TextEncoder().encode(signer.publicKey));
    const copy = new MemoryStore();
    const read = async (path: string) => source.read(path);
    expect(await mirrorStreams(read, copy)).toMatchObject({ kept: 0 });
    expect(copy.paths()).toEqual(source.paths());
    expect(await verifyStore(copy)).toMatchObject({ findings: [], signed: true });
    expect(await mirrorStreams(read, copy)).toMatchObject({ agents: [], kept: 4 });
  });

  it('never mirrors damage: nothing that names a bad file is written', async () => {
    const source = await published();
    const damaged = Uint8Array.from(source.read(AGENT)!);
    damaged[700]! ^= 1;
    source.write(AGENT, damaged);
    const copy = new MemoryStore();
    await expect(mirrorStreams(async (path) => source.read(path), copy)).rejects.toThrow(
      MirrorError,
    );
    expect(copy.paths().filter((path) => path.startsWith('streams/'))).toEqual([]);
  });

  it('says when there is nothing to mirror', async () => {
    const nothing = mirrorStreams(async () => undefined, new MemoryStore());
    await expect(nothing).rejects.toThrow('no unsigned index');
  });
});
