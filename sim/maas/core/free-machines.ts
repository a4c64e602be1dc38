/**
 * The machines in status Ready, cheapest first and among equals the oldest, kept in order as states
 * change: allocation takes the first that satisfies everything (facts/maas-api 5), so with this it
 * looks at few machines however many there are. A change that leaves status and cost alone costs two
 * comparisons.
 */
import type { Machine, MachineState } from './objects.ts';
import { STATUS } from './status.ts';

/** What allocation prefers to be small: CPU cores and GiB of memory, added up. */
export function allocationCost(state: MachineState): number {
  return state.cpuCount + state.memory / 1024;
}

interface Entry {
  readonly cost: number;
  readonly machine: Machine;
}

export class FreeMachines implements Iterable<Machine> {
  readonly #entries: Entry[];

  constructor(machines: readonly Machine[]) {
    this.#entries = machines
      .filter(({ state }) => state.status === STATUS.READY)
      .map((machine) => ({ machine, cost: allocationCost(machine.state) }))
      .sort((a, b) => a.cost - b.cost || a.machine.id - b.machine.id);
  }

  *[Symbol.iterator](): Iterator<Machine> {
    for (const { machine } of this.#entries) yield machine;
  }

  /** Notes that a machine's state was replaced, or that it is new (`before` is undefined). */
  changed(machine: Machine, before: MachineState | undefined): void {
    const was = before?.status === STATUS.READY ? allocationCost(before) : undefined;
    const is = machine.state.status === STATUS.READY ? allocationCost(machine.state) : undefined;
    if (was === is) return;
    if (was !== undefined) this.#entries.splice(this.#place(was, machine.id), 1);
    if (is !== undefined) {
      this.#entries.splice(this.#place(is, machine.id), 0, { cost: is, machine });
    }
  }

  /** Notes that a machine is no more. */
  removed({ id, state }: Machine): void {
    if (state.status !== STATUS.READY) return;
    this.#entries.splice(this.#place(allocationCost(state), id), 1);
  }

  /** Where an entry of this cost and id stands or would stand. */
  #place(cost: number, id: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = this.#entries[middle]!;
      if (entry.cost < cost || (entry.cost === cost && entry.machine.id < id)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
