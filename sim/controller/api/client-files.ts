/**
 * The files that point a real `juju` CLI at a controller that it never bootstrapped: the contents of
 * a `JUJU_DATA` directory (facts/juju-api 2.8). The stored password keeps the CLI out of the macaroon
 * dance; `last-known-access` and the model `controller` are what `upgrade-controller` looks for.
 */
import { stringify } from 'yaml';

export interface ClientFilesOptions {
  /** What the controller is called on the client's side. */
  readonly name: string;
  readonly uuid: string;
  /** `host:port`. */
  readonly address: string;
  readonly caCert: string;
  /** What the controller runs. */
  readonly version: string;
  readonly user: string;
  readonly password: string;
  readonly models: readonly {
    readonly name: string;
    readonly owner: string;
    readonly uuid: string;
  }[];
  /** Name of the model that commands mean unless told; must be among `models`. */
  readonly currentModel?: string;
  /** The MAAS behind it, for the cloud's endpoint and credential. */
  readonly maas?: { readonly url: string; readonly apiKey: string };
}

/** Files by name, to be written with mode 0600 into one directory; keep them secret. */
export function jujuClientFiles(o: ClientFilesOptions): Record<string, string> {
  const models = Object.fromEntries(
    o.models.map(({ owner, name, uuid }) => [`${owner}/${name}`, { uuid, type: 'iaas' }]),
  );
  const current = o.models.find((model) => model.name === o.currentModel);
  const controllers = {
    controllers: {
      [o.name]: {
        uuid: o.uuid,
        'api-endpoints': [o.address],
        'ca-cert': o.caCert,
        cloud: 'maas',
        region: 'default',
        type: 'maas',
        'agent-version': o.version,
        'controller-machine-count': 1,
        'active-controller-machine-count': 1,
      },
    },
    'current-controller': o.name,
  };
  const accounts = {
    controllers: {
      [o.name]: { user: o.user, password: o.password, 'last-known-access': 'superuser' },
    },
  };
  const currentModel = current ? { 'current-model': `${current.owner}/${current.name}` } : {};
  const clouds = {
    clouds: {
      maas: {
        type: 'maas',
        'auth-types': ['oauth1'],
        ...(o.maas ? { endpoint: o.maas.url } : {}),
        regions: { default: o.maas ? { endpoint: o.maas.url } : {} },
      },
    },
  };
  const credentials = {
    credentials: o.maas
      ? { maas: { default: { 'auth-type': 'oauth1', 'maas-oauth': o.maas.apiKey } } }
      : {},
  };
  return {
    'controllers.yaml': stringify(controllers),
    'accounts.yaml': stringify(accounts),
    'models.yaml': stringify({ controllers: { [o.name]: { models, ...currentModel } } }),
    'clouds.yaml': stringify(clouds),
    'credentials.yaml': stringify(credentials),
  };
}
