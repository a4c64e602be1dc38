/** A report read by the answer it gives: one row for each subject and requirement. */
import type {
  Outcome,
  Report,
  Requirement,
  RequirementResult,
  SubjectResult,
} from '../conformance/types.ts';

export interface Row {
  readonly subject: SubjectResult;
  readonly requirement: Requirement;
  readonly result: RequirementResult;
}

/** Every result with its requirement, by subject and then by requirement. */
export function rowsOf(report: Report): Row[] {
  const requirements = new Map(report.requirements.map((one) => [one.id, one]));
  return report.subjects.flatMap((subject) =>
    subject.requirements.flatMap((result) => {
      const requirement = requirements.get(result.id);
      return requirement ? [{ subject, requirement, result }] : [];
    }),
  );
}

export function totalOf(report: Report, outcome: Outcome): number {
  return report.subjects.reduce((sum, one) => sum + one[outcome], 0);
}

/** Reasons why something did not run, each with how often it came, most frequent first. */
export function notRunReasons(subject: SubjectResult): [reason: string, count: number][] {
  const reasons = new Map<string, number>();
  for (const one of subject.requirements) {
    if (one.outcome !== 'notRun') continue;
    reasons.set(one.evidence.note, (reasons.get(one.evidence.note) ?? 0) + 1);
  }
  return [...reasons].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  passed: 'passed',
  failed: 'failed',
  notRun: 'not run',
  notApplicable: 'not applicable',
};
