/**
 * IPv4 arithmetic on unsigned 32-bit numbers: as much as the fake MAAS needs to hand out addresses
 * (facts/maas-api 3.5, 3.10). IPv6 subnets are not simulated.
 */

export interface Network4 {
  /** Network address. */
  readonly base: number;
  readonly prefix: number;
  /** Number of addresses, network and broadcast included. */
  readonly size: number;
}

/** The number of a dotted quad, or undefined when the text is none. */
export function parseIp(text: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  if (parts.some((part) => part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

export function printIp(ip: number): string {
  return [24, 16, 8, 0].map((shift) => (ip >>> shift) & 255).join('.');
}

/** The network of `10.0.0.0/24`, or undefined when the text is none. */
export function parseCidr(text: string): Network4 | undefined {
  const slash = text.lastIndexOf('/');
  if (slash < 0) return undefined;
  const ip = parseIp(text.slice(0, slash));
  const prefixText = text.slice(slash + 1);
  const prefix = Number(prefixText);
  if (ip === undefined || !/^\d{1,2}$/.test(prefixText) || prefix < 1 || prefix > 32) {
    return undefined;
  }
  const size = 2 ** (32 - prefix);
  return { base: ip - (ip % size), prefix, size };
}

/** Whether the address lies in the network (its network and broadcast addresses included). */
export function inNetwork(network: Network4, ip: number): boolean {
  return ip >= network.base && ip < network.base + network.size;
}

/** The first and the last address that a host may have; /31 and /32 have no others. */
export function usable({ base, prefix, size }: Network4): readonly [first: number, last: number] {
  return prefix >= 31 ? [base, base + size - 1] : [base + 1, base + size - 2];
}
