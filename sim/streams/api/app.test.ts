import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../kernel/clock.ts';
import { GapJournal } from '../../kernel/journal.ts';
import { parseVersion } from '../../versions/number.ts';
import { findAgents, findAgentsOverHttp, localSource } from '../find.ts';
import { type SourceEffect, StreamsPoints } from '../points.ts';
import { agentMatrix, publishAgents } from '../publish.ts';
import { DirectoryStore, MemoryStore } from '../store.ts';
import { createStreamsApp } from './app.ts';

const v = parseVersion;
const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0)) await undo();
});

async function world(points = new StreamsPoints()) {
  const store = new MemoryStore();
  const agents = agentMatrix({
    versions: [v('3.6.1')],
    releases: ['ubuntu'],
    arches: ['amd64'],
    stream: 'released',
  });
  await publishAgents(store, agents, { era: v('3.6.0'), updated: new Date(0) });
  return { store, points, ...(await serve(store, points)) };
}

async function serve(store: MemoryStore | DirectoryStore, points = new StreamsPoints()) {
  const journal = new GapJournal();
  const clock = new VirtualClock();
  const app = createStreamsApp(store, { source: 'default', clock, points, journal });
  const server = createServer(getRequestListener(app.fetch));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  cleanUp.push(() => new Promise((closed) => server.close(closed)));
  cleanUp.push(() => server.closeAllConnections());
  const { port } = server.address() as AddressInfo;
  return { journal, clock, port, url: `http://127.0.0.1:${port}` };
}

/** One request whose path nothing has normalised. */
function raw(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    });
    socket.on('data', (data) => {
      text += data.toString();
    });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}

describe('serving a metadata tree', () => {
  it('answers as a plain file server', async () => {
    const { url, store, journal } = await world();
    const path = store.paths().find((name) => name.endsWith('.tgz'))!;
    const got = await fetch(`${url}/${path}`);
    expect(new Uint8Array(await got.arrayBuffer())).toEqual(Uint8Array.from(store.read(path)!));
    expect(got.headers.get('content-type')).toBe('application/gzip');
    const head = await fetch(`${url}/streams/v1/index2.json`, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe(
      `${store.read('streams/v1/index2.json')!.byteLength}`,
    );
    expect((await fetch(`${url}/streams/v1/`)).status).toBe(404);
    expect(journal.list()).toEqual([]);
    expect((await fetch(`${url}/x`, { method: 'DELETE' })).status).toBe(405);
    expect(journal.list()).toHaveLength(1);
  });

  it('serves nothing from outside its directory', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'streams-'));
    cleanUp.push(() => rmSync(folder, { recursive: true }));
    const root = join(folder, 'tree');
    mkdirSync(root);
    writeFileSync(join(folder, 'secret'), 'outside');
    writeFileSync(join(root, 'inside'), 'inside');
    symlinkSync(join(folder, 'secret'), join(root, 'link'));
    const { port } = await serve(new DirectoryStore(root));
    expect(await raw(port, '/inside')).toContain('inside');
    for (const path of [
      '/../secret',
      '/%2e%2e/secret',
      '/..%2fsecret',
      '//../secret',
      '/./../secret',
      '/link',
      '/%00',
      '/%',
      '/..%5csecret',
      join(folder, 'secret'),
    ]) {
      const answer = await raw(port, path);
      expect(answer, path).toMatch(/^HTTP\/1\.1 404 /);
      expect(answer, path).not.toContain('outside');
    }
  });

  it('waits on the simulated clock when a delay is injected', async () => {
    const { store } = await world();
    const [points, clock] = [new StreamsPoints(), new VirtualClock()];
    points.request.bind(() => ({ kind: 'delay', ms: 60_000 }));
    const app = createStreamsApp(store, { source: 'default', clock, points });
    const answer = app
      .fetch(new Request('http://x/streams/v1/index2.json'))
      .then((response) => response.status);
    for (let turns = 0; turns < 100 && !clock.step(); turns++) await undefined;
    expect(await answer).toBe(200);
    expect(clock.nowMs()).toBe(60_000);
  });
});

describe('one fault, two ways to read', () => {
  const effects: readonly SourceEffect[] = [
    { kind: 'respond', status: 200, contentType: 'text/html', body: '<html>' },
    { kind: 'respond', status: 503, contentType: 'text/plain', body: 'busy' },
    { kind: 'truncate', bytes: 30 },
    { kind: 'corrupt' },
    { kind: 'drop' },
  ];
  it.each(effects)('$kind is judged alike in memory and over HTTP', async (effect) => {
    const { url, store, points } = await world();
    points.request.bind(({ path }) => (path.endsWith('index2.json') ? effect : undefined));
    const query = { era: v('3.6.0'), streams: ['released'], number: v('3.6.1') };
    const local = findAgents([localSource({ name: 'default', url, store, points })], query);
    const remote = await findAgentsOverHttp([{ name: 'default', url }], query, { fetch });
    expect(remote.outcome).toBe(local.outcome);
    expect(remote.visits.map((visit) => visit.outcome)).toEqual(
      local.visits.map((visit) => visit.outcome),
    );
  });
});
