import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { Report } from '../conformance/types.ts';
import { stableJson } from './json.ts';
import { junitXml } from './junit.ts';
import { reportPage } from './page/page.ts';
import { HOSTILE, sampleReport } from './sample.ts';
import { sarif } from './sarif.ts';
import { jsonSchema, parseReport } from './schema.ts';
import { markdownSummary, terminalSummary, verdictOf } from './summary.ts';

const report = sampleReport();

describe('result schema', () => {
  it('is published as it is defined (scripts/result-schema.ts writes it anew)', () => {
    const published = readFileSync(new URL('./result.schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(published)).toEqual(JSON.parse(stableJson(jsonSchema())));
  });

  it('accepts a report, by zod and by JSON Schema alike', () => {
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(jsonSchema());
    expect(validate(JSON.parse(stableJson(report)))).toBe(true);
    expect(validate({ ...report, subjects: [{ id: 'x' }] })).toBe(false);
    expect(parseReport(stableJson(report))).toEqual(JSON.parse(stableJson(report)));
  });

  it('refuses counts that contradict the requirements', () => {
    const [first, ...rest] = report.subjects;
    const lie: Report = { ...report, subjects: [{ ...first!, passed: 99 }, ...rest] };
    expect(() => parseReport(stableJson(lie))).toThrow('the counts are not those');
  });

  it.each(['', '[]', '{"format":"other"}'])('refuses %j in one sentence', (text) => {
    expect(() => parseReport(text)).toThrow(/^it is no/);
  });
});

describe('stable JSON', () => {
  it('does not depend on the order in which a report was built', () => {
    const { format, seed, ...rest } = report;
    expect(stableJson({ ...rest, seed, format })).toBe(stableJson(report));
  });
});

describe('JUnit', () => {
  const xml = junitXml(report);

  it('counts what failed and what did not run', () => {
    expect(xml).toContain(
      '<testsuites name="maasquerade" tests="5" failures="1" errors="0" skipped="2">',
    );
    expect(xml.match(/<failure /g)).toHaveLength(1);
    expect(xml.match(/<skipped /g)).toHaveLength(2);
  });

  it('stays well-formed whatever was seen', () => {
    expect(xml).not.toContain('<script>');
    expect(xml).not.toContain('\u0007');
    const opened = xml.match(
      /<(testsuites?|testcase|failure|properties)\b(?:[^>]*[^/>])?>/g,
    )?.length;
    expect(xml.match(/<\/(testsuites?|testcase|failure|properties)>/g)).toHaveLength(opened!);
  });
});

describe('SARIF', () => {
  it('has a result for what failed or did not run, at the line of its requirement', () => {
    const log = sarif(report, (id) => ({ uri: `${id}.ts`, line: 7 })) as {
      runs: { results: Record<string, unknown>[]; tool: { driver: { rules: unknown[] } } }[];
    };
    expect(log.runs[0]?.tool.driver.rules).toHaveLength(4);
    expect(log.runs[0]?.results).toMatchObject([
      {
        ruleId: 'a.failed',
        ruleIndex: 0,
        kind: 'fail',
        level: 'error',
        locations: [{ physicalLocation: { artifactLocation: { uri: 'a.failed.ts' } } }],
      },
      { ruleId: 'x.not-run', kind: 'open', level: 'none' },
    ]);
  });
});

describe('summaries', () => {
  it('say first what did not hold', () => {
    expect(verdictOf(report)).toBe('1 failed, 1 did not run, 1 noticed no saboteur');
    expect(terminalSummary(report)).toContain('FAILED client-a a.failed (MUST)');
    expect(terminalSummary(report)).toContain('BLIND a.passed to drops-all');
    expect(markdownSummary(report)).toContain('| client-a | `a.failed` | MUST |');
  });

  it('give the reason why something did not run', () => {
    expect(terminalSummary(report)).toContain(
      'NOT RUN client-a: 1 requirements\n    no container engine',
    );
  });

  it('never call an empty report passed', () => {
    expect(verdictOf({ ...report, subjects: [], broke: [] })).toBe('nothing ran');
  });

  it('keep a table row on one line', () => {
    for (const line of markdownSummary(report)
      .split('\n')
      .filter((one) => one.startsWith('| client-a'))) {
      expect(line.replaceAll('\\|', '').split('|').length).toBeGreaterThanOrEqual(5);
    }
  });
});

describe('page', () => {
  it('needs nothing from any network', async () => {
    const page = await reportPage(report);
    expect(page).not.toMatch(/(src|href)="(?!#)/);
    expect(page).toContain("default-src 'none'");
  });

  it('shows what was seen and runs none of it', async () => {
    const page = await reportPage(report);
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
    expect(page).not.toContain(HOSTILE);
  });

  it('keeps fidelity and conformance apart', async () => {
    const page = await reportPage(report);
    const [fidelity, conformance] = page.split('id="conformance"');
    expect(fidelity).toContain('id="a.failed"');
    expect(conformance).toContain('id="x.not-run"');
    expect(conformance).not.toContain('id="a.failed"');
  });

  it('says of each requirement what it wants, where that comes from and how to see it again', async () => {
    const page = await reportPage(report);
    for (const one of report.requirements) expect(page).toContain(`What ${one.id} wants.`);
    expect(page).toContain('maasquerade conform --seed 1');
    expect(page).toContain('facts 1');
  });
});
