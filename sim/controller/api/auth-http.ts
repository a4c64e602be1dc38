/**
 * The local discharger over HTTP, as the bakery's client speaks to it: `/auth/discharge` asks for a
 * login first, `/auth/form` takes name and password and gives a token (facts/juju-api 2.3).
 */
import { type DischargeRefusal, type Discharger, USERPASS } from './discharger.ts';
import type { WireMacaroon } from './macaroon.ts';

/** An answer of the discharger: status and JSON. */
export interface AuthAnswer {
  readonly status: number;
  readonly body: object;
}

/** A request below `/auth`; the query without its question mark. */
export interface AuthRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
}

/** The fields of the form, as clients that show one ask for them. */
const SCHEMA = {
  schema: {
    user: {
      description: 'username',
      type: 'string',
      mandatory: true,
      group: 'juju',
    },
    password: {
      description: 'password',
      type: 'string',
      mandatory: true,
      secret: true,
      group: 'juju',
    },
  },
};

/** Answers one request below `/auth`; undefined for a path that is not there. */
export function answerAuth(
  discharger: Discharger,
  { method, path, query, body }: AuthRequest,
): AuthAnswer | undefined {
  if (path === '/auth/form' && method === 'GET') return { status: 200, body: SCHEMA };
  if (path === '/auth/form' && method === 'POST') return form(discharger, body);
  if (path === '/auth/discharge' && method === 'POST') {
    // Go clients send the fields in the query, others in the body.
    return dischargeCaveat(discharger, new URLSearchParams(`${query}&${body}`));
  }
  if (path === '/auth/publickey' && method === 'GET') {
    // Nobody seals anything for this discharger: it is asked for by no client in use.
    return { status: 404, body: { Code: 'not found', Message: 'no public key' } };
  }
  return undefined;
}

function form(discharger: Discharger, body: string): AuthAnswer {
  let fields: unknown;
  try {
    fields = (JSON.parse(body) as { form?: unknown } | null)?.form;
  } catch {
    return { status: 400, body: { Code: 'bad request', Message: 'cannot unmarshal form' } };
  }
  const { user, password } = Object(fields) as { user?: unknown; password?: unknown };
  const name = String(user ?? '').replace(/@local$/, '');
  const token = discharger.login(name, String(password ?? ''));
  if (token === undefined) {
    const Message = 'invalid entity name or password';
    return { status: 401, body: { Code: 'unauthorized access', Message } };
  }
  const value = Buffer.from(token).toString('base64');
  return { status: 200, body: { token: { kind: USERPASS, value } } };
}

function dischargeCaveat(discharger: Discharger, fields: URLSearchParams): AuthAnswer {
  const id = fields.get('id') || unpacked(fields.get('id64'));
  const token = fields.get('token') || unpacked(fields.get('token64'));
  const made: WireMacaroon | DischargeRefusal = discharger.discharge(id, token);
  if (made === 'unknown') {
    const Message = 'cannot discharge: macaroon discharge for an unknown caveat';
    return { status: 400, body: { Code: 'bad request', Message } };
  }
  if (made === 'interaction') {
    return {
      status: 401,
      body: {
        Code: 'interaction required',
        Message: 'interaction required',
        Info: { InteractionMethods: { [USERPASS]: { url: '/auth/form' } } },
      },
    };
  }
  return { status: 200, body: { Macaroon: made } };
}

/** Text in base64 of either alphabet. */
function unpacked(text: string | null): string {
  return Buffer.from(text ?? '', 'base64').toString('utf8');
}
