/** Judges what the real python-libmaas made of a MAAS. */
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
  values,
} from './judge.ts';
import { STATUS_NAMES } from './maas-reading.ts';

type Look = NonNullable<Parameters<typeof mustGoWell>[2]>;

const READ_MACHINES = /GET \S*\/machines\//;
const CHANGE_MACHINE = /POST \S*\/machines\//;

/** A list of objects that each have this key as text. */
const texts =
  (key: string): Look =>
  (value) =>
    every(list(value), key, (one) => isText(at(one, key), key, /./));

const names: Look = (value) => every(list(value), 'name', (one) => isText(one, 'name', /./));

/** An object with exactly these values under these keys. */
const holds =
  (wanted: Readonly<Record<string, Loose>>): Look =>
  (value) => {
    for (const [key, one] of Object.entries(wanted)) {
      const complaint = same(at(value, key), one, key);
      if (complaint) return complaint;
    }
    return undefined;
  };

const refused = (step: string, wire: RegExp, error: RegExp): Check =>
  mustFail(step, wire, (found) => has(found, error));

function machine(value: Loose): Complaint {
  return (
    isText(at(value, 'systemId'), 'system_id', /^[0-9a-z]{6}$/) ??
    isText(at(value, 'architecture'), 'architecture', /^[a-z0-9]+\//) ??
    (STATUS_NAMES.has(text(value, 'statusName')) ? undefined : 'the status name is none of MAAS') ??
    isNumber(at(value, 'status'), 'status') ??
    isNumber(at(value, 'memory'), 'memory')
  );
}

function isNumber(value: Loose, what: string): Complaint {
  return typeof value === 'number' ? undefined : `${what} is ${JSON.stringify(value)}`;
}

const holdsWhat = (what: string, yes: boolean): Complaint => (yes ? undefined : `no ${what}`);

const BY_STEP: Readonly<Record<string, { wire: RegExp; look?: Look } | Check>> = {
  'connect-anonymous': {
    wire: /\/version\//,
    look: (value) =>
      isText(at(value, 'version'), 'version', /^\d+\.\d+/) ??
      has(text(value, 'capabilities'), 'networks-management'),
  },
  connect: { wire: /\/describe\// },
  describe: {
    wire: /\/describe\//,
    look: (value, seen) => {
      const hash = text(value, 'hash');
      const carried = seen.recorded?.find((one) => one.what.includes('op=whoami'));
      return (
        isText(hash, 'hash', /^[0-9a-f]{40}$/) ??
        every(list(value, 'resources'), 'resource', (one) =>
          isText(at(one, 'name'), 'name', /./),
        ) ??
        (carried && same(carried.answerHeaders['x-maas-api-hash'], hash, 'the hash of an answer'))
      );
    },
  },
  handlers: {
    wire: /\/describe\//,
    look: (value) =>
      every(values(value), 'handler', (one) => {
        const placeholders = [...text(one, 'path').matchAll(/\{(\w+)\}/g)].map((found) => found[1]);
        return same(list(one, 'params'), placeholders.sort(), 'the list of parameters');
      }),
  },
  whoami: { wire: /op=whoami/, look: holds({ username: 'admin', isAdmin: true }) },
  'bad-key': refused('bad-key', /op=whoami/, /HTTP 401 Unauthorized .*Invalid API key/),
  'connect-nowhere': refused('connect-nowhere', /nowhere/, /^RemoteError: .* 404 Not Found/),
  'users-create': {
    wire: /POST \S*\/users\//,
    look: holds({ username: 'libmaas', email: 'libmaas@example.com', isAdmin: false }),
  },
  login: {
    wire: /accounts\/authenticate/,
    look: (value) => same(value, 'libmaas', 'the user'),
  },
  'login-wrong-password': refused(
    'login-wrong-password',
    /accounts\/authenticate/,
    /^RemoteError: /,
  ),
  users: {
    wire: /GET \S*\/users\//,
    look: (value) => holdsWhat('admin', list(value).includes('admin')),
  },
  credentials: {
    wire: /\/account\//,
    look: holds({ consumer: 18, token: 18, secret: 32 }),
  },
  'ssh-keys': {
    wire: /sshkeys/,
    look: (value) =>
      same(at(value, 'got'), at(value, 'made'), 'the key that was read') ??
      holdsWhat('such key in the list', list(value, 'listed').includes(at(value, 'made'))),
  },
  machines: {
    wire: READ_MACHINES,
    look: (value) => every(list(value), 'machine', machine),
  },
  machine: {
    wire: READ_MACHINES,
    look: (value) =>
      machine(value) ??
      isText(at(value, 'zone'), 'zone', /./) ??
      isText(at(value, 'pool'), 'pool', /./) ??
      isText(at(value, 'domain'), 'domain', /./),
  },
  'machine-unknown': refused(
    'machine-unknown',
    /machines\/zzzzzz/,
    /HTTP 404 Not Found \(No Machine matches/,
  ),
  'machines-by-hostname': {
    wire: /machines\/\?hostname/,
    look: (value) => same(list(value, 'found'), [at(value, 'asked')], 'the list of hostnames'),
  },
  'machine-interfaces': {
    wire: READ_MACHINES,
    look: (value) =>
      every(
        list(value),
        'interface',
        (one) =>
          isText(at(one, 'mac'), 'MAC address', /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/) ??
          (at(one, 'vlan') === null ? undefined : isNumber(at(one, 'vlan'), 'VID')) ??
          isNumber(at(one, 'effectiveMtu'), 'effective_mtu'),
      ),
  },
  'machine-block-devices': {
    wire: READ_MACHINES,
    look: (value) =>
      every(list(value), 'disk', (one) => isNumber(at(one, 'size'), 'size')) ??
      holdsWhat(
        'disk with partitions',
        list(value).some((one) => list(one, 'partitions').length > 0),
      ),
  },
  'machine-boot-disk': {
    wire: READ_MACHINES,
    look: (value) =>
      isNumber(at(value, 'disk'), 'boot disk') ??
      isNumber(at(value, 'interface'), 'boot interface'),
  },
  'machine-tags': { wire: READ_MACHINES, look: names },
  'machine-storage-groups': {
    wire: READ_MACHINES,
    look: (value) => same(value, [0, 0, 0, 0], 'the number of each'),
  },
  'machine-details': {
    wire: /op=details/,
    look: (value) => same(value, ['lldp', 'lshw'], 'the list of parts'),
  },
  'power-parameters': {
    wire: /op=power_parameters/,
    look: (value) => holdsWhat('parameters', values(value).length > 0),
  },
  'power-parameters-for': {
    wire: /machines\/\?\S*op=power_parameters/,
    look: (value) =>
      same(list(value, 'found'), list(value, 'asked').sort(), 'the list of machines'),
  },
  zones: { wire: /\/zones\//, look: texts('name') },
  pools: { wire: /resourcepool/, look: texts('name') },
  domains: { wire: /\/domains\//, look: texts('name') },
  tags: { wire: /\/tags\//, look: names },
  fabrics: {
    wire: /\/fabrics\//,
    look: (value) =>
      every(list(value), 'fabric', (one) => holdsWhat('VLAN', list(one, 'vlans').length > 0)),
  },
  spaces: { wire: /\/spaces\//, look: texts('name') },
  subnets: {
    wire: /\/subnets\//,
    look: (value) =>
      every(
        list(value),
        'subnet',
        (one) => isText(at(one, 'cidr'), 'CIDR', /\/\d+$/) ?? isNumber(at(one, 'vlan'), 'VID'),
      ),
  },
  'boot-resources': { wire: /boot-resources/, look: texts('architecture') },
  'rack-controllers': { wire: /rackcontrollers/, look: names },
  'region-controllers': { wire: /regioncontrollers/, look: names },
  config: {
    wire: /op=[gs]et_config/,
    look: holds({ name: 'renamed', defaultOs: 'ubuntu', proxy: true }),
  },
  'zone-crud': { wire: /\/zones\//, look: holds({ changed: 'changed', left: false }) },
  'pool-crud': { wire: /resourcepool/, look: holds({ changed: 'changed', left: false }) },
  'domain-crud': {
    wire: /\/domains\//,
    look: holds({ name: 'libmaas.example', ttl: 60, left: false }),
  },
  'tag-crud': {
    wire: /\/tags\//,
    look: (value) =>
      holdsWhat('such tag on the machine', list(value, 'tagged').includes('libmaas-tag')) ??
      holdsWhat('end of the tag', !list(value, 'untagged').includes('libmaas-tag')) ??
      same(at(value, 'left'), false, 'what is left'),
  },
  'network-crud': {
    wire: /\/(fabrics|vlans|subnets|spaces|ipranges)\//,
    look: (value) =>
      holds({ vid: 42, mtu: 9000, left: [] })(value, NOTHING) ??
      holds({ name: 'renamed', cidr: '192.168.42.0/24', gateway: '192.168.42.1', vlan: 42 })(
        at(value, 'subnet'),
        NOTHING,
      ) ??
      holdsWhat('such range', list(value, 'ranges').includes('192.168.42.10')),
  },
  'static-route-crud': {
    wire: /static-routes/,
    look: (value) =>
      same([at(value, 'gateway'), at(value, 'metric')], [at(value, 'asked'), 7], 'it'),
  },
  'device-crud': {
    wire: /\/devices\//,
    look: holds({ hostname: 'libmaas-device', macs: ['52:54:00:aa:bb:cc'], left: [] }),
  },
  'machine-create': {
    wire: CHANGE_MACHINE,
    look: holds({ hostname: 'libmaas-machine', statusName: 'Commissioning', powerType: 'manual' }),
  },
  allocate: { wire: /op=allocate/, look: holds({ statusName: 'Allocated', status: 10 }) },
  'allocate-constrained': {
    wire: /op=allocate/,
    look: (value) => same(at(value, 'zone'), at(value, 'asked'), 'the zone'),
  },
  'allocate-not-zones': refused(
    'allocate-not-zones',
    /op=allocate/,
    /HTTP 400 Bad Request .*not_in_zones/s,
  ),
  'allocate-no-match': refused('allocate-no-match', /op=allocate/, /^MachineNotFound: /),
  'set-owner-data': { wire: /op=set_owner_data/, look: holds({ who: 'libmaas' }) },
  'interface-links': {
    wire: /op=(un)?link_subnet/,
    look: (value) =>
      same(at(value, 'mode'), 'dhcp', 'the mode') ??
      holdsWhat('new id', !list(value, 'before').includes(at(value, 'made'))) ??
      same(list(value, 'after'), list(value, 'before'), 'the list of links'),
  },
  'interface-vlan': {
    wire: /op=create_vlan/,
    look: (value) =>
      same(at(value, 'made'), `${text(value, 'parent')}.77`, 'the name') ??
      holdsWhat('such interface', list(value, 'names').includes(at(value, 'made'))),
  },
  'partition-crud': { wire: /\/partition/, look: holds({ mounted: '/srv', left: 0 }) },
  'power-query': {
    wire: /op=query_power_state/,
    look: (value) => isText(value, 'power state', /^(on|off)$/),
  },
  deploy: { wire: /op=deploy/, look: holds({ statusName: 'Deploying', status: 9 }) },
  'deploy-wait': { wire: READ_MACHINES, look: holds({ statusName: 'Deployed', status: 6 }) },
  lock: { wire: /op=(un)?lock/, look: holds({ locked: true, after: false }) },
  'deploy-again': refused('deploy-again', /op=deploy/, /HTTP 409 Conflict .*'Deployed'/),
  'rescue-mode': {
    wire: /rescue_mode/,
    look: holds({ inside: 'Rescue mode', after: 'Deployed' }),
  },
  'power-off': { wire: /op=power_off/, look: (value) => same(value, 'off', 'the power state') },
  release: { wire: /op=release/, look: holds({ statusName: 'Ready', ownerData: {} }) },
  commission: { wire: /op=commission/, look: holds({ during: 'Commissioning', after: 'Ready' }) },
  abort: { wire: /op=abort/, look: holds({ during: 'Commissioning', after: 'New' }) },
  'mark-broken': { wire: /op=mark_/, look: holds({ broken: 'Broken', fixed: 'Ready' }) },
  'not-mine': refused('not-mine', /op=mark_broken/, /HTTP 403 Forbidden/),
  events: {
    wire: /\/events\//,
    look: (value) =>
      every(
        list(value),
        'event',
        (one) => isNumber(at(one, 'id'), 'id') ?? isText(at(one, 'created'), 'date', /^20\d\d-/),
      ),
  },
  'events-prev': {
    wire: /\/events\//,
    look: (value) => {
      const oldest = Math.min(...list(value, 'ids').map(Number));
      return every(list(value, 'older'), 'older event', (one) =>
        holdsWhat('age', Number(one) < oldest),
      );
    },
  },
};

/** For looks at a part of a value, which need nothing else of what was seen. */
const NOTHING = { observations: [], recorded: undefined, target: {} };

export const PYTHON_LIBMAAS_CHECKS: Readonly<Record<string, Check>> = Object.fromEntries(
  Object.entries(BY_STEP).map(([step, how]) => [
    `maas.libmaas.${step}`,
    'judge' in how ? how : mustGoWell(step, how.wire, how.look),
  ]),
);
