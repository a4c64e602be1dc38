/**
 * Who is there: version, users and their API keys (facts/maas-api 1.2, 3.12). `version/` is the one
 * resource that only an anonymous handler serves.
 */
import { notFound, refusal } from '../../core/refusal.ts';
import { type Answer, DELETED, HTML_TYPE, json, TEXT_TYPE } from '../answers.ts';
import { userObject } from '../render/shared.ts';
import type { Resource, UserCall } from '../routes.ts';

const CAPABILITIES = [
  'networks-management',
  'static-ipaddresses',
  'ipv6-deployment-ubuntu',
  'devices-management',
  'storage-deployment-ubuntu',
  'network-deployment-ubuntu',
  'bridging-interface-ubuntu',
  'bridging-automatic-ubuntu',
  'authenticate-api',
];

export const accountResources: readonly Resource[] = [
  {
    path: 'version/',
    auth: null,
    anon: {
      name: 'VersionHandler',
      actions: [
        {
          method: 'GET',
          op: null,
          doc: 'The version of this MAAS and what it can do.',
          run: ({ core }) =>
            json({
              capabilities: CAPABILITIES,
              version: core.features.version,
              subversion: core.features.subversion,
            }),
        },
      ],
    },
  },
  {
    path: 'users/',
    auth: {
      name: 'UsersHandler',
      actions: [
        {
          method: 'GET',
          op: null,
          doc: 'List the users.',
          run: ({ core }) => json([...core.accounts.users.values()].map(userObject)),
        },
        {
          method: 'GET',
          op: 'whoami',
          doc: 'The user that makes this request.',
          run: ({ user }) => json(userObject(user)),
        },
        { method: 'POST', op: null, doc: 'Add a user.', admin: true, run: createUser },
      ],
    },
    anon: null,
  },
  {
    path: 'users/{username}/',
    auth: {
      name: 'UserHandler',
      actions: [
        {
          method: 'GET',
          op: null,
          doc: 'Read one user.',
          run: ({ core, path }) => {
            const user = core.accounts.users.get(path.username!);
            if (!user) throw notFound('User', path.username!);
            return json(userObject(user));
          },
        },
        { method: 'DELETE', op: null, doc: 'Remove a user.', admin: true, run: deleteUser },
      ],
    },
    anon: null,
  },
  {
    path: 'account/',
    auth: {
      name: 'AccountHandler',
      actions: [
        {
          method: 'POST',
          op: 'create_authorisation_token',
          doc: 'Make a new API key.',
          run: ({ core, user, params }) => {
            const token = core.accounts.addToken(
              user.username,
              params.text('name') || 'MAAS consumer',
            );
            return json({
              token_key: token.tokenKey,
              token_secret: token.tokenSecret,
              consumer_key: token.consumerKey,
              name: token.name,
            });
          },
        },
        {
          method: 'POST',
          op: 'delete_authorisation_token',
          doc: 'Remove an API key.',
          run: ({ core, user, params }) => {
            const key = params.mandatory('token_key');
            const token = core.accounts.tokens.get(key);
            if (!token || token.username !== user.username) throw notFound('Token', 'that key');
            core.accounts.removeToken(token);
            return DELETED;
          },
        },
        {
          method: 'POST',
          op: 'update_token_name',
          doc: 'Give an API key another name.',
          run: ({ core, user, params }) => {
            const wanted = params.mandatory('token');
            const name = params.mandatory('name');
            // Named by its own key or by the whole API key, as clients keep it.
            const key = wanted.split(':')[1] ?? wanted;
            const token = core.accounts.tokens.get(key);
            if (!token || token.username !== user.username) throw notFound('Token', 'that key');
            core.accounts.renameToken(token, name);
            return { status: 202, contentType: TEXT_TYPE, body: 'Accepted' };
          },
        },
        {
          method: 'GET',
          op: 'list_authorisation_tokens',
          doc: "List the caller's API keys.",
          run: ({ core, user }) =>
            json(
              core.accounts.tokensOf(user.username).map((token) => ({
                name: token.name,
                token: `${token.consumerKey}:${token.tokenKey}:${token.tokenSecret}`,
              })),
            ),
        },
      ],
    },
    anon: null,
  },
];

function createUser({ core, params }: UserCall): Answer {
  const username = params.mandatory('username');
  const email = params.mandatory('email');
  const password = params.mandatory('password');
  const superuser = params.mandatory('is_superuser');
  if (superuser !== '0' && superuser !== '1') {
    throw refusal('broken', `invalid truth value ${superuser}`, { wanted: 'is_superuser' });
  }
  const taken = [...core.accounts.users.values()].some(
    (user) => user.username === username || (user.email !== '' && user.email === email),
  );
  if (taken) {
    // No form checks this: the database's unique rule does, and says so with a Retry-After.
    const body = 'Conflict error. Try your request again, as it will most likely succeed.';
    const retry = core.features.conflictRetryAfter ? { headers: { 'Retry-After': '5' } } : {};
    return { status: 409, contentType: HTML_TYPE, ...retry, body };
  }
  const user = { username, email, isSuperuser: superuser === '1' };
  return json(userObject(core.accounts.addUser(user, password)));
}

/** Whoever is not there may be deleted; whoever has something may not, unless it is handed on. */
function deleteUser({ core, user, path, params }: UserCall): Answer {
  const name = path.username!;
  if (name === user.username) {
    throw refusal('invalid', 'An administrator cannot self-delete.', { wanted: name });
  }
  if (!core.accounts.users.has(name)) return DELETED;
  const heir = params.text('transfer_resources_to');
  if (heir !== '' && !core.accounts.users.has(heir)) throw notFound('User', heir);
  const owned = core.machines.filter((machine) => machine.state.owner === name);
  const devices = [...core.devices.values()].filter((device) => device.state.owner === name);
  const count = owned.length + devices.length;
  if (count > 0 && heir === '') {
    throw refusal(
      'invalid',
      `User ${name} cannot be deleted: ${count} node(s) are still allocated`,
      { wanted: name, found: [`${owned.length} machines`, `${devices.length} devices`] },
    );
  }
  for (const machine of owned) core.change(machine, { owner: heir });
  for (const device of devices) core.changeDevice(device, { owner: heir });
  core.accounts.removeUser(name);
  for (const [key, file] of core.files) if (file.owner === name) core.files.delete(key);
  return DELETED;
}
