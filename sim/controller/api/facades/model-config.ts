/**
 * `ModelConfig`: a model's settings with where each comes from, and changes of them. On a controller
 * connection it answers for the controller's own model, which is how `upgrade-model` tells the two
 * apart (facts/juju-api 3.1, 3.4). What makes a model what it is cannot be set, its target least of all:
 * that is ModelUpgrader's.
 */
import type { Model } from '../../core/model.ts';
import { type Call, type Facade, method, modelOf } from '../facade.ts';
import { attributes, list, nothing, struct, text } from '../params.ts';
import { RpcError } from '../rpc.ts';
import { settingsOf } from '../settings.ts';
import { changeableModel } from './access.ts';

/** Keys that no client may change after a model was made. */
const FIXED = ['name', 'uuid', 'type', 'agent-version', 'firewall-mode'];
/** Most settings of one model, and most bytes of one value. */
const MOST_KEYS = 1_000;
const MOST_BYTES = 256 * 1024;

function requireSettable(model: Model, key: string, value: unknown): void {
  const has = settingsOf(model)[key]?.value;
  if (key === 'agent-version' && value !== has) {
    throw new RpcError('agent-version cannot be changed');
  }
  if (FIXED.includes(key) && value !== has) {
    throw new RpcError(
      `cannot change ${key} from ${JSON.stringify(has ?? '')} to ${JSON.stringify(value)}`,
    );
  }
  const full = model.config.size >= MOST_KEYS && !model.config.has(key);
  if (full || (JSON.stringify(value) ?? '').length > MOST_BYTES) {
    throw new RpcError('model config too large', 'quota limit exceeded');
  }
}

/** Constraints of a model as they were set. */
function constraintsOf(call: Call): object {
  return call.host.constraints.get(modelOf(call).uuid) ?? {};
}

export const modelConfig: Facade = {
  name: 'ModelConfig',
  place: 'both',
  role: 'user',
  methods: {
    ModelGet: method(nothing(), (_, call) => ({ config: settingsOf(modelOf(call)) })),
    ModelSet: method(struct({ config: attributes() }), ({ config }, call) => {
      const model = changeableModel(call);
      const settings = Object.entries(config);
      for (const [key, value] of settings) requireSettable(model, key, value);
      for (const [key, value] of settings) {
        if (!FIXED.includes(key)) call.host.core.setConfig(model.uuid, key, value);
      }
      return {};
    }),
    ModelUnset: method(struct({ keys: list(text()) }), ({ keys }, call) => {
      const model = changeableModel(call);
      for (const key of keys) {
        if (FIXED.includes(key)) throw new RpcError(`model attribute "${key}" cannot be removed`);
      }
      for (const key of keys) call.host.core.unsetConfig(model.uuid, key);
      return {};
    }),
    GetModelConstraints: method(nothing(), (_, call) => ({ constraints: constraintsOf(call) }), {
      since: 3,
    }),
    SetModelConstraints: method(
      struct({ application: text(), constraints: attributes() }),
      ({ constraints }, call) => {
        call.host.constraints.set(changeableModel(call).uuid, constraints);
        return {};
      },
      { since: 3 },
    ),
  },
};
