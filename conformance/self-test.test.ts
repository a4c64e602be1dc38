import { describe, expect, it } from 'vitest';
import { runConformance } from './run.ts';
import { componentOf, runOptions, tinyWorld } from './testing.ts';
import type { Observation } from './types.ts';
import type { World } from './world.ts';

type TinyWorld = Awaited<ReturnType<typeof tinyWorld>>;

/** A client that looks at the world it was started against, and takes one step. */
function reader(look: (world: TinyWorld) => Promise<Observation>) {
  const worlds = new Map<string, TinyWorld>();
  return runOptions(
    componentOf(async (target) => [await look(worlds.get(target.maas!.apiKey)!)]),
    {
      selfTest: true,
      startWorld: async ({ hooks }): Promise<World> => {
        const world = await tinyWorld(hooks);
        const apiKey = `key:of:world${worlds.size}`;
        worlds.set(apiKey, world);
        return { ...world, maas: { url: world.maas!.url, apiKey } };
      },
    },
  );
}

const honest = reader(async (world) => {
  const text = await (await world.ask('version/')).text();
  return { step: 'connect', ok: text.includes('subversion'), value: {}, error: 'no subversion' };
});
const blind = reader(async () => ({ step: 'connect', ok: true, value: {} }));

async function selfTestOf(options: ReturnType<typeof runOptions>) {
  const results = await runConformance(options);
  return results.selfTest![0]!;
}

describe('self-test', () => {
  it('finds a requirement that passes although its saboteur is at work', async () => {
    const found = await selfTestOf(blind);
    expect(found.blind.map((one) => [one.requirement, one.saboteur])).toContainEqual([
      'maas.version.anonymous',
      'version-without-subversion',
    ]);
  });

  it('lists what was never put to the test, and does not take it for noticed', async () => {
    const found = await selfTestOf(blind);
    expect(found.notRun).toContain('maas.tags.list');
    expect(found.noticed).toBe(0);
  });

  it('is content with a requirement that fails when its saboteur is at work', async () => {
    const found = await selfTestOf(honest);
    expect(found.blind.map((one) => one.requirement)).not.toContain('maas.version.anonymous');
    expect(found.noticed).toBeGreaterThanOrEqual(1);
  });

  it('does not take a driver that broke for one that noticed', async () => {
    const found = await selfTestOf(
      reader(async (world) => {
        const text = await (await world.ask('version/')).text();
        if (!text.includes('subversion')) throw new Error('segmentation fault');
        return { step: 'connect', ok: true, value: {} };
      }),
    );
    expect(found.blind).toContainEqual({
      requirement: 'maas.version.anonymous',
      saboteur: 'version-without-subversion',
      note: 'the run broke: segmentation fault',
    });
  });

  it('takes a requirement that fails anyway for blind', async () => {
    const found = await selfTestOf(
      reader(async () => ({ step: 'connect', ok: false, error: 'always' })),
    );
    expect(found.blind).toContainEqual({
      requirement: 'maas.version.anonymous',
      saboteur: 'version-without-subversion',
      note: 'it fails without any saboteur',
    });
  });
});
