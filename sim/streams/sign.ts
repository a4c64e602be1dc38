/**
 * OpenPGP clear signatures over metadata files (facts/juju-versions-and-upgrades 5.3). Real clients
 * trust one key that is built into them, so what is signed here is trusted only by readers that are
 * given the public key. The key is made for one store and its secret half is never written: ECDSA on
 * P-256, which the OpenPGP library of released clients can read (it knows no EdDSA).
 */

import {
  createCleartextMessage,
  generateKey,
  type PrivateKey,
  type PublicKey,
  readCleartextMessage,
  readKey,
  sign,
  verify,
} from 'openpgp';
import { sha256Of } from './archive.ts';

/** Signatures that need no mathematics again, because they were made or checked before. */
export interface KnownSignatures {
  /** The armoured public key that made them. */
  readonly publicKey: string;
  /** The signed text of exactly these bytes, or undefined when they are not known. */
  textOf(bytes: Uint8Array): Uint8Array | undefined;
}

/** A throw-away signing key, which knows what it has signed. */
export interface Signer extends KnownSignatures {
  /** `text` in a clear-signed envelope. */
  sign(text: string): Promise<Uint8Array>;
}

/** What a signed file turned out to be. */
export type Signature =
  | { readonly kind: 'good'; readonly text: Uint8Array }
  | { readonly kind: 'not-signed' }
  | { readonly kind: 'bad'; readonly detail: string };

/** @param date when key and signatures claim to be made; readers refuse the future. */
export async function createSigner(date: Date): Promise<Signer> {
  const { privateKey, publicKey } = await generateKey({
    type: 'ecc',
    curve: 'nistP256',
    userIDs: [{ name: 'agent metadata of one simulated world' }],
    format: 'object',
    date,
  });
  const known = new Map<string, Uint8Array>();
  return {
    publicKey: publicKey.armor(),
    textOf: (bytes) => known.get(sha256Of(bytes)),
    sign: async (text) => {
      const signed = await clearSign(text, privateKey, date);
      known.set(sha256Of(signed), new TextEncoder().encode(text));
      return signed;
    },
  };
}

/**
 * Checks a clear-signed file as upstream does: no envelope, or a signature by the key, or neither.
 * @param publicKey armoured; absent means that no key is trusted
 */
export async function checkSignature(bytes: Uint8Array, publicKey?: string): Promise<Signature> {
  const content = new TextDecoder().decode(bytes);
  if (!isClearSigned(bytes)) return { kind: 'not-signed' };
  if (publicKey === undefined) return { kind: 'bad', detail: 'signed, but no key is trusted' };
  try {
    const key: PublicKey = await readKey({ armoredKey: publicKey });
    const message = await readCleartextMessage({ cleartextMessage: content });
    // A null date: whether the key was valid when it signed is judged, not the wall clock's today.
    const result = await verify({ message, verificationKeys: key, date: null, expectSigned: true });
    return { kind: 'good', text: new TextEncoder().encode(result.data) };
  } catch (error) {
    return { kind: 'bad', detail: (error as Error).message };
  }
}

/** Whether the file has the envelope at all, whatever it is worth. */
export function isClearSigned(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes).includes('-----BEGIN PGP SIGNED MESSAGE-----');
}

async function clearSign(text: string, key: PrivateKey, date: Date): Promise<Uint8Array> {
  const message = await createCleartextMessage({ text });
  return new TextEncoder().encode(await sign({ message, signingKeys: key, date }));
}
