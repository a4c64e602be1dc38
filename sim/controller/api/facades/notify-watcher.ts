/** `NotifyWatcher`: the id stands in the envelope (facts/juju-api 5.1). */
import { type Facade, method } from '../facade.ts';
import { nothing } from '../params.ts';

export const notifyWatcher: Facade = {
  name: 'NotifyWatcher',
  place: 'both',
  role: 'any',
  methods: {
    Next: method(nothing(), (_, { id, session }) => session.watchers.next(id)),
    Stop: method(nothing(), (_, { id, session }) => {
      session.watchers.stop(id);
      return {};
    }),
  },
};
