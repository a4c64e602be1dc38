/**
 * Devices: what MAAS keeps addresses for without ever installing it. Juju makes one for each
 * container, as a child of the machine that it runs on (facts/maas-api 3.4, 11.2).
 */
import type { MaasCore } from './core.ts';
import type { Fields } from './fields.ts';
import { commonPlace, macComplaint, newHostname, plainInterface } from './machine-form.ts';
import type { Device, User } from './objects.ts';
import { canView } from './permissions.ts';
import { fieldRefusal, notFound, refusal } from './refusal.ts';

/** A device of the path. @throws Refusal 404; 403 when `edit` and it is somebody else's */
export function deviceOf(core: MaasCore, user: User, systemId: string, edit: boolean): Device {
  const device = core.devices.get(systemId);
  if (!device) throw notFound('Device', systemId);
  if (edit && !canView(user, device.state)) {
    throw refusal('forbidden', '', {
      wanted: `device ${systemId}`,
      found: [`owner ${device.state.owner}`],
    });
  }
  return device;
}

/** @throws Refusal 400 with form errors */
export function createDevice(core: MaasCore, user: User, fields: Fields): Device {
  const macs = fields.all('mac_addresses').filter((mac) => mac !== '');
  if (macs.length === 0) throw fieldRefusal('mac_addresses', 'This field is required.');
  const complaints = macs.flatMap((mac) => macComplaint(core, mac) ?? []);
  if (complaints.length > 0) throw fieldRefusal('mac_addresses', complaints);
  const parent = parentOf(core, fields);
  const place = commonPlace(core, fields);
  const hostname = newHostname(core, fields.text('hostname'));
  return core.addDevice({
    hostname,
    description: fields.text('description'),
    domainId: place.domainId ?? core.dns.defaultDomainId,
    zoneId: place.zoneId ?? 1,
    owner: user.username,
    ownerData: {},
    parent: parent || null,
    tags: [],
    interfaces: macs.map((mac, i) => plainInterface(core, mac, i, null)),
  });
}

/** @throws Refusal 400 with form errors */
export function updateDevice(core: MaasCore, device: Device, fields: Fields): void {
  const parent = parentOf(core, fields);
  const place = commonPlace(core, fields);
  const hostname = fields.text('hostname');
  const renamed = hostname !== '' && hostname !== device.state.hostname;
  core.changeDevice(device, {
    ...place,
    ...(renamed ? { hostname: newHostname(core, hostname) } : {}),
    ...(parent === undefined ? {} : { parent: parent || null }),
    ...(fields.has('description') ? { description: fields.text('description') } : {}),
  });
}

function parentOf(core: MaasCore, fields: Fields): string | undefined {
  const parent = fields.optional('parent');
  if (parent && !core.findMachine(parent)) {
    throw fieldRefusal(
      'parent',
      'Select a valid choice. That choice is not one of the available choices.',
      { wanted: parent },
    );
  }
  return parent;
}
