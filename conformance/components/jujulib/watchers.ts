/**
 * The two watchers that the library can drive: the generated AllWatcher and AllModelWatcher put the
 * watcher's id on the envelope, while the library's other watcher facades send none and so cannot
 * work (facts/juju-api 3.6).
 */
import type { Connection } from './library.ts';
import type { KnownModel, Session, Sessions } from './session.ts';
import { call, need, step, textOf } from './steps.ts';

/** Long enough for a pending Next to have reached the controller before Stop follows it. */
const PENDING_MS = 100;

/** A harmless setting, changed so that a watcher has something to tell. */
const LOGGING = '<root>=DEBUG';

export async function watchers(
  session: Session | undefined,
  hosted: KnownModel | undefined,
  sessions: Sessions,
): Promise<void> {
  let model: Session | undefined;
  let watcherId: string | undefined;
  await step('watch-model', async () => {
    model = await sessions.watch(need(hosted, 'list-models').uuid);
    const { connection } = model;
    const first = await begin(connection, 'client', 'watchAll', 'allWatcher');
    watcherId = first.watcherId;
    return first;
  });
  await step('watch-model-change', async () => {
    const id = need(watcherId, 'watch-model');
    const { connection } = need(model, 'watch-model');
    const pending = call(connection, 'allWatcher', 'next', { id });
    await new Promise((resolve) => setTimeout(resolve, PENDING_MS));
    await call(connection, 'modelConfig', 'modelSet', { config: { 'logging-config': LOGGING } });
    return { asked: LOGGING, next: await pending };
  });
  await step('watch-model-stop', async () => {
    const id = need(watcherId, 'watch-model');
    const { connection } = need(model, 'watch-model');
    const pending = call(connection, 'allWatcher', 'next', { id }).then(
      () => 'answered',
      (error) => textOf(error),
    );
    await new Promise((resolve) => setTimeout(resolve, PENDING_MS));
    const stop = await call(connection, 'allWatcher', 'stop', { id });
    return { stop, pending: await pending };
  });
  await step('watch-controller', () =>
    begin(need(session, 'login').connection, 'controller', 'watchAllModels', 'allModelWatcher'),
  );
  await step('watch-unknown', () =>
    call(need(model, 'watch-model').connection, 'allWatcher', 'next', { id: '999999' }),
  );
}

async function begin(connection: Connection, facade: string, method: string, watcher: string) {
  const made = (await call(connection, facade, method)) as { 'watcher-id': string };
  const watcherId = made['watcher-id'];
  const next = (await call(connection, watcher, 'next', { id: watcherId })) as {
    deltas: unknown;
  };
  return { watcherId, deltas: next.deltas };
}
