/**
 * Agent metadata as the reference client sees it: the search of `streams`, its outcome for every
 * source kept, over HTTP or in sources that lie in memory.
 */
import {
  type AgentSearch,
  type AgentSource,
  findAgents,
  findAgentsOverHttp,
  type LocalSource,
  osOf,
  preferredStreams,
} from '../streams/index.ts';
import { type AgentVersion, compareVersions } from '../versions/number.ts';
import type { AgentMetadata, MetadataAnswer, Platform } from './port.ts';

/** @param client the client's version: its era decides file names and streams */
export function metadataOverHttp(
  sources: readonly AgentSource[],
  client: AgentVersion,
  fetch: (url: string) => Promise<Response>,
): AgentMetadata {
  return {
    look: async (version, platform) =>
      answerOf(
        await findAgentsOverHttp(sources, queryFor(client, version, platform), { fetch }),
        platform,
      ),
  };
}

/** The same search in sources in memory. */
export function metadataInMemory(
  sources: readonly LocalSource[],
  client: AgentVersion,
): AgentMetadata {
  return {
    look: async (version, platform) =>
      answerOf(findAgents(sources, queryFor(client, version, platform)), platform),
  };
}

function queryFor(client: AgentVersion, version: AgentVersion, platform: Platform | undefined) {
  return {
    era: client,
    streams: preferredStreams({ era: client, stream: 'released', version }),
    number: version,
    ...(platform ? { release: platform.os, arch: platform.arch } : {}),
  };
}

function answerOf(search: AgentSearch, platform: Platform | undefined): MetadataAnswer {
  const fits = search.offered.filter(
    ({ release, arch }) => !platform || (osOf(release) === platform.os && arch === platform.arch),
  );
  return {
    outcome: search.outcome,
    looked: search.looked,
    offered: ascending(fits.map((binary) => binary.number)),
  };
}

/** Sorted, each version once. */
function ascending(versions: readonly AgentVersion[]): AgentVersion[] {
  return [...versions]
    .sort(compareVersions)
    .filter((version, i, all) => i === 0 || compareVersions(version, all[i - 1]!) !== 0);
}
