import { expect, test } from 'vitest';
import { ask, bench, oauthHeader } from '../testing.ts';

const now = (maas: ReturnType<typeof bench>) => Math.floor(maas.clock.date().getTime() / 1000);

async function whoami(maas: ReturnType<typeof bench>, authorization: string) {
  return ask(maas, 'GET users/?op=whoami', undefined, { headers: { authorization } });
}

test('a good key is let in, whichever way it is written', async () => {
  const maas = bench();
  const [consumer, token, secret] = maas.apiKey.split(':');
  const spaced = oauthHeader(maas.apiKey, now(maas));
  const tight = `OAuth oauth_nonce="n1",oauth_consumer_key="${consumer}",oauth_token="${token}",oauth_signature="%26${secret}",oauth_timestamp="${now(maas)}",oauth_signature_method="PLAINTEXT"`;
  for (const header of [spaced, tight]) {
    expect((await whoami(maas, header)).json).toMatchObject({ username: 'admin' });
  }
});

test('the six may come as query parameters', async () => {
  const maas = bench();
  const [consumer, token, secret] = maas.apiKey.split(':');
  const query = new URLSearchParams({
    op: 'whoami',
    oauth_consumer_key: consumer!,
    oauth_token: token!,
    oauth_signature_method: 'PLAINTEXT',
    oauth_signature: `&${secret}`,
    oauth_timestamp: String(now(maas)),
    oauth_nonce: 'q1',
  });
  const answer = await ask(maas, `GET users/?${query}`, undefined, { apiKey: null });
  expect(answer.status).toBe(200);
});

// The checks in their order (facts/maas-api 2.2): each request is wrong in this and all later ways.
test.each([
  ['oauth_version', '2.0', "Authorization Error: 'OAuth version 2.0 not supported.'"],
  ['oauth_consumer_key', 'nobody', 'Authorization Error: Invalid API key.'],
  ['oauth_token', 'nothing', "Authorization Error: 'Invalid access token: nothing'"],
  [
    'oauth_timestamp',
    '1',
    /^Authorization Error: 'Expired timestamp: given 1 and now \d+ has a greater difference than threshold 300'$/,
  ],
  ['oauth_nonce', 'used', "Authorization Error: 'Nonce already used: used'"],
  [
    'oauth_signature_method',
    'ROT13',
    /^Authorization Error: 'Signature method ROT13 not supported/,
  ],
  ['oauth_signature', '&wrong', /^Authorization Error: 'Invalid signature\./],
] as const)('a wrong %s is 401 with its own text', async (field, value, text) => {
  const maas = bench();
  const wrong = [
    ['oauth_version', '2.0'],
    ['oauth_consumer_key', 'nobody'],
    ['oauth_token', 'nothing'],
    ['oauth_timestamp', '1'],
    ['oauth_nonce', 'used'],
    ['oauth_signature_method', 'ROT13'],
    ['oauth_signature', '&wrong'],
  ] as const;
  await whoami(maas, oauthHeader(maas.apiKey, now(maas), { oauth_nonce: 'used' }));
  const from = wrong.findIndex(([name]) => name === field);
  const changes = Object.fromEntries([...wrong.slice(from), [field, value]]);
  const answer = await whoami(maas, oauthHeader(maas.apiKey, now(maas), changes));
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toBe('OAuth realm="OAuth"');
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  if (typeof text === 'string') expect(answer.text).toBe(text);
  else expect(answer.text).toMatch(text);
});

test('300 seconds old is let in, 301 is not, and the future is', async () => {
  const maas = bench();
  const status = async (age: number) =>
    (await whoami(maas, oauthHeader(maas.apiKey, now(maas) - age))).status;
  expect([await status(300), await status(301), await status(-100_000)]).toEqual([200, 401, 200]);
});

test('a nonce may be used again once timestamps of its time have expired', async () => {
  const maas = bench();
  const again = async () =>
    (await whoami(maas, oauthHeader(maas.apiKey, now(maas), { oauth_nonce: 'same' }))).status;
  expect([await again(), await again()]).toEqual([200, 401]);
  maas.clock.advance(301_000);
  expect(await again()).toBe(200);
});

test('a skewed region clock refuses good requests, and its Date header shows why', async () => {
  const maas = bench();
  maas.points.clockSkewMs.bind(() => 3_600_000);
  const answer = await whoami(maas, oauthHeader(maas.apiKey, now(maas)));
  expect(answer.status).toBe(401);
  const date = Date.parse(answer.headers.get('date')!);
  expect(date - maas.clock.date().getTime()).toBeGreaterThan(3_590_000);
});

test('no answer ever holds the token secret', async () => {
  const maas = bench();
  const secret = maas.apiKey.split(':')[2]!;
  const header = oauthHeader(maas.apiKey, now(maas), { oauth_signature: `&${secret}x` });
  expect((await whoami(maas, header)).text).not.toContain(secret);
});

test.each([
  ['3.4', 401, 'Forbidden'],
  ['3.5', 400, /Bad Request/],
])('an incomplete set in %s is %i', async (version, status, text) => {
  const maas = bench({ version });
  const answer = await whoami(maas, 'OAuth oauth_token="x"');
  expect(answer.status).toBe(status);
  expect(answer.text).toMatch(text);
});

test.each([
  ['GET machines/', 400, 'Unrecognised signature: method=GET op=None'],
  ['POST machines/?op=allocate', 400, 'Unrecognised signature: method=POST op=allocate'],
  ['POST machines/?op=accept', 401, 'You must be logged in to accept machines.'],
  ['GET zones/', 401, 'Forbidden'],
  ['DELETE machines/', 401, 'Forbidden'],
  ['GET files/', 400, 'Unrecognised signature: method=GET op=None'],
])('without credentials %s is %i', async (line, status, text) => {
  const answer = await ask(bench(), line, undefined, { apiKey: null });
  expect([answer.status, answer.text]).toEqual([status, text]);
  expect(answer.headers.has('www-authenticate')).toBe(false);
});

test("others' machines are hidden in lists and forbidden by id; admin methods are refused", async () => {
  const maas = bench();
  const { apiKey } = maas.addUser('eve');
  await ask(maas, 'POST machines/?op=allocate', {});
  const taken = maas.core.machines.find((machine) => machine.state.owner === 'admin')!;
  const list = await ask(maas, 'GET machines/', undefined, { apiKey });
  expect((list.json as unknown[]).length).toBe(9);
  const one = await ask(maas, `GET machines/${taken.systemId}/`, undefined, { apiKey });
  expect([one.status, one.text]).toEqual([403, '']);
  const zone = await ask(maas, 'POST zones/?op=', { name: 'z' }, { apiKey });
  expect([zone.status, zone.text]).toEqual([403, 'This method is reserved for admin users.']);
  const bulk = await ask(
    maas,
    'POST machines/?op=release',
    { machines: taken.systemId },
    { apiKey },
  );
  expect(bulk.text).toBe(
    `You don't have the required permission to release the following machine(s): ${taken.systemId}.`,
  );
});
