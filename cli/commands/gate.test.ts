/** The gate as a build server sees it: files, exit codes, JSON. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stableJson } from '../../reports/json.ts';
import { sampleReport } from '../../reports/sample.ts';
import { runCommandLine } from '../run.ts';
import { defineConform } from './conform.ts';
import { defineGate } from './gate.ts';

let dir: string;
const file = (name: string) => join(dir, name);

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'maasquerade-gate-'));
  const report = sampleReport();
  writeFileSync(file('report.json'), stableJson(report));
  writeFileSync(
    file('fewer.json'),
    stableJson({ ...report, subjects: report.subjects.slice(0, 1) }),
  );
  const [first, second] = report.subjects;
  const worse = second!.requirements.map((one) => ({ ...one, outcome: 'failed' as const }));
  writeFileSync(
    file('worse.json'),
    stableJson({
      ...report,
      subjects: [first, { ...second, passed: 0, failed: 1, requirements: worse }],
    }),
  );
  writeFileSync(file('broken.json'), '{"format":');
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function run(...argv: string[]) {
  let stdout = '';
  let stderr = '';
  const exit = await runCommandLine(
    argv,
    [defineGate, defineConform],
    '0.0.0',
    {
      stdout: (text) => {
        stdout += text;
      },
      stderr: (text) => {
        stderr += text;
      },
      interactive: false,
    },
    new AbortController().signal,
  );
  return { exit, stdout, stderr };
}

describe('gate', () => {
  it('accepts with a reason, then compares', async () => {
    const accept = ['--accept', '--why', 'the first release'];
    expect(
      await run('gate', file('report.json'), '--baseline', file('b.json'), ...accept),
    ).toMatchObject({ exit: 0 });
    expect(readFileSync(file('b.json'), 'utf8')).toContain('the first release');

    const same = await run('gate', file('report.json'), '--baseline', file('b.json'), '--json');
    expect(same.exit).toBe(0);
    expect(JSON.parse(same.stdout)).toEqual({
      ok: true,
      newFailures: [],
      fixed: [],
      newlyNotRun: [],
      missingSubjects: [],
    });

    const worse = await run('gate', file('worse.json'), '--baseline', file('b.json'), '--json');
    expect(worse.exit).toBe(1);
    expect(JSON.parse(worse.stdout).newFailures).toHaveLength(1);

    const fewer = await run('gate', file('fewer.json'), '--baseline', file('b.json'), '--json');
    expect(fewer.exit).toBe(4);
    expect(JSON.parse(fewer.stdout).missingSubjects).toEqual(['client-b']);
  });

  it.each([
    ['a baseline that is not there', 'report.json', 'nowhere.json'],
    ['a baseline that is no JSON', 'report.json', 'broken.json'],
    ['a report that is no JSON', 'broken.json', 'report.json'],
    ['a report in the place of a baseline', 'report.json', 'report.json'],
  ])('ends with 3 and one sentence for %s', async (_what, report, baseline) => {
    const { exit, stdout, stderr } = await run('gate', file(report), '--baseline', file(baseline));
    expect(exit).toBe(3);
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('never overwrites a baseline that it cannot read', async () => {
    const accept = ['--accept', '--why', 'x'];
    const { exit } = await run(
      'gate',
      file('report.json'),
      '--baseline',
      file('broken.json'),
      ...accept,
    );
    expect(exit).toBe(3);
    expect(readFileSync(file('broken.json'), 'utf8')).toBe('{"format":');
  });

  it.each([[['--accept']], [['--why', 'x']], [['--accept', '--why', ' ']]])(
    'ends with 2 for %j',
    async (flags) => {
      const { exit } = await run(
        'gate',
        file('report.json'),
        '--baseline',
        file('b.json'),
        ...flags,
      );
      expect(exit).toBe(2);
    },
  );
});

describe('conform, before anything runs', () => {
  it.each([
    ['an unknown subject', ['--subject', 'nobody']],
    ['no subject', ['--subject', ',']],
    ['an unknown profile', ['--profile', 'nothing']],
    ['a build for no single subject', ['--with', './x']],
    ['a MAAS without a key', ['--maas-url', 'http://127.0.0.1:5240/MAAS/']],
    ['a MAAS that is no URL', ['--maas-url', 'nowhere', '--api-key', 'a:b:c']],
    ['a controller without its CA', ['--controller', '127.0.0.1:17070']],
    ['a self-test of services that are not ours', ['--streams-url', 'http://h/', '--self-test']],
  ])('ends with 2 for %s', async (_what, flags) => {
    const { exit, stderr } = await run('conform', ...flags);
    expect(exit).toBe(2);
    expect(stderr).toContain('error: ');
  });

  it('ends with 4 when the only subject has no component yet', async () => {
    const out = file('out');
    const { exit, stdout } = await run(
      'conform',
      '--subject',
      'terraform-provider-juju',
      '--json',
      '--out',
      out,
    );
    expect(exit).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({
      subjects: [{ id: 'terraform-provider-juju', runtime: 'none' }],
    });
  });
});
