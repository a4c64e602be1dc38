import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseVersion, printVersion } from '../versions/number.ts';
import { loadScenario, SCENARIOS_DIR } from './scenario.ts';
import { type RunningWorld, startWorld } from './up.ts';

// A site's own mirror has not been told of the newest release, and one machine's disk is full.
const LAGGING = `
id: lagging-mirror
title: A site's own mirror lags behind, and one machine has no room
source: [facts/juju-versions 5.2]
client: 3.6.28
controller: { version: 3.6.28, os: ubuntu }
models:
  - name: web
    agentVersion: 3.6.20
    machines:
      - { count: 3, os: ubuntu, version: 3.6.20 }
      - { count: 1, os: ubuntu, arch: arm64, version: 3.6.20 }
sources:
  controller:
    - name: agent-metadata-url
      url: http://192.0.2.10/agents
      publish: [{ versions: [3.6.20], releases: [ubuntu], arches: [amd64, arm64] }]
    - name: default simplestreams
      url: https://streams.example/agents
      publish: [{ versions: [3.6.20, 3.6.28], releases: [ubuntu], arches: [amd64, arm64] }]
fates:
  - { machine: 2, fate: { diskFull: true } }
steps:
  - { do: wait, minutes: 1 }
`;

let folder: string;
let world: RunningWorld | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maasquerade-scenario-'));
});
afterEach(async () => {
  await world?.stop();
  rmSync(folder, { recursive: true });
});

function scenarioFile(text: string) {
  const file = join(folder, 'scenario.yaml');
  writeFileSync(file, text);
  return loadScenario(file);
}

/** What each agent of the hosted model runs, in the order of the machine table. */
function running({ core }: RunningWorld): string[] {
  return [1, 2, 3, 4].map((i) => printVersion(core.versions.at(core.machines.version(i))));
}

describe('a world on the wire made from a scenario', () => {
  it('has its machines, its sources in their order, and its ill-fated machine', {
    timeout: 30_000,
  }, async () => {
    world = await startWorld({ seed: 2, scenario: scenarioFile(LAGGING), speed: 600 });
    const { core, sources, streams } = world;
    expect(running(world)).toEqual(['3.6.20', '3.6.20', '3.6.20', '3.6.20']);
    expect(core.machines.arch(4)).toBe('arm64');
    expect(sources.map(({ name }) => name)).toEqual([
      'agent-metadata-url',
      'default simplestreams',
    ]);
    // A client is sent to the first of them, and finds something there.
    expect(sources[0]?.url).toBe(streams.url);
    for (const { url } of sources) {
      expect((await fetch(`${url}/streams/v1/index2.json`)).status).toBe(200);
    }
    const web = core.models().find((model) => model.name === 'web')!;
    core.upgradeModel({ modelUuid: web.uuid, target: parseVersion('3.6.28') });
    await expect
      .poll(() => running(world!), { timeout: 20_000 })
      .toEqual(['3.6.28', '3.6.20', '3.6.28', '3.6.28']);
  });

  it('is refused where the scenario’s era has no wire', async () => {
    const scenario = loadScenario(join(SCENARIOS_DIR, 's3.yaml'));
    await expect(startWorld({ seed: 2, scenario })).rejects.toThrow(
      'controller 1.23.3 has no wire here',
    );
  });

  it('is not replayed in the words of a client that never said them', () => {
    const steps = 'steps:\n  - { do: upgrade, model: web, version: 3.6.28 }\n';
    expect(() => scenarioFile(LAGGING.slice(0, LAGGING.indexOf('steps:')) + steps)).toThrow(
      'only clients before 2.0 speak here',
    );
  });
});
