/**
 * Users and what they may do: one is added, given access to a model step by step, tries what it may
 * and may not, and is taken away again (facts/juju-api 2.1, 3.1, 3.2).
 */
import type { KnownModel, Session, Sessions } from './session.ts';
import { call, need, step } from './steps.ts';

const NAME = 'suite-user';
const PASSWORD = 'a password of the suite';
const TAG = `user-${NAME}`;
const LOGGING = { config: { 'logging-config': '<root>=TRACE' } };

export async function people(
  session: Session | undefined,
  hosted: KnownModel | undefined,
  sessions: Sessions,
  self: string,
): Promise<void> {
  const controller = (facade: string, method: string, params: unknown = {}) =>
    call(need(session, 'login').connection, facade, method, params);
  const one = { entities: [{ tag: TAG }] };
  const added = { users: [{ username: NAME, 'display-name': 'Suite', password: PASSWORD }] };
  const access = (action: string, word: string) =>
    controller('modelManager', 'modifyModelAccess', {
      changes: [
        {
          'user-tag': TAG,
          action,
          access: word,
          'model-tag': `model-${need(hosted, 'list-models').uuid}`,
        },
      ],
    });
  let user: Session | undefined;
  const asUser = (facade: string, method: string, params: unknown = {}) =>
    call(need(user, 'user-login').connection, facade, method, params);

  await step('user-add', () => controller('userManager', 'addUser', added));
  await step('user-add-again', () => controller('userManager', 'addUser', added));
  await step('user-info', () => controller('userManager', 'userInfo', one));
  await step('user-login-without-access', () =>
    sessions.login(need(hosted, 'list-models').uuid, PASSWORD, NAME).then(() => ({})),
  );
  await step('grant-read', () => access('grant', 'read'));
  await step('grant-read-again', () => access('grant', 'read'));
  await step('user-login', async () => {
    user = await sessions.login(need(hosted, 'list-models').uuid, PASSWORD, NAME);
    return { info: JSON.parse(JSON.stringify(user.connection.info)) };
  });
  await step('user-status', () => asUser('client', 'fullStatus', { patterns: [] }));
  await step('user-may-not-write', () => asUser('modelConfig', 'modelSet', LOGGING));
  await step('grant-write', () => access('grant', 'write'));
  await step('user-may-write', () => asUser('modelConfig', 'modelSet', LOGGING));
  await step('revoke-read', () => access('revoke', 'read'));
  await step('user-disable', () => controller('userManager', 'disableUser', one));
  await step('user-login-disabled', () =>
    sessions.login(undefined, PASSWORD, NAME).then(() => ({})),
  );
  await step('user-remove', () => controller('userManager', 'removeUser', one));
  await step('user-info-removed', () => controller('userManager', 'userInfo', one));
  await step('controller-access', () =>
    controller('controller', 'getControllerAccess', { entities: [{ tag: `user-${self}` }] }),
  );
}
