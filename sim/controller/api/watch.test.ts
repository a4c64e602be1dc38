import { afterEach, describe, expect, it } from 'vitest';
import type { WireEra } from './eras.ts';
import { RawClient, type Reply, type TestServer, testServer } from './testing.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function world(version = '3.6.28', era: WireEra = '3.6'): Promise<TestServer> {
  const made = await testServer(version, era, { behind: '3.6.20', available: ['3.6.28'] });
  open.push(made.served);
  return made;
}

async function admin({ served }: TestServer, path: string): Promise<RawClient> {
  const client = await RawClient.admin(served, path);
  open.push(client);
  return client;
}

type Delta = [kind: string, op: string, entity: Record<string, unknown>];

class Watch {
  readonly #client: RawClient;
  readonly #facade: string;
  readonly #version: number;
  readonly id: string;

  constructor(client: RawClient, facade: string, version: number, made: Reply) {
    this.#client = client;
    this.#facade = facade;
    this.#version = version;
    this.id = String(made.response?.['watcher-id']);
  }

  ask(request: 'Next' | 'Stop', id = this.id): Promise<Reply> {
    return this.#client.send({ type: this.#facade, version: this.#version, id, request });
  }

  async next(): Promise<Delta[]> {
    return (await this.ask('Next')).response!.deltas as Delta[];
  }
}

async function watchModel(made: TestServer): Promise<Watch> {
  const client = await admin(made, `/model/${made.model}/api`);
  return new Watch(client, 'AllWatcher', 3, await client.call('Client', 7, 'WatchAll'));
}

const kinds = (deltas: Delta[]) => deltas.map(([kind, op]) => `${kind} ${op}`);

describe('a model’s watcher', () => {
  it('gives all there is first, the model before its agents', async () => {
    const watch = await watchModel(await world());
    const deltas = await watch.next();
    expect(kinds(deltas)).toEqual([
      'model change',
      'application change',
      'machine change',
      'machine change',
      'machine change',
      'machine change',
      'unit change',
    ]);
    expect(deltas[0]![2]).toMatchObject({ name: 'm1', version: '3.6.20', owner: 'admin' });
    expect(deltas[2]![2]).toMatchObject({
      id: '0',
      'agent-status': { current: 'started', version: '3.6.20', message: '' },
      base: 'ubuntu@22.04/stable',
    });
  });

  it('then tells only of what changed, several changes of one moment together', async () => {
    const made = await world();
    const { core, model, v } = made;
    const watch = await watchModel(made);
    await watch.next();
    const later = watch.next();
    const row = core.findAgent(model, 'machine-2');
    core.recordVersion(row, core.versions.intern(v('3.6.28')));
    core.setPresence(row, false);
    const deltas = await later;
    expect(kinds(deltas)).toEqual(['machine change']);
    expect(deltas[0]![2]).toMatchObject({
      id: '2',
      'agent-status': { current: 'down', version: '3.6.28' },
    });
  });

  it('tells of a new target, new machines, and machines that are gone', async () => {
    const made = await world();
    const { core, model, v } = made;
    const watch = await watchModel(made);
    await watch.next();
    core.upgradeModel({ modelUuid: model, target: v('3.6.28') });
    const [upgraded] = await watch.next();
    expect(upgraded).toMatchObject(['model', 'change', { version: '3.6.28' }]);
    const { first } = core.addMachines(model, 1, { os: 'ubuntu', arch: 'amd64' });
    expect(await watch.next()).toMatchObject([
      ['machine', 'change', { id: '3', 'agent-status': { current: 'pending', version: '' } }],
    ]);
    core.retireMachine(first);
    expect(await watch.next()).toMatchObject([['machine', 'remove', { id: '3' }]]);
  });

  it('hears nothing of other models', async () => {
    const made = await world();
    const { core } = made;
    const watch = await watchModel(made);
    await watch.next();
    const other = core.createModel({ name: 'm2' });
    core.addMachines(other.uuid, 1, { os: 'ubuntu', arch: 'amd64' });
    core.setConfig(made.model, 'logging-config', '<root>=DEBUG');
    expect(kinds(await watch.next())).toEqual(['model change']);
  });

  it('ends a pending Next as stopped, and is unknown afterwards and to other kinds', async () => {
    const made = await world();
    const client = await admin(made, `/model/${made.model}/api`);
    const made1 = await client.call('Client', 7, 'WatchAll');
    const watch = new Watch(client, 'AllWatcher', 3, made1);
    const other = await client.send({
      type: 'NotifyWatcher',
      version: 1,
      id: watch.id,
      request: 'Next',
    });
    expect(other).toMatchObject({ error: 'unknown watcher id', 'error-code': 'not found' });
    await watch.next();
    const pending = watch.ask('Next');
    expect((await watch.ask('Stop')).error).toBeUndefined();
    expect(await pending).toMatchObject({
      error: 'watcher has been stopped',
      'error-code': 'stopped',
    });
    expect((await watch.ask('Next')).error).toBe('unknown watcher id');
  });

  it('is gone with 4.0', async () => {
    const made = await testServer('4.0.15', '4.0');
    open.push(made.served);
    const client = await admin(made, `/model/${made.model}/api`);
    expect((await client.call('Client', 8, 'WatchAll'))['error-code']).toBe('not implemented');
    expect((await client.call('AllWatcher', 3, 'Next'))['error-code']).toBe('not implemented');
  });
});

describe('the controller’s watchers', () => {
  it('tell of every model to superusers only', async () => {
    const made = await world();
    const client = await admin(made, '/api');
    const watch = new Watch(
      client,
      'AllModelWatcher',
      4,
      await client.call('Controller', 12, 'WatchAllModels'),
    );
    const names = (await watch.next())
      .filter(([kind]) => kind === 'model')
      .map(([, , entity]) => entity.name);
    expect(names).toEqual(['controller', 'm1']);
    made.core.createModel({ name: 'm2' });
    expect((await watch.next()).map(([, , entity]) => entity.name)).toEqual(['m2']);

    const password = made.served.addUser('bob', 'login');
    const bob = await RawClient.open(made.served);
    open.push(bob);
    await bob.call('Admin', 3, 'Login', { 'auth-tag': 'user-bob', credentials: password });
    const refused = await bob.call('Controller', 12, 'WatchAllModels');
    expect(refused['error-code']).toBe('unauthorized access');
    const mine = await bob.call('Controller', 12, 'WatchModelSummaries');
    expect(mine.error).toBeUndefined();
  });

  it('sum models up, and say when one is removed', async () => {
    const made = await world();
    const client = await admin(made, '/api');
    const id = (await client.call('Controller', 12, 'WatchAllModelSummaries')).response![
      'watcher-id'
    ];
    const next = () =>
      client.send({ type: 'ModelSummaryWatcher', version: 1, id, request: 'Next' });
    const first = (await next()).response!.models as Record<string, unknown>[];
    expect(first[1]).toMatchObject({
      name: 'm1',
      admins: ['admin'],
      size: { machines: 3, containers: 1, units: 1, applications: 1 },
      status: 'green',
    });
    made.core.setPresence(made.core.findAgent(made.model, 'machine-0'), false);
    expect((await next()).response!.models).toMatchObject([{ name: 'm1', status: 'red' }]);
    made.core.destroyModel(made.model);
    expect((await next()).response!.models).toEqual([{ uuid: made.model, removed: true }]);
  });
});
