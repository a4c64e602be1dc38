/** Network objects and interfaces as MAAS shows them (facts/maas-api 6.4, 6.7). */
import type { MaasCore } from '../../core/core.ts';
import { subnetOptions } from '../../core/network.ts';
import type {
  Fabric,
  IpRange,
  Link,
  NetworkInterface,
  ReservedIp,
  Space,
  StaticRoute,
  Subnet,
  Vlan,
} from '../../core/objects.ts';
import { API_ROOT } from '../routes.ts';
import { userObject, without } from './shared.ts';

export function vlanObject(core: MaasCore, vlan: Vlan): Readonly<Record<string, unknown>> {
  const fabric = core.network.fabrics.get(vlan.fabricId)!;
  const isDefault = fabric.defaultVlanId === vlan.id;
  const space = vlan.spaceId === null ? undefined : core.network.spaces.get(vlan.spaceId);
  const relay = vlan.relayVlanId ? core.network.vlans.get(vlan.relayVlanId) : undefined;
  return {
    vid: vlan.vid,
    mtu: vlan.mtu,
    dhcp_on: vlan.dhcpOn,
    external_dhcp: null,
    relay_vlan: relay ? vlanObject(core, { ...relay, relayVlanId: null }) : null,
    fabric: fabric.name,
    fabric_id: fabric.id,
    name: vlan.name ?? (isDefault ? 'untagged' : null),
    primary_rack: vlan.primaryRack,
    secondary_rack: vlan.secondaryRack ?? null,
    space: space?.name ?? 'undefined',
    id: vlan.id,
    resource_uri: `${API_ROOT}vlans/${vlan.id}/`,
  };
}

export function subnetObject(core: MaasCore, subnet: Subnet) {
  const options = subnetOptions(subnet);
  return without(core.features.subnetLacks, {
    name: subnet.name,
    description: subnet.description,
    vlan: vlanObject(core, core.network.vlans.get(subnet.vlanId)!),
    cidr: subnet.cidr,
    rdns_mode: options.rdnsMode,
    gateway_ip: subnet.gatewayIp,
    dns_servers: subnet.dnsServers,
    allow_dns: options.allowDns,
    allow_proxy: options.allowProxy,
    active_discovery: options.activeDiscovery,
    managed: options.managed,
    disabled_boot_architectures: options.disabledBootArchitectures,
    id: subnet.id,
    space: core.network.spaceOfSubnet(subnet)?.name ?? 'undefined',
    resource_uri: `${API_ROOT}subnets/${subnet.id}/`,
  });
}

export function fabricObject(core: MaasCore, fabric: Fabric) {
  return {
    class_type: fabric.classType,
    id: fabric.id,
    name: fabric.name,
    vlans: [...core.network.vlans.values()]
      .filter((vlan) => vlan.fabricId === fabric.id)
      .map((vlan) => vlanObject(core, vlan)),
    resource_uri: `${API_ROOT}fabrics/${fabric.id}/`,
  };
}

export function spaceObject(core: MaasCore, space: Space) {
  return without(core.features.spaceLacks, {
    id: space.id,
    name: space.name,
    description: space.description,
    ...contents(core, space.id),
    resource_uri: `${API_ROOT}spaces/${space.id}/`,
  });
}

/** The pseudo space of VLANs without one, or undefined when every VLAN has one (facts 3.10). */
export function undefinedSpace(core: MaasCore) {
  const space = pseudoSpace(core);
  return space.vlans.length === 0 ? undefined : space;
}

/** The pseudo space, which can be read by itself even when nothing is in it. */
export function pseudoSpace(core: MaasCore) {
  return {
    id: -1,
    name: 'undefined',
    ...contents(core, null),
    resource_uri: `${API_ROOT}spaces/undefined/`,
  };
}

function contents(core: MaasCore, spaceId: number | null) {
  const vlans = [...core.network.vlans.values()].filter((vlan) => vlan.spaceId === spaceId);
  const ids = new Set(vlans.map((vlan) => vlan.id));
  return {
    vlans: vlans.map((vlan) => vlanObject(core, vlan)),
    subnets: [...core.network.subnets.values()]
      .filter((subnet) => ids.has(subnet.vlanId))
      .map((subnet) => subnetObject(core, subnet)),
  };
}

export function ipRangeObject(core: MaasCore, range: IpRange) {
  const owner = range.owner === undefined ? undefined : core.accounts.users.get(range.owner);
  return {
    id: range.id,
    type: range.type,
    start_ip: range.startIp,
    end_ip: range.endIp,
    comment: range.comment,
    user: owner ? userObject(owner) : null,
    subnet: subnetObject(core, core.network.subnets.get(range.subnetId)!),
    resource_uri: `${API_ROOT}ipranges/${range.id}/`,
  };
}

export function reservedIpObject(core: MaasCore, kept: ReservedIp) {
  return {
    id: kept.id,
    ip: kept.ip,
    mac_address: kept.mac,
    comment: kept.comment,
    subnet: subnetObject(core, core.network.subnets.get(kept.subnetId)!),
    resource_uri: `${API_ROOT}reservedips/${kept.id}/`,
  };
}

export function staticRouteObject(core: MaasCore, route: StaticRoute) {
  return {
    id: route.id,
    source: subnetObject(core, core.network.subnets.get(route.sourceId)!),
    destination: subnetObject(core, core.network.subnets.get(route.destinationId)!),
    gateway_ip: route.gatewayIp,
    metric: route.metric,
    resource_uri: `${API_ROOT}static-routes/${route.id}/`,
  };
}

/** Keys without a value are left out: null would be an error for gomaasapi (facts 0.10, 6.9). */
function linkObject(core: MaasCore, link: Link) {
  const subnet = link.subnetId === null ? undefined : core.network.subnets.get(link.subnetId);
  return {
    id: link.id,
    mode: link.mode,
    ...(link.ip === null ? {} : { ip_address: link.ip }),
    ...(subnet ? { subnet: subnetObject(core, subnet) } : {}),
  };
}

/** Its own, else its VLAN's; never less than what is built on it needs (facts/maas-api 6.4). */
function effectiveMtu(
  core: MaasCore,
  iface: NetworkInterface,
  siblings: readonly NetworkInterface[],
): number {
  const { mtu } = iface.params;
  const vlan = iface.vlanId === null ? undefined : core.network.vlans.get(iface.vlanId);
  const own = typeof mtu === 'number' ? mtu : (vlan?.mtu ?? 1500);
  const above = siblings.filter((other) => other.parents.includes(iface.id));
  return Math.max(own, ...above.map((child) => effectiveMtu(core, child, siblings)));
}

export function interfaceObject(
  core: MaasCore,
  systemId: string,
  iface: NetworkInterface,
  siblings: readonly NetworkInterface[],
) {
  const vlan = iface.vlanId === null ? undefined : core.network.vlans.get(iface.vlanId);
  const parents = siblings.filter((other) => iface.parents.includes(other.id));
  const children = siblings.filter((other) => other.parents.includes(iface.id));
  return {
    system_id: systemId,
    id: iface.id,
    name: iface.name,
    type: iface.type,
    mac_address: iface.mac,
    enabled: iface.enabled,
    tags: iface.tags,
    vlan: vlan ? vlanObject(core, vlan) : null,
    links: iface.links.map((link) => linkObject(core, link)),
    parents: parents.map((parent) => parent.name).sort(),
    children: children.map((child) => child.name).sort(),
    effective_mtu: effectiveMtu(core, iface, siblings),
    params: Object.keys(iface.params).length === 0 ? '' : iface.params,
    discovered: null,
    vendor: iface.vendor,
    product: iface.product,
    firmware_version: iface.firmwareVersion,
    link_connected: iface.linkConnected,
    interface_speed: iface.interfaceSpeed,
    link_speed: iface.linkSpeed,
    numa_node: iface.numaNode,
    sriov_max_vf: 0,
    resource_uri: `${API_ROOT}nodes/${systemId}/interfaces/${iface.id}/`,
  };
}
