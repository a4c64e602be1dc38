/** The controllers of racks and of the region (facts/maas-api 3.4). */
import type { MaasCore } from '../../core/core.ts';
import { commonPlace } from '../../core/machine-form.ts';
import type { RackController } from '../../core/objects.ts';
import { POWER_TYPES } from '../../core/power-types.ts';
import { notFound, refusal } from '../../core/refusal.ts';
import { type Answer, DELETED, json, text } from '../answers.ts';
import { bsonDocument } from '../bson.ts';
import { controllerObject } from '../render/machine.ts';
import type { Action, Resource, UserCall } from '../routes.ts';
import { anonymousNodes as anon, isRegistered } from './anonymous-nodes.ts';

type Collection = 'rackcontrollers' | 'regioncontrollers';

/** Those that a collection holds; a combined one is in both. */
function ofCollection(core: MaasCore, collection: Collection): RackController[] {
  const { rackControllers } = core;
  return rackControllers.filter(
    ({ nodeType }) => collection === 'rackcontrollers' || nodeType === 4,
  );
}

/** The controllers of a collection that the caller may list: only administrators see any. */
export function listControllers({ core, user }: UserCall, collection: Collection) {
  if (!user.isSuperuser) return [];
  return ofCollection(core, collection).map((rack) => controllerObject(core, rack, collection));
}

function find({ core, path }: UserCall, collection: Collection): RackController {
  const racks = ofCollection(core, collection);
  const found = racks.find(({ systemId }) => systemId === path.system_id);
  if (found) return found;
  throw notFound(
    collection === 'rackcontrollers' ? 'RackController' : 'RegionController',
    path.system_id!,
  );
}

function replace(core: MaasCore, changed: RackController): void {
  const at = core.rackControllers.findIndex(({ systemId }) => systemId === changed.systemId);
  core.rackControllers[at] = changed;
}

function single(collection: Collection): Action[] {
  const shown = (call: UserCall, rack: RackController) =>
    json(controllerObject(call.core, rack, collection));
  return [
    {
      method: 'GET',
      op: null,
      doc: 'Read one controller.',
      run: (call) => shown(call, find(call, collection)),
    },
    {
      method: 'PUT',
      op: null,
      doc: 'Change one controller.',
      admin: true,
      run: (call) => {
        const before = find(call, collection);
        const after: RackController = {
          ...before,
          ...commonPlace(call.core, call.params),
          description: call.params.optional('description') ?? before.description,
        };
        replace(call.core, after);
        return shown(call, after);
      },
    },
    {
      method: 'DELETE',
      op: null,
      doc: 'Remove one controller.',
      admin: true,
      run: (call) => removeController(call, find(call, collection)),
    },
    {
      method: 'GET',
      op: 'details',
      doc: 'What commissioning found, as BSON.',
      run: (call) => {
        find(call, collection);
        const body = bsonDocument({ lshw: null, lldp: null });
        return { status: 200, contentType: 'application/bson', body };
      },
    },
    {
      method: 'GET',
      op: 'power_parameters',
      doc: 'Power parameters of one controller.',
      admin: true,
      run: (call) => {
        find(call, collection);
        return json({});
      },
    },
  ];
}

/** A rack that serves DHCP is still needed, unless the caller insists. */
function removeController({ core, params }: UserCall, rack: RackController): Answer {
  const serving = [...core.network.vlans.values()].filter(
    ({ primaryRack }) => primaryRack === rack.systemId,
  );
  if (rack.nodeType === 4 || (serving.length > 0 && !params.flag('force'))) {
    const names = serving.map(({ id }) => `vlan ${id}`).join(', ');
    throw refusal(
      'invalid',
      `Unable to delete '${rack.hostname}'; it is currently set as a primary rack controller on VLANs ${names}.`,
      { wanted: rack.systemId, found: [names] },
    );
  }
  core.rackControllers.splice(core.rackControllers.indexOf(rack), 1);
  for (const vlan of serving) {
    core.network.vlans.set(vlan.id, { ...vlan, primaryRack: null, dhcpOn: false });
  }
  core.catalogueRevision++;
  return DELETED;
}

const rackOnly: readonly Action[] = [
  {
    method: 'GET',
    op: 'query_power_state',
    doc: 'Ask for the power state.',
    run: (call) => {
      find(call, 'rackcontrollers');
      // It runs the very software that would be asked to switch it.
      return json({ state: 'unknown' });
    },
  },
  {
    method: 'GET',
    op: 'list_boot_images',
    doc: 'Which images the rack has.',
    admin: true,
    run: (call) => {
      find(call, 'rackcontrollers');
      const images = [...call.core.bootResources.values()].map((resource) => ({
        name: resource.name,
        architecture: resource.architecture.split('/')[0],
        subarches: resource.subarches.split(','),
      }));
      return json({ images, connected: true, status: 'synced' });
    },
  },
  {
    method: 'POST',
    op: 'import_boot_images',
    doc: 'Let the rack fetch the images.',
    admin: true,
    run: (call) => {
      find(call, 'rackcontrollers');
      return text('Import of boot images started', 202);
    },
  },
];

const powerParameters: Action = {
  method: 'GET',
  op: 'power_parameters',
  doc: 'Power parameters of several controllers.',
  admin: true,
  run: ({ core, params }) => {
    const ids = params.all('id');
    const racks = core.rackControllers.filter(
      ({ systemId }) => ids.length === 0 || ids.includes(systemId),
    );
    return json(Object.fromEntries(racks.map(({ systemId }) => [systemId, {}])));
  },
};

const registered: Action = {
  method: 'GET',
  op: 'is_registered',
  doc: 'Whether a MAC address is known.',
  run: isRegistered,
};

function list(collection: Collection): Action {
  return {
    method: 'GET',
    op: null,
    doc: 'List the controllers.',
    run: (call) => json(listControllers(call, collection)),
  };
}

const describePowerTypes: Action = {
  method: 'GET',
  op: 'describe_power_types',
  doc: 'How machines can be switched, and what MAAS must know for that.',
  admin: true,
  run: () =>
    json(
      [...POWER_TYPES.values()].map((type) => ({
        driver_type: 'power',
        name: type.name,
        description: type.description,
        chassis: type.chassis,
        can_probe: type.chassis,
        can_set_boot_order: false,
        queryable: type.queryable,
        missing_packages: [],
        fields: type.fields.map((field) => ({
          name: field.name,
          label: field.label,
          required: field.required,
          field_type: field.secret ? 'password' : 'string',
          choices: [],
          default: '',
          scope: field.name === 'power_address' ? 'bmc' : 'node',
          secret: field.secret,
        })),
      })),
    ),
};

const importEverywhere: Action = {
  method: 'POST',
  op: 'import_boot_images',
  doc: 'Let every rack fetch the images.',
  admin: true,
  run: () => text('Import of boot images started on all rack controllers', 202),
};

export const controllerResources: readonly Resource[] = [
  {
    path: 'rackcontrollers/',
    auth: {
      name: 'RackControllersHandler',
      actions: [
        list('rackcontrollers'),
        registered,
        powerParameters,
        describePowerTypes,
        importEverywhere,
      ],
    },
    anon,
  },
  {
    path: 'rackcontrollers/{system_id}/',
    auth: { name: 'RackControllerHandler', actions: [...single('rackcontrollers'), ...rackOnly] },
    anon: null,
  },
  {
    path: 'regioncontrollers/',
    auth: { name: 'RegionControllersHandler', actions: [list('regioncontrollers'), registered] },
    anon,
  },
  {
    path: 'regioncontrollers/{system_id}/',
    auth: { name: 'RegionControllerHandler', actions: single('regioncontrollers') },
    anon: null,
  },
];
