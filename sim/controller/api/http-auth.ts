/**
 * Who sends an HTTP request or opens a log socket: Basic authorization with a tag and a password, or
 * macaroons in cookies that a login left; agents send their nonce too (facts/juju-api 1.6).
 */
import type { IncomingMessage } from 'node:http';
import type { Model } from '../core/model.ts';
import type { Host } from './facade.ts';
import { userName } from './grants.ts';

const MOST_COOKIES = 20;

interface Basic {
  readonly tag: string;
  readonly password: string;
}

function basicOf(request: IncomingMessage): Basic | undefined {
  const encoded = /^Basic (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (!encoded) return undefined;
  const [tag = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { tag, password: rest.join(':') };
}

/** The user whose password or macaroon came with the request. */
export function requestUser(host: Host, request: IncomingMessage): string | undefined {
  const basic = basicOf(request);
  const named = basic?.tag.startsWith('user-') ? userName(basic.tag) : undefined;
  if (basic && named !== undefined && basic.password !== '') {
    return host.accounts.passwordFits(named, basic.password) ? named : undefined;
  }
  const proven = host.discharger.userOf(macaroonsOf(request));
  return named === undefined || proven === named ? proven : undefined;
}

/** The tag of the model's agent whose password and nonce came with the request. */
export function requestAgent(
  host: Host,
  request: IncomingMessage,
  model: Model,
): string | undefined {
  const basic = basicOf(request);
  const row = basic ? host.core.findAgent(model.uuid, basic.tag) : -1;
  if (!basic || row < 0 || host.core.machines.isRetired(row)) return undefined;
  const known = host.accounts.agentCredentials(row);
  const nonce = request.headers['x-juju-nonce'] ?? '';
  return known.password === basic.password && known.nonce === nonce ? basic.tag : undefined;
}

/** Sets of macaroons in the request's cookies, still to be judged. */
function macaroonsOf(request: IncomingMessage): unknown[] {
  const sets: unknown[] = [];
  for (const cookie of (request.headers.cookie ?? '').split(/; */).slice(0, MOST_COOKIES)) {
    const value = /^macaroon-[^=]*=(.+)$/.exec(cookie)?.[1];
    if (value === undefined) continue;
    try {
      sets.push(JSON.parse(Buffer.from(value, 'base64').toString('utf8')));
    } catch {
      // Some other cookie of that name: proves nothing.
    }
  }
  return sets;
}
