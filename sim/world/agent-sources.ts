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
import type { ScenarioSource } from './scenario.ts';

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
  /** The sources in the order in which they are searched, once the server's address is known. */
  at(url: string): LocalSource[];
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
  return { fetch, at: (url) => [localSource({ name: source, url, store, points })] };
}

/** The sources that a scenario's controller sees. */
export async function scenarioSources(
  described: readonly ScenarioSource[],
  { clock, points, journal, controller }: AgentSourcesOptions,
): Promise<AgentSources> {
  const made = await Promise.all(
    described.map(async ({ name, publish }, i) => {
      const store = new MemoryStore();
      for (const agents of publish) {
        const updated = clock.date();
        await publishAgents(store, agentMatrix(agents), {
          era: controller,
          source: name,
          updated,
          points,
        });
      }
      const base = `/${i + 1}`;
      const app = createStreamsApp(store, { source: name, clock, points, journal, base });
      return { name, store, base, app };
    }),
  );
  return {
    fetch: (request) => {
      const { pathname } = new URL(request.url);
      const asked = made.find(({ base }) => pathname.startsWith(`${base}/`)) ?? made[0]!;
      return asked.app.fetch(request);
    },
    at: (url) =>
      made.map(({ name, store, base }) =>
        localSource({ name, url: `${url}${base}`, store, points }),
      ),
  };
}
