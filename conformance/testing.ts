/** A world and components small enough for tests of the engine itself. */
import type { RunOptions } from './run.ts';
import type { Observation, Target } from './types.ts';
import type { OpenComponent, World, WorldHooks } from './world.ts';

/** The secrets of every tiny world. */
const TINY_TARGET: Target = {
  maas: { url: 'http://127.0.0.1:1234/MAAS/', apiKey: 'consumer:token:verysecretkey' },
};

/** A MAAS that knows version/ and nothing else. */
export async function tinyWorld(
  hooks: WorldHooks | undefined,
): Promise<World & { ask(path: string): Promise<Response> }> {
  const maas = async (request: Request) =>
    new URL(request.url).pathname.endsWith('/version/')
      ? Response.json({ version: '3.7.3', subversion: '', capabilities: [] })
      : new Response('Unknown API endpoint', { status: 404 });
  const hooked = hooks?.maas ? hooks.maas(maas) : maas;
  return {
    ...TINY_TARGET,
    gaps: () => [{ where: 'maas', what: 'GET /x/', answered: '404', count: 1 }],
    redact: (text) => text,
    stop: async () => undefined,
    ask: (path) => hooked(new Request(`http://127.0.0.1:1234/MAAS/api/2.0/${path}`)),
  };
}

/** A component that prints what `run` gives it. */
export function componentOf(
  run: (target: Target) => Promise<readonly Observation[]>,
): OpenComponent {
  return async (id) => ({
    id,
    available: true,
    runtime: 'process',
    run,
    close: async () => undefined,
  });
}

export function runOptions(
  openComponent: OpenComponent,
  more: Partial<RunOptions> = {},
): RunOptions {
  return {
    subjects: ['gomaasapi-v3'],
    runtime: 'process',
    seed: 1,
    selfTest: false,
    productVersion: '0.0.0',
    startWorld: async ({ hooks }) => tinyWorld(hooks),
    openComponent,
    signal: new AbortController().signal,
    ...more,
  };
}
