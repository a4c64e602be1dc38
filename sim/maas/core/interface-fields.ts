/** The fields of interface forms: what is accepted, and what is said otherwise (facts/maas-api 3.5, 9.4). */

import type { MaasCore } from './core.ts';
import type { Fields } from './fields.ts';
import { NO_CHOICE, numberField, strictFlag } from './form-fields.ts';
import { interfacesOf, type Node } from './interfaces.ts';
import { isMac, normalMac } from './mac.ts';
import type { NetworkInterface, Vlan } from './objects.ts';
import { fieldRefusal } from './refusal.ts';

/** The VLAN that a field names; undefined when the field was not sent or is empty. */
export function vlanField(core: MaasCore, text: string | undefined): Vlan | undefined {
  if (text === undefined || text === '') return undefined;
  const [vlan] = core.network.vlansBySpecifier(text);
  if (!vlan) throw fieldRefusal('vlan', NO_CHOICE, { wanted: text });
  return vlan;
}

/** The parameters that every kind of interface has. */
export function commonParams(fields: Fields): Record<string, unknown> {
  const mtu = numberField(fields, 'mtu', { min: 552, max: 65535 });
  const acceptRa = strictFlag(fields, 'accept_ra');
  return {
    ...(mtu === undefined ? {} : { mtu }),
    ...(acceptRa === undefined ? {} : { 'accept-ra': acceptRa }),
  };
}

/** Tags as a list with commas, or undefined when the field was not sent. */
export function tagsField(fields: Fields): string[] | undefined {
  const text = fields.optional('tags');
  if (text === undefined) return undefined;
  return [...new Set(text.split(',').map((tag) => tag.trim()))].filter((tag) => tag !== '');
}

/** What a client may say about the cable. @throws Refusal 400 for a speed without a cable */
export function cableFields(
  fields: Fields,
  before: Pick<NetworkInterface, 'linkConnected' | 'interfaceSpeed' | 'linkSpeed'>,
) {
  const linkConnected = strictFlag(fields, 'link_connected') ?? before.linkConnected;
  const asked = numberField(fields, 'link_speed');
  if (!linkConnected && asked) {
    throw fieldRefusal('link_speed', 'link_speed cannot be set when link_connected is false.');
  }
  return {
    linkConnected,
    interfaceSpeed: numberField(fields, 'interface_speed') ?? before.interfaceSpeed,
    linkSpeed: linkConnected ? (asked ?? before.linkSpeed) : 0,
  };
}

/**
 * A MAC address that no other physical interface has.
 * @param self ids of interfaces that may have it already
 */
export function macField(core: MaasCore, mac: string, self: readonly number[]): string {
  if (!isMac(mac)) {
    throw fieldRefusal('mac_address', `'${mac}' is not a valid MAC address.`, { wanted: mac });
  }
  const owner = core.ownerOfMac(normalMac(mac));
  if (owner && !self.includes(owner.iface.id)) {
    const { hostname } = owner.node.state;
    throw fieldRefusal('mac_address', `This MAC address is already in use by ${hostname}.`, {
      wanted: mac,
      found: [hostname],
    });
  }
  return normalMac(mac);
}

/** A name that no other interface of the node has. */
export function nameField(core: MaasCore, node: Node, name: string, self?: number): string {
  if (!/^[\w\-_.:]{1,15}$/.test(name)) {
    throw fieldRefusal('name', 'Enter a valid value.', { wanted: name });
  }
  if (interfacesOf(node).some((iface) => iface.name === name && iface.id !== self)) {
    const fqdn = node.kind === 'controller' ? node.rack.hostname : core.fqdn(stateOf(node));
    throw fieldRefusal('name', `Node ${fqdn} already has an interface named '${name}'.`);
  }
  return name;
}

function stateOf(node: Exclude<Node, { kind: 'controller' }>) {
  return node.kind === 'machine' ? node.machine.state : node.device.state;
}
