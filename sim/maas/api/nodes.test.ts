import { beforeEach, describe, expect, test } from 'vitest';
import { ask, type Bench, bench } from '../testing.ts';

let maas: Bench;
beforeEach(() => {
  maas = bench();
});

interface Iface {
  id: number;
  name: string;
  vlan: { id: number } | null;
  links: { id: number; mode: string; ip_address?: string; subnet?: { id: number } }[];
  resource_uri: string;
}
interface DeviceAnswer {
  system_id: string;
  interface_set: Iface[];
}

async function device(macs: string[] = ['52:54:00:00:00:01']): Promise<DeviceAnswer> {
  const parent = maas.core.machines[0]!.systemId;
  const answer = await ask(maas, 'POST devices/?op=', {
    hostname: 'juju-1-lxd-0',
    mac_addresses: macs,
    parent,
  });
  expect(answer.status).toBe(200);
  return answer.json as DeviceAnswer;
}

describe('devices, as Juju makes them for containers', () => {
  test('create, put the interface on a VLAN, link statically, find again, delete', async () => {
    const made = await device();
    const [iface] = made.interface_set;
    expect(iface).toMatchObject({ name: 'eth0', vlan: null, links: [] });
    const moved = await ask(maas, `PUT ${iface!.resource_uri}`, { name: 'eth0', vlan: '5001' });
    expect(moved.json).toMatchObject({ vlan: { id: 5001 }, links: [] });
    const linked = await ask(maas, `POST ${iface!.resource_uri}?op=link_subnet`, {
      mode: 'STATIC',
      subnet: '1',
    });
    expect((linked.json as Iface).links).toMatchObject([
      { mode: 'static', ip_address: '10.0.0.251', subnet: { id: 1 } },
    ]);
    const found = await ask(maas, 'GET devices/?mac_address=52:54:00:00:00:01');
    expect(found.json).toMatchObject([{ system_id: made.system_id, ip_addresses: ['10.0.0.251'] }]);
    expect((found.json as object[])[0]).not.toHaveProperty('pool');
    const gone = await ask(maas, `DELETE devices/${made.system_id}/`);
    expect([gone.status, gone.text]).toEqual([204, '']);
    expect(maas.core.network.takenAddresses.size).toBe(0);
    const again = await ask(maas, `DELETE devices/${made.system_id}/`);
    expect([again.status, again.text]).toEqual([404, 'No Device matches the given query.']);
  });

  test.each([
    [{}, { mac_addresses: ['This field is required.'] }],
    [{ mac_addresses: 'x' }, { mac_addresses: ["'x' is not a valid MAC address."] }],
    [
      { mac_addresses: '52:54:00:00:00:09', parent: 'nobody' },
      { parent: [expect.stringContaining('not one of the available choices')] },
    ],
  ])('%j is refused', async (fields, body) => {
    const answer = await ask(maas, 'POST devices/?op=', fields as Record<string, string>);
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual(body);
  });

  test('a MAC address is used once, and a duplicate says where', async () => {
    await device();
    const answer = await ask(maas, 'POST devices/?op=', { mac_addresses: '52:54:00:00:00:01' });
    expect(answer.json).toEqual({
      mac_addresses: ['MAC address 52:54:00:00:00:01 already in use on juju-1-lxd-0.'],
    });
  });
});

describe('links', () => {
  const link = (iface: Iface, fields: Record<string, string>) =>
    ask(maas, `POST ${iface.resource_uri}?op=link_subnet`, fields);

  async function machineInterface(index = 1): Promise<Iface> {
    const { systemId } = maas.core.machines[0]!;
    return ((await ask(maas, `GET nodes/${systemId}/interfaces/`)).json as Iface[])[index]!;
  }

  test('every link has an id that was never used before', async () => {
    const iface = await machineInterface();
    const seen = new Set(iface.links.map((present) => present.id));
    for (let i = 0; i < 5; i++) {
      const { links } = (await link(iface, { mode: 'STATIC', subnet: '2' })).json as Iface;
      const fresh = links.filter((present) => !seen.has(present.id));
      expect(fresh).toHaveLength(1);
      seen.add(fresh[0]!.id);
      const { status } = await ask(maas, `POST ${iface.resource_uri}?op=unlink_subnet`, {
        id: String(fresh[0]!.id),
      });
      expect(status).toBe(200);
    }
  });

  test('the last link gone, a machine keeps a LINK_UP', async () => {
    const iface = await machineInterface();
    const answer = await ask(maas, `POST ${iface.resource_uri}?op=unlink_subnet`, {
      id: String(iface.links[0]!.id),
    });
    expect((answer.json as Iface).links).toMatchObject([{ mode: 'link_up' }]);
    // A link without a subnet has no such key at all: null would be an error for gomaasapi.
    expect((answer.json as Iface).links[0]).not.toHaveProperty('subnet');
    expect((answer.json as Iface).links[0]).not.toHaveProperty('ip_address');
  });

  test.each([
    [{ mode: 'STATIC' }, 400, { subnet: ['This field is required.'] }],
    [{ mode: 'HOVER', subnet: '2' }, 400, { mode: [expect.stringContaining('HOVER is not one')] }],
    [{ mode: 'AUTO', subnet: '1' }, 400, { subnet: [expect.stringContaining('valid choice')] }],
    [
      { mode: 'STATIC', subnet: '2', ip_address: '10.9.9.9' },
      400,
      { ip_address: ["IP address is not in the given subnet 'pod-1-data:10.0.4.0/22(vid=0)'."] },
    ],
    [{ mode: 'LINK_UP' }, 400, { mode: [expect.stringContaining('Cannot configure interface')] }],
    [
      { mode: 'DHCP', default_gateway: 'true' },
      400,
      { default_gateway: ["Cannot use in mode 'dhcp'."] },
    ],
  ])('%j is %i', async (fields, status, body) => {
    const iface = await machineInterface();
    const before = maas.core.stateHash();
    const answer = await link(iface, fields as unknown as Record<string, string>);
    expect(answer.status).toBe(status);
    expect(answer.json).toEqual(body);
    expect(maas.core.stateHash()).toBe(before);
  });

  test('an address in use is 404, one in the DHCP pool 400', async () => {
    const iface = await machineInterface(0);
    await link(iface, { mode: 'STATIC', subnet: '1', ip_address: '10.0.1.1' });
    const taken = await link(iface, { mode: 'STATIC', subnet: '1', ip_address: '10.0.1.1' });
    expect([taken.status, taken.text]).toEqual([404, 'IP address is already in use.']);
    const pool = await link(iface, { mode: 'STATIC', subnet: '1', ip_address: '10.0.0.20' });
    expect(pool.json).toEqual({
      ip_address: ['IP address is inside a dynamic range 10.0.0.10 to 10.0.0.250.'],
    });
  });

  test('interfaces of a deploying machine stay as they are', async () => {
    const iface = await machineInterface();
    await ask(maas, `POST machines/${maas.core.machines[0]!.systemId}/?op=deploy`, {});
    const answer = await link(iface, { mode: 'STATIC', subnet: '2' });
    expect([answer.status, answer.text]).toEqual([
      409,
      'Cannot link subnet interface because the machine is not New, Ready, Allocated, or Broken.',
    ]);
  });
});

describe('disks', () => {
  test('a partition is found below its machine, and its address has no slash at the end', async () => {
    const { systemId, state } = maas.core.machines[0]!;
    const disk = state.blockDevices[0]!;
    const uri = `nodes/${systemId}/blockdevices/${disk.id}/partition/${disk.partitions[1]!.id}`;
    const answer = await ask(maas, `GET ${uri}`);
    expect(answer.json).toMatchObject({
      resource_uri: `/MAAS/api/2.0/${uri}`,
      used_for: 'ext4 formatted filesystem mounted at /',
      filesystem: { fstype: 'ext4', label: 'root' },
    });
  });

  test('tags of a disk change only while the machine is Ready', async () => {
    const machine = maas.core.machines[0]!;
    const path = `nodes/${machine.systemId}/blockdevices/${machine.state.blockDevices[0]!.name}/`;
    const tagged = await ask(maas, `POST ${path}?op=add_tag`, { tag: 'fast' });
    expect((tagged.json as { tags: string[] }).tags).toContain('fast');
    await ask(maas, `POST machines/${machine.systemId}/?op=deploy`, {});
    expect((await ask(maas, `POST ${path}?op=remove_tag`, { tag: 'fast' })).text).toBe(
      'Cannot update block device because the machine is not Ready.',
    );
  });
});

describe('machines by hand', () => {
  test('an administrator’s machine is commissioned at once; an enlisted one waits', async () => {
    const form = { architecture: 'amd64', power_type: 'manual' };
    const made = await ask(maas, 'POST machines/', { ...form, mac_addresses: '52:54:00:00:01:01' });
    expect(made.json).toMatchObject({
      status_name: 'Commissioning',
      architecture: 'amd64/generic',
    });
    const enlisted = await ask(
      maas,
      'POST machines/',
      { ...form, mac_addresses: '52:54:00:00:01:02' },
      { apiKey: null },
    );
    expect(enlisted.json).toMatchObject({ status_name: 'New' });
    expect(enlisted.json).not.toHaveProperty('interface_set');
  });

  test.each([
    [{ architecture: 'vax' }, { architecture: [expect.stringContaining("'vax/generic' is not")] }],
    [{ architecture: 'amd64', hostname: 'no good' }, { hostname: ['Enter a valid value.'] }],
    [{ architecture: 'amd64', zone: 'x' }, { zone: [expect.stringContaining('valid choice')] }],
    [{ architecture: 'amd64', memory: 'lots' }, { memory: ['Enter a whole number.'] }],
  ])('%j is refused and adds nothing', async (fields, body) => {
    const form = { ...fields, mac_addresses: '52:54:00:00:01:03' } as Record<string, string>;
    const before = maas.core.stateHash();
    const answer = await ask(maas, 'POST machines/', form);
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual(body);
    expect(maas.core.stateHash()).toBe(before);
  });

  test('accepting all accepts none when one cannot be commissioned', async () => {
    for (const [mac, type] of [
      ['52:54:00:00:02:01', 'manual'],
      ['52:54:00:00:02:02', ''],
    ] as const) {
      const form = { architecture: 'amd64', power_type: type, mac_addresses: mac };
      await ask(maas, 'POST machines/', form, { apiKey: null });
    }
    const before = maas.core.stateHash();
    expect((await ask(maas, 'POST machines/?op=accept_all', {})).status).toBe(500);
    expect(maas.core.stateHash()).toBe(before);
  });

  test('filters: repeated is any-of, tags are all-of, unknown names are refused', async () => {
    const [a, b] = maas.core.machines;
    const ids = async (query: string) =>
      ((await ask(maas, `GET machines/?${query}`)).json as { system_id: string }[]).map(
        (machine) => machine.system_id,
      );
    expect(await ids(`id=${a!.systemId}&id=${b!.systemId}`)).toEqual([a!.systemId, b!.systemId]);
    expect(await ids(`hostname=${a!.state.hostname}`)).toEqual([a!.systemId]);
    expect(await ids('status=deployed')).toEqual([]);
    expect(await ids('agent_name=')).toHaveLength(10);
    const wrong = await ask(maas, 'GET machines/?colour=red');
    expect(wrong.json).toEqual({ colour: ['No such constraint.'] });
  });

  test('a deleted machine is gone with its addresses', async () => {
    const { systemId } = maas.core.machines[0]!;
    await ask(maas, `POST machines/${systemId}/?op=deploy`, {});
    expect((await ask(maas, `DELETE machines/${systemId}/`)).status).toBe(204);
    expect(maas.core.network.takenAddresses.size).toBe(0);
    expect((await ask(maas, `GET machines/${systemId}/`)).status).toBe(404);
    maas.clock.advance(maas.core.durations.deploy * 2);
  });
});

describe('catalogue', () => {
  test('zones: names are checked, the default one stays, machines fall back to it', async () => {
    expect((await ask(maas, 'POST zones/', { name: 'az1' })).json).toEqual({
      name: ['Physical zone with this Name already exists.'],
    });
    expect((await ask(maas, 'DELETE zones/default/')).text).toBe(
      'This zone is the default zone, it cannot be deleted.',
    );
    expect((await ask(maas, 'DELETE zones/never/')).status).toBe(204);
    expect((await ask(maas, 'DELETE zones/az1/')).status).toBe(204);
    expect(maas.core.machines.every((machine) => machine.state.zoneId === 1)).toBe(true);
    expect((await ask(maas, 'GET machines/')).status).toBe(200);
  });

  test('a pool with machines in it stays', async () => {
    maas.core.change(maas.core.machines[0]!, { poolId: 1 });
    expect((await ask(maas, 'DELETE resourcepool/lab/')).text).toBe(
      'Pool has machines in it, it cannot be deleted.',
    );
  });

  test('tags are given and taken, and unknown machines are ignored', async () => {
    const { systemId } = maas.core.machines[0]!;
    await ask(maas, 'POST tags/', { name: 'blue' });
    const answer = await ask(maas, 'POST tags/blue/?op=update_nodes', {
      add: [systemId, 'nobody'],
    });
    expect(answer.json).toEqual({ added: 1, removed: 0 });
    const tagged = await ask(maas, 'GET tags/blue/?op=machines');
    expect(tagged.json).toMatchObject([{ system_id: systemId }]);
    await ask(maas, 'DELETE tags/blue/');
    expect(maas.core.machines[0]!.state.tags).not.toContain('blue');
  });

  test('settings are read as JSON and keep their type', async () => {
    const read = async () =>
      (await ask(maas, 'GET maas/?op=get_config&name=enable_disk_erasing_on_release')).text;
    expect(await read()).toBe('false');
    await ask(maas, 'POST maas/?op=set_config', {
      name: 'enable_disk_erasing_on_release',
      value: 'true',
    });
    expect(await read()).toBe('true');
    expect((await ask(maas, 'GET maas/?op=get_config&name=colour')).status).toBe(400);
  });

  test('a duplicate user is the one conflict that may be repeated', async () => {
    const form = { username: 'bob', email: 'b@x', password: 'p', is_superuser: '0' };
    expect((await ask(maas, 'POST users/', form)).status).toBe(200);
    const again = await ask(maas, 'POST users/', form);
    expect([again.status, again.headers.get('retry-after')]).toEqual([409, '5']);
  });
});
