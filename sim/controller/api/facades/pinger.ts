/** `Pinger`: keeps a connection alive; both kinds of connection, everybody (facts/juju-api 1.7). */
import { type Facade, method } from '../facade.ts';
import { nothing } from '../params.ts';

export const pinger: Facade = {
  name: 'Pinger',
  place: 'both',
  role: 'any',
  methods: {
    Ping: method(nothing(), () => ({})),
    Stop: method(nothing(), () => ({})),
  },
};
