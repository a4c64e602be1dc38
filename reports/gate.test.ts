import { describe, expect, it } from 'vitest';
import type { Outcome, Report, SubjectResult } from '../conformance/types.ts';
import { acceptBaseline, type Baseline, gate, gateExit, gateText, parseBaseline } from './gate.ts';
import { sampleReport } from './sample.ts';

const report = sampleReport();
const baseline: Baseline = parseBaseline(acceptBaseline(report, 'the first state'));

/** The report with one outcome changed. */
function with_(subject: string, requirement: string, outcome: Outcome): Report {
  const change = (one: SubjectResult): SubjectResult =>
    one.id === subject
      ? {
          ...one,
          requirements: one.requirements.map((each) =>
            each.id === requirement ? { ...each, outcome } : each,
          ),
        }
      : one;
  return { ...report, subjects: report.subjects.map(change) };
}

describe('gate', () => {
  it('is content with what was accepted, failures included', () => {
    expect(gate(report, baseline)).toEqual({
      ok: true,
      newFailures: [],
      fixed: [],
      newlyNotRun: [],
      missingSubjects: [],
    });
  });

  it('ends with 1 for a regression, and names it with both versions', () => {
    const result = gate(with_('client-b', 'a.passed', 'failed'), baseline);
    expect(result.newFailures).toMatchObject([
      {
        subject: 'client-b',
        requirement: 'a.passed',
        was: { version: '2.0', outcome: 'passed' },
        is: { version: '2.0', outcome: 'failed' },
      },
    ]);
    expect(gateExit(result)).toBe(1);
    expect(gateText(result)).toContain('NEW FAILURE client-b a.passed (MUST)');
  });

  it('ends with 4 for a subject that is gone', () => {
    const result = gate({ ...report, subjects: report.subjects.slice(1) }, baseline);
    expect(result.missingSubjects).toEqual(['client-a']);
    expect(result.ok).toBe(false);
    expect(gateExit(result)).toBe(4);
  });

  it('ends with 4 for what ran when it was accepted and does not run now', () => {
    const result = gate(with_('client-b', 'a.passed', 'notRun'), baseline);
    expect(result.newlyNotRun).toHaveLength(1);
    expect(gateExit(result)).toBe(4);
  });

  it('misses a requirement that vanished from the report', () => {
    const [first, second] = report.subjects;
    const shrunk = { ...report, subjects: [first!, { ...second!, requirements: [] }] };
    expect(gate(shrunk, baseline).newlyNotRun).toMatchObject([
      { subject: 'client-b', requirement: 'a.passed', is: { outcome: 'absent' } },
    ]);
  });

  it('tells what was fixed, which is no reason to stop', () => {
    const result = gate(with_('client-a', 'a.failed', 'passed'), baseline);
    expect(result.fixed).toHaveLength(1);
    expect(gateExit(result)).toBe(0);
  });

  it('does not let a failure that was accepted for one version excuse another', () => {
    const [first, ...rest] = report.subjects;
    const newer = { ...report, subjects: [{ ...first!, version: 'v1.3.0' }, ...rest] };
    expect(gate(newer, baseline).newFailures).toMatchObject([
      { was: { version: 'v1.2.3' }, is: { version: 'v1.3.0' } },
    ]);
  });

  it('takes a failure of a subject that it does not know for new', () => {
    const { 'client-a': _, ...others } = baseline.subjects;
    const result = gate(report, { ...baseline, subjects: others });
    expect(result.newFailures.map((one) => one.requirement)).toEqual(['a.failed']);
  });
});

describe('accepting', () => {
  it('keeps every reason, newest first, and no evidence', () => {
    const second = acceptBaseline(report, 'the second state', baseline);
    expect(parseBaseline(second).accepted.map((one) => one.why)).toEqual([
      'the second state',
      'the first state',
    ]);
    expect(second).not.toContain('alert');
  });

  it.each(['', '{}', '{"format":"maasquerade-baseline/1"}'])('refuses to read %j', (text) => {
    expect(() => parseBaseline(text)).toThrow(/^it is no/);
  });
});
