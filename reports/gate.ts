/**
 * The gate: a report against an accepted baseline, by requirement id, level and subject version.
 * A regression is something that the baseline does not know as failing and that fails now. What
 * vanished (a subject, or a check that no longer runs) is named, because a suite that shrinks in
 * silence is how regressions pass. A baseline is a small file that people review: it holds no
 * evidence, and each acceptance carries its reason.
 */
import { z } from 'zod';
import type { Outcome, Report } from '../conformance/types.ts';
import { rowsOf } from './flat.ts';
import { stableJson } from './json.ts';

export const BASELINE_FORMAT = 'maasquerade-baseline/1';

const outcome = z.enum(['passed', 'failed', 'notRun', 'notApplicable']);
const level = z.enum(['MUST', 'SHOULD', 'MAY']);

const baselineSchema = z.strictObject({
  format: z.literal(BASELINE_FORMAT),
  /** Why this state was accepted, newest first. */
  accepted: z.array(z.strictObject({ why: z.string().min(1), report: z.string() })).min(1),
  subjects: z.record(
    z.string(),
    z.strictObject({
      version: z.string(),
      requirements: z.record(z.string(), z.strictObject({ level, outcome })),
    }),
  ),
});

export type Baseline = z.infer<typeof baselineSchema>;

/** One difference, said so that it can be found. */
export interface Change {
  readonly subject: string;
  readonly requirement: string;
  readonly level: string;
  /** What the subject was when it was accepted, and what it is now. */
  readonly was: { readonly version: string; readonly outcome: Outcome | 'absent' };
  readonly is: { readonly version: string; readonly outcome: Outcome | 'absent' };
  readonly note: string;
}

export interface GateResult {
  readonly ok: boolean;
  readonly newFailures: readonly Change[];
  readonly fixed: readonly Change[];
  readonly newlyNotRun: readonly Change[];
  readonly missingSubjects: readonly string[];
}

/** @throws Error with one sentence when the text is no baseline */
export function parseBaseline(text: string): Baseline {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error('it is no JSON');
  }
  const parsed = baselineSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(
    `it is no baseline: ${issue?.message ?? 'unknown'} (at ${issue?.path.join('.') || 'the top'})`,
  );
}

/** Compares. A failure is not new if it was accepted at this level and for this version. */
export function gate(report: Report, baseline: Baseline): GateResult {
  const newFailures: Change[] = [];
  const fixed: Change[] = [];
  const newlyNotRun: Change[] = [];
  const now = new Map(rowsOf(report).map((row) => [`${row.subject.id}\n${row.result.id}`, row]));
  for (const row of now.values()) {
    const { subject, result } = row;
    const accepted = baseline.subjects[subject.id];
    const before = accepted?.requirements[result.id];
    const change: Change = {
      subject: subject.id,
      requirement: result.id,
      level: result.level,
      was: { version: accepted?.version ?? 'none', outcome: before?.outcome ?? 'absent' },
      is: { version: subject.version, outcome: result.outcome },
      note: result.evidence.note,
    };
    const known =
      before?.outcome === result.outcome &&
      before.level === result.level &&
      accepted?.version === subject.version;
    if (result.outcome === 'failed' && !known) newFailures.push(change);
    if (result.outcome === 'passed' && before?.outcome === 'failed') fixed.push(change);
    if (result.outcome === 'notRun' && before?.outcome !== 'notRun') newlyNotRun.push(change);
  }
  const present = new Set(report.subjects.map((one) => one.id));
  for (const [subject, { version, requirements }] of Object.entries(baseline.subjects)) {
    if (!present.has(subject)) continue;
    for (const [requirement, before] of Object.entries(requirements)) {
      if (now.has(`${subject}\n${requirement}`) || before.outcome === 'notRun') continue;
      newlyNotRun.push({
        subject,
        requirement,
        level: before.level,
        was: { version, outcome: before.outcome },
        is: { version: 'none', outcome: 'absent' },
        note: 'the report does not hold this requirement any more',
      });
    }
  }
  const missingSubjects = Object.keys(baseline.subjects)
    .filter((one) => !present.has(one))
    .sort();
  const ok = newFailures.length + newlyNotRun.length + missingSubjects.length === 0;
  return { ok, newFailures, fixed, newlyNotRun, missingSubjects };
}

/** The exit code of a gate: a regression outweighs what did not run. */
export function gateExit(result: GateResult): 0 | 1 | 4 {
  if (result.newFailures.length > 0) return 1;
  return result.missingSubjects.length + result.newlyNotRun.length > 0 ? 4 : 0;
}

/**
 * The baseline that accepts a report as it stands.
 * @param why the reason, kept with those of earlier acceptances
 * @param before the baseline that it takes the place of, if there is one
 */
export function acceptBaseline(report: Report, why: string, before?: Baseline): string {
  const { commit, productVersion, dirty } = report.provenance;
  const of = `${productVersion} at ${commit}${dirty ? ' (with changes)' : ''}`;
  const baseline: Baseline = {
    format: BASELINE_FORMAT,
    accepted: [{ why, report: of }, ...(before?.accepted ?? [])],
    subjects: Object.fromEntries(
      report.subjects.map((subject) => [
        subject.id,
        {
          version: subject.version,
          requirements: Object.fromEntries(
            subject.requirements.map((one) => [one.id, { level: one.level, outcome: one.outcome }]),
          ),
        },
      ]),
    ),
  };
  return stableJson(baseline);
}

/** What a person reads. */
export function gateText(result: GateResult): string {
  const say = (title: string, changes: readonly Change[]) =>
    changes.flatMap((one) => [
      `${title} ${one.subject} ${one.requirement} (${one.level}): ${one.was.outcome} in ${one.was.version}, ${one.is.outcome} in ${one.is.version}`,
      `  ${one.note}`,
    ]);
  const lines = [
    ...say('NEW FAILURE', result.newFailures),
    ...result.missingSubjects.map((one) => `MISSING SUBJECT ${one}`),
    ...say('NO LONGER RUN', result.newlyNotRun),
    ...say('FIXED', result.fixed),
  ];
  return [`Gate: ${result.ok ? 'no regression' : 'not passed'}`, ...lines].join('\n');
}
