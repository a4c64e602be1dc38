import { describe, expect, it } from 'vitest';
import { INPUT } from '../agents/agent.ts';
import { type SimulateWatcher, simulate } from './simulate.ts';
import { checkOptions, optionsOf } from './token.ts';

const run = (given: object, watcher?: SimulateWatcher) =>
  simulate(
    checkOptions({ seed: 7, machines: 400, agents: '1.24.5=70,1.23.3=30', to: '1.25.2', ...given }),
    watcher,
  );

const sum = (counts: Iterable<number>) => [...counts].reduce((a, b) => a + b, 0);

describe('a simulated upgrade', () => {
  it('takes every machine of every model there when nothing is wrong', async () => {
    const result = await run({});
    expect(result).toMatchObject({ converged: 400, versions: { '1.25.2': 400 }, stuck: {} });
    expect([result.held, result.era, result.violationCount]).toEqual([true, '1.2x', 0]);
  });

  it('leaves exactly those behind that the faults predict, and says why', async () => {
    const result = await run({ machines: 2_000, faults: 'all' });
    expect(result.violations).toEqual([]);
    expect(result.held).toBe(true);
    const stuck = Object.entries(result.stuck);
    expect(stuck.map(([reason]) => reason)).toEqual(
      expect.arrayContaining(['bad-download', 'dead-machine', 'no-agent-binary']),
    );
    for (const [, { count, expected }] of stuck) expect(count).toBe(expected);
    expect(result.converged + sum(stuck.map(([, { count }]) => count))).toBe(2_000);
  });

  it('gives the same trace for the same seed, also when replayed, and another for another', async () => {
    const first = await run({ faults: 'all' });
    const replayed = await simulate(optionsOf(first.replay));
    const other = await run({ faults: 'all', seed: 8 });
    expect([replayed.traceHash, replayed.events]).toEqual([first.traceHash, first.events]);
    expect(other.traceHash).not.toBe(first.traceHash);
  });

  it('writes each event as a line, in order, without changing the hash', async () => {
    const lines: string[] = [];
    const told = await run({ machines: 20 }, { trace: (line) => lines.push(line) });
    const silent = await run({ machines: 20 });
    expect(lines).toHaveLength(told.events);
    expect(told.traceHash).toBe(silent.traceHash);
    const seconds = lines.map((line) => Number.parseFloat(line));
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
    const controller = lines.findIndex((line) => line.includes('state=up version=1.25.2'));
    const hosted = lines.findIndex((line) => line.includes('target model=m-1-24-5'));
    expect(controller).toBeGreaterThan(0);
    expect(hosted).toBeGreaterThan(controller);
  });

  it('crosses from the metadata of one era to that of another', async () => {
    const result = await run({ agents: '2.8.9', to: '2.9.53', faults: 'all' });
    expect(result.refusal).toBeUndefined();
    expect(result.violations).toEqual([]);
    expect(result.converged).toBeGreaterThan(350);
  });

  it('counts machines that run the target already as converged', async () => {
    const result = await run({ agents: '1.25.2=1,1.24.5=1', faults: 'dead-machine' });
    expect(result.held).toBe(true);
    expect(result.stuck['dead-machine']?.count ?? 0).toBe(400 - result.converged);
  });

  it('reports a machine that stays behind unpredicted (L-01), with the command to see it again', async () => {
    const result = await run(
      { machines: 20 },
      { prepare: ({ fleet }) => fleet.happen(5, INPUT.powerLost) },
    );
    expect(result.held).toBe(false);
    expect(result.violations).toMatchObject([
      { invariant: 'L-01', machine: 'm-1-24-5/machine-4', what: 'dead', replay: result.replay },
    ]);
    expect(result.stuck).toMatchObject({ 'dead-machine': { count: 1, expected: 0 } });
  });

  it('reports a machine that converges although the ground truth says it cannot', async () => {
    const result = await run(
      { machines: 400, faults: 'wrong-os' },
      // The fault stays in the prediction but loses its hold on what is served.
      {
        prepare: ({ core }) => {
          const port = core.agentPort();
          port.findBinary = () => 0;
          port.download = () => ({ outcome: 0, durationMs: 1_000 });
        },
      },
    );
    expect(result.held).toBe(false);
    expect(new Set(result.violations.map((v) => v.invariant))).toEqual(new Set(['ground-truth']));
    expect(result.stuck['no-agent-binary']).toMatchObject({ count: 0, expected: 4 });
  });
});

describe('stragglers', () => {
  const late = { agents: '2.9.42', to: '2.9.53', stragglers: 5 };

  it('make the all-agents gate refuse, which is the result', async () => {
    const result = await run(late);
    expect(result.refusal).toMatchObject({ code: 'agents-behind', why: '2.8' });
    expect([result.held, result.converged]).toEqual([false, 0]);
    expect(result.versions).toEqual({ '2.9.42': 380, '2.9.41': 20 });
  });

  it('are passed over on demand where the era can, and only there', async () => {
    const known = await run({ ...late, ignoreAgentVersions: true });
    expect([known.held, known.converged]).toEqual([true, 400]);
    const unknown = await run({ stragglers: 5, ignoreAgentVersions: true });
    expect(unknown.refusal?.code).toBe('agents-behind');
  });
});

describe('strategies', () => {
  it('waves: a later model begins when the wave before it is at rest', async () => {
    const lines: string[] = [];
    const options = { agents: '3.6.20', to: '3.6.28', models: 4, strategy: 'waves' };
    const result = await run(options, { trace: (line) => lines.push(line) });
    expect(result.held).toBe(true);
    const targets = lines
      .filter((line) => /target model=m-.* version=3.6.28/.test(line))
      .map((line) => Number.parseFloat(line));
    expect(targets).toHaveLength(4);
    // Waves of 1, 2 and the last one.
    expect(targets[0]).toBeLessThan(targets[1]!);
    expect(targets[1]).toBe(targets[2]);
    expect(targets[2]).toBeLessThan(targets[3]!);
  });

  it('replace: new machines come, old ones never change and are retired', async () => {
    const lines: string[] = [];
    const options = { agents: '3.6.20', to: '3.6.28', strategy: 'replace', machines: 50 };
    const result = await run(options, { trace: (line) => lines.push(line) });
    expect(result.violations).toEqual([]);
    expect(result).toMatchObject({ held: true, converged: 50, versions: { '3.6.28': 50 } });
    const switched = lines.filter((line) => line.includes('--switched-->'));
    expect(switched.map((line) => line.split(' ')[2])).toEqual(['0']);
  });

  it('replace: faults keep new machines from coming up', async () => {
    const options = { agents: '3.6.20', to: '3.6.28', strategy: 'replace', machines: 2_000 };
    const result = await run({ ...options, faults: 'all' });
    expect(result.violations).toEqual([]);
    expect(result.held).toBe(true);
    expect(result.stuck['no-agent-binary']!.count).toBeGreaterThan(10);
  });
});

describe('options', () => {
  it('that the era forbids are refused by the rule', async () => {
    await expect(run({ agents: '3.5.4', to: '3.6.28' })).rejects.toThrow(/3.5.4 to 3.6.28: P-1/);
    await expect(run({ era: '3.x' })).rejects.toThrow(/--era: release 1.25.2 belongs to era 1.2x/);
  });

  it('that cannot be are named', async () => {
    await expect(run({ agents: '1.24=70' })).rejects.toThrow(/--agents: "1.24" in the mix/);
    await expect(run({ to: 'new' })).rejects.toThrow(/--to: "new" is no agent-version/);
    await expect(run({ faults: 'rain' })).rejects.toThrow(/--faults: no fault "rain"/);
    await expect(run({ models: 1 })).rejects.toThrow(/1 models cannot hold 2 versions/);
  });
});
