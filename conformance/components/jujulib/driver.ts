/**
 * Driver for @canonical/jujulib, the JavaScript client library of Juju. It calls the unmodified
 * library against the controller named in MAASQUERADE_TARGET and prints one JSON line a step (the
 * list is `../STEPS.md`). It judges nothing: a failed step is data, and the exit code is 0 whenever
 * all steps could be tried. It runs as a process of its own, so that the library can neither see
 * nor disturb the suite that judges it.
 */
import { randomUUID } from 'node:crypto';
import { modelChanges } from './changes.ts';
import { loadLibrary } from './library.ts';
import { people } from './people.ts';
import {
  type ControllerTarget,
  describe,
  type KnownModel,
  type Session,
  Sessions,
} from './session.ts';
import { call, need, raw, step } from './steps.ts';
import { upgrades } from './upgrades.ts';
import { watchers } from './watchers.ts';

interface Listed {
  'user-models'?: { model: { uuid: string; name: string } }[];
}

interface Summaries {
  results?: {
    result?: { uuid: string; 'agent-version'?: string; 'is-controller'?: boolean };
  }[];
}

await main();

async function main(): Promise<void> {
  const target: { controller?: ControllerTarget } = JSON.parse(
    process.env.MAASQUERADE_TARGET ?? 'null',
  );
  if (!target?.controller) {
    console.error('MAASQUERADE_TARGET names no controller');
    process.exitCode = 2;
    return;
  }
  const library = await loadLibrary(process.env.MAASQUERADE_LIBRARY);
  await step('client', () => ({ library: library.name, version: library.version }));
  const sessions = new Sessions(library, target.controller);
  const session = await logins(sessions, target.controller);
  const models = await modelLists(session, target.controller.user);
  const hosted = models.find((model) => !model.isController);
  await wrongCalls(session, target.controller.user);
  const model = await modelConnection(sessions, hosted);
  await statuses(sessions, session, model, models);
  await watchers(session, hosted, sessions);
  await people(session, hosted, sessions, target.controller.user);
  await modelChanges(session, hosted, sessions, target.controller.user);
  await upgrades(session, model, models, sessions);
  await step('logout', async () => {
    const { client } = need(session, 'login');
    return { code: await new Promise<number>((resolve) => client.logout(resolve)) };
  });
  sessions.close();
}

async function logins(sessions: Sessions, target: ControllerTarget): Promise<Session | undefined> {
  const client = await opened('connect', () => sessions.open());
  await step('call-before-login', () =>
    raw(need(client, 'connect')._transport, {
      type: 'ModelManager',
      request: 'ListModels',
      version: 9,
      params: { tag: `user-${target.user}` },
    }),
  );
  let session: Session | undefined;
  await step('login', async () => {
    const opener = need(client, 'connect');
    const credentials = { username: target.user, password: target.password };
    const connection = await opener.login(credentials);
    session = { client: opener, connection };
    return describe(connection);
  });
  await step('login-wrong-password', async () =>
    describe((await sessions.login(undefined, 'not-the-password')).connection),
  );
  await step('login-again', async () => {
    const { client: again } = need(session, 'login');
    return describe(await again.login({ username: target.user, password: target.password }));
  });
  await step('ping', () => call(need(session, 'login').connection, 'pinger', 'ping'));
  await step('parallel', () => {
    const { connection } = need(session, 'login');
    const params = { tag: `user-${target.user}` };
    return Promise.all(
      Array.from({ length: 20 }, () => call(connection, 'modelManager', 'listModels', params)),
    );
  });
  return session;
}

/** A step whose result is no plain JSON: prints `{}` and hands the result on. */
async function opened<T>(name: string, open: () => Promise<T>): Promise<T | undefined> {
  let result: T | undefined;
  await step(name, async () => {
    result = await open();
    return {};
  });
  return result;
}

async function modelLists(session: Session | undefined, user: string): Promise<KnownModel[]> {
  const list = (await step('list-models', () =>
    call(need(session, 'login').connection, 'modelManager', 'listModels', { tag: `user-${user}` }),
  )) as Listed | undefined;
  const summaries = (await step('model-summaries', () =>
    call(need(session, 'login').connection, 'modelManager', 'listModelSummaries', {
      'user-tag': `user-${user}`,
      all: true,
    }),
  )) as Summaries | undefined;
  const models: KnownModel[] = [];
  for (const { model } of list?.['user-models'] ?? []) {
    const summary = summaries?.results?.find(({ result }) => result?.uuid === model.uuid)?.result;
    models.push({
      uuid: model.uuid,
      version: summary?.['agent-version'] ?? '0.0.0',
      isController: summary?.['is-controller'] ?? model.name === 'controller',
    });
  }
  const hosted = models.find((model) => !model.isController);
  await step('model-info', () => {
    const { uuid } = need(hosted, 'list-models');
    const params = { entities: [{ tag: `model-${uuid}` }] };
    return call(need(session, 'login').connection, 'modelManager', 'modelInfo', params);
  });
  return models;
}

async function wrongCalls(session: Session | undefined, user: string): Promise<void> {
  const send = (type: string, request: string, version: number, params: unknown) => {
    const { connection } = need(session, 'login');
    return raw(connection.transport, { type, request, version, params });
  };
  const version = session?.connection.facades.modelManager?.VERSION ?? 9;
  const own = { tag: `user-${user}` };
  await step('unknown-facade', () => send('NoSuchFacade', 'List', 1, {}));
  await step('unknown-method', () => send('ModelManager', 'NoSuchMethod', version, {}));
  await step('unknown-version', () => send('ModelManager', 'ListModels', 999, own));
  await step('bad-params', () => send('ModelManager', 'ListModels', version, { tag: 7 }));
  await step('ping-after-bad-params', () =>
    call(need(session, 'login').connection, 'pinger', 'ping'),
  );
  await step('model-facade-on-controller', () => send('Client', 'FullStatus', 8, { patterns: [] }));
}

async function modelConnection(
  sessions: Sessions,
  hosted: KnownModel | undefined,
): Promise<Session | undefined> {
  let model: Session | undefined;
  await step('connect-model', async () => {
    const { uuid } = need(hosted, 'list-models');
    model = await sessions.login(uuid);
    return { ...describe(model.connection), asked: uuid };
  });
  await step('controller-facade-on-model', () =>
    raw(need(model, 'connect-model').connection.transport, {
      type: 'ModelManager',
      request: 'ListModels',
      version: 9,
      params: { tag: 'user-admin' },
    }),
  );
  await step('connect-unknown-model', async () =>
    describe((await sessions.login(randomUUID())).connection),
  );
  return model;
}

async function statuses(
  sessions: Sessions,
  session: Session | undefined,
  model: Session | undefined,
  models: readonly KnownModel[],
): Promise<void> {
  await step('full-status', () =>
    call(need(model, 'connect-model').connection, 'client', 'fullStatus', { patterns: [] }),
  );
  await step('full-status-controller', async () => {
    const own = need(
      models.find((one) => one.isController),
      'list-models',
    );
    const { connection } = await sessions.login(own.uuid);
    return call(connection, 'client', 'fullStatus', { patterns: [] });
  });
  await step('model-get', () =>
    call(need(model, 'connect-model').connection, 'modelConfig', 'modelGet'),
  );
  await step('model-get-controller', () =>
    call(need(session, 'login').connection, 'modelConfig', 'modelGet'),
  );
}
