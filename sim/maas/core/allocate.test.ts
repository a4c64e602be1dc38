import { expect, test } from 'vitest';
import { type Bench, bench } from '../testing.ts';
import { allocate } from './allocate.ts';
import { Refusal } from './refusal.ts';
import { STATUS } from './status.ts';
import { matchStorage, parseStorage } from './storage-constraint.ts';

const sent = (fields: Record<string, string | string[]>) =>
  new Map(Object.entries(fields).map(([k, v]) => [k, typeof v === 'string' ? [v] : v]));

const pick = (maas: Bench, fields: Record<string, string | string[]> = {}, dryRun = false) =>
  allocate(maas.core, maas.user, sent(fields), { dryRun });

function refused(run: () => unknown): Refusal {
  try {
    run();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

test('the cheapest machine that satisfies everything is taken, then the next', () => {
  const maas = bench({ machines: 60 });
  const cost = (m: { state: { cpuCount: number; memory: number } }) =>
    m.state.cpuCount + m.state.memory / 1024;
  const order = [...maas.core.machines].sort((a, b) => cost(a) - cost(b) || a.id - b.id);
  expect(pick(maas).machine).toBe(order[0]);
  expect(pick(maas).machine).toBe(order[1]);
  expect(order[0]!.state).toMatchObject({ status: STATUS.ALLOCATED, owner: 'admin' });
});

test('a dry run takes nothing', () => {
  const maas = bench();
  const before = maas.core.stateHash();
  pick(maas, { mem: '1' }, true);
  expect(maas.core.stateHash()).toBe(before);
});

test.each([
  ['zone', 'az2', (m: Bench['core']['machines'][number]) => m.state.zoneId === 3],
  [
    'arch',
    'arm64',
    (m: Bench['core']['machines'][number]) => m.state.architecture === 'arm64/generic',
  ],
  ['cpu_count', '32', (m: Bench['core']['machines'][number]) => m.state.cpuCount >= 32],
  ['mem', '131072', (m: Bench['core']['machines'][number]) => m.state.memory >= 131072],
  [
    'tags',
    'storage-dense,rack-002',
    (m: Bench['core']['machines'][number]) =>
      m.state.tags.includes('storage-dense') && m.state.tags.includes('rack-002'),
  ],
  [
    'not_tags',
    'rack-001',
    (m: Bench['core']['machines'][number]) => !m.state.tags.includes('rack-001'),
  ],
  ['pool', 'lab', (m: Bench['core']['machines'][number]) => m.state.poolId === 1],
])('%s=%s is kept by every machine allocated', (name, value, holds) => {
  const maas = bench({ machines: 200 });
  const expected = maas.core.machines.filter(holds);
  expect(expected.length).toBeGreaterThan(0);
  const got = new Set(expected.map(() => pick(maas, { [name]: value }).machine));
  expect(got).toEqual(new Set(expected));
  expect(refused(() => pick(maas, { [name]: value })).kind).toBe('conflict');
});

test('subnets that are excluded by space leave only machines without them', () => {
  const maas = bench();
  const refusal = refused(() => pick(maas, { not_subnets: ['space:1'] }));
  expect(refusal.kind).toBe('conflict');
  expect(pick(maas, { not_subnets: ['space:3'] }).machine).toBeDefined();
});

test('the refusal reads as MAAS says it, and its facts say what each constraint left', () => {
  const maas = bench();
  const refusal = refused(() => pick(maas, { zone: 'az1', mem: '99999999', agent_name: 'x' }));
  expect(refusal.saying).toBe(
    "No available machine matches constraints: [('zone', ['az1']), ('mem', ['99999999']), ('agent_name', ['x'])] (resolved to \"mem=99999999.0 zone=az1\")",
  );
  expect(refusal.problem).toMatchObject({
    code: 'maas-no-machine-matches',
    changed: false,
    looked: [
      { place: 'machines in status Ready', outcome: '10 of 10 machines' },
      { place: 'mem=99999999.0', outcome: '0 of 10 free machines' },
      { place: 'zone=az1', outcome: '10 of 10 free machines' },
    ],
  });
});

test('with nothing asked for, or a system_id, the text is another', () => {
  const maas = bench({ machines: 1 });
  const { systemId } = pick(maas).machine;
  expect(refused(() => pick(maas)).saying).toBe('No machine available.');
  expect(refused(() => pick(maas, { agent_name: 'x' })).saying).toBe('No machine available.');
  expect(refused(() => pick(maas, { system_id: systemId })).saying).toBe(
    `No machine with system ID ${systemId} available.`,
  );
});

test.each([
  [{ frobnicate: '1' }, { frobnicate: ['No such constraint.'] }],
  [{ zone: 'nowhere' }, { zone: ['No such zone(s): nowhere.'] }],
  [{ tags: 'no,nix' }, { tags: ["No such tag(s): 'no', 'nix'."] }],
  [{ cpu_count: 'many' }, { cpu_count: ['Invalid CPU count: number required.'] }],
  [{ arch: 'vax' }, { arch: ['Architecture not recognised.'] }],
  [{ storage: 'root 1' }, { storage: ['Malformed storage constraint, "root 1".'] }],
  [{ interfaces: 'a:b' }, { interfaces: [expect.stringContaining('Malformed constraint')] }],
  [{ interfaces: 'a:colour=red' }, { interfaces: ["Unknown interfaces constraint: 'colour"] }],
  [
    { interfaces: 'a:id=1;a:id=2' },
    { interfaces: ["Constraint label defined more than once: 'a'"] },
  ],
  [{ __proto__x: '1' }, { __proto__x: ['No such constraint.'] }],
  [{ constructor: '1' }, { constructor: ['No such constraint.'] }],
])('%j is refused as %j', (fields, saying) => {
  const refusal = refused(() => pick(bench(), fields as Record<string, string>));
  expect(refusal.kind).toBe('invalid');
  expect(refusal.saying).toEqual(saying);
});

test('storage: the root disk first, then the smallest free disk that has the tags', () => {
  const maas = bench({ machines: 200 });
  const { machine, matches } = pick(maas, { storage: 'root:1,any:1,big:1000(rotary)' });
  const disks = machine.state.blockDevices;
  const of = (label: string) => disks.find((disk) => disk.id === matches.storage![label]![0])!;
  expect(of('root')).toBe(disks[0]);
  expect(of('big').tags).toContain('rotary');
  expect(of('big').size).toBeGreaterThanOrEqual(1e12);
  expect(new Set([of('root'), of('any'), of('big')]).size).toBe(3);
  const rotary = disks.filter((disk) => disk.tags.includes('rotary')).map((disk) => disk.size);
  // Tagged items choose first, so the untagged one could not take the smallest rotary disk.
  expect(of('big').size).toBe(Math.min(...rotary));
});

test('storage: a partition is matched by its own size and shown as such', () => {
  const maas = bench();
  const { state } = maas.core.machines[0]!;
  const root = state.blockDevices[0]!.partitions[1]!;
  expect(matchStorage(parseStorage('root:1(partition)'), state)).toEqual([`partition:${root.id}`]);
  const tooBig = (root.size + 1e9) / 1e9;
  expect(matchStorage(parseStorage(`root:${Math.ceil(tooBig)}(partition)`), state)).toBeUndefined();
});

test('interfaces: each label names all interfaces that match', () => {
  const maas = bench();
  const { machine, matches } = pick(maas, {
    interfaces: '1:space=1;both:space=oam,space=internal',
  });
  const [first, second] = machine.state.interfaces;
  expect(matches.interfaces).toEqual({ 1: [first!.id], both: [first!.id, second!.id] });
});

test('interfaces: a negated key excludes', () => {
  const maas = bench();
  const { machine, matches } = pick(maas, { interfaces: 'x:not_space=oam,type=physical' });
  expect(matches.interfaces!.x).not.toContain(machine.state.interfaces[0]!.id);
  expect(matches.interfaces!.x).toContain(machine.state.interfaces[1]!.id);
});

test('verbose tells of every machine that would do', () => {
  const maas = bench({ machines: 30 });
  const fields = sent({ storage: 'root:1(ssd)', interfaces: 'up:type=physical' });
  const { machine, matches } = allocate(maas.core, maas.user, fields, {
    dryRun: true,
    verbose: true,
  });
  const [root] = matches.storage!.root!;
  expect(matches.verbose_storage![machine.id]).toEqual({ [String(root)]: 'root' });
  expect(Object.keys(matches.verbose_interfaces!).length).toBeGreaterThan(1);
  expect(Object.keys(matches.verbose_interfaces!)).toEqual(Object.keys(matches.verbose_storage!));
});

test('a value of not_tags is one tag, whatever is in it', () => {
  const maas = bench();
  const { machine } = pick(maas, {}, true);
  maas.core.change(machine, { tags: ['one', 'two'] });
  expect(pick(maas, { not_tags: 'one,two' }, true).machine).toBe(machine);
  expect(pick(maas, { not_tags: ['three', 'two'] }, true).machine).not.toBe(machine);
});
