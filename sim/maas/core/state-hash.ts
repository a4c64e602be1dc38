/** One number over everything that a refused request must leave as it was (facts/maas-api 0.18). */
import { createHash } from 'node:crypto';
import type { MaasCore } from './core.ts';

/**
 * SHA-256 in hexadecimal. Machines count only once they differ from the inventory; secrets, nonces
 * and counters of ids do not count.
 */
export function hashState(core: MaasCore): string {
  const hash = createHash('sha256');
  const add = (value: unknown) => hash.update(JSON.stringify(value)).update('\n');
  for (const machine of core.machines) {
    if (machine.state !== machine.initial) add([machine.systemId, machine.state]);
  }
  add(core.machines.length);
  for (const device of core.devices.values()) add([device.systemId, device.state]);
  for (const file of core.files.values()) {
    add([file.filename, file.owner, Buffer.from(file.content).toString('base64')]);
  }
  for (const table of core.tables()) add([...table]);
  add([...core.accounts.tokens.values()].map((token) => [token.username, token.name]));
  return hash.digest('hex');
}
