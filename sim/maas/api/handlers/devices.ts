/** Devices: what MAAS keeps addresses for and never installs (facts/maas-api 3.4). */
import { filterConstraints } from '../../core/constraints.ts';
import { createDevice, deviceOf, updateDevice } from '../../core/devices.ts';
import { annotated } from '../../core/lifecycle.ts';
import type { Device } from '../../core/objects.ts';
import { canView } from '../../core/permissions.ts';
import { DELETED, json } from '../answers.ts';
import { bsonDocument } from '../bson.ts';
import { deviceObject } from '../render/machine.ts';
import type { Action, Resource, UserCall } from '../routes.ts';
import { anonymousNodes, isRegistered } from './anonymous-nodes.ts';

const deviceCollection: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'List the devices that the caller may see.',
    run: (call) => json(listDevices(call)),
  },
  {
    method: 'POST',
    op: null,
    doc: 'Add a device.',
    run: ({ core, user, params }) => json(deviceObject(core, createDevice(core, user, params))),
  },
  { method: 'GET', op: 'is_registered', doc: 'Whether a MAC address is known.', run: isRegistered },
];

/** The devices that the caller may see and that satisfy the filters. @throws Refusal 400 */
export function listDevices({ core, user, params }: UserCall) {
  // Checks names and values exactly as for machines; the tests themselves are a device's own.
  filterConstraints(core, params.sent);
  const wanted = (name: string) => params.all(name).filter((value) => value !== '');
  const any = (name: string, has: (value: string) => boolean) =>
    wanted(name).length === 0 || wanted(name).some(has);
  return [...core.devices.values()]
    .filter(
      ({ systemId, state }) =>
        canView(user, state) &&
        any('id', (value) => value === systemId) &&
        any('hostname', (value) => value === state.hostname) &&
        any('domain', (value) => value === core.domains.get(state.domainId)?.name) &&
        any('zone', (value) => value === core.zones.get(state.zoneId)?.name) &&
        any('mac_address', (value) =>
          state.interfaces.some((iface) => iface.mac === value.toLowerCase()),
        ) &&
        // Devices have no pool and no agent name, so such filters leave none.
        any('pool', () => false) &&
        any('agent_name', () => false),
    )
    .map((device) => deviceObject(core, device));
}

const deviceActions: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'Read one device.',
    run: (call) => json(deviceObject(call.core, device(call, false))),
  },
  {
    method: 'PUT',
    op: null,
    doc: 'Change a device.',
    run: (call) => {
      const found = device(call, true);
      updateDevice(call.core, found, call.params);
      return json(deviceObject(call.core, found));
    },
  },
  {
    method: 'DELETE',
    op: null,
    doc: 'Remove a device.',
    run: (call) => {
      call.core.removeDevice(device(call, true));
      return DELETED;
    },
  },
  ...['set_owner_data', 'set_workload_annotations'].map(
    (op): Action => ({
      method: 'POST',
      op,
      doc: 'Set key=value annotations; an empty value removes one.',
      run: (call) => {
        const found = device(call, true);
        const values = [...call.params.sent].filter(([key]) => key !== 'op');
        const changes = new Map(values.map(([key, list]) => [key, list.at(-1)!]));
        call.core.changeDevice(found, { ownerData: annotated(found.state.ownerData, changes) });
        return json(deviceObject(call.core, found));
      },
    }),
  ),
];

const deviceInside: readonly Action[] = [
  {
    method: 'GET',
    op: 'details',
    doc: 'Nothing: nobody ever looked into a device.',
    run: (call) => {
      device(call, false);
      const body = bsonDocument({ lshw: null, lldp: null });
      return { status: 200, contentType: 'application/bson', body };
    },
  },
  {
    method: 'GET',
    op: 'power_parameters',
    doc: 'Nothing: MAAS cannot switch a device.',
    admin: true,
    run: (call) => {
      device(call, false);
      return json({});
    },
  },
  ...['restore_networking_configuration', 'restore_default_configuration'].map(
    (op): Action => ({
      method: 'POST',
      op,
      doc: 'Drop every link of the device.',
      admin: true,
      run: (call) => {
        const found = device(call, true);
        const { interfaces } = found.state;
        call.core.network.release(interfaces.flatMap(({ links }) => links));
        call.core.changeDevice(found, {
          interfaces: interfaces.map((iface) => ({ ...iface, links: [] })),
        });
        return json(deviceObject(call.core, found));
      },
    }),
  ),
];

function device({ core, user, path }: UserCall, edit: boolean): Device {
  return deviceOf(core, user, path.system_id!, edit);
}

export const deviceResources: readonly Resource[] = [
  {
    path: 'devices/',
    auth: { name: 'DevicesHandler', actions: deviceCollection },
    anon: anonymousNodes,
  },
  {
    path: 'devices/{system_id}/',
    auth: { name: 'DeviceHandler', actions: [...deviceActions, ...deviceInside] },
    anon: null,
  },
];
