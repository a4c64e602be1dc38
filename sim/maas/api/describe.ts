/**
 * `describe/`: the machine-readable description from which the MAAS CLI and python-libmaas make
 * their commands (facts/maas-api 1.4). It is generated from the route table that dispatches, so it
 * cannot promise what is not there. Its hash goes into `X-MAAS-API-Hash` of handlers' answers.
 */
import { createHash } from 'node:crypto';
import { RESOURCES } from './resources.ts';
import { API_ROOT, type Handler, type Method } from './routes.ts';

interface Described {
  readonly method: Method;
  readonly op: string | null;
  readonly doc: string;
}

const CRUD: Readonly<Record<Method, string>> = {
  GET: 'read',
  POST: 'create',
  PUT: 'update',
  DELETE: 'delete',
};

function handlerObject(path: string, handler: Handler<Described>, origin: string) {
  const plain = API_ROOT + path.replace('*}', '}');
  const actions = handler.actions.map(({ method, op, doc }) => ({
    doc,
    method,
    name: op ?? CRUD[method],
    op,
    restful: op === null,
  }));
  return {
    actions: actions.sort((a, b) => (a.name < b.name ? -1 : 1)),
    doc: `What can be done with ${plain}.`,
    name: handler.name,
    params: [...plain.matchAll(/\{(\w+)\}/g)].map((found) => found[1]!),
    path: plain,
    uri: origin + plain,
  };
}

/** @param origin scheme and host as the client used them, e.g. `http://127.0.0.1:5240` */
function description(origin: string) {
  // A handler under two paths is published under the first only.
  const seen = new Set<string>();
  const resources = RESOURCES.flatMap(({ path, auth, anon, hidden }) => {
    const name = (auth ?? anon)!.name;
    if (hidden || seen.has(name)) return [];
    seen.add(name);
    return [
      {
        anon: anon && handlerObject(path, anon, origin),
        auth: auth && handlerObject(path, auth, origin),
        name,
      },
    ];
  });
  return {
    doc: 'The simulated MAAS API.',
    handlers: [
      ...resources.flatMap((resource) => resource.anon ?? []),
      ...resources.flatMap((resource) => resource.auth ?? []),
    ],
    resources,
  };
}

/** SHA-1 over the description without addresses: the same for every client. */
export const API_HASH = createHash('sha1')
  .update(JSON.stringify(description('')))
  .digest('hex');

/** The body of `describe/`. */
export function describeText(origin: string): string {
  const { doc, handlers, resources } = description(origin);
  return JSON.stringify({ doc, handlers, hash: API_HASH, resources });
}
