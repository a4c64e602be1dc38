/** Judges what the real cloud-init made of the metadata service. */
import {
  at,
  type Check,
  every,
  has,
  list,
  mustExchange,
  mustFail,
  mustGoWell,
  same,
  text,
  valueIn,
  verdict,
  withStep,
} from './judge.ts';

const ITEM = /GET \S*\/metadata\/2012-03-01\//;
const INSTANCE_ID = /meta-data\/instance-id/;
const USER_DATA = /2012-03-01\/user-data/;
const VENDOR_DATA = /meta-data\/vendor-data/;
const STATUS = /POST \S*\/metadata\/status\//;
const MACHINE = /GET \S*\/machines\/\w+\/$/;

type Seen = Parameters<Check['judge']>[0];
/** What the driver gave the machine, or had been told of it. */
const machine = (seen: Seen, key: string): string => text(valueIn(seen, 'machine'), key);

export const CLOUD_INIT_CHECKS: Readonly<Record<string, Check>> = {
  'maas.metadata.found': mustGoWell('init', ITEM),
  'maas.metadata.datasource': mustGoWell(
    'result',
    ITEM,
    (value) =>
      has(text(value, 'datasource'), /^DataSourceMAAS \[http.*\/metadata\/\]$/) ??
      same(list(value, 'errors'), [], 'the list of errors'),
  ),
  'maas.metadata.cloud-name': mustGoWell('instance', ITEM, (value) =>
    same([at(value, 'cloudName'), at(value, 'platform')], ['maas', 'maas'], 'cloud and platform'),
  ),
  'maas.metadata.deployed': mustGoWell('status-after', USER_DATA, (value) =>
    same(value, 'Deployed', 'the status'),
  ),
  'maas.metadata.waits': mustGoWell('status-before', MACHINE, (value) =>
    same(value, 'Deploying', 'the status'),
  ),
  'maas.metadata.instance-id': mustGoWell('instance', INSTANCE_ID, (value, seen) =>
    same(at(value, 'instanceId'), machine(seen, 'systemId'), 'the instance id'),
  ),
  'maas.metadata.local-hostname': mustGoWell('instance', /local-hostname/, (value, seen) =>
    same(at(value, 'datasource', 'local-hostname'), machine(seen, 'fqdn'), 'the hostname'),
  ),
  'maas.metadata.public-keys': mustGoWell('instance', /public-keys/, (value, seen) =>
    same(at(value, 'publicKeys'), [machine(seen, 'sshKey')], 'the list of keys'),
  ),
  'maas.metadata.vendor-data': mustGoWell('vendor-data', VENDOR_DATA, (value) =>
    has(String(value), /^#cloud-config\n/),
  ),
  'maas.metadata.vendor-data-merged': mustGoWell('vendor-cloud-config', VENDOR_DATA, (value) =>
    has(String(value), /^ntp:$/m),
  ),
  'maas.metadata.user-data': mustGoWell('user-data', USER_DATA, (value, seen) =>
    same(value, machine(seen, 'userData'), 'the user data'),
  ),
  'maas.metadata.user-data-ran': mustGoWell('user-data-ran', USER_DATA, (value, seen) =>
    same(value, `ran on ${machine(seen, 'systemId')}\n`, 'what the script left'),
  ),
  'maas.metadata.bad-key': mustExchange(INSTANCE_ID, (recorded) =>
    every(
      recorded.filter((one) => one.requestHeaders.authorization?.includes('%26wrong')),
      'request with a wrong key',
      (one) =>
        same(at(one, 'status'), 401, 'the answer') ??
        has(text(one, 'answerHeaders', 'date'), /^\w{3}, \d\d \w{3} \d{4} /),
    ),
  ),
  'maas.metadata.bad-key-nobody': mustFail('datasource-bad-key', INSTANCE_ID, (error) =>
    has(error, 'FileNotFoundError'),
  ),
  'maas.metadata.bad-key-unheard': mustGoWell('status-bad-key', MACHINE, (value) =>
    same(value, 'Deploying', 'the status'),
  ),
  'maas.metadata.status-message': mustExchange(STATUS, (recorded) =>
    every(recorded, 'report', (one) => same(at(one, 'status'), 204, 'the answer')),
  ),
  'maas.metadata.status-events': {
    wire: STATUS,
    step: 'events',
    judge: (seen) =>
      withStep(seen, 'events', ({ value }) => {
        const said = list(value).map((one) => text(one, 1));
        const found = said.some((one) => one.startsWith("'cloudinit' "));
        return verdict(
          found ? undefined : `none of ${said.length} events is cloud-init’s`,
          'the reports are among the events',
        );
      }),
  },
};
