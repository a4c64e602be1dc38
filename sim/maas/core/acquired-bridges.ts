/**
 * Bridges that MAAS makes when a machine is acquired with `bridge_all`, one over each interface that
 * has a link; they take the links over and vanish with the owner (facts/maas-api 5.5).
 */
import { crc32 } from 'node:zlib';
import type { MaasCore } from './core.ts';
import type { Machine, NetworkInterface } from './objects.ts';
import { fieldRefusal } from './refusal.ts';

export interface BridgeOptions {
  readonly all: boolean;
  readonly type: string;
  readonly stp: boolean;
  /** Seconds; 0 unless given, where bridges made by hand have 15. */
  readonly forwardDelay: number;
}

/** @throws Refusal 400 for a bridge type that there is not */
export function checkBridgeType(type: string): void {
  if (['', 'standard', 'ovs'].includes(type)) return;
  throw fieldRefusal(
    'bridge_type',
    `'${type}' is not a valid bridge_type.  It should be one of: 'standard', 'ovs'.`,
    { wanted: type, found: ['standard', 'ovs'] },
  );
}

/** Puts a bridge over every interface of the machine that has a link and may have a bridge. */
export function bridgeAll(core: MaasCore, machine: Machine, options: BridgeOptions): void {
  const { interfaces } = machine.state;
  const below = new Set(
    interfaces.filter(({ type }) => type !== 'vlan').flatMap(({ parents }) => parents),
  );
  const bridged: NetworkInterface[] = [];
  const bridges: NetworkInterface[] = [];
  for (const iface of interfaces) {
    if (iface.type === 'bridge' || iface.links.length === 0 || below.has(iface.id)) {
      bridged.push(iface);
      continue;
    }
    bridged.push({ ...iface, links: [] });
    bridges.push({
      ...iface,
      id: core.newInterfaceId(),
      name: bridgeName(iface.name),
      type: 'bridge',
      tags: [],
      parents: [iface.id],
      params: {
        bridge_type: options.type || 'standard',
        bridge_stp: options.stp,
        bridge_fd: options.forwardDelay,
      },
      vendor: null,
      product: null,
      firmwareVersion: null,
      numaNode: null,
      acquired: true,
    });
  }
  core.change(machine, { interfaces: [...bridged, ...bridges] });
}

/** The interfaces without acquired bridges; their links are the parents' again. */
export function withoutAcquiredBridges(
  interfaces: readonly NetworkInterface[],
): readonly NetworkInterface[] {
  const bridges = interfaces.filter(({ acquired }) => acquired === true);
  if (bridges.length === 0) return interfaces;
  return interfaces
    .filter(({ acquired }) => acquired !== true)
    .map((iface) => {
      const bridge = bridges.find(({ parents }) => parents[0] === iface.id);
      return bridge ? { ...iface, links: bridge.links } : iface;
    });
}

/** A name of at most 15 characters (facts/maas-api 5.5). */
export function bridgeName(name: string): string {
  if (`br-${name}`.length <= 15) return `br-${name}`;
  const short = `b-${name.replace(/^en/, '')}`;
  if (short.length <= 15) return short;
  const hash = crc32(name).toString(16).padStart(8, '0').slice(0, 6);
  return `b-${hash}-${name.slice(-6)}`;
}
