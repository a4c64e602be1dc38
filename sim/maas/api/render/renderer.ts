/**
 * Turns the core's records into MAAS's objects (facts/maas-api 6). A machine's JSON is big and asked
 * for often, so its bytes are kept until the machine's state, or something that it nests, is no longer
 * what they were made of; the total is bounded, and beyond the bound a machine is simply rendered
 * again. Everything else is small and made anew each time.
 */
import type { MaasCore } from '../../core/core.ts';
import type { Machine, MachineState } from '../../core/objects.ts';
import { jsonText } from '../answers.ts';
import { machineObject } from './machine.ts';

/** How much rendered JSON is kept at most, in bytes. */
const MAX_KEPT_BYTES = 256 * 1024 * 1024;

interface Kept {
  readonly state: MachineState;
  readonly revision: number;
  readonly bytes: Uint8Array;
}

export class Renderer {
  readonly core: MaasCore;
  readonly #kept = new WeakMap<Machine, Kept>();
  #keptBytes = 0;

  constructor(core: MaasCore) {
    this.core = core;
  }

  /** JSON of a machine in a given state, indented by four as an item of a list. */
  machineItem(machine: Machine, state: MachineState): Uint8Array {
    const revision = this.core.catalogueRevision;
    const kept = this.#kept.get(machine);
    if (kept && kept.state === state && kept.revision === revision) return kept.bytes;
    const text = jsonText(machineObject(this.core, machine, state)).replaceAll('\n', '\n    ');
    const bytes = Buffer.from(text);
    // Only the present state is worth keeping: a list may still be sending an older one.
    if (state === machine.state) this.#keep(machine, { state, revision, bytes }, kept);
    return bytes;
  }

  #keep(machine: Machine, made: Kept, before: Kept | undefined): void {
    const total = this.#keptBytes - (before?.bytes.byteLength ?? 0) + made.bytes.byteLength;
    if (total > MAX_KEPT_BYTES) return;
    this.#kept.set(machine, made);
    this.#keptBytes = total;
  }

  /** JSON of one machine as an answer by itself. */
  machineText(machine: Machine): string {
    // JSON strings hold no raw line ends, so this undoes the list's indent exactly.
    return Buffer.from(this.machineItem(machine, machine.state))
      .toString('utf8')
      .replaceAll('\n    ', '\n');
  }
}
