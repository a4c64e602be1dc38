/**
 * The facades of watchers: one for each kind, all with `Next` and `Stop`; the watcher's id stands in
 * the envelope (facts/juju-api 5.1). Who may ask follows from who can have made one.
 */
import { type Facade, method, type Place, type Role } from '../facade.ts';
import { nothing } from '../params.ts';
import type { WatcherKind } from '../watchers.ts';

function watcherFacade(name: WatcherKind, place: Place, role: Role): Facade {
  return {
    name,
    place,
    role,
    methods: {
      Next: method(nothing(), (_, { id, session }) => session.watchers.next(name, id)),
      Stop: method(nothing(), (_, { id, session }) => {
        session.watchers.stop(name, id);
        return {};
      }),
    },
  };
}

export const watcherFacades: readonly Facade[] = [
  watcherFacade('NotifyWatcher', 'both', 'any'),
  watcherFacade('StringsWatcher', 'model', 'any'),
  watcherFacade('AllWatcher', 'model', 'user'),
  watcherFacade('AllModelWatcher', 'controller', 'user'),
  watcherFacade('ModelSummaryWatcher', 'controller', 'user'),
];
