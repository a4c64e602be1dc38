import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { ask, type Bench, bench, oauthHeader } from '../testing.ts';

let maas: Bench;

beforeEach(() => {
  maas = bench();
});

interface Image {
  readonly id: number;
  readonly sets: Record<
    string,
    {
      complete: boolean;
      files: Record<string, { upload_uri?: string; progress?: number; complete: boolean }>;
    }
  >;
}

const fileOf = (image: Image) => Object.values(Object.values(image.sets)[0]!.files)[0]!;

async function put(uri: string, piece: Uint8Array<ArrayBuffer>) {
  const seconds = Math.floor(maas.clock.date().getTime() / 1000);
  const response = await maas.fetch(
    new Request(`http://maas.test${uri}`, {
      method: 'PUT',
      headers: {
        authorization: oauthHeader(maas.apiKey, seconds),
        'content-type': 'application/octet-stream',
      },
      body: piece,
    }),
  );
  return { status: response.status, text: await response.text() };
}

describe('images', () => {
  const content = new Uint8Array(3000).fill(7);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const promise = { name: 'custom/mine', architecture: 'amd64/generic', sha256, size: '3000' };

  test('are uploaded in pieces, and then deployed', async () => {
    const made = await ask(maas, 'POST boot-resources/', promise);
    expect(made.status).toBe(201);
    const image = made.json as Image;
    expect(image).toMatchObject({
      type: 'Uploaded',
      name: 'custom/mine',
      architecture: 'amd64/generic',
    });
    const uri = fileOf(image).upload_uri!;
    const machine = maas.core.machines.find(({ state }) => state.architecture.startsWith('amd64'))!;
    const deploy = () =>
      ask(maas, `POST machines/${machine.systemId}/?op=deploy`, { distro_series: 'custom/mine' });
    expect(await put(uri, content.slice(0, 2000))).toEqual({ status: 200, text: 'OK' });
    const half = (await ask(maas, `GET boot-resources/${image.id}/`)).json as Image;
    expect(fileOf(half)).toMatchObject({ complete: false, progress: expect.closeTo(66.67, 1) });
    // Half an image is none.
    expect((await deploy()).status).toBe(400);
    expect((await put(uri, content)).text).toBe('Too much data received.');
    expect((await put(uri, content.slice(0, 0))).text).toBe('Missing data.');
    expect((await put(uri, new Uint8Array(1000))).text).toBe(
      'Saved content does not match given SHA256 value.',
    );
    expect((await put(uri, content.slice(2000))).status).toBe(200);
    const whole = (await ask(maas, `GET boot-resources/${image.id}/`)).json as Image;
    expect(fileOf(whole)).toMatchObject({ complete: true });
    expect(fileOf(whole)).not.toHaveProperty('upload_uri');
    expect((await put(uri, content)).text).toBe('Cannot upload to a complete file.');
    expect((await deploy()).json).toMatchObject({ osystem: 'custom', distro_series: 'mine' });
  });

  test('may come with the request, and are told apart by type', async () => {
    const form = { name: 'mine', architecture: 'amd64/generic', content: 'hello' };
    expect((await ask(maas, 'POST boot-resources/', form)).status).toBe(201);
    const uploaded = (await ask(maas, 'GET boot-resources/?type=uploaded')).json as Image[];
    expect(uploaded).toMatchObject([{ name: 'mine' }]);
    expect((await ask(maas, `DELETE boot-resources/${uploaded[0]!.id}/`)).status).toBe(204);
    expect((await ask(maas, 'GET boot-resources/?type=uploaded')).json).toEqual([]);
  });

  test('that MAAS imported have files too', async () => {
    const image = (await ask(maas, 'GET boot-resources/1/')).json as Image;
    expect(Object.keys(Object.values(image.sets)[0]!.files)).toContain('boot-kernel');
  });

  test.each([
    [{ ...promise, name: '' }, { name: ['This field is required.'] }],
    [{ ...promise, name: 'ubuntu/noble' }, { name: ['ubuntu/noble is a reserved name.'] }],
    [
      { ...promise, architecture: 'vax/generic' },
      { architecture: [expect.stringContaining("'vax/generic' is not a valid architecture.  It")] },
    ],
    [{ ...promise, size: '' }, { size: ['This field is required.'] }],
    [{ ...promise, filetype: 'zip' }, { filetype: [expect.stringContaining("'zip' is not")] }],
  ])('%j is refused', async (form, body) => {
    const before = maas.core.stateHash();
    const answer = await ask(maas, 'POST boot-resources/', form);
    expect([answer.status, answer.json]).toEqual([400, body]);
    expect(maas.core.stateHash()).toBe(before);
  });

  test('their sources and selections are for administrators, reading included', async () => {
    const { apiKey } = maas.addUser('eve');
    for (const key of [apiKey, null]) {
      const answer = await ask(maas, 'GET boot-sources/', undefined, { apiKey: key });
      expect([answer.status, answer.text]).toEqual([
        403,
        'User is not allowed access to this API.',
      ]);
    }
    const made = await ask(maas, 'POST boot-sources/', { url: 'http://mirror.test/images/' });
    expect(made.status).toBe(201);
    const { id } = made.json as { id: number };
    const selection = await ask(maas, `POST boot-sources/${id}/selections/`, {
      os: 'ubuntu',
      release: 'noble',
      arches: ['amd64', 'arm64'],
    });
    expect(selection.status).toBe(201);
    expect(selection.json).toMatchObject({
      boot_source_id: id,
      arches: ['amd64', 'arm64'],
      subarches: ['*'],
    });
    const again = await ask(maas, `POST boot-sources/${id}/selections/`, {
      os: 'ubuntu',
      release: 'noble',
    });
    expect(again.status).toBe(400);
    expect((await ask(maas, `DELETE boot-sources/${id}/`)).status).toBe(204);
    expect(maas.core.images.selections.size).toBe(1);
  });
});

describe('what machines are told', () => {
  test('package repositories, of which two come with MAAS', async () => {
    const list = (await ask(maas, 'GET package-repositories/')).json as { name: string }[];
    expect(list.map(({ name }) => name)).toEqual(['main_archive', 'ports_archive']);
    expect((await ask(maas, 'DELETE package-repositories/main_archive/')).status).toBe(400);
    const made = await ask(maas, 'POST package-repositories/', {
      name: 'ours',
      url: 'http://deb.test/ubuntu',
      components: 'main,extra',
      arches: 'amd64',
      disabled_pockets: 'updates, backports',
    });
    expect(made.json).toMatchObject({
      components: ['main', 'extra'],
      arches: ['amd64'],
      disabled_pockets: ['updates', 'backports'],
      enabled: true,
    });
    const put = await ask(maas, 'PUT package-repositories/ours/', { enabled: 'false' });
    expect(put.json).toMatchObject({ enabled: false, components: ['main', 'extra'] });
    const wrong = await ask(maas, 'PUT package-repositories/ours/', { arches: 'vax' });
    expect(wrong.json).toEqual({
      arches: [expect.stringContaining("'vax' is not a valid arches.  It")],
    });
    expect((await ask(maas, 'DELETE package-repositories/ours/')).status).toBe(204);
  });

  test('DHCP snippets remember what they were', async () => {
    const made = await ask(maas, 'POST dhcp-snippets/', { name: 'a', value: 'one', subnet: '1' });
    expect(made.json).toMatchObject({
      value: 'one',
      subnet: { id: 1 },
      node: null,
      global_snippet: false,
    });
    const changed = await ask(maas, 'PUT dhcp-snippets/a/', {
      value: 'two',
      global_snippet: 'true',
    });
    expect(changed.json).toMatchObject({
      value: 'two',
      global_snippet: true,
      history: [{ value: 'two' }, { value: 'one' }],
    });
    expect((await ask(maas, 'POST dhcp-snippets/a/?op=revert', { to: '-5' })).status).toBe(400);
    const back = await ask(maas, 'POST dhcp-snippets/a/?op=revert', { to: '-1' });
    expect(back.json).toMatchObject({ value: 'one', history: [{ value: 'one' }] });
    expect((await ask(maas, 'POST dhcp-snippets/', { name: 'b' })).json).toEqual({
      value: ['This field is required.'],
    });
  });

  test('nothing was seen on the network', async () => {
    expect((await ask(maas, 'GET discovery/')).json).toEqual([]);
    expect((await ask(maas, 'GET discovery/?op=by_unknown_mac')).json).toEqual([]);
    expect((await ask(maas, 'POST discovery/?op=clear', { all: 'true' })).status).toBe(204);
    expect((await ask(maas, 'GET discovery/x/')).text).toBe(
      'No Discovery matches the given query.',
    );
  });
});
