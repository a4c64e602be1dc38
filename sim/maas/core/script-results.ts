/**
 * What came of running scripts on a machine: sets of results, one set each time it is commissioned,
 * tested, installed or released (facts/maas-api 3.7). A machine of the inventory was commissioned and
 * tested before the world began; its first sets are worked out from it when somebody asks, so that a
 * hundred thousand machines nobody asks about cost nothing.
 */
import type { MaasCore } from './core.ts';
import type { Machine, MachineState } from './objects.ts';
import { HARDWARE, type HardwareType, SCRIPT_TYPE, type Script } from './scripts.ts';
import { SCRIPT } from './status.ts';

/** Kinds of sets, by their number on the wire. */
export const RESULT_TYPE = { COMMISSIONING: 0, INSTALLATION: 1, TESTING: 2, RELEASE: 3 } as const;
export type ResultType = (typeof RESULT_TYPE)[keyof typeof RESULT_TYPE];

export interface ScriptResult {
  readonly id: number;
  readonly name: string;
  /** Null for what the installer left, which no script did. */
  readonly script: Script | null;
  /** The disk that a storage script was run on. */
  readonly disk: string | null;
  readonly status: number;
  readonly exitStatus: number | null;
  readonly startedMs: number | null;
  readonly endedMs: number | null;
  readonly suppressed: boolean;
  /** What the script printed; null is what such a script prints (`script-output.ts`). */
  readonly output: string | null;
}

export interface ScriptSet {
  readonly id: number;
  readonly type: ResultType;
  readonly startedMs: number;
  readonly results: readonly ScriptResult[];
}

/** Result ids: the set's id and the place in it, so that they need no counter of their own. */
const PER_SET = 1000;

export class ScriptResults {
  readonly #core: MaasCore;
  readonly #sets = new Map<Machine, readonly ScriptSet[]>();

  constructor(core: MaasCore) {
    this.#core = core;
  }

  /** All sets of a machine, oldest first. */
  of(machine: Machine): readonly ScriptSet[] {
    return this.#sets.get(machine) ?? this.#before(machine);
  }

  /** Begins a set: everything pending, the first of it running. Returns its id. */
  begin(machine: Machine, type: ResultType, scripts: readonly (Script | string)[]): number {
    const id = this.#core.newResultId();
    const startedMs = this.#core.clock.nowMs();
    const results = plan(machine, id, scripts).map((result, i) => ({
      ...result,
      ...(i === 0 ? { status: SCRIPT.RUNNING, startedMs } : {}),
    }));
    this.#put(machine, [...this.of(machine), { id, type, startedMs, results }]);
    return id;
  }

  /** Ends every unfinished result of a set; `first` is how the first of them ended. */
  finish(machine: Machine, setId: number | null, others: number, first = others): void {
    const endedMs = this.#core.clock.nowMs();
    let seen = false;
    this.change(machine, setId, (result) => {
      if (result.status !== SCRIPT.PENDING && result.status !== SCRIPT.RUNNING) return result;
      const status = seen ? others : first;
      seen = true;
      const exitStatus = status === SCRIPT.PASSED ? 0 : status === SCRIPT.FAILED ? 1 : null;
      return { ...result, status, exitStatus, startedMs: result.startedMs ?? endedMs, endedMs };
    });
  }

  /** Replaces results of a set and shows on the machine what came of it. */
  change(
    machine: Machine,
    setId: number | null,
    each: (result: ScriptResult) => ScriptResult,
  ): void {
    const sets = this.of(machine).map((set) =>
      set.id === setId ? { ...set, results: set.results.map(each) } : set,
    );
    this.#put(machine, sets);
    this.#core.change(machine, statuses(machine.state, sets));
  }

  remove(machine: Machine, setId: number): void {
    const sets = this.of(machine).filter((set) => set.id !== setId);
    this.#put(machine, sets);
  }

  forget(machine: Machine): void {
    this.#sets.delete(machine);
  }

  /** What differs from the inventory, for the state hash. */
  get changed(): Iterable<readonly [string, readonly ScriptSet[]]> {
    return [...this.#sets].map(([machine, sets]) => [machine.systemId, sets] as const);
  }

  /** Keeps as many sets of each kind as the settings allow. */
  #put(machine: Machine, sets: readonly ScriptSet[]): void {
    const left = new Map<ResultType, number>();
    for (const [type, setting] of KEPT) left.set(type, Number(this.#core.config.get(setting)));
    const kept = [...sets].reverse().filter(({ type }) => {
      const room = left.get(type) ?? 0;
      left.set(type, room - 1);
      return room > 0;
    });
    this.#sets.set(machine, kept.reverse());
  }

  /** What the inventory's machines went through before the world began. */
  #before(machine: Machine): readonly ScriptSet[] {
    const { initial } = machine;
    const { scripts } = this.#core;
    const done = (id: number, type: ResultType, chosen: readonly Script[]): ScriptSet => ({
      id,
      type,
      startedMs: 0,
      results: plan(machine, id, chosen).map((result) => ({
        ...result,
        status: SCRIPT.PASSED,
        exitStatus: 0,
        startedMs: 0,
        endedMs: 0,
      })),
    });
    const sets: ScriptSet[] = [];
    if (initial.commissioningResultId !== null) {
      const chosen = scripts.ofType(SCRIPT_TYPE.COMMISSIONING).filter((s) => s.isDefault);
      sets.push(done(initial.commissioningResultId, RESULT_TYPE.COMMISSIONING, chosen));
    }
    if (initial.testingResultId !== null) {
      const chosen = scripts.ofType(SCRIPT_TYPE.TESTING).filter((s) => s.name === DEFAULT_TEST);
      sets.push(done(initial.testingResultId, RESULT_TYPE.TESTING, chosen));
    }
    return sets;
  }
}

const DEFAULT_TEST = 'smartctl-validate';

const KEPT: readonly (readonly [ResultType, string])[] = [
  [RESULT_TYPE.COMMISSIONING, 'max_node_commissioning_results'],
  [RESULT_TYPE.INSTALLATION, 'max_node_installation_results'],
  [RESULT_TYPE.TESTING, 'max_node_testing_results'],
  [RESULT_TYPE.RELEASE, 'max_node_release_results'],
];

type Run = Pick<ScriptResult, 'name' | 'script' | 'disk'>;

/** One pending result for each script; a storage test runs once for each disk. */
function plan(
  machine: Machine,
  setId: number,
  scripts: readonly (Script | string)[],
): ScriptResult[] {
  const runs = scripts.flatMap((script): Run[] => {
    if (typeof script === 'string') return [{ name: script, script: null, disk: null }];
    const disks = machine.state.blockDevices;
    if (!('storage' in script.parameters) || disks.length === 0) {
      return [{ name: script.name, script, disk: null }];
    }
    return disks.map((disk) => ({ name: script.name, script, disk: disk.name }));
  });
  return runs.map((run, i) => ({
    ...run,
    id: setId * PER_SET + i,
    status: SCRIPT.PENDING,
    exitStatus: null,
    startedMs: null,
    endedMs: null,
    suppressed: false,
    output: null,
  }));
}

/** Results in this order of weight: the first status that is there is that of the whole set. */
const WEIGHT: readonly number[] = [
  SCRIPT.RUNNING,
  SCRIPT.PENDING,
  SCRIPT.TIMED_OUT,
  SCRIPT.FAILED,
  SCRIPT.ABORTED,
  SCRIPT.PASSED,
];

/** The status of several results together; -1 when there are none. */
export function overallStatus(results: readonly ScriptResult[]): number {
  const counted = results.filter((result) => !result.suppressed);
  return (
    WEIGHT.find((status) => counted.some((r) => r.status === status)) ??
    (results.length > 0 ? SCRIPT.PASSED : SCRIPT.NONE)
  );
}

/** The kinds of tests that a machine shows a status of, by their key on the wire. */
export const TEST_KINDS = {
  cpu: HARDWARE.CPU,
  memory: HARDWARE.MEMORY,
  network: HARDWARE.NETWORK,
  storage: HARDWARE.STORAGE,
  other: HARDWARE.NODE,
} as const;

function statuses(state: MachineState, sets: readonly ScriptSet[]): Partial<MachineState> {
  const find = (id: number | null) => sets.find((set) => set.id === id);
  const commissioning = find(state.commissioningResultId);
  const testing = find(state.testingResultId);
  const of = (hardware: HardwareType) =>
    overallStatus(testing!.results.filter((r) => r.script?.hardwareType === hardware));
  return {
    ...(commissioning ? { commissioningStatus: overallStatus(commissioning.results) } : {}),
    ...(testing
      ? {
          testingStatus: overallStatus(testing.results),
          testStatus: Object.fromEntries(
            Object.entries(TEST_KINDS).map(([kind, hardware]) => [kind, of(hardware)]),
          ),
        }
      : {}),
  };
}
