import { describe, expect, it } from 'vitest';
import { openComponent } from './components/runtime.ts';
import { startOwnWorld } from './own-world.ts';
import type { Results } from './run.ts';
import { runConformance } from './run.ts';

const OPTIONS = {
  runtime: 'process',
  seed: 11,
  productVersion: '0.0.0',
  startWorld: startOwnWorld,
  openComponent,
  signal: new AbortController().signal,
} as const;

function unpassed(results: Results): string[] {
  return results.subjects.flatMap((subject) =>
    subject.requirements
      .filter((one) => one.outcome !== 'passed')
      .map((one) => `${subject.id} ${one.id}: ${one.outcome}: ${one.evidence.note}`),
  );
}

describe('the fakes', () => {
  it('hold for the suite’s own clients and for jujulib, the same way twice', async () => {
    const run = () =>
      runConformance({ ...OPTIONS, subjects: ['reference', 'jujulib'], selfTest: false });
    const first = await run();
    expect(first.broke).toEqual([]);
    expect(unpassed(first)).toEqual([]);
    // Evidence and all: what differs from run to run must not be in results.
    expect(await run()).toEqual(first);
  });

  it('hold for the suite’s own clients when they are only named by URL', async () => {
    const { maas, controller, streams, stop } = await startOwnWorld({ seed: 12 });
    try {
      const results = await runConformance({
        ...OPTIONS,
        subjects: ['reference'],
        selfTest: false,
        target: { maas: maas!, controller: controller!, streams: streams! },
      });
      expect(unpassed(results)).toEqual([]);
      expect(results.subjects[0]?.passed).toBeGreaterThan(40);
      // What was sent to services that are not ours is recorded all the same.
      const shown = results.subjects[0]?.requirements.find(
        (one) => one.id === 'maas.raw.create-200',
      );
      expect(shown?.evidence.exchanges?.[0]?.request).toMatch(/^POST \/MAAS\/api\/2\.0\/zones\//);
    } finally {
      await stop();
    }
  });

  it('are noticed by the suite’s own clients when they are broken', async () => {
    const results = await runConformance({
      ...OPTIONS,
      subjects: ['reference'],
      profiles: ['streams', 'agent', 'client'],
      selfTest: true,
    });
    expect(results.selfTest).toMatchObject([{ id: 'reference', blind: [], notRun: [] }]);
  });
});
