/**
 * Which addresses of a subnet are used for what, and what follows from that: reserved and unreserved
 * ranges and the statistics (facts/maas-api 3.10). Everything is a sweep over the ends of ranges, so
 * that a big subnet costs no more than its ranges.
 */
import { inNetwork, parseCidr, parseIp, printIp, usable } from './ip.ts';
import type { Network } from './network.ts';
import { subnetOptions } from './network.ts';
import type { Subnet } from './objects.ts';

/** Addresses from `start` to `end`, both included. */
export interface AddressRange {
  readonly start: number;
  readonly end: number;
  /** Sorted; none for addresses that nothing uses. */
  readonly purposes: readonly string[];
}

/**
 * The whole of the subnet's host addresses, cut where the purpose changes: the ranges touch, do not
 * overlap, and neighbours differ in purpose.
 */
export function sweep(
  first: number,
  last: number,
  uses: readonly { start: number; end: number; purpose: string }[],
): AddressRange[] {
  const cuts = new Set([first, last + 1]);
  const inside = uses
    .map(({ start, end, purpose }) => ({
      start: Math.max(start, first),
      end: Math.min(end, last),
      purpose,
    }))
    .filter(({ start, end }) => start <= end)
    .sort((a, b) => a.start - b.start);
  for (const { start, end } of inside) cuts.add(start).add(end + 1);
  const points = [...cuts].sort((a, b) => a - b);
  const ranges: AddressRange[] = [];
  let active: typeof inside = [];
  let next = 0;
  for (const [i, start] of points.slice(0, -1).entries()) {
    active = active.filter(({ end }) => end >= start);
    while (next < inside.length && inside[next]!.start <= start) active.push(inside[next++]!);
    const purposes = [...new Set(active.map(({ purpose }) => purpose))].sort();
    const end = points[i + 1]! - 1;
    const before = ranges.at(-1);
    if (before && before.purposes.join() === purposes.join()) {
      ranges[ranges.length - 1] = { ...before, end };
    } else ranges.push({ start, end, purposes });
  }
  return ranges;
}

/** The subnet's addresses by purpose. */
export function usageOf(network: Network, subnet: Subnet): AddressRange[] {
  const block = parseCidr(subnet.cidr)!;
  const [first, last] = usable(block);
  const uses: { start: number; end: number; purpose: string }[] = [];
  const one = (ip: number | undefined, purpose: string) => {
    if (ip !== undefined && inNetwork(block, ip)) uses.push({ start: ip, end: ip, purpose });
  };
  if (subnet.gatewayIp !== null) one(parseIp(subnet.gatewayIp), 'gateway-ip');
  for (const server of subnet.dnsServers) one(parseIp(server), 'dns-server');
  for (const ip of network.takenAddresses.keys()) one(ip, 'assigned-ip');
  for (const { ip, subnetId } of network.reservedIps.values()) {
    if (subnetId === subnet.id) one(parseIp(ip), 'reserved');
  }
  for (const range of network.rangesOf(subnet.id)) {
    uses.push({
      start: parseIp(range.startIp)!,
      end: parseIp(range.endIp)!,
      purpose: range.type,
    });
  }
  const ranges = sweep(first, last, uses);
  if (subnetOptions(subnet).managed) return ranges;
  // Of an unmanaged subnet MAAS may only use what is reserved for it.
  return ranges.map((range) =>
    range.purposes.length === 0 ? { ...range, purposes: ['unmanaged'] } : range,
  );
}

function shown({ start, end }: AddressRange) {
  return { start: printIp(start), end: printIp(end), num_addresses: end - start + 1 };
}

/** `reserved_ip_ranges`. */
export function reservedRanges(network: Network, subnet: Subnet) {
  return usageOf(network, subnet)
    .filter(({ purposes }) => purposes.length > 0)
    .map((range) => ({ ...shown(range), purpose: range.purposes }));
}

/** `unreserved_ip_ranges`. */
export function unreservedRanges(network: Network, subnet: Subnet) {
  return usageOf(network, subnet)
    .filter(({ purposes }) => purposes.length === 0)
    .map(shown);
}

/** `statistics`. */
export function statistics(
  network: Network,
  subnet: Subnet,
  include: { readonly ranges: boolean; readonly suggestions: boolean },
) {
  const usage = usageOf(network, subnet);
  const [first, last] = usable(parseCidr(subnet.cidr)!);
  const total = last - first + 1;
  const free = usage.filter(({ purposes }) => purposes.length === 0);
  const sizes = free.map(({ start, end }) => end - start + 1);
  const available = sizes.reduce((sum, size) => sum + size, 0);
  const used = total - available;
  return {
    num_available: available,
    largest_available: Math.max(0, ...sizes),
    num_unavailable: used,
    total_addresses: total,
    usage: used / total,
    usage_string: percent(used, total),
    available_string: percent(available, total),
    first_address: printIp(first),
    last_address: printIp(last),
    ip_version: 4,
    ...(include.ranges
      ? {
          ranges: usage.map((range) => ({
            ...shown(range),
            purpose: range.purposes.length === 0 ? ['unused'] : range.purposes,
          })),
        }
      : {}),
    ...(include.suggestions ? suggestions(free, first, last) : {}),
  };
}

/** Rounded, but never all or nothing when that is not true. */
function percent(part: number, whole: number): string {
  const rounded = Math.round((part / whole) * 100);
  if (part > 0 && rounded === 0) return '1%';
  if (part < whole && rounded === 100) return '99%';
  return `${rounded}%`;
}

/** The first or the last address for a gateway; the top of the largest gap for a dynamic range. */
function suggestions(free: readonly AddressRange[], first: number, last: number) {
  const isFree = (ip: number) => free.some(({ start, end }) => ip >= start && ip <= end);
  const gateway = [first, last].find(isFree);
  const largest = free.reduce<AddressRange | undefined>(
    (best, range) => (best && best.end - best.start >= range.end - range.start ? best : range),
    undefined,
  );
  const most = Math.max(1, Math.floor((last - first + 1) / 4));
  return {
    suggested_gateway: gateway === undefined ? null : printIp(gateway),
    suggested_dynamic_range: largest
      ? shown({ ...largest, start: Math.max(largest.start, largest.end - most + 1) })
      : null,
  };
}
