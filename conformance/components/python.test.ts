import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openComponent } from './runtime.ts';
import { documentedSteps, type MaasUnderTest, notRun, startMaas } from './testing.ts';

let under: MaasUnderTest;
beforeEach(async () => {
  under = await startMaas(12);
});
afterEach(() => under.close());

test('cloud-init takes its steps by docker', async (context) => {
  const opened = await openComponent('cloud-init', { runtime: 'docker' });
  if (!opened.available) notRun(context, opened.reason);
  const observations = await opened.run(under.target);
  await opened.close();
  expect(observations.map(({ step }) => step)).toEqual(documentedSteps('cloud-init'));
  const failed = observations.filter(({ ok }) => !ok).map(({ step }) => step);
  expect(failed).toEqual(['init-bad-key', 'datasource-bad-key']);
});

test('cloud-init has no runtime process', async () => {
  const opened = await openComponent('cloud-init', { runtime: 'process' });
  expect(opened).toMatchObject({ available: false, reason: 'cloud-init has no runtime process' });
});

describe('python-libmaas', () => {
  test.for(['docker', 'process'] as const)('takes its steps by %s', async (runtime, context) => {
    const opened = await openComponent('python-libmaas', { runtime });
    if (!opened.available) notRun(context, opened.reason);
    const observations = await opened.run(under.target);
    await opened.close();
    expect(observations.map(({ step }) => step)).toEqual(documentedSteps('python-libmaas'));
    const failed = observations.filter(({ ok }) => !ok).map(({ step }) => step);
    expect(failed).toEqual([
      'bad-key',
      'malformed-key',
      'connect-nowhere',
      'login-wrong-password',
      'machine-unknown',
      'allocate-not-zones',
      'allocate-no-match',
      'deploy-again',
      'not-mine',
    ]);
  });
});
