/**
 * `machines/` and `machines/{system_id}/` (facts/maas-api 3.1, 3.2). Handlers read parameters, call
 * the core and render; they decide nothing. Bulk operations look at every machine before they touch
 * the first, because a refusal must leave all of them as they were (facts/maas-api 0.18).
 */
import { allocate } from '../../core/allocate.ts';
import { filterConstraints, type Sent } from '../../core/constraints.ts';
import { canEdit, canView, type MaasCore } from '../../core/core.ts';
import { deploy } from '../../core/deploy.ts';
import { matchInterfaces } from '../../core/interface-constraint.ts';
import {
  abort,
  annotate,
  checkCommissionable,
  commission,
  exitRescueMode,
  lock,
  markBroken,
  markFixed,
  overrideFailedTesting,
  powerOn,
  release,
  rescueMode,
  test,
} from '../../core/lifecycle.ts';
import { createMachine, updateMachine } from '../../core/machines.ts';
import type { Machine, User } from '../../core/objects.ts';
import { refusal } from '../../core/refusal.ts';
import { RELEASABLE, STATUS, statusName } from '../../core/status.ts';
import { matchStorage } from '../../core/storage-constraint.ts';
import { type Answer, DELETED, JSON_TYPE, json, streamedList } from '../answers.ts';
import { formFlag, type Params } from '../params.ts';
import { reducedMachineObject } from '../render/machine.ts';
import type { Action, AnonymousAction, Call, Resource, UserCall } from '../routes.ts';
import { byMacAddress, isRegistered } from './anonymous-nodes.ts';

export const machineResources: readonly Resource[] = [
  {
    path: 'machines/',
    auth: { name: 'MachinesHandler', actions: collectionActions() },
    anon: { name: 'AnonMachinesHandler', actions: anonymousActions() },
  },
  {
    path: 'machines/{system_id}/',
    auth: { name: 'MachineHandler', actions: machineActions() },
    anon: null,
  },
];

/** The machines that the caller may see and that satisfy the filters, as a streamed list. */
export function listMachines(call: UserCall, filters: Sent = call.params.sent): Answer {
  const { core, user } = call;
  const constraints = filterConstraints(core, filters);
  const found = core.machines.filter(
    (machine) =>
      canView(user, machine.state) &&
      constraints.list.every((constraint) => constraint.test(machine)) &&
      (constraints.storage.length === 0 || matchStorage(constraints.storage, machine.state)) &&
      matchInterfaces(constraints.interfaces, machine.state),
  );
  return machineList(call, found);
}

/** A list of machines as they are now, however slowly it is read. */
export function machineList(call: Call, machines: readonly Machine[]): Answer {
  const snapshot = machines.map((machine) => ({ machine, state: machine.state }));
  return streamedList(snapshot, ({ machine, state }) => call.render.machineItem(machine, state));
}

function machineAnswer(call: Call, machine: Machine): Answer {
  return { status: 200, contentType: JSON_TYPE, body: call.render.machineText(machine) };
}

function collectionActions(): Action[] {
  return [
    {
      method: 'GET',
      op: null,
      doc: 'List the machines that the caller may see.',
      run: (call) => listMachines(call),
    },
    {
      method: 'POST',
      op: null,
      doc: 'Add a machine; an administrator also starts to commission it.',
      run: (call) => {
        const machine = createMachine(call.core, call.user, call.params);
        return machineAnswer(call, machine);
      },
    },
    {
      method: 'GET',
      op: 'list_allocated',
      doc: 'List the machines that are allocated to the caller.',
      run: (call) => {
        const ids = call.params.all('id');
        return machineList(
          call,
          call.core.machines.filter(
            (machine) =>
              machine.state.status === STATUS.ALLOCATED &&
              machine.state.owner === call.user.username &&
              (ids.length === 0 || ids.includes(machine.systemId)),
          ),
        );
      },
    },
    {
      method: 'GET',
      op: 'power_parameters',
      doc: 'Power parameters of several machines.',
      admin: true,
      run: ({ core, params }) => {
        const ids = params.all('id');
        const machines = core.machines.filter(
          (machine) => ids.length === 0 || ids.includes(machine.systemId),
        );
        return json(Object.fromEntries(machines.map((m) => [m.systemId, m.state.powerParameters])));
      },
    },
    {
      method: 'GET',
      op: 'is_registered',
      doc: 'Whether a MAC address is known.',
      run: isRegistered,
    },
    {
      method: 'POST',
      op: 'allocate',
      doc: 'Allocate a free machine that satisfies constraints.',
      run: (call) => {
        const dryRun = call.params.flag('dry_run');
        const { machine, matches } = allocate(call.core, call.user, call.params.sent, dryRun);
        // The answer has one more key than the machine, so it is not rendered from kept bytes.
        const object = JSON.parse(call.render.machineText(machine)) as Record<string, unknown>;
        return json({ ...object, constraints_by_type: matches });
      },
    },
    {
      method: 'POST',
      op: 'release',
      doc: 'Release several machines, or none of them.',
      run: releaseMany,
    },
    {
      method: 'POST',
      op: 'accept',
      doc: 'Accept machines that enlisted themselves.',
      run: acceptMany,
    },
    {
      method: 'POST',
      op: 'accept_all',
      doc: 'Accept every machine that enlisted itself.',
      run: (call) => {
        const fresh = call.core.machines.filter(({ state }) => state.status === STATUS.NEW);
        const may = fresh.filter(({ state }) => call.user.isSuperuser && canEdit(call.user, state));
        return acceptAll(call, may);
      },
    },
    {
      method: 'POST',
      op: 'set_zone',
      doc: 'Put machines into a zone.',
      admin: true,
      run: ({ core, user, params }) => {
        const name = params.mandatory('zone');
        const zone = [...core.zones.values()].find((candidate) => candidate.name === name);
        if (!zone) {
          throw refusal('invalid', {
            zone: ['Select a valid choice. That choice is not one of the available choices.'],
          });
        }
        const machines = params.all('nodes').flatMap((id) => core.findMachine(id) ?? []);
        for (const machine of machines) {
          if (canEdit(user, machine.state)) core.change(machine, { zoneId: zone.id });
        }
        return json(null);
      },
    },
  ];
}

function anonymousActions(): AnonymousAction[] {
  return [
    {
      method: 'POST',
      op: null,
      doc: 'Enlist a machine.',
      run: ({ core, params }) =>
        json(reducedMachineObject(core, createMachine(core, undefined, params))),
    },
    {
      method: 'POST',
      op: 'accept',
      doc: 'Refused: only for those who are logged in.',
      run: () => ({
        status: 401,
        contentType: 'text/plain; charset=utf-8',
        body: 'You must be logged in to accept machines.',
      }),
    },
    ...byMacAddress,
  ];
}

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

function releaseMany({ core, user, params }: UserCall): Answer {
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
  for (const machine of released) release(core, machine, { erase: false });
  return json(released.map((machine) => machine.systemId));
}

function acceptMany(call: UserCall): Answer {
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
  return acceptAll(call, accepted);
}

/** Commissions all or, when one of them cannot be, none. */
function acceptAll(call: UserCall, machines: readonly Machine[]): Answer {
  for (const machine of machines) checkCommissionable(machine);
  for (const machine of machines) commission(call.core, call.user, machine, { tests: true });
  return machineList(call, machines);
}

type Pick = 'view' | 'edit' | 'admin';

function machineActions(): Action[] {
  /** An operation on one machine, answered with the machine as it is afterwards. */
  const op = (
    method: 'POST',
    name: string,
    doc: string,
    who: Pick,
    work: (call: UserCall, machine: Machine) => void,
  ): Action => ({
    method,
    op: name,
    doc,
    run: (call) => {
      const machine = pick(call, who);
      work(call, machine);
      return machineAnswer(call, machine);
    },
  });
  const annotations = (name: string): Action =>
    op(
      'POST',
      name,
      'Set key=value annotations; an empty value removes one.',
      'edit',
      (call, m) => {
        const values = [...call.params.sent].filter(([key]) => key !== 'op');
        annotate(call.core, call.user, m, new Map(values.map(([k, list]) => [k, list.at(-1)!])));
      },
    );
  return [
    {
      method: 'GET',
      op: null,
      doc: 'Read one machine.',
      run: (call) => machineAnswer(call, pick(call, 'view')),
    },
    {
      method: 'PUT',
      op: null,
      doc: 'Change one machine.',
      run: (call) => {
        const machine = pick(call, 'admin');
        updateMachine(call.core, machine, call.params);
        return machineAnswer(call, machine);
      },
    },
    {
      method: 'DELETE',
      op: null,
      doc: 'Forget one machine.',
      run: (call) => {
        call.core.removeMachine(pick(call, 'admin'));
        return DELETED;
      },
    },
    {
      method: 'GET',
      op: 'power_parameters',
      doc: 'Power parameters of one machine.',
      admin: true,
      run: (call) => json(pick(call, 'view').state.powerParameters),
    },
    {
      method: 'GET',
      op: 'query_power_state',
      doc: 'Ask for the power state.',
      run: (call) => json({ state: pick(call, 'view').state.powerState }),
    },
    op('POST', 'deploy', 'Install an operating system.', 'edit', ({ core, user, params }, m) =>
      deploy(core, user, m, {
        distroSeries: params.text('distro_series'),
        userData: params.text('user_data'),
        hweKernel: params.text('hwe_kernel'),
        agentName: params.text('agent_name'),
        bridgeType: params.text('bridge_type'),
        installRackd: params.flag('install_rackd'),
        vmHost: params.flag('install_kvm') || params.flag('register_vmhost'),
        ephemeral: params.flag('ephemeral_deploy'),
        enableHwSync: params.flag('enable_hw_sync'),
        enableKernelCrashDump: params.flag('enable_kernel_crash_dump'),
      }),
    ),
    op('POST', 'release', 'Give the machine back.', 'edit', ({ core, params }, m) =>
      release(core, m, {
        erase:
          formFlag(params, 'erase', false) ||
          formFlag(params, 'secure_erase', false) ||
          formFlag(params, 'quick_erase', false),
      }),
    ),
    op('POST', 'commission', 'Find out what hardware it has.', 'admin', (call, m) => {
      checkScripts(call, 'commissioning_scripts', COMMISSIONING_SCRIPTS);
      checkScripts(call, 'testing_scripts', TESTING_SCRIPTS);
      const tests = call.params.text('testing_scripts') !== 'none';
      commission(call.core, call.user, m, { tests });
    }),
    op('POST', 'test', 'Run hardware tests.', 'admin', (call, m) => {
      checkScripts(call, 'testing_scripts', TESTING_SCRIPTS);
      test(call.core, call.user, m);
    }),
    op('POST', 'override_failed_testing', 'Ignore failed tests.', 'admin', ({ core }, m) =>
      overrideFailedTesting(core, m),
    ),
    op('POST', 'abort', 'Break off what it is doing.', 'edit', ({ core }, m) => abort(core, m)),
    op('POST', 'power_on', 'Turn it on.', 'edit', ({ core }, m) => powerOn(core, m)),
    op('POST', 'power_off', 'Turn it off.', 'edit', ({ core }, m) =>
      core.change(m, { powerState: 'off' }),
    ),
    op('POST', 'rescue_mode', 'Boot it into rescue mode.', 'admin', ({ core, user }, m) =>
      rescueMode(core, user, m),
    ),
    op('POST', 'exit_rescue_mode', 'Leave rescue mode.', 'admin', ({ core }, m) =>
      exitRescueMode(core, m),
    ),
    op('POST', 'lock', 'Protect it from changes.', 'view', ({ core }, m) => lock(core, m, true)),
    op('POST', 'unlock', 'Allow changes again.', 'view', ({ core }, m) => lock(core, m, false)),
    op('POST', 'mark_broken', 'Take it out of use.', 'edit', ({ core, user, params }, m) =>
      markBroken(core, user, m, params.text('comment') || params.text('error_description')),
    ),
    op('POST', 'mark_fixed', 'Take it into use again.', 'admin', ({ core }, m) =>
      markFixed(core, m),
    ),
    annotations('set_owner_data'),
    annotations('set_workload_annotations'),
  ];
}

function pick({ core, user, path }: UserCall, who: Pick): Machine {
  const systemId = path.system_id!;
  if (who === 'view') return core.machine(user, systemId);
  return who === 'edit' ? core.editable(user, systemId) : core.administrable(user, systemId);
}

// Names of the scripts that every installation has (facts/maas-api 9.5), and tags they go by.
const COMMISSIONING_SCRIPTS = new Set([
  '20-maas-01-install-lldpd',
  '20-maas-02-dhcp-unconfigured-ifaces',
  '20-maas-03-machine-resources',
  '30-maas-01-bmc-config',
  '40-maas-01-machine-config-hints',
  '50-maas-01-commissioning',
  'maas-capture-lldpd',
  'maas-kernel-cmdline',
  'maas-list-modaliases',
  'maas-lshw',
  'maas-serial-ports',
  'maas-support-info',
  'commissioning',
  'none',
]);
const TESTING_SCRIPTS = new Set([
  'smartctl-validate',
  'smartctl-short',
  'smartctl-long',
  'smartctl-conveyance',
  'badblocks',
  'badblocks-destructive',
  'fio',
  '7z',
  'stress-ng-cpu-long',
  'stress-ng-cpu-short',
  'stress-ng-memory-long',
  'stress-ng-memory-short',
  'memtester',
  'ntp',
  'internet-connectivity',
  'gateway-connectivity',
  'rack-controller-connectivity',
  'commissioning',
  'none',
]);

function checkScripts({ params }: Call, field: string, known: ReadonlySet<string>): void {
  const names = params.all(field).flatMap((value) => value.split(','));
  const unknown = names.find((name) => name !== '' && !known.has(name));
  if (unknown === undefined) return;
  throw refusal('invalid', {
    [field]: [`Select a valid choice. ${unknown} is not one of the available choices.`],
  });
}
