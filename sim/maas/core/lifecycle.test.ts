import { describe, expect, test } from 'vitest';
import { ask, type Bench, bench, op } from '../testing.ts';
import type { Machine } from './objects.ts';
import { STATUS, statusName } from './status.ts';

const status = (machine: Machine) => statusName(machine.state.status);

/** A machine allocated to the administrator and deployed. */
async function deployed(maas: Bench): Promise<Machine> {
  const machine = maas.core.machines[0]!;
  expect((await op(maas, machine, 'deploy')).status).toBe(200);
  maas.clock.advance(maas.core.durations.deploy);
  expect(status(machine)).toBe('Deployed');
  return machine;
}

describe('release', () => {
  test('a powered-on machine takes its time, then has no owner and no addresses', async () => {
    const maas = bench();
    const machine = await deployed(maas);
    const released = await ask(maas, 'POST machines/?op=release', { machines: machine.systemId });
    expect(released.json).toEqual([machine.systemId]);
    expect(status(machine)).toBe('Releasing');
    maas.clock.advance(maas.core.durations.release);
    expect(machine.state).toMatchObject({
      status: STATUS.READY,
      owner: null,
      ownerData: {},
      osystem: '',
      powerState: 'off',
    });
    expect(maas.core.network.takenAddresses.size).toBe(0);
  });

  test('a powered-off machine is Ready in the same answer', async () => {
    const maas = bench();
    await ask(maas, 'POST machines/?op=allocate', {});
    const machine = maas.core.machines.find((m) => m.state.status === STATUS.ALLOCATED)!;
    expect((await op(maas, machine, 'release')).json).toMatchObject({
      status_name: 'Ready',
      owner: null,
    });
  });

  test('one machine in a wrong state keeps all of them', async () => {
    const maas = bench();
    const machine = await deployed(maas);
    const other = maas.core.machines[1]!;
    await op(maas, other, 'commission');
    const before = maas.core.stateHash();
    const answer = await ask(maas, 'POST machines/?op=release', {
      machines: [machine.systemId, other.systemId],
    });
    expect(answer.status).toBe(409);
    expect(answer.text).toBe(
      `Machine(s) cannot be released in their current state: ${other.systemId} ('Commissioning').`,
    );
    expect(maas.core.stateHash()).toBe(before);
  });

  test('child devices go with the machine', async () => {
    const maas = bench();
    const machine = await deployed(maas);
    await ask(maas, 'POST devices/?op=', {
      mac_addresses: '52:54:00:00:00:01',
      parent: machine.systemId,
    });
    expect(maas.core.devices.size).toBe(1);
    await op(maas, machine, 'release');
    expect(maas.core.devices.size).toBe(0);
  });

  test('with erase it goes through Disk erasing', async () => {
    const maas = bench();
    const machine = await deployed(maas);
    await op(maas, machine, 'release', { erase: 'true' });
    expect(status(machine)).toBe('Disk erasing');
    maas.clock.advance(maas.core.durations.erase);
    expect(status(machine)).toBe('Ready');
  });
});

describe('commission, test, broken, rescue, lock', () => {
  test('commissioning passes Testing unless tests are switched off', async () => {
    const maas = bench();
    const [first, second] = maas.core.machines;
    await op(maas, first!, 'commission');
    await op(maas, second!, 'commission', { testing_scripts: 'none' });
    maas.clock.advance(maas.core.durations.commission);
    expect([status(first!), status(second!)]).toEqual(['Testing', 'Ready']);
    maas.clock.advance(maas.core.durations.test);
    expect(first!.state).toMatchObject({ status: STATUS.READY, owner: null, powerState: 'off' });
  });

  test('an abort forgets the pending step', async () => {
    const maas = bench();
    const machine = maas.core.machines[0]!;
    await op(maas, machine, 'deploy');
    expect((await op(maas, machine, 'abort')).json).toMatchObject({ status_name: 'Allocated' });
    maas.clock.advance(maas.core.durations.deploy * 3);
    expect(status(machine)).toBe('Allocated');
    expect((await op(maas, machine, 'abort')).text).toBe(
      `Cannot abort in current state: node ${machine.systemId} is in state Allocated.`,
    );
  });

  test('only the owner marks a machine broken', async () => {
    const maas = bench();
    const machine = maas.core.machines[0]!;
    expect((await op(maas, machine, 'mark_broken')).status).toBe(403);
    await op(maas, machine, 'deploy');
    await op(maas, machine, 'mark_broken', { comment: 'smells of smoke' });
    expect(machine.state).toMatchObject({
      status: STATUS.BROKEN,
      errorDescription: 'smells of smoke',
    });
    await op(maas, machine, 'mark_fixed');
    expect(status(machine)).toBe('Ready');
    expect(maas.core.network.takenAddresses.size).toBe(0);
    expect((await op(maas, machine, 'mark_fixed')).text).toBe(
      "Can't mark a non-broken node as 'Ready'.",
    );
  });

  test('a locked machine refuses changes with an empty 403, and can be unlocked', async () => {
    const maas = bench();
    const machine = await deployed(maas);
    await op(maas, machine, 'lock');
    const refused = await op(maas, machine, 'release');
    expect([refused.status, refused.text]).toEqual([403, '']);
    const bulk = await ask(maas, 'POST machines/?op=release', { machines: machine.systemId });
    expect(bulk.status).toBe(403);
    expect((await op(maas, machine, 'lock')).text).toBe('Machine is already locked');
    await op(maas, machine, 'unlock');
    expect((await op(maas, machine, 'release')).status).toBe(200);
  });

  test('rescue mode goes back to where the machine came from', async () => {
    const maas = bench();
    const machine = await deployed(maas);
    await op(maas, machine, 'rescue_mode');
    maas.clock.advance(maas.core.durations.rescue);
    expect(status(machine)).toBe('Rescue mode');
    await op(maas, machine, 'exit_rescue_mode');
    maas.clock.advance(maas.core.durations.rescue);
    expect(status(machine)).toBe('Deployed');
  });

  test('a machine tested in rescue mode does not end the world', async () => {
    const maas = bench();
    const machine = await deployed(maas);
    await op(maas, machine, 'rescue_mode');
    maas.clock.advance(maas.core.durations.rescue);
    await op(maas, machine, 'test');
    maas.clock.advance(maas.core.durations.test);
    expect(status(machine)).toBe('Deployed');
  });
});

test('every change of status enters the trace', async () => {
  const lines: string[] = [];
  const { Trace } = await import('../../kernel/trace.ts');
  const maas = bench({ trace: new Trace((line) => lines.push(line)) });
  await deployed(maas);
  expect(lines).toEqual([
    '0.000s maas.status machine 1 Ready -> Allocated',
    '0.000s maas.status machine 1 Allocated -> Deploying',
    '720.000s maas.status machine 1 Deploying -> Deployed',
  ]);
});

describe('owner data', () => {
  test('keys are set, kept and removed by an empty value', async () => {
    const maas = bench();
    const machine = await deployed(maas);
    await op(maas, machine, 'set_owner_data', { a: '1', b: '2' });
    const answer = await op(maas, machine, 'set_workload_annotations', { a: '', c: '3' });
    expect(answer.json).toMatchObject({
      owner_data: { b: '2', c: '3' },
      workload_annotations: { b: '2', c: '3' },
    });
  });

  test('a key like __proto__ is data', async () => {
    const maas = bench();
    const machine = await deployed(maas);
    const answer = await op(maas, machine, 'set_owner_data', { ['__proto__']: 'x' });
    expect(answer.text).toContain('"__proto__": "x"');
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test('a free machine takes none', async () => {
    const maas = bench();
    const answer = await op(maas, maas.core.machines[0]!, 'set_owner_data', { a: '1' });
    expect([answer.status, answer.text]).toEqual([
      409,
      "Cannot set workload annotation: it hasn't been acquired.",
    ]);
  });
});
