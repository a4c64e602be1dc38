/**
 * The wire eras: which versions of which facade a controller of that era announces at login, for
 * the facades that this fake serves (golden rule G10: announce only what is served), and the texts
 * of the dispatcher, which changed with 4.0. Source: facts/juju-api 1.4, 4.1, 4.4.
 */
import { RpcError } from './rpc.ts';

export const ERAS = ['2.9', '3.6', '4.0'] as const;
export type WireEra = (typeof ERAS)[number];

/** Facade name to versions, column by column of facts/juju-api 4.1. */
const VERSIONS: Readonly<Record<string, Readonly<Record<WireEra, readonly number[]>>>> = {
  AllModelWatcher: { '2.9': upTo(2, 4), '3.6': [4], '4.0': [] },
  AllWatcher: { '2.9': upTo(1, 3), '3.6': [3], '4.0': [] },
  Agent: { '2.9': [2, 3], '3.6': [3], '4.0': [3] },
  Annotations: { '2.9': [2], '3.6': [2], '4.0': [2] },
  Block: { '2.9': [2], '3.6': [2], '4.0': [2] },
  Client: { '2.9': upTo(1, 6), '3.6': upTo(6, 8), '4.0': [8] },
  Cloud: { '2.9': upTo(1, 7), '3.6': [7], '4.0': [7, 8] },
  Controller: { '2.9': upTo(3, 11), '3.6': [11, 12], '4.0': upTo(12, 14) },
  KeyManager: { '2.9': [1], '3.6': [1], '4.0': [1] },
  MachineManager: { '2.9': upTo(2, 9), '3.6': [9, 10], '4.0': [11] },
  Machiner: { '2.9': upTo(1, 5), '3.6': [5], '4.0': [5, 6] },
  ModelConfig: { '2.9': upTo(1, 3), '3.6': [3], '4.0': [3, 4] },
  ModelManager: { '2.9': upTo(2, 9), '3.6': [9, 10], '4.0': [10, 11] },
  ModelSummaryWatcher: { '2.9': [1], '3.6': [1], '4.0': [1] },
  ModelUpgrader: { '2.9': [1], '3.6': [1], '4.0': [2] },
  NotifyWatcher: { '2.9': [1], '3.6': [1], '4.0': [1] },
  Pinger: { '2.9': [1], '3.6': [1], '4.0': [1] },
  Spaces: { '2.9': upTo(2, 6), '3.6': [6], '4.0': [6] },
  Subnets: { '2.9': upTo(2, 5), '3.6': [5], '4.0': [5] },
  StringsWatcher: { '2.9': [1], '3.6': [1], '4.0': [1] },
  Storage: { '2.9': upTo(3, 6), '3.6': [6, 7], '4.0': [6, 7] },
  Upgrader: { '2.9': [1], '3.6': [1], '4.0': [1] },
  UserManager: { '2.9': upTo(1, 3), '3.6': [3], '4.0': [3] },
};

/** The versions of a facade in an era; none when the era does not have it. */
export function versionsIn(era: WireEra, facade: string): readonly number[] {
  return VERSIONS[facade]?.[era] ?? [];
}

const NOT_IMPLEMENTED = 'not implemented';
const NOT_SUPPORTED = 'not supported';

/** The dispatcher's refusals, word for word as the era has them (facts/juju-api 1.4). */
export const DISPATCH = {
  unknownFacade: (era: WireEra, facade: string, version: number) => {
    if (version !== 0) return DISPATCH.unknownVersion(era, facade, version);
    const what = era === '4.0' ? 'facade type' : 'object type';
    return new RpcError(`unknown ${what} "${facade}"`, NOT_IMPLEMENTED);
  },
  unknownVersion: (era: WireEra, facade: string, version: number) =>
    new RpcError(
      era === '4.0'
        ? `unknown version ${version} for facade type "${facade}"`
        : `unknown version (${version}) of interface "${facade}"`,
      NOT_IMPLEMENTED,
    ),
  unknownMethod: (era: WireEra, facade: string, version: number, method: string) =>
    new RpcError(
      era === '4.0'
        ? `unknown method "${method}" at version ${version} for facade type "${facade}"`
        : `no such request - method ${facade}(${version}).${method} is not implemented`,
      NOT_IMPLEMENTED,
    ),
  wrongPlace: (facade: string, place: 'controller' | 'model') =>
    new RpcError(`facade "${facade}" not supported for ${place} API connection`, NOT_SUPPORTED),
  notForAnybody: (facade: string) =>
    new RpcError(`facade "${facade}" not supported for anonymous API connections`, NOT_SUPPORTED),
  oldClient: () =>
    new RpcError('this version of Juju does not support login from old clients', NOT_SUPPORTED),
  unknownModel: (uuid: string) => new RpcError(`unknown model: "${uuid}"`, 'model not found'),
  badLogin: () => new RpcError('invalid entity name or password', 'unauthorized access'),
  permission: () => new RpcError('permission denied', 'unauthorized access'),
  upgrading: () => new RpcError('upgrade in progress', 'upgrade in progress'),
  unknownWatcher: (era: WireEra, id: string) =>
    new RpcError(era === '4.0' ? `watcher "${id}" not found` : 'unknown watcher id', 'not found'),
  stoppedWatcher: (era: WireEra) =>
    new RpcError(
      era === '4.0'
        ? 'expected an error from watcher, got nil: watcher has been stopped'
        : 'watcher has been stopped',
      'stopped',
    ),
};

function upTo(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
