/** A model's settings as `ModelConfig` and the watchers tell them (facts/juju-api 3.2, 3.4). */
import { printVersion } from '../../versions/number.ts';
import { type Model, streamOf } from '../core/model.ts';

export interface Setting {
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
