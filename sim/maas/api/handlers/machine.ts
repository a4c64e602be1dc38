/**
 * `machines/{system_id}/` (facts/maas-api 3.2). Handlers read parameters, call the core and render;
 * they decide nothing.
 */
import { deploy } from '../../core/deploy.ts';
import {
  abort,
  annotate,
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
import { updateMachine } from '../../core/machines.ts';
import type { Machine } from '../../core/objects.ts';
import { refusal } from '../../core/refusal.ts';
import { DELETED, json } from '../answers.ts';
import { formFlag } from '../params.ts';
import type { Action, Call, Resource, UserCall } from '../routes.ts';
import { machineAnswer } from './machine-list.ts';

export const machineResource: Resource = {
  path: 'machines/{system_id}/',
  auth: { name: 'MachineHandler', actions: machineActions() },
  anon: null,
};

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
