/**
 * `UserManager`: who the users are, new ones, passwords, and who uses a model (facts/juju-api 3.1).
 * People see themselves; everybody else only superusers see and change.
 */
import { AccountsFull, type User } from '../accounts.ts';
import { DISPATCH } from '../eras.ts';
import { type Call, type Facade, method } from '../facade.ts';
import { knownUser, userName } from '../grants.ts';
import { entities, entity, flag, list, struct, text } from '../params.ts';
import { RpcError } from '../rpc.ts';
import { modelTag, wireTime } from '../shapes.ts';
import { bulk } from '../wire-error.ts';
import { requireSuperuser } from './access.ts';
import { modelByTag } from './model-manager.ts';

/** What a user may be called. */
const USER_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9.+-]{0,253}[a-zA-Z0-9])?$/;

function info(user: User, { host }: Call): object {
  return {
    result: {
      username: user.name,
      'display-name': user.displayName,
      access: user.access,
      'created-by': user.createdBy,
      'date-created': wireTime(host.core, user.createdMs),
      disabled: user.disabled,
    },
  };
}

/** A bulk change of users by superusers, none of whom may do it to himself. */
function changeUsers(change: (call: Call, name: string) => void) {
  return method(entities(), ({ entities: wanted }, call) => {
    requireSuperuser(call);
    return bulk(call.host, wanted, ({ tag }) => {
      change(call, knownUser(call.host.accounts, tag));
      return {};
    });
  });
}

function addUser(call: Call, o: { username: string; 'display-name': string; password: string }) {
  const { accounts } = call.host;
  const name = o.username;
  if (!USER_NAME.test(name)) throw new RpcError(`invalid user name "${name.slice(0, 80)}"`);
  if (accounts.user(name)) {
    throw new RpcError(
      `failed to create user: username unavailable: user ${name} already exists`,
      'already exists',
    );
  }
  try {
    accounts.addUser(name, 'login', {
      displayName: o['display-name'],
      createdBy: call.session.user ?? '',
      ...(o.password === '' ? {} : { password: o.password }),
    });
  } catch (error) {
    if (error instanceof AccountsFull) throw new RpcError(error.message, 'quota limit exceeded');
    throw error;
  }
  // Without a password the user is to register with a key of 32 bytes.
  const key = o.password === '' ? { 'secret-key': accounts.registrationKey(name) } : {};
  return { tag: `user-${name}`, ...key };
}

export const userManager: Facade = {
  name: 'UserManager',
  place: 'controller',
  role: 'user',
  methods: {
    UserInfo: method(
      struct({ entities: list(entity()), 'include-disabled': flag() }),
      (params, call) => {
        const { accounts } = call.host;
        const self = call.session.user ?? '';
        const superuser = accounts.isSuperuser(self);
        if (params.entities.length === 0) {
          const visible = accounts
            .users()
            .filter((user) => superuser || user.name === self)
            .filter((user) => params['include-disabled'] || !user.disabled);
          return { results: visible.map((user) => info(user, call)) };
        }
        return bulk(call.host, params.entities, ({ tag }) => {
          const name = userName(tag);
          if (!superuser && name !== self) throw DISPATCH.permission();
          const user = accounts.user(name);
          if (!user) throw new RpcError(`user "${name}" not found`, 'user not found');
          return info(user, call);
        });
      },
    ),
    AddUser: method(
      struct({
        users: list(struct({ username: text(), 'display-name': text(), password: text() })),
      }),
      ({ users }, call) => {
        requireSuperuser(call);
        return bulk(call.host, users, (one) => addUser(call, one));
      },
    ),
    RemoveUser: changeUsers(({ host, session }, name) => {
      if (name === session.user || name === ADMIN) {
        throw new RpcError(`cannot delete controller owner "${name}"`, 'not supported');
      }
      host.accounts.removeUser(name);
    }),
    EnableUser: changeUsers(({ host }, name) => host.accounts.setDisabled(name, false)),
    DisableUser: changeUsers(({ host }, name) => {
      if (name === ADMIN) throw new RpcError(`cannot disable controller model owner`);
      host.accounts.setDisabled(name, true);
    }),
    SetPassword: method(
      struct({ changes: list(struct({ tag: text(), password: text() })) }),
      ({ changes }, call) =>
        bulk(call.host, changes, ({ tag, password }) => {
          const { accounts } = call.host;
          const self = call.session.user ?? '';
          if (userName(tag) !== self && !accounts.isSuperuser(self)) throw DISPATCH.permission();
          const name = knownUser(accounts, tag);
          if (password === '') throw new RpcError('cannot use an empty password');
          accounts.setPassword(name, password);
          return {};
        }),
    ),
    ResetPassword: method(
      entities(),
      ({ entities: wanted }, call) =>
        bulk(call.host, wanted, ({ tag }) => {
          const { accounts } = call.host;
          const self = call.session.user ?? '';
          // Nobody resets his own: whoever is logged in can set one.
          if (userName(tag) === self || !accounts.isSuperuser(self)) throw DISPATCH.permission();
          const name = knownUser(accounts, tag);
          return { tag: `user-${name}`, 'secret-key': accounts.registrationKey(name) };
        }),
      { since: 2 },
    ),
    ModelUserInfo: method(entities(), ({ entities: wanted }, call) => {
      const { host, session } = call;
      const results = wanted.flatMap(({ tag }) => {
        const self = session.user ?? '';
        return bulk(host, [tag], () => {
          const model = modelByTag(host, tag);
          if (!host.accounts.mayUse(self, model)) throw DISPATCH.permission();
          return { model };
        }).results.flatMap((one) => ('model' in one ? modelUsers(call, tag) : [one]));
      });
      return { results };
    }),
  },
};

const ADMIN = 'admin';

/** The users of a model, of whom those who do not administer it see only themselves. */
function modelUsers({ host, session }: Call, tag: string): object[] {
  const model = modelByTag(host, tag);
  const self = session.user ?? '';
  const all = host.accounts.mayUse(self, model, 'admin');
  return host.accounts
    .usersOf(model)
    .filter(({ name }) => all || name === self)
    .map(({ name, access }) => ({
      result: {
        'model-tag': modelTag(model),
        user: name,
        'display-name': host.accounts.user(name)?.displayName ?? name,
        'last-connection': null,
        access,
      },
    }));
}
