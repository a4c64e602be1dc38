import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { renderProblem } from '../problems/render.ts';
import { parseVersion } from '../versions/number.ts';
import { incidentText, playScenario, runScenario, stepText } from './incident.ts';
import { loadScenario, SCENARIOS_DIR, type Scenario } from './scenario.ts';

const IDS = ['s1', 's1-fixed', 's2', 's3', 's4', 's5'] as const;

const scenario = (id: string): Scenario => loadScenario(join(SCENARIOS_DIR, `${id}.yaml`));

describe.each(IDS)('scenario %s', (id) => {
  it('ends as its file expects, and looks at something', async () => {
    const result = await runScenario(join(SCENARIOS_DIR, `${id}.yaml`));
    const checks = result.steps.flatMap((step) => step.checks);
    expect(checks.filter((check) => !check.ok)).toEqual([]);
    expect(checks.length).toBeGreaterThan(3);
    expect(result.ok).toBe(true);
  });

  it('gives the same trace for the same seed, and another for another', async () => {
    const hash = async (seed: number) => (await playScenario({ ...scenario(id), seed })).trace.hash;
    expect(await hash(3)).toBe(await hash(3));
    expect(await hash(4)).not.toBe(await hash(3));
  });
});

describe('the ideal message', () => {
  it.each([
    ['s1', 'client', '1.22.1', '1.21.14'],
    ['s2', 'controller', '1.23.3', '1.24.5'],
    ['s3', 'client', '1.24.5', '1.24.5'],
    ['s4', 'controller', '1.24.5', '1.24.5'],
    ['s5', 'controller', '1.23.3', '1.24.5'],
  ])(
    'of %s names who speaks, what was wanted, each place with what was there, and a next step',
    async (id, component, version, wanted) => {
      const result = await playScenario(scenario(id));
      const problem = result.problems[0]!;
      const text = renderProblem(problem, 'long');
      expect(text.split('\n')[0]).toContain(`${component} ${version} cannot `);
      expect(problem.wanted).toContain(wanted);
      for (const source of scenario(id).sources.controller) {
        const at = problem.looked.find((one) => one.place.includes(source.url));
        expect(at?.outcome, source.name).toBeTruthy();
        expect(text).toContain(`${at!.place}: ${at!.outcome}`);
      }
      expect(problem.next[0]?.command).toBeTruthy();
      expect(text).toContain(problem.next[0]!.command);
      expect(renderProblem(problem, 'short')).toContain(wanted);
    },
  );

  it('of s2 stands where the era said nothing at all', async () => {
    const { steps } = await playScenario(scenario('s2'));
    const status = steps.find((step) => step.statusMessages)!;
    expect(status.statusMessages).toEqual({});
    expect(status.problems[0]!.found.join()).toContain('machine-1, machine-2, machine-3');
  });

  it('of s3 tells the two views apart', async () => {
    const [problem] = (await playScenario(scenario('s3'))).problems;
    expect(problem!.found.join('\n')).toContain('this client itself can see 1.24.5-trusty-amd64');
    expect(problem!.looked.every((at) => !at.place.includes('streams.canonical.com'))).toBe(true);
  });

  it('of s4 names what there is instead', async () => {
    const [problem] = (await playScenario(scenario('s4'))).problems;
    expect(problem).toMatchObject({
      wanted: '1.24.5-centos7-amd64',
      found: ['1.24.5-trusty-amd64'],
      scope: 'machine-3, model controller',
    });
  });

  it('of s5 is gone once the directory has what it is asked for', async () => {
    const { steps } = await playScenario(scenario('s5'));
    expect(steps.at(-1)!.problems).toEqual([]);
  });
});

describe('a scenario', () => {
  it('has the decisions of the client in its trace', async () => {
    const [bug, fixed] = [
      await playScenario(scenario('s1')),
      await playScenario(scenario('s1-fixed')),
    ];
    expect(bug.trace.lines[0]).toBe('0.000s client version=1.22.1 exit=0 target=1.20.14');
    expect(fixed.trace.lines).toContain('0.000s client version=1.24.6 exit=0 target=1.21.3');
    expect(bug.trace.hash).not.toBe(fixed.trace.hash);
  });

  it('is not changed by explaining it', async () => {
    const whole = scenario('s4');
    const quiet = { ...whole, steps: whole.steps.filter((step) => step.do !== 'status') };
    const [a, b] = [await playScenario(whole), await playScenario(quiet)];
    expect(a.trace.hash).toBe(b.trace.hash);
    expect(a.steps.length).toBeGreaterThan(b.steps.length);
  });

  it('does not pass when an expectation fails', async () => {
    const base = scenario('s1');
    const result = await playScenario({
      ...base,
      steps: [{ do: 'wait', minutes: 1, expect: { running: { 2: parseVersion('1.99.0') } } }],
    });
    expect(result.ok).toBe(false);
    expect(incidentText(result)).toContain(
      'NOT AS EXPECTED: machine 2 runs: wanted 1.99.0, got 1.20.14',
    );
  });

  it('stays behind without the remedy: the advice is what helps', async () => {
    const base = scenario('s2');
    const steps = base.steps.filter((step) => step.do !== 'kill-agent');
    expect((await playScenario({ ...base, steps })).ok).toBe(false);
  });
});

describe('docs/how-an-agent-gets-there.md', () => {
  const file = fileURLToPath(new URL('../../docs/how-an-agent-gets-there.md', import.meta.url));
  const BLOCK = /```text (s\d) (step|explain) (\d)\n[\s\S]*?```/g;

  // After a text was reworded: UPDATE_DOCS=1 vitest run sim/world/incident
  it('shows what s1 to s5 really print', async () => {
    const page = readFileSync(file, 'utf8');
    const blocks = [...page.matchAll(BLOCK)];
    expect(new Set(blocks.map(([, id]) => id))).toEqual(new Set(['s1', 's2', 's3', 's4', 's5']));
    let real = page;
    for (const [block, id, what, n] of blocks) {
      const result = await playScenario(scenario(id!));
      const step = result.steps[Number(n)]!;
      const text = what === 'explain' ? step.explanation!.text.trimEnd() : stepText(step);
      real = real.replace(block, () => `\`\`\`text ${id} ${what} ${n}\n${text}\n\`\`\``);
    }
    if (process.env.UPDATE_DOCS) writeFileSync(file, real);
    else expect(page).toBe(real);
  });
});
