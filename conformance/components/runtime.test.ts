import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Observation } from '../types.ts';
import { COMPONENTS, componentIds, readManifest } from './manifest.ts';
import { openComponent } from './runtime.ts';
import { documentedSteps, type MaasUnderTest, notRun, startMaas } from './testing.ts';

const NOWHERE = { address: '127.0.0.1:1', caCert: '', user: 'admin', password: 'x', uuid: 'none' };

describe.each(['gomaasapi-v2', 'gomaasapi-v3'])('%s', (id) => {
  let under: MaasUnderTest;
  beforeEach(async () => {
    under = await startMaas(12);
  });
  afterEach(() => under.close());

  test.each(['docker', 'process'] as const)('drives a MAAS by %s', async (runtime) => {
    const opened = await openComponent(id, { runtime });
    if (!opened.available) return test.skip(opened.reason);
    const observations = await opened.run(under.target);
    await opened.close();
    expect(observations.map(({ step }) => step)).toEqual(documentedSteps('gomaasapi'));
    expect(valueOf(observations, 'client')).toEqual(pinned(id));
    const ids = under.maas.core.machines().map((machine) => machine.systemId);
    expect(valueOf(observations, 'machines')).toMatchObject({ ids });
    expect(valueOf(observations, 'wait-deployed')).toMatchObject({
      statuses: ['Deploying', 'Deployed'],
    });
    expect(valueOf(observations, 'release')).toEqual({ statusAfter: 'Ready' });
    expect(valueOf(observations, 'allocate-no-match')).toEqual({ class: 'NoMatch' });
    expect(valueOf(observations, 'release-unknown')).toEqual({ class: 'BadRequest' });
  });
});
