/**
 * What a search found at one source, in one line for people. Upstream knows all of this while it
 * searches and says none of it (facts/juju-versions-and-upgrades 5.3); an ideal message has one such
 * line for each place, in the order of looking. Streams that ended alike share a clause.
 */
import type { Looked } from '../problems/problem.ts';
import type { AgentSource, SourceVisit } from './types.ts';

/** One line about a source by its attempts: what each stream gave, or why nothing. */
export function sourceSummary(source: AgentSource, visits: readonly SourceVisit[]): Looked {
  const place = `${source.name} (${source.url})`;
  if (visits.length === 0) return { place, outcome: 'not asked' };
  const byClause = new Map<string, string[]>();
  for (const stream of new Set(visits.map((visit) => visit.stream))) {
    const clause = streamClause(visits.filter((visit) => visit.stream === stream));
    byClause.set(clause, [...(byClause.get(clause) ?? []), stream]);
  }
  const outcome = [...byClause]
    .map(([clause, streams]) => `${plural('stream', streams)} ${streams.join(', ')}: ${clause}`)
    .join('; ');
  return { place, outcome };
}

/** The signed attempt is worth words only when it decided, or failed by more than not being there. */
function streamClause(visits: readonly SourceVisit[]): string {
  const last = visits.at(-1)!;
  const clauses = visits
    .filter((visit) => visit === last || visit.outcome !== 'not-found')
    .map((visit) => clause(visit));
  return [...new Set(clauses)].join('; ');
}

function clause(visit: SourceVisit): string {
  const file = visit.url.slice(visit.url.lastIndexOf('/') + 1);
  switch (visit.outcome) {
    case 'found':
      return `${visit.count} agent ${visit.count === 1 ? 'binary' : 'binaries'} ${visit.signed ? '(signed)' : '(not signed)'}`;
    case 'no-stream':
    case 'no-product':
    case 'no-version':
      return visit.detail;
    case 'not-found':
      return file.startsWith('index') ? visit.detail : `${file}: ${visit.detail}`;
    default:
      return `${file}: ${visit.detail}`;
  }
}

function plural(word: string, of: readonly unknown[]): string {
  return of.length === 1 ? word : `${word}s`;
}
