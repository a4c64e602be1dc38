/**
 * OAuth 1.0 with PLAINTEXT signatures, as MAAS checks it: seven checks in a fixed order, each with
 * its own 401 text (facts/maas-api 2.2; the texts come from a public fork of the framework and are
 * unconfirmed there). Timestamps are held against a clock of the real world, because clients sign
 * with theirs; a bound fault may set the region's clock off. Nonces are remembered as long as a
 * timestamp may be old.
 */
import type { Clock } from '../../kernel/clock.ts';
import type { Token } from '../core/accounts.ts';
import type { MaasCore } from '../core/core.ts';
import type { User } from '../core/objects.ts';
import { pyString } from '../core/python.ts';
import type { MaasRequest } from '../points.ts';
import type { Params } from './params.ts';

/** How old a timestamp may be, and how long a nonce is remembered, in seconds. */
const WINDOW_SECONDS = 300;
const MAX_NONCES = 100_000;

/** What came of looking at a request's credentials. */
export type Authentication =
  | { readonly kind: 'user'; readonly user: User; readonly tokenKey: string }
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'malformed'; readonly text: string }
  | { readonly kind: 'refused'; readonly text: string };

const MANDATORY = [
  'oauth_consumer_key',
  'oauth_token',
  'oauth_signature',
  'oauth_signature_method',
  'oauth_timestamp',
  'oauth_nonce',
] as const;

type OauthData = Readonly<Record<(typeof MANDATORY)[number], string>> & {
  readonly oauth_version?: string;
};

export class OAuth {
  readonly #core: MaasCore;
  readonly #clock: Clock;
  /** Nonce by consumer and token, with the second it was used in; oldest first. */
  readonly #nonces = new Map<string, number>();

  constructor(core: MaasCore, clock: Clock) {
    this.#core = core;
    this.#clock = clock;
  }

  /** The region's idea of now, in milliseconds since 1970, as far off as a fault says. */
  now(request: MaasRequest): number {
    return this.#clock.date().getTime() + (this.#core.points.clockSkewMs.ask(request) ?? 0);
  }

  /** Looks at header, query and form, in this order. */
  authenticate(
    header: string | null,
    query: Params,
    form: Params,
    request: MaasRequest,
  ): Authentication {
    const sent = header === null ? (fromParams(query) ?? fromParams(form)) : fromHeader(header);
    if (!sent) return { kind: 'anonymous' };
    const missing = MANDATORY.filter((name) => !(name in sent));
    if (missing.length > 0) {
      if (!this.#core.features.badOauthIs400) return { kind: 'anonymous' };
      return { kind: 'malformed', text: `'Bad Request: missing ${missing.join(', ')}'` };
    }
    return this.#check(sent as unknown as OauthData, this.now(request));
  }

  #check(data: OauthData, nowMs: number): Authentication {
    if (data.oauth_version !== undefined && data.oauth_version !== '1.0') {
      return refused(pyString(`OAuth version ${data.oauth_version} not supported.`));
    }
    const { accounts } = this.#core;
    if (!accounts.knowsConsumer(data.oauth_consumer_key)) {
      return refused('Invalid API key.');
    }
    const token = accounts.tokenOf(data.oauth_token);
    if (!token) return refused(pyString(`Invalid access token: ${data.oauth_token}`));
    const now = Math.floor(nowMs / 1000);
    const timestamp = /^[+-]?\d{1,15}$/.test(data.oauth_timestamp)
      ? Number(data.oauth_timestamp)
      : undefined;
    if (timestamp === undefined) {
      return { kind: 'malformed', text: `invalid literal for int(): ${data.oauth_timestamp}` };
    }
    if (now - timestamp > WINDOW_SECONDS) {
      return refused(
        pyString(
          `Expired timestamp: given ${timestamp} and now ${now} has a greater difference than threshold ${WINDOW_SECONDS}`,
        ),
      );
    }
    const nonce = `${data.oauth_consumer_key}\n${data.oauth_token}\n${data.oauth_nonce}`;
    this.#forgetNonces(now);
    if (this.#nonces.has(nonce))
      return refused(pyString(`Nonce already used: ${data.oauth_nonce}`));
    this.#nonces.set(nonce, now);
    return this.#checkSignature(data, token);
  }

  #checkSignature(data: OauthData, token: Token): Authentication {
    const method = data.oauth_signature_method;
    // HMAC-SHA1 is known to the real one; no client uses it, so it is refused here as unknown.
    if (method !== 'PLAINTEXT') {
      return refused(
        pyString(
          `Signature method ${method} not supported try one of the following: HMAC-SHA1, PLAINTEXT`,
        ),
      );
    }
    if (data.oauth_signature !== `&${token.tokenSecret}`) {
      return refused(pyString('Invalid signature. Expected signature base string: [secret]'));
    }
    const user = this.#core.accounts.users.get(token.username);
    const { tokenKey } = token;
    return user ? { kind: 'user', user, tokenKey } : refused('Invalid API key.');
  }

  #forgetNonces(now: number): void {
    for (const [nonce, usedAt] of this.#nonces) {
      if (now - usedAt <= WINDOW_SECONDS && this.#nonces.size < MAX_NONCES) return;
      this.#nonces.delete(nonce);
    }
  }
}

function refused(text: string): Authentication {
  return { kind: 'refused', text: `Authorization Error: ${text}` };
}

function fromHeader(header: string): Record<string, string> | undefined {
  const found = /^OAuth\s+(.*)$/is.exec(header.trim());
  if (!found) return undefined;
  const data: Record<string, string> = Object.create(null);
  for (const [, key, value] of found[1]!.matchAll(/([a-z_]+)="([^"]*)"/gi)) {
    data[key!] = percentDecode(value!);
  }
  return data;
}

function fromParams(params: Params): Record<string, string> | undefined {
  const data: Record<string, string> = Object.create(null);
  for (const [name, values] of params.sent) {
    if (name.startsWith('oauth_')) data[name] = values[0]!;
  }
  return 'oauth_token' in data || 'oauth_consumer_key' in data ? data : undefined;
}

function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray percent sign stands for itself, as in Python's unquote.
    return text;
  }
}
