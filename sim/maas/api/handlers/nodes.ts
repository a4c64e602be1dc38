/** Nodes of any type, each in its own shape (facts/maas-api 3.4). */
import { filterConstraints } from '../../core/constraints.ts';
import { deviceOf } from '../../core/devices.ts';
import { notFound } from '../../core/refusal.ts';
import { type Answer, DELETED, JSON_TYPE, json, jsonText, streamedList } from '../answers.ts';
import { bsonDocument } from '../bson.ts';
import { controllerObject, deviceObject } from '../render/machine.ts';
import type { Action, Resource, UserCall } from '../routes.ts';
import { anonymousNodes, isRegistered } from './anonymous-nodes.ts';
import { listControllers } from './controllers.ts';
import { listDevices } from './devices.ts';
import { detailsAnswer } from './machine-inside.ts';
import { wantedMachines } from './machine-list.ts';
import { setZone } from './machines.ts';

/** Devices, then machines, then racks, then regions. */
function listNodes(call: UserCall): Answer {
  const { core, params } = call;
  filterConstraints(core, params.sent);
  const item = (object: unknown) => () => Buffer.from(jsonText(object).replaceAll('\n', '\n    '));
  const machines = wantedMachines(call, params.sent).map((machine) => {
    const { state } = machine;
    return () => call.render.machineItem(machine, state, core.machines.length);
  });
  // Controllers answer to a filter by id; by anything else that one asks of machines, none does.
  const others = [...params.sent.keys()].filter((name) => !['op', 'id'].includes(name));
  const ids = params.all('id');
  const controllers = (['rackcontrollers', 'regioncontrollers'] as const)
    .flatMap((collection) => listControllers(call, collection))
    .filter(({ system_id }) => ids.length === 0 || ids.includes(system_id))
    .filter(() => others.length === 0);
  const all = [...listDevices(call).map(item), ...machines, ...controllers.map(item)];
  return streamedList(all, (render) => render());
}

const nodeActions: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'Read a machine, device or controller, each in its own shape.',
    run: (call) => {
      const { core, user, path } = call;
      const systemId = path.system_id!;
      const device = core.devices.get(systemId);
      if (device) return json(deviceObject(core, device));
      const rack = core.rackControllers.find((candidate) => candidate.systemId === systemId);
      if (rack) return json(controllerObject(core, rack, 'rackcontrollers'));
      if (!core.findMachine(systemId)) throw notFound('Node', systemId);
      const machine = core.machine(user, systemId);
      return { status: 200, contentType: JSON_TYPE, body: call.render.machineBytes(machine) };
    },
  },
  {
    method: 'DELETE',
    op: null,
    doc: 'Forget a machine or device.',
    run: ({ core, user, path }) => {
      const systemId = path.system_id!;
      if (core.devices.has(systemId)) {
        core.removeDevice(deviceOf(core, user, systemId, true));
        return DELETED;
      }
      if (!core.findMachine(systemId)) throw notFound('Node', systemId);
      core.removeMachine(core.administrable(user, systemId));
      return DELETED;
    },
  },
  {
    method: 'GET',
    op: 'details',
    doc: 'What commissioning found, as BSON.',
    run: ({ core, user, path }) => {
      const systemId = path.system_id!;
      if (core.findMachine(systemId)) return detailsAnswer(core.machine(user, systemId));
      checkKnown(core, systemId);
      const body = bsonDocument({ lshw: null, lldp: null });
      return { status: 200, contentType: 'application/bson', body };
    },
  },
  {
    method: 'GET',
    op: 'power_parameters',
    doc: 'Power parameters of one node.',
    admin: true,
    run: ({ core, path }) => {
      const machine = core.findMachine(path.system_id!);
      if (machine) return json(machine.state.powerParameters);
      checkKnown(core, path.system_id!);
      return json({});
    },
  },
];

/** @throws Refusal 404 for what is neither device nor controller */
function checkKnown(core: UserCall['core'], systemId: string): void {
  if (core.devices.has(systemId)) return;
  if (core.rackControllers.some((rack) => rack.systemId === systemId)) return;
  throw notFound('Node', systemId);
}

export const nodeResources: readonly Resource[] = [
  {
    path: 'nodes/',
    auth: {
      name: 'NodesHandler',
      actions: [
        { method: 'GET', op: null, doc: 'List nodes of every type.', run: listNodes },
        {
          method: 'GET',
          op: 'is_registered',
          doc: 'Whether a MAC address is known.',
          run: isRegistered,
        },
        {
          method: 'POST',
          op: 'set_zone',
          doc: 'Put machines into a zone.',
          admin: true,
          run: setZone,
        },
      ],
    },
    anon: anonymousNodes,
  },
  { path: 'nodes/{system_id}/', auth: { name: 'NodeHandler', actions: nodeActions }, anon: null },
];
