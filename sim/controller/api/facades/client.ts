/** `Client`: the status of a model, and a watcher of all in it (facts/juju-api 3.2, 5.2, 5.5). */
import { type Facade, method, modelOf } from '../facade.ts';
import { fullStatus } from '../full-status.ts';
import { flag, list, nothing, struct, text } from '../params.ts';
import { watchDeltas } from '../watch-models.ts';

export const client: Facade = {
  name: 'Client',
  place: 'model',
  role: 'user',
  methods: {
    FullStatus: method(
      struct({ patterns: list(text()), 'include-storage': flag() }),
      ({ patterns }, call) => fullStatus(call.host, modelOf(call), patterns),
    ),
    WatchAll: method(
      nothing(),
      (_, call) => {
        const { host, session } = call;
        const watched = modelOf(call);
        const source = watchDeltas(host, (model) => model === watched);
        return { 'watcher-id': session.watchers.open('AllWatcher', source) };
      },
      { eras: ['2.9', '3.6'] },
    ),
  },
};
