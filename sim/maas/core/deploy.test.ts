import { describe, expect, test } from 'vitest';
import { bench, op } from '../testing.ts';
import type { Machine } from './objects.ts';
import { STATUS, statusName } from './status.ts';

const status = (machine: Machine) => statusName(machine.state.status);

describe('deploy', () => {
  test('shows its addresses at once, its stages in turn, and ends Deployed', async () => {
    const maas = bench();
    const machine = maas.core.machines[0]!;
    const answer = await op(maas, machine, 'deploy', { user_data: 'aGVsbG8=' });
    expect(answer.json).toMatchObject({
      status_name: 'Deploying',
      ip_addresses: ['10.0.0.251', '10.0.4.3'],
      osystem: 'ubuntu',
      distro_series: 'noble',
      power_state: 'on',
      netboot: true,
      owner: 'admin',
    });
    const seen: (string | null)[] = [];
    while (status(machine) === 'Deploying') {
      if (seen.at(-1) !== machine.state.statusMessage) seen.push(machine.state.statusMessage);
      maas.clock.advance(10_000);
    }
    expect(seen).toEqual([
      'Deploying',
      'Performing PXE boot',
      'Loading ephemeral',
      'Configuring storage',
      'Installing OS',
      'Configuring OS',
      'Rebooting',
    ]);
    expect(machine.state).toMatchObject({ statusMessage: 'Deployed', netboot: false });
    expect(machine.state.userData).toBe('aGVsbG8=');
  });

  test.each([
    ['distro_series', 'warty', { distro_series: [expect.stringContaining("'ubuntu/noble'.")] }],
    [
      'hwe_kernel',
      'ga-9',
      { hwe_kernel: ['ga-9 is not available for ubuntu/noble on amd64/generic.'] },
    ],
    [
      'bridge_type',
      'wooden',
      { bridge_type: [expect.stringContaining('not a valid bridge_type')] },
    ],
  ])('refuses %s=%s and changes nothing', async (name, value, body) => {
    const maas = bench();
    const machine = maas.core.machines.find((m) => m.state.architecture.startsWith('amd64'))!;
    const before = maas.core.stateHash();
    const answer = await op(maas, machine, 'deploy', { [name]: value });
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual(body);
    expect(maas.core.stateHash()).toBe(before);
  });

  test.each(['noble', 'ubuntu/noble', '24.04', ''])('takes the series as %j', async (series) => {
    const maas = bench();
    await op(maas, maas.core.machines[0]!, 'deploy', { distro_series: series });
    expect(maas.core.machines[0]!.state.distroSeries).toBe('noble');
  });

  test('a machine without network or root filesystem is refused', async () => {
    const maas = bench();
    const machine = maas.core.machines[0]!;
    const { interfaces, blockDevices } = machine.state;
    maas.core.change(machine, { interfaces: [] });
    expect((await op(maas, machine, 'deploy')).json).toEqual({
      network: ['Node must be configured to use a network'],
    });
    maas.core.change(machine, {
      interfaces,
      blockDevices: blockDevices.map((disk) => ({ ...disk, partitions: [], tableType: null })),
    });
    expect((await op(maas, machine, 'deploy')).json).toEqual({
      storage: ["Mount the root '/' filesystem to be able to deploy this node."],
    });
  });

  test('exhausted addresses are 503 without Retry-After, and nothing is taken', async () => {
    const maas = bench();
    const { network } = maas.core;
    network.subnets.set(2, { ...network.subnets.get(2)!, cidr: '10.0.4.0/30' });
    network.newLink({ mode: 'static', subnetId: 2, ip: '10.0.4.2' });
    const machine = maas.core.machines[0]!;
    const before = maas.core.stateHash();
    const answer = await op(maas, machine, 'deploy');
    expect(answer.status).toBe(503);
    expect(answer.text).toBe(
      `${machine.systemId}: Unable to allocate static IP due to address exhaustion.`,
    );
    expect(answer.headers.has('retry-after')).toBe(false);
    expect(maas.core.stateHash()).toBe(before);
  });

  test('fails with the reason of a fault, and times out when the machine vanishes', async () => {
    const maas = bench();
    const [first, second] = maas.core.machines;
    maas.points.step.bind(({ systemId }) =>
      systemId === first!.systemId ? { kind: 'fail', reason: 'disk on fire' } : { kind: 'vanish' },
    );
    await op(maas, first!, 'deploy');
    await op(maas, second!, 'deploy');
    maas.clock.advance(maas.core.durations.deploy);
    expect(first!.state).toMatchObject({
      status: STATUS.FAILED_DEPLOYMENT,
      errorDescription: 'disk on fire',
      owner: 'admin',
    });
    expect(status(second!)).toBe('Deploying');
    maas.clock.advance(60 * 60_000);
    expect(status(second!)).toBe('Failed deployment');
    expect(second!.state.errorDescription).toContain('timed out after 60 minutes');
  });
});
