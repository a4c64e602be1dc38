/**
 * The shell behind a real server: what only sockets can do to it. After each of these the server
 * must still answer.
 */
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Bench, bench, oauthHeader } from '../testing.ts';

let maas: Bench;
let server: Server;
let port: number;

beforeEach(async () => {
  maas = bench({ machines: 100 });
  server = createServer(getRequestListener(maas.fetch));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const signed = () => ({
  authorization: oauthHeader(maas.apiKey, Math.floor(maas.clock.date().getTime() / 1000)),
});
const get = (path: string) =>
  fetch(`http://127.0.0.1:${port}/MAAS/api/2.0/${path}`, { headers: signed() });

async function stillAnswers(): Promise<void> {
  const answer = await get('version/');
  expect(answer.status).toBe(200);
  await answer.arrayBuffer();
}

/** Sends bytes as they are and gives back all that comes until the server closes. */
function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    let seen = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(text, 'latin1'));
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      seen += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(seen));
  });
}

test.each([
  ['a host that is none', 'GET /MAAS/api/2.0/version/ HTTP/1.1\r\nHost: [\r\n\r\n'],
  ['no host at all', 'GET /MAAS/api/2.0/version/ HTTP/1.1\r\n\r\n'],
  ['a path that is none', 'GET /MAAS/api/2.0/%zz/%00 HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['a path that climbs', 'GET /MAAS/api/2.0/../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['an absolute address', 'GET http://elsewhere/MAAS/api/2.0/version/ HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['no HTTP', 'EHLO maas\r\n\r\n'],
  ['a header with a null', 'GET /MAAS/api/2.0/version/ HTTP/1.1\r\nHost: x\r\nX: \0\r\n\r\n'],
  [
    'a trace id that could split headers',
    'GET /MAAS/api/2.0/version/ HTTP/1.1\r\nHost: x\r\nMAAS-trace-id: \u00e9\u00ff\r\n\r\n',
  ],
  [
    'a length that is none',
    'POST /MAAS/api/2.0/zones/ HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n',
  ],
  [
    'less body than promised',
    'POST /MAAS/api/2.0/zones/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nname=',
  ],
  [
    'two lengths',
    'POST /MAAS/api/2.0/zones/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx',
  ],
])('%s is answered within bounds, and the next request is served', async (_, text) => {
  const before = maas.core.stateHash();
  const answer = await raw(text);
  expect(answer.length).toBeLessThan(4096);
  expect(answer).not.toMatch(/^HTTP\/1.1 5/);
  await stillAnswers();
  expect(maas.core.stateHash()).toBe(before);
});

test('a reader that leaves in the middle of a list does no harm', async () => {
  const aborter = new AbortController();
  const answer = await fetch(`http://127.0.0.1:${port}/MAAS/api/2.0/machines/`, {
    headers: signed(),
    signal: aborter.signal,
  });
  await answer.body!.getReader().read();
  aborter.abort();
  await stillAnswers();
});

test('a dropped or cut off connection is one for the client too', async () => {
  let unbind = maas.points.request.bind(() => ({ kind: 'drop' }));
  await expect(get('zones/')).rejects.toThrow('fetch failed');
  unbind();
  unbind = maas.points.request.bind(() => ({ kind: 'truncate', bytes: 20 }));
  await expect(get('zones/').then((answer) => answer.text())).rejects.toThrow();
  unbind();
  await stillAnswers();
});
