import { describe, expect, it } from 'vitest';
import { parseVersion } from '../versions/number.ts';
import { type ExplainedWorld, explain } from './explain.ts';
import { createInMemoryWorld } from './in-memory.ts';

const v = parseVersion;

async function world(options: { controller: string; model?: string; actual?: string }) {
  const made = await createInMemoryWorld({
    client: v('1.25.2'),
    seed: 1,
    controller: {
      version: v(options.controller),
      platform: { os: 'ubuntu', arch: 'amd64' },
      ...(options.model ? { agentVersion: v(options.model) } : {}),
      agents: {
        machines: 12,
        mix: [{ version: v(options.actual ?? options.model ?? options.controller), weight: 1 }],
      },
    },
  });
  const core = made.core!;
  const explained: ExplainedWorld = {
    client: v('1.25.2'),
    sources: made.sources,
    core,
    versions: made.versions,
  };
  return { explained, core };
}

describe('client explain', () => {
  it('tells of the first hosted model, and that nothing stops', async () => {
    const { explained } = await world({ controller: '1.25.2' });
    const told = explain(explained);
    expect(told.model).toBe('default');
    expect(told.stops).toEqual([]);
    expect(told.hops.every((hop) => hop.ok)).toBe(true);
    expect(told.hops.at(-1)?.outcome).toBe('12 run 1.25.2');
    expect(told.binaries).toEqual([
      { binary: '1.25.2-trusty-amd64', source: 'default simplestreams' },
    ]);
  });

  it('tries a version dry, shows where it would come from, and changes nothing', async () => {
    const { explained, core } = await world({ controller: '1.25.2', model: '1.24.5' });
    const before = core.stateHash();
    const told = explain(explained, { version: v('1.25.1') });
    expect(told.hops[0]).toMatchObject({ ok: true, outcome: expect.stringContaining('would') });
    expect(told.text).toContain('Nothing stands in the way.');
    expect(core.stateHash()).toBe(before);
  });

  it('stops at a version that no source has, and names what there is', async () => {
    const { explained } = await world({ controller: '1.25.2', model: '1.24.5' });
    const told = explain(explained, { version: v('1.25.0') });
    expect(told.stops.map((stop) => stop.code)).toEqual(['agent-binary-missing']);
    expect(told.hops.find((hop) => hop.does.startsWith('looks for'))?.outcome).toContain(
      '1.25.1-trusty-amd64, 1.25.2-trusty-amd64',
    );
    expect(told.text).toContain('!! refused: agent-binary-missing');
  });

  it('stops at a version above the controller, by the rule of its release', async () => {
    const { explained } = await world({ controller: '1.25.1' });
    const told = explain(explained, { version: v('1.25.2') });
    expect(told.stops.length).toBe(1);
    expect(told.hops[0]?.ok).toBe(false);
  });

  it('says that agents are on their way, and not that they are stuck, while it is early', async () => {
    const { explained } = await world({ controller: '1.25.2', actual: '1.24.5' });
    const [stop] = explain(explained).stops;
    expect(stop).toMatchObject({ code: 'upgrade-under-way', permanence: 'transient' });
    expect(stop?.found).toEqual(['12 run 1.24.5']);
    // Thousands of machines must not make a message of thousands of lines (H-7).
    expect(stop?.looked[0]?.place).toMatch(/machine-9, and 2 more$/);
  });

  it('tells machines that are silent from machines that are slow', async () => {
    const { explained, core } = await world({ controller: '1.25.2', actual: '1.24.5' });
    core.setPresence(3, false);
    expect(explain(explained).stops.map((stop) => stop.code)).toEqual([
      'agent-silent',
      'upgrade-under-way',
    ]);
  });

  it('names the models there are when it is asked for another', async () => {
    const { explained } = await world({ controller: '1.25.2' });
    expect(() => explain(explained, { model: 'web' })).toThrow(
      'there is no model "web"; there are: controller, default',
    );
  });
});
