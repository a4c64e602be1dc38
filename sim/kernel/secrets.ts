/**
 * Secrets (passwords, API keys, nonces) are random per run and apart from seeded randomness: they
 * never enter trace, hash or evidence. {@link redact} is how a text that might hold one is printed.
 */
import { randomBytes, randomInt } from 'node:crypto';

const ALPHANUMERIC = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

export class Secrets {
  readonly #known = new Set<string>();

  /** A new secret of `length` alphanumeric characters. */
  token(length: number): string {
    let text = '';
    for (let i = 0; i < length; i++) text += ALPHANUMERIC[randomInt(ALPHANUMERIC.length)];
    return this.remember(text);
  }

  /** A new secret of `bytes` random bytes, in hexadecimal. */
  hex(bytes: number): string {
    return this.remember(randomBytes(bytes).toString('hex'));
  }

  /** Registers a secret that came from outside, so that {@link redact} hides it too. */
  remember(secret: string): string {
    if (secret !== '') this.#known.add(secret);
    return secret;
  }

  /** `text` with every known secret replaced by `[secret]`. */
  redact(text: string): string {
    let safe = text;
    for (const secret of this.#known) safe = safe.replaceAll(secret, '[secret]');
    return safe;
  }
}
