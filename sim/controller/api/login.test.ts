import { createHmac } from 'node:crypto';
import { request } from 'node:https';
import { afterEach, describe, expect, it } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { RawClient, type Reply, type TestServer, testServer } from './testing.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function world(): Promise<TestServer> {
  const made = await testServer('3.6.28', '3.6');
  open.push(made.served);
  return made;
}

async function connect({ served }: TestServer, path?: string): Promise<RawClient> {
  const client = await RawClient.open(served, path);
  open.push(client);
  return client;
}

/** Posts text and reads JSON. */
function post(made: TestServer, path: string, text: string) {
  const { address, caCert } = made.served;
  return new Promise<{ status: number; body: Record<string, never> }>((resolve, reject) => {
    const trust = { ca: caCert, servername: 'juju-apiserver', agent: false as const };
    const asked = request(
      `https://${address}${path}`,
      { ...trust, method: 'POST' },
      async (answer) => {
        const parts: Buffer[] = [];
        for await (const part of answer) parts.push(part as Buffer);
        const body = JSON.parse(Buffer.concat(parts).toString('utf8'));
        resolve({ status: answer.statusCode ?? 0, body });
      },
    );
    asked.on('error', reject);
    asked.end(text);
  });
}

interface Macaroon {
  i: string;
  c: { i: string; v64?: string; l?: string }[];
  s64: string;
}

const login = (client: RawClient, params: object): Promise<Reply> =>
  client.call('Admin', 3, 'Login', params);

/** As a bakery's client does: asks, shows a password, and has the caveat discharged. */
async function discharged(made: TestServer, user: string, password: string): Promise<Macaroon[]> {
  const asked = await login(await connect(made), { 'auth-tag': `user-${user}` });
  const root = asked.response!['discharge-required'] as Macaroon;
  const caveat = root.c.find((one) => one.l !== undefined)!;
  const form = JSON.stringify({ form: { user, password } });
  const { body } = await post(made, '/auth/form', form);
  const token = (body as { token?: { value: string } }).token?.value ?? '';
  const fields = new URLSearchParams({ id: caveat.i, token64: token });
  const answer = await post(made, '/auth/discharge', fields.toString());
  const { Macaroon } = answer.body as unknown as { Macaroon: Macaroon };
  return [root, bound(root, Macaroon)];
}

/** Binds a discharge to its root, as clients do before they send both. */
function bound(root: Macaroon, discharge: Macaroon): Macaroon {
  const hmac = (key: Buffer, data: Buffer) => createHmac('sha256', key).update(data).digest();
  const bytes = (one: Macaroon) => Buffer.from(one.s64, 'base64url');
  const zero = Buffer.alloc(32);
  const both = Buffer.concat([hmac(zero, bytes(root)), hmac(zero, bytes(discharge))]);
  return { ...discharge, s64: hmac(zero, both).toString('base64url') };
}

describe('login by macaroon', () => {
  it('is offered to a user without a password, and works once discharged', async () => {
    const made = await world();
    const macaroons = [await discharged(made, 'admin', made.served.password)];
    const client = await connect(made);
    const reply = await login(client, { 'auth-tag': 'user-admin', macaroons });
    expect(reply.response!['user-info']).toMatchObject({ identity: 'user-admin' });
    expect((await client.call('Pinger', 1, 'Ping')).error).toBeUndefined();
    // The cookie alone says who it is.
    const nameless = await login(await connect(made), { macaroons });
    expect(nameless.response!['user-info']).toMatchObject({ identity: 'user-admin' });
  });

  it('asks for interaction before it discharges, and refuses a wrong password', async () => {
    const made = await world();
    const asked = await login(await connect(made), { 'auth-tag': 'user-admin' });
    const { c } = asked.response!['discharge-required'] as Macaroon;
    const id = c.find((one) => one.l !== undefined)!.i;
    expect(await post(made, '/auth/discharge', `id=${id}`)).toMatchObject({
      status: 401,
      body: {
        Code: 'interaction required',
        Info: { InteractionMethods: { juju_userpass: { url: '/auth/form' } } },
      },
    });
    const wrong = JSON.stringify({ form: { user: 'admin', password: 'x' } });
    expect(await post(made, '/auth/form', wrong)).toMatchObject({
      status: 401,
      body: { Message: 'invalid entity name or password' },
    });
    expect((await post(made, '/auth/discharge', 'id=nothing')).status).toBe(400);
  });

  it('takes no macaroon that was changed, is unbound, or is another user’s', async () => {
    const made = await world();
    const password = made.served.addUser('bob', 'login');
    const [root, discharge] = await discharged(made, 'bob', password);
    const challenged = async (params: object) => {
      const reply = await login(await connect(made), params);
      return reply.response?.['discharge-required'] !== undefined;
    };
    const own = { 'auth-tag': 'user-bob' };
    expect(await challenged({ ...own, macaroons: [[root, discharge]] })).toBe(false);
    expect(await challenged({ ...own, macaroons: [[root]] })).toBe(true);
    const forged = { ...discharge!, s64: root!.s64 };
    expect(await challenged({ ...own, macaroons: [[root, forged]] })).toBe(true);
    expect(await challenged({ 'auth-tag': 'user-admin', macaroons: [[root, discharge]] })).toBe(
      true,
    );
    expect(await challenged({ ...own, macaroons: 'nonsense' })).toBe(true);
  });

  it('does not discharge one user’s caveat by another’s password', async () => {
    const made = await world();
    const password = made.served.addUser('bob', 'login');
    const asked = await login(await connect(made), { 'auth-tag': 'user-admin' });
    const { c } = asked.response!['discharge-required'] as Macaroon;
    const form = JSON.stringify({ form: { user: 'bob', password } });
    const { body } = await post(made, '/auth/form', form);
    const { value } = (body as unknown as { token: { value: string } }).token;
    const id = c.find((one) => one.l !== undefined)!.i;
    const fields = new URLSearchParams({ id, token64: value });
    expect((await post(made, '/auth/discharge', fields.toString())).status).toBe(401);
  });

  it('has no credentials where there is no name either', async () => {
    const reply = await login(await connect(await world()), {});
    expect(reply['error-code']).toBe('no credentials provided');
  });
});

describe('an anonymous login', () => {
  it('is announced and served nothing but what anybody may call', async () => {
    const client = await connect(await world());
    const reply = await login(client, { 'auth-tag': 'user-jujuanonymous' });
    expect(reply.response).not.toHaveProperty('user-info');
    const names = (reply.response!.facades as { name: string }[]).map((one) => one.name);
    expect(names).toEqual(['NotifyWatcher']);
    expect(await client.call('ModelManager', 9, 'ListModels')).toMatchObject({
      error: 'facade "ModelManager" not supported for anonymous API connections',
      'error-code': 'not supported',
    });
  });
});

describe('a model that went to another controller', () => {
  it('sends who may see it there, in the error or when asked', async () => {
    const made = await world();
    const { served, model } = made;
    const to = { address: '192.0.2.7:17070', caCert: 'PEM', controllerUuid: 'x', alias: 'new' };
    const admin = { 'auth-tag': 'user-admin', credentials: served.password };
    const path = `/model/${model}/api`;
    const servers = [[{ value: '192.0.2.7', type: 'ipv4', scope: 'public', port: 17070 }]];
    served.redirect(model, { ...to, followed: false });
    expect(await login(await connect(made, path), admin)).toMatchObject({
      error: 'redirection required',
      'error-code': 'redirection required',
      'error-info': { servers, 'ca-cert': 'PEM', 'controller-alias': 'new' },
    });
    served.redirect(model, { ...to, followed: true });
    const client = await connect(made, path);
    expect(await login(client, admin)).not.toHaveProperty('error-info');
    const asked = await client.call('Admin', 3, 'RedirectInfo');
    expect(asked.response).toEqual({ servers, 'ca-cert': 'PEM' });
    const wrong = { ...admin, credentials: 'x' };
    expect((await login(await connect(made, path), wrong)).error).toBe(
      'invalid entity name or password',
    );
  });
});

describe('a silent connection', () => {
  it('is closed when it is an agent’s, not when it is a user’s', async () => {
    const made = await testServer('3.6.28', '3.6', { idleMs: 40 });
    open.push(made.served);
    const user = await RawClient.admin(made.served);
    open.push(user);
    const { tag, password, nonce } = made.served.agentCredentials(1);
    const agent = await connect(made, `/model/${made.model}/api`);
    await login(agent, { 'auth-tag': tag, credentials: password, nonce });
    await agent.closed;
    expect((await user.call('Pinger', 1, 'Ping')).error).toBeUndefined();
  });
});

describe('the login limit', () => {
  it('turns agents away, not users, and lets more in as time passes', async () => {
    const made = await world();
    const { served, model, clock } = made;
    const admin = await RawClient.admin(served);
    open.push(admin);
    const config = { 'agent-ratelimit-max': 2, 'agent-ratelimit-rate': '250ms' };
    expect((await admin.call('Controller', 12, 'ConfigSet', { config })).error).toBeUndefined();
    const { tag, password, nonce } = served.agentCredentials(1);
    const agent = async () => {
      const client = await connect(made, `/model/${model}/api`);
      return (await login(client, { 'auth-tag': tag, credentials: password, nonce })).error;
    };
    expect([await agent(), await agent(), await agent()]).toEqual([
      undefined,
      undefined,
      'try again',
    ]);
    const user = { 'auth-tag': 'user-admin', credentials: served.password };
    expect((await login(await connect(made), user)).error).toBeUndefined();
    clock.advance(250);
    expect([await agent(), await agent()]).toEqual([undefined, 'try again']);
  });
});

interface Auth {
  readonly tag: string;
  readonly password: string;
  readonly nonce?: string;
}

function logSocket({ served }: TestServer, path: string, auth: Auth): WebSocket {
  const basic = Buffer.from(`${auth.tag}:${auth.password}`).toString('base64');
  const nonce = auth.nonce ? { 'X-Juju-Nonce': auth.nonce } : {};
  const trust = { ca: served.caCert, servername: 'juju-apiserver' };
  const headers = { Authorization: `Basic ${basic}`, ...nonce };
  return new WebSocket(`wss://${served.address}${path}`, { ...trust, headers } as ClientOptions);
}

/** Every frame of a log socket until it closes, or until `enough` have come. */
function frames(
  made: TestServer,
  path: string,
  auth: Auth,
  enough = Number.POSITIVE_INFINITY,
): Promise<Record<string, unknown>[]> {
  const socket = logSocket(made, path, auth);
  return new Promise((resolve, reject) => {
    const all: Record<string, unknown>[] = [];
    socket.on('message', (data) => {
      all.push(JSON.parse(String(data)));
      if (all.length >= enough) socket.close();
    });
    socket.on('close', () => resolve(all));
    socket.on('error', reject);
  });
}

describe('the log of a model', () => {
  const admin = ({ served }: TestServer) => ({ tag: 'user-admin', password: served.password });

  it('replays what was kept, by level and entity, and ends where no tail is wanted', async () => {
    const made = await world();
    const { core, model, v } = made;
    core.recordVersion(core.findAgent(model, 'machine-1'), core.versions.intern(v('3.6.20')));
    core.setPresence(core.findAgent(model, 'machine-2'), false);
    const log = (query: string) =>
      frames(made, `/model/${model}/log?noTail=true&${query}`, admin(made));
    const [first, ...all] = await log('replay=true');
    expect(first).toEqual({});
    expect(all.at(-1)).toMatchObject({ tag: 'machine-2', sev: 'WARNING', msg: 'agent lost' });
    expect(await log('replay=true&level=WARNING')).toHaveLength(2);
    expect(await log('replay=true&excludeEntity=machine-2&includeEntity=machine-2')).toHaveLength(
      1,
    );
    expect(await log('backlog=1')).toHaveLength(2);
    expect(await log('')).toHaveLength(1);
  });

  it('goes on with what comes, an agent’s own records among it', async () => {
    const made = await world();
    const { served, model } = made;
    const tail = frames(made, `/model/${model}/log`, admin(made), 2);
    const { tag, password, nonce } = served.agentCredentials(1);
    const auth = { tag, password, nonce };
    const sink = logSocket(made, `/model/${model}/logsink?version=1`, auth);
    open.push(sink);
    await new Promise((resolve) => sink.once('message', resolve));
    const record = {
      t: '2026-01-02T03:04:05Z',
      m: 'juju.worker.upgrader',
      l: 'a.go:1',
      v: 'ERROR',
    };
    sink.send(JSON.stringify({ ...record, x: 'no space left', c: ['here'] }));
    expect((await tail)[1]).toMatchObject({
      tag: 'machine-0',
      sev: 'ERROR',
      mod: 'juju.worker.upgrader',
      msg: 'no space left',
      lab: ['here'],
    });
  });

  it('is for those who may see the model, and the sink for its agents', async () => {
    const made = await world();
    const password = made.served.addUser('bob', 'login');
    const path = `/model/${made.model}/log`;
    const refused = (code: string) => [{ error: { message: expect.any(String), code } }];
    expect(await frames(made, path, { tag: 'user-admin', password: 'x' })).toEqual(
      refused('unauthorized access'),
    );
    expect(await frames(made, path, { tag: 'user-bob', password })).toEqual([
      { error: { message: 'permission denied', code: 'unauthorized access' } },
    ]);
    const { tag, password: secret } = made.served.agentCredentials(1);
    const sink = `/model/${made.model}/logsink`;
    const wrong = await frames(made, sink, { tag, password: secret, nonce: 'other' });
    expect(wrong).toEqual(refused('unauthorized access'));
    expect(
      await frames(made, '/model/00000000-0000-4000-8000-000000000000/log', admin(made)),
    ).toEqual(refused('model not found'));
  });
});
