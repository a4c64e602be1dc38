import { describe, expect, test } from 'vitest';
import { ask, type Bench, bench, op } from '../testing.ts';
import type { Machine } from './objects.ts';
import { statusName } from './status.ts';

const status = ({ state }: Machine) => statusName(state.status);

/** Adds a machine as an administrator would; answers with what the core knows of it. */
async function added(maas: Bench, fields: Record<string, string> = {}): Promise<Machine> {
  const answer = await ask(maas, 'POST machines/', {
    architecture: 'amd64',
    mac_addresses: '0c:c4:7a:00:00:01',
    power_type: 'ipmi',
    power_parameters_power_address: '10.255.240.1',
    ...fields,
  });
  expect(answer.status).toBe(200);
  const { system_id } = answer.json as { system_id: string };
  return maas.core.findMachine(system_id)!;
}

function commissioned(maas: Bench): void {
  maas.clock.advance(maas.core.durations.commission + maas.core.durations.test);
}

describe('commissioning', () => {
  test('finds processor, memory, disks and ports, lays the boot disk out and links the boot port', async () => {
    const maas = bench();
    const machine = await added(maas);
    expect(machine.state).toMatchObject({ cpuCount: 0, memory: 0, blockDevices: [] });
    expect(status(machine)).toBe('Commissioning');
    maas.clock.advance(maas.core.durations.commission);
    expect(status(machine)).toBe('Testing');
    maas.clock.advance(maas.core.durations.test);
    expect(status(machine)).toBe('Ready');
    const { state, profile } = machine;
    expect(state.cpuCount).toBeGreaterThan(0);
    expect(state.memory).toBeGreaterThan(0);
    expect(profile.hardwareInfo.system_vendor).not.toBe('Unknown');
    expect(state.interfaces.length).toBeGreaterThan(1);
    expect(state.interfaces[0]).toMatchObject({ mac: '0c:c4:7a:00:00:01' });
    expect(state.interfaces.map(({ links }) => links[0]?.mode)).toEqual([
      'auto',
      ...state.interfaces.slice(1).map(() => 'link_up'),
    ]);
    const roots = state.blockDevices.flatMap((d) =>
      d.partitions.map((p) => p.filesystem?.mountPoint),
    );
    expect(roots).toEqual(['/boot/efi', '/']);
    expect((await op(maas, machine, 'deploy')).status).toBe(200);
  });

  test('a virtual machine is found to be one, and is tagged so', async () => {
    const maas = bench();
    const machine = await added(maas, {
      power_type: 'virsh',
      power_parameters_power_address: 'qemu+ssh://host/system',
      power_parameters_power_id: 'guest',
    });
    commissioned(maas);
    expect(machine.state.tags).toEqual(['virtual']);
    expect((await ask(maas, 'GET tags/virtual/?op=machines')).json).toHaveLength(1);
  });

  test('once more finds the same, under the same ids, and undoes what was set up', async () => {
    const maas = bench();
    const machine = await added(maas);
    commissioned(maas);
    const before = machine.state;
    const nic = before.interfaces[1]!;
    await ask(maas, `PUT nodes/${machine.systemId}/interfaces/${nic.id}/`, { name: 'data' });
    await op(maas, machine, 'commission');
    expect(machine.state.blockDevices.flatMap(({ partitions }) => partitions)).toEqual([]);
    commissioned(maas);
    const ids = (list: readonly { id: number }[]) => list.map(({ id }) => id);
    expect(ids(machine.state.interfaces)).toEqual(ids(before.interfaces));
    expect(ids(machine.state.blockDevices)).toEqual(ids(before.blockDevices));
    expect(machine.state.interfaces[1]!.name).toBe('data');
  });

  test('leaves what it is told to leave', async () => {
    const maas = bench();
    const machine = maas.core.machines[0]!;
    const { interfaces, blockDevices } = machine.state;
    await op(maas, machine, 'commission', { skip_networking: 'true', skip_storage: 'true' });
    commissioned(maas);
    expect(machine.state.interfaces).toEqual(interfaces);
    expect(machine.state.blockDevices).toEqual(blockDevices);
  });

  test('fails with one script failed, the others broken off, and nobody as owner', async () => {
    const maas = bench();
    maas.points.step.bind(({ step }) =>
      step === 'commission' ? { kind: 'fail', reason: 'no DHCP answer' } : undefined,
    );
    const machine = maas.core.machines[0]!;
    await op(maas, machine, 'commission');
    commissioned(maas);
    expect(machine.state).toMatchObject({
      owner: null,
      errorDescription: 'no DHCP answer',
      statusMessage: 'Marking node failed - no DHCP answer',
    });
    expect(status(machine)).toBe('Failed commissioning');
    const answer = await ask(maas, `GET machines/${machine.systemId}/`);
    expect(answer.json).toMatchObject({ commissioning_status_name: 'Failed' });
    const set = await ask(maas, `GET nodes/${machine.systemId}/results/current-commissioning/`);
    const names = (set.json as { results: { status_name: string }[] }).results;
    expect(names[0]!.status_name).toBe('Failed');
    expect(new Set(names.slice(1).map((result) => result.status_name))).toEqual(
      new Set(['Aborted']),
    );
  });

  test('is given up after the time that the settings tell when nothing is heard any more', async () => {
    const maas = bench();
    maas.points.step.bind(() => ({ kind: 'vanish' }));
    await ask(maas, 'POST maas/?op=set_config', { name: 'node_timeout', value: '5' });
    const machine = maas.core.machines[0]!;
    await op(maas, machine, 'commission');
    maas.clock.advance(maas.core.durations.commission + 4 * 60_000);
    expect(status(machine)).toBe('Commissioning');
    maas.clock.advance(60_000);
    expect(status(machine)).toBe('Failed commissioning');
    expect(machine.state.errorDescription).toContain('timed out after 5 minutes');
  });

  test('refuses scripts that there are not, and runs those that a user added', async () => {
    const maas = bench();
    const machine = maas.core.machines[0]!;
    const refused = await op(maas, machine, 'commission', { commissioning_scripts: 'mine' });
    expect([refused.status, refused.json]).toEqual([
      400,
      {
        commissioning_scripts: ['Select a valid choice. mine is not one of the available choices.'],
      },
    ]);
    await ask(maas, 'POST scripts/', { name: 'mine', type: 'commissioning', script: '#!/bin/sh' });
    expect((await op(maas, machine, 'commission', { commissioning_scripts: 'mine' })).status).toBe(
      200,
    );
    commissioned(maas);
    const set = await ask(maas, `GET nodes/${machine.systemId}/results/current-commissioning/`);
    const { results } = set.json as { results: { name: string; status_name: string }[] };
    expect(results.find(({ name }) => name === 'mine')).toMatchObject({ status_name: 'Passed' });
    expect(results.some(({ name }) => name === 'maas-lshw')).toBe(true);
  });

  test('gives the tags whose definitions hold', async () => {
    const maas = bench();
    await ask(maas, 'POST tags/', { name: 'metal', definition: 'not(//vendor = "QEMU")' });
    const machine = await added(maas);
    expect(machine.state.tags).toEqual([]);
    commissioned(maas);
    expect(machine.state.tags).toContain('metal');
  });
});

describe('testing', () => {
  test.each([
    ['Deployed', 'badblocks-destructive', 'Unable to run destructive test while deployed!'],
    ['Ready', 'ntp', 'An interface must be configured to run network testing!'],
  ])('%s refuses %s', async (wanted, script, text) => {
    const maas = bench();
    const machine = maas.core.machines[0]!;
    if (wanted === 'Deployed') {
      await op(maas, machine, 'deploy');
      maas.clock.advance(maas.core.durations.deploy);
    } else {
      const interfaces = machine.state.interfaces.map((iface) => ({ ...iface, links: [] }));
      maas.core.change(machine, { interfaces });
    }
    expect(status(machine)).toBe(wanted);
    const answer = await op(maas, machine, 'test', { testing_scripts: script });
    expect([answer.status, answer.json]).toEqual([400, { __all__: [text] }]);
  });

  test('a failed test stops the machine; a suppressed result no longer counts; override lets it go on', async () => {
    const maas = bench();
    maas.points.step.bind(({ step }) =>
      step === 'test' ? { kind: 'fail', reason: 'disk is worn out' } : undefined,
    );
    const machine = maas.core.machines[0]!;
    await op(maas, machine, 'test', { testing_scripts: 'smartctl-short,7z' });
    maas.clock.advance(maas.core.durations.test);
    expect(status(machine)).toBe('Failed testing');
    const read = async () => (await ask(maas, `GET machines/${machine.systemId}/`)).json;
    expect(await read()).toMatchObject({
      testing_status_name: 'Failed',
      storage_test_status_name: 'Failed',
      cpu_test_status_name: 'Passed',
      memory_test_status_name: 'Unknown',
    });
    await ask(maas, `PUT nodes/${machine.systemId}/results/current-testing/`, {
      suppressed: 'true',
      filters: 'smartctl-short',
    });
    expect(await read()).toMatchObject({ storage_test_status_name: 'Passed' });
    await op(maas, machine, 'override_failed_testing');
    expect(status(machine)).toBe('Ready');
  });
});

describe('release and rescue that go wrong', () => {
  test.each([
    ['release', 'Releasing failed'],
    ['erase', 'Failed disk erasing'],
  ] as const)('%s ends in %s', async (step, wanted) => {
    const maas = bench();
    const machine = maas.core.machines[0]!;
    await op(maas, machine, 'deploy');
    maas.clock.advance(maas.core.durations.deploy);
    maas.points.step.bind((asked) =>
      asked.step === step ? { kind: 'fail', reason: 'no power' } : undefined,
    );
    await op(maas, machine, 'release', step === 'erase' ? { erase: 'true' } : {});
    maas.clock.advance(maas.core.durations.erase);
    expect(status(machine)).toBe(wanted);
    expect(machine.state.owner).toBe('admin');
  });

  test('a release script other than wiping shows as Releasing', async () => {
    const maas = bench();
    await ask(maas, 'POST scripts/', { name: 'goodbye', type: 'release', script: '#!/bin/sh' });
    const machine = maas.core.machines[0]!;
    await op(maas, machine, 'deploy');
    maas.clock.advance(maas.core.durations.deploy);
    const both = { erase: 'true', scripts: 'goodbye' };
    expect((await op(maas, machine, 'release', both)).json).toMatchObject({
      status_name: 'Releasing',
    });
    maas.clock.advance(maas.core.durations.erase);
    expect(status(machine)).toBe('Ready');
    const sets = await ask(maas, `GET nodes/${machine.systemId}/results/?type=release`);
    expect(sets.json).toMatchObject([{ type_name: 'Release', status_name: 'Passed' }]);
  });

  test('rescue mode that cannot be entered can be left, back to where the machine was', async () => {
    const maas = bench();
    const machine = maas.core.machines[0]!;
    await op(maas, machine, 'deploy');
    maas.clock.advance(maas.core.durations.deploy);
    const unbind = maas.points.step.bind(() => ({ kind: 'fail', reason: 'no power' }));
    await op(maas, machine, 'rescue_mode');
    maas.clock.advance(maas.core.durations.rescue);
    expect(status(machine)).toBe('Failed to enter rescue mode');
    unbind();
    await op(maas, machine, 'exit_rescue_mode');
    maas.clock.advance(maas.core.durations.rescue);
    expect(status(machine)).toBe('Deployed');
  });
});
