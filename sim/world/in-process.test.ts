import { setupServer } from 'msw/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VirtualClock } from '../kernel/clock.ts';
import { GapJournal } from '../kernel/journal.ts';
import { presentEpochMs } from '../kernel/pace.ts';
import { Randomness } from '../kernel/random.ts';
import { Secrets } from '../kernel/secrets.ts';
import { Trace } from '../kernel/trace.ts';
import { createMaas } from '../maas/index.ts';
import { MaasPoints } from '../maas/points.ts';
import { maasHandlers } from './in-process.ts';

// No server anywhere: the host does not resolve, so an answer can only come from the handlers.
const BASE = 'http://maas.invalid:5240/MAAS/';
const clock = new VirtualClock();
const points = new MaasPoints();
const maas = createMaas({
  clock,
  trace: new Trace(),
  random: new Randomness(7),
  secrets: new Secrets(),
  journal: new GapJournal(),
  points,
  machines: 5,
});
const server = setupServer(...maasHandlers(maas, BASE));

beforeAll(() => server.listen({ onUnhandledFrame: 'error' }));
afterAll(() => server.close());

let nonce = 0;
function call(path: string, body?: Record<string, string>): Promise<Response> {
  const [consumer, token, secret] = maas.apiKey.split(':');
  const authorization = `OAuth oauth_consumer_key="${consumer}", oauth_token="${token}", oauth_signature_method="PLAINTEXT", oauth_signature="%26${secret}", oauth_timestamp="${Math.floor(presentEpochMs() / 1000)}", oauth_nonce="${nonce++}"`;
  return fetch(`${BASE}api/2.0/${path}`, {
    headers: { authorization },
    ...(body ? { method: 'POST', body: new URLSearchParams(body) } : {}),
  });
}

test('a plain fetch client allocates, deploys and releases through MSW', async () => {
  const machines = (await (await call('machines/')).json()) as { system_id: string }[];
  expect(machines).toHaveLength(5);

  const allocated = await call('machines/?op=allocate', { mem: '1024' });
  expect(allocated.status).toBe(200);
  const { system_id } = (await allocated.json()) as { system_id: string };

  const deploying = await call(`machines/${system_id}/?op=deploy`, { distro_series: 'noble' });
  expect(await deploying.json()).toMatchObject({ status_name: 'Deploying' });
  clock.advance(maas.core.durations.deploy);
  expect(await (await call(`machines/${system_id}/`)).json()).toMatchObject({
    status_name: 'Deployed',
    owner: 'admin',
  });

  const released = await call('machines/?op=release', { machines: system_id });
  expect(await released.json()).toEqual([system_id]);
});

test('a dropped connection is a network error', async () => {
  const unbind = points.request.bind(() => ({ kind: 'drop' }));
  try {
    await expect(call('zones/')).rejects.toThrow(TypeError);
  } finally {
    unbind();
  }
});
