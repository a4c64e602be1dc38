/**
 * The agent metadata that a world without a scenario publishes: the releases one would find in the
 * public streams, and whatever else the world's agents run, for Ubuntu, CentOS and Windows. They are
 * filed as the era of each reader looks for them.
 */
import type { Clock } from '../kernel/clock.ts';
import { agentMatrix, layoutOf, publishAgents, type StreamStore } from '../streams/index.ts';
import type { StreamsPoints } from '../streams/points.ts';
import { type AgentVersion, equalVersions, parseVersion } from '../versions/number.ts';

/** Released versions that every world knows, oldest first. */
export const RELEASES: readonly AgentVersion[] = [
  '1.20.14',
  '1.21.3',
  '1.22.1',
  '1.23.3',
  '1.24.5',
  '1.25.1',
  '1.25.2',
  '2.8.13',
  '2.9.43',
  '2.9.53',
  '3.5.7',
  '3.6.20',
  '3.6.28',
  '4.0.15',
].map(parseVersion);

/** The source that a world serves them as. */
export const DEFAULT_SOURCE = 'default simplestreams';

/** One operating system as the two kinds of metadata file it: a series, and its own name. */
const SYSTEMS = [
  { series: 'trusty', os: 'ubuntu' },
  { series: 'centos7', os: 'centos' },
  { series: 'win2012r2', os: 'windows' },
] as const;

export interface PublishReleasesOptions {
  /** Versions of the programs that will read: each finds the metadata where its era looks. */
  readonly readers: readonly AgentVersion[];
  /** Versions to publish besides {@link RELEASES}. */
  readonly also?: readonly AgentVersion[];
  readonly arches?: readonly string[];
  readonly clock: Clock;
  readonly points?: StreamsPoints;
}

/** Publishes into `store`. Faults bound to `points` are in force already. */
export async function publishReleases(
  store: StreamStore,
  { readers, also = [], arches = ['amd64'], clock, points }: PublishReleasesOptions,
): Promise<void> {
  const extra = also.filter(
    (version, i) =>
      !RELEASES.some((known) => equalVersions(known, version)) &&
      also.findIndex((other) => equalVersions(other, version)) === i,
  );
  const written = new Set<string>();
  for (const era of readers) {
    const { key, index2, productsPath } = layoutOf(era);
    const files = `${index2} ${productsPath('released')}`;
    if (written.has(files)) continue;
    written.add(files);
    const agents = agentMatrix({
      versions: [...RELEASES, ...extra],
      releases: SYSTEMS.map((system) => (key === 'os' ? system.os : system.series)),
      arches,
      stream: 'released',
    });
    await publishAgents(store, agents, {
      era,
      updated: clock.date(),
      source: DEFAULT_SOURCE,
      ...(points ? { points } : {}),
    });
  }
}
