/** Small breaks of a MAAS that Juju's own provider must notice, beside those it shares with gomaasapi. */
import {
  atUrl,
  maasAnswer,
  maasEach,
  maasJson,
  maasRequest,
  matches,
  type Route,
  type Saboteur,
} from './saboteur.ts';

const get = (path: RegExp): Route => ({ method: 'GET', path, op: '' });
const post = (path: RegExp, op: string): Route => ({ method: 'POST', path, op });

const MACHINES = get(/^machines\/$/);
const ALLOCATE = post(/^machines\/$/, 'allocate');
const RELEASE = post(/^machines\/$/, 'release');
/** A controller that has nothing here; the driver asks for its machines. */
const OTHER_CONTROLLER = '6d616173-7175-4572-8164-65000000dead';

export const JUJU_MAAS_PROVIDER_SABOTEURS: readonly Saboteur[] = [
  maasJson('version-without-capabilities', 'names no capabilities', get(/^version\/$/), (body) => {
    delete body.capabilities;
  }),
  {
    id: 'nowhere-is-a-maas',
    does: 'is a MAAS at any path',
    side: 'service',
    hooks: () => ({
      maas: (next) => async (request) =>
        next(
          await atUrl(request, (url) => {
            url.pathname = url.pathname.replace('/nowhere/', '/');
          }),
        ),
    }),
  },
  maasAnswer('zones-403', 'keeps zones to itself', get(/^zones\/$/), async () => {
    return new Response('Forbidden', { status: 403 });
  }),
  maasJson('boot-resources-for-s390x', 'has images for more', get(/^boot-resources\/$/), (all) => {
    all.push({ ...all[0], architecture: 's390x/generic' });
  }),
  maasRequest('filter-agent_name-ignored', 'lists everybody’s', 'service', MACHINES, (request) =>
    atUrl(request, (url) => url.searchParams.delete('agent_name')),
  ),
  maasJson(
    'filter-agent_name-finds-nothing',
    'finds no machine by agent_name',
    MACHINES,
    (body, request) => (new URL(request.url).searchParams.has('agent_name') ? [] : body),
  ),
  maasEach('owner-data-of-everybody', 'says that all is another’s', MACHINES, (machine) => {
    machine.owner_data = {
      ...machine.owner_data,
      'juju-controller-uuid': OTHER_CONTROLLER,
      'juju-is-controller': 'true',
    };
  }),
  maasJson('zone-invented', 'has a zone that is none', get(/^zones\/$/), (zones) => {
    zones.push({ ...zones[0], name: 'no-such-zone' });
  }),
  maasAnswer('deploy-503', 'cannot deploy', post(/^machines\/[^/]+\/$/, 'deploy'), async () => {
    return new Response('Unable to allocate static IP due to address exhaustion.', { status: 503 });
  }),
  maasJson('allocate-other-zone', 'answers another zone', ALLOCATE, (machine) => {
    machine.zone = { ...machine.zone, name: `not-${machine.zone.name}` };
  }),
  maasJson('allocate-without-links', 'answers no links', ALLOCATE, (machine) => {
    for (const one of machine.interface_set) one.links = [];
    machine.boot_interface.links = [];
  }),
  maasAnswer(
    'set-owner-data-403',
    'keeps no owner data',
    post(/^machines\/[^/]+\/$/, 'set_owner_data'),
    async () => new Response('Forbidden', { status: 403 }),
  ),
  maasAnswer('release-500', 'keeps what it gave', post(/machines\//, 'release'), async () => {
    return new Response('oops', { status: 500 });
  }),
  {
    id: 'release-again-500',
    does: 'takes machines back once',
    side: 'service',
    hooks: () => {
      let released = 0;
      return {
        maas: (next) => async (request) =>
          matches(RELEASE, request) && ++released > 1
            ? new Response('oops', { status: 500 })
            : next(request),
      };
    },
  },
];
