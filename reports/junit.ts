/**
 * JUnit XML, for build servers: one suite a subject, one case a requirement. Times are left out,
 * so that two equal runs give equal bytes.
 */
import type { Report, SubjectResult } from '../conformance/types.ts';
import { type Row, rowsOf, totalOf } from './flat.ts';

export function junitXml(report: Report): string {
  const rows = rowsOf(report);
  const tests = rows.length;
  const skipped = totalOf(report, 'notRun') + totalOf(report, 'notApplicable');
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="maasquerade" tests="${tests}" failures="${totalOf(report, 'failed')}" errors="${report.broke.length}" skipped="${skipped}">`,
    ...report.subjects.flatMap((subject) => suite(subject, report, rows)),
    '</testsuites>',
    '',
  ].join('\n');
}

function suite(subject: SubjectResult, report: Report, rows: readonly Row[]): string[] {
  const broke = report.broke.filter((one) => one.subject === subject.id);
  const skipped = subject.notRun + subject.notApplicable;
  const tests = subject.requirements.length;
  return [
    `  <testsuite name="${xml(subject.id)}" tests="${tests}" failures="${subject.failed}" errors="${broke.length}" skipped="${skipped}">`,
    '    <properties>',
    `      <property name="version" value="${xml(subject.version)}"/>`,
    `      <property name="runtime" value="${subject.runtime}"/>`,
    '    </properties>',
    ...rows.filter((row) => row.subject.id === subject.id).flatMap(testCase),
    ...broke.map((one) => `    <system-err>${xml(one.reason)}</system-err>`),
    '  </testsuite>',
  ];
}

function testCase({ subject, requirement, result }: Row): string[] {
  const open = `    <testcase classname="${xml(`${subject.id}.${requirement.profile}`)}" name="${xml(result.id)}"`;
  const note = xml(result.evidence.note);
  const { outcome } = result;
  if (outcome === 'passed') return [`${open}/>`];
  if (outcome === 'failed') {
    const about = [
      `${result.level}: ${requirement.title}`,
      `Source: ${requirement.source}`,
      ...(result.evidence.exchanges ?? []).flatMap((one) => ['', one.request, '->', one.answer]),
      ...(result.evidence.replay ? ['', `Again: ${result.evidence.replay}`] : []),
    ].join('\n');
    return [
      `${open}>`,
      `      <failure type="${result.level}" message="${note}">${xml(about)}</failure>`,
      '    </testcase>',
    ];
  }
  const reason = outcome === 'notRun' ? note : `not applicable: ${note}`;
  return [`${open}>`, `      <skipped message="${reason}"/>`, '    </testcase>'];
}

/** Escapes for text and attributes, and drops what XML 1.0 cannot hold at all. */
function xml(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly those are not XML
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll('\n', '&#10;')
  );
}
