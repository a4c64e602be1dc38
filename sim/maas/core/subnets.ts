/** Subnets: adding, changing, removing (facts/maas-api 3.10). IPv6 ones are not simulated. */
import type { MaasCore } from './core.ts';
import { dropLinks, fabricField, nodes } from './fabrics.ts';
import { type Fields, formFlag } from './fields.ts';
import { choiceField, ipField, listField, NO_CHOICE, requiredField } from './form-fields.ts';
import { freshId } from './fresh-id.ts';
import { interfacesOf } from './interfaces.ts';
import { inNetwork, parseCidr, parseIp, printIp } from './ip.ts';

import type { Subnet, SubnetOptions, Vlan } from './objects.ts';
import { fieldRefusal, refusal } from './refusal.ts';

/** @throws Refusal 400 */
export function createSubnet(core: MaasCore, fields: Fields): Subnet {
  const cidr = cidrField(core, requiredField(fields, 'cidr'), undefined);
  checkNoSpace(fields);
  const vlan = vlanOf(core, fields) ?? defaultVlan(core);
  const subnet: Subnet = {
    id: freshId(core.network.subnets),
    name: nameField(fields) || cidr,
    description: fields.text('description'),
    cidr,
    vlanId: vlan.id,
    gatewayIp: gatewayField(fields, cidr) ?? null,
    dnsServers: dnsField(fields) ?? [],
    options: optionsField(fields),
  };
  core.network.subnets.set(subnet.id, subnet);
  core.catalogueRevision++;
  return subnet;
}

/** @throws Refusal 400 */
export function updateSubnet(core: MaasCore, subnet: Subnet, fields: Fields): Subnet {
  const wanted = fields.text('cidr');
  const cidr = wanted === '' ? subnet.cidr : cidrField(core, wanted, subnet.id);
  checkNoSpace(fields);
  const gateway = gatewayField(fields, cidr);
  const changed: Subnet = {
    ...subnet,
    cidr,
    // One that was named by its network keeps being so.
    name: nameField(fields) || (subnet.name === subnet.cidr ? cidr : subnet.name),
    description: fields.optional('description') ?? subnet.description,
    vlanId: vlanOf(core, fields)?.id ?? subnet.vlanId,
    gatewayIp: gateway === undefined ? subnet.gatewayIp : gateway,
    dnsServers: dnsField(fields) ?? subnet.dnsServers,
    options: { ...subnet.options, ...optionsField(fields) },
  };
  const kept = changed.gatewayIp === null ? undefined : parseIp(changed.gatewayIp);
  if (kept !== undefined && !inNetwork(parseCidr(cidr)!, kept)) {
    throw fieldRefusal('gateway_ip', GATEWAY_OUTSIDE, { wanted: changed.gatewayIp! });
  }
  core.network.subnets.set(subnet.id, changed);
  core.catalogueRevision++;
  return changed;
}

/**
 * Removes a subnet with its ranges, routes and links.
 * @param force although machines have addresses of it
 * @throws Refusal 400 while it is in use
 */
export function deleteSubnet(core: MaasCore, subnet: Subnet, force: boolean): void {
  const { network } = core;
  const ranges = network.rangesOf(subnet.id);
  const served = network.vlans.get(subnet.vlanId)?.dhcpOn === true;
  if (served && ranges.some(({ type }) => type === 'dynamic')) {
    throw refusal(
      'invalid',
      'Cannot delete a subnet that is actively servicing a dynamic IP range. (Delete the dynamic range or disable DHCP first.)',
      { wanted: subnet.cidr },
    );
  }
  const of = (link: { readonly subnetId: number | null }) => link.subnetId === subnet.id;
  const used = nodes(core).some((node) =>
    interfacesOf(node).some(({ links }) => links.some((link) => of(link) && link.ip !== null)),
  );
  if (used && !force) {
    throw refusal(
      'invalid',
      "Cannot delete a subnet that has IP addresses in use by nodes. (Use the 'force' parameter to override.)",
      { wanted: subnet.cidr },
    );
  }
  for (const node of nodes(core)) dropLinks(core, node, of);
  for (const range of ranges) network.ipRanges.delete(range.id);
  for (const route of network.staticRoutes.values()) {
    if (route.sourceId === subnet.id || route.destinationId === subnet.id) {
      network.staticRoutes.delete(route.id);
    }
  }
  for (const kept of network.reservedIps.values()) {
    if (kept.subnetId === subnet.id) network.reservedIps.delete(kept.id);
  }
  for (const address of network.userAddresses.values()) {
    if (address.subnetId === subnet.id) network.releaseAddress(address);
  }
  network.subnets.delete(subnet.id);
  core.catalogueRevision++;
}

function cidrField(core: MaasCore, text: string, self: number | undefined): string {
  const found = /^([^/]+)\/(\d{1,3})$/.exec(text.trim());
  const address = found && parseIp(found[1]!);
  if (!found || address === undefined || address === null || Number(found[2]) > 32) {
    throw fieldRefusal('cidr', 'Required format: <network>/<prefixlen>.', { wanted: text });
  }
  if (Number(found[2]) === 0) {
    throw fieldRefusal('cidr', 'Prefix length must be greater than 0.', { wanted: text });
  }
  const network = parseCidr(text.trim())!;
  const cidr = `${printIp(network.base)}/${network.prefix}`;
  for (const other of core.network.subnets.values()) {
    if (other.cidr === cidr && other.id !== self) {
      throw fieldRefusal('cidr', 'Subnet with this Cidr already exists.', { wanted: cidr });
    }
  }
  return cidr;
}

function nameField(fields: Fields): string {
  const name = fields.text('name');
  if (name !== '' && (!/^[\w][\w .:/-]*$/.test(name) || name.length > 255)) {
    throw fieldRefusal('name', 'Enter a valid value.', { wanted: name });
  }
  return name;
}

function checkNoSpace(fields: Fields): void {
  if (fields.text('space') === '') return;
  throw fieldRefusal(
    'space',
    'Spaces may no longer be set on subnets. Set the space on the underlying VLAN.',
  );
}

/** The VLAN that the request names in one way or another (facts/maas-api 3.10). */
function vlanOf(core: MaasCore, fields: Fields): Vlan | undefined {
  const { vlans, fabrics } = core.network;
  const fabric = fields.text('fabric') === '' ? undefined : fabricField(core, fields);
  const id = fields.text('vlan');
  if (id !== '') {
    const vlan = /^\d{1,9}$/.test(id) ? vlans.get(Number(id)) : undefined;
    if (!vlan) throw fieldRefusal('vlan', NO_CHOICE, { wanted: id });
    if (fabric && vlan.fabricId !== fabric.id) {
      const shown = vlan.name ?? (vlan.vid === 0 ? 'untagged' : String(vlan.vid));
      throw fieldRefusal('vlan', `VLAN ${shown} is not in fabric ${fabric.name}.`);
    }
    return vlan;
  }
  const vid = fields.text('vid');
  if (vid !== '') {
    const inside = fabric ?? fabrics.get(0)!;
    for (const vlan of vlans.values()) {
      if (vlan.fabricId === inside.id && String(vlan.vid) === vid) return vlan;
    }
    const where = fabric ? `fabric ${fabric.name}` : 'default fabric';
    throw fieldRefusal('vid', `No VLAN with vid ${vid} in ${where}.`, { wanted: vid });
  }
  return fabric && vlans.get(fabric.defaultVlanId);
}

function defaultVlan({ network }: MaasCore): Vlan {
  return network.vlans.get(network.fabrics.get(0)!.defaultVlanId)!;
}

const GATEWAY_OUTSIDE = 'Gateway IP must be within CIDR range.';

function gatewayField(fields: Fields, cidr: string): string | null | undefined {
  const gateway = ipField(fields, 'gateway_ip');
  if (gateway && !inNetwork(parseCidr(cidr)!, parseIp(gateway)!)) {
    throw fieldRefusal('gateway_ip', GATEWAY_OUTSIDE, { wanted: gateway, found: [cidr] });
  }
  return gateway;
}

function dnsField(fields: Fields): string[] | undefined {
  if (!fields.has('dns_servers')) return undefined;
  const servers = listField(fields, 'dns_servers');
  const wrong = servers.find((server) => parseIp(server) === undefined);
  if (wrong !== undefined) {
    throw fieldRefusal(
      'dns_servers',
      `Invalid IP address: ${wrong}; provide a list of space-separated IP addresses`,
      { wanted: wrong },
    );
  }
  return servers;
}

function optionsField(fields: Fields): Partial<SubnetOptions> {
  // These two have their own idea of truth (facts/maas-api 8.1).
  const loose = (name: string) => ['true', 't', '1'].includes(fields.text(name).toLowerCase());
  const rdns = choiceField(fields, 'rdns_mode', ['0', '1', '2']);
  const sent = (name: string) => fields.text(name) !== '';
  return {
    ...(rdns === undefined ? {} : { rdnsMode: Number(rdns) }),
    ...(sent('allow_dns') ? { allowDns: loose('allow_dns') } : {}),
    ...(sent('allow_proxy') ? { allowProxy: loose('allow_proxy') } : {}),
    ...(sent('active_discovery')
      ? { activeDiscovery: formFlag(fields, 'active_discovery', false) }
      : {}),
    ...(sent('managed') ? { managed: formFlag(fields, 'managed', true) } : {}),
    ...(fields.has('disabled_boot_architectures')
      ? { disabledBootArchitectures: listField(fields, 'disabled_boot_architectures') }
      : {}),
  };
}
