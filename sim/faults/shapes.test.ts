/**
 * The differences between releases of MAAS, and the shapes that broke strict clients in the field,
 * shown by the very bytes (facts/maas-api 1.6, 8.2, 15; facts/field-cases FC-38, 39, 40, 49, 50).
 */
import { describe, expect, it } from 'vitest';
import { Randomness } from '../kernel/random.ts';
import { ask, type Bench, bench } from '../maas/testing.ts';
import { bindFaults } from './bind.ts';
import { loadFaults, selectFaults } from './load.ts';

function under(fault: string, options: Parameters<typeof bench>[0] = {}): Bench {
  const maas = bench(options);
  bindFaults(selectFaults(loadFaults(), fault), { maas: maas.points }, new Randomness(1));
  return maas;
}

type Fields = Record<string, unknown>;
const list = (text: string) => JSON.parse(text) as Fields[];

describe('shapes that broke clients', () => {
  it('FC-38: a field is null in one machine of many, and the others are as they were', async () => {
    const healthy = await ask(bench(), 'GET machines/');
    const { text } = await ask(under('maas-null-field'), 'GET machines/');
    expect(text.match(/^ {8}"boot_interface": null,?$/gm)).toHaveLength(1);
    expect(text.match(/^ {8}"owner_data": null,?$/gm)).toHaveLength(1);
    expect(list(text)[1]).toEqual({
      ...list(healthy.text)[1],
      boot_interface: null,
      owner_data: null,
    });
    expect(list(text).toSpliced(1, 1)).toEqual(list(healthy.text).toSpliced(1, 1));
  });

  it('FC-38: one boot image lacks its kernel flavour', async () => {
    const before = list((await ask(bench(), 'GET boot-resources/')).text);
    const after = list((await ask(under('maas-no-kernel-flavour'), 'GET boot-resources/')).text);
    expect(Object.keys(before[0]!)).toContain('kflavor');
    expect(Object.keys(after[0]!)).not.toContain('kflavor');
    expect(after.slice(1)).toEqual(before.slice(1));
  });

  it('FC-39: no machine knows a pool, though the version is still 2.0', async () => {
    const maas = under('maas-before-pools');
    const { text } = await ask(maas, 'GET machines/');
    expect(text).not.toContain('"pool"');
    expect(list(text)).toHaveLength(10);
    expect((await ask(maas, 'GET /MAAS/api/version/')).text).toBe('2.0');
  });

  it('FC-40: a list comes where one object was expected, and the device is there', async () => {
    const maas = under('maas-list-for-object');
    const form = { mac_addresses: '52:54:00:aa:00:01' };
    const made = await ask(maas, 'POST devices/', form);
    expect([made.status, made.text]).toEqual([200, '[]']);
    expect(list((await ask(maas, 'GET devices/')).text)).toHaveLength(1);
  });

  it('FC-40: a redirect leads a creation to the list, and nothing is there', async () => {
    const maas = under('maas-redirect');
    const sent = await ask(maas, 'POST devices/', { mac_addresses: '52:54:00:aa:00:01' });
    expect(sent.status).toBe(302);
    const followed = await ask(maas, `GET ${sent.headers.get('location')}`);
    expect([followed.status, followed.text]).toEqual([200, '[]']);
  });

  it('FC-49: a RAID is an object where the example list was empty', async () => {
    const { text } = await ask(under('maas-object-for-string'), 'GET machines/');
    expect(text.match(/"raids": \[\n {12}\{\n/g)).toHaveLength(1);
    expect(text.match(/"raids": \[\]/g)).toHaveLength(9);
    expect(list(text)[1]!.special_filesystems).toMatchObject([{ fstype: 'tmpfs' }]);
  });

  it('FC-50: a size keeps its decimal point on the wire, in one machine alone', async () => {
    const { text } = await ask(under('maas-decimal-size'), 'GET machines/');
    const sizes = text.match(/"size": 3221094400\.0(?=,?\n)/g) ?? [];
    const disks = list(text)[0]!.blockdevice_set as unknown[];
    expect(disks.length).toBeGreaterThan(0);
    expect(sizes).toHaveLength(disks.length);
    // `storage` is a float of MAAS's own and must come through a reshaping as it was.
    const healthy = (await ask(bench(), 'GET machines/')).text;
    expect(text.match(/"storage": .*/g)).toEqual(healthy.match(/"storage": .*/g));
  });
});

describe('what a fault leaves alone', () => {
  it('a refused request keeps its own words', async () => {
    const refused = await ask(under('maas-list-for-object'), 'POST devices/', {});
    expect(refused.status).toBe(400);
    expect(refused.text).not.toBe('[]');
  });

  it('FC-48: the mark of whose machine it is gets lost on the way in', async () => {
    const maas = under('maas-agent-name-lost');
    const mine = { agent_name: 'mine' };
    await ask(maas, 'POST machines/?op=allocate', mine);
    await ask(maas, 'POST machines/?op=allocate', { agent_name: 'other' });
    const owned = maas.core.machines.filter((one) => one.state.owner);
    expect(owned.map((one) => one.state.agentName)).toEqual(['', '']);
    expect(list((await ask(maas, 'GET machines/?agent_name=mine')).text)).toHaveLength(10);
  });

  it('FC-42: busy says when to come back; a repeat that signs twice never passes', async () => {
    const maas = under('maas-duplicate-authorization');
    const first = await ask(maas, 'POST machines/?op=allocate', {});
    expect([first.status, first.headers.get('retry-after')]).toEqual([409, '5']);
    const twice = await ask(
      maas,
      'POST machines/?op=allocate',
      {},
      { headers: { authorization: 'OAuth oauth_token="a", OAuth oauth_token="a"' } },
    );
    expect([twice.status, twice.headers.get('content-type')]).toEqual([400, 'text/html']);
    expect((await ask(maas, 'POST machines/?op=allocate', {})).status).toBe(200);
  });
});

describe('life cycle', () => {
  it('FC-46: a machine that vanishes while it deploys is given up, and only that one', async () => {
    const maas = under('maas-machine-vanishes');
    const ids = [];
    for (let i = 0; i < 2; i++) {
      const got = (await ask(maas, 'POST machines/?op=allocate', {})).json as { system_id: string };
      ids.push(got.system_id);
      await ask(maas, `POST machines/${got.system_id}/?op=deploy`, {});
    }
    maas.clock.advance(3 * 3_600_000);
    const states = [];
    for (const id of ids) {
      states.push(((await ask(maas, `GET machines/${id}/`)).json as Fields).status_name);
    }
    expect(states.sort()).toEqual(['Deployed', 'Failed deployment']);
  });

  it('FC-46: a deployment that fails says why', async () => {
    const maas = under('maas-deploy-fails');
    const got = (await ask(maas, 'POST machines/?op=allocate', {})).json as { system_id: string };
    await ask(maas, `POST machines/${got.system_id}/?op=deploy`, {});
    maas.clock.advance(3_600_000);
    expect((await ask(maas, `GET machines/${got.system_id}/`)).json).toMatchObject({
      status_name: 'Failed deployment',
      error_description: expect.stringContaining('no space left on device'),
    });
  });
});

describe('releases differ on the wire', () => {
  it.each([
    ['2.9', '2.9.2', '9165-g.c3e7848d1'],
    ['3.4', '3.4.10', ''],
    ['3.5', '3.5.13', ''],
    ['3.6', '3.6.5', ''],
    ['3.7', '3.7.3', ''],
  ])('%s says %s', async (version, full, subversion) => {
    const said = await ask(bench({ version }), 'GET version/');
    expect(said.json).toMatchObject({ version: full, subversion });
  });

  it.each([
    ['2.9', false],
    ['3.4', false],
    ['3.5', false],
    ['3.6', true],
    ['3.7', true],
  ])('timestamps of %s end in Z: %s', async (version, zoned) => {
    const maas = bench({ version });
    await ask(maas, 'POST machines/?op=allocate', {});
    const { text } = await ask(maas, 'GET events/?op=query');
    expect(text).toContain('"events"');
    const stamps = (await ask(maas, 'GET subnets/')).text.match(/\d{4}-\d\d-\d\dT[^"]*/g) ?? [];
    const more = (await ask(maas, 'GET fabrics/')).text.match(/\d{4}-\d\d-\d\dT[^"]*/g) ?? [];
    for (const stamp of [...stamps, ...more]) expect(stamp.endsWith('Z')).toBe(zoned);
  });

  it.each([
    ['2.9', 404],
    ['3.4', 200],
    ['3.7', 200],
  ])('the op as a path segment, in %s: %i', async (version, status) => {
    const asked = await ask(bench({ version }), 'POST machines/op-allocate', {});
    expect(asked.status).toBe(status);
  });

  it.each([
    ['3.4.8', true],
    ['3.4.10', false],
    ['3.5.13', true],
    ['3.6.4', true],
    ['3.6.5', false],
    ['3.7.2', true],
    ['3.7.3', false],
  ])('%s deploys a machine as a rack controller: %s', async (version, allowed) => {
    const maas = bench({ version });
    const got = (await ask(maas, 'POST machines/?op=allocate', {})).json as { system_id: string };
    const answer = await ask(maas, `POST machines/${got.system_id}/?op=deploy`, {
      install_rackd: 'true',
    });
    expect(answer.status).toBe(allowed ? 200 : 400);
  });

  it.each(['2.9', '3.4', '3.5'])('%s keeps no reserved addresses', async (version) => {
    const refused = await ask(bench({ version }), 'GET reservedips/');
    expect(refused.status).toBe(404);
    expect((await ask(bench({ version: '3.6' }), 'GET reservedips/')).status).toBe(200);
  });

  it.each([
    ['3.4', 401],
    ['3.5', 400],
  ])('%s answers OAuth data that lack a field with %i', async (version, status) => {
    const headers = { authorization: 'OAuth oauth_token="a"' };
    const answer = await ask(bench({ version }), 'GET zones/', undefined, { headers });
    expect(answer.status).toBe(status);
  });
});
