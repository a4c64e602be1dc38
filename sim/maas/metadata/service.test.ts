import { expect, test } from 'vitest';
import type { Machine } from '../core/objects.ts';
import { STATUS } from '../core/status.ts';
import { ask, type Bench, bench, op, type Reply } from '../testing.ts';

const BASE = '/MAAS/metadata/2012-03-01/';

function keyOf(maas: Bench, machine: Machine): string {
  const { consumerKey, tokenKey, tokenSecret } = maas.core.accounts.machineToken(machine);
  return `${consumerKey}:${tokenKey}:${tokenSecret}`;
}

/** Asks as a machine, with its own key. */
function askAs(
  maas: Bench,
  machine: Machine,
  line: string,
  form?: Readonly<Record<string, string>>,
): Promise<Reply> {
  const [method, path] = line.split(' ');
  return ask(maas, `${method} ${BASE}${path ?? ''}`, form, { apiKey: keyOf(maas, machine) });
}

function report(maas: Bench, machine: Machine, message: unknown, apiKey = keyOf(maas, machine)) {
  const [, token] = apiKey.split(':');
  return maas.fetch(
    new Request(`http://maas.test/MAAS/metadata/status/${machine.systemId}`, {
      method: 'POST',
      headers: { authorization: `OAuth oauth_token="${token}"` },
      body: typeof message === 'string' ? message : JSON.stringify(message),
    }),
  );
}

const deployed = async (options: Parameters<typeof bench>[0] = {}) => {
  const maas = bench({ deployBy: 'signal', ...options });
  const machine = maas.core.machines[0]!;
  await op(maas, machine, 'deploy', { user_data: 'aGVs\nbG8=' });
  return { maas, machine };
};

test('a machine reads its own data with its own key', async () => {
  const { maas, machine } = await deployed();
  await ask(maas, 'POST account/prefs/sshkeys/', { key: SSH_KEY });
  const read = async (path: string) => (await askAs(maas, machine, `GET ${path}`)).text;
  expect(await read('meta-data/instance-id')).toBe(machine.systemId);
  expect(await read('meta-data/local-hostname')).toBe(maas.core.fqdn(machine.state));
  expect(await read('meta-data/')).toBe(
    'instance-id\nlocal-hostname\npublic-keys\nvendor-data\nx509',
  );
  expect(await read('meta-data/public-keys')).toBe(SSH_KEY);
  expect(await read('')).toBe('maas-commissioning-scripts\nmeta-data\nuser-data');
  const vendor = await askAs(maas, machine, 'GET meta-data/vendor-data');
  expect(vendor.headers.get('content-type')).toBe('application/x-yaml; charset=utf-8');
  expect(vendor.text).toMatch(/^cloud-init: \|\n {2}#cloud-config\n/);
});

test('whoever has no credentials is being enlisted; a user is no machine', async () => {
  const maas = bench();
  const anonymous = await ask(maas, `GET ${BASE}meta-data/instance-id`, undefined, {
    apiKey: null,
  });
  expect([anonymous.status, anonymous.text]).toEqual([200, 'i-maas-enlistment']);
  const user = await ask(maas, `GET ${BASE}meta-data/instance-id`);
  expect([user.status, user.text]).toEqual([403, 'Not authenticated as a known node.']);
  const wrong = await ask(maas, `GET ${BASE}meta-data/instance-id`, undefined, {
    apiKey: 'a:b:c',
  });
  expect(wrong.status).toBe(401);
});

test.each([
  ['/MAAS/metadata/', 200, '2012-03-01\nlatest'],
  ['/MAAS/metadata//latest/meta-data/instance-id', 200, 'i-maas-enlistment'],
  ['/MAAS/metadata/2011-01-01/', 404, 'Unknown metadata version: 2011-01-01'],
  ['/MAAS/metadata/latest/nothing', 404, 'Unknown metadata attribute: nothing'],
  ['/MAAS/metadata/latest/by-id/zzzzzz/?op=get_preseed', 404, 'No Node matches the given query.'],
])('%s is answered %i', async (path, status, text) => {
  const answer = await ask(bench(), `GET ${path}`, undefined, { apiKey: null });
  expect([answer.status, answer.text]).toEqual([status, text]);
});

test('a deployment that waits for the machine ends when its user data is fetched', async () => {
  const { maas, machine } = await deployed();
  maas.clock.advance(maas.core.durations.deploy * 2);
  expect(machine.state.status).toBe(STATUS.DEPLOYING);
  const answer = await askAs(maas, machine, 'GET user-data');
  expect([answer.status, answer.text]).toEqual([200, 'hello']);
  expect(answer.headers.get('content-type')).toBe('application/octet-stream');
  expect(machine.state.status).toBe(STATUS.DEPLOYED);
  maas.clock.advance(3 * 3_600_000);
  expect(machine.state.status).toBe(STATUS.DEPLOYED);
});

test('a machine that is never heard is given up', async () => {
  const { maas, machine } = await deployed();
  maas.clock.advance(3 * 3_600_000);
  expect(machine.state.status).toBe(STATUS.FAILED_DEPLOYMENT);
});

test('fetching user data counts without having any, and where the clock would end it too', async () => {
  const maas = bench();
  const machine = maas.core.machines[0]!;
  await op(maas, machine, 'deploy');
  expect((await askAs(maas, machine, 'GET user-data')).status).toBe(404);
  expect(machine.state.status).toBe(STATUS.DEPLOYED);
});

test('user data that is no base64 is handed out as stored', async () => {
  const { maas, machine } = await deployed();
  maas.core.change(machine, { userData: '#!/bin/sh\n' });
  expect((await askAs(maas, machine, 'GET user-data')).text).toBe('#!/bin/sh\n');
});

test('signal: a failure fails what is going on, and only then', async () => {
  const { maas, machine } = await deployed();
  const say = (status: string) =>
    askAs(maas, machine, 'POST ?op=signal', { status, error: 'no disk' });
  expect((await say('WORKING')).text).toBe('OK');
  expect(machine.state.status).toBe(STATUS.DEPLOYING);
  expect((await say('FAILED')).text).toBe('OK');
  expect(machine.state.status).toBe(STATUS.FAILED_DEPLOYMENT);
  expect(machine.state.errorDescription).toBe('no disk');
  const odd = await say('DANCING');
  expect([odd.status, odd.text]).toEqual([400, "Unknown status: 'DANCING'"]);
});

test('signal: a machine on which nothing runs has nothing to say', async () => {
  const maas = bench();
  const machine = maas.core.machines[0]!;
  await ask(maas, 'POST machines/?op=allocate', { system_id: machine.systemId });
  const answer = await askAs(maas, machine, 'POST ?op=signal', { status: 'OK' });
  expect([answer.status, answer.text]).toEqual([
    409,
    "Machine status isn't valid (status is Allocated)",
  ]);
});

test('signal: commissioning ends well', async () => {
  const maas = bench();
  const machine = maas.core.machines[0]!;
  await op(maas, machine, 'commission');
  await askAs(maas, machine, 'POST ?op=signal', { status: 'OK' });
  expect(machine.state.status).toBe(STATUS.READY);
});

test('netboot is switched by the machine and, by id, by anybody', async () => {
  const { maas, machine } = await deployed();
  await askAs(maas, machine, 'POST ?op=netboot_on');
  expect(machine.state.netboot).toBe(true);
  const path = `POST ${BASE}by-id/${machine.systemId}/?op=netboot_off`;
  expect((await ask(maas, path, {}, { apiKey: null })).text).toBe('OK');
  expect(machine.state.netboot).toBe(false);
});

test('the webhook: beginnings are events, a failed stage fails the deployment', async () => {
  const { maas, machine } = await deployed();
  const begin = {
    event_type: 'start',
    origin: 'curtin',
    name: 'cmd-install/stage-extract',
    description: 'x',
  };
  expect((await report(maas, machine, begin)).status).toBe(204);
  expect(machine.state.statusMessage).toBe('Installing OS');
  const end = { ...begin, event_type: 'finish', name: 'modules-final' };
  await report(maas, machine, { ...end, result: 'SUCCESS' });
  expect(machine.state.status).toBe(STATUS.DEPLOYING);
  await report(maas, machine, { ...end, result: 'FAIL' });
  expect(machine.state.status).toBe(STATUS.FAILED_DEPLOYMENT);
});

test.each([
  ['{', 400, 'Status payload is not valid JSON:\n{\n\n'],
  ['[]', 400, 'Missing parameter(s) description, event_type, name, origin in status message.'],
  ['null', 400, 'Missing parameter(s) description, event_type, name, origin in status message.'],
  [
    '{"origin":"curtin","description":"x"}',
    400,
    'Missing parameter(s) event_type, name in status message.',
  ],
])('the webhook refuses %s', async (sent, status, text) => {
  const { maas, machine } = await deployed();
  const answer = await report(maas, machine, sent);
  expect([answer.status, await answer.text()]).toEqual([status, text]);
});

test('the webhook wants some token, not a known one', async () => {
  const { maas, machine } = await deployed();
  const message = {
    event_type: 'finish',
    origin: 'a',
    name: 'b',
    description: 'c',
    result: 'FAIL',
  };
  expect((await report(maas, machine, message, 'a:b:c')).status).toBe(204);
  expect(machine.state.status).toBe(STATUS.DEPLOYING);
  const bare = await ask(maas, `POST /MAAS/metadata/status/${machine.systemId}`, undefined, {
    apiKey: null,
  });
  expect([bare.status, bare.text]).toEqual([401, '']);
});

const SSH_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJJTjMvZQw0oQ8pB6y2Qkq3xk0mXg0mXg0mXg0mXg0m me@example.com';
