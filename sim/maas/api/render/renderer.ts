/**
 * Turns the core's records into MAAS's objects (facts/maas-api 6). A machine's JSON is big and asked
 * for often, so its bytes are kept until the machine's state, or something that it nests, is no longer
 * what they were made of. The total is bounded; a list too long for that is rendered as it is sent and
 * keeps nothing, or it would only push out what is asked for again. Everything else is small and made
 * anew each time.
 */
import type { MaasCore } from '../../core/core.ts';
import type { Machine, MachineState } from '../../core/objects.ts';
import { jsonText } from '../answers.ts';
import { machineObject } from './machine.ts';

/** How much rendered JSON is kept at most, in bytes. */
const MAX_KEPT_BYTES = 512 * 1024 * 1024;
/** A machine with its interfaces and disks is some 27 kB; of longer lists nothing is kept. */
const MAX_KEPT_LIST = 15_000;

interface Kept {
  readonly state: MachineState;
  readonly revision: number;
  /** As an item of a list. */
  item?: Uint8Array<ArrayBuffer>;
  /** As an answer by itself. */
  whole?: Uint8Array<ArrayBuffer>;
}

export class Renderer {
  readonly core: MaasCore;
  readonly #kept = new WeakMap<Machine, Kept>();
  #keptBytes = 0;

  constructor(core: MaasCore) {
    this.core = core;
  }

  /** JSON of a machine in a given state, indented by four as an item of a list of that length. */
  machineItem(machine: Machine, state: MachineState, listed: number): Uint8Array | string {
    // Only the present state is worth keeping: a list may still be sending an older one.
    if (state !== machine.state || listed > MAX_KEPT_LIST) {
      return this.#upToDate(machine)?.item ?? this.#itemText(machine, state);
    }
    const kept = this.#keptOf(machine);
    kept.item ??= this.#count(Buffer.from(this.#itemText(machine, state)));
    return kept.item;
  }

  /** JSON of one machine as an answer by itself. */
  machineBytes(machine: Machine): Uint8Array<ArrayBuffer> {
    const kept = this.#keptOf(machine);
    const { core } = this;
    kept.whole ??= this.#count(Buffer.from(jsonText(machineObject(core, machine, machine.state))));
    return kept.whole;
  }

  machineText(machine: Machine): string {
    return Buffer.from(this.machineBytes(machine)).toString('utf8');
  }

  // Printed as the only item of a list and cut out of it, it has the right indent without a copy.
  #itemText(machine: Machine, state: MachineState): string {
    return jsonText([machineObject(this.core, machine, state)]).slice(
      '[\n    '.length,
      -'\n]'.length,
    );
  }

  #upToDate(machine: Machine): Kept | undefined {
    const kept = this.#kept.get(machine);
    return kept?.state === machine.state && kept.revision === this.core.catalogueRevision
      ? kept
      : undefined;
  }

  /** Where to keep what is rendered now; beyond the bound, in something that nobody keeps. */
  #keptOf(machine: Machine): Kept {
    const present = this.#upToDate(machine);
    if (present) return present;
    const before = this.#kept.get(machine);
    this.#keptBytes -= (before?.item?.byteLength ?? 0) + (before?.whole?.byteLength ?? 0);
    this.#kept.delete(machine);
    const fresh: Kept = { state: machine.state, revision: this.core.catalogueRevision };
    if (this.#keptBytes < MAX_KEPT_BYTES) this.#kept.set(machine, fresh);
    return fresh;
  }

  #count(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (this.#keptBytes < MAX_KEPT_BYTES) this.#keptBytes += bytes.byteLength;
    return bytes;
  }
}
