/**
 * The report in words: a short text for a terminal and Markdown for a pull request. Both say first
 * what did not hold, then what did not run and why, then the counts.
 */
import type { Report, RequirementResult, SubjectResult } from '../conformance/types.ts';
import { notRunReasons, totalOf } from './flat.ts';

/** One sentence that is true of the whole report. */
export function verdictOf(report: Report): string {
  const blind = (report.selfTest ?? []).flatMap((one) => one.blind);
  const [failed, notRun, passed] = [
    totalOf(report, 'failed'),
    totalOf(report, 'notRun'),
    totalOf(report, 'passed'),
  ];
  if (report.broke.length > 0) {
    return `the run broke for ${report.broke.map((one) => one.subject).join(', ')}`;
  }
  if (passed + failed === 0) return 'nothing ran';
  const parts = [failed > 0 ? `${failed} failed` : `all ${passed} that ran held`];
  if (notRun > 0) parts.push(`${notRun} did not run`);
  if (blind.length > 0) parts.push(`${blind.length} noticed no saboteur`);
  return parts.join(', ');
}

/** What a terminal shows: no colour, no line longer than needed. */
export function terminalSummary(report: Report): string {
  const width = Math.max(0, ...report.subjects.map((one) => one.id.length));
  const lines = report.subjects.map((one) => `  ${one.id.padEnd(width)}  ${countsOf(one)}`);
  for (const subject of report.subjects) {
    for (const one of failures(subject)) {
      lines.push('', `  FAILED ${subject.id} ${one.id} (${one.level})`, `    ${one.evidence.note}`);
    }
    for (const [reason, count] of notRunReasons(subject)) {
      lines.push('', `  NOT RUN ${subject.id}: ${count} requirements`, `    ${reason}`);
    }
  }
  for (const test of report.selfTest ?? []) {
    lines.push('', `  self-test ${test.id}: ${test.noticed} noticed, ${test.blind.length} blind`);
    for (const one of test.blind) {
      lines.push(`    BLIND ${one.requirement} to ${one.saboteur}: ${one.note}`);
    }
    if (test.notRun.length > 0) lines.push(`    not put to the test: ${test.notRun.length}`);
  }
  for (const one of report.broke) lines.push('', `  BROKE ${one.subject}: ${one.reason}`);
  return [`Conformance: ${verdictOf(report)}`, '', ...lines].join('\n');
}

/** What a pull request shows. */
export function markdownSummary(report: Report): string {
  const out = [
    '# Conformance',
    '',
    `**${verdictOf(report)}.**`,
    '',
    '| subject | version | runtime | passed | failed | not run | not applicable |',
    '| --- | --- | --- | ---: | ---: | ---: | ---: |',
    ...report.subjects.map(
      (one) =>
        `| ${one.id} | ${cell(one.version)} | ${one.runtime} | ${one.passed} | ${one.failed} | ${one.notRun} | ${one.notApplicable} |`,
    ),
  ];
  const failed = report.subjects.flatMap((subject) =>
    failures(subject).map(
      (one) => `| ${subject.id} | \`${one.id}\` | ${one.level} | ${cell(one.evidence.note)} |`,
    ),
  );
  if (failed.length > 0) {
    out.push(
      '',
      '## Failed',
      '',
      '| subject | requirement | level | seen |',
      '| --- | --- | --- | --- |',
    );
    out.push(...failed);
  }
  const reasons = report.subjects.flatMap((subject) =>
    notRunReasons(subject).map(
      ([reason, n]) => `- ${subject.id}: ${n} requirements: ${cell(reason)}`,
    ),
  );
  if (reasons.length > 0) out.push('', '## Not run', '', ...reasons);
  if (report.selfTest) {
    out.push('', '## Self-test', '');
    for (const test of report.selfTest) {
      const blind = test.blind.map((one) => `\`${one.requirement}\` to \`${one.saboteur}\``);
      out.push(
        `- ${test.id}: ${test.noticed} noticed their saboteur; blind: ${blind.join(', ') || 'none'}; not put to the test: ${test.notRun.length}`,
      );
    }
  }
  if (report.gaps.length > 0) {
    out.push(
      '',
      '## Met and not known',
      '',
      '| where | what | answered | times |',
      '| --- | --- | --- | ---: |',
    );
    out.push(
      ...report.gaps.map(
        (gap) => `| ${gap.where} | ${cell(gap.what)} | ${cell(gap.answered)} | ${gap.count} |`,
      ),
    );
  }
  return `${out.join('\n')}\n`;
}

function countsOf(one: SubjectResult): string {
  const parts = [`${one.passed} passed`, `${one.failed} failed`, `${one.notRun} not run`];
  if (one.notApplicable > 0) parts.push(`${one.notApplicable} not applicable`);
  return `${parts.join(', ')}  (${one.version}, ${one.runtime})`;
}

function failures(subject: SubjectResult): RequirementResult[] {
  return subject.requirements.filter((one) => one.outcome === 'failed');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s+/g, ' ');
}
