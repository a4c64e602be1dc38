import { describe, expect, test } from 'vitest';
import { ask, bench } from '../testing.ts';
import { MAX_BODY_BYTES } from './body.ts';

const jsonType = 'application/json; charset=utf-8';

test('version/ needs nobody, and says what clients look for', async () => {
  const answer = await ask(bench(), 'GET version/', undefined, { apiKey: null });
  expect(answer.headers.get('content-type')).toBe(jsonType);
  expect(answer.json).toMatchObject({ version: '3.7.3', subversion: '' });
  expect((answer.json as { capabilities: string[] }).capabilities).toContain(
    'network-deployment-ubuntu',
  );
});

test('version/ answers those with a wrong key too', async () => {
  const maas = bench();
  const wrong = { apiKey: 'wrong:wrong:wrong' };
  expect((await ask(maas, 'GET version/', undefined, wrong)).status).toBe(200);
  expect((await ask(maas, 'GET users/?op=whoami', undefined, wrong)).status).toBe(401);
});

describe('paths', () => {
  test.each([
    'nowhere/',
    'machines',
    'pools/',
    'machines/abc123/nowhere/',
    'nodes/abc123/blockdevices/1/partition/1/',
  ])('%s is an unknown endpoint, and the journal has it', async (path) => {
    const maas = bench();
    const answer = await ask(maas, `GET ${path}`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(answer.text).toBe(`Unknown API endpoint: /MAAS/api/2.0/${path}.`);
    expect(maas.journal.list()).toMatchObject([{ where: 'maas', count: 1 }]);
  });

  test('the old API is gone', async () => {
    const answer = await ask(bench(), 'GET /MAAS/api/1.0/nodes/');
    expect([answer.status, answer.text]).toEqual([
      410,
      'The 1.0 API is no longer available. Please use API version 2.0.',
    ]);
  });

  test('the op may be a path segment since 3.3', async () => {
    expect((await ask(bench(), 'GET users/op-whoami')).json).toMatchObject({ username: 'admin' });
    expect((await ask(bench({ version: '2.9' }), 'GET users/op-whoami')).status).toBe(404);
  });

  test('the op may be in the body, and an empty one is none', async () => {
    const maas = bench();
    const allocated = await ask(maas, 'POST machines/', { op: 'allocate' });
    expect(allocated.json).toMatchObject({ status_name: 'Allocated' });
    expect((await ask(maas, 'POST zones/?op=', { name: 'new' })).status).toBe(200);
  });

  test('an unknown op is 400, an unknown method 405 with what is allowed', async () => {
    const maas = bench();
    expect((await ask(maas, 'POST machines/?op=dance')).text).toBe(
      'Unrecognised signature: method=POST op=dance',
    );
    const answer = await ask(maas, 'PATCH zones/');
    expect([answer.status, answer.text, answer.headers.get('allow')]).toEqual([
      405,
      '',
      'GET, POST',
    ]);
    expect(maas.journal.list()).toHaveLength(2);
  });

  test('a subnet may be named by its CIDR', async () => {
    const answer = await ask(bench(), 'GET subnets/10.0.4.0/22/');
    expect(answer.json).toMatchObject({ id: 2, space: 'internal', vlan: { vid: 0 } });
  });
});

describe('headers', () => {
  test('answers of handlers carry the hash; answers made from errors do not', async () => {
    const maas = bench();
    const good = await ask(maas, 'GET zones/');
    expect(good.headers.get('x-maas-api-hash')).toMatch(/^[0-9a-f]{40}$/);
    expect(good.headers.get('vary')).toContain('Authorization');
    const missing = await ask(maas, 'GET zones/none/');
    expect(missing.headers.has('x-maas-api-hash')).toBe(true);
    const bad = await ask(maas, 'POST zones/', { name: '' });
    expect(bad.headers.has('x-maas-api-hash')).toBe(false);
    for (const { headers } of [good, missing, bad]) {
      expect(headers.has('date')).toBe(true);
      expect(headers.has('content-length')).toBe(true);
    }
  });

  test('a trace id is echoed, and nothing may be cached', async () => {
    const answer = await ask(bench(), 'GET zones/', undefined, {
      headers: { 'maas-trace-id': 'abc' },
    });
    expect(answer.headers.get('maas-trace-id')).toBe('abc');
    expect(answer.headers.has('etag')).toBe(false);
  });
});

describe('bodies', () => {
  const multipart = (parts: string[]) =>
    [...parts.map((part) => `--b=1\r\n${part}\r\n`), '--b=1--\r\n'].join('');

  async function post(maas: ReturnType<typeof bench>, path: string, type: string, body: string) {
    const { oauthHeader } = await import('../testing.ts');
    const seconds = Math.floor(maas.clock.date().getTime() / 1000);
    return maas.fetch(
      new Request(`http://maas.test/MAAS/api/2.0/${path}`, {
        method: 'POST',
        headers: { 'content-type': type, authorization: oauthHeader(maas.apiKey, seconds) },
        body,
      }),
    );
  }

  test('multipart parts in base64, with line breaks, are decoded', async () => {
    const maas = bench();
    const body = multipart([
      'Content-Disposition: form-data; name="op"\r\n\r\nallocate',
      'MIME-Version: 1.0\r\nContent-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: form-data; name="zone"\r\n\r\nYX\r\nox\r\n',
    ]);
    const answer = await post(maas, 'machines/', 'multipart/form-data; boundary="b=1"', body);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ zone: { name: 'az1' } });
  });

  test.each([
    ['multipart/form-data', 'x'],
    ['multipart/form-data; boundary=b', 'no part at all'],
    ['multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data; name="x"'],
  ])('%s with %j is refused', async (type, body) => {
    const maas = bench();
    const before = maas.core.stateHash();
    const answer = await post(maas, 'zones/', type, body);
    expect(answer.status).toBe(400);
    expect(maas.core.stateHash()).toBe(before);
  });

  test('JSON leaves the form empty', async () => {
    const answer = await post(bench(), 'zones/', 'application/json', '{"name": "z"}');
    expect(await answer.json()).toEqual({ name: ['This field is required.'] });
  });

  test('a body beyond the bound is refused without being read to its end', async () => {
    const maas = bench();
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(1024 * 1024));
      },
    });
    const answer = await maas.fetch(
      new Request('http://maas.test/MAAS/api/2.0/machines/', {
        method: 'POST',
        body,
        duplex: 'half',
      } as RequestInit),
    );
    expect(answer.status).toBe(413);
    expect(pulled).toBeLessThan(MAX_BODY_BYTES / (1024 * 1024) + 10);
  });
});

describe('lists', () => {
  test('a list is JSON with four spaces, and equals its items one by one', async () => {
    const maas = bench();
    const list = await ask(maas, 'GET machines/');
    const parsed = list.json as { system_id: string }[];
    expect(list.text).toBe(JSON.stringify(parsed, null, 4));
    const one = await ask(maas, `GET machines/${parsed[3]!.system_id}/`);
    expect(one.text).toBe(JSON.stringify(parsed[3], null, 4));
  });

  test('an empty list is a list', async () => {
    expect((await ask(bench({ machines: 0 }), 'GET machines/')).json).toEqual([]);
  });

  test('kept bytes are dropped when the machine, or what it nests, changes', async () => {
    const maas = bench();
    const { systemId } = maas.core.machines[0]!;
    const read = async () =>
      (await ask(maas, `GET machines/${systemId}/`)).json as Record<
        string,
        { description: string }
      >;
    await read();
    await ask(maas, 'PUT zones/az1/', { description: 'moved' });
    expect((await read()).zone!.description).toBe('moved');
    await ask(maas, `PUT machines/${systemId}/`, { description: 'mine' });
    expect((await read()).description).toBe('mine');
  });

  test('a list read slowly shows every machine as it was when it was asked for', async () => {
    const maas = bench({ machines: 30 });
    const { oauthHeader } = await import('../testing.ts');
    const seconds = Math.floor(maas.clock.date().getTime() / 1000);
    const response = await maas.fetch(
      new Request('http://maas.test/MAAS/api/2.0/machines/', {
        headers: { authorization: oauthHeader(maas.apiKey, seconds) },
      }),
    );
    for (const { systemId } of maas.core.machines) {
      await ask(maas, `POST machines/${systemId}/?op=deploy`, {});
    }
    const machines = (await response.json()) as { status_name: string }[];
    expect(new Set(machines.map((machine) => machine.status_name))).toEqual(new Set(['Ready']));
  });
});

describe('faults', () => {
  test('an answer may be replaced before or after the request took effect', async () => {
    const maas = bench();
    const busy = { kind: 'respond', status: 503, contentType: 'text/plain', body: 'busy' } as const;
    const unbind = maas.points.request.bind(({ op }) => (op === 'allocate' ? busy : undefined));
    expect((await ask(maas, 'POST machines/?op=allocate', {})).text).toBe('busy');
    expect(maas.core.machines.every((machine) => machine.state.owner === null)).toBe(true);
    unbind();
    maas.points.request.bind(() => ({
      ...busy,
      headers: { 'Retry-After': '1' },
      afterEffect: true,
    }));
    const answer = await ask(maas, 'POST machines/?op=allocate', {});
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(maas.core.machines.filter((machine) => machine.state.owner !== null)).toHaveLength(1);
  });

  test('an answer may be delayed, cut off or never come', async () => {
    const maas = bench();
    let unbind = maas.points.request.bind(() => ({ kind: 'delay', ms: 5000 }));
    const slow = ask(maas, 'GET zones/');
    let settled = false;
    void slow.then(() => {
      settled = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    maas.clock.advance(4999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(settled).toBe(false);
    maas.clock.advance(1);
    expect((await slow).status).toBe(200);
    unbind();
    unbind = maas.points.request.bind(() => ({ kind: 'truncate', bytes: 10 }));
    await expect(ask(maas, 'GET zones/')).rejects.toThrow('cut off');
    unbind();
    maas.points.request.bind(() => ({ kind: 'drop' }));
    await expect(ask(maas, 'GET zones/')).rejects.toThrow(TypeError);
  });
});

describe('describe/', () => {
  test('has the one content type that the CLI takes, and the host that was asked', async () => {
    const answer = await ask(bench(), 'GET describe/', undefined, {
      apiKey: null,
      headers: { host: 'region.example:5240' },
    });
    expect(answer.headers.get('content-type')).toBe('application/json');
    const { hash, resources } = answer.json as {
      hash: string;
      resources: { name: string; anon: unknown; auth: { uri: string; path: string } | null }[];
    };
    expect(hash).toBe(answer.headers.get('x-maas-api-hash'));
    const machines = resources.find((resource) => resource.name === 'MachinesHandler')!;
    expect(machines.auth).toMatchObject({
      path: '/MAAS/api/2.0/machines/',
      uri: 'http://region.example:5240/MAAS/api/2.0/machines/',
    });
    expect(machines.anon).toMatchObject({ name: 'AnonMachinesHandler' });
    expect(resources.find((resource) => resource.name === 'VersionHandler')!.auth).toBeNull();
  });

  test('every action that it promises is dispatched', async () => {
    const maas = bench();
    for (const { method, path, op, anonymous } of maas.describeRoutes()) {
      const url = path.replaceAll(/\{\w+\}/g, 'none');
      const answer = await ask(
        maas,
        `${method} ${url}${op === null ? '' : `?op=${op}`}`,
        method === 'GET' || method === 'DELETE' ? undefined : {},
        anonymous ? { apiKey: null } : {},
      );
      expect([answer.status, answer.text], `${method} ${path} ${op}`).not.toEqual([
        expect.any(Number),
        expect.stringMatching(/^(Unknown API endpoint|Unrecognised signature|Forbidden)/),
      ]);
      expect(answer.status, `${method} ${path} ${op}`).not.toBe(405);
    }
  });
});

describe('releases', () => {
  test.each([
    ['2.9', ['workload_annotations', 'is_dpu', 'error_description', 'parent']],
    ['3.4', ['is_dpu', 'error_description', 'enable_kernel_crash_dump']],
    ['3.5', ['is_dpu', 'enable_kernel_crash_dump']],
    ['3.6', ['is_dpu']],
    ['3.7', []],
  ])('a machine of %s lacks %j', async (version, lacking) => {
    const newest = await ask(bench(), 'GET machines/');
    const older = await ask(bench({ version }), 'GET machines/');
    const keys = (answer: typeof newest) => Object.keys((answer.json as object[])[0]!);
    const gone = keys(newest).filter((key) => !keys(older).includes(key));
    expect(gone).toEqual(expect.arrayContaining(lacking));
    if (version !== '2.9') expect(gone).toHaveLength(lacking.length);
    expect(keys(older).includes('iscsiblockdevice_set')).toBe(version === '2.9');
  });

  test('a release that nobody simulates is refused at once', () => {
    expect(() => bench({ version: '1.9' })).toThrow(RangeError);
  });
});
