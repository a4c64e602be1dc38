/**
 * What is inside one machine and how it is set up by itself: its details, its own API key, what the
 * installer is told, and going back to what commissioning found (facts/maas-api 3.2).
 */
import { stringify } from 'yaml';
import type { MaasCore } from '../../core/core.ts';
import { arrangeDisks, freshInterfaces } from '../../core/discovery.ts';
import { clearDefaultGateways } from '../../core/interface-links.ts';
import { lldpTree, lshwTree } from '../../core/lshw.ts';
import type { Machine } from '../../core/objects.ts';
import { refusal, scopeOf } from '../../core/refusal.ts';
import { STATUS, statusName } from '../../core/status.ts';
import { xmlText } from '../../core/xml.ts';
import { type Answer, json, text } from '../answers.ts';
import { bsonDocument } from '../bson.ts';
import type { Action } from '../routes.ts';
import { machineAnswer } from './machine-list.ts';

/** `details`: what lshw and lldpd found, null before the machine was commissioned. */
export function detailsAnswer(machine: Machine): Answer {
  const known = machine.state.commissioningResultId !== null;
  return {
    status: 200,
    contentType: 'application/bson',
    body: bsonDocument({
      lshw: known ? xmlText(lshwTree(machine)) : null,
      lldp: known ? xmlText(lldpTree(machine.state)) : null,
    }),
  };
}

const IN_DEPLOYMENT: ReadonlySet<number> = new Set([
  STATUS.DEPLOYING,
  STATUS.DEPLOYED,
  STATUS.FAILED_DEPLOYMENT,
]);

function curtinConfig(core: MaasCore, machine: Machine): string {
  const { state } = machine;
  const network = state.interfaces.map((iface) => ({
    id: iface.name,
    name: iface.name,
    type: iface.type,
    mac_address: iface.mac,
    subnets: iface.links.map((link) =>
      link.ip === null
        ? { type: link.mode === 'dhcp' ? 'dhcp4' : 'manual' }
        : { type: 'static', address: link.ip },
    ),
  }));
  return stringify({
    kernel: { package: `linux-${state.hweKernel ?? 'generic'}`, mapping: {} },
    install: { log_file: '/tmp/install.log', unmount: 'disabled' },
    network: { version: 1, config: network },
    reporting: { maas: { type: 'webhook', endpoint: `/MAAS/metadata/status/${machine.systemId}` } },
    sources: [`${state.osystem}/${state.distroSeries}`],
    verbosity: core.config.get('curtin_verbose') === true ? 3 : 1,
  });
}

function restore(
  op: string,
  doc: string,
  what: string,
  parts: { readonly network: boolean; readonly storage: boolean },
): Action {
  return {
    method: 'POST',
    op,
    doc,
    run: (call) => {
      const { core } = call;
      const machine = core.administrable(call.user, call.path.system_id!);
      const { status } = machine.state;
      if (status !== STATUS.READY && status !== STATUS.FAILED_TESTING) {
        throw refusal(
          'conflict',
          `Machine must be in a ready or failed testing state to restore ${what}`,
          {
            code: 'maas-transition-illegal',
            operation: `restore ${what}`,
            wanted: statusName(STATUS.READY),
            found: [statusName(status)],
            scope: scopeOf(machine),
          },
        );
      }
      core.change(machine, {
        ...(parts.network ? { interfaces: freshInterfaces(core, machine) } : {}),
      });
      if (parts.storage) arrangeDisks(core, machine);
      return machineAnswer(call, machine);
    },
  };
}

export const machineInsideActions: readonly Action[] = [
  {
    method: 'GET',
    op: 'details',
    doc: 'What commissioning found, as BSON.',
    run: ({ core, user, path }) => detailsAnswer(core.machine(user, path.system_id!)),
  },
  {
    method: 'GET',
    op: 'get_token',
    doc: 'The API key of the machine itself.',
    admin: true,
    run: ({ core, user, path }) => {
      const machine = core.machine(user, path.system_id!);
      // A machine that never ran anything of MAAS has no key yet.
      if (machine.state.commissioningResultId === null) return json(null);
      const token = core.accounts.machineToken(machine);
      return json({
        token_key: token.tokenKey,
        token_secret: token.tokenSecret,
        consumer_key: token.consumerKey,
      });
    },
  },
  {
    method: 'GET',
    op: 'get_curtin_config',
    doc: 'What the installer is told.',
    run: ({ core, user, path }) => {
      const machine = core.machine(user, path.system_id!);
      if (!IN_DEPLOYMENT.has(machine.state.status)) {
        throw refusal(
          'invalid',
          `Machine ${machine.state.hostname} is not in a deployment state.`,
          { found: [statusName(machine.state.status)], scope: scopeOf(machine) },
        );
      }
      return text(curtinConfig(core, machine));
    },
  },
  {
    method: 'POST',
    op: 'clear_default_gateways',
    doc: 'Let MAAS choose the default gateways again.',
    run: (call) => {
      const machine = call.core.administrable(call.user, call.path.system_id!);
      clearDefaultGateways(call.core, machine);
      return machineAnswer(call, machine);
    },
  },
  restore(
    'restore_networking_configuration',
    'Set the network up as commissioning would.',
    'networking configuration',
    { network: true, storage: false },
  ),
  restore(
    'restore_storage_configuration',
    'Set the disks up as commissioning would.',
    'storage configuration.',
    { network: false, storage: true },
  ),
  restore(
    'restore_default_configuration',
    'Set network and disks up as commissioning would.',
    'default networking and storage configuration.',
    { network: true, storage: true },
  ),
];
