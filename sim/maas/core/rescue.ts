/** Rescue mode: the machine runs from memory and goes back to where it came from (facts 4.9). */
import type { MaasCore } from './core.ts';
import type { Machine, User } from './objects.ts';
import { comeToRest, powerOff } from './resting.ts';
import { STATUS } from './status.ts';
import { failStep } from './steps.ts';
import { settled } from './transitions.ts';

const S = STATUS;

/** @throws Refusal 409 from a status that rescue mode cannot be entered from */
export function rescueMode(core: MaasCore, user: User, machine: Machine): void {
  core.checkTransition(machine, S.ENTERING_RESCUE_MODE);
  const { status, previousStatus } = machine.state;
  // Leaving goes back to where the machine came from, so that has to outlive all that is between.
  const cameFrom = status === S.FAILED_ENTERING_RESCUE_MODE ? previousStatus : status;
  const remember = { previousStatus: cameFrom };
  core.moveTo(machine, S.ENTERING_RESCUE_MODE, {
    owner: user.username,
    powerState: 'on',
    ...remember,
  });
  core.steps.later(machine, 'rescue', core.durations.rescue, (ending) => {
    if (ending.failed) {
      failStep(core, machine, ending.why);
      core.change(machine, remember);
    } else core.moveTo(machine, S.RESCUE_MODE, remember);
  });
}

/** @throws Refusal 409 from a status that is not one of rescue mode */
export function exitRescueMode(core: MaasCore, machine: Machine): void {
  core.checkTransition(machine, S.EXITING_RESCUE_MODE);
  const { previousStatus: cameFrom } = machine.state;
  const remember = { previousStatus: cameFrom };
  core.moveTo(machine, S.EXITING_RESCUE_MODE, remember);
  const leave = () => {
    const target = settled(machine.state, cameFrom);
    const deployed = target === S.DEPLOYED;
    comeToRest(
      core,
      machine,
      target,
      { powerState: deployed ? 'on' : powerOff(machine), ...(deployed ? {} : { owner: null }) },
      'Exited rescue mode',
    );
  };
  // Where power cannot be queried there is nothing to wait for.
  if (machine.state.powerType === 'manual') {
    leave();
    return;
  }
  core.steps.later(machine, 'rescue', core.durations.rescue, (ending) => {
    if (ending.failed) {
      failStep(core, machine, ending.why);
      core.change(machine, remember);
    } else leave();
  });
}
