/** `Block`: which changes an operator has blocked; nothing here can be (clients to 3.6.14 list them). */
import { type Facade, method } from '../facade.ts';
import { nothing } from '../params.ts';

export const block: Facade = {
  name: 'Block',
  place: 'model',
  role: 'user',
  methods: { List: method(nothing(), () => ({ results: [] })) },
};
