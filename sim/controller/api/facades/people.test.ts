/** Who may see and do what: users, grants, blocks, and what people change in models. */
import { afterEach, describe, expect, it } from 'vitest';
import { RawClient, type TestServer, testServer } from '../testing.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

interface People extends TestServer {
  readonly admin: RawClient;
  readonly adminOnModel: RawClient;
  as(name: string, password: string, path?: string): Promise<RawClient>;
}

async function people(): Promise<People> {
  const made = await testServer('3.6.28', '3.6');
  open.push(made.served);
  const keep = (client: RawClient) => {
    open.push(client);
    return client;
  };
  const as = async (name: string, password: string, path?: string) => {
    const client = keep(await RawClient.open(made.served, path));
    await client.call('Admin', 3, 'Login', { 'auth-tag': `user-${name}`, credentials: password });
    return client;
  };
  const admin = keep(await RawClient.admin(made.served));
  const adminOnModel = keep(await RawClient.admin(made.served, `/model/${made.model}/api`));
  return { ...made, admin, adminOnModel, as };
}

type Result = { result?: Record<string, unknown>; error?: { message: string; code: string } };
const results = (reply: { response?: Record<string, unknown> }) =>
  reply.response!.results as (Result & Record<string, unknown>)[];

async function addBob({ admin }: People): Promise<string> {
  const users = [{ username: 'bob', 'display-name': 'Bob', password: 'a good password' }];
  expect(results(await admin.call('UserManager', 3, 'AddUser', { users }))).toEqual([
    { tag: 'user-bob' },
  ]);
  return users[0]!.password;
}

function grant(made: People, action: string, access: string, user = 'bob') {
  const change = { 'user-tag': `user-${user}`, action, access, 'model-tag': `model-${made.model}` };
  return made.admin.call('ModelManager', 9, 'ModifyModelAccess', { changes: [change] });
}

describe('users', () => {
  it('come, change their password, are disabled, and go', async () => {
    const made = await people();
    const password = await addBob(made);
    const bob = await made.as('bob', password);
    const mine = { changes: [{ tag: 'user-bob', password: 'a better one' }] };
    expect(results(await bob.call('UserManager', 3, 'SetPassword', mine))).toEqual([{}]);
    const theirs = { changes: [{ tag: 'user-admin', password: 'mine now' }] };
    const stolen = results(await bob.call('UserManager', 3, 'SetPassword', theirs));
    expect(stolen[0]!.error).toMatchObject({ code: 'unauthorized access' });
    const one = { entities: [{ tag: 'user-bob' }] };
    await made.admin.call('UserManager', 3, 'DisableUser', one);
    const away = await RawClient.open(made.served);
    open.push(away);
    const login = { 'auth-tag': 'user-bob', credentials: 'a better one' };
    expect((await away.call('Admin', 3, 'Login', login)).error).toBe(
      'invalid entity name or password',
    );
    await made.admin.call('UserManager', 3, 'EnableUser', one);
    expect((await away.call('Admin', 3, 'Login', login)).error).toBeUndefined();
    expect(results(await made.admin.call('UserManager', 3, 'RemoveUser', one))).toEqual([{}]);
    const again = results(await made.admin.call('UserManager', 3, 'RemoveUser', one));
    expect(again[0]!.error).toMatchObject({ code: 'user not found' });
  });

  it('get a key to register with when no password is given', async () => {
    const made = await people();
    const users = [{ username: 'eve' }, { username: 'eve' }, { username: 'no/good' }];
    const [added, twice, bad] = results(
      await made.admin.call('UserManager', 3, 'AddUser', { users }),
    );
    expect(Buffer.from(added!['secret-key'] as string, 'base64')).toHaveLength(32);
    expect(twice!.error!.code).toBe('already exists');
    expect(bad!.error!.message).toMatch(/invalid user name/);
  });

  it('see themselves only, and change nobody', async () => {
    const made = await people();
    const bob = await made.as('bob', await addBob(made));
    expect(results(await bob.call('UserManager', 3, 'UserInfo'))).toHaveLength(1);
    for (const request of ['AddUser', 'RemoveUser', 'DisableUser', 'EnableUser']) {
      const refused = await bob.call('UserManager', 3, request, {
        entities: [{ tag: 'user-bob' }],
      });
      expect(refused['error-code']).toBe('unauthorized access');
    }
  });
});

describe('access to a model', () => {
  it('is granted step by step and revoked likewise', async () => {
    const made = await people();
    const password = await addBob(made);
    const path = `/model/${made.model}/api`;
    const config = { config: { 'logging-config': 'x=INFO' } };
    const stranger = await RawClient.open(made.served, path);
    open.push(stranger);
    const login = { 'auth-tag': 'user-bob', credentials: password };
    expect((await stranger.call('Admin', 3, 'Login', login)).error).toBe('permission denied');

    expect(results(await grant(made, 'grant', 'read'))).toEqual([{}]);
    expect(results(await grant(made, 'grant', 'read'))[0]!.error!.message).toBe(
      'could not grant model access: user already has "read" access or greater',
    );
    const reader = await made.as('bob', password, path);
    expect((await reader.call('Client', 8, 'FullStatus')).error).toBeUndefined();
    expect((await reader.call('ModelConfig', 3, 'ModelSet', config)).error).toBe(
      'permission denied',
    );
    await grant(made, 'grant', 'write');
    expect((await reader.call('ModelConfig', 3, 'ModelSet', config)).error).toBeUndefined();
    const off = { type: 'BlockChange', message: 'stop' };
    expect((await reader.call('Block', 2, 'SwitchBlockOn', off)).error).toBe('permission denied');
    await grant(made, 'revoke', 'write');
    expect((await reader.call('ModelConfig', 3, 'ModelSet', config)).error).toBe(
      'permission denied',
    );
    await grant(made, 'revoke', 'read');
    expect(results(await grant(made, 'revoke', 'read'))[0]!.error!.code).toBe('not found');
    expect(results(await grant(made, 'grant', 'king'))[0]!.error!.code).toBe('not valid');
  });

  it('shows readers neither machines nor other users, and nobody what he may not see', async () => {
    const made = await people();
    const bob = await made.as('bob', await addBob(made));
    const one = { entities: [{ tag: `model-${made.model}` }] };
    const hidden = results(await bob.call('ModelManager', 9, 'ModelInfo', one));
    expect(hidden[0]!.error!.code).toBe('unauthorized access');
    await grant(made, 'grant', 'read');
    const [info] = results(await bob.call('ModelManager', 9, 'ModelInfo', one));
    expect(info!.result!.machines).toEqual([]);
    expect((info!.result!.users as { user: string }[]).map(({ user }) => user)).toEqual(['bob']);
    const [mine] = results(await bob.call('ModelManager', 9, 'ListModelSummaries'));
    expect(mine!.result).toMatchObject({ name: 'm1', 'user-access': 'read' });
    const destroy = { models: [{ 'model-tag': `model-${made.model}` }] };
    const kept = results(await bob.call('ModelManager', 9, 'DestroyModels', destroy));
    expect(kept[0]!.error!.code).toBe('unauthorized access');
    const create = { name: 'mine', 'owner-tag': 'user-bob' };
    expect((await bob.call('ModelManager', 9, 'CreateModel', create)).error).toBe(
      'permission denied',
    );
    const change = { 'user-tag': 'user-bob', 'cloud-tag': 'cloud-maas', action: 'grant' };
    const cloud = { changes: [{ ...change, access: 'add-model' }] };
    expect(results(await made.admin.call('Cloud', 7, 'ModifyCloudAccess', cloud))).toEqual([{}]);
    expect((await bob.call('ModelManager', 9, 'CreateModel', create)).error).toBeUndefined();
  });
});

describe('a block', () => {
  it('stops what it names with the operator’s words, until it is off', async () => {
    const made = await people();
    const { admin, adminOnModel, model } = made;
    const on = { type: 'BlockDestroy', message: 'careful' };
    expect((await adminOnModel.call('Block', 2, 'SwitchBlockOn', on)).response).toEqual({});
    const twice = await adminOnModel.call('Block', 2, 'SwitchBlockOn', on);
    expect(twice.response!.error).toMatchObject({ code: 'already exists' });
    const destroy = { models: [{ 'model-tag': `model-${model}` }] };
    expect(
      results(await admin.call('ModelManager', 9, 'DestroyModels', destroy))[0]!.error,
    ).toEqual({
      message: 'careful',
      code: 'operation is blocked',
    });
    const set = { config: { 'logging-config': 'x=INFO' } };
    expect((await adminOnModel.call('ModelConfig', 3, 'ModelSet', set)).error).toBeUndefined();
    const all = { type: 'BlockChange', message: 'nothing' };
    await adminOnModel.call('Block', 2, 'SwitchBlockOn', all);
    expect((await adminOnModel.call('ModelConfig', 3, 'ModelSet', set)).error).toBe('nothing');
    await adminOnModel.call('Block', 2, 'SwitchBlockOff', all);
    await adminOnModel.call('Block', 2, 'SwitchBlockOff', on);
    expect(results(await admin.call('ModelManager', 9, 'DestroyModels', destroy))).toEqual([{}]);
  });
});

describe('machines', () => {
  it('are asked for, wait, host containers, and go', async () => {
    const { adminOnModel } = await people();
    const add = async (...params: object[]) =>
      (await adminOnModel.call('MachineManager', 10, 'AddMachines', { params })).response!.machines;
    expect(await add({}, { placement: { scope: 'lxd', directive: '3' } })).toEqual([
      { machine: '3' },
      { machine: '3/lxd/0' },
    ]);
    expect(
      await add({ 'container-type': 'kvm' }, { 'parent-id': '9', 'container-type': 'lxd' }),
    ).toEqual([
      { error: { message: 'invalid container type "kvm"', code: '' } },
      { error: { message: 'parent machine 9 not found', code: 'not found' } },
    ]);
    const { machines } = (await adminOnModel.call('Client', 8, 'FullStatus')).response as {
      machines: Record<string, Record<string, { status: string }>>;
    };
    expect(machines['3']).toMatchObject({
      'instance-id': 'pending',
      'agent-status': { status: 'pending', version: '' },
      'instance-status': { status: 'pending' },
      containers: { '3/lxd/0': { 'agent-status': { status: 'pending' } } },
    });
    const remove = async (tag: string, how: object = {}) =>
      results(
        await adminOnModel.call('MachineManager', 10, 'DestroyMachineWithParams', {
          'machine-tags': [tag],
          ...how,
        }),
      )[0]!;
    expect((await remove('machine-3')).error!.code).toBe('machine is hosting containers');
    expect((await remove('machine-1')).error!.message).toMatch(/"mysql\/0"/);
    expect((await remove('machine-3', { force: true, 'dry-run': true })).error).toBeUndefined();
    expect((await remove('machine-3', { force: true })).error).toBeUndefined();
    expect((await remove('machine-3')).error!.code).toBe('not found');
  });
});

describe('settings', () => {
  it('are set and reset, but for what makes the model what it is', async () => {
    const { adminOnModel } = await people();
    const set = (config: object) => adminOnModel.call('ModelConfig', 3, 'ModelSet', { config });
    const get = async (key: string) => {
      const { config } = (await adminOnModel.call('ModelConfig', 3, 'ModelGet')).response as {
        config: Record<string, { value: unknown; source: string }>;
      };
      return config[key];
    };
    await set({ 'agent-stream': 'proposed' });
    expect(await get('agent-stream')).toEqual({ value: 'proposed', source: 'model' });
    await adminOnModel.call('ModelConfig', 3, 'ModelUnset', { keys: ['agent-stream'] });
    expect(await get('agent-stream')).toEqual({ value: 'released', source: 'default' });
    expect((await set({ 'agent-version': '3.6.99', x: 1 })).error).toBe(
      'agent-version cannot be changed',
    );
    expect(await get('x')).toBeUndefined();
    expect((await set({ 'agent-version': '3.6.28' })).error).toBeUndefined();
    expect((await set({ name: 'other' })).error).toMatch(/^cannot change name/);
  });

  it('of the controller are typed, and most cannot change', async () => {
    const { admin } = await people();
    const set = (config: object) => admin.call('Controller', 12, 'ConfigSet', { config });
    expect((await set({ 'agent-ratelimit-rate': '1m30s' })).error).toBeUndefined();
    const { config } = (await admin.call('Controller', 12, 'ControllerConfig')).response as {
      config: Record<string, unknown>;
    };
    expect(config['agent-ratelimit-rate']).toBe('90s');
    expect((await set({ 'api-port': 1 })).error).toMatch(/can not change "api-port"/);
    expect((await set({ 'agent-ratelimit-max': 'many' })).error).toMatch(/expected number/);
    expect((await set({ 'agent-ratelimit-rate': 'soon' })).error).toMatch(/expected duration/);
  });
});

describe('annotations and keys', () => {
  it('are kept on what is there', async () => {
    const { adminOnModel, model } = await people();
    const there = { entity: 'machine-1', annotations: { x: '1', y: '2' } };
    const set = { annotations: [there, { entity: 'machine-99', annotations: { x: '1' } }] };
    const [kept, lost] = results(await adminOnModel.call('Annotations', 2, 'Set', set));
    expect([kept, lost!.error!.code]).toEqual([{}, 'not found']);
    await adminOnModel.call('Annotations', 2, 'Set', {
      annotations: [{ entity: 'machine-1', annotations: { y: '' } }],
    });
    const entities = [{ tag: 'machine-1' }, { tag: `model-${model}` }];
    expect(results(await adminOnModel.call('Annotations', 2, 'Get', { entities }))).toEqual([
      { entity: 'machine-1', annotations: { x: '1' } },
      { entity: `model-${model}`, annotations: {} },
    ]);
  });

  it('are added once and removed by comment', async () => {
    const { adminOnModel } = await people();
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP me@here';
    const keys = { 'ssh-keys': [key, key, 'nonsense'] };
    const added = results(await adminOnModel.call('KeyManager', 1, 'AddKeys', keys));
    expect(added.map(({ error }) => error?.message)).toEqual([
      undefined,
      expect.stringMatching(/^duplicate/),
      expect.stringMatching(/^invalid/),
    ]);
    const list = async () =>
      results(
        await adminOnModel.call('KeyManager', 1, 'ListKeys', {
          entities: { entities: [{ tag: 'user-admin' }] },
          mode: true,
        }),
      )[0]!.result;
    expect(await list()).toEqual([key]);
    await adminOnModel.call('KeyManager', 1, 'DeleteKeys', { 'ssh-keys': ['me@here'] });
    expect(await list()).toEqual([]);
  });
});
