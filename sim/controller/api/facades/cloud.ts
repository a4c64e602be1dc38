/** `Cloud`: the one cloud there is, a MAAS, as `add-model` wants to know it (facts/juju-api 3.1, 3.2). */
import { type Facade, method } from '../facade.ts';
import { entities, list, nothing, struct, text } from '../params.ts';
import { RpcError } from '../rpc.ts';
import { CLOUD, REGION } from '../shapes.ts';
import { bulk } from '../wire-error.ts';

const MAAS = {
  type: 'maas',
  'auth-types': ['oauth1'],
  regions: [{ name: REGION }],
  'is-controller-cloud': true,
};

function requireCloud(tag: string): void {
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
