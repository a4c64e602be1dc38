/** The collection `machines/` (facts/maas-api 3.1). */
import { allocate } from '../../core/allocate.ts';
import { clone } from '../../core/clone.ts';
import { createMachine } from '../../core/machines.ts';
import { canEdit } from '../../core/permissions.ts';
import { refusal } from '../../core/refusal.ts';
import { STATUS } from '../../core/status.ts';
import { type Answer, DELETED, json, text } from '../answers.ts';
import { reducedMachineObject } from '../render/machine.ts';
import type { Action, AnonymousAction, Resource, UserCall } from '../routes.ts';
import { byMacAddress, isRegistered } from './anonymous-nodes.ts';
import { acceptAll, acceptMany, releaseMany } from './bulk.ts';
import { bridgeOptions, machineResource } from './machine.ts';
import { machineAnswer, machineList, wantedMachines } from './machine-list.ts';

export const machineResources: readonly Resource[] = [
  {
    path: 'machines/',
    auth: { name: 'MachinesHandler', actions: collectionActions() },
    anon: { name: 'AnonMachinesHandler', actions: anonymousActions() },
  },
  machineResource,
];

const CHASSIS_TYPES = new Set([
  'mscm',
  'msftocs',
  'powerkvm',
  'proxmox',
  'recs_box',
  'seamicro15k',
  'ucsm',
  'virsh',
  'vmware',
  'hmcz',
]);

function collectionActions(): Action[] {
  return [
    {
      method: 'GET',
      op: null,
      doc: 'List the machines that the caller may see.',
      run: (call) => machineList(call, wantedMachines(call, call.params.sent)),
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
        const { machine, matches } = allocate(call.core, call.user, call.params.sent, {
          dryRun: call.params.flag('dry_run'),
          verbose: call.params.flag('verbose'),
          bridges: bridgeOptions(call.params),
        });
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
      run: acceptAll,
    },
    {
      method: 'POST',
      op: 'clone',
      doc: 'Set machines up as another one is.',
      admin: true,
      run: ({ core, user, params }) => {
        clone(core, user, params);
        return DELETED;
      },
    },
    {
      method: 'POST',
      op: 'add_chassis',
      doc: 'Add every machine of a chassis. Nothing is ever found: there is no chassis to ask.',
      admin: true,
      run: ({ core, params }) => {
        const type = params.mandatory('chassis_type');
        const hostname = params.mandatory('hostname');
        if (!CHASSIS_TYPES.has(type)) {
          throw refusal(
            'invalid',
            { chassis_type: [`Value must be one of: ${[...CHASSIS_TYPES].join(', ')}`] },
            { wanted: type },
          );
        }
        const racks = core.rackControllers.map((rack) => rack.hostname).join(', ');
        return text(`Asking ${racks} to add machines from chassis ${hostname}`);
      },
    },
    {
      method: 'POST',
      op: 'set_zone',
      doc: 'Put machines into a zone.',
      admin: true,
      run: setZone,
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

/** `set_zone`: those of the named machines that the caller may change. */
export function setZone({ core, user, params }: UserCall): Answer {
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
}
