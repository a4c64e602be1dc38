/** `UserManager`: who the users are (facts/juju-api 3.1). */
import type { User } from '../accounts.ts';
import { DISPATCH } from '../eras.ts';
import { type Call, type Facade, method } from '../facade.ts';
import { entity, flag, list, struct } from '../params.ts';
import { RpcError } from '../rpc.ts';
import { wireTime } from '../shapes.ts';
import { bulk } from '../wire-error.ts';

function info(user: User, { host }: Call): object {
  return {
    result: {
      username: user.name,
      'display-name': user.displayName,
      access: user.access,
      'created-by': 'admin',
      'date-created': wireTime(host.core, user.createdMs),
      disabled: false,
    },
  };
}

export const userManager: Facade = {
  name: 'UserManager',
  place: 'controller',
  role: 'user',
  methods: {
    UserInfo: method(
      struct({ entities: list(entity()), 'include-disabled': flag() }),
      ({ entities }, call) => {
        const { accounts } = call.host;
        const self = call.session.user ?? '';
        const superuser = accounts.user(self)?.access === 'superuser';
        if (entities.length === 0) {
          const visible = accounts.users().filter((user) => superuser || user.name === self);
          return { results: visible.map((user) => info(user, call)) };
        }
        return bulk(call.host, entities, ({ tag }) => {
          const name = tag.replace(/^user-/, '');
          if (!superuser && name !== self) throw DISPATCH.permission();
          const user = accounts.user(name);
          if (!user) throw new RpcError(`user "${name}" not found`, 'user not found');
          return info(user, call);
        });
      },
    ),
  },
};
