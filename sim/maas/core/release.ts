/** Giving a machine back, with or without erasing its disks (facts/maas-api 4.3, 4.6). */
import type { MaasCore } from './core.ts';
import type { Machine, MachineState } from './objects.ts';
import { refusal, scopeOf } from './refusal.ts';
import { comeToRest, powerOff, UNINSTALLED } from './resting.ts';
import { RESULT_TYPE } from './script-results.ts';
import type { Script } from './scripts.ts';
import { RELEASABLE, SCRIPT, STATUS, statusName } from './status.ts';
import { failStep } from './steps.ts';

const S = STATUS;

export interface ReleaseRequest {
  readonly erase: boolean;
  /** Release scripts that the client asked for; erasing adds `wipe-disks`. */
  readonly scripts: readonly Script[];
}

export const PLAIN_RELEASE: ReleaseRequest = { erase: false, scripts: [] };

/** What {@link release} says when the machine is not in a status to release from. */
function releaseRefusal(machine: Machine) {
  return refusal(
    'conflict',
    `Machine cannot be released in its current state ('${statusName(machine.state.status)}').`,
    {
      code: 'maas-transition-illegal',
      operation: 'release a machine',
      wanted: statusName(S.RELEASING),
      found: [statusName(machine.state.status)],
      why: 'maas.status.releasable',
      scope: scopeOf(machine),
    },
  );
}

/**
 * Releases a machine. Ready and Releasing are left as they are.
 * @throws Refusal 409 from a status that is not releasable
 */
export function release(core: MaasCore, machine: Machine, request: ReleaseRequest): void {
  const { status } = machine.state;
  if (status === S.READY || status === S.RELEASING) return;
  if (!RELEASABLE.has(status)) throw releaseRefusal(machine);
  const erase = request.erase || core.config.get('enable_disk_erasing_on_release') === true;
  const wipe = core.scripts.named('wipe-disks');
  const scripts = new Set(request.scripts);
  if (erase && wipe) scripts.add(wipe);
  core.steps.cancel(machine);
  core.removeChildDevices(machine);
  const cleared = UNINSTALLED;
  if (scripts.size > 0) {
    const onlyWipe = scripts.size === 1 && wipe !== undefined && scripts.has(wipe);
    runReleaseScripts(core, machine, [...scripts], onlyWipe, cleared);
    return;
  }
  core.moveTo(machine, S.RELEASING, cleared);
  const unqueryable = machine.state.powerType === 'manual';
  if (machine.state.powerState === 'off' || unqueryable) finishRelease(core, machine);
  else {
    core.steps.later(machine, 'release', core.durations.release, (ending) => {
      if (ending.failed) failStep(core, machine, ending.why);
      else finishRelease(core, machine);
    });
  }
}

/** Status Disk erasing when wiping is all there is to do, else Releasing (facts/maas-api 4.6). */
function runReleaseScripts(
  core: MaasCore,
  machine: Machine,
  scripts: readonly Script[],
  onlyWipe: boolean,
  cleared: Partial<MachineState>,
): void {
  const working = onlyWipe || !core.features.releaseScripts ? S.DISK_ERASING : S.RELEASING;
  core.moveTo(machine, working, { ...cleared, powerState: 'on' });
  const setId = core.results.begin(machine, RESULT_TYPE.RELEASE, scripts);
  core.steps.later(machine, 'erase', core.durations.erase, (ending) => {
    if (ending.failed) {
      core.results.finish(machine, setId, SCRIPT.ABORTED, SCRIPT.FAILED);
      failStep(core, machine, ending.why);
      return;
    }
    core.results.finish(machine, setId, SCRIPT.PASSED);
    if (working !== S.RELEASING) core.moveTo(machine, S.RELEASING);
    finishRelease(core, machine);
  });
}

/** The end of a release: nobody's machine any more. */
function finishRelease(core: MaasCore, machine: Machine): void {
  const commissioned =
    machine.state.commissioningStatus === SCRIPT.PASSED || !core.features.releaseToNew;
  comeToRest(
    core,
    machine,
    commissioned ? S.READY : S.NEW,
    { powerState: powerOff(machine), errorDescription: '' },
    'Released',
  );
}
