/**
 * Login of local users without a stored password: the controller mints a macaroon whose caveat its
 * own discharger at `/auth` answers once the user has given name and password there
 * (facts/juju-api 2.3). What a user gets is good for a day; the controller remembers a bounded
 * number of them and forgets the oldest first.
 */
import { createHmac } from 'node:crypto';
import type { Clock } from '../../kernel/clock.ts';
import type { Secrets } from '../../kernel/secrets.ts';
import type { Accounts } from './accounts.ts';
import {
  discharge,
  fits,
  type Minted,
  mint,
  readMacaroon,
  SEALED_BYTES,
  type WireMacaroon,
} from './macaroon.ts';

/** Name of the way to prove who one is that clients look for. */
export const USERPASS = 'juju_userpass';
/** Validity of a login, in milliseconds. */
const DAY_MS = 86_400_000;
const MOST = 10_000;
const HASH_BYTES = 32;

interface Pending {
  readonly user: string;
  readonly minted: Minted;
  readonly untilMs: number;
}

/** Why a caveat was not discharged. */
export type DischargeRefusal = 'unknown' | 'interaction';

export class Discharger {
  readonly #accounts: Accounts;
  readonly #secrets: Secrets;
  readonly #clock: Clock;
  readonly #seed: string;
  #drawn = 0;
  /** By id of the root macaroon. */
  readonly #roots = new Map<string, Pending>();
  /** By id of the caveat. */
  readonly #caveats = new Map<string, Pending>();
  /** Who showed a password, by token. */
  readonly #tokens = new Map<string, { user: string; untilMs: number }>();

  /** @param clock the clock of real dates, since real clients judge validity by their own */
  constructor(accounts: Accounts, secrets: Secrets, clock: Clock) {
    this.#accounts = accounts;
    this.#secrets = secrets;
    this.#seed = secrets.hex(HASH_BYTES);
    this.#clock = clock;
  }

  /** A macaroon for `user`, to be discharged at `https://<address>/auth`. */
  challenge(user: string, address: string): WireMacaroon {
    const until = new Date(this.#clock.date().getTime() + DAY_MS);
    const minted = mint({
      rootKey: this.#random(24),
      caveatKey: this.#random(32),
      sealed: this.#random(SEALED_BYTES),
      id: this.#random(16).toString('hex'),
      caveatId: this.#random(24).toString('hex'),
      location: `https://${address}/auth`,
      conditions: [`time-before ${until.toISOString()}`],
    });
    const pending = { user, minted, untilMs: until.getTime() };
    remember(this.#roots, minted.wire.i, pending);
    remember(this.#caveats, minted.caveatId, pending);
    return minted.wire;
  }

  /** A token for who knows the password; undefined for anybody else. */
  login(user: string, password: string): string | undefined {
    if (!this.#accounts.passwordFits(user, password)) return undefined;
    const token = this.#secrets.hex(24);
    remember(this.#tokens, token, { user, untilMs: this.#clock.date().getTime() + DAY_MS });
    return token;
  }

  /** Answers a caveat for who holds a token of its user. */
  discharge(caveatId: string, token: string): WireMacaroon | DischargeRefusal {
    const pending = this.#alive(this.#caveats, caveatId);
    if (!pending) return 'unknown';
    if (this.#alive(this.#tokens, token)?.user !== pending.user) return 'interaction';
    return discharge(pending.minted.caveatKey, caveatId);
  }

  /** The user whom one of these sets of macaroons proves, if any. */
  userOf(macaroons: unknown): string | undefined {
    if (!Array.isArray(macaroons)) return undefined;
    for (const set of macaroons.slice(0, 20)) {
      if (!Array.isArray(set)) continue;
      const read = set.slice(0, 20).map(readMacaroon);
      const [root] = read;
      const pending = root && this.#alive(this.#roots, root.id);
      if (!pending || read.includes(undefined)) continue;
      const known = this.#accounts.user(pending.user);
      const valid = fits(pending.minted, read as NonNullable<(typeof read)[0]>[]);
      if (valid && known && !known.disabled) return pending.user;
    }
    return undefined;
  }

  /**
   * New bytes that nobody can guess, of one secret: anybody may ask for challenges, so nothing that
   * is kept for good may grow with them.
   */
  #random(bytes: number): Buffer {
    const parts: Buffer[] = [];
    for (let left = bytes; left > 0; left -= HASH_BYTES) {
      const hash = createHmac('sha256', this.#seed)
        .update(String(this.#drawn++))
        .digest();
      parts.push(hash.subarray(0, left));
    }
    return Buffer.concat(parts);
  }

  #alive<T extends { untilMs: number }>(all: Map<string, T>, id: string): T | undefined {
    const found = all.get(id);
    return found && found.untilMs > this.#clock.date().getTime() ? found : undefined;
  }
}

function remember<T>(all: Map<string, T>, id: string, what: T): void {
  if (all.size >= MOST) all.delete(all.keys().next().value!);
  all.set(id, what);
}
