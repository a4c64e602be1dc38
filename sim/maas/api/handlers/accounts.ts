/**
 * Who is there and what is stored for them: version, users, API keys and files (facts/maas-api 1.2,
 * 3.12). `version/` is the one resource that only an anonymous handler serves.
 */

import { uuid } from '../../core/inventory.ts';
import { fieldRefusal, notFound, refusal } from '../../core/refusal.ts';
import { type Answer, DELETED, HTML_TYPE, json, TEXT_TYPE } from '../answers.ts';
import { fileObject, userObject } from '../render/shared.ts';
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
          run: ({ core }) => json([...core.users.values()].map(userObject)),
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
            const user = core.users.get(path.username!);
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
            const token = core.addToken(user.username, params.text('name') || 'MAAS consumer');
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
            const token = core.tokens.get(key);
            if (!token || token.username !== user.username) throw notFound('Token', 'that key');
            core.tokens.delete(key);
            return DELETED;
          },
        },
        {
          method: 'GET',
          op: 'list_authorisation_tokens',
          doc: "List the caller's API keys.",
          run: ({ core, user }) =>
            json(
              [...core.tokens.values()]
                .filter((token) => token.username === user.username)
                .map((token) => ({
                  name: token.name,
                  token: `${token.consumerKey}:${token.tokenKey}:${token.tokenSecret}`,
                })),
            ),
        },
      ],
    },
    anon: null,
  },
  {
    path: 'files/',
    auth: {
      name: 'FilesHandler',
      actions: [
        {
          method: 'GET',
          op: null,
          doc: "List the caller's files.",
          run: ({ core, user, params }) => {
            const prefix = params.text('prefix');
            const own = [...core.files.values()].filter((file) => file.owner === user.username);
            const wanted = own.filter((file) => file.filename.startsWith(prefix));
            return json(wanted.sort((a, b) => (a.filename < b.filename ? -1 : 1)).map(fileObject));
          },
        },
        { method: 'POST', op: null, doc: 'Store a file.', run: storeFile },
        {
          method: 'DELETE',
          op: null,
          doc: 'Remove a file.',
          run: (call) => removeFile(call, call.params.mandatory('filename')),
        },
        {
          method: 'GET',
          op: 'get',
          doc: 'The content of a file.',
          run: (call) => {
            const file = ownFile(call, call.params.mandatory('filename'));
            if (!file) throw refusal('not-found', 'File not found');
            return content(file.content);
          },
        },
      ],
    },
    anon: {
      name: 'AnonFilesHandler',
      actions: [
        {
          method: 'GET',
          op: 'get_by_key',
          doc: 'The content of a file by its secret key.',
          run: ({ core, params }) => {
            const key = params.mandatory('key');
            const file = [...core.files.values()].find((candidate) => candidate.key === key);
            if (!file) throw notFound('FileStorage', 'that key');
            return content(file.content);
          },
        },
      ],
    },
  },
  {
    path: 'files/{filename*}/',
    auth: {
      name: 'FileHandler',
      actions: [
        {
          method: 'GET',
          op: null,
          doc: 'A file with its content.',
          run: (call) => {
            const file = ownFile(call, call.path.filename!);
            if (!file) {
              return {
                status: 404,
                contentType: HTML_TYPE,
                headers: { Workaround: 'bug1123986' },
                body: 'Not Found',
              };
            }
            return json({
              ...fileObject(file),
              content: Buffer.from(file.content).toString('base64'),
            });
          },
        },
        {
          method: 'DELETE',
          op: null,
          doc: 'Remove a file.',
          run: (call) => removeFile(call, call.path.filename!),
        },
      ],
    },
    anon: null,
  },
];

function createUser({ core, params }: UserCall): Answer {
  const username = params.mandatory('username');
  const email = params.mandatory('email');
  params.mandatory('password');
  const superuser = params.mandatory('is_superuser');
  if (superuser !== '0' && superuser !== '1') {
    throw refusal('broken', `invalid truth value ${superuser}`, { wanted: 'is_superuser' });
  }
  const taken = [...core.users.values()].some(
    (user) => user.username === username || (user.email !== '' && user.email === email),
  );
  if (taken) {
    // No form checks this: the database's unique rule does, and says so with a Retry-After.
    const body = 'Conflict error. Try your request again, as it will most likely succeed.';
    const retry = core.features.conflictRetryAfter ? { headers: { 'Retry-After': '5' } } : {};
    return { status: 409, contentType: HTML_TYPE, ...retry, body };
  }
  return json(userObject(core.addUser({ username, email, isSuperuser: superuser === '1' })));
}

function deleteUser({ core, user, path }: UserCall): Answer {
  const name = path.username!;
  if (name === user.username) {
    throw refusal('invalid', 'An administrator cannot self-delete.', { wanted: name });
  }
  const owned = core.machines.filter((machine) => machine.state.owner === name).length;
  if (owned > 0) {
    throw refusal(
      'invalid',
      `User ${name} cannot be deleted: ${owned} node(s) are still allocated`,
      { wanted: name, found: [`${owned} machines`] },
    );
  }
  core.users.delete(name);
  for (const token of core.tokens.values()) {
    if (token.username === name) core.tokens.delete(token.tokenKey);
  }
  for (const [key, file] of core.files) if (file.owner === name) core.files.delete(key);
  return DELETED;
}

function fileKey(owner: string, filename: string): string {
  return `${owner}\n${filename}`;
}

function ownFile({ core, user }: UserCall, filename: string) {
  return core.files.get(fileKey(user.username, filename));
}

function storeFile({ core, user, params, files }: UserCall): Answer {
  const filename = params.text('filename');
  if (filename === '') throw refusal('invalid', 'Filename not supplied');
  if (files.length === 0) throw refusal('invalid', 'File not supplied');
  if (files.length > 1) throw refusal('invalid', 'Exactly one file must be supplied');
  if (filename.length > 255) {
    throw fieldRefusal('filename', 'Ensure this value has at most 255 characters.');
  }
  const stored = [...core.files.values()].reduce((sum, file) => sum + file.content.length, 0);
  if (stored > MAX_STORED_BYTES) {
    throw refusal('unavailable', 'No space left for files.', { permanence: 'permanent' });
  }
  core.files.set(fileKey(user.username, filename), {
    filename,
    owner: user.username,
    key: uuid(core.stream('maas.file-key')),
    content: files[0]!.content,
  });
  return { status: 201, contentType: TEXT_TYPE, body: '' };
}

// A bound that the real one does not have: memory must stay bounded whoever uploads.
const MAX_STORED_BYTES = 256 * 1024 * 1024;

function removeFile(call: UserCall, filename: string): Answer {
  if (!ownFile(call, filename)) throw notFound('FileStorage', filename);
  call.core.files.delete(fileKey(call.user.username, filename));
  return DELETED;
}

function content(bytes: Uint8Array): Answer {
  return { status: 200, contentType: HTML_TYPE, body: new Uint8Array(bytes) };
}
