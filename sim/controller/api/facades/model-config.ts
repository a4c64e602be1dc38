/**
 * `ModelConfig`: a model's settings with where each comes from. On a controller connection it answers
 * for the controller's own model, which is how `upgrade-model` tells the two apart (facts/juju-api 3.4).
 */
import { printVersion } from '../../../versions/number.ts';
import { type Model, streamOf } from '../../core/model.ts';
import { type Facade, method, modelOf } from '../facade.ts';
import { nothing } from '../params.ts';

interface Setting {
  readonly value: unknown;
  readonly source: 'model' | 'default';
}

/** All settings of a model as `{value, source}`. */
export function settingsOf(model: Model): Record<string, Setting> {
  const set = (value: unknown): Setting => ({ value, source: 'model' });
  const own = [...model.config].map(([key, value]) => [key, set(value)] as const);
  return {
    'agent-stream': { value: streamOf(model), source: 'default' },
    'logging-config': { value: '<root>=INFO', source: 'default' },
    ...Object.fromEntries(own),
    name: set(model.name),
    uuid: set(model.uuid),
    type: set('maas'),
    'agent-version': set(printVersion(model.target)),
  };
}

export const modelConfig: Facade = {
  name: 'ModelConfig',
  place: 'both',
  role: 'user',
  methods: {
    ModelGet: method(nothing(), (_, call) => ({ config: settingsOf(modelOf(call)) })),
    GetModelConstraints: method(nothing(), () => ({ constraints: {} }), { since: 3 }),
  },
};
