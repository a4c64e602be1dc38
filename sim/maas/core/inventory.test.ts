import { expect, test } from 'vitest';
import { Randomness } from '../../kernel/random.ts';
import { maasFeatures } from './features.ts';
import { buildInventory } from './inventory.ts';

const build = (seed: number, count: number) =>
  buildInventory(new Randomness(seed), maasFeatures('3.7'), count);

test('the same seed gives the same machines, another seed others', () => {
  const states = (seed: number) => build(seed, 50).machines.map((m) => [m.systemId, m.state]);
  expect(states(7)).toEqual(states(7));
  expect(states(7)).not.toEqual(states(8));
});

test('more machines do not change those that were there', () => {
  const hardware = (count: number) =>
    build(7, count)
      .machines.slice(0, 40)
      .map((m) => [m.profile, m.state.cpuCount, m.state.interfaces.map((i) => i.mac)]);
  expect(hardware(40)).toEqual(hardware(90));
});

test('ids, names and MAC addresses are unique, and every link has a subnet on its VLAN', () => {
  const { machines, network } = build(7, 1300);
  const unique = (values: readonly unknown[]) => expect(new Set(values).size).toBe(values.length);
  const interfaces = machines.flatMap((machine) => machine.state.interfaces);
  unique(machines.map((machine) => machine.systemId));
  unique(machines.map((machine) => machine.state.hostname));
  unique(interfaces.map((iface) => iface.mac));
  unique(interfaces.map((iface) => iface.id));
  unique(interfaces.flatMap((iface) => iface.links.map((link) => link.id)));
  unique(machines.flatMap((machine) => machine.state.blockDevices.map((disk) => disk.id)));
  for (const iface of interfaces) {
    for (const link of iface.links) {
      expect(network.subnets.get(link.subnetId!)!.vlanId).toBe(iface.vlanId);
    }
  }
  expect(
    machines.every(({ systemId }) => /^[4678a-hkmnp-twxy][34678a-hkmnp-twxy]{5}$/.test(systemId)),
  ).toBe(true);
});

test('hostnames are labels that DNS takes', () => {
  for (const { state } of build(3, 500).machines) {
    expect(state.hostname).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
  }
});

test('disks are partitioned within their size', () => {
  for (const { state } of build(3, 100).machines) {
    for (const disk of state.blockDevices) {
      const used = disk.partitions.reduce((sum, partition) => sum + partition.size, 0);
      expect(used).toBeLessThan(disk.size);
    }
    expect(state.blockDevices[0]!.partitions.map((p) => p.filesystem?.mountPoint)).toEqual([
      '/boot/efi',
      '/',
    ]);
  }
});
