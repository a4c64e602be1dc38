/** `Client`: the status of a model (facts/juju-api 3.2, 5.5). */
import { type Facade, method, modelOf } from '../facade.ts';
import { fullStatus } from '../full-status.ts';
import { flag, list, struct, text } from '../params.ts';

export const client: Facade = {
  name: 'Client',
  place: 'model',
  role: 'user',
  methods: {
    FullStatus: method(
      struct({ patterns: list(text()), 'include-storage': flag() }),
      ({ patterns }, call) => fullStatus(call.host, modelOf(call), patterns),
    ),
  },
};
