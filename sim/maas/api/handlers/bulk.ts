/**
 * Operations on several machines at once (facts/maas-api 3.1). They look at every machine before they
 * touch the first, because a refusal must leave all of them as they were (facts/maas-api 0.18).
 */

import { checkCommissionable, commission, commissionRequest } from '../../core/commission.ts';
import type { MaasCore } from '../../core/core.ts';
import type { Machine, User } from '../../core/objects.ts';
import { canEdit } from '../../core/permissions.ts';
import { refusal } from '../../core/refusal.ts';
import { PLAIN_RELEASE, release } from '../../core/release.ts';
import { RELEASABLE, STATUS, statusName } from '../../core/status.ts';
import { type Answer, json } from '../answers.ts';
import type { Params } from '../params.ts';
import type { UserCall } from '../routes.ts';
import { machineList } from './machine-list.ts';

/** The machines of a bulk operation. @throws Refusal 400 for unknown ones, 403 for others' */
function named(core: MaasCore, user: User, params: Params, verb: string): Machine[] {
  const ids = [...new Set(params.all('machines'))];
  const unknown = ids.filter((id) => !core.findMachine(id));
  if (unknown.length > 0) {
    throw refusal('invalid', `Unknown machine(s): ${unknown.sort().join(', ')}.`, {
      code: 'maas-object-missing',
      operation: `${verb} machines`,
      wanted: unknown.join(', '),
      looked: [{ place: 'machines/', outcome: `${core.machines.length} machines, not these` }],
    });
  }
  const machines = ids.map((id) => core.findMachine(id)!);
  const barred = machines.filter((machine) => !canEdit(user, machine.state));
  if (barred.length > 0) {
    const list = barred.map((machine) => machine.systemId).sort();
    throw refusal(
      'forbidden',
      `You don't have the required permission to ${verb} the following machine(s): ${list.join(', ')}.`,
      {
        operation: `${verb} machines`,
        wanted: list.join(', '),
        found: barred.map(({ state }) => (state.locked ? 'locked' : `owner ${state.owner}`)),
      },
    );
  }
  return machines;
}

/** `release`. */
export function releaseMany({ core, user, params }: UserCall): Answer {
  const machines = named(core, user, params, 'release');
  const wrong = machines.filter(
    ({ state }) => state.status !== STATUS.READY && !RELEASABLE.has(state.status),
  );
  if (wrong.length > 0) {
    const list = wrong.map((m) => `${m.systemId} ('${statusName(m.state.status)}')`).sort();
    throw refusal(
      'conflict',
      `Machine(s) cannot be released in their current state: ${list.join(', ')}.`,
      {
        code: 'maas-transition-illegal',
        operation: 'release machines',
        wanted: statusName(STATUS.RELEASING),
        found: list,
        why: 'maas.status.releasable',
      },
    );
  }
  const released = machines.filter(({ state }) => RELEASABLE.has(state.status));
  for (const machine of released) release(core, machine, PLAIN_RELEASE);
  return json(released.map((machine) => machine.systemId));
}

/** `accept`. */
export function acceptMany(call: UserCall): Answer {
  const machines = named(call.core, call.user, call.params, 'accept');
  const skipped: readonly number[] = [STATUS.READY, STATUS.COMMISSIONING];
  const wrong = machines.find(
    ({ state }) => state.status !== STATUS.NEW && !skipped.includes(state.status),
  );
  if (wrong) {
    throw refusal(
      'conflict',
      `Cannot accept node enlistment: node ${wrong.systemId} is in state ${statusName(wrong.state.status)}.`,
      { found: [statusName(wrong.state.status)], scope: `machine ${wrong.systemId}` },
    );
  }
  const accepted = machines.filter(({ state }) => state.status === STATUS.NEW);
  return acceptEach(call, accepted);
}

/** Commissions all or, when one of them cannot be, none. */
function acceptEach(call: UserCall, machines: readonly Machine[]): Answer {
  for (const machine of machines) checkCommissionable(machine);
  const request = commissionRequest(call.core, call.params);
  for (const machine of machines) commission(call.core, call.user, machine, request);
  return machineList(call, machines);
}

/** `accept_all`. */
export function acceptAll(call: UserCall): Answer {
  const fresh = call.core.machines.filter(({ state }) => state.status === STATUS.NEW);
  const may = fresh.filter(({ state }) => call.user.isSuperuser && canEdit(call.user, state));
  return acceptEach(call, may);
}
