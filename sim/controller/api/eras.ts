/**
 * The wire eras: which versions of which facade a controller of that era announces at login, for
 * the facades that this fake serves (golden rule G10: announce only what is served), and the texts
 * of the dispatcher, which changed with 4.0. Source: facts/juju-api 1.4, 4.1, 4.4.
 */
import { type AgentVersion, compareVersions, parseVersion } from '../../versions/number.ts';
import { RpcError } from './rpc.ts';

/** The kinds of connection that a facade is called on. */
export type Place = 'controller' | 'model' | 'both';

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

/**
 * What releases before the last of an era announced instead, facade by facade and each up to the
 * release that changed it, the oldest first (facts/juju-api 4.1, second table, and 3.3).
 */
const BEFORE: readonly (readonly [facade: string, release: string, versions: readonly number[]])[] =
  [
    ['Client', '3.3.0', [6]],
    ['Client', '3.6.0', [6, 7]],
    ['Cloud', '4.0.11', [7]],
    ['Controller', '3.6.0', [11]],
    ['Controller', '4.0.1', [12, 13]],
    ['ModelManager', '3.5.0', [9]],
    ['ModelUpgrader', '4.0.11', [1]],
    ['Storage', '3.6.10', [6]],
  ];

/** Until this release 4.0 had ModelUpgrader on model connections; before and after it is on the controller's. */
const UPGRADER_MOVED = parseVersion('4.0.11');

/**
 * The versions of a facade in an era; none when the era does not have it.
 * @param release what the controller runs; default the last of the era
 */
export function versionsIn(
  era: WireEra,
  facade: string,
  release?: AgentVersion,
): readonly number[] {
  const last = VERSIONS[facade]?.[era] ?? [];
  if (!release) return last;
  const changed = BEFORE.find(([name, until]) => {
    const limit = parseVersion(until);
    return name === facade && limit.major === release.major && isBefore(release, limit);
  });
  return changed ? changed[2] : last;
}

/** Where a facade is called on a controller that runs `release`. */
export function placeIn(
  facade: { readonly name: string; readonly place: Place },
  release: AgentVersion,
): Place {
  const moved = facade.name === 'ModelUpgrader' && release.major === 4;
  return moved && isBefore(release, UPGRADER_MOVED) ? 'model' : facade.place;
}

function isBefore(a: AgentVersion, b: AgentVersion): boolean {
  return compareVersions(a, b) < 0;
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
