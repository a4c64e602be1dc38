/**
 * A machine's life besides deployment: release, commission, test, rescue, power, locks and
 * annotations (facts/maas-api 3.2, 4.3, 4.5 to 4.11). Each operation first checks everything that
 * can be refused, in the real order where facts tell one, and only then changes the machine; what
 * takes time is left to `MaasCore.later`.
 */
import type { MaasCore } from './core.ts';
import type { Link, Machine, MachineState, NetworkInterface, User } from './objects.ts';
import { fieldRefusal, refusal, scopeOf } from './refusal.ts';
import {
  mayFollow,
  RELEASABLE,
  SCRIPT,
  STATUS,
  type Status,
  statusAfterTest,
  statusName,
  TESTABLE,
} from './status.ts';

const S = STATUS;

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
 * Releases a machine (facts/maas-api 4.6). Ready and Releasing are left as they are.
 * @throws Refusal 409 from a status that is not releasable
 */
export function release(core: MaasCore, machine: Machine, options: { erase: boolean }): void {
  const { status } = machine.state;
  if (status === S.READY || status === S.RELEASING) return;
  if (!RELEASABLE.has(status)) throw releaseRefusal(machine);
  const erase = options.erase || core.config.get('enable_disk_erasing_on_release') === true;
  core.cancelStep(machine);
  core.removeChildDevices(machine);
  const cleared: Partial<MachineState> = {
    osystem: '',
    distroSeries: '',
    hweKernel: null,
    netboot: true,
    enableHwSync: false,
    userData: null,
  };
  if (erase) {
    core.moveTo(machine, S.DISK_ERASING, { ...cleared, powerState: 'on' });
    core.later(machine, 'erase', core.durations.erase, () => {
      core.moveTo(machine, S.RELEASING);
      finishRelease(core, machine);
    });
    return;
  }
  core.moveTo(machine, S.RELEASING, cleared);
  const unqueryable = machine.state.powerType === 'manual';
  if (machine.state.powerState === 'off' || unqueryable) finishRelease(core, machine);
  else core.later(machine, 'release', core.durations.release, () => finishRelease(core, machine));
}

function finishRelease(core: MaasCore, machine: Machine): void {
  const commissioned =
    machine.state.commissioningStatus === SCRIPT.PASSED || !core.features.releaseToNew;
  core.moveTo(machine, commissioned ? S.READY : S.NEW, {
    owner: null,
    ownerData: {},
    agentName: '',
    powerState: machine.state.powerType === 'manual' ? machine.state.powerState : 'off',
    errorDescription: '',
    interfaces: giveBackAddresses(core, machine),
  });
}

/** Frees the addresses of AUTO links; returns the interfaces without them (facts/maas-api 4.3). */
function giveBackAddresses(core: MaasCore, machine: Machine): NetworkInterface[] {
  const { interfaces } = machine.state;
  const isAuto = (link: Link) => link.mode === 'auto';
  core.network.release(interfaces.flatMap((iface) => iface.links.filter(isAuto)));
  return interfaces.map((iface) => ({
    ...iface,
    links: iface.links.map((link) => (isAuto(link) ? { ...link, ip: null } : link)),
  }));
}

/** @throws Refusal 400 or 500 when the machine cannot be commissioned now (facts/maas-api 4.5) */
export function checkCommissionable(machine: Machine): void {
  const { status, powerType, interfaces } = machine.state;
  const allowed: readonly Status[] = [S.NEW, S.FAILED_COMMISSIONING, S.READY, S.BROKEN];
  if (!allowed.includes(status) || (interfaces.length === 0 && powerType !== 'ipmi')) {
    throw unavailableAction('Commission', machine);
  }
  if (powerType === '') {
    throw refusal(
      'broken',
      'Unconfigured power type. Please configure the power type and try again.',
      { scope: scopeOf(machine) },
    );
  }
}

/** Starts commissioning (facts/maas-api 4.5). `tests` false is `testing_scripts=none`. */
export function commission(
  core: MaasCore,
  user: User,
  machine: Machine,
  options: { tests: boolean },
): void {
  checkCommissionable(machine);
  core.moveTo(machine, S.COMMISSIONING, {
    owner: user.username,
    powerState: 'on',
    commissioningStatus: SCRIPT.RUNNING,
    commissioningResultId: core.newResultId(),
    errorDescription: '',
  });
  core.later(machine, 'commission', core.durations.commission, () => {
    if (options.tests) {
      core.moveTo(machine, S.TESTING, {
        commissioningStatus: SCRIPT.PASSED,
        testingStatus: SCRIPT.RUNNING,
        testingResultId: core.newResultId(),
      });
      core.later(machine, 'test', core.durations.test, () => becomeReady(core, machine));
    } else {
      core.change(machine, { commissioningStatus: SCRIPT.PASSED });
      becomeReady(core, machine);
    }
  });
}

function becomeReady(core: MaasCore, machine: Machine): void {
  const tested = machine.state.status === S.TESTING;
  core.moveTo(machine, S.READY, {
    owner: null,
    powerState: 'off',
    ...(tested ? { testingStatus: SCRIPT.PASSED } : {}),
  });
}

function unavailableAction(action: string, machine: Machine) {
  return fieldRefusal(
    '__all__',
    `${action} is not available because of the current state of the node.`,
    {
      code: 'maas-transition-illegal',
      operation: `${action.toLowerCase()} a machine`,
      wanted: action,
      found: [statusName(machine.state.status)],
      scope: scopeOf(machine),
    },
  );
}

/** Starts hardware tests (facts/maas-api 4.8). */
export function test(core: MaasCore, user: User, machine: Machine): void {
  const before = machine.state;
  if (!TESTABLE.has(before.status)) throw unavailableAction('Test', machine);
  const powerBefore = before.powerState;
  core.moveTo(machine, S.TESTING, {
    owner: before.owner ?? user.username,
    powerState: 'on',
    testingStatus: SCRIPT.RUNNING,
    testingResultId: core.newResultId(),
  });
  core.later(machine, 'test', core.durations.test, () => {
    core.moveTo(machine, settled(machine, statusAfterTest(before.status)), {
      owner: before.owner,
      powerState: powerBefore,
      testingStatus: SCRIPT.PASSED,
    });
  });
}

export function overrideFailedTesting(core: MaasCore, machine: Machine): void {
  if (machine.state.status !== S.FAILED_TESTING) {
    throw refusal(
      'conflict',
      "Unable to override node status. Node is not in 'Failed testing' status.",
      { found: [statusName(machine.state.status)], scope: scopeOf(machine) },
    );
  }
  core.moveTo(machine, machine.state.osystem === '' ? S.READY : S.DEPLOYED, {
    errorDescription: '',
  });
}

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
  core.cancelStep(machine);
  core.moveTo(machine, target, {
    powerState: 'off',
    statusMessage: `Aborted ${statusName(status).toLowerCase()}`,
    ...(status === S.COMMISSIONING ? { owner: null, commissioningStatus: SCRIPT.ABORTED } : {}),
    ...(status === S.TESTING ? { testingStatus: SCRIPT.ABORTED } : {}),
  });
}

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
  core.cancelStep(machine);
  core.moveTo(machine, S.BROKEN, {
    errorDescription: comment,
    ...(wasDeployed
      ? {}
      : {
          owner: null,
          ownerData: {},
          agentName: '',
          interfaces: giveBackAddresses(core, machine),
        }),
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
  core.moveTo(machine, deployed ? S.DEPLOYED : S.READY, {
    errorDescription: '',
    ...(deployed
      ? {}
      : { osystem: '', distroSeries: '', hweKernel: null, owner: null, ownerData: {} }),
  });
}

/** facts/maas-api 4.9. */
export function rescueMode(core: MaasCore, user: User, machine: Machine): void {
  core.checkTransition(machine, S.ENTERING_RESCUE_MODE);
  const before = machine.state;
  core.moveTo(machine, S.ENTERING_RESCUE_MODE, { owner: user.username, powerState: 'on' });
  core.later(machine, 'rescue', core.durations.rescue, () => {
    // Leaving goes back to where the machine came from, so that must survive this change.
    core.moveTo(machine, S.RESCUE_MODE);
    core.change(machine, { previousStatus: before.status });
  });
}

export function exitRescueMode(core: MaasCore, machine: Machine): void {
  core.checkTransition(machine, S.EXITING_RESCUE_MODE);
  const cameFrom = machine.state.previousStatus;
  core.moveTo(machine, S.EXITING_RESCUE_MODE);
  const target = settled(machine, cameFrom);
  core.later(machine, 'rescue', core.durations.rescue, () => {
    const deployed = target === S.DEPLOYED;
    core.moveTo(machine, target, {
      powerState: deployed ? 'on' : 'off',
      ...(deployed ? {} : { owner: null }),
    });
  });
}

/** Where a step leads: back to `wanted`, or where a machine rests when the table forbids that. */
function settled(machine: Machine, wanted: Status): Status {
  if (wanted !== machine.state.status && mayFollow(machine.state.status, wanted)) return wanted;
  return machine.state.osystem === '' ? S.READY : S.DEPLOYED;
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
