/** How `requirements/maas-reading.ts` is shown, from what the client library read. */
import {
  at,
  type Check,
  every,
  has,
  isText,
  list,
  mustFail,
  mustGoWell,
  same,
  text,
  valueIn,
  values,
} from './judge.ts';

const CAPABILITIES = [
  'networks-management',
  'static-ipaddresses',
  'ipv6-deployment-ubuntu',
  'devices-management',
  'storage-deployment-ubuntu',
  'network-deployment-ubuntu',
  'bridging-interface-ubuntu',
  'bridging-automatic-ubuntu',
  'authenticate-api',
];

/** Facts 4.1, every status name. */
export const STATUS_NAMES = new Set([
  'New',
  'Commissioning',
  'Failed commissioning',
  'Missing',
  'Ready',
  'Reserved',
  'Deployed',
  'Retired',
  'Broken',
  'Deploying',
  'Allocated',
  'Failed deployment',
  'Releasing',
  'Releasing failed',
  'Disk erasing',
  'Failed disk erasing',
  'Rescue mode',
  'Entering rescue mode',
  'Failed to enter rescue mode',
  'Exiting rescue mode',
  'Failed to exit rescue mode',
  'Testing',
  'Failed testing',
]);

const VERSION = /GET \S*\/version\//;
const MACHINES = /GET \S*\/machines\/($|\?)/;

const machines = (value: unknown) => list(value, 'machines');
const interfaces = (value: unknown) => machines(value).flatMap((one) => list(one, 'interfaces'));
const blockDevices = (value: unknown) =>
  machines(value).flatMap((one) => list(one, 'blockDevices'));

export const MAAS_READING_CHECKS: Readonly<Record<string, Check>> = {
  'maas.version.anonymous': mustGoWell('connect', VERSION),
  'maas.version.capabilities': mustGoWell('version-info', VERSION, (value) => {
    const found = new Set(list(value, 'capabilities'));
    const missing = CAPABILITIES.filter((one) => !found.has(one));
    return missing.length === 0 ? undefined : `not announced: ${missing.join(', ')}`;
  }),
  'maas.version.number': mustGoWell('version-info', VERSION, (value) =>
    isText(at(value, 'version'), 'version', /^\d+\.\d+/),
  ),
  'maas.version.unsupported': mustFail('unsupported-url', /\/nowhere\//, (_error, value) =>
    same(at(value, 'class'), 'UnsupportedVersion', 'the class of the error'),
  ),
  'maas.auth.whoami': mustGoWell('connect', /op=whoami/),
  'maas.auth.bad-key': mustFail('bad-key', /op=whoami/, (_error, value) =>
    same(at(value, 'class'), 'Permission', 'the class of the error'),
  ),
  'maas.machines.list': mustGoWell('machines', MACHINES, (value) => {
    const ids = list(value, 'ids');
    if (ids.length === 0) return 'no machine is listed';
    return new Set(ids).size === ids.length ? undefined : 'a machine is listed twice';
  }),
  'maas.machines.numbers': mustGoWell('machines', MACHINES, (value) =>
    every(
      machines(value),
      'machine',
      (one) => positive(at(one, 'memory'), 'memory') ?? positive(at(one, 'cpuCount'), 'cpuCount'),
    ),
  ),
  'maas.machines.hardware-info': mustGoWell('machines', MACHINES, (value) =>
    every(machines(value), 'machine', (one) =>
      every(values(one, 'hardwareInfo'), 'entry of hardware_info', (entry) =>
        isText(entry, 'the entry'),
      ),
    ),
  ),
  'maas.machines.status-name': mustGoWell('machines', MACHINES, (value) =>
    every(machines(value), 'machine', (one) =>
      STATUS_NAMES.has(text(one, 'statusName'))
        ? undefined
        : `status name ${JSON.stringify(at(one, 'statusName'))} is none of MAAS`,
    ),
  ),
  'maas.machines.architecture': mustGoWell('machines', MACHINES, (value) =>
    every(machines(value), 'machine', (one) =>
      isText(at(one, 'architecture'), 'architecture', /^[a-z0-9]+\/[a-z0-9.-]+$/),
    ),
  ),
  'maas.machines.zone': mustGoWell('machines', MACHINES, (value) =>
    every(machines(value), 'machine', (one) => isText(at(one, 'zone'), 'zone', /./)),
  ),
  'maas.interfaces.shape': mustGoWell('machines', MACHINES, (value) =>
    every(interfaces(value), 'interface', (one) =>
      isText(at(one, 'macAddress'), 'macAddress', /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/),
    ),
  ),
  'maas.links.omit-absent': mustGoWell('machines', MACHINES, (value) =>
    every(
      interfaces(value).flatMap((one) => list(one, 'links')),
      'link',
      (one) => isText(at(one, 'mode'), 'mode', /^(auto|static|dhcp|link_up)$/i),
    ),
  ),
  'maas.block-devices.partitions': mustGoWell('machines', MACHINES, (value) =>
    every(blockDevices(value), 'block device', (one) =>
      Array.isArray(at(one, 'partitions')) || at(one, 'partitions') === null
        ? undefined
        : 'partitions is no list',
    ),
  ),
  'maas.block-devices.sizes': mustGoWell('machines', MACHINES, (value) =>
    every(blockDevices(value), 'block device', (one) => positive(at(one, 'size'), 'size')),
  ),
  'maas.filter.hostname': mustGoWell('machines-by-hostname', /machines\/\?.*hostname=/, (value) =>
    at(value, 'ids') !== undefined && list(value, 'ids').length === 1
      ? undefined
      : `${list(value, 'ids').length} machines have the hostname ${at(value, 'asked')}`,
  ),
  'maas.filter.id': mustGoWell('machines-by-id', /machines\/\?.*id=/, (value) =>
    same(list(value, 'ids'), [at(value, 'asked')].flat(), 'the list of ids'),
  ),
  'maas.filter.zone': mustGoWell('machines-by-zone', /machines\/\?.*zone=/, (value, seen) => {
    const found = new Set(list(value, 'ids'));
    const first = machines(valueIn(seen, 'machines'));
    return every(first, 'machine', (one) => {
      const belongs = at(one, 'zone') === at(value, 'asked');
      return belongs === found.has(at(one, 'systemId'))
        ? undefined
        : `${at(one, 'systemId')} is in zone ${at(one, 'zone')} and was ${belongs ? 'not found' : 'found'}`;
    });
  }),
  'maas.filter.tag': mustGoWell('machines-by-tag', /machines\/\?.*tags=/, (value, seen) => {
    const found = new Set(list(value, 'ids'));
    const first = machines(valueIn(seen, 'machines'));
    return every(first, 'machine', (one) => {
      const belongs = list(one, 'tags').includes(at(value, 'asked'));
      return belongs === found.has(at(one, 'systemId'))
        ? undefined
        : `${at(one, 'systemId')} ${belongs ? 'has the tag and was not found' : 'lacks the tag and was found'}`;
    });
  }),
  'maas.filter.no-match': mustGoWell('machines-no-match', /machines\/\?.*hostname=/, (value) =>
    same(list(value, 'ids'), [], 'the list of ids'),
  ),
  'maas.zones.description': mustGoWell('zones', /\/zones\//, (value) =>
    every(list(value), 'zone', (one) => isText(at(one, 'description'), 'description')),
  ),
  'maas.subnets.space': mustGoWell('spaces', /\/spaces\//, (value) =>
    every(subnets(value), 'subnet', (one) => isText(at(one, 'space'), 'space', /./)),
  ),
  'maas.subnets.vlan': mustGoWell('spaces', /\/spaces\//, (value) =>
    every(subnets(value), 'subnet', (one) =>
      typeof at(one, 'vlan', 'id') === 'number' ? undefined : 'it has no VLAN',
    ),
  ),
  'maas.fabrics.vlans': mustGoWell('fabrics', /\/fabrics\//, (value) =>
    every(list(value), 'fabric', (one) =>
      list(one, 'vlans').length > 0 ? undefined : 'it has no VLAN',
    ),
  ),
  'maas.static-routes.list': mustGoWell('static-routes', /\/static-routes\//),
  'maas.domains.list': mustGoWell('domains', /\/domains\//, (value) =>
    list(value).length > 0 ? undefined : 'there is no domain',
  ),
  'maas.tags.list': mustGoWell('tags', /\/tags\//, (value) =>
    list(value).length > 0 ? undefined : 'there is no tag',
  ),
  'maas.boot-resources.list': mustGoWell('boot-resources', /\/boot-resources\//, (value) =>
    every(list(value), 'boot resource', (one) =>
      isText(at(one, 'architecture'), 'architecture', /^[a-z0-9]+\//),
    ),
  ),
  'maas.unknown-path': mustFail(
    'pools',
    /\/pools\//,
    (error) => has(error, '404') ?? has(error, /Unknown API endpoint: .*\/pools\/\./),
  ),
};

function subnets(spaces: unknown): unknown[] {
  return list(spaces).flatMap((one) => list(one, 'subnets'));
}

function positive(value: unknown, what: string): string | undefined {
  return Number.isSafeInteger(value) && (value as number) > 0
    ? undefined
    : `${what} is ${JSON.stringify(value)}`;
}
