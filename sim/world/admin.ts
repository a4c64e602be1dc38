/**
 * The admin service of a running world: what a person or a script may ask about it that no client
 * of MAAS or Juju could, and the switchboard of its faults: `PUT /faults/<id>` switches one on (again:
 * its counts begin anew), `DELETE /faults/<id>` switches it off. It listens on loopback alone, and the
 * two verbs are such that no web page of another origin can send them unasked.
 */
import { Hono } from 'hono';
import { type Fault, primitiveName } from '../faults/fault.ts';
import type { Trace } from '../kernel/trace.ts';
import { parseVersion, VersionError, type VersionTable } from '../versions/number.ts';
import { explain } from './explain.ts';
import type { RunningWorld } from './up.ts';

/** Any other name in `Host` is a web page's, made to point here (DNS rebinding). */
const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

export interface AdminOptions {
  readonly world: Omit<RunningWorld, 'admin'>;
  readonly trace: Trace;
  readonly versions: VersionTable;
  /** Every fault that may be switched on. */
  readonly faults: readonly Fault[];
}

export function createAdmin({ world, trace, versions, faults }: AdminOptions): {
  fetch(request: Request): Promise<Response>;
} {
  const app = new Hono();
  app.get('/', (c) =>
    c.json({
      ask: ['/state', '/gaps', '/faults', '/explain?model=NAME&version=X&client=V'],
      change: ['PUT /faults/ID', 'DELETE /faults/ID'],
    }),
  );
  app.get('/state', (c) =>
    c.json({
      stateHash: world.stateHash(),
      traceHash: trace.hash,
      events: trace.events,
      machines: world.core.machines.length,
    }),
  );
  app.get('/gaps', (c) => c.json({ gaps: world.gaps() }));
  const told = (fault: Fault) => ({
    id: fault.id,
    title: fault.title,
    on: world.faults.bound.some(({ id }) => id === fault.id),
    primitives: fault.primitives.map(primitiveName),
  });
  app.get('/faults', (c) =>
    c.json({
      bound: world.faults.bound.map((fault) => fault.id),
      idle: world.faults.idle.map((fault) => fault.id),
      faults: faults.map(told),
    }),
  );
  app.on(['PUT', 'DELETE'], '/faults/:id', (c) => {
    const id = c.req.param('id');
    const fault = faults.find((one) => one.id === id);
    if (!fault) return c.json({ error: `there is no fault ${id}; see /faults` }, 404);
    if (c.req.method === 'DELETE') {
      world.faults.switchOff(id);
    } else if (!world.faults.switchOn(fault)) {
      const error = `${id} works only from the start: bring the world up with --fault ${id}`;
      return c.json({ error }, 409);
    }
    return c.json(told(fault));
  });
  app.get('/explain', (c) => {
    const { model, version, client } = c.req.query();
    try {
      const explained = explain(
        {
          client: client ? parseVersion(client) : world.core.runningVersion(),
          sources: world.sources,
          core: world.core,
          versions,
        },
        {
          ...(model ? { model } : {}),
          ...(version ? { version: parseVersion(version) } : {}),
        },
      );
      return c.json(explained);
    } catch (error) {
      if (error instanceof VersionError || error instanceof RangeError) {
        return c.json({ error: error.message }, 400);
      }
      throw error;
    }
  });
  app.notFound((c) => c.json({ error: `nothing is at ${c.req.path}; see /` }, 404));
  return {
    fetch: async (request) =>
      LOOPBACK_NAMES.has(new URL(request.url).hostname)
        ? app.fetch(request)
        : Response.json(
            { error: 'the admin service answers on loopback names only' },
            { status: 421 },
          ),
  };
}
