import { execFile } from 'node:child_process';
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  type TestContext,
  test,
} from 'vitest';
import { startWorld } from '../../sim/world/up.ts';
import type { Observation, Target } from '../types.ts';
import { COMPONENTS } from './manifest.ts';
import { openComponent } from './runtime.ts';
import { documentedSteps, type MaasUnderTest, notRun, startMaas } from './testing.ts';

const NOWHERE: Target = {
  controller: { address: '127.0.0.1:1', caCert: '', user: 'admin', password: 'x', uuid: 'none' },
};

/** What a driver of gomaasapi must be told by any MAAS that works. */
const REFUSALS: Readonly<Record<string, string>> = {
  pools: 'Unexpected',
  'delete-device-again': 'NoMatch',
  'file-get-missing': 'NoMatch',
  'allocate-taken': 'NoMatch',
  'allocate-no-match': 'NoMatch',
  'start-again': 'BadRequest',
  'release-unknown': 'BadRequest',
  'malformed-key': 'Other',
  'unsupported-url': 'UnsupportedVersion',
};

describe.each(['gomaasapi-v2', 'gomaasapi-v3'])('%s', (id) => {
  let under: MaasUnderTest;
  beforeEach(async () => {
    under = await startMaas(12);
  });
  afterEach(() => under.close());

  test.for(['docker', 'process'] as const)('takes its steps by %s', async (runtime, context) => {
    const opened = await openComponent(id, { runtime });
    if (!opened.available) notRun(context, opened.reason);
    const observations = await opened.run(under.target);
    await opened.close();

    expect(opened.runtime).toBe(runtime);
    expect(observations.map(({ step }) => step)).toEqual(documentedSteps('gomaasapi'));
    expect(valueIn(observations, 'client')).toEqual(await pinned(id));
    expect(valueIn(observations, 'machines')).toMatchObject({
      ids: under.maas.core.machines.map(({ systemId }) => systemId),
    });
    expect(valueIn(observations, 'wait-deployed')).toMatchObject({
      statuses: ['Deploying', 'Deployed'],
    });
    expect(valueIn(observations, 'release')).toEqual({ statusAfter: 'Ready' });
    for (const [step, name] of Object.entries(REFUSALS)) {
      expect([step, valueIn(observations, step)]).toEqual([step, { class: name }]);
    }
  });
});

test('gives back every machine that it allocated', async (context) => {
  const under = await startMaas(12);
  const opened = await openComponent('gomaasapi-v3', { runtime: 'process' });
  if (!opened.available) notRun(context, opened.reason);
  await opened.run(under.target);
  const owned = under.maas.core.machines.filter(({ state }) => state.owner !== null);
  await under.close();
  expect(owned.map(({ systemId }) => systemId)).toEqual([]);
});

describe('jujulib', () => {
  test('takes its steps, each of them once, even where nobody answers', async () => {
    const opened = await openComponent('jujulib', { runtime: 'auto' });
    if (!opened.available) throw new Error(opened.reason);
    const observations = await opened.run(NOWHERE);
    expect(opened.runtime).toBe('process');
    expect(observations.map(({ step }) => step)).toEqual(documentedSteps('jujulib'));
    expect(valueIn(observations, 'client')).toEqual({
      library: '@canonical/jujulib',
      version: await installed('@canonical/jujulib'),
    });
    expect(observations.filter(({ ok }) => ok)).toHaveLength(1);
  });

  test('upgrades a model of a controller', async () => {
    const world = await startWorld({ seed: 7, machines: 10 });
    try {
      const opened = await openComponent('jujulib', { runtime: 'process' });
      if (!opened.available) throw new Error(opened.reason);
      const observations = await opened.run({ controller: world.controller });
      expect(valueIn(observations, 'login')).toMatchObject({
        info: { controllerTag: `controller-${world.controller.uuid}` },
      });
      expect(valueIn(observations, 'parallel')).toHaveLength(20);
      expect(observations.find(({ step }) => step === 'login-wrong-password')?.ok).toBe(false);
      expect(valueIn(observations, 'upgrade')).toMatchObject({
        result: { 'chosen-version': expect.stringMatching(/^\d+\.\d+\.\d+$/) },
      });
    } finally {
      await world.stop();
    }
  });
});

describe('a build of one’s own', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'maasquerade-own-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('a file is run as a driver, and gets the target', async () => {
    const driver = await script(
      'echo "{\\"step\\":\\"client\\",\\"ok\\":true,\\"value\\":$MAASQUERADE_TARGET}"',
    );
    const opened = await openComponent('gomaasapi-v3', { runtime: 'auto', with: driver });
    if (!opened.available) throw new Error(opened.reason);
    expect(await opened.run(NOWHERE)).toEqual([{ step: 'client', ok: true, value: NOWHERE }]);
  });

  test('an ending that is no good ending is seen', async () => {
    const driver = await script(
      'echo "{\\"step\\":\\"client\\",\\"ok\\":true}"; echo oh >&2; exit 3',
    );
    const opened = await openComponent('jujulib', { runtime: 'auto', with: driver });
    if (!opened.available) throw new Error(opened.reason);
    expect(await opened.run(NOWHERE)).toEqual([
      { step: 'client', ok: true },
      { step: 'driver', ok: false, error: 'ended with exit code 3: oh' },
    ]);
  });

  test('a folder is a checkout of the library, which the driver then links', async (context) => {
    const under = await startMaas(3);
    const checkout = join(folder, 'gomaasapi');
    await copyOfLibrary(context, 'gomaasapi-v3', checkout);
    const errors = join(checkout, 'errors.go');
    const changed = (await readFile(errors, 'utf8')).replace('"unexpected: %v"', '"my own: %v"');
    await writeFile(errors, changed);
    const opened = await openComponent('gomaasapi-v3', { runtime: 'process', with: checkout });
    if (!opened.available) notRun(context, opened.reason);
    const observations = await opened.run(under.target);
    await under.close();
    expect(valueIn(observations, 'client')).toMatchObject({
      version: expect.stringMatching(/\(own checkout\)$/),
    });
    expect(observations.find(({ step }) => step === 'pools')?.error).toMatch(/^my own: /);
  });

  test('an image that can be had nowhere is a reason', async (context) => {
    const opened = await openComponent('gomaasapi-v3', {
      runtime: 'docker',
      with: 'maasquerade.invalid/no-such-image:1',
    });
    if (opened.available) throw new Error('it cannot be available');
    if (opened.reason === 'no container engine') notRun(context, opened.reason);
    expect(opened.reason).toContain('maasquerade.invalid/no-such-image:1 is not here');
  });

  async function script(body: string): Promise<string> {
    const path = join(folder, `driver-${body.length}.sh`);
    await writeFile(path, `#!/bin/sh\n${body}\n`);
    await chmod(path, 0o755);
    return path;
  }
});

test('what no folder describes, or a component cannot do, is a reason', async () => {
  expect(await openComponent('../components', { runtime: 'auto' })).toEqual({
    id: '../components',
    available: false,
    reason: 'no component is called ../components',
  });
  expect(await openComponent('jujulib', { runtime: 'docker' })).toMatchObject({
    available: false,
    reason: 'jujulib has no runtime docker',
  });
});

function valueIn(observations: readonly Observation[], step: string): unknown {
  return observations.find((one) => one.step === step)?.value;
}

/** What go.mod pins, which is what the driver must say of itself. */
async function pinned(id: string): Promise<{ library: string; version: string }> {
  const text = await readFile(new URL(`${id}/go.mod`, COMPONENTS), 'utf8');
  const [, library, version] = /^require (\S+) (\S+)$/m.exec(text)!;
  return { library: library!, version: version! };
}

async function installed(name: string): Promise<string> {
  const root = new URL('../../', import.meta.resolve(name));
  return JSON.parse(await readFile(new URL('package.json', root), 'utf8')).version;
}

async function copyOfLibrary(context: TestContext, id: string, place: string): Promise<void> {
  const { library, version } = await pinned(id);
  const args = ['mod', 'download', '-json', `${library}@${version}`];
  const { stdout } = await promisify(execFile)('go', args).catch(() =>
    notRun(context, 'no Go toolchain'),
  );
  await cp(JSON.parse(stdout).Dir, place, { recursive: true });
  await promisify(execFile)('chmod', ['-R', 'u+w', place]); // the module cache is read-only
}
