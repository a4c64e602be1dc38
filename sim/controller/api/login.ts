/**
 * `Admin` v3: login of users and agents, and what is refused there (facts/juju-api 2.1, 2.2). The
 * result names the very address that was dialled, leaves `public-dns-name` out, and lists only
 * facades that are served on this kind of connection (golden rules G6 to G11).
 */
import { type AgentVersion, printVersion, tryParseVersion } from '../../versions/number.ts';
import type { Model } from '../core/model.ts';
import { DISPATCH, placeIn, versionsIn, type WireEra } from './eras.ts';
import type { Host, Redirect, Session } from './facade.ts';
import { FACADES } from './facades/index.ts';
import { userName } from './grants.ts';
import { anything, list, readParams, struct, text } from './params.ts';
import { RpcError } from './rpc.ts';
import { modelTag } from './shapes.ts';

const loginParams = struct({
  'auth-tag': text(),
  credentials: text(),
  nonce: text(),
  macaroons: anything(),
  'bakery-version': anything(),
  token: text(),
  'cli-args': text(),
  'user-data': text(),
  'client-version': text(),
});

export const redirectParams = struct({ ignored: list(anything()) });

/**
 * Where to go instead. Clients that find it in the error tell their user; those that do not ask for
 * it by {@link redirectTarget} and follow.
 */
function redirectInfo(to: Redirect): Record<string, unknown> | undefined {
  if (to.followed) return undefined;
  return {
    ...redirectTarget(to),
    'controller-tag': `controller-${to.controllerUuid}`,
    'controller-alias': to.alias,
  };
}

/** The answer of `RedirectInfo`: the servers of the other controller, and its CA. */
export function redirectTarget({ address, caCert }: Redirect): Record<string, unknown> {
  const at = address.lastIndexOf(':');
  const value = address.slice(0, at).replace(/^\[|\]$/g, '');
  const type = /^[\d.]+$/.test(value) ? 'ipv4' : value.includes(':') ? 'ipv6' : 'hostname';
  const server = { value, type, scope: 'public', port: Number(address.slice(at + 1)) };
  return { servers: [[server]], 'ca-cert': caCert };
}

/** Who logged in, and what the client said of its version. */
export interface LoggedIn {
  readonly result: object;
  readonly clientVersion: AgentVersion | undefined;
}

/** Who logs in without a name: other controllers, for what they share (facts/juju-api 2.7). */
const ANONYMOUS = 'user-jujuanonymous';

/**
 * Checks a login and fills the session in.
 * @throws RpcError as in the failure matrix (facts/juju-api 2.2)
 */
export function login(host: Host, session: Session, params: unknown, address: string): LoggedIn {
  const wanted = readParams(loginParams, params);
  const upgrading = host.core.life.state === 'upgrading';
  try {
    const challenge = authenticate(host, session, wanted, upgrading, address);
    if (challenge) return { result: challenge, clientVersion: undefined };
  } catch (error) {
    session.tag = '';
    session.user = undefined;
    session.agent = -1;
    session.anonymous = false;
    if (!upgrading || (error instanceof RpcError && error.message.includes('blocked'))) throw error;
    throw new RpcError('login failed - maintenance in progress');
  }
  const moved = session.model && host.redirects.get(session.model.uuid);
  if (moved) {
    session.tag = '';
    session.user = undefined;
    session.agent = -1;
    throw new RpcError('redirection required', 'redirection required', redirectInfo(moved));
  }
  return {
    result: result(host, session, address),
    clientVersion: tryParseVersion(wanted['client-version']),
  };
}

/** What a login says of who it is. */
interface Wanted {
  readonly 'auth-tag': string;
  readonly credentials: string;
  readonly nonce: string;
  readonly macaroons?: unknown;
}

/** Fills the session in; gives an answer instead where a macaroon has to be discharged first. */
function authenticate(
  host: Host,
  session: Session,
  wanted: Wanted,
  upgrading: boolean,
  address: string,
): object | undefined {
  const tag = wanted['auth-tag'];
  const password = wanted.credentials;
  const proven = password === '' ? host.discharger.userOf(wanted.macaroons) : undefined;
  if (tag === ANONYMOUS && password === '') {
    if (upgrading) {
      throw new RpcError('anonymous login blocked because upgrade is in progress');
    }
    session.tag = tag;
    session.anonymous = true;
    return undefined;
  }
  if (tag === '' && password === '' && proven === undefined) throw noCredentials();
  if (tag !== '' && !tag.startsWith('user-')) {
    authenticateAgent(host, session, wanted, upgrading);
    return undefined;
  }
  const name = tag === '' ? (proven ?? '') : userName(tag);
  if (password === '' && proven !== name) return challenge(host, name, address);
  if (password !== '' && !host.accounts.passwordFits(name, password)) throw DISPATCH.badLogin();
  const reaches = session.model
    ? host.accounts.mayUse(name, session.model)
    : host.accounts.user(name)?.access !== '';
  if (!reaches) throw DISPATCH.permission();
  session.tag = `user-${name}`;
  session.user = name;
  return undefined;
}

/** The macaroon that a user has to have discharged; the same for names that nobody has. */
function challenge(host: Host, name: string, address: string): object {
  const at = address.includes(':') ? `[${address}]` : address;
  return {
    'discharge-required': host.discharger.challenge(name, `${at}:${host.port}`),
    'discharge-required-error': 'macaroon discharge required: authentication required',
  };
}

function authenticateAgent(host: Host, session: Session, wanted: Wanted, upgrading: boolean): void {
  const { core, accounts } = host;
  const tag = wanted['auth-tag'];
  if (!host.logins.take()) throw new RpcError('try again', 'try again');
  const row = session.model ? core.findAgent(session.model.uuid, tag) : -1;
  if (row < 0 || core.machines.isRetired(row)) throw DISPATCH.badLogin();
  const known = accounts.agentCredentials(row);
  if (known.password !== wanted.credentials) throw DISPATCH.badLogin();
  const what = `${tag.startsWith('unit-') ? 'unit' : 'machine'} ${core.machines.name(row)}`;
  if (known.nonce !== wanted.nonce)
    throw new RpcError(`${what} not provisioned`, 'not provisioned');
  if (upgrading && !core.machines.isController(row)) {
    throw new RpcError(`login for ${what} blocked because upgrade is in progress`);
  }
  session.tag = tag;
  session.agent = row;
}

function noCredentials(): RpcError {
  return new RpcError('no credentials provided', 'no credentials provided');
}

function result(host: Host, session: Session, address: string): object {
  const { core, accounts, port } = host;
  const { model, user } = session;
  const server = {
    value: address,
    type: address.includes(':') ? 'ipv6' : 'ipv4',
    scope: 'public',
    port,
  };
  const account = user === undefined ? undefined : accounts.user(user);
  const info = account && {
    'display-name': account.displayName,
    identity: `user-${account.name}`,
    'controller-access': account.access,
    'model-access': model ? accounts.accessTo(account.name, model) : '',
  };
  return {
    servers: [[server]],
    'model-tag': model ? modelTag(model) : '',
    'controller-tag': `controller-${core.uuid}`,
    ...(info ? { 'user-info': info } : {}),
    facades: announced(host.era, model, core.runningVersion()).filter(
      ({ name }) => !session.anonymous || FOR_ANYBODY.has(name),
    ),
    'server-version': printVersion(core.runningVersion()),
  };
}

/** Of what is served here, what an anonymous login may call (facts/juju-api 2.7). */
export const FOR_ANYBODY: ReadonlySet<string> = new Set(['NotifyWatcher', 'StringsWatcher']);

/** The facades of this kind of connection with the versions that the release has. */
export function announced(
  era: WireEra,
  model: Model | undefined,
  release: AgentVersion,
): { name: string; versions: readonly number[] }[] {
  const place = model ? 'model' : 'controller';
  const facades: { name: string; versions: readonly number[] }[] = [];
  for (const facade of FACADES.values()) {
    const versions = versionsIn(era, facade.name, release);
    const where = placeIn(facade, release);
    const here = where === 'both' || where === place;
    if (here && versions.length > 0) facades.push({ name: facade.name, versions });
  }
  return facades;
}
