/** How `requirements/maas-lifecycle.ts` is shown, from what the client library did and got. */
import type { Recorded } from '../types.ts';
import {
  at,
  type Check,
  every,
  failed,
  has,
  isText,
  list,
  mustExchange,
  mustFail,
  mustGoWell,
  notRun,
  same,
  sending,
  stepOf,
  text,
  valueIn,
  verdict,
} from './judge.ts';

const ALLOCATE = /POST \S*\/machines\/\?op=allocate/;
const DEPLOY = /op=deploy/;
/** A form that asks for any machine, for good. */
const UNCONSTRAINED = /^(?!.*(dry_run|&name|storage|interfaces|mem|zone|system_id)=).*$/;
const RELEASE = /op=release/;
const ANY_MAAS = /\/MAAS\//;

const classIs = (wanted: string) => (_error: string, value: unknown) =>
  same(at(value, 'class'), wanted, 'the class of the error');

export const MAAS_LIFECYCLE_CHECKS: Readonly<Record<string, Check>> = {
  'maas.devices.create': mustGoWell('create-device', /POST \S*\/devices\//, (value) =>
    isText(at(value, 'systemId'), 'systemId', /./),
  ),
  'maas.devices.interface': mustGoWell('device-create-interface', /op=create_physical/),
  'maas.devices.link-subnet': mustGoWell('device-link-subnet', /op=link_subnet/, (value) =>
    every(list(value, 'links'), 'link', (one) =>
      isText(at(one, 'ipAddress'), 'ipAddress', /^[0-9a-f.:]{3,}$/),
    ),
  ),
  'maas.devices.delete': mustGoWell('delete-device', /DELETE \S*\/devices\//),
  'maas.devices.delete-missing': mustFail(
    'delete-device-again',
    /DELETE \S*\/devices\//,
    classIs('NoMatch'),
  ),
  'maas.files.add': mustGoWell('file-add', /POST \S*\/files\//),
  'maas.files.list': mustGoWell('files', /GET \S*\/files\/($|\?(?!op))/, (value) =>
    list(value).length > 0 ? undefined : 'the file that was added is not listed',
  ),
  'maas.files.round-trip': {
    wire: /GET \S*\/files\//,
    judge: (seen) => {
      const read = stepOf(seen, 'file-read');
      if (!read) return notRun('the driver took no step file-read');
      if (!read.ok) return failed(`file-read failed: ${read.error}`);
      const wanted = at(read.value, 'asked');
      return verdict(
        same(at(read.value, 'content'), wanted, 'the content read'),
        'the file was read as it was written',
      );
    },
  },
  'maas.files.delete': mustGoWell('file-delete', /DELETE \S*\/files\//),
  'maas.files.missing': mustFail('file-get-missing', /\/files\//, classIs('NoMatch')),
  'maas.allocate.constraints-by-type': sending(UNCONSTRAINED, mustGoWell('allocate', ALLOCATE)),
  'maas.allocate.allocated': sending(
    UNCONSTRAINED,
    mustGoWell('allocate', ALLOCATE, (value) =>
      same(at(value, 'statusAfter'), 'Allocated', 'the status in the next list'),
    ),
  ),
  'maas.allocate.dry-run': sending(
    /dry_run=true/,
    mustGoWell('allocate-dry-run', ALLOCATE, (value) =>
      same(at(value, 'statusAfter'), 'Ready', 'the status in the next list'),
    ),
  ),
  'maas.allocate.storage': sending(
    /storage=/,
    mustGoWell('allocate-constraints', ALLOCATE, (value) => {
      const own = new Set(list(value, 'machine', 'blockDevices').map((one) => at(one, 'id')));
      return every(['root', 'data'], 'label', (label) =>
        every(list(value, 'storage', label as string), `match of ${label}`, (id) =>
          own.has(id) ? undefined : `${id} is no block device of the machine`,
        ),
      );
    }),
  ),
  'maas.allocate.interfaces': sending(
    /interfaces=/,
    mustGoWell('allocate-constraints', ALLOCATE, (value) => {
      const own = new Set(list(value, 'machine', 'interfaces').map((one) => at(one, 'id')));
      const matches = Object.values((at(value, 'interfaces') ?? {}) as Record<string, unknown>);
      return every(matches.flat(), 'interface match', (id) =>
        own.has(id) ? undefined : `${id} is no interface of the machine`,
      );
    }),
  ),
  'maas.allocate.by-name': sending(
    /(^|&)name=/,
    mustGoWell('allocate-by-name', ALLOCATE, (value) =>
      same(at(value, 'machine', 'hostname'), at(value, 'asked'), 'the hostname'),
    ),
  ),
  'maas.allocate.no-match': sending(
    /mem=/,
    mustFail('allocate-no-match', ALLOCATE, classIs('NoMatch')),
  ),
  'maas.allocate.no-retry': sending(
    /mem=/,
    mustExchange(ALLOCATE, (recorded) => {
      const asked = new Map<string, number>();
      for (const one of recorded.filter((each) => each.status === 409)) {
        asked.set(one.requestBody, (asked.get(one.requestBody) ?? 0) + 1);
      }
      if (asked.size === 0) return 'no allocation was refused';
      const repeated = [...asked].find(([, times]) => times > 1);
      return repeated && `asked ${repeated[1]} times: ${repeated[0]}`;
    }),
  ),
  'maas.allocate.taken': mustFail('allocate-taken', ALLOCATE, classIs('NoMatch')),
  'maas.allocate.unknown-zone': sending(
    /zone=/,
    mustFail(
      'allocate-unknown-zone',
      ALLOCATE,
      (error) => has(error, /400/) ?? has(error, 'No such zone'),
    ),
  ),
  'maas.deploy.answer': mustGoWell('start', DEPLOY, (value) =>
    same(at(value, 'statusName'), 'Deploying', 'the status in the answer'),
  ),
  'maas.deploy.illegal': mustFail('start-again', DEPLOY, classIs('BadRequest')),
  'maas.deploy.deployed': mustGoWell('wait-deployed', /machines\//, (value) =>
    same(list(value, 'statuses').at(-1), 'Deployed', 'the last status'),
  ),
  'maas.deploy.addresses': mustGoWell('wait-deployed', /machines\//, (value) =>
    every(list(value, 'machine', 'ipAddresses'), 'address', (one) =>
      isText(one, 'the address', /^[0-9a-f.:]{3,}$/),
    ),
  ),
  'maas.owner-data.set': mustGoWell('set-owner-data', /op=set_owner_data/, (value) =>
    contains(at(value, 'ownerData'), at(value, 'asked')),
  ),
  'maas.owner-data.kept': mustGoWell('owner-data', /machines\//, (value, seen) =>
    contains(at(value, 'ownerData'), at(valueIn(seen, 'set-owner-data'), 'asked')),
  ),
  'maas.owner-data.filter': mustGoWell('machines-by-owner-data', /machines\//, (value) =>
    list(value, 'ids').length === 1
      ? undefined
      : `${list(value, 'ids').length} machines have the owner data`,
  ),
  'maas.release.ready': mustGoWell('release', RELEASE, (value) =>
    same(at(value, 'statusAfter'), 'Ready', 'the status in the next list'),
  ),
  'maas.release.unknown': mustFail('release-unknown', RELEASE, classIs('BadRequest')),
  'maas.client.signs': mustExchange(ANY_MAAS, (recorded) => {
    const bare = recorded.find((one) => !nonceOf(one) && !/\/version\//.test(one.what));
    if (bare) return `${bare.what} was not signed`;
    const nonces = recorded.map(nonceOf).filter((one) => one !== undefined);
    return new Set(nonces).size === nonces.length ? undefined : 'a nonce was used twice';
  }),
  'maas.client.trailing-slash': mustExchange(ANY_MAAS, (recorded) => {
    const bare = recorded.find((one) => !/\/(\?.*)?$/.test(one.what));
    return bare && `${bare.what} does not end in a slash`;
  }),
  'maas.client.op-in-query': mustExchange(/^POST /, (recorded) => {
    const without = recorded.find((one) => !/[?&]op=/.test(one.what));
    return without && `${without.what} names no op`;
  }),
  'maas.client.version-first': mustExchange(/\/api\/2\.0\//, (recorded) =>
    every(
      [/\/version\//, /op=whoami/].map((wanted, index) => [wanted, recorded[index]?.what]),
      'request',
      (pair) => has(text(pair, 1), at(pair, 0) as RegExp),
    ),
  ),
};

function nonceOf(one: Recorded): string | undefined {
  return /oauth_nonce="?([^",]+)/.exec(one.requestHeaders.authorization ?? '')?.[1];
}

function contains(found: unknown, wanted: unknown): string | undefined {
  const pairs = Object.entries((wanted ?? {}) as Record<string, unknown>);
  return every(pairs, 'asked entry', (pair) => {
    const [key, value] = pair as [string, unknown];
    return same(at(found, key), value, `owner data ${key}`);
  });
}
