/**
 * The script of docs/rack.md, really run as its readers run it, against a world whose time passes fast:
 * what it says it did is what the fake MAAS then holds.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { statusName } from '../maas/core/status.ts';
import { startWorld } from './up.ts';

const SCRIPT = new URL('../../docs/scripts/rack.mjs', import.meta.url).pathname;

test('a rack of 40 machines is commissioned, tagged, bonded, RAIDed and deployed', {
  timeout: 120_000,
}, async () => {
  const world = await startWorld({ seed: 7, machines: 1, speed: 3600 });
  try {
    const { url, apiKey } = world.maas;
    const args = [SCRIPT, '--url', url, '--key', apiKey, '--poll', '0.05'];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toContain('40 x Commissioning\n   40 x Ready');
    const rack = world.fakeMaas.core.machines.filter(({ state }) => state.tags.includes('rack-a'));
    expect(rack).toHaveLength(40);
    for (const { state } of rack) {
      expect(state.interfaces.some(({ type }) => type === 'bond')).toBe(true);
      expect(state.tags.includes('much-memory')).toBe(state.memory >= 128 * 1024);
    }
    const storage = rack.filter(({ state }) => state.tags.includes('raid5'));
    expect(stdout).toContain(`${storage.length} x RAID-5`);
    const deployed = rack.filter(({ state }) => statusName(state.status) === 'Deployed');
    expect(stdout).toContain('   11 x Deployed');
    expect(deployed).toHaveLength(11);
    const roles = deployed.map(({ state }) => state.ownerData.role!.split('-')[0]);
    expect(roles.filter((role) => role === 'storage')).toHaveLength(3);
    for (const { state } of deployed) {
      const bond = state.interfaces.find(({ type }) => type === 'bond')!;
      expect(bond.links[0]!.ip).toMatch(/^10\./);
    }
    expect(world.gaps()).toEqual([]);
  } finally {
    await world.stop();
  }
});
