/** Annotations that people put on models and agents (facts/juju-api 3.9, 5.2): texts by key. */
import { RpcError } from './rpc.ts';

/** Most keys on one entity, and longest key or value. */
const MOST_KEYS = 1_000;
const MOST_TEXT = 64 * 1024;
const NO_DOTS = /^[^.$]+$/;

export class Annotations {
  readonly #of = new Map<string, Map<string, string>>();

  /** @param entity what is annotated, unique in the controller */
  get(entity: string): Record<string, string> {
    return Object.fromEntries(this.#of.get(entity) ?? []);
  }

  /** Sets keys; an empty value takes a key away. @throws RpcError; nothing has changed then */
  set(entity: string, annotations: Readonly<Record<string, string>>): void {
    const entries = Object.entries(annotations);
    for (const [key, value] of entries) {
      if (!NO_DOTS.test(key) || key.length + value.length > MOST_TEXT) {
        throw new RpcError(`invalid key "${key.slice(0, 80)}"`);
      }
    }
    const now = this.#of.get(entity) ?? new Map<string, string>();
    if (now.size + entries.length > MOST_KEYS) {
      throw new RpcError('too many annotations', 'quota limit exceeded');
    }
    for (const [key, value] of entries) {
      if (value === '') now.delete(key);
      else now.set(key, value);
    }
    this.#of.set(entity, now);
  }
}
