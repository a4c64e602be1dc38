/** The public keys that a user stores with MAAS (facts/maas-api 3.12). */
import type { UserKey } from '../../core/accounts.ts';
import type { MaasCore } from '../../core/core.ts';
import { fieldRefusal, notFound, refusal } from '../../core/refusal.ts';
import { DELETED, json } from '../answers.ts';
import { type Action, API_ROOT, type Resource, type UserCall } from '../routes.ts';

type Kind = 'ssh' | 'ssl';

function table(core: MaasCore, kind: Kind): Map<number, UserKey> {
  return kind === 'ssh' ? core.accounts.sshKeys : core.accounts.sslKeys;
}

function shown(kind: Kind, key: UserKey) {
  return {
    id: key.id,
    key: key.key,
    ...(kind === 'ssh' ? { keysource: key.source } : {}),
    resource_uri: `${API_ROOT}account/prefs/${kind}keys/${key.id}/`,
  };
}

const SSH_KEY =
  /^(ssh-(rsa|dss|ed25519)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]+={0,3}( .*)?$/;

/** @throws Refusal 400 with form errors */
function checkKey(core: MaasCore, kind: Kind, username: string, key: string): void {
  if (key === '') throw fieldRefusal('key', 'This field is required.');
  if (kind === 'ssh' && !SSH_KEY.test(key)) {
    throw fieldRefusal('key', 'Invalid SSH public key: it could not be read.', {
      wanted: 'an SSH public key',
    });
  }
  if (kind === 'ssl' && !key.includes('-----BEGIN CERTIFICATE-----')) {
    throw fieldRefusal('key', 'Invalid X509 certificate.', { wanted: 'a certificate' });
  }
  for (const present of table(core, kind).values()) {
    if (present.username === username && present.key === key) {
      throw fieldRefusal('key', 'This key has already been added for this user.');
    }
  }
}

function create(kind: Kind): Action {
  return {
    method: 'POST',
    op: null,
    doc: 'Store a key.',
    run: ({ core, user, params }) => {
      const forUser = (user.isSuperuser && params.text('user')) || user.username;
      if (!core.accounts.users.has(forUser)) throw notFound('User', forUser);
      const key = params.text('key').trim();
      checkKey(core, kind, forUser, key);
      const made = core.accounts.addKey(kind, forUser, key);
      // The answer to a create has no address and no source (facts/maas-api 6.8).
      const answer = { id: made.id, key: made.key };
      return json(kind === 'ssh' ? { ...answer, keysource: null } : answer, 201);
    },
  };
}

function collection(kind: Kind): Action[] {
  return [
    {
      method: 'GET',
      op: null,
      doc: "List the caller's keys.",
      run: ({ core, user }) => {
        const keys = [...table(core, kind).values()];
        const own = keys.filter(({ username }) => username === user.username);
        return json(own.map((key) => shown(kind, key)));
      },
    },
    create(kind),
  ];
}

function keyOf({ core, path }: UserCall, kind: Kind): UserKey {
  const found = /^\d{1,9}$/.test(path.id!) ? table(core, kind).get(Number(path.id)) : undefined;
  if (!found) throw notFound(kind === 'ssh' ? 'SSHKey' : 'SSLKey', path.id!);
  return found;
}

function single(kind: Kind): Action[] {
  return [
    {
      method: 'GET',
      op: null,
      doc: 'Read one key.',
      run: (call) => json(shown(kind, keyOf(call, kind))),
    },
    {
      method: 'DELETE',
      op: null,
      doc: 'Remove a key.',
      run: (call) => {
        const key = keyOf(call, kind);
        if (key.username !== call.user.username) {
          throw refusal('forbidden', "Can't delete a key you don't own.", {
            wanted: `key ${key.id}`,
            found: [`owner ${key.username}`],
          });
        }
        table(call.core, kind).delete(key.id);
        return DELETED;
      },
    },
  ];
}

/** Nothing is ever asked of Launchpad or GitHub: whoever is named there has one key, made up here. */
const importKeys: Action = {
  method: 'POST',
  op: 'import',
  doc: 'Import the keys that a user has elsewhere.',
  run: ({ core, user, params }) => {
    const source = params.mandatory('keysource');
    if (!/^(lp|gh):[\w.-]{1,100}$/.test(source)) {
      throw refusal('invalid', { keysource: [`Unable to import SSH keys from ${source}.`] });
    }
    const known = [...core.accounts.sshKeys.values()].filter(
      (key) => key.username === user.username && key.source === source,
    );
    if (known.length > 0) return json(known.map((key) => shown('ssh', key)));
    const blob = Buffer.from(`simulated key of ${source}`).toString('base64').replace(/=+$/, '');
    const key = core.accounts.addKey('ssh', user.username, `ssh-rsa ${blob} ${source}`, source);
    return json([shown('ssh', key)]);
  },
};

export const accountKeyResources: readonly Resource[] = [
  {
    path: 'account/prefs/sshkeys/',
    auth: { name: 'SSHKeysHandler', actions: [...collection('ssh'), importKeys] },
    anon: null,
  },
  {
    path: 'account/prefs/sshkeys/{id}/',
    auth: { name: 'SSHKeyHandler', actions: single('ssh') },
    anon: null,
  },
  {
    path: 'account/prefs/sslkeys/',
    auth: { name: 'SSLKeysHandler', actions: collection('ssl') },
    anon: null,
  },
  {
    path: 'account/prefs/sslkeys/{id}/',
    auth: { name: 'SSLKeyHandler', actions: single('ssl') },
    anon: null,
  },
];
