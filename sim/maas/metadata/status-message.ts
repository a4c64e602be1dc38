/**
 * The webhook to which cloud-init and the installer report (facts/maas-api 10.2). The token key alone
 * says whose report it is; the system_id in the path is not looked at. What begins and what fails
 * becomes an event; the failure of a whole stage makes the machine's present step fail.
 */
import { type Answer, text } from '../api/answers.ts';
import { failCommissioning, failTesting } from '../core/commission.ts';
import type { MaasCore } from '../core/core.ts';
import { failDeployment } from '../core/deploy.ts';
import type { Machine } from '../core/objects.ts';
import { STATUS } from '../core/status.ts';
import { failStep } from '../core/steps.ts';

const S = STATUS;

const MANDATORY = ['event_type', 'origin', 'name', 'description'] as const;
type Message = Readonly<Record<(typeof MANDATORY)[number], string>> & { readonly result?: unknown };

/** Events of an installation's parts, by the name of what begins. */
const STAGES: Readonly<Record<string, string>> = {
  'cmd-install/stage-partitioning': 'Configuring storage',
  'cmd-install/stage-extract': 'Installing OS',
  'cmd-install/stage-curthooks': 'Configuring OS',
};

export function receiveStatus(core: MaasCore, authorization: string | null, bytes: Buffer): Answer {
  const tokenKey = /oauth_token="([^"]*)"/.exec(authorization ?? '')?.[1];
  if (!/^OAuth\s/i.test(authorization ?? '') || tokenKey === undefined) {
    return { status: 401, body: null };
  }
  const sent = bytes.toString('utf8');
  if (bytes.some((byte) => byte > 127)) {
    return text(`Status payload must be ASCII-only: ${[...sent].length} characters`, 400);
  }
  let message: unknown;
  try {
    message = JSON.parse(sent);
  } catch {
    return text(`Status payload is not valid JSON:\n${sent}\n\n`, 400);
  }
  const given: object = message !== null && typeof message === 'object' ? message : {};
  const missing = MANDATORY.filter((name) => !(name in given)).sort();
  if (missing.length > 0) {
    return text(`Missing parameter(s) ${missing.join(', ')} in status message.`, 400);
  }
  const machine = core.findMachine(core.accounts.machineOfToken(tokenKey) ?? '');
  if (machine) take(core, machine, given as Message);
  return { status: 204, body: null };
}

function take(core: MaasCore, machine: Machine, message: Message): void {
  const { event_type: kind, origin, name, description, result } = message;
  const failed = result === 'FAIL' || result === 'FAILURE';
  const said = `'${origin}' ${description}`;
  if (kind === 'start') {
    const stage = STAGES[name];
    if (stage) core.event(machine, stage);
    else core.event(machine, eventType(machine), said, 'DEBUG');
    return;
  }
  if (kind !== 'finish') return;
  if (failed) core.event(machine, `${eventType(machine)} failure`, said, 'ERROR');
  if (failed && !name.includes('/')) fail(core, machine, said);
  else if (name === 'cmd-install' && result === 'SUCCESS') core.event(machine, 'Rebooting');
}

function eventType(machine: Machine): string {
  switch (machine.state.status) {
    case S.COMMISSIONING:
      return 'Node commissioning';
    case S.DEPLOYING:
      return 'Node installation';
    default:
      return 'Node status event';
  }
}

function fail(core: MaasCore, machine: Machine, why: string): void {
  const ending = { failed: true as const, why };
  switch (machine.state.status) {
    case S.COMMISSIONING:
      core.steps.cancel(machine);
      failCommissioning(core, machine, ending);
      return;
    case S.TESTING:
      core.steps.cancel(machine);
      failTesting(core, machine, ending, {});
      return;
    case S.DEPLOYING:
      core.steps.cancel(machine);
      failDeployment(core, machine, why);
      return;
    case S.DISK_ERASING:
    case S.RELEASING:
      failStep(core, machine, why);
      return;
    default:
  }
}
