/**
 * Parameters of a request, as the handlers read them: names with all their values, in the order
 * received. Reading is strict in MAAS's own ways: a missing mandatory one is `No provided <name>!`, a
 * handler-level boolean knows a fixed list of words (facts/maas-api 7, 8.1).
 */
import { refusal } from '../core/refusal.ts';

/** A file part of a multipart body. */
export interface UploadedFile {
  readonly field: string;
  readonly content: Uint8Array;
}

const TRUE = new Set(['true', 't', 'yes', 'y', 'on', '1']);
const FALSE = new Set(['false', 'f', 'no', 'n', 'off', '0']);

export class Params {
  readonly #values = new Map<string, string[]>();

  add(name: string, value: string): void {
    const present = this.#values.get(name);
    if (present) present.push(value);
    else this.#values.set(name, [value]);
  }

  /** As if the names had never been sent. */
  forget(names: readonly string[]): void {
    for (const name of names) this.#values.delete(name);
  }

  /** Everything, in the order received. */
  get sent(): ReadonlyMap<string, readonly string[]> {
    return this.#values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** All values of a name; none is an empty list. */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** The last value, as the form library takes it; absent is the empty text. */
  text(name: string): string {
    return this.#values.get(name)?.at(-1) ?? '';
  }

  /** As {@link text}, or undefined when the name was not sent. */
  optional(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  /** @throws Refusal 400 `No provided <name>!` */
  mandatory(name: string): string {
    const value = this.text(name);
    if (value === '') throw refusal('invalid', `No provided ${name}!`, { wanted: name });
    return value;
  }

  /** A handler-level boolean. @throws Refusal 400 for another word */
  flag(name: string, absent = false): boolean {
    const value = this.text(name);
    if (value === '') return absent;
    const word = value.toLowerCase();
    if (TRUE.has(word)) return true;
    if (FALSE.has(word)) return false;
    throw refusal('invalid', `Invalid ${name}: Value should be one of: ${FLAG_WORDS}`, {
      wanted: name,
      found: [value],
    });
  }
}

const FLAG_WORDS = [...TRUE, ...FALSE].join(', ');
