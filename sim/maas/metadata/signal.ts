/**
 * `op=signal`: a machine says how far it is (facts/maas-api 10.1). What a word leads to depends on
 * the status that the machine is in; most words in most statuses lead to nothing.
 */
import type { Params } from '../api/params.ts';
import { defaultCommissioning, failCommissioning, failTesting } from '../core/commission.ts';
import type { MaasCore } from '../core/core.ts';
import { failDeployment } from '../core/deploy.ts';
import type { Machine } from '../core/objects.ts';
import { refusal, scopeOf } from '../core/refusal.ts';
import { comeToRest, powerOff } from '../core/resting.ts';
import { SCRIPT, STATUS, statusName } from '../core/status.ts';
import { failStep } from '../core/steps.ts';

const S = STATUS;

const WORDS: ReadonlySet<string> = new Set([
  'OK',
  'FAILED',
  'WORKING',
  'COMMISSIONING',
  'TESTING',
  'TIMEDOUT',
  'INSTALLING',
  'APPLYING_NETCONF',
  'RELEASING',
]);

/** Statuses in which nothing of MAAS's own runs on a machine; which they are is unconfirmed. */
const SILENT: ReadonlySet<number> = new Set([S.RESERVED, S.ALLOCATED, S.MISSING, S.RETIRED]);

/** @throws Refusal 400 for an unknown word, 409 where the machine has nothing to say */
export function signal(core: MaasCore, machine: Machine, form: Params): void {
  const word = form.mandatory('status');
  if (!WORDS.has(word)) {
    throw refusal('invalid', `Unknown status: '${word}'`, {
      operation: 'signal a status',
      wanted: [...WORDS].join(', '),
      found: [word],
      scope: scopeOf(machine),
    });
  }
  const { status } = machine.state;
  if (SILENT.has(status)) {
    throw refusal('conflict', `Machine status isn't valid (status is ${statusName(status)})`, {
      operation: 'signal a status',
      found: [statusName(status)],
      scope: scopeOf(machine),
    });
  }
  const why = form.text('error') || 'The machine said that it failed.';
  const failed = { failed: true as const, why };
  switch (status) {
    case S.NEW:
      if (word === 'COMMISSIONING') core.moveTo(machine, S.COMMISSIONING, { powerState: 'on' });
      return;
    case S.COMMISSIONING:
      if (word === 'OK') commissioned(core, machine);
      else if (word === 'TESTING') core.moveTo(machine, S.TESTING);
      else if (word === 'FAILED') failCommissioning(core, machine, failed);
      return;
    case S.TESTING:
      if (word === 'FAILED') failTesting(core, machine, failed, {});
      else if (word === 'OK') comeToRest(core, machine, S.READY, { powerState: powerOff(machine) });
      return;
    case S.DEPLOYING:
      if (word === 'FAILED') {
        core.steps.cancel(machine);
        failDeployment(core, machine, why);
      }
      return;
    case S.DISK_ERASING:
    case S.RELEASING:
      if (word === 'FAILED') failStep(core, machine, why);
      return;
    case S.ENTERING_RESCUE_MODE:
      if (word === 'FAILED') failStep(core, machine, why);
      else if (word === 'OK' || word === 'WORKING') {
        const { previousStatus } = machine.state;
        core.steps.cancel(machine);
        core.moveTo(machine, S.RESCUE_MODE, { previousStatus });
      }
      return;
    default:
  }
}

/** The scripts have all run, and the machine is anybody's. */
function commissioned(core: MaasCore, machine: Machine): void {
  const { commissioningResultId } = machine.state;
  core.steps.cancel(machine);
  if (commissioningResultId === null) {
    const scripts = defaultCommissioning(core).commissioningScripts;
    core.change(machine, { commissioningResultId: core.results.begin(machine, 0, scripts) });
  }
  core.results.finish(machine, machine.state.commissioningResultId, SCRIPT.PASSED);
  comeToRest(core, machine, S.READY, { powerState: powerOff(machine) });
}
