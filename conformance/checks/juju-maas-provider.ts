/** Judges what Juju's own MAAS provider made of a MAAS. */
import {
  at,
  type Check,
  type Complaint,
  every,
  has,
  isText,
  type Loose,
  list,
  mustFail,
  mustGoWell,
  same,
  text,
  valueIn,
} from './judge.ts';

const MACHINES = /\/machines\//;
const DEPLOY = /machines\/\S*op=deploy/;
const ALLOCATE = /op=allocate/;

/** Ids of the spaces that the provider knows. */
function spaces(seen: Parameters<Check['judge']>[0]): string[] {
  return list(valueIn(seen, 'spaces')).map((one) => text(one, 'id'));
}

function inKnownSpace(one: Loose, seen: Parameters<Check['judge']>[0]): Complaint {
  const space = text(one, 'space');
  return spaces(seen).includes(space) ? undefined : `space ${JSON.stringify(space)} is unknown`;
}

/** A machine that came from `start…`. */
function started(step: string, look: (value: Loose) => Complaint = () => undefined): Check {
  return mustGoWell(
    step,
    DEPLOY,
    (value) =>
      isText(at(value, 'id'), 'id', /^[0-9a-z]{6}$/) ??
      isText(at(value, 'name'), 'name', /./) ??
      isText(at(value, 'hardware', 'arch'), 'architecture', /^(amd64|arm64)$/) ??
      look(value),
  );
}

const went = (step: string, wire: RegExp): Check => mustGoWell(step, wire);
const refused = (step: string, wire: RegExp, words: RegExp): Check =>
  mustFail(step, wire, (error) => has(error, words));

const CHECKS: Readonly<Record<string, Check>> = {
  ping: went('ping', /\/version\//),
  'ping-nowhere': refused('ping-nowhere', /nowhere/, /^No MAAS server running at /),
  open: went('open', /op=whoami/),
  'open-bad-key': refused(
    'open-bad-key',
    /op=whoami/,
    /^creating MAAS environ: Authorization Error: Invalid API key\.$/,
  ),
  zones: mustGoWell('zones', /\/zones\//, (value) =>
    every(list(value), 'zones', (one) => isText(one, 'zone', /./)),
  ),
  spaces: mustGoWell('spaces', /\/spaces\//, (value) =>
    every(
      list(value),
      'spaces',
      (one) =>
        isText(at(one, 'id'), 'id', /^-?\d+$/) ??
        every(list(one, 'subnets'), 'subnets', (subnet) =>
          isText(at(subnet, 'cidr'), 'CIDR', /\/\d+$/),
        ),
    ),
  ),
  subnets: mustGoWell('subnets', /\/spaces\//, (value, seen) =>
    every(list(value), 'subnets', (one) => inKnownSpace(one, seen)),
  ),
  architectures: mustGoWell('architectures', /\/boot-resources\//, (value) =>
    same(value, ['amd64', 'arm64'], 'the list of architectures'),
  ),
  'instances-before': mustGoWell('instances-before', MACHINES, (value) =>
    same(value, [], 'the list of instances'),
  ),
  'controller-instances': mustGoWell('controller-instances', MACHINES, (value) =>
    same(list(value).length, 1, 'the number of controller machines'),
  ),
  'controller-instances-other': refused(
    'controller-instances-other',
    MACHINES,
    /^model is not bootstrapped$/,
  ),
  'precheck-zone': refused('precheck-zone', /\/zones\//, /no-such-zone.* not valid/),
  start: started('start', (value) =>
    Number(at(value, 'hardware', 'cpu-cores')) >= 2 && Number(at(value, 'hardware', 'mem')) >= 1024
      ? undefined
      : 'the machine has less than was asked for',
  ),
  'start-in-zone': started('start-in-zone', (value) =>
    same(at(value, 'hardware', 'availability-zone'), at(value, 'asked'), 'the zone'),
  ),
  'start-in-space': {
    ...started('start-in-space'),
    judge: (seen) => {
      const known = list(valueIn(seen, 'spaces'));
      return started('start-in-space', (value) => {
        const wanted = known.find((one) => text(one, 'name') === text(value, 'asked'));
        const found = list(value, 'interfaces').map((one) => text(one, 'space'));
        return found.includes(text(wanted, 'id')) ? undefined : 'no interface is in that space';
      }).judge(seen);
    },
  },
  'start-with-volume': started('start-with-volume', (value) =>
    every(
      list(value, 'volumes'),
      'volumes',
      (one) =>
        (Number(at(one, 'size')) >= 1024 ? undefined : 'it is smaller than was asked for') ??
        (text(one, 'wwn') + text(one, 'hardwareId') === '' ? 'it has no hardware id' : undefined),
    ),
  ),
  'start-no-match': refused(
    'start-no-match',
    ALLOCATE,
    /^failed to acquire node: No available machine matches constraints: /,
  ),
  'start-unknown-zone': refused('start-unknown-zone', /\/zones\//, /no-such-zone.* not valid/),
  'start-taken': refused(
    'start-taken',
    ALLOCATE,
    /^failed to acquire node: No machine with system ID \S+ available\.$/,
  ),
  wait: mustGoWell('wait', MACHINES, (value) => {
    const last = list(value).at(-1);
    return isText(last, 'the last status', /^running: Deployed$/);
  }),
  instances: mustGoWell('instances', MACHINES, (value) => {
    const sorted = (key: string) => list(value, key).map(String).sort();
    return same(sorted('found'), sorted('started'), 'the list of instances');
  }),
  'instances-partial': mustGoWell(
    'instances-partial',
    MACHINES,
    (value) =>
      same(at(value, 'partial'), true, 'whether some were missing') ??
      same(at(value, 'found'), [at(value, 'asked'), ''], 'the list of instances'),
  ),
  'instances-unknown': refused('instances-unknown', MACHINES, /^instances not found$/),
  'instance-zones': mustGoWell('instance-zones', MACHINES, (value) =>
    every(Object.values(value ?? {}), 'zones', (one) => isText(one, 'zone', /./)),
  ),
  addresses: mustGoWell('addresses', MACHINES, (value, seen) =>
    every(
      list(value),
      'addresses',
      (one) => isText(at(one, 'value'), 'address', /^[\d.]+$/) ?? inKnownSpace(one, seen),
    ),
  ),
  interfaces: mustGoWell('interfaces', MACHINES, (value) =>
    every(
      list(value),
      'interfaces',
      (one) =>
        isText(at(one, 'mac'), 'MAC address', /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/) ??
        isText(at(one, 'cidr'), 'CIDR', /\/\d+$/),
    ),
  ),
  'container-addresses': mustGoWell('container-addresses', /\/devices\/|link_subnet/, (value) =>
    every(
      list(value, 'got'),
      'interfaces',
      (one) =>
        isText(at(one, 'address'), 'address', /^[\d.]+$/) ??
        same(at(one, 'cidr'), at(value, 'asked'), 'its subnet'),
    ),
  ),
  'container-release': went('container-release', /DELETE \S*\/devices\//),
  'file-put': went('file-put', /POST \S*\/files\//),
  'file-get': mustGoWell('file-get', /GET \S*\/files\//, (value) =>
    same(at(value, 'got'), at(value, 'asked'), 'what was read'),
  ),
  'file-list': mustGoWell('file-list', /GET \S*\/files\//, (value) =>
    same(value, ['suite-hello'], 'the list of files'),
  ),
  'file-remove': went('file-remove', /DELETE \S*\/files\//),
  'file-get-removed': refused('file-get-removed', /GET \S*\/files\//, / not found$/),
  adopt: went('adopt', /op=set_owner_data/),
  stop: went('stop', /op=release/),
  'stop-again': went('stop-again', /op=release/),
  gone: mustGoWell('gone', MACHINES, (value) => same(value, [], 'the list of instances')),
};

/** By requirement id. */
export const JUJU_MAAS_PROVIDER_CHECKS: Readonly<Record<string, Check>> = Object.fromEntries(
  Object.entries(CHECKS).map(([step, check]) => [`maas.juju.${step}`, check]),
);
