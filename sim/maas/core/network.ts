/**
 * The network as the fake MAAS knows it: fabrics, VLANs, subnets, spaces, ranges, routes, and which
 * addresses are taken. Looking things up by "specifier" (facts/maas-api 8.5) is here too, since
 * paths, filters and allocation constraints all use it. Handing out an address is two steps: find a
 * free one (pure), then take it, so that a request that fails half way has taken nothing.
 */
import { inNetwork, parseCidr, parseIp, printIp, usable } from './ip.ts';
import type {
  Fabric,
  IpRange,
  Link,
  ReservedIp,
  Space,
  StaticRoute,
  Subnet,
  SubnetOptions,
  UserAddress,
  Vlan,
} from './objects.ts';
import { notFound, refusal } from './refusal.ts';

export class Network {
  readonly fabrics = new Map<number, Fabric>();
  readonly vlans = new Map<number, Vlan>();
  readonly subnets = new Map<number, Subnet>();
  readonly spaces = new Map<number, Space>();
  readonly ipRanges = new Map<number, IpRange>();
  readonly staticRoutes = new Map<number, StaticRoute>();
  readonly reservedIps = new Map<number, ReservedIp>();
  /** By address. */
  readonly userAddresses = new Map<string, UserAddress>();
  /** Taken addresses: the number of the address to the id of the link that has it. */
  readonly #taken = new Map<number, number>();
  #nextLinkId = 1;

  /** All tables, for the state hash. */
  tables(): Iterable<unknown>[] {
    return [
      this.fabrics,
      this.vlans,
      this.subnets,
      this.spaces,
      this.ipRanges,
      this.staticRoutes,
      this.reservedIps,
      this.userAddresses,
      this.#taken,
    ];
  }

  /** Every taken address, as a number, with the id of the link or user's address that has it. */
  get takenAddresses(): ReadonlyMap<number, number> {
    return this.#taken;
  }

  /** A new link; its id was never used before. Takes the address when there is one. */
  newLink(link: Omit<Link, 'id'>): Link {
    const made = { ...link, id: this.#nextLinkId++ };
    const ip = made.ip === null ? undefined : parseIp(made.ip);
    if (ip !== undefined) this.#taken.set(ip, made.id);
    return made;
  }

  /** The link with an address that it did not have. */
  withAddress(link: Link, address: string): Link {
    this.#taken.set(parseIp(address)!, link.id);
    return { ...link, ip: address };
  }

  /** Frees the addresses of the links. */
  release(links: readonly Link[]): void {
    for (const link of links) {
      const ip = link.ip === null ? undefined : parseIp(link.ip);
      if (ip !== undefined && this.#taken.get(ip) === link.id) this.#taken.delete(ip);
    }
  }

  /** Takes an address for a user, without an interface of a machine. */
  reserveAddress(address: Omit<UserAddress, 'id'>): UserAddress {
    const made = { ...address, id: this.#nextLinkId++ };
    this.#taken.set(parseIp(made.ip)!, made.id);
    this.userAddresses.set(made.ip, made);
    return made;
  }

  releaseAddress(address: UserAddress): void {
    this.#taken.delete(parseIp(address.ip)!);
    this.userAddresses.delete(address.ip);
  }

  /** The id of the link or user's address that has the address. */
  linkAt(address: string): number | undefined {
    const ip = parseIp(address);
    return ip === undefined ? undefined : this.#taken.get(ip);
  }

  isTaken(address: string): boolean {
    const ip = parseIp(address);
    return ip !== undefined && this.#taken.has(ip);
  }

  /**
   * The lowest free address of a subnet outside its ranges (of an unmanaged one: inside its reserved
   * ranges), or undefined when there is none.
   * @param besides addresses that are about to be taken by the same request
   */
  findFreeAddress(subnet: Subnet, besides: ReadonlySet<string> = new Set()): string | undefined {
    const network = parseCidr(subnet.cidr)!;
    const gateway = subnet.gatewayIp === null ? undefined : parseIp(subnet.gatewayIp);
    const { managed } = subnetOptions(subnet);
    const ranges = this.rangesOf(subnet.id)
      .filter(({ type }) => managed || type === 'reserved')
      .map((range) => [parseIp(range.startIp)!, parseIp(range.endIp)!] as const)
      .sort(([a], [b]) => a - b);
    const [first, last] = usable(network);
    // Only a few addresses are kept for MAC addresses or serve names.
    const kept = new Set(subnet.dnsServers.map(parseIp));
    for (const { ip } of this.reservedIps.values()) kept.add(parseIp(ip));
    const isFree = (ip: number) =>
      ip !== gateway && !kept.has(ip) && !this.#taken.has(ip) && !besides.has(printIp(ip));
    if (!managed) {
      for (const [start, end] of ranges) {
        for (let ip = start; ip <= end; ip++) if (isFree(ip)) return printIp(ip);
      }
      return undefined;
    }
    for (let ip = first; ip <= last; ip++) {
      const range = ranges.find(([start, end]) => ip >= start && ip <= end);
      if (range) ip = range[1];
      else if (isFree(ip)) return printIp(ip);
    }
    return undefined;
  }

  rangesOf(subnetId: number): IpRange[] {
    return [...this.ipRanges.values()].filter((range) => range.subnetId === subnetId);
  }

  /** The dynamic range of the subnet that holds the address, if any. */
  dynamicRangeAt(subnetId: number, address: string): IpRange | undefined {
    const ip = parseIp(address);
    if (ip === undefined) return undefined;
    return this.rangesOf(subnetId).find(
      (range) =>
        range.type === 'dynamic' && ip >= parseIp(range.startIp)! && ip <= parseIp(range.endIp)!,
    );
  }

  spaceOfSubnet(subnet: Subnet): Space | undefined {
    const spaceId = this.vlans.get(subnet.vlanId)?.spaceId ?? null;
    return spaceId === null ? undefined : this.spaces.get(spaceId);
  }

  /** `name:cidr(vid=N)`, as validation messages show a subnet (facts/maas-api 3.5). */
  subnetLabel(subnet: Subnet): string {
    return `${subnet.name}:${subnet.cidr}(vid=${this.vlans.get(subnet.vlanId)?.vid ?? 0})`;
  }

  /** Subnets that one specifier names. @throws Refusal 404 for a space that does not exist */
  subnetsBySpecifier(specifier: string): Subnet[] {
    const parts = allOf(specifier);
    if (parts) return common(parts.map((part) => this.subnetsBySpecifier(part)));
    const [type, value] = split(specifier);
    const all = [...this.subnets.values()];
    switch (type) {
      case '':
        if (isNumber(value)) return all.filter((subnet) => subnet.id === Number(value));
        return all.filter((subnet) => subnet.name === value || subnet.cidr === value);
      case 'id':
        return all.filter((subnet) => subnet.id === Number(value));
      case 'name':
      case 'subnet':
        return all.filter((subnet) => subnet.name === value || String(subnet.id) === value);
      case 'cidr':
        return all.filter((subnet) => subnet.cidr === value);
      case 'ip': {
        const ip = parseIp(value);
        if (ip === undefined) return [];
        return all.filter((subnet) => inNetwork(parseCidr(subnet.cidr)!, ip));
      }
      case 'vlan':
      case 'vid':
      case 'fabric': {
        const vlans = new Set(this.vlansBySpecifier(type === 'vlan' ? value : specifier));
        return all.filter((subnet) => vlans.has(this.vlans.get(subnet.vlanId)!));
      }
      case 'space': {
        const space = this.spaceBySpecifier(value);
        return all.filter((subnet) => (this.spaceOfSubnet(subnet)?.id ?? null) === space);
      }
      default:
        return [];
    }
  }

  /** VLANs that one specifier names. */
  vlansBySpecifier(specifier: string): Vlan[] {
    const parts = allOf(specifier);
    if (parts) return common(parts.map((part) => this.vlansBySpecifier(part)));
    const [type, value] = split(specifier);
    const all = [...this.vlans.values()];
    switch (type) {
      case '':
        if (value === 'untagged') return all.filter((vlan) => vlan.vid === 0);
        if (isNumber(value)) return all.filter((vlan) => vlan.id === Number(value));
        return all.filter((vlan) => vlan.name === value);
      case 'id':
        return all.filter((vlan) => vlan.id === Number(value));
      case 'name':
        return all.filter((vlan) => vlan.name === value);
      case 'vid':
        return all.filter((vlan) => vlan.vid === (value === 'untagged' ? 0 : Number(value)));
      case 'vlan':
        return this.vlansBySpecifier(value);
      case 'fabric':
        return all.filter((vlan) => {
          const fabric = this.fabrics.get(vlan.fabricId)!;
          return fabric.name === value || String(fabric.id) === value;
        });
      case 'space': {
        const space = this.spaceBySpecifier(value);
        return all.filter((vlan) => vlan.spaceId === space);
      }
      default:
        return [];
    }
  }

  /** Id of the space, or null for `undefined`. @throws Refusal 404 when there is none */
  spaceBySpecifier(specifier: string): number | null {
    if (specifier === 'undefined' || specifier === '-1') return null;
    const [, value] = split(specifier);
    for (const space of this.spaces.values()) {
      if (String(space.id) === value || space.name === value) return space.id;
    }
    throw notFound('Space', specifier);
  }

  /** The one subnet of a path. @throws Refusal 404 for none, 403 for several */
  subnetOfPath(specifier: string): Subnet {
    const id = /^(?:subnet:)?id:(.*)$/s.exec(specifier)?.[1];
    if (id !== undefined && !isNumber(id)) {
      throw refusal('invalid', 'Subnet ID must be numeric.', { wanted: specifier });
    }
    const found = this.subnetsBySpecifier(specifier);
    if (found.length > 1) {
      throw refusal('forbidden', 'Too many Subnet objects match the given query.', {
        wanted: specifier,
        found: found.map((subnet) => subnet.cidr),
      });
    }
    if (!found[0]) throw notFound('Subnet', specifier);
    return found[0];
  }
}

/** How a subnet is served, with the defaults of a new one (facts/maas-api 3.10). */
export function subnetOptions({ options }: Subnet): SubnetOptions {
  return {
    rdnsMode: 2,
    allowDns: true,
    allowProxy: true,
    activeDiscovery: false,
    managed: true,
    disabledBootArchitectures: [],
    ...options,
  };
}

function split(specifier: string): [type: string, value: string] {
  const found = /^(id|name|cidr|ip|vlan|vid|fabric|space|subnet):(.*)$/s.exec(specifier);
  return found ? [found[1]!, found[2]!] : ['', specifier];
}

/** The parts of a specifier that all must hold, when it has more than one (facts/maas-api 8.5). */
function allOf(specifier: string): string[] | undefined {
  const parts = specifier.split(',').filter((part) => part !== '');
  return parts.length > 1 ? parts : undefined;
}

/** What is in every one of the lists. */
function common<T>([first = [], ...others]: readonly (readonly T[])[]): T[] {
  return first.filter((item) => others.every((list) => list.includes(item)));
}

function isNumber(text: string): boolean {
  return /^\d{1,9}$/.test(text);
}
