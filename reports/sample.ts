/** A report with one of everything, for the tests of the renderers. */
import { REPORT_FORMAT, type Report, type RequirementResult } from '../conformance/types.ts';

export const HOSTILE = `<script>alert("x")</script> & 'quotes' | \u0007\ud800`;

function result(
  id: string,
  outcome: RequirementResult['outcome'],
  note: string,
  level: RequirementResult['level'] = 'MUST',
): RequirementResult {
  const exchange = { request: `GET /${HOSTILE}`, answer: `200\n${HOSTILE}` };
  const seen = outcome === 'notRun' ? {} : { observed: HOSTILE, exchanges: [exchange] };
  return {
    id,
    level,
    oracle: id.startsWith('x.') ? 'suite' : 'released-client',
    outcome,
    evidence: { note, ...seen, replay: 'maasquerade conform --seed 1' },
  };
}

export function sampleReport(): Report {
  const results = [
    result('a.failed', 'failed', `it said ${HOSTILE}`),
    result('a.passed', 'passed', 'all well'),
    result('x.not-run', 'notRun', 'no container engine', 'SHOULD'),
    result('x.not-applicable', 'notApplicable', 'upstream has no such call', 'MAY'),
  ];
  return {
    format: REPORT_FORMAT,
    seed: 1,
    world: 'own',
    subjects: [
      {
        id: 'client-a',
        version: 'v1.2.3',
        runtime: 'docker',
        passed: 1,
        failed: 1,
        notRun: 1,
        notApplicable: 1,
        requirements: results,
      },
      {
        id: 'client-b',
        version: '2.0',
        runtime: 'process',
        passed: 1,
        failed: 0,
        notRun: 0,
        notApplicable: 0,
        requirements: [result('a.passed', 'passed', 'all well')],
      },
    ],
    gaps: [{ where: 'maas', what: `GET /${HOSTILE}`, answered: '404', count: 2 }],
    selfTest: [
      {
        id: 'client-a',
        noticed: 1,
        blind: [{ requirement: 'a.passed', saboteur: 'drops-all', note: 'passed: all well' }],
        notRun: ['x.not-run'],
      },
    ],
    broke: [],
    requirements: results.map((one) => ({
      id: one.id,
      title: `What ${one.id} wants.`,
      level: one.level,
      profile: 'maas',
      source: `facts 1 ${HOSTILE}`,
      oracle: one.oracle,
      saboteur: 'drops-all',
      subjects: one.id === 'a.passed' ? ['client-a', 'client-b'] : ['client-a'],
    })),
    provenance: {
      at: '2026-01-02T03:04:05.000Z',
      product: 'maasquerade',
      productVersion: '0.1.0',
      commit: '0123456789abcdef',
      dirty: false,
      command: 'maasquerade conform',
      runtime: 'Node 26',
      host: 'linux',
      wallMs: 1234,
    },
  };
}
