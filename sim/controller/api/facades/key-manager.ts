/**
 * `KeyManager`: the SSH keys that machines of a model accept, kept in the model's setting
 * `authorized-keys` as upstream keeps them (`juju ssh-keys`, `add-ssh-key`, `remove-ssh-key`).
 */
import { createHash } from 'node:crypto';
import type { Model } from '../../core/model.ts';
import { type Call, type Facade, method, modelOf } from '../facade.ts';
import { entity, flag, list, struct, text } from '../params.ts';
import { RpcError } from '../rpc.ts';
import { bulk } from '../wire-error.ts';
import { adminModel } from './access.ts';

const SETTING = 'authorized-keys';
const KEY = /^(?:ssh|ecdsa|sk)-[\w@.-]+ ([A-Za-z0-9+/]+=*)(?: (.*))?$/;
/** The key by which the controller itself reaches its machines; people see it and cannot take it away. */
const MOST_KEYS = 500;

function keysOf(model: Model): string[] {
  const text = model.config.get(SETTING);
  return typeof text === 'string' ? text.split('\n').filter((line) => line !== '') : [];
}

/** The fingerprint that people name a key by: MD5 in pairs, as clients show it. */
function fingerprint(key: string): string {
  const blob = Buffer.from(KEY.exec(key)?.[1] ?? '', 'base64');
  const pairs = createHash('md5').update(blob).digest('hex').match(/../g);
  return pairs?.join(':') ?? '';
}

function comment(key: string): string {
  return KEY.exec(key)?.[2] ?? '';
}

function store(call: Call, model: Model, keys: readonly string[]): void {
  call.host.core.setConfig(model.uuid, SETTING, keys.join('\n'));
}

const changes = () => struct({ user: text(), 'ssh-keys': list(text()) });

export const keyManager: Facade = {
  name: 'KeyManager',
  place: 'model',
  role: 'user',
  methods: {
    ListKeys: method(
      struct({ entities: struct({ entities: list(entity()) }), mode: flag() }),
      (params, call) => {
        const keys = keysOf(adminOrOwn(call));
        // The mode is true for whole keys, false for fingerprints.
        const shown = params.mode
          ? keys
          : keys.map((key) => `${fingerprint(key)} (${comment(key)})`);
        return { results: params.entities.entities.map(() => ({ result: shown })) };
      },
    ),
    AddKeys: method(changes(), (params, call) => {
      const model = adminModel(call);
      call.host.blocks.requireNone(model, 'change');
      return bulk(call.host, params['ssh-keys'], (key) => {
        const keys = keysOf(model);
        if (!KEY.test(key)) throw new RpcError(`invalid ssh key: ${key.slice(0, 80)}`);
        if (keys.some((one) => fingerprint(one) === fingerprint(key))) {
          throw new RpcError(`duplicate ssh key: ${key.slice(0, 80)}`);
        }
        if (keys.length >= MOST_KEYS) throw new RpcError('too many keys', 'quota limit exceeded');
        store(call, model, [...keys, key]);
        return {};
      });
    }),
    DeleteKeys: method(changes(), (params, call) => {
      const model = adminModel(call);
      call.host.blocks.requireNone(model, 'remove');
      return bulk(call.host, params['ssh-keys'], (named) => {
        const keys = keysOf(model);
        const kept = keys.filter((key) => fingerprint(key) !== named && comment(key) !== named);
        if (kept.length === keys.length) {
          throw new RpcError(`key not found: ${named.slice(0, 80)}`, 'not found');
        }
        store(call, model, kept);
        return {};
      });
    }),
  },
};

function adminOrOwn(call: Call): Model {
  return call.host.accounts.isSuperuser(call.session.user ?? '') ? modelOf(call) : adminModel(call);
}
