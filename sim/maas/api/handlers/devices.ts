/** Devices: what MAAS keeps addresses for and never installs (facts/maas-api 3.4). */
import { filterConstraints } from '../../core/constraints.ts';
import type { MaasCore } from '../../core/core.ts';
import { createDevice, deviceOf, updateDevice } from '../../core/devices.ts';
import { annotated } from '../../core/lifecycle.ts';
import type { Device } from '../../core/objects.ts';
import { canView } from '../../core/permissions.ts';
import { DELETED, json } from '../answers.ts';
import type { Params } from '../params.ts';
import { deviceObject } from '../render/machine.ts';
import type { Action, Resource, UserCall } from '../routes.ts';
import { anonymousNodes } from './anonymous-nodes.ts';

const deviceCollection: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'List the devices that the caller may see.',
    run: ({ core, user, params }) => json(listDevices(core, user, params)),
  },
  {
    method: 'POST',
    op: null,
    doc: 'Add a device.',
    run: ({ core, user, params }) => json(deviceObject(core, createDevice(core, user, params))),
  },
];

function listDevices(core: MaasCore, user: UserCall['user'], params: Params) {
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
    auth: { name: 'DeviceHandler', actions: deviceActions },
    anon: null,
  },
];
