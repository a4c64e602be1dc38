/** Nodes of any type, and the controllers of racks and regions (facts/maas-api 3.4). */
import type { MaasCore } from '../../core/core.ts';
import { notFound } from '../../core/refusal.ts';
import { JSON_TYPE, json } from '../answers.ts';
import { controllerObject, deviceObject } from '../render/machine.ts';
import type { Action, Resource } from '../routes.ts';
import { anonymousNodes as anon } from './anonymous-nodes.ts';

const nodeActions: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'Read a machine, device or controller, each in its own shape.',
    run: (call) => {
      const { core, user, path } = call;
      const systemId = path.system_id!;
      const found = core.devices.get(systemId);
      if (found) return json(deviceObject(core, found));
      const rack = core.rackControllers.find((candidate) => candidate.systemId === systemId);
      if (rack) return json(controllerObject(core, rack, 'rackcontrollers'));
      if (!core.findMachine(systemId)) throw notFound('Node', systemId);
      const machine = core.machine(user, systemId);
      return { status: 200, contentType: JSON_TYPE, body: call.render.machineText(machine) };
    },
  },
];

function controllers(collection: 'rackcontrollers' | 'regioncontrollers', model: string) {
  const ofCollection = (core: MaasCore) =>
    core.rackControllers.filter((rack) => collection === 'rackcontrollers' || rack.nodeType === 4);
  const list: Action = {
    method: 'GET',
    op: null,
    doc: 'List the controllers.',
    // In lists only administrators see them (facts/maas-api 2.3).
    run: ({ core, user }) =>
      json(
        user.isSuperuser
          ? ofCollection(core).map((rack) => controllerObject(core, rack, collection))
          : [],
      ),
  };
  const read: Action = {
    method: 'GET',
    op: null,
    doc: 'Read one controller.',
    run: ({ core, path }) => {
      const rack = ofCollection(core).find((candidate) => candidate.systemId === path.system_id);
      if (!rack) throw notFound(model, path.system_id!);
      return json(controllerObject(core, rack, collection));
    },
  };
  return { list, read };
}

const racks = controllers('rackcontrollers', 'RackController');
const regions = controllers('regioncontrollers', 'RegionController');

export const nodeResources: readonly Resource[] = [
  { path: 'nodes/{system_id}/', auth: { name: 'NodeHandler', actions: nodeActions }, anon: null },
  {
    path: 'rackcontrollers/',
    auth: { name: 'RackControllersHandler', actions: [racks.list] },
    anon,
  },
  {
    path: 'rackcontrollers/{system_id}/',
    auth: { name: 'RackControllerHandler', actions: [racks.read] },
    anon: null,
  },
  {
    path: 'regioncontrollers/',
    auth: { name: 'RegionControllersHandler', actions: [regions.list] },
    anon,
  },
  {
    path: 'regioncontrollers/{system_id}/',
    auth: { name: 'RegionControllerHandler', actions: [regions.read] },
    anon: null,
  },
  // No VM hosts are simulated: both collections are there and empty (facts/maas-api 1.3).
  ...['vm-hosts/', 'pods/'].map(
    (path): Resource => ({
      path,
      auth: {
        name: path === 'pods/' ? 'PodsHandler' : 'VmHostsHandler',
        actions: [{ method: 'GET', op: null, doc: 'List the VM hosts.', run: () => json([]) }],
      },
      anon: null,
    }),
  ),
];
