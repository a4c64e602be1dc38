import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { presentEpochMs } from '../kernel/pace.ts';
import { oauthHeader } from '../maas/testing.ts';
import { loadScenario, SCENARIOS_DIR } from './scenario.ts';
import { type RunningWorld, startWorld } from './up.ts';

let world: RunningWorld;
afterEach(() => world?.stop());

const admin = async (method: string, path: string) => {
  const response = await fetch(`${world.admin.url}${path}`, { method });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const maas = (method: string, path: string, form?: Record<string, string>) =>
  fetch(`${world.maas.url}api/2.0/${path}`, {
    method,
    redirect: 'manual',
    headers: { authorization: oauthHeader(world.maas.apiKey, Math.floor(presentEpochMs() / 1000)) },
    ...(form ? { body: new URLSearchParams(form) } : {}),
  });

describe('the admin service switches faults while the world runs', () => {
  it('on and off, and says so', async () => {
    world = await startWorld({ seed: 3, machines: 3 });
    expect((await maas('GET', 'zones/')).status).toBe(200);
    expect(await admin('PUT', '/faults/maas-503-no-hint')).toMatchObject({
      status: 200,
      body: { id: 'maas-503-no-hint', on: true },
    });
    const refused = await maas('GET', 'zones/');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, null]);
    expect((await admin('GET', '/faults')).body.bound).toEqual(['maas-503-no-hint']);
    expect((await admin('DELETE', '/faults/maas-503-no-hint')).body).toMatchObject({ on: false });
    expect((await maas('GET', 'zones/')).status).toBe(200);
  });

  it('and refuses what it does not know, or what can only hold from the start', async () => {
    world = await startWorld({ seed: 3, machines: 3 });
    expect((await admin('PUT', '/faults/nothing')).status).toBe(404);
    expect((await admin('POST', '/faults/maas-503')).status).toBe(404);
    const late = await admin('PUT', '/faults/dead-machine');
    expect([late.status, String(late.body.error)]).toEqual([
      409,
      expect.stringContaining('--fault dead-machine'),
    ]);
  });

  it('so that a restart of the region drops, then refuses, then ends', async () => {
    world = await startWorld({ seed: 3, machines: 3 });
    await admin('PUT', '/faults/maas-region-restart');
    const seen: (number | string)[] = [];
    for (let i = 0; i < 8; i++) {
      seen.push(
        await maas('GET', 'zones/').then(
          (one) => one.status,
          () => 'dropped',
        ),
      );
    }
    expect(seen).toEqual(['dropped', 'dropped', 502, 502, 502, 503, 503, 200]);
  });

  it('so that a list breaks off once, and is whole the next time', async () => {
    world = await startWorld({ seed: 3, machines: 3 });
    await admin('PUT', '/faults/maas-truncated-json');
    await expect(maas('GET', 'machines/').then((one) => one.text())).rejects.toThrow();
    expect(JSON.parse(await (await maas('GET', 'machines/')).text())).not.toHaveLength(0);
  });

  it('so that an allocation is carried out though the proxy says that it timed out', async () => {
    world = await startWorld({ seed: 3, machines: 3 });
    const owned = () => world.fakeMaas.core.machines.filter((one) => one.state.owner).length;
    const before = owned();
    await admin('PUT', '/faults/maas-504-effect-done');
    expect((await maas('POST', 'machines/?op=allocate', {})).status).toBe(504);
    expect(owned()).toBe(before + 1);
    expect((await maas('POST', 'machines/?op=allocate', {})).status).toBe(200);
    expect(owned()).toBe(before + 2);
  });
});

it('a scenario brings its faults, its era and its MAAS along', async () => {
  const scenario = loadScenario(join(SCENARIOS_DIR, 'maas-disagrees.yaml'));
  world = await startWorld({ seed: scenario.seed, scenario });
  expect(world.faults.bound.map(({ id }) => id)).toEqual(['maas-says-failed']);
  expect(await (await maas('GET', 'version/')).json()).toMatchObject({ version: '3.5.13' });
  const machines = (await (await maas('GET', 'machines/')).json()) as {
    status_name: string;
    system_id: string;
  }[];
  expect(machines[0]).toMatchObject({ status: 11, status_name: 'Failed deployment' });
  // The controller still counts the same machine as its own and started.
  expect(world.fakeMaas.core.machines[0]!.systemId).toBe(machines[0]!.system_id);
  expect(world.core.machines.length).toBeGreaterThan(1);
});
