/**
 * `ModelConfig`: a model's settings with where each comes from. On a controller connection it answers
 * for the controller's own model, which is how `upgrade-model` tells the two apart (facts/juju-api 3.4).
 */
import { type Facade, method, modelOf } from '../facade.ts';
import { nothing } from '../params.ts';
import { settingsOf } from '../settings.ts';

export const modelConfig: Facade = {
  name: 'ModelConfig',
  place: 'both',
  role: 'user',
  methods: {
    ModelGet: method(nothing(), (_, call) => ({ config: settingsOf(modelOf(call)) })),
    GetModelConstraints: method(nothing(), () => ({ constraints: {} }), { since: 3 }),
  },
};
