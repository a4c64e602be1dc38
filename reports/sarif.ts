/**
 * SARIF 2.1.0, for code hosts: one rule a requirement, one result for each that failed or did not
 * run. A result points at the requirement's record in the source, because that is the line which a
 * reader wants to see; what was seen stands in the message.
 */
import type { Level, Report } from '../conformance/types.ts';
import { rowsOf } from './flat.ts';

const LEVELS: Readonly<Record<Level, 'error' | 'warning' | 'note'>> = {
  MUST: 'error',
  SHOULD: 'warning',
  MAY: 'note',
};

/** Where a requirement's record stands, if the caller knows. */
export type Locate = (requirement: string) => { uri: string; line: number } | undefined;

export function sarif(report: Report, locate: Locate): object {
  const rules = report.requirements.map((one) => ({
    id: one.id,
    shortDescription: { text: one.title },
    fullDescription: { text: `${one.title} Source: ${one.source}.` },
    defaultConfiguration: { level: LEVELS[one.level] },
    properties: { profile: one.profile, oracle: one.oracle, saboteur: one.saboteur },
  }));
  const indexOf = new Map(rules.map((rule, index) => [rule.id, index]));
  const results = rowsOf(report)
    .filter(({ result }) => result.outcome === 'failed' || result.outcome === 'notRun')
    .map(({ subject, result }) => {
      const failed = result.outcome === 'failed';
      const place = locate(result.id);
      return {
        ruleId: result.id,
        ruleIndex: indexOf.get(result.id) ?? -1,
        kind: failed ? 'fail' : 'open',
        level: failed ? LEVELS[result.level] : 'none',
        message: { text: `${subject.id} ${subject.version}: ${result.evidence.note}` },
        locations: [
          {
            ...(place
              ? {
                  physicalLocation: {
                    artifactLocation: { uri: place.uri, uriBaseId: 'SRCROOT' },
                    region: { startLine: place.line },
                  },
                }
              : {}),
            logicalLocations: [{ fullyQualifiedName: `${subject.id}/${result.id}` }],
          },
        ],
        partialFingerprints: { requirement: `${subject.id}/${result.id}` },
      };
    });
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'maasquerade',
            semanticVersion: report.provenance.productVersion,
            rules,
          },
        },
        invocations: [{ executionSuccessful: report.broke.length === 0 }],
        results,
      },
    ],
  };
}
