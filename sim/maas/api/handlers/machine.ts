/**
 * `machines/{system_id}/` (facts/maas-api 3.2). Handlers read parameters, call the core and render;
 * they decide nothing.
 */
import type { BridgeOptions } from '../../core/acquired-bridges.ts';
import {
  commission,
  commissionRequest,
  overrideFailedTesting,
  test,
  testingScripts,
} from '../../core/commission.ts';
import { deploy } from '../../core/deploy.ts';
import { formFlag } from '../../core/fields.ts';
import {
  abort,
  annotate,
  lock,
  markBroken,
  markFixed,
  powerOn,
  switchOff,
} from '../../core/lifecycle.ts';
import { updateMachine } from '../../core/machines.ts';
import type { Machine } from '../../core/objects.ts';
import { POWER_TYPES } from '../../core/power-types.ts';
import { release } from '../../core/release.ts';
import { exitRescueMode, rescueMode } from '../../core/rescue.ts';
import { SCRIPT_TYPE } from '../../core/scripts.ts';
import { checkRemovable } from '../../core/vm-hosts.ts';
import { DELETED, json } from '../answers.ts';
import type { Action, Resource, UserCall } from '../routes.ts';
import { machineInsideActions } from './machine-inside.ts';
import { machineAnswer } from './machine-list.ts';
import { machineStorageActions } from './storage-groups.ts';

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
        const machine = pick(call, 'admin');
        checkRemovable(call.core, machine, call.params.flag('force'));
        call.core.removeMachine(machine);
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
      run: (call) => json({ state: queriedPower(pick(call, 'view')) }),
    },
    op('POST', 'deploy', 'Install an operating system.', 'edit', ({ core, user, params }, m) =>
      deploy(core, user, m, {
        distroSeries: params.text('distro_series'),
        userData: params.text('user_data'),
        hweKernel: params.text('hwe_kernel'),
        agentName: params.text('agent_name'),
        bridges: bridgeOptions(params),
        installRackd: params.flag('install_rackd'),
        vmHost: params.flag('register_vmhost')
          ? 'lxd'
          : params.flag('install_kvm')
            ? 'virsh'
            : null,
        ephemeral: params.flag('ephemeral_deploy'),
        enableHwSync: params.flag('enable_hw_sync'),
        enableKernelCrashDump: params.flag('enable_kernel_crash_dump'),
      }),
    ),
    op('POST', 'release', 'Give the machine back.', 'edit', ({ core, params }, m) => {
      const names = params.all('scripts').flatMap((value) => value.split(','));
      const chosen = names.filter((name) => name !== '');
      release(core, m, {
        erase:
          formFlag(params, 'erase', false) ||
          formFlag(params, 'secure_erase', false) ||
          formFlag(params, 'quick_erase', false),
        scripts: core.features.releaseScripts
          ? core.scripts.chosen(SCRIPT_TYPE.RELEASE, 'scripts', chosen)
          : [],
      });
    }),
    op('POST', 'commission', 'Find out what hardware it has.', 'admin', (call, m) =>
      commission(call.core, call.user, m, commissionRequest(call.core, call.params)),
    ),
    op('POST', 'test', 'Run hardware tests.', 'admin', ({ core, user, params }, m) =>
      test(core, user, m, {
        scripts: testingScripts(core, params, { none: false }),
        enableSsh: formFlag(params, 'enable_ssh', false),
      }),
    ),
    op('POST', 'override_failed_testing', 'Ignore failed tests.', 'admin', ({ core }, m) =>
      overrideFailedTesting(core, m),
    ),
    op('POST', 'abort', 'Break off what it is doing.', 'edit', ({ core }, m) => abort(core, m)),
    op('POST', 'power_on', 'Turn it on.', 'edit', ({ core }, m) => powerOn(core, m)),
    {
      method: 'POST',
      op: 'power_off',
      doc: 'Turn it off.',
      // Null tells that there is no way to turn it off (facts/maas-api 3.2).
      run: (call) => {
        const machine = pick(call, 'edit');
        return switchOff(call.core, machine) ? machineAnswer(call, machine) : json(null);
      },
    },
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
    ...machineInsideActions,
    ...machineStorageActions(machineAnswer),
    annotations('set_owner_data'),
    annotations('set_workload_annotations'),
  ];
}

function pick({ core, user, path }: UserCall, who: Pick): Machine {
  const systemId = path.system_id!;
  if (who === 'view') return core.machine(user, systemId);
  return who === 'edit' ? core.editable(user, systemId) : core.administrable(user, systemId);
}

/** MAAS cannot ask a machine without a power type, or with a manual one (facts/maas-api 9.7). */
function queriedPower({ state }: Machine): string {
  return POWER_TYPES.get(state.powerType)?.queryable ? state.powerState : 'unknown';
}

/** How bridges are made over the interfaces of a machine that is acquired. */
export function bridgeOptions(params: UserCall['params']): BridgeOptions {
  const delay = params.text('bridge_fd');
  return {
    // A VM host gets bridges unless told otherwise (facts/maas-api 4.4).
    all: params.flag('bridge_all', params.flag('install_kvm') || params.flag('register_vmhost')),
    type: params.text('bridge_type'),
    stp: params.flag('bridge_stp'),
    forwardDelay: /^\d{1,5}$/.test(delay) ? Number(delay) : 0,
  };
}
