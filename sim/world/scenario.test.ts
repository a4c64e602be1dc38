import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadScenario } from './scenario.ts';

const GOOD = `id: x
title: x
source: [x]
client: 1.24.5
controller: { version: 1.23.3, os: trusty }
models:
  - name: controller
    agentVersion: 1.23.3
    machines: [{ count: 1, os: trusty, version: 1.23.3 }]
sources:
  controller: [{ name: a, url: "http://192.0.2.1/agents" }]
steps:
  - { do: upgrade, model: controller }
`;

describe('a scenario file', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'scenario-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const load = (text: string) => {
    const file = join(dir, 'x.yaml');
    writeFileSync(file, text);
    return loadScenario(file);
  };

  it('is read with its defaults', () => {
    const { seed, fates, controller, sources } = load(GOOD);
    expect({ seed, fates, arch: controller.arch }).toEqual({ seed: 1, fates: [], arch: 'amd64' });
    expect(sources.controller[0]?.publish).toEqual([]);
  });

  it.each([
    ['client: 1.24.5', 'client: 1.24', /x\.yaml:4: client: "1\.24" is no agent-version/],
    [
      'model: controller }',
      'model: web }',
      /x\.yaml:13: steps\.0\.model: there is no model "web"; there are: controller/,
    ],
    ['do: upgrade', 'do: downgrade', /x\.yaml:13: steps\.0/],
    ['count: 1', 'count: 0', /x\.yaml:9: models\.0\.machines\.0\.count/],
    ['title: x', 'titel: x', /titel/],
    ['http://192.0.2.1/agents', 'nowhere', /x\.yaml:11: sources\.controller\.0\.url/],
    [
      '  - { do: upgrade, model: controller }',
      '  - { do: publish, source: b, agents: { versions: [1.24.5], releases: [trusty] } }',
      /steps\.0\.source: the controller has no source "b"; it has: a/,
    ],
  ])('answers the mistake %s -> %s where it stands', (right, wrong, said) => {
    expect(GOOD).toContain(right);
    expect(() => load(GOOD.replace(right, wrong))).toThrow(said);
  });
});
