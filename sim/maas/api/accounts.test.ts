/** Users, passwords, keys, settings, VM hosts, controllers (facts/maas-api 1.1, 3.4, 3.12, 3.13). */
import { describe, expect, test } from 'vitest';
import { STATUS } from '../core/status.ts';
import { ask, bench, op } from '../testing.ts';

describe('a password', () => {
  const authenticate = (form: Record<string, string>) => ({
    line: 'POST /MAAS/accounts/authenticate/',
    form,
  });

  test('is exchanged for an API key that works, the same for the same name', async () => {
    const maas = bench();
    const { line, form } = authenticate({ username: 'admin', password: maas.password });
    const key = async (consumer: string) =>
      (await ask(maas, line, { ...form, consumer }, { apiKey: null })).json as Record<
        string,
        string
      >;
    const first = await key('libmaas');
    expect(await key('libmaas')).toEqual(first);
    expect((await key('other')).token_key).not.toBe(first.token_key);
    const apiKey = `${first.consumer_key}:${first.token_key}:${first.token_secret}`;
    const who = await ask(maas, 'GET users/?op=whoami', undefined, { apiKey });
    expect(who.json).toMatchObject({ username: 'admin' });
  });

  test('that is wrong is 403 with nothing said; anything but POST is 405', async () => {
    const maas = bench();
    const { line, form } = authenticate({ username: 'admin', password: 'guess' });
    const answer = await ask(maas, line, form, { apiKey: null });
    expect([answer.status, answer.text]).toEqual([403, '']);
    expect((await ask(maas, line.replace('POST', 'GET'), undefined, { apiKey: null })).status).toBe(
      405,
    );
  });

  test('logs in', async () => {
    const maas = bench();
    const login = (form: Record<string, string>) =>
      ask(maas, 'POST /MAAS/accounts/login/', form, { apiKey: null });
    expect((await login({ username: 'admin', password: maas.password })).status).toBe(204);
    expect((await login({ username: 'admin', password: 'x' })).json).toHaveProperty('__all__');
    expect((await login({})).json).toHaveProperty('username');
    const look = await ask(maas, 'GET /MAAS/accounts/login/', undefined, { apiKey: null });
    expect(look.json).toMatchObject({ authenticated: false, no_users: false });
  });

  test('given to a new user works for that user', async () => {
    const maas = bench();
    await ask(maas, 'POST users/', {
      username: 'eve',
      email: 'eve@example.com',
      password: 'apple',
      is_superuser: '0',
    });
    const { line, form } = authenticate({ username: 'eve', password: 'apple' });
    expect((await ask(maas, line, form, { apiKey: null })).status).toBe(200);
    await ask(maas, 'DELETE users/eve/');
    expect((await ask(maas, line, form, { apiKey: null })).status).toBe(403);
    expect((await ask(maas, 'DELETE users/eve/')).status).toBe(204);
  });
});

test('a user who owns machines goes only when they are handed on', async () => {
  const maas = bench();
  const { apiKey } = maas.addUser('leaver');
  await ask(maas, 'POST machines/?op=allocate', {}, { apiKey });
  const refused = await ask(maas, 'DELETE users/leaver/');
  expect([refused.status, refused.text]).toEqual([
    400,
    'User leaver cannot be deleted: 1 node(s) are still allocated',
  ]);
  expect((await ask(maas, 'DELETE users/leaver/?transfer_resources_to=admin')).status).toBe(204);
  expect(maas.core.machines.filter(({ state }) => state.owner === 'admin')).toHaveLength(1);
});

test('an API key can be given another name', async () => {
  const maas = bench();
  const made = await ask(maas, 'POST account/?op=create_authorisation_token', { name: 'old' });
  const { token_key } = made.json as { token_key: string };
  const renamed = await ask(maas, 'POST account/?op=update_token_name', {
    token: token_key,
    name: 'new',
  });
  expect([renamed.status, renamed.text]).toEqual([202, 'Accepted']);
  const list = (await ask(maas, 'GET account/?op=list_authorisation_tokens')).json;
  expect(list).toContainEqual({ name: 'new', token: expect.stringContaining(token_key) });
});

describe('SSH keys', () => {
  const KEY = `ssh-ed25519 ${Buffer.from('a key of some length').toString('base64')} me@home`;

  test('are stored once, shown, and removed by their owner', async () => {
    const maas = bench();
    const made = await ask(maas, 'POST account/prefs/sshkeys/', { key: KEY });
    const { id } = made.json as { id: number };
    expect([made.status, made.json]).toEqual([201, { id, key: KEY, keysource: null }]);
    expect((await ask(maas, 'GET account/prefs/sshkeys/')).json).toEqual([
      { id, key: KEY, keysource: '', resource_uri: `/MAAS/api/2.0/account/prefs/sshkeys/${id}/` },
    ]);
    expect((await ask(maas, 'POST account/prefs/sshkeys/', { key: KEY })).json).toEqual({
      key: ['This key has already been added for this user.'],
    });
    const { apiKey } = maas.addUser('other');
    const foreign = await ask(maas, `DELETE account/prefs/sshkeys/${id}/`, undefined, { apiKey });
    expect([foreign.status, foreign.text]).toEqual([403, "Can't delete a key you don't own."]);
    expect((await ask(maas, `DELETE account/prefs/sshkeys/${id}/`)).status).toBe(204);
  });

  test('that are none are refused; imported ones name their source', async () => {
    const maas = bench();
    const bad = await ask(maas, 'POST account/prefs/sshkeys/', { key: 'hello' });
    expect([bad.status, bad.text]).toEqual([
      400,
      expect.stringContaining('Invalid SSH public key'),
    ]);
    const imported = await ask(maas, 'POST account/prefs/sshkeys/?op=import', {
      keysource: 'lp:somebody',
    });
    expect(imported.json).toMatchObject([{ keysource: 'lp:somebody' }]);
  });
});

describe('settings', () => {
  test.each([
    ['enable_analytics', 'false', false],
    ['node_timeout', '45', 45],
    ['upstream_dns', '9.9.9.9', '9.9.9.9'],
    ['ntp_server', 'ntp.example', 'ntp.example'],
  ])('%s keeps its type', async (name, value, kept) => {
    const maas = bench();
    expect((await ask(maas, 'POST maas/?op=set_config', { name, value })).text).toBe('OK');
    const read = await ask(maas, `GET maas/?op=get_config&name=${name}`);
    expect([read.headers.get('content-type'), read.json]).toEqual(['application/json', kept]);
  });

  test.each([
    ['no_such_thing', '1'],
    ['node_timeout', 'soon'],
    ['default_storage_layout', 'round'],
  ])('%s = %s is refused', async (name, value) => {
    expect((await ask(bench(), 'POST maas/?op=set_config', { name, value })).status).toBe(400);
  });
});

describe('VM hosts', () => {
  test('compose machines that commission for the caller and then are Ready', async () => {
    const maas = bench();
    const made = await ask(maas, 'POST vm-hosts/', {
      type: 'lxd',
      power_address: '10.0.0.9',
      name: 'host-1',
      zone: '2',
    });
    expect(made.json).toMatchObject({ name: 'host-1', type: 'lxd', zone: { name: 'az1' } });
    const { id } = made.json as { id: number };
    const composed = await ask(maas, `POST pods/${id}/?op=compose`, {
      cores: '4',
      memory: '4096',
      storage: 'root:20,data:30',
      hostname: 'guest',
    });
    const { system_id } = composed.json as { system_id: string };
    const machine = maas.core.findMachine(system_id)!;
    expect(machine.state).toMatchObject({ owner: 'admin', status: STATUS.COMMISSIONING });
    maas.clock.advance(maas.core.durations.commission + maas.core.durations.test);
    expect(machine.state).toMatchObject({
      status: STATUS.READY,
      owner: null,
      cpuCount: 4,
      memory: 4096,
      tags: ['virtual'],
    });
    expect(machine.state.blockDevices.map(({ size }) => size)).toEqual([20e9, 30e9]);
    const read = await ask(maas, `GET machines/${system_id}/`);
    expect(read.json).toMatchObject({ pod: { id, name: 'host-1' }, power_type: 'lxd' });
    const host = await ask(maas, `GET vm-hosts/${id}/`);
    expect(host.json).toMatchObject({ used: { cores: 4, memory: 4096, local_storage: 50e9 } });
    const picked = await ask(maas, 'POST machines/?op=allocate', { pod: 'host-1' });
    expect(picked.json).toMatchObject({ system_id });
    await ask(maas, `DELETE vm-hosts/${id}/?decompose=true`);
    expect(maas.core.findMachine(system_id)).toBeUndefined();
  });

  test('are machines that were deployed to be one', async () => {
    const maas = bench();
    const machine = maas.core.machines[0]!;
    await op(maas, machine, 'deploy', { register_vmhost: 'true' });
    expect((await ask(maas, 'GET vm-hosts/')).json).toEqual([]);
    maas.clock.advance(maas.core.durations.deploy);
    expect((await ask(maas, 'GET vm-hosts/')).json).toMatchObject([
      { name: machine.state.hostname, type: 'lxd', host: { system_id: machine.systemId } },
    ]);
    expect((await ask(maas, `DELETE machines/${machine.systemId}/`)).status).toBe(400);
    // Such a machine gets bridges unless told otherwise.
    expect(machine.state.interfaces.some(({ type }) => type === 'bridge')).toBe(true);
    expect((await ask(maas, `DELETE machines/${machine.systemId}/?force=true`)).status).toBe(204);
    expect((await ask(maas, 'GET vm-hosts/')).json).toEqual([]);
  });

  test('refuse more than they have', async () => {
    const maas = bench();
    await ask(maas, 'POST vm-hosts/', { type: 'virsh', power_address: 'qemu:///system' });
    const before = maas.core.stateHash();
    const full = await ask(maas, 'POST vm-hosts/1/?op=compose', { cores: '1000' });
    expect(full.status).toBe(503);
    expect((await ask(maas, 'POST vm-hosts/1/?op=compose', { memory: '1' })).status).toBe(400);
    expect(maas.core.stateHash()).toBe(before);
  });
});

describe('nodes and controllers', () => {
  test('every kind of node is listed in its own shape', async () => {
    const maas = bench({ machines: 3 });
    await ask(maas, 'POST devices/', { mac_addresses: '52:54:00:00:00:99', hostname: 'thing' });
    const all = (await ask(maas, 'GET nodes/')).json as { node_type: number }[];
    expect(all.map(({ node_type }) => node_type)).toEqual([1, 0, 0, 0, 4, 4]);
    const { systemId } = maas.core.machines[1]!;
    expect((await ask(maas, `GET nodes/?id=${systemId}`)).json).toMatchObject([
      { system_id: systemId },
    ]);
    const { apiKey } = maas.addUser('plain');
    const seen = (await ask(maas, 'GET nodes/', undefined, { apiKey })).json as object[];
    expect(seen).toHaveLength(3);
  });

  test('a rack tells its images and the power types, and its description can be changed', async () => {
    const maas = bench();
    const [rack] = maas.core.rackControllers;
    const images = await ask(maas, `GET rackcontrollers/${rack!.systemId}/?op=list_boot_images`);
    expect(images.json).toMatchObject({ connected: true, status: 'synced' });
    const types = (await ask(maas, 'GET rackcontrollers/?op=describe_power_types')).json;
    expect(types).toContainEqual(expect.objectContaining({ name: 'ipmi', driver_type: 'power' }));
    const changed = await ask(maas, `PUT rackcontrollers/${rack!.systemId}/`, {
      description: 'the one by the door',
    });
    expect(changed.json).toMatchObject({ description: 'the one by the door', node_type: 4 });
  });

  test('a machine without what its power type needs is refused, unless told not to look', async () => {
    const maas = bench();
    const machine = {
      architecture: 'amd64',
      mac_addresses: '0c:c4:7a:00:00:07',
      power_type: 'virsh',
    };
    const refused = await ask(maas, 'POST machines/', machine);
    expect([refused.status, refused.json]).toEqual([
      400,
      {
        power_parameters: [
          'Power address: This field is required.',
          'Power ID: This field is required.',
        ],
      },
    ]);
    const skip = { ...machine, power_parameters_skip_check: 'true' };
    expect((await ask(maas, 'POST machines/', skip)).status).toBe(200);
  });

  test('PCI devices are found by what is printed on them, and allocation can ask for one', async () => {
    const maas = bench({ machines: 20 });
    const picked = await ask(maas, 'POST machines/?op=allocate', {
      devices: 'vendor_id=14e4,commissioning_driver=bnxt_en',
    });
    const { system_id } = picked.json as { system_id: string };
    const devices = await ask(maas, `GET nodes/${system_id}/devices/?vendor_id=14E4`);
    expect(devices.json).toMatchObject([{ hardware_type_name: 'Network' }, { bus_name: 'PCIE' }]);
    const [first] = devices.json as { id: number }[];
    expect((await ask(maas, `DELETE nodes/${system_id}/devices/${first!.id}/`)).status).toBe(204);
    expect((await ask(maas, `GET nodes/${system_id}/devices/${first!.id}/`)).status).toBe(404);
    const unknown = await ask(maas, 'POST machines/?op=allocate', { devices: 'colour=red' });
    expect(unknown.json).toEqual({ devices: ["Unknown devices constraint: 'colour"] });
  });
});

describe('acquired bridges', () => {
  test('stand over every linked port, carry its address, and go with the owner', async () => {
    const maas = bench();
    const machine = maas.core.machines[0]!;
    const before = machine.state.interfaces;
    await op(maas, machine, 'deploy', { bridge_all: 'true', bridge_stp: 'true' });
    const bridges = machine.state.interfaces.filter(({ type }) => type === 'bridge');
    const linked = before.filter(({ links }) => links.length > 0);
    expect(bridges.map(({ name }) => name)).toEqual(linked.map(({ name }) => `br-${name}`));
    expect(bridges[0]).toMatchObject({
      params: { bridge_type: 'standard', bridge_stp: true, bridge_fd: 0 },
      links: [{ mode: 'auto', ip: expect.any(String) }],
    });
    await op(maas, machine, 'abort');
    await op(maas, machine, 'release');
    expect(machine.state.interfaces).toEqual(before);
  });

  test('a bridge type that there is not is refused before anything else', async () => {
    const maas = bench();
    const answer = await ask(maas, 'POST machines/?op=allocate', { bridge_type: 'rope' });
    expect([answer.status, Object.keys(answer.json as object)]).toEqual([400, ['bridge_type']]);
  });
});

describe('messages to users', () => {
  test('reach those that they are for until they are put away', async () => {
    const maas = bench();
    const { apiKey } = maas.addUser('reader');
    const made = await ask(maas, 'POST notifications/', { message: 'Hello', users: 'true' });
    const { id } = made.json as { id: number };
    const list = async () => (await ask(maas, 'GET notifications/', undefined, { apiKey })).json;
    expect(await list()).toMatchObject([{ id, message: 'Hello', category: 'info' }]);
    expect((await ask(maas, 'GET notifications/')).json).toEqual([]);
    await ask(maas, `POST notifications/${id}/?op=dismiss`, {}, { apiKey });
    expect(await list()).toEqual([]);
  });
});

test('a machine is set up as another one is', async () => {
  const maas = bench({ machines: 40 });
  const model = (m: (typeof maas.core.machines)[number]) => m.profile.hardwareInfo.system_product;
  const [source, ...others] = maas.core.machines;
  const twin = others.find(
    (m) =>
      model(m) === model(source!) &&
      m.state.blockDevices.every((d, i) => d.size >= source!.state.blockDevices[i]!.size),
  )!;
  const nic = source!.state.interfaces[1]!;
  await ask(maas, `POST nodes/${source!.systemId}/interfaces/${nic.id}/?op=disconnect`, {});
  const answer = await ask(maas, 'POST machines/?op=clone', {
    source: source!.systemId,
    destinations: twin.systemId,
    interfaces: 'true',
  });
  expect(answer.status).toBe(204);
  const places = (m: typeof twin) =>
    m.state.interfaces.map(({ name, vlanId, links }) => [name, vlanId, links.map((l) => l.mode)]);
  expect(places(twin)).toEqual(places(source!));
  expect(twin.state.interfaces[0]!.mac).not.toBe(source!.state.interfaces[0]!.mac);
});
