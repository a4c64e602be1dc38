/** The saboteurs of the MAAS API, in the order of `requirements/maas-*.ts`. */
import {
  atUrl,
  headersOf,
  type Json,
  maasAnswer,
  maasEach,
  maasJson,
  maasRequest,
  maasStatus,
  matches,
  type Route,
  type Saboteur,
  withoutFields,
} from './saboteur.ts';

const get = (path: RegExp, op?: string): Route => ({
  method: 'GET',
  path,
  ...(op === undefined ? {} : { op }),
});
const post = (path: RegExp, op?: string): Route => ({ ...get(path, op), method: 'POST' });
const del = (path: RegExp): Route => ({ method: 'DELETE', path });

const VERSION = get(/^version\/$/);
const MACHINES = get(/^machines\/([^/]+\/)?$/, '');
const MACHINE_LIST = get(/^machines\/$/, '');
const ALLOCATE = post(/^machines\/$/, 'allocate');
const ANY = /./;

const interfacesOf = (machine: Json): Json[] => machine.interface_set ?? [];
const refused = (status: number) => status >= 400;

export const MAAS_SABOTEURS: readonly Saboteur[] = [
  maasJson('version-without-subversion', 'leaves subversion out of version/', VERSION, (body) => {
    delete body.subversion;
  }),
  maasJson('version-without-capability', 'leaves one capability out', VERSION, (body) => {
    body.capabilities = body.capabilities.filter((c: string) => c !== 'network-deployment-ubuntu');
  }),
  maasJson('version-without-number', 'says a word for the version', VERSION, (body) => {
    body.version = 'newest';
  }),
  {
    id: 'unknown-place-500',
    does: 'answers 500 where there is no MAAS',
    side: 'service',
    hooks: () => ({
      maas: (next) => async (request) =>
        request.url.includes('/nowhere/') ? new Response('oops', { status: 500 }) : next(request),
    }),
  },
  maasAnswer('whoami-401', 'refuses the good key', get(/^users\/$/, 'whoami'), async () => {
    return new Response('Authorization Error: Invalid API key.', { status: 401 });
  }),
  maasStatus('bad-key-400', 'answers 400 to a wrong key', get(ANY), (s) => s === 401, 400),
  maasEach('machine-power-state-null', 'gives no power state', MACHINES, (machine) => {
    machine.power_state = null;
  }),
  maasEach('machine-memory-word', 'says a word for the memory', MACHINES, (machine) => {
    machine.memory = 'plenty';
  }),
  maasEach('hardware-info-number', 'puts a number into hardware_info', MACHINES, (machine) => {
    machine.hardware_info = { ...machine.hardware_info, cpu_model: 7 };
  }),
  maasEach('status-name-upper-case', 'shouts a status name', MACHINES, (machine) => {
    if (machine.status_name === 'Ready') machine.status_name = 'READY';
  }),
  maasEach('architecture-bare', 'leaves the sub-architecture out', MACHINES, (machine) => {
    machine.architecture = machine.architecture?.split('/')[0];
  }),
  maasEach('machine-zone-name-only', 'gives only the name of the zone', MACHINES, (machine) => {
    machine.zone = machine.zone?.name;
  }),
  maasEach('interface-without-links', 'leaves links out of interfaces', MACHINES, (machine) => {
    for (const one of interfacesOf(machine)) delete one.links;
  }),
  maasEach('link-subnet-null', 'says null for a link’s subnet', MACHINES, (machine) => {
    for (const one of interfacesOf(machine)) for (const link of one.links) link.subnet = null;
  }),
  maasEach('block-device-without-partitions', 'leaves partitions out', MACHINES, (machine) => {
    for (const one of machine.blockdevice_set) delete one.partitions;
  }),
  maasEach('block-device-negative-size', 'gives a negative size', MACHINES, (machine) => {
    for (const one of machine.blockdevice_set) one.size = -1;
  }),
  filterIgnored('hostname'),
  filterIgnored('id'),
  filterFindsNothing('zone'),
  filterFindsNothing('tags'),
  maasEach('zone-description-null', 'says null for a description', get(/^zones\/$/), (zone) => {
    zone.description = null;
  }),
  maasEach('subnet-space-null', 'says null for a subnet’s space', get(/^spaces\/$/), (space) => {
    for (const subnet of space.subnets) subnet.space = null;
  }),
  maasEach('subnet-vlan-id-only', 'gives only the id of a VLAN', get(/^spaces\/$/), (space) => {
    for (const subnet of space.subnets) subnet.vlan = subnet.vlan.id;
  }),
  maasEach('fabric-without-vlans', 'leaves VLANs out of fabrics', get(/^fabrics\/$/), (fabric) => {
    delete fabric.vlans;
  }),
  maasAnswer('static-routes-404', 'has no static routes', get(/^static-routes\/$/), async () => {
    return new Response('Not found', { status: 404 });
  }),
  maasEach('domain-authoritative-word', 'says a word for a flag', get(/^domains\/$/), (domain) => {
    domain.authoritative = 'certainly';
  }),
  maasEach('tag-comment-null', 'says null for a comment', get(/^tags\/$/), (tag) => {
    tag.comment = null;
  }),
  maasEach('boot-resource-subarches-null', 'says null', get(/^boot-resources\/$/), (image) => {
    image.subarches = null;
  }),
  maasAnswer('pools-exists', 'has a path that MAAS lacks', get(/^pools\/$/), async () => {
    return Response.json([]);
  }),
  maasJson('device-without-fqdn', 'leaves fqdn out', post(/^devices\/$/), (device) => {
    delete device.fqdn;
  }),
  maasAnswer(
    'create-physical-503',
    'cannot create an interface',
    post(/interfaces\/$/, 'create_physical'),
    async () => new Response('no', { status: 503 }),
  ),
  maasJson(
    'link-subnet-without-link',
    'answers no link',
    post(/interfaces\//, 'link_subnet'),
    (one) => {
      one.links = [];
    },
  ),
  maasAnswer('device-delete-403', 'refuses', del(/^devices\//), async () => {
    return new Response('', { status: 403 });
  }),
  maasStatus('device-delete-missing-400', 'says 400 for gone', del(/^devices\//), refused, 400),
  maasAnswer('file-add-400', 'refuses uploads', post(/^files\/$/), async () => {
    return new Response('no', { status: 400 });
  }),
  maasEach('file-without-anonymous-address', 'leaves it out', get(/^files\/$/, ''), (file) => {
    delete file.anon_resource_uri;
  }),
  fileContentChanged(),
  maasAnswer('file-delete-403', 'refuses', del(/^files\//), async () => {
    return new Response('', { status: 403 });
  }),
  maasStatus('file-missing-500', 'says 500 for missing', get(/^files\//), refused, 500),
  maasJson('allocate-without-constraints', 'leaves the matches out', ALLOCATE, (machine) => {
    delete machine.constraints_by_type;
  }),
  maasEach('allocated-looks-reserved', 'renames a status', MACHINES, (machine) => {
    if (machine.status_name === 'Allocated') machine.status_name = 'Reserved';
  }),
  maasRequest('dry-run-ignored', 'allocates for good', 'service', ALLOCATE, (request) =>
    withoutFields(request, ['dry_run']),
  ),
  maasJson('storage-match-dropped', 'forgets a storage label', ALLOCATE, (machine) => {
    delete machine.constraints_by_type?.storage?.data;
  }),
  maasJson('interface-match-of-nobody', 'names interfaces of nobody', ALLOCATE, (machine) => {
    const matched = machine.constraints_by_type?.interfaces ?? {};
    for (const label of Object.keys(matched)) matched[label] = [999_999_999];
  }),
  maasJson('allocate-other-name', 'answers another machine', ALLOCATE, (machine) => {
    machine.hostname = `not-${machine.hostname}`;
  }),
  maasStatus('allocate-no-match-404', 'says 404 for no match', ALLOCATE, (s) => s === 409, 404),
  maasAnswer('allocate-409-retry-after', 'asks to try again', ALLOCATE, async (answer) => {
    if (answer.status === 409) answer.headers.set('retry-after', '0');
    return answer;
  }),
  maasStatus('unknown-zone-409', 'says 409 for unknown', ALLOCATE, (s) => s === 400, 409),
  maasJson(
    'deploy-answers-allocated',
    'answers deploy with the status before',
    post(/^machines\/[^/]+\/$/, 'deploy'),
    (machine) => {
      machine.status_name = 'Allocated';
    },
  ),
  maasStatus(
    'deploy-illegal-500',
    'says 500 for an illegal step',
    post(/^machines\/[^/]+\/$/, 'deploy'),
    refused,
    500,
  ),
  maasEach('deployed-looks-failed', 'renames a status', MACHINES, (machine) => {
    if (machine.status_name === 'Deployed') machine.status_name = 'Failed deployment';
  }),
  maasEach('deployed-without-addresses', 'hides addresses', MACHINES, (machine) => {
    machine.ip_addresses = [];
  }),
  maasJson(
    'owner-data-not-answered',
    'answers without the data',
    post(/^machines\/[^/]+\/$/, 'set_owner_data'),
    (machine) => {
      machine.owner_data = {};
    },
  ),
  maasEach('owner-data-not-kept', 'forgets owner data', MACHINES, (machine) => {
    machine.owner_data = {};
  }),
  releasedLooksBroken(),
  maasStatus(
    'release-unknown-500',
    'says 500 for unknown',
    post(/^machines\/$/, 'release'),
    (s) => s === 400,
    500,
  ),
  maasRequest(
    'client-repeats-nonce',
    'signs with one nonce',
    'client',
    get(ANY),
    async (request) => {
      const copy = new Request(request);
      const signed = copy.headers.get('authorization') ?? '';
      copy.headers.set('authorization', signed.replace(/oauth_nonce="[^"]*"/, 'oauth_nonce="1"'));
      return copy;
    },
  ),
  maasRequest('client-drops-slash', 'ends no path with a slash', 'client', get(ANY), (request) =>
    atUrl(request, (url) => {
      url.pathname = url.pathname.replace(/\/$/, '');
    }),
  ),
  maasRequest('client-drops-op', 'names no op', 'client', post(ANY), (request) =>
    atUrl(request, (url) => url.searchParams.delete('op')),
  ),
  clientSkipsVersion(),
];

function filterIgnored(field: string): Saboteur {
  const route: Route = { ...MACHINE_LIST };
  return maasRequest(
    `filter-${field}-ignored`,
    `lists all machines whatever the ${field}`,
    'service',
    route,
    (request) => atUrl(request, (url) => url.searchParams.delete(field)),
  );
}

function filterFindsNothing(field: string): Saboteur {
  return maasJson(
    `filter-${field}-finds-nothing`,
    `finds no machine by ${field}`,
    MACHINE_LIST,
    (body, request) => (new URL(request.url).searchParams.has(field) ? [] : body),
  );
}

/** Whichever way the content is asked for: in the file's JSON or as raw bytes. */
function fileContentChanged(): Saboteur {
  const id = 'file-content-changed';
  return maasAnswer(id, 'changes what is read', get(/^files\//), async (answer, request) => {
    if (!answer.ok) return answer;
    if (new URL(request.url).searchParams.get('op') === 'get') {
      return new Response(`${await answer.text()}!`, { headers: headersOf(answer) });
    }
    const body: Json = await answer.clone().json();
    if (typeof body?.content !== 'string') return answer;
    body.content = Buffer.from('something else').toString('base64');
    return Response.json(body, { headers: headersOf(answer) });
  });
}

/** Ready machines look broken once somebody has released one. */
function releasedLooksBroken(): Saboteur {
  return {
    id: 'released-looks-broken',
    does: 'shows released machines as Broken',
    side: 'service',
    hooks: () => {
      let released = false;
      return {
        maas: (next) => async (request) => {
          released ||= matches(post(/^machines\/$/, 'release'), request);
          const answer = await next(request);
          if (!released || !answer.ok || !matches(MACHINES, request)) return answer;
          const body: Json = await answer.json();
          for (const machine of [body].flat()) {
            if (machine.status_name === 'Ready') machine.status_name = 'Broken';
          }
          return Response.json(body, { headers: headersOf(answer) });
        },
      };
    },
  };
}

/** Answers version/ itself, so that nothing behind it ever sees the question. */
function clientSkipsVersion(): Saboteur {
  return {
    id: 'client-skips-version',
    does: 'never asks for the version',
    side: 'client',
    hooks: () => ({
      maas: (next) => async (request) =>
        matches(VERSION, request)
          ? Response.json({
              capabilities: ['network-deployment-ubuntu'],
              version: '3.7.3',
              subversion: '',
            })
          : next(request),
    }),
  };
}
