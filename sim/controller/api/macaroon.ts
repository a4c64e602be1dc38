/**
 * Macaroons as Go clients exchange them (version 2, JSON): minting with a caveat for a third party,
 * discharging it, and verifying both with the signature chain. The controller is minter and
 * discharger in one, so it keeps the caveat's key itself instead of sealing it into the macaroon;
 * what stands in its place is random (facts/juju-api 2.3). Clients look at none of the signatures.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** A caveat as it goes out; `v64` and `l` are there for third parties' only. */
interface WireCaveat {
  readonly i: string;
  readonly v64?: string;
  readonly l?: string;
}

/** A macaroon as it goes out. */
export interface WireMacaroon {
  readonly v: 2;
  readonly l: string;
  readonly i: string;
  readonly c: readonly WireCaveat[];
  readonly s64: string;
}

/** What a client sent, as far as it could be read. */
export interface ReadMacaroon {
  readonly id: string;
  readonly signature: Buffer;
}

/** A macaroon with the key of its third-party caveat, which never leaves the controller. */
export interface Minted {
  readonly wire: WireMacaroon;
  readonly caveatId: string;
  readonly caveatKey: Buffer;
}

const HASH_BYTES = 32;
/** Length of a sealed caveat key: nonce, tag and 32 bytes. */
export const SEALED_BYTES = 72;

/** A macaroon that is good once `location` has discharged its caveat. */
export function mint(o: {
  readonly rootKey: Buffer;
  /** Key of the third-party caveat, 32 bytes. */
  readonly caveatKey: Buffer;
  /** What stands in the place of the sealed key, {@link SEALED_BYTES} random bytes. */
  readonly sealed: Buffer;
  readonly id: string;
  readonly caveatId: string;
  readonly location: string;
  /** First-party caveats, such as `time-before 2026-01-01T00:00:00Z`. */
  readonly conditions: readonly string[];
}): Minted {
  const caveats: WireCaveat[] = [];
  let signature = hmac(derived(o.rootKey), o.id);
  for (const condition of o.conditions) {
    caveats.push({ i: condition });
    signature = hmac(signature, condition);
  }
  signature = hmac2(signature, o.sealed, Buffer.from(o.caveatId));
  caveats.push({ i: o.caveatId, v64: url64(o.sealed), l: o.location });
  return {
    wire: { v: 2, l: 'juju', i: o.id, c: caveats, s64: url64(signature) },
    caveatId: o.caveatId,
    caveatKey: o.caveatKey,
  };
}

/** The answer to a caveat: a macaroon signed with the caveat's key. */
export function discharge(caveatKey: Buffer, caveatId: string): WireMacaroon {
  const signature = hmac(derived(caveatKey), caveatId);
  return { v: 2, l: '', i: caveatId, c: [], s64: url64(signature) };
}

/** Whether `presented` is the minted macaroon and its discharge, bound to it. */
export function fits(minted: Minted, presented: readonly ReadMacaroon[]): boolean {
  const root = Buffer.from(minted.wire.s64, 'base64url');
  const own = Buffer.from(discharge(minted.caveatKey, minted.caveatId).s64, 'base64url');
  const bound = hmac2(Buffer.alloc(HASH_BYTES), root, own);
  const [first, ...rest] = presented;
  return (
    first !== undefined &&
    same(first.signature, root) &&
    rest.some((one) => one.id === minted.caveatId && same(one.signature, bound))
  );
}

/** Reads one macaroon of a client; of version 1 (hexadecimal signature) too. Undefined for any other value. */
export function readMacaroon(value: unknown): ReadMacaroon | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { i, i64, identifier, s64, signature } = value as Record<string, unknown>;
  const id =
    typeof i === 'string'
      ? i
      : typeof i64 === 'string'
        ? Buffer.from(i64, 'base64url').toString('utf8')
        : identifier;
  if (typeof id !== 'string') return undefined;
  if (typeof s64 === 'string') return { id, signature: Buffer.from(s64, 'base64url') };
  if (typeof signature === 'string') return { id, signature: Buffer.from(signature, 'hex') };
  return undefined;
}

function derived(key: Buffer): Buffer {
  return hmac(Buffer.from('macaroons-key-generator'), key);
}

function hmac(key: Buffer, data: string | Buffer): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

function hmac2(key: Buffer, a: Buffer, b: Buffer): Buffer {
  return hmac(key, Buffer.concat([hmac(key, a), hmac(key, b)]));
}

function same(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function url64(bytes: Buffer): string {
  return bytes.toString('base64url');
}
