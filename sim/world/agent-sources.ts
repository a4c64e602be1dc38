/**
 * The agent metadata of a world on the wire: one source with the public releases, or the sources of
 * a scenario as it describes them, each below a path of its own on one server. Names are kept, since
 * fault files and messages speak of sources by name; addresses become those of the server.
 */
import type { Clock } from '../kernel/clock.ts';
import type { GapJournal } from '../kernel/journal.ts';
import { createStreamsApp } from '../streams/api/app.ts';
import {
  agentMatrix,
  type LocalSource,
  localSource,
  MemoryStore,
  publishAgents,
} from '../streams/index.ts';
import type { StreamsPoints } from '../streams/points.ts';
import type { AgentVersion } from '../versions/number.ts';
import { DEFAULT_SOURCE, publishReleases, RELEASES } from './agent-metadata.ts';
import type { Scenario, ScenarioSource } from './scenario.ts';

/** Architectures of the machines that the fake MAAS has. */
const ARCHES = ['amd64', 'arm64'];

export interface AgentSourcesOptions {
  readonly clock: Clock;
  readonly points: StreamsPoints;
  readonly journal: GapJournal;
  readonly controller: AgentVersion;
}

export interface AgentSources {
  fetch(request: Request): Promise<Response>;
  /** What the controller searches, in its order, once the server's address is known. */
  at(url: string): LocalSource[];
  /** Where clients are to look. */
  forClients(url: string): string;
}

/** One source, with every release and whatever else the world's agents run. */
export async function releasedSource(
  also: readonly AgentVersion[],
  { clock, points, journal, controller }: AgentSourcesOptions,
): Promise<AgentSources> {
  const store = new MemoryStore();
  await publishReleases(store, {
    // Upgraded, the controller reads as the release that it then runs.
    readers: [controller, RELEASES.at(-1)!],
    also,
    arches: ARCHES,
    clock,
    points,
  });
  const source = DEFAULT_SOURCE;
  const { fetch } = createStreamsApp(store, { source, clock, points, journal });
  return {
    fetch,
    at: (url) => [localSource({ name: source, url, store, points })],
    forClients: (url) => url,
  };
}

/**
 * The sources of a scenario: the controller's at `/1`, `/2` and so on, and the client's, where it
 * sees others, at `/client/1` and so on. A client is sent to the first that it sees.
 */
export async function scenarioSources(
  { controller, client = [] }: Scenario['sources'],
  options: AgentSourcesOptions,
): Promise<AgentSources> {
  const searched = await serveSources(controller, '', options);
  const seen = await serveSources(client, '/client', options);
  const all = [...searched, ...seen];
  const { journal } = options;
  return {
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      const asked = all.find(({ base }) => pathname.startsWith(`${base}/`));
      if (asked) return asked.app.fetch(request);
      const what = `${request.method} ${pathname}`.slice(0, 120);
      journal.note({ where: 'streams', what, answered: '404' });
      return new Response('not found\n', { status: 404 });
    },
    at: (url) =>
      searched.map(({ name, store, base }) =>
        localSource({ name, url: `${url}${base}`, store, points: options.points }),
      ),
    forClients: (url) => `${url}${(seen[0] ?? searched[0])?.base ?? ''}`,
  };
}

async function serveSources(
  described: readonly ScenarioSource[],
  below: string,
  { clock, points, journal, controller: era }: AgentSourcesOptions,
) {
  return await Promise.all(
    described.map(async ({ name: source, publish }, i) => {
      const store = new MemoryStore();
      for (const agents of publish) {
        const updated = clock.date();
        await publishAgents(store, agentMatrix(agents), { era, source, updated, points });
      }
      const base = `${below}/${i + 1}`;
      const app = createStreamsApp(store, { source, clock, points, journal, base });
      return { name: source, store, base, app };
    }),
  );
}
