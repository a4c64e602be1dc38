/** Scripts, results, events and details on the wire (facts/maas-api 3.2, 3.7, 3.8, 8.4). */
import { describe, expect, test } from 'vitest';
import { ask, type Bench, bench, op } from '../testing.ts';

const METADATA = `#!/bin/sh
# --- Start MAAS 1.0 script metadata ---
# name: burn-in
# title: Burn the memory in
# type: testing
# hardware_type: memory
# timeout: 00:20:00
# tags: [slow, ours]
# destructive: false
# --- End MAAS 1.0 script metadata ---
exit 0
`;

const member = (maas: Bench) => maas.addUser('member').apiKey;

describe('scripts', () => {
  test('what a script says of itself wins over the fields', async () => {
    const maas = bench();
    const made = await ask(maas, 'POST scripts/', { name: 'other', type: '0', script: METADATA });
    expect([made.status, made.json]).toEqual([
      200,
      expect.objectContaining({
        name: 'burn-in',
        title: 'Burn the memory in',
        type: 2,
        type_name: 'Testing script',
        hardware_type_name: 'Memory',
        timeout: '0:20:00',
        tags: ['ours', 'slow'],
        default: false,
        resource_uri: '/MAAS/api/2.0/scripts/burn-in',
      }),
    ]);
    expect((await ask(maas, 'GET scripts/burn-in?op=download')).text).toBe(METADATA);
    expect((await ask(maas, 'GET scripts/burn-in/')).status).toBe(404);
  });

  test('texts are kept, and can be gone back to', async () => {
    const maas = bench();
    await ask(maas, 'POST scripts/', { name: 'mine', script: 'one' });
    await ask(maas, 'PUT scripts/mine', { script: 'two', comment: 'better' });
    const { json } = await ask(maas, 'GET scripts/mine?include_script=false');
    expect(json).toMatchObject({
      history: [
        { comment: 'better', data: 'dHdv' },
        { comment: null, data: 'b25l' },
      ],
    });
    await ask(maas, 'POST scripts/mine?op=revert', { to: '-1' });
    expect((await ask(maas, 'GET scripts/mine?op=download')).text).toBe('one');
    expect((await ask(maas, 'POST scripts/mine?op=revert', { to: '-9' })).status).toBe(400);
  });

  test('tags, lists and removal', async () => {
    const maas = bench();
    await ask(maas, 'POST scripts/', { name: 'mine', script: 'one' });
    await ask(maas, 'POST scripts/mine?op=add_tag', { tag: 'x' });
    expect((await ask(maas, 'GET scripts/?filters=x')).json).toMatchObject([{ name: 'mine' }]);
    await ask(maas, 'POST scripts/mine?op=remove_tag', { tag: 'x' });
    expect((await ask(maas, 'GET scripts/?filters=x')).json).toEqual([]);
    expect((await ask(maas, 'GET scripts/?type=release')).json).toMatchObject([
      { name: 'wipe-disks' },
    ]);
    expect((await ask(maas, 'DELETE scripts/mine')).status).toBe(204);
    expect((await ask(maas, 'DELETE scripts/maas-lshw')).status).toBe(400);
  });

  test.each([
    [{ name: 'maas-lshw', script: 'x' }, { name: ['Script with this Name already exists.'] }],
    [{ name: 'a b', script: 'x' }, { name: ['Enter a valid value.'] }],
    [{ name: 'mine' }, { script: ['This field is required.'] }],
    [{ name: 'mine', script: 'x', timeout: 'soon' }, { timeout: ['Enter a valid duration.'] }],
    [
      { name: 'mine', script: 'x', hardware_type: 'gpus' },
      { hardware_type: ['Select a valid choice. gpus is not one of the available choices.'] },
    ],
  ])('%j is refused', async (fields, errors) => {
    const maas = bench();
    const before = maas.core.stateHash();
    const answer = await ask(maas, 'POST scripts/', fields as Record<string, string>);
    expect([answer.status, answer.json]).toEqual([400, errors]);
    expect(maas.core.stateHash()).toBe(before);
  });

  test('the old endpoint keeps everybody out but administrators, whatever they ask', async () => {
    const maas = bench();
    const keys = [member(maas), null];
    for (const apiKey of keys) {
      const answer = await ask(maas, 'GET commissioning-scripts/', undefined, { apiKey });
      expect([answer.status, answer.text]).toEqual([
        403,
        'User is not allowed access to this API.',
      ]);
    }
    expect((await ask(maas, 'GET commissioning-scripts/')).json).toContain('maas-lshw');
    const made = await ask(maas, 'POST commissioning-scripts/', { name: 'old', content: 'hello' });
    expect(made.json).toMatchObject({ name: 'old', content: 'aGVsbG8=' });
    expect((await ask(maas, 'GET commissioning-scripts/old')).text).toBe('hello');
  });
});

describe('results', () => {
  test('a machine of the inventory was commissioned and tested before the world began', async () => {
    const maas = bench();
    const { systemId, state } = maas.core.machines[0]!;
    const sets = (await ask(maas, `GET nodes/${systemId}/results/`)).json;
    expect(sets).toMatchObject([
      { id: state.testingResultId, type_name: 'Testing', status_name: 'Passed' },
      { id: state.commissioningResultId, type_name: 'Commissioning', runtime: '0:00:00' },
    ]);
    const only = await ask(maas, `GET nodes/${systemId}/results/?type=testing&include_output=0`);
    const [testing] = only.json as { results: { name: string; stdout: string }[] }[];
    expect(testing!.results).toHaveLength(state.blockDevices.length);
    expect(Buffer.from(testing!.results[0]!.stdout, 'base64').toString()).toContain('PASSED');
  });

  test('lshw found what the machine object shows', async () => {
    const maas = bench();
    const { systemId, profile } = maas.core.machines[0]!;
    const path = `nodes/${systemId}/results/current-commissioning/`;
    const shown = await ask(maas, `GET ${path}?op=download&filters=maas-lshw&output=stdout`);
    expect(shown.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(shown.text).toContain(`<product>${profile.hardwareInfo.system_product}</product>`);
    const flat = await ask(
      maas,
      `GET commissioning-results/?system_id=${systemId}&name=maas-lshw&result_type=0`,
    );
    expect(flat.json).toMatchObject([{ script_result: 0, node: { system_id: systemId } }]);
  });

  test.each([
    ['current-installation', 400, 'No current installation script set exists for this node.'],
    [
      'newest',
      400,
      'Unknown id "newest" must be current-commissioning, current-testing, or current-installation.',
    ],
    ['99999', 404, 'No ScriptSet matches the given query.'],
  ])('%s is refused', async (id, status, text) => {
    const maas = bench();
    const answer = await ask(maas, `GET nodes/${maas.core.machines[0]!.systemId}/results/${id}/`);
    expect([answer.status, answer.text]).toEqual([status, text]);
  });

  test('so many sets are kept as the settings say', async () => {
    const maas = bench();
    await ask(maas, 'POST maas/?op=set_config', { name: 'max_node_testing_results', value: '2' });
    const machine = maas.core.machines[0]!;
    for (let i = 0; i < 4; i++) {
      await op(maas, machine, 'test');
      maas.clock.advance(maas.core.durations.test);
    }
    const sets = await ask(maas, `GET nodes/${machine.systemId}/results/?type=testing`);
    expect(sets.json).toHaveLength(2);
  });
});

describe('events', () => {
  interface Page {
    count: number;
    events: { id: number; type: string; node: string }[];
    next_uri: string;
    prev_uri: string | null;
  }
  const page = async (maas: Bench, path: string): Promise<Page> =>
    (await ask(maas, `GET ${path.replace('/MAAS/api/2.0/', '')}`)).json as Page;

  test('are told newest first, and paged both ways without a gap', async () => {
    const maas = bench();
    const [machine] = maas.core.machines;
    await op(maas, machine!, 'deploy');
    maas.clock.advance(maas.core.durations.deploy);
    const all = await page(maas, 'events/?op=query');
    expect(all.events.map(({ type }) => type)).toEqual([
      'Deployed',
      'Rebooting',
      'Configuring OS',
      'Installing OS',
      'Configuring storage',
      'Loading ephemeral',
      'Performing PXE boot',
      'Deploying',
    ]);
    const seen: number[] = [];
    let next: string | null = 'events/?op=query&limit=3';
    while (next) {
      const shown: Page = await page(maas, next);
      seen.push(...shown.events.map(({ id }) => id));
      next = shown.count === 0 ? null : shown.prev_uri;
    }
    expect(seen).toEqual(all.events.map(({ id }) => id));
    const forward = await page(maas, `events/?op=query&limit=3&after=${seen.at(-1)! - 1}`);
    expect(forward.events.map(({ id }) => id)).toEqual(seen.slice(-3));
    await op(maas, machine!, 'release');
    expect((await page(maas, all.next_uri)).events).toMatchObject([{ type: 'Releasing' }]);
  });

  test('are filtered by machine, and by level', async () => {
    const maas = bench();
    const [one, two] = maas.core.machines;
    await op(maas, one!, 'deploy');
    await op(maas, two!, 'deploy');
    const of = await page(maas, `events/?op=query&id=${one!.systemId}`);
    expect(of.events.map(({ node }) => node)).toEqual([one!.systemId]);
    expect((await page(maas, 'events/?op=query&level=ERROR')).count).toBe(0);
    expect((await page(maas, 'events/?op=query&agent_name=nobody')).events).toEqual([]);
  });

  test.each([
    ['level=LOUD', 'Unrecognised log level: LOUD'],
    ['limit=1001', 'Requested number of events 1001 is greater than limit: 1000'],
    ['mac_address=x', 'Invalid MAC address(es): x'],
    [
      'before=1&after=1',
      'There is undetermined behaviour when both `after` and `before` are specified.',
    ],
  ])('%s is refused', async (query, text) => {
    const answer = await ask(bench(), `GET events/?op=query&${query}`);
    expect([answer.status, answer.text]).toEqual([400, text]);
  });
});

test('details are BSON: two documents as bytes', async () => {
  const maas = bench();
  const { systemId } = maas.core.machines[0]!;
  const answer = await ask(maas, `GET machines/${systemId}/?op=details`);
  expect(answer.headers.get('content-type')).toBe('application/bson');
  expect(answer.text).toContain('<list>');
  expect(answer.text).toContain('lldp\0');
});

describe('tags that hold by definition', () => {
  test('are on every machine that they hold for, some time after', async () => {
    const maas = bench({ machines: 40 });
    const definition = '//node[@id="memory"]/size >= 128 * 1024 * 1024 * 1024';
    const made = await ask(maas, 'POST tags/', { name: 'big', definition });
    expect(made.json).toMatchObject({ name: 'big', definition });
    expect((await ask(maas, 'GET tags/big/?op=machines')).json).toEqual([]);
    maas.clock.advance(10_000);
    const big = maas.core.machines.filter(({ state }) => state.memory >= 128 * 1024);
    const tagged = () => maas.core.machines.filter(({ state }) => state.tags.includes('big'));
    expect(big.length).toBeGreaterThan(0);
    expect(big.length).toBeLessThan(40);
    expect(tagged()).toEqual(big);
    await ask(maas, 'PUT tags/big/', { definition: '//nothing' });
    maas.clock.advance(10_000);
    expect(tagged()).toEqual([]);
    const again = await ask(maas, 'POST tags/big/?op=rebuild', {});
    expect(again.json).toEqual({ rebuilding: 'big' });
  });

  test('a definition that is no XPath is refused', async () => {
    const maas = bench();
    const answer = await ask(maas, 'POST tags/', { name: 'x', definition: '//node[' });
    expect([answer.status, answer.json]).toEqual([
      400,
      { definition: [expect.stringMatching(/^Invalid XPath expression: /)] },
    ]);
    expect(maas.core.tags.has('x')).toBe(false);
  });
});
