/**
 * Bad input over the wire: malformed frames, parameters of wrong types and well-shaped nonsense for
 * every method of every facade version, nonsense over HTTP, and bytes that are no protocol at all.
 * At least half must reach a method's own code, or the test would only test the parser. Nothing may
 * crash, no answer may be without bound, and the state must be as before.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listMethods } from './dispatch.ts';
import type { WireEra } from './eras.ts';
import { RawClient, type Reply, rawExchange, type TestServer, testServer } from './testing.ts';

const BATCH = 50;
const RUNS = 50;
const MOST_ANSWER = 1024 * 1024;

/** Texts that name nothing, in shapes that code likes to trip over. */
const nonsense = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'ZZ top',
    'user-',
    'user-nobody',
    'model-',
    'model-00000000-0000-4000-8000-000000000000',
    'machine-99',
    'machine-0-lxd-99',
    'unit-x-y-z',
    '../../etc',
    '0.0.0.0.0',
    '9.9.9',
    '3.6-ubuntu-amd64',
    '__proto__',
    'constructor',
    '\u0000',
    'A'.repeat(5_000),
  ),
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `X ${text}`),
);

const list = (item: fc.Arbitrary<unknown>) => fc.array(item, { maxLength: 4 });
const record = (...keys: string[]) =>
  fc.record(Object.fromEntries(keys.map((key) => [key, nonsense])), { requiredKeys: [] });

/** Each parameter of any method with values of its type. */
const shaped = fc.record(
  {
    entities: list(record('tag', 'status', 'info')),
    tag: nonsense,
    // Some of the nonsense would be a fine name for a model.
    name: nonsense.map((text) => `${text}!`),
    'owner-tag': fc.constant('user-admin'),
    'user-tag': nonsense,
    'cloud-tag': fc.constantFrom('', 'cloud-maas', 'cloud-x'),
    config: fc.dictionary(nonsense, fc.jsonValue(), { maxKeys: 3 }),
    'model-tag': nonsense,
    'target-version': nonsense,
    'agent-stream': nonsense,
    'dry-run': fc.boolean(),
    patterns: list(nonsense),
    changes: list(record('tag', 'password')),
    'agent-tools': list(fc.record({ tag: nonsense, tools: record('version') })),
    filters: list(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 2 })),
    'user-clouds': list(record('user-tag', 'cloud-tag')),
    models: list(record('model-tag')),
  },
  { requiredKeys: [] },
);

/** One parameter has any JSON value, or all of it is. */
const misshapen = fc.oneof(
  fc.jsonValue(),
  fc
    .tuple(fc.constantFrom('entities', 'models', 'config', 'patterns', 'changes'), fc.jsonValue())
    .map(([key, value]) => ({ [key]: value })),
);

const params = fc.oneof({ weight: 4, arbitrary: shaped }, { weight: 1, arbitrary: misshapen });

/** Any map of settings makes sense to it, so it is the one method that nonsense may change something by. */
const TAKES_ANYTHING = 'ModelSet';

/** Requests over every method; one in ten asks for something that does not exist. */
function requests(era: WireEra, agent: boolean, place: 'controller' | 'model') {
  const agents = ['Agent', 'Machiner', 'Upgrader'];
  const open = listMethods(era).filter(
    (one) =>
      one.method !== TAKES_ANYTHING &&
      (one.place === 'both' || one.place === place) &&
      (agents.includes(one.facade) === agent || one.facade === 'Pinger'),
  );
  const known = fc.constantFrom(...open).map(({ facade, version, method }) => ({
    type: facade,
    version,
    request: method,
  }));
  const unknown = fc.record({
    type: nonsense,
    version: fc.integer({ min: -1, max: 99 }),
    request: nonsense,
  });
  const what = fc.oneof({ weight: 9, arbitrary: known }, { weight: 1, arbitrary: unknown });
  return fc
    .tuple(what, nonsense, params)
    .map(([called, id, given]) => ({ ...called, id, params: given }));
}

function expectBounded(reply: Reply): void {
  expect(JSON.stringify(reply).length).toBeLessThan(MOST_ANSWER);
  expect(reply.error ?? '').not.toMatch(/internal error|undefined|closed/);
}

async function agentClient({ served, model }: TestServer): Promise<RawClient> {
  const { tag, password, nonce } = served.agentCredentials(1);
  const client = await RawClient.open(served, `/model/${model}/api`);
  await client.call('Admin', 3, 'Login', { 'auth-tag': tag, credentials: password, nonce });
  return client;
}

describe.each([
  ['2.9.53', '2.9'],
  ['3.6.28', '3.6'],
  ['4.0.15', '4.0'],
] as const)('a %s controller', (version, era) => {
  it('answers nonsense on every method and stays as it was', async () => {
    const world = await testServer(version, era);
    const { core, served, model } = world;
    const clients = {
      controller: await RawClient.admin(served),
      model: await RawClient.admin(served, `/model/${model}/api`),
      agent: await agentClient(world),
    };
    const before = core.stateHash();
    const reachedBefore = served.reached();
    let sent = 0;
    for (const [kind, client] of Object.entries(clients)) {
      const place = kind === 'controller' ? 'controller' : 'model';
      const batch = fc.array(requests(era, kind === 'agent', place), {
        minLength: BATCH,
        maxLength: BATCH,
      });
      await fc.assert(
        fc.asyncProperty(batch, async (all) => {
          sent += all.length;
          const replies = await Promise.all(all.map((one) => client.send(one)));
          for (const reply of replies) expectBounded(reply);
        }),
        { numRuns: RUNS },
      );
    }
    expect(core.stateHash()).toBe(before);
    expect(served.reached() - reachedBefore).toBeGreaterThan(sent / 2);
    for (const client of Object.values(clients)) {
      expect((await client.call('Pinger', 1, 'Ping')).error).toBeUndefined();
    }
    await served.close();
  });
});

describe('the port', () => {
  it('outlives frames, requests and bytes that mean nothing', async () => {
    const { core, served, model } = await testServer('3.6.28', '3.6');
    const before = core.stateHash();
    const frame = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.json(),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    );
    await fc.assert(
      fc.asyncProperty(frame, fc.constantFrom('/api', '/'), async (data, path) => {
        const client = await RawClient.open(served, path);
        client.socket.send(data);
        client.close();
        await client.closed;
      }),
      { numRuns: 100 },
    );
    const token = fc.stringMatching(/^[!-~]{0,20}$/);
    const path = fc.oneof(
      token.map((t) => `/tools/${t}`),
      token.map((t) => `/model/${model}/tools/${t}`),
      token.map((t) => `/model/${t}/api`),
      token.map((t) => `/${t}`),
      fc.constantFrom('//', '///x', '/%', '*', 'https://[::', '/auth/discharge'),
      fc
        .constantFrom('log', 'logsink')
        .map((name) => `/model/${model}/${name}?level=%zz&backlog=-1`),
    );
    const upgrade = 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13';
    const header = fc.constantFrom(
      upgrade,
      'Authorization: Basic ////',
      'Content-Length: -1',
      'X: y',
      '',
    );
    const line = fc.tuple(fc.constantFrom('GET', 'POST', 'PUT', 'BREW'), path, header);
    await fc.assert(
      fc.asyncProperty(line, async ([method, at, extra]) => {
        const head = `${method} ${at} HTTP/1.1\r\nHost: x\r\n${extra ? `${extra}\r\n` : ''}\r\n`;
        const answer = await rawExchange(served, head);
        expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
        expect(answer.length).toBeLessThan(10_000);
      }),
      { numRuns: 300 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }),
        async (junk) => {
          const answer = await rawExchange(served, `${junk}\r\n\r\n`);
          expect(answer.length).toBeLessThan(10_000);
        },
      ),
      { numRuns: 50 },
    );
    // A login by anything but a name and a password, and by macaroons that nobody minted.
    const proof = fc.oneof(fc.jsonValue(), fc.array(fc.array(fc.jsonValue())), nonsense);
    await fc.assert(
      fc.asyncProperty(nonsense, proof, fc.jsonValue(), async (tag, macaroons, token) => {
        const stranger = await RawClient.open(served);
        const known = { 'auth-tag': 'user-admin', macaroons };
        expect((await stranger.call('Admin', 3, 'Login', known)).response).not.toHaveProperty(
          'user-info',
        );
        const reply = await stranger.call('Admin', 3, 'Login', {
          'auth-tag': tag,
          macaroons,
          token,
        });
        expectBounded(reply);
        expect(reply.response ?? {}).not.toHaveProperty('user-info');
        stranger.close();
      }),
      { numRuns: 100 },
    );
    expect(core.stateHash()).toBe(before);
    const client = await RawClient.admin(served);
    expect((await client.call('Pinger', 1, 'Ping')).error).toBeUndefined();
    await served.close();
  });
});
