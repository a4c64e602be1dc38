/** `Cloud`: the one cloud there is, a MAAS, as `add-model` wants to know it (facts/juju-api 3.1, 3.2). */
import { type Facade, method } from '../facade.ts';
import { knownUser, modifyAccess } from '../grants.ts';
import { entities, flag, list, nothing, struct, text } from '../params.ts';
import { RpcError } from '../rpc.ts';
import { CLOUD, REGION } from '../shapes.ts';
import { bulk } from '../wire-error.ts';
import { requireSuperuser } from './access.ts';

const MAAS = {
  type: 'maas',
  'auth-types': ['oauth1'],
  regions: [{ name: REGION }],
  'is-controller-cloud': true,
};

/** @throws RpcError for any cloud but the one there is */
export function requireCloud(tag: string): void {
  const name = tag.replace(/^cloud-/, '');
  if (name !== CLOUD) throw new RpcError(`cloud "${name}" not found`, 'not found');
}

export const cloud: Facade = {
  name: 'Cloud',
  place: 'controller',
  role: 'user',
  methods: {
    Clouds: method(nothing(), () => ({ clouds: { [`cloud-${CLOUD}`]: MAAS } })),
    Cloud: method(entities(), ({ entities }, { host }) =>
      bulk(host, entities, ({ tag }) => {
        requireCloud(tag);
        return { cloud: MAAS };
      }),
    ),
    DefaultCloud: method(nothing(), () => ({ result: `cloud-${CLOUD}` }), { until: 4 }),
    CloudInfo: method(
      entities(),
      ({ entities }, call) =>
        bulk(call.host, entities, ({ tag }) => {
          requireCloud(tag);
          const { accounts } = call.host;
          const all = accounts.isSuperuser(call.session.user ?? '');
          const users = accounts.users().flatMap((user) => {
            const access =
              user.access === 'superuser' ? 'admin' : accounts.cloudUsers.get(user.name);
            if (!access || (!all && user.name !== call.session.user)) return [];
            return [{ 'user-name': user.name, 'display-name': user.displayName, access }];
          });
          return { result: { ...MAAS, users } };
        }),
      { since: 2 },
    ),
    CredentialContents: method(
      struct({
        credentials: list(struct({ 'cloud-name': text(), 'credential-name': text() })),
        'include-secrets': flag(),
      }),
      ({ credentials }, call) => {
        const self = call.session.user ?? '';
        const wanted =
          credentials.length > 0
            ? credentials
            : [{ 'cloud-name': CLOUD, 'credential-name': 'default' }];
        return bulk(call.host, wanted, (one) => {
          requireCloud(`cloud-${one['cloud-name']}`);
          if (one['credential-name'] !== 'default') {
            throw new RpcError(
              `credential "${one['credential-name'].slice(0, 80)}" not found`,
              'not found',
            );
          }
          const { accounts } = call.host;
          const models = call.host.core
            .models()
            .filter((model) => model.life !== 'dead' && model.owner === self)
            .map((model) => ({ model: model.name, access: accounts.accessTo(self, model) ?? '' }));
          // Secrets are never told, asked for or not: the MAAS key is not the controller's to show.
          const content = {
            name: 'default',
            cloud: CLOUD,
            'auth-type': 'oauth1',
            validity: true,
            attrs: {},
          };
          return { result: { content, models } };
        });
      },
      { since: 2 },
    ),
    ListCloudInfo: method(struct({ 'user-tag': text(), all: flag() }), (_, { host, session }) => {
      const user = session.user ?? '';
      const access = host.accounts.isSuperuser(user) ? 'admin' : host.accounts.cloudUsers.get(user);
      const result = { ...MAAS, 'host-cloud-region': '', 'user-access': access ?? '' };
      return { results: access ? [{ result: { cloud: MAAS, ...result } }] : [] };
    }),
    ModifyCloudAccess: method(
      struct({
        changes: list(
          struct({ 'user-tag': text(), action: text(), access: text(), 'cloud-tag': text() }),
        ),
      }),
      ({ changes }, call) =>
        bulk(call.host, changes, (change) => {
          requireSuperuser(call);
          requireCloud(change['cloud-tag']);
          const { accounts } = call.host;
          const name = knownUser(accounts, change['user-tag']);
          const granted = {
            what: 'cloud',
            words: ['add-model', 'admin'] as const,
            get: () => accounts.cloudUsers.get(name),
            set: (access: 'add-model' | 'admin' | undefined) => {
              if (access) accounts.cloudUsers.set(name, access);
              else accounts.cloudUsers.delete(name);
            },
          };
          modifyAccess(granted, change.action, change.access);
          return {};
        }),
      { since: 3 },
    ),
    UserCredentials: method(
      struct({ 'user-clouds': list(struct({ 'user-tag': text(), 'cloud-tag': text() })) }),
      (params, { host }) =>
        bulk(host, params['user-clouds'], (wanted) => {
          requireCloud(wanted['cloud-tag']);
          const user = wanted['user-tag'].replace(/^user-/, '');
          return { result: [`cloudcred-${CLOUD}_${user}_default`] };
        }),
    ),
  },
};
