/**
 * Commissioning and testing (facts/maas-api 4.3, 4.5, 4.8, 9.5): which scripts run, what they find, and
 * where the machine goes afterwards. Everything that can be refused is checked first.
 */
import type { MaasCore } from './core.ts';
import { discover, hasConfiguredLink } from './discovery.ts';
import { type Fields, formFlag } from './fields.ts';
import type { Machine, User } from './objects.ts';
import { fieldRefusal, refusal, scopeOf } from './refusal.ts';
import { comeToRest, powerOff } from './resting.ts';
import { RESULT_TYPE } from './script-results.ts';
import { SCRIPT_TYPE, type Script } from './scripts.ts';
import { SCRIPT, STATUS, type Status, statusAfterTest, statusName, TESTABLE } from './status.ts';
import { type Ending, failStep } from './steps.ts';
import { tagByDefinitions } from './tagging.ts';
import { settled } from './transitions.ts';

const S = STATUS;

export interface CommissionRequest {
  readonly commissioningScripts: readonly Script[];
  readonly testingScripts: readonly Script[];
  readonly skipNetworking: boolean;
  readonly skipStorage: boolean;
  /** Leave the machine on when everything is done. */
  readonly enableSsh: boolean;
}

/** Commissioning as it is when nobody chooses anything. */
export function defaultCommissioning({ scripts }: MaasCore): CommissionRequest {
  return {
    commissioningScripts: scripts.defaults(SCRIPT_TYPE.COMMISSIONING),
    testingScripts: scripts.defaults(SCRIPT_TYPE.TESTING),
    skipNetworking: false,
    skipStorage: false,
    enableSsh: false,
  };
}

/**
 * What a client wants of commissioning: without a choice all default scripts, and for tests those
 * that are tagged `commissioning`. @throws Refusal 400 for scripts that there are not
 */
export function commissionRequest(core: MaasCore, fields: Fields): CommissionRequest {
  const { scripts } = core;
  const chosen = chosenNames(fields, 'commissioning_scripts').filter((name) => name !== 'none');
  const extra = scripts.chosen(SCRIPT_TYPE.COMMISSIONING, 'commissioning_scripts', chosen);
  const builtIn = scripts.ofType(SCRIPT_TYPE.COMMISSIONING).filter(({ isDefault }) => isDefault);
  return {
    // Those that come with MAAS run always; a choice replaces the others.
    commissioningScripts: fields.text('commissioning_scripts')
      ? [...new Set([...builtIn, ...extra])]
      : scripts.defaults(SCRIPT_TYPE.COMMISSIONING),
    testingScripts: testingScripts(core, fields, { none: true }),
    skipNetworking: formFlag(fields, 'skip_networking', false),
    skipStorage: formFlag(fields, 'skip_storage', false),
    enableSsh: formFlag(fields, 'enable_ssh', false),
  };
}

/**
 * The tests that a client chose, or the default ones.
 * @param options.none whether `none` is a choice: for commissioning it is, for testing not
 * @throws Refusal 400 for tests that there are not
 */
export function testingScripts(
  core: MaasCore,
  fields: Fields,
  options: { readonly none: boolean },
): Script[] {
  const names = chosenNames(fields, 'testing_scripts');
  if (names.length === 0) return core.scripts.defaults(SCRIPT_TYPE.TESTING);
  if (options.none && names.length === 1 && names[0] === 'none') return [];
  return core.scripts.chosen(SCRIPT_TYPE.TESTING, 'testing_scripts', names);
}

function chosenNames(fields: Fields, field: string): string[] {
  const names = fields.all(field).flatMap((value) => value.split(','));
  return names.map((name) => name.trim()).filter((name) => name !== '');
}

/** @throws Refusal 400 or 500 when the machine cannot be commissioned now */
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

/** Starts commissioning. @throws Refusal as {@link checkCommissionable} */
export function commission(
  core: MaasCore,
  user: User,
  machine: Machine,
  request: CommissionRequest,
): void {
  checkCommissionable(machine);
  const { interfaces, blockDevices, minHweKernel } = machine.state;
  if (!request.skipNetworking) core.network.release(interfaces.flatMap(({ links }) => links));
  core.moveTo(machine, S.COMMISSIONING, {
    owner: user.username,
    powerState: 'on',
    errorDescription: '',
    minHweKernel: minHweKernel || String(core.config.get('default_min_hwe_kernel') ?? ''),
    ...(request.skipNetworking
      ? {}
      : { interfaces: interfaces.map((iface) => ({ ...iface, links: [] })) }),
    ...(request.skipStorage
      ? {}
      : {
          layers: null,
          blockDevices: blockDevices.map((disk) => ({
            ...disk,
            filesystem: null,
            tableType: null,
            partitions: [],
          })),
        }),
  });
  const scripts = request.commissioningScripts;
  const setId = core.results.begin(machine, RESULT_TYPE.COMMISSIONING, scripts);
  core.change(machine, { commissioningResultId: setId, commissioningStatus: SCRIPT.RUNNING });
  core.steps.later(machine, 'commission', core.durations.commission, (ending) => {
    if (ending.failed) failCommissioning(core, machine, ending);
    else commissioned(core, machine, request);
  });
}

/** What commissioning leads to: what was found is known, and then the tests run, if any. */
function commissioned(core: MaasCore, machine: Machine, request: CommissionRequest): void {
  core.results.finish(machine, machine.state.commissioningResultId, SCRIPT.PASSED);
  discover(core, machine, {
    networking: request.skipNetworking,
    storage: request.skipStorage,
  });
  tagByDefinitions(core, [machine]);
  if (request.testingScripts.length === 0) {
    becomeReady(core, machine, request);
    return;
  }
  core.moveTo(machine, S.TESTING);
  runTests(core, machine, request.testingScripts, (ending) => {
    if (ending.failed) failTesting(core, machine, ending, { owner: null, powerState: 'off' });
    else becomeReady(core, machine, request);
  });
}

/** Ends commissioning badly: what had not ended yet is broken off. */
export function failCommissioning(core: MaasCore, machine: Machine, ending: Failure): void {
  const timedOut = isTimeout(ending.why);
  core.results.finish(
    machine,
    machine.state.commissioningResultId,
    timedOut ? SCRIPT.TIMED_OUT : SCRIPT.ABORTED,
    timedOut ? SCRIPT.TIMED_OUT : SCRIPT.FAILED,
  );
  failStep(core, machine, ending.why);
  core.change(machine, { owner: null });
}

type Failure = Extract<Ending, { failed: true }>;

function isTimeout(why: string): boolean {
  return why.includes('timed out');
}

function becomeReady(core: MaasCore, machine: Machine, request: CommissionRequest): void {
  comeToRest(core, machine, S.READY, {
    powerState: request.enableSsh ? 'on' : powerOff(machine),
  });
}

function runTests(
  core: MaasCore,
  machine: Machine,
  tests: readonly Script[],
  ended: (ending: Ending) => void,
): void {
  const setId = core.results.begin(machine, RESULT_TYPE.TESTING, tests);
  core.change(machine, { testingResultId: setId, testingStatus: SCRIPT.RUNNING });
  const names = [...new Set(tests.map(({ name }) => name))].join(', ');
  core.event(machine, 'Running test', names);
  core.steps.later(machine, 'test', core.durations.test, (ending) => {
    if (!ending.failed) core.results.finish(machine, setId, SCRIPT.PASSED);
    ended(ending);
  });
}

/** Ends testing badly: one test failed, the others did not, unless nothing was heard any more. */
export function failTesting(
  core: MaasCore,
  machine: Machine,
  ending: Failure,
  patch: Partial<Machine['state']>,
): void {
  const timedOut = isTimeout(ending.why);
  core.results.finish(
    machine,
    machine.state.testingResultId,
    timedOut ? SCRIPT.TIMED_OUT : SCRIPT.PASSED,
    timedOut ? SCRIPT.TIMED_OUT : SCRIPT.FAILED,
  );
  failStep(core, machine, ending.why);
  core.change(machine, patch);
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

function cannotTest(machine: Machine, text: string) {
  return fieldRefusal('__all__', text, {
    operation: 'test a machine',
    found: [statusName(machine.state.status)],
    scope: scopeOf(machine),
  });
}

/** Starts hardware tests. @throws Refusal 400 with the texts of facts/maas-api 4.8 */
export function test(
  core: MaasCore,
  user: User,
  machine: Machine,
  request: { readonly scripts: readonly Script[]; readonly enableSsh: boolean },
): void {
  const { scripts } = request;
  const before = machine.state;
  if (!TESTABLE.has(before.status)) throw unavailableAction('Test', machine);
  if (scripts.length === 0) throw cannotTest(machine, 'No testing scripts found!');
  if (before.status === S.DEPLOYED && scripts.some(({ destructive }) => destructive)) {
    throw cannotTest(machine, 'Unable to run destructive test while deployed!');
  }
  if (scripts.some((s) => s.applyNetworking) && !hasConfiguredLink(before)) {
    throw cannotTest(machine, 'An interface must be configured to run network testing!');
  }
  if (before.status === S.NEW && before.commissioningResultId === null) {
    throw cannotTest(
      machine,
      'Unable to start machine testing; this node has never been commissioned.',
    );
  }
  core.moveTo(machine, S.TESTING, { owner: before.owner ?? user.username, powerState: 'on' });
  runTests(core, machine, scripts, (ending) => {
    const power = request.enableSsh ? 'on' : before.powerState;
    const patch = { owner: before.owner, powerState: power };
    if (ending.failed) failTesting(core, machine, ending, patch);
    else comeToRest(core, machine, settled(machine.state, statusAfterTest(before.status)), patch);
  });
}

/** Lets a machine go on whose tests failed. @throws Refusal 409 from any other status */
export function overrideFailedTesting(core: MaasCore, machine: Machine): void {
  if (machine.state.status !== S.FAILED_TESTING) {
    throw refusal(
      'conflict',
      "Unable to override node status. Node is not in 'Failed testing' status.",
      { found: [statusName(machine.state.status)], scope: scopeOf(machine) },
    );
  }
  const target = machine.state.osystem === '' ? S.READY : S.DEPLOYED;
  comeToRest(core, machine, target, { errorDescription: '' });
}
