/**
 * The admin service of a running world: what a person or a script may ask about it that no client
 * of MAAS or Juju could. It reads, and changes nothing.
 */
import { Hono } from 'hono';
import type { Trace } from '../kernel/trace.ts';
import { parseVersion, VersionError, type VersionTable } from '../versions/number.ts';
import { explain } from './explain.ts';
import type { RunningWorld } from './up.ts';

export interface AdminOptions {
  readonly world: Omit<RunningWorld, 'admin'>;
  readonly trace: Trace;
  readonly versions: VersionTable;
}

export function createAdmin({ world, trace, versions }: AdminOptions): {
  fetch(request: Request): Promise<Response>;
} {
  const app = new Hono();
  app.get('/', (c) =>
    c.json({ ask: ['/state', '/gaps', '/faults', '/explain?model=NAME&version=X&client=V'] }),
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
  app.get('/faults', (c) =>
    c.json({
      bound: world.faults.bound.map((fault) => fault.id),
      idle: world.faults.idle.map((fault) => fault.id),
    }),
  );
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
  return { fetch: async (request) => app.fetch(request) };
}
