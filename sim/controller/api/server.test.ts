import { createHash, X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import { connectAndLogin } from '@canonical/jujulib';
import ClientFacade from '@canonical/jujulib/dist/api/facades/client/index.js';
import ModelManager from '@canonical/jujulib/dist/api/facades/model-manager/index.js';
import ModelUpgrader from '@canonical/jujulib/dist/api/facades/model-upgrader/index.js';
import { afterEach, describe, expect, it } from 'vitest';
import { jujuClientFiles } from './client-files.ts';
import type { ServedController } from './server.ts';
import { RawClient, socketClass, type TestServer, testServer } from './testing.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function server(...given: Parameters<typeof testServer>): Promise<TestServer> {
  const made = await testServer(...given);
  open.push(made.served);
  return made;
}

async function admin(served: ServedController, path?: string): Promise<RawClient> {
  const client = await RawClient.admin(served, path);
  open.push(client);
  return client;
}

function get(served: ServedController, path: string, options: { method?: string } = {}) {
  return new Promise<{ status: number; type: string; body: Buffer }>((resolve, reject) => {
    const url = `https://${served.address}${path}`;
    const trust = { ca: served.caCert, servername: 'juju-apiserver', agent: false as const };
    const asked = request(url, { ...trust, ...options }, async (answer) => {
      const parts: Buffer[] = [];
      for await (const part of answer) parts.push(part as Buffer);
      const type = answer.headers['content-type'] ?? '';
      resolve({ status: answer.statusCode ?? 0, type, body: Buffer.concat(parts) });
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe.each([
  ['3.6.28', '3.6.20', '3.6'],
  ['2.9.53', '2.9.52', '2.9'],
  ['4.0.15', '4.0.14', '4.0'],
] as const)('jujulib against a %s controller', (version, behind, era) => {
  async function connected(served: ServedController, path: string) {
    const { conn, logout } = await connectAndLogin(
      `wss://${served.address}${path}`,
      {
        facades: [ClientFacade, ModelManager, ModelUpgrader],
        wsclass: socketClass(served.caCert) as never,
        closeCallback: () => undefined,
      },
      { username: served.user, password: served.password },
    );
    open.push({ close: logout });
    return conn!;
  }

  it('logs in, lists models, reads the status and upgrades', async () => {
    const { served, model } = await server(version, era, { behind, available: [version] });
    const conn = await connected(served, '/api');
    expect(conn.info.serverVersion).toBe(version);
    const { 'user-models': models } = await conn.facades.modelManager!.listModels({
      tag: 'user-admin',
    });
    expect(models.map((one: { model: { name: string } }) => one.model.name)).toEqual([
      'controller',
      'm1',
    ]);

    const upgraded = await conn.facades.modelUpgrader!.upgradeModel({
      'model-tag': `model-${model}`,
      'target-version': version,
    });
    expect(upgraded).toEqual({ 'chosen-version': version });

    const onModel = await connected(served, `/model/${model}/api`);
    const status = await onModel.facades.client!.fullStatus({ patterns: [] });
    expect(status.model.version).toBe(version);
    const actual = Object.values(status.machines).map(
      (one) => (one as { 'agent-status': { version: string } })['agent-status'].version,
    );
    expect(actual).toEqual([behind, behind, behind]);
  });

  it('is told why it may not log in', async () => {
    const { served } = await server(version, era);
    const wrong = { username: 'admin', password: 'not it' };
    const options = {
      facades: [],
      wsclass: socketClass(served.caCert) as never,
      closeCallback: () => undefined,
    };
    await expect(connectAndLogin(`wss://${served.address}/api`, options, wrong)).rejects.toThrow(
      'Have you been granted permission',
    );
  });
});

describe('the envelope', () => {
  it('has no error key in a success and an empty response in a failure', async () => {
    const { served } = await server('3.6.28', '3.6');
    const client = await admin(served);
    expect(await client.call('Pinger', 1, 'Ping')).toEqual({ 'request-id': 2, response: {} });
    expect(await client.call('Nothing', 1, 'Ping')).toEqual({
      'request-id': 3,
      error: 'unknown version (1) of interface "Nothing"',
      'error-code': 'not implemented',
      response: {},
    });
  });

  it('matches keys case-blind and takes missing or null params', async () => {
    const { served } = await server('3.6.28', '3.6');
    const client = await admin(served);
    const reply = await client.send({ Type: 'Pinger', VERSION: 1, Request: 'Ping', Params: null });
    expect(reply.error).toBeUndefined();
  });

  it.each(['{', '[]', 'null', '7', '{"request-id":"1"}', '{"type":"Pinger"}'])(
    'closes the connection on %s',
    async (frame) => {
      const { served } = await server('3.6.28', '3.6');
      const client = await admin(served);
      client.socket.send(frame);
      await client.closed;
    },
  );

  it('answers params of the wrong type and stays open', async () => {
    const { served } = await server('3.6.28', '3.6');
    const client = await admin(served);
    const reply = await client.call('ModelManager', 9, 'ModelInfo', { entities: 'x' });
    expect(reply.error).toMatch(/^json: cannot unmarshal/);
    expect((await client.call('Pinger', 1, 'Ping')).error).toBeUndefined();
  });

  it('is bounded', async () => {
    const { served } = await server('3.6.28', '3.6');
    const client = await admin(served);
    client.socket.send(JSON.stringify({ pad: 'x'.repeat(5 * 1024 * 1024) }));
    expect(await client.closed).toBe(1009);
  });
});

describe('the dispatcher', () => {
  it.each([
    ['3.6', 'Foo', 0, 'Bar', 'unknown object type "Foo"', 'not implemented'],
    ['4.0', 'Foo', 0, 'Bar', 'unknown facade type "Foo"', 'not implemented'],
    [
      '3.6',
      'ModelManager',
      5,
      'ListModels',
      'unknown version (5) of interface "ModelManager"',
      'not implemented',
    ],
    [
      '4.0',
      'ModelManager',
      5,
      'ListModels',
      'unknown version 5 for facade type "ModelManager"',
      'not implemented',
    ],
    [
      '3.6',
      'ModelManager',
      9,
      'Foo',
      'no such request - method ModelManager(9).Foo is not implemented',
      'not implemented',
    ],
    [
      '4.0',
      'ModelManager',
      11,
      'Foo',
      'unknown method "Foo" at version 11 for facade type "ModelManager"',
      'not implemented',
    ],
    [
      '3.6',
      'Client',
      8,
      'FullStatus',
      'facade "Client" not supported for controller API connection',
      'not supported',
    ],
    [
      '3.6',
      'Admin',
      3,
      'Login',
      'facade "Admin" not supported for controller API connection',
      'not supported',
    ],
  ] as const)('%s refuses %s(%i).%s', async (era, facade, version, method, message, code) => {
    const { served } = await server(era === '4.0' ? '4.0.15' : '3.6.28', era);
    const client = await admin(served);
    const reply = await client.call(facade, version, method);
    expect([reply.error, reply['error-code']]).toEqual([message, code]);
  });

  it('notes in the journal what it does not know', async () => {
    const { served, core } = await server('3.6.28', '3.6');
    const client = await admin(served);
    await client.call('Bundle', 6, 'ExportBundle');
    expect(core.journal.list().map((gap) => gap.what)).toEqual(['Bundle(6).ExportBundle']);
  });

  it('serves everything that it announces, and announces nothing else', async () => {
    for (const [version, era] of [
      ['2.9.53', '2.9'],
      ['3.6.28', '3.6'],
      ['4.0.15', '4.0'],
    ] as const) {
      const { served } = await server(version, era);
      const client = await RawClient.open(served);
      open.push(client);
      const login = await client.call('Admin', 3, 'Login', {
        'auth-tag': 'user-admin',
        credentials: served.password,
      });
      const facades = login.response!.facades as { name: string; versions: number[] }[];
      expect(facades.map((one) => one.name)).not.toContain('Client');
      expect(facades.map((one) => one.name)).toContain('ModelManager');
      for (const { name, versions } of facades) {
        for (const one of versions) {
          const reply = await client.call(name, one, 'NoSuchMethod');
          expect(reply.error).toMatch(/not implemented|unknown method/);
        }
      }
    }
  });

  it('refuses every call on an unknown model', async () => {
    const { served } = await server('3.6.28', '3.6');
    const uuid = '00000000-0000-4000-8000-000000000000';
    const client = await admin(served, `/model/${uuid}/api`);
    const reply = await client.call('Client', 8, 'FullStatus');
    expect([reply.error, reply['error-code']]).toEqual([
      `unknown model: "${uuid}"`,
      'model not found',
    ]);
  });

  it('refuses clients of another major by the rules of its release, and only there', async () => {
    const { served } = await server('3.1.7', '3.6', { behind: '3.1.7' });
    const client = await RawClient.open(served);
    open.push(client);
    await client.call('Admin', 3, 'Login', {
      'auth-tag': 'user-admin',
      credentials: served.password,
      'client-version': '2.9.41',
    });
    const reply = await client.call('ModelManager', 9, 'ListModelSummaries');
    expect(reply).toMatchObject({
      error: 'client incompatible with server 3.1.7',
      'error-code': 'incompatible client',
      'error-info': { 'server-version': '3.1.7' },
    });
    expect((await client.call('ModelManager', 9, 'ListModels')).error).toBeUndefined();
  });

  it('restricts users while the controller upgrades itself', async () => {
    const { served, core, clock, v, model } = await server('3.6.20', '3.6');
    core.controllerRestarting();
    await expect(RawClient.open(served)).rejects.toThrow('503');
    core.controllerRestarted(v('3.6.28'));
    const client = await admin(served);
    const reply = await client.call('ModelManager', 9, 'ListModels');
    expect(reply['error-code']).toBe('upgrade in progress');
    const onModel = await admin(served, `/model/${model}/api`);
    expect((await onModel.call('Client', 8, 'FullStatus')).error).toBeUndefined();
    clock.advance(120_000);
    expect((await client.call('ModelManager', 9, 'ListModels')).error).toBeUndefined();
  });

  it('drops every connection when the controller goes away', async () => {
    const { served, core } = await server('3.6.20', '3.6');
    const client = await admin(served);
    core.controllerRestarting();
    await client.closed;
  });
});

describe('ModelUpgrader', () => {
  const upgrade = (client: RawClient, model: string, target: string, version = 1) =>
    client.call('ModelUpgrader', version, 'UpgradeModel', {
      'model-tag': `model-${model}`,
      'target-version': target,
    });

  it('puts business refusals into the result and the others at the top', async () => {
    const { served, core, model } = await server('3.6.28', '3.6', { behind: '3.6.20' });
    const client = await admin(served);
    const before = core.stateHash();
    expect((await upgrade(client, model, '3.6.25')).response).toEqual({
      'chosen-version': '0.0.0',
      error: {
        message: 'no matching agent versions available not found',
        code: 'not found',
      },
    });
    expect(await upgrade(client, model, '3.6.29')).toMatchObject({
      error: 'cannot upgrade to a version "3.6.29" greater than that of the controller "3.6.28"',
      'error-code': '',
    });
    expect(core.stateHash()).toBe(before);
  });

  it('names every hindrance of the database and of models, model by model', async () => {
    const { core, served, model } = await server('3.6.20', '3.6', { available: ['3.6.28'] });
    const client = await admin(served);
    const upgrade = async (tag: string) => {
      const params = { 'model-tag': `model-${tag}`, 'target-version': '3.6.28', 'dry-run': true };
      const { response, error } = await client.call('ModelUpgrader', 1, 'UpgradeModel', params);
      return error ?? (response!.error as { message: string } | undefined)?.message;
    };
    const own = core.controllerModel.uuid;
    expect(await upgrade(own)).toBeUndefined();
    core.hindrances.replicas = [{ id: 2, address: '10.0.0.2:37017', state: 'RECOVERING' }];
    core.hindrances.database = '4.0.9';
    core.hindrances.migrating.set(model, 'exporting');
    expect(await upgrade(own)).toBe(
      [
        'cannot upgrade to "3.6.28" due to issues with these models:',
        '"admin/controller":',
        '- unable to upgrade, database node 2 (10.0.0.2:37017) has state RECOVERING',
        '- mongo version has to be "4.4" at least, but current version is "4.0.9"',
        '"admin/m1":',
        '- model is under "exporting" mode, upgrade blocked',
      ].join('\n'),
    );
    expect(core.controllerModel.target).toEqual(core.model(model)!.target);
  });

  it('tells complete problems in the ideal text profile', async () => {
    const { served, model } = await server('3.6.28', '3.6', { behind: '3.6.20', text: 'ideal' });
    const client = await admin(served);
    const reply = await upgrade(client, model, '3.6.29');
    expect(reply.error).toContain('3.6.29');
    expect(reply['error-info']).toMatchObject({ problem: { code: 'target-above-controller' } });
  });

  it('is for those who may change the model', async () => {
    const { served, model } = await server('3.6.28', '3.6');
    const password = served.addUser('bob', 'login');
    const client = await RawClient.open(served);
    open.push(client);
    await client.call('Admin', 3, 'Login', { 'auth-tag': 'user-bob', credentials: password });
    expect((await upgrade(client, model, '3.6.28')).error).toBe('permission denied');
  });
});

describe('an agent', () => {
  it('reports, is woken, downloads, and is seen in its new version', async () => {
    const { served, core, model, v, finder } = await server('3.6.28', '3.6', {
      behind: '3.6.20',
      available: ['3.6.28'],
    });
    const { tag, password, nonce } = served.agentCredentials(1);
    const client = await RawClient.open(served, `/model/${model}/api`);
    open.push(client);
    const wrong = await client.call('Admin', 3, 'Login', {
      'auth-tag': tag,
      credentials: password,
      nonce: 'other',
    });
    expect(wrong['error-code']).toBe('not provisioned');
    const login = await client.call('Admin', 3, 'Login', {
      'auth-tag': tag,
      credentials: password,
      nonce,
    });
    expect(login.response).not.toHaveProperty('user-info');
    const self = { entities: [{ tag }] };
    const say = (version: string) =>
      client.call('Upgrader', 1, 'SetTools', {
        'agent-tools': [{ tag, tools: { version: `${version}-ubuntu-amd64` } }],
      });
    expect((await client.call('Agent', 3, 'GetEntities', self)).response).toEqual({
      entities: [{ life: 'alive', jobs: ['JobHostUnits'], 'container-type': '' }],
    });
    await say('3.6.20');
    const watch = await client.call('Upgrader', 1, 'WatchAPIVersion', self);
    expect(watch.response).toEqual({ results: [{ NotifyWatcherId: '1' }] });
    const woken = client.send({
      type: 'NotifyWatcher',
      version: 1,
      Id: '1',
      request: 'Next',
      params: {},
    });
    core.upgradeModel({ modelUuid: model, target: v('3.6.28') });
    expect((await woken).error).toBeUndefined();
    expect((await client.call('Upgrader', 1, 'DesiredVersion', self)).response).toEqual({
      results: [{ version: '3.6.28' }],
    });
    const found = await client.call('Upgrader', 1, 'Tools', self);
    const [tools] = (found.response as { results: { tools: Record<string, unknown>[] }[] })
      .results[0]!.tools as [{ url: string; sha256: string; size: number }];
    const { status, type, body } = await get(served, new URL(tools.url).pathname);
    expect([status, type, body.byteLength]).toEqual([200, 'application/x-tar-gz', tools.size]);
    expect(createHash('sha256').update(body).digest('hex')).toBe(tools.sha256);
    expect(body).toEqual(
      Buffer.from(finder.find('released', v('3.6.28'), 'ubuntu', 'amd64').found[0]!.read()),
    );
    await say('3.6.28');
    const seen = await (await admin(served, `/model/${model}/api`)).call('Client', 8, 'FullStatus');
    const machines = seen.response!.machines as Record<
      string,
      { 'agent-status': { version: string } }
    >;
    expect(machines['0']!['agent-status'].version).toBe('3.6.28');
  });

  it('speaks only for itself and calls only what agents may', async () => {
    const { served, model } = await server('3.6.28', '3.6');
    const { tag, password, nonce } = served.agentCredentials(1);
    const client = await RawClient.open(served, `/model/${model}/api`);
    open.push(client);
    await client.call('Admin', 3, 'Login', { 'auth-tag': tag, credentials: password, nonce });
    const other = await client.call('Upgrader', 1, 'DesiredVersion', {
      entities: [{ tag: 'machine-2' }],
    });
    expect(other.response).toMatchObject({
      results: [{ error: { code: 'unauthorized access' } }],
    });
    const status = await client.call('Client', 8, 'FullStatus');
    expect(status['error-code']).toBe('unauthorized access');
  });

  it('is down once its connection is gone', async () => {
    const { served, model, core } = await server('3.6.28', '3.6');
    const { tag, password, nonce } = served.agentCredentials(1);
    const client = await RawClient.open(served, `/model/${model}/api`);
    await client.call('Admin', 3, 'Login', { 'auth-tag': tag, credentials: password, nonce });
    expect(core.machines.isLost(1)).toBe(false);
    client.close();
    await client.closed;
    await expect.poll(() => core.machines.isLost(1)).toBe(true);
  });

  it('has its watcher stopped with an answer', async () => {
    const { served, model } = await server('3.6.28', '3.6');
    const { tag, password, nonce } = served.agentCredentials(1);
    const client = await RawClient.open(served, `/model/${model}/api`);
    open.push(client);
    await client.call('Admin', 3, 'Login', { 'auth-tag': tag, credentials: password, nonce });
    await client.call('Upgrader', 1, 'WatchAPIVersion', { entities: [{ tag }] });
    const next = client.send({ type: 'NotifyWatcher', version: 1, id: '1', request: 'Next' });
    const stop = await client.send({ type: 'NotifyWatcher', version: 1, id: '1', request: 'Stop' });
    expect(stop.error).toBeUndefined();
    expect((await next)['error-code']).toBe('stopped');
  });
});

describe('plain HTTP', () => {
  it('tells health', async () => {
    const { served, core } = await server('3.6.28', '3.6');
    expect(String((await get(served, '/health')).body)).toBe('running\n');
    core.controllerRestarting();
    expect((await get(served, '/health')).status).toBe(503);
  });

  it.each([
    ['3.6.28', '3.6', '/tools/3.6.99-ubuntu-amd64', 400],
    ['4.0.15', '4.0', '/tools/4.0.99-ubuntu-amd64', 404],
    ['3.6.28', '3.6', '/tools/nonsense', 400],
    ['3.6.28', '3.6', '/model/00000000-0000-4000-8000-000000000000/tools/3.6.28-ubuntu-amd64', 404],
    ['3.6.28', '3.6', '/elsewhere', 404],
  ] as const)('%s (%s) answers %s with %i', async (version, era, path, status) => {
    const { served } = await server(version, era);
    expect((await get(served, path)).status).toBe(status);
  });

  it('refuses other methods and uploads without a password', async () => {
    const { served } = await server('3.6.28', '3.6');
    expect((await get(served, '/tools/x', { method: 'DELETE' })).status).toBe(405);
    expect((await get(served, '/tools?binaryVersion=x', { method: 'POST' })).status).toBe(401);
  });
});

describe('what clients are given', () => {
  it('is a CA that signs the leaf, which has the name that Go clients ask for', async () => {
    const { served } = await server('3.6.28', '3.6');
    const ca = new X509Certificate(served.caCert);
    expect([ca.ca, ca.verify(ca.publicKey)]).toEqual([true, true]);
  });

  it('is a JUJU_DATA directory with everything that the CLI looks for', async () => {
    const { served, core } = await server('3.6.28', '3.6');
    const files = jujuClientFiles({
      name: 'fake',
      ...served,
      version: '3.6.28',
      models: core.models(),
      currentModel: 'm1',
    });
    expect(files['accounts.yaml']).toContain('last-known-access: superuser');
    expect(files['models.yaml']).toContain('admin/controller');
    expect(files['controllers.yaml']).toContain(served.address);
  });
});

describe('faults at the call', () => {
  it('answer for the facade, or cut the connection', async () => {
    const { served, core } = await server('3.6.28', '3.6');
    const client = await admin(served);
    const unbind = core.points.call.bind(({ method }) =>
      method === 'Ping' ? { kind: 'error', message: 'no', code: 'try again' } : undefined,
    );
    expect(await client.call('Pinger', 1, 'Ping')).toMatchObject({ 'error-code': 'try again' });
    unbind();
    core.points.call.bind(() => ({ kind: 'disconnect' }));
    await client.call('Pinger', 1, 'Ping');
    await client.closed;
  });
});

describe('a client with a thousand questions', () => {
  async function flood(client: RawClient, count: number, done: (answered: number) => boolean) {
    let answered = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    client.socket.on('message', () => {
      if (done(++answered)) resolve();
    });
    for (let id = 1_000; id < 1_000 + count; id++) {
      client.socket.send(
        JSON.stringify({ 'request-id': id, type: 'Pinger', version: 1, request: 'Ping' }),
      );
    }
    await promise;
  }

  it('is answered all of them', async () => {
    const { served } = await server('3.6.28', '3.6');
    await flood(await admin(served), 1_000, (answered) => answered === 1_000);
  });

  it('costs nothing more once it is gone', async () => {
    const { served } = await server('3.6.28', '3.6');
    const client = await admin(served);
    const before = served.reached();
    await flood(client, 2_000, (answered) => answered === 10);
    client.socket.terminate();
    const other = await admin(served);
    await other.call('Pinger', 1, 'Ping');
    const after = served.reached();
    expect(after - before).toBeLessThan(1_500);
    await other.call('Pinger', 1, 'Ping');
    expect(served.reached()).toBe(after + 1);
  });
});
