/**
 * What takes time in a machine's life, on the simulated clock. A machine has one pending step:
 * beginning another one forgets the first. Where a step ends, a fault may make it fail, or never end;
 * then the region's own timeout gives it up (facts/maas-api 4.2).
 */
import type { Timer } from '../../kernel/clock.ts';
import type { MaasStep } from '../points.ts';
import type { MaasCore } from './core.ts';
import type { Machine } from './objects.ts';
import { FAILED_STATUS, STATUS, type Status, statusName } from './status.ts';

/** How long the steps of a machine's life take, in simulated milliseconds. */
export interface Durations {
  readonly commission: number;
  readonly test: number;
  readonly deploy: number;
  readonly release: number;
  readonly erase: number;
  readonly rescue: number;
}

/** What operators report of real machines (facts/maas-api 13). */
export const DEFAULT_DURATIONS: Durations = {
  commission: 6 * 60_000,
  test: 60_000,
  deploy: 12 * 60_000,
  release: 30_000,
  erase: 10 * 60_000,
  rescue: 3 * 60_000,
};

/** How a step ended: done, or badly with a reason. */
export type Ending = { readonly failed: false } | { readonly failed: true; readonly why: string };

export class Steps {
  readonly #core: MaasCore;
  readonly #timers = new Map<Machine, Timer>();

  constructor(core: MaasCore) {
    this.#core = core;
  }

  /** Lets a step end after `ms` simulated milliseconds, unless a fault makes it never end. */
  later(
    machine: Machine,
    step: MaasStep['step'],
    ms: number,
    ended: (ending: Ending) => void,
  ): void {
    this.during(machine, ms, () => {
      const { systemId } = machine;
      const effect = this.#core.points.step.ask({ systemId, step });
      if (effect?.kind === 'vanish') this.untilGivenUp(machine, ended);
      else if (effect?.kind === 'fail') ended({ failed: true, why: effect.reason });
      else ended({ failed: false });
    });
  }

  /** Runs `run` in the middle of a step: nothing can go wrong there, and it ends no step. */
  during(machine: Machine, ms: number, run: () => void): void {
    this.cancel(machine);
    const timer = this.#core.clock.after(ms, () => {
      this.#timers.delete(machine);
      run();
    });
    this.#timers.set(machine, timer);
  }

  /** Forgets the pending step, if there is one. */
  cancel(machine: Machine): void {
    this.#timers.get(machine)?.cancel();
    this.#timers.delete(machine);
  }

  /** Nothing ends the step but the region's own timeout, if the status has one. */
  untilGivenUp(machine: Machine, ended: (ending: Ending) => void): void {
    const { status } = machine.state;
    const minutes = timeoutMinutes(this.#core, status);
    if (minutes === undefined) return;
    const why = `Node operation '${statusName(status)}' timed out after ${minutes} minutes.`;
    this.during(machine, minutes * 60_000, () => ended({ failed: true, why }));
  }
}

/** After how long the region gives a step up; undefined is never (facts/maas-api 4.2). */
function timeoutMinutes(core: MaasCore, status: Status): number | undefined {
  const configured = Number(core.config.get('node_timeout'));
  switch (status) {
    case STATUS.COMMISSIONING:
    case STATUS.TESTING:
    case STATUS.ENTERING_RESCUE_MODE:
      return configured;
    case STATUS.DEPLOYING:
      return configured * 2;
    case STATUS.RELEASING:
    case STATUS.EXITING_RESCUE_MODE:
      return 5;
    default:
      return undefined;
  }
}

/** Ends the present step badly (facts/maas-api 4.2, failure map; 4.3). */
export function failStep(core: MaasCore, machine: Machine, why: string): void {
  const failed = FAILED_STATUS.get(machine.state.status);
  if (failed === undefined) return;
  core.steps.cancel(machine);
  core.moveTo(machine, failed, { errorDescription: why });
  core.event(machine, 'Marking node failed', why, 'ERROR');
}
