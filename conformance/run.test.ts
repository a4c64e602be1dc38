import { describe, expect, it } from 'vitest';
import { exitOf, type Results, runConformance } from './run.ts';
import { componentOf, runOptions } from './testing.ts';
import type { Observation, RequirementResult } from './types.ts';

const VERSION: Observation = { step: 'client', ok: true, value: { version: 'v3.0.0' } };

function outcomeOf(results: Results, id: string): RequirementResult | undefined {
  return results.subjects.flatMap((one) => one.requirements).find((one) => one.id === id);
}

describe('runConformance', () => {
  it('judges what the driver saw, and says the version that the driver gave', async () => {
    const results = await runConformance(
      runOptions(
        componentOf(async () => [
          VERSION,
          { step: 'connect', ok: true, value: {} },
          { step: 'zones', ok: true, value: [{ name: 'default', description: null }] },
        ]),
      ),
    );
    expect(results.subjects[0]).toMatchObject({ version: 'v3.0.0', runtime: 'process' });
    expect(outcomeOf(results, 'maas.version.anonymous')?.outcome).toBe('passed');
    expect(outcomeOf(results, 'maas.zones.description')).toMatchObject({
      outcome: 'failed',
      evidence: { note: 'zone 0: description is null, not a text' },
    });
    expect(exitOf(results, false)).toBe(1);
  });

  it('never counts a step that was not taken as passed', async () => {
    const results = await runConformance(runOptions(componentOf(async () => [VERSION])));
    const [subject] = results.subjects;
    expect(subject?.passed).toBe(0);
    expect(outcomeOf(results, 'maas.tags.list')).toMatchObject({
      outcome: 'notRun',
      evidence: { note: 'the driver took no step tags' },
    });
    expect(exitOf(results, false)).toBe(1); // what the recorder should have seen, and did not
  });

  it('takes a step that needed an earlier one for not run', async () => {
    const needy: Observation = { step: 'start', ok: false, error: 'needs allocate' };
    const results = await runConformance(runOptions(componentOf(async () => [needy])));
    expect(outcomeOf(results, 'maas.deploy.answer')?.outcome).toBe('notRun');
  });

  it('says why nothing ran when a component is not available, and ends with 4', async () => {
    const reason = 'no container engine';
    const results = await runConformance(
      runOptions(async (id) => ({ id, available: false, reason })),
    );
    expect(results.subjects[0]).toMatchObject({ runtime: 'none', passed: 0, failed: 0 });
    expect(results.subjects[0]?.requirements[0]?.evidence.note).toBe(reason);
    expect(exitOf(results, false)).toBe(4);
  });

  it('tells a driver that broke from a subject that failed', async () => {
    const results = await runConformance(
      runOptions(componentOf(async () => Promise.reject(new Error('exit 2')))),
    );
    expect(results.broke).toEqual([{ subject: 'gomaasapi-v3', reason: 'exit 2' }]);
    expect(results.subjects[0]?.failed).toBe(0);
    expect(exitOf(results, false)).toBe(3);
  });

  it('rejects when it is interrupted, so that no result can pass for one', async () => {
    const stop = new AbortController();
    const run = runConformance(
      runOptions(
        componentOf(async () => {
          stop.abort(new Error('SIGINT'));
          return new Promise<never>(() => undefined);
        }),
        { signal: stop.signal },
      ),
    );
    await expect(run).rejects.toThrow('SIGINT');
  });

  it('knows subjects that no component runs yet, and no others', async () => {
    const component = componentOf(async () => []);
    const later = await runConformance(
      runOptions(component, { subjects: ['terraform-provider-juju'] }),
    );
    expect(exitOf(later, false)).toBe(4);
    await expect(runConformance(runOptions(component, { subjects: ['nobody'] }))).rejects.toThrow(
      'no subject has the id nobody',
    );
  });

  it('judges exchanges only where it could record them', async () => {
    const component = componentOf(async () => [VERSION]);
    const target = { streams: { url: 'http://127.0.0.1:1/' } };
    const given = await runConformance(runOptions(component, { target }));
    expect(outcomeOf(given, 'maas.client.signs')?.outcome).toBe('notRun');
    expect(given.world).toBe('given');
    expect(given.gaps).toEqual([]);
  });

  it('lets no secret into the evidence', async () => {
    const leaky: Observation = { step: 'connect', ok: false, error: 'bad key verysecretkey' };
    const results = await runConformance(runOptions(componentOf(async () => [leaky])));
    expect(JSON.stringify(results)).not.toContain('verysecretkey');
    expect(JSON.stringify(results)).toContain('[secret]');
  });
});

describe('exitOf', () => {
  const results = (passed: number, failed: number, notRun: number): Results =>
    ({
      subjects: [{ id: 's', passed, failed, notRun }],
      broke: [],
    }) as unknown as Results;

  it('ends with 4 for what did not run only when it is strict', () => {
    expect(exitOf(results(3, 0, 1), false)).toBe(0);
    expect(exitOf(results(3, 0, 1), true)).toBe(4);
    expect(exitOf(results(3, 0, 0), true)).toBe(0);
  });

  it('lets a failure outweigh what did not run', () => {
    expect(exitOf(results(3, 1, 1), true)).toBe(1);
  });

  it('takes a blind requirement for a failure', () => {
    const blind = [{ requirement: 'r', saboteur: 's', note: 'passed' }];
    const tested = { ...results(3, 0, 0), selfTest: [{ id: 's', noticed: 2, blind, notRun: [] }] };
    expect(exitOf(tested, false)).toBe(1);
  });
});
