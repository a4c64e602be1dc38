/**
 * What an operator does to a machine besides deploying it and giving it back: break off, mark, lock,
 * switch, annotate (facts/maas-api 3.2, 4.7, 4.10, 4.11). Each operation first checks everything that
 * can be refused, in the real order where facts tell one, and only then changes the machine.
 */
import type { MaasCore } from './core.ts';
import type { Machine, User } from './objects.ts';
import { refusal, scopeOf } from './refusal.ts';
import { comeToRest, nobodys, powerOff } from './resting.ts';
import { SCRIPT, STATUS, type Status, statusName } from './status.ts';

const S = STATUS;

/** Breaks off what is going on (facts/maas-api 4.11). */
export function abort(core: MaasCore, machine: Machine): void {
  const { status, previousStatus } = machine.state;
  const target = abortTarget(status, previousStatus);
  if (target === undefined) {
    throw refusal(
      'conflict',
      `Cannot abort in current state: node ${machine.systemId} is in state ${statusName(status)}.`,
      {
        code: 'maas-transition-illegal',
        operation: 'abort what a machine does',
        wanted: 'a machine that does something',
        found: [statusName(status)],
        scope: scopeOf(machine),
      },
    );
  }
  core.checkTransition(machine, target);
  core.steps.cancel(machine);
  const { commissioningResultId, testingResultId, installationResultId } = machine.state;
  const set = {
    [S.COMMISSIONING]: commissioningResultId,
    [S.TESTING]: testingResultId,
    [S.DEPLOYING]: installationResultId,
    [S.DISK_ERASING]: null,
  }[status as AbortableStatus];
  core.results.finish(machine, set, SCRIPT.ABORTED);
  comeToRest(
    core,
    machine,
    target,
    { powerState: powerOff(machine) },
    ABORTED_EVENT[status as AbortableStatus],
  );
}

type AbortableStatus =
  | typeof S.COMMISSIONING
  | typeof S.DEPLOYING
  | typeof S.TESTING
  | typeof S.DISK_ERASING;

const ABORTED_EVENT: Readonly<Record<AbortableStatus, string>> = {
  [S.COMMISSIONING]: 'Aborted commissioning',
  [S.DEPLOYING]: 'Aborted deployment',
  [S.TESTING]: 'Aborted testing',
  [S.DISK_ERASING]: 'Aborted disk erasing',
};

function abortTarget(status: Status, previous: Status): Status | undefined {
  switch (status) {
    case S.COMMISSIONING:
      return S.NEW;
    case S.DEPLOYING:
      return S.ALLOCATED;
    case S.TESTING:
      return previous === S.COMMISSIONING ? S.READY : previous;
    case S.DISK_ERASING:
      return S.FAILED_DISK_ERASING;
    default:
      return undefined;
  }
}

/** The caller must be the owner; releasable machines are released first (facts/maas-api 4.7). */
export function markBroken(core: MaasCore, user: User, machine: Machine, comment: string): void {
  if (machine.state.owner !== user.username) {
    throw refusal('forbidden', '', {
      operation: 'mark a machine broken',
      wanted: `machine ${machine.systemId} owned by ${user.username}`,
      found: [`owner ${machine.state.owner ?? 'nobody'}`],
      scope: scopeOf(machine),
    });
  }
  core.checkTransition(machine, S.BROKEN);
  const wasDeployed = machine.state.status === S.DEPLOYED;
  core.steps.cancel(machine);
  core.moveTo(machine, S.BROKEN, {
    errorDescription: comment,
    ...(wasDeployed ? {} : nobodys(core, machine)),
  });
}

export function markFixed(core: MaasCore, machine: Machine): void {
  if (machine.state.status !== S.BROKEN) {
    throw refusal('conflict', "Can't mark a non-broken node as 'Ready'.", {
      code: 'maas-transition-illegal',
      operation: 'mark a machine fixed',
      wanted: statusName(S.READY),
      found: [statusName(machine.state.status)],
      scope: scopeOf(machine),
    });
  }
  const deployed = machine.state.previousStatus === S.DEPLOYED;
  comeToRest(core, machine, deployed ? S.DEPLOYED : S.READY, { errorDescription: '' });
}

/** facts/maas-api 4.10. */
export function lock(core: MaasCore, machine: Machine, locked: boolean): void {
  const { status } = machine.state;
  if (locked && status !== S.DEPLOYED && status !== S.DEPLOYING) {
    throw refusal('conflict', "Can't lock, node is not deployed or deploying", {
      found: [statusName(status)],
      scope: scopeOf(machine),
    });
  }
  if (machine.state.locked === locked) {
    throw refusal('conflict', locked ? 'Machine is already locked' : 'Machine is not locked', {
      scope: scopeOf(machine),
    });
  }
  core.change(machine, { locked });
}

export function powerOn(core: MaasCore, machine: Machine): void {
  if (machine.state.owner === null) {
    throw refusal('conflict', "Can't start node: it hasn't been allocated.", {
      found: [statusName(machine.state.status)],
      scope: scopeOf(machine),
    });
  }
  core.change(machine, { powerState: 'on' });
}

/** Turns a machine off. Answers with false when its power type has no way to. */
export function switchOff(core: MaasCore, machine: Machine): boolean {
  if (machine.state.powerType === 'manual') return false;
  core.change(machine, { powerState: 'off' });
  return true;
}

/** Adds, replaces and (by an empty value) removes annotations; others stay (facts/maas-api 3.2). */
export function annotate(
  core: MaasCore,
  user: User,
  machine: Machine,
  values: ReadonlyMap<string, string>,
): void {
  if (machine.state.owner === null) {
    const what = core.features.workloadAnnotations
      ? "Cannot set workload annotation: it hasn't been acquired."
      : "Cannot set owner data: it hasn't been allocated.";
    throw refusal('conflict', what, {
      found: [statusName(machine.state.status)],
      scope: scopeOf(machine),
    });
  }
  if (machine.state.owner !== user.username) {
    throw refusal('forbidden', '', {
      found: [`owner ${machine.state.owner}`],
      scope: scopeOf(machine),
    });
  }
  core.change(machine, { ownerData: annotated(machine.state.ownerData, values) });
}

/** The annotations with the changes applied. */
export function annotated(
  present: Readonly<Record<string, string>>,
  values: ReadonlyMap<string, string>,
): Readonly<Record<string, string>> {
  const merged = new Map([...Object.entries(present), ...values]);
  for (const [key, value] of merged) if (value === '') merged.delete(key);
  return Object.fromEntries(merged);
}
