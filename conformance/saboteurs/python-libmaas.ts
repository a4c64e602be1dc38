/**
 * Small breaks that python-libmaas must notice. The library is built from `describe/`, so what is not
 * described cannot be called; that is what most of them break.
 */
import {
  headersOf,
  type Json,
  maasAnswer,
  maasEach,
  maasJson,
  matches,
  type Route,
  type Saboteur,
} from './saboteur.ts';

const DESCRIBE: Route = { method: 'GET', path: /^describe\/$/ };
const MACHINE: Route = { method: 'GET', path: /^machines\/[^/]+\/$/, op: '' };
/** What a library cannot do without: it would not even come up. */
const LISTS: Route = { method: 'GET', path: /^[a-z-]+\/$/, op: '' };

/** Leaves out actions of every handler. */
function describesNot(id: string, does: string, leavesOut: (action: Json) => boolean): Saboteur {
  return maasJson(id, does, DESCRIBE, (body) => {
    for (const { anon, auth } of body.resources) {
      for (const handler of [anon, auth]) {
        if (handler) handler.actions = handler.actions.filter((one: Json) => !leavesOut(one));
      }
    }
  });
}

export const PYTHON_LIBMAAS_SABOTEURS: readonly Saboteur[] = [
  maasAnswer('describe-as-html', 'calls its description HTML', DESCRIBE, async (answer) => {
    const headers = headersOf(answer);
    headers.set('content-type', 'text/html');
    return new Response(await answer.text(), { headers });
  }),
  maasJson('describe-of-another', 'describes another MAAS', DESCRIBE, (body) => {
    body.hash = 'none';
    for (const { anon, auth } of body.resources) {
      for (const handler of [anon, auth]) if (handler) handler.params = ['somebody'];
    }
  }),
  describesNot('describe-without-ops', 'describes no operations', (action) => action.op !== null),
  describesNot(
    'describe-without-crud',
    'describes reading and operations only',
    (action) => action.op === null && action.method !== 'GET',
  ),
  maasJson('lists-nothing', 'lists nothing', LISTS, (body) => (Array.isArray(body) ? [] : body)),
  maasEach('machines-bare', 'tells less of one machine than of many', MACHINE, (machine) => {
    for (const key of ['pool', 'boot_disk']) delete machine[key];
    // The library takes absent groups for none.
    machine.raids = [{ id: 1, name: 'md9' }];
    for (const key of ['interface_set', 'blockdevice_set', 'tag_names']) machine[key] = [];
  }),
  {
    id: 'refuses-nothing',
    does: 'says yes to what it refused',
    side: 'service',
    hooks: () => ({
      maas: (next) => async (request) => {
        const answer = await next(request);
        return answer.status < 400 ? answer : Response.json({});
      },
    }),
  },
  {
    id: 'machines-keep-as-they-are',
    does: 'lets nobody change interfaces and disks',
    side: 'service',
    hooks: () => ({
      maas: (next) => async (request) =>
        matches({ method: 'POST', path: /^nodes\// }, request)
          ? new Response('Forbidden', { status: 403 })
          : next(request),
    }),
  },
  maasEach(
    'answers-before-acting',
    'answers operations with the machine of before',
    { method: 'POST', path: /^machines\/[^/]+\/$/ },
    (machine) => {
      if (machine === null || typeof machine !== 'object' || !('status' in machine)) return;
      Object.assign(machine, {
        status: 4,
        status_name: 'Ready',
        locked: false,
        power_state: 'unknown',
      });
    },
  ),
  {
    id: 'release-without-end',
    does: 'never finishes a release',
    side: 'service',
    hooks: () => ({
      maas: (next) => async (request) => {
        const route = { method: 'POST', path: /^machines\/[^/]+\/$/, op: 'release' };
        if (!matches(route, request)) return next(request);
        const answer = await next(request);
        if (!answer.ok) return answer;
        const machine = (await answer.json()) as Json;
        return Response.json({ ...machine, status: 13, status_name: 'Releasing failed' });
      },
    }),
  },
];
