/**
 * Printing of steps, shared by everything the driver does: one JSON line a step, as
 * `../STEPS.md` asks. A call whose promise never settles is an answer too (the library drops
 * replies that it cannot read), so each step has a limit of its own.
 */
import type { Connection, RpcRequest, Transport } from './library.ts';

/** How long a call may take before it counts as not answered, in milliseconds. */
const SETTLE_MS = 5_000;

/** A step that this one builds on has failed; printed as `needs <step>`. */
export class Needs extends Error {
  constructor(step: string) {
    super(`needs ${step}`);
  }
}

/** Returns the value, or throws {@link Needs} where an earlier step left nothing. */
export function need<T>(value: T | undefined, step: string): T {
  if (value === undefined) throw new Needs(step);
  return value;
}

/** Does one step and prints what came of it. Returns the value, or undefined where it failed. */
export async function step<T>(name: string, work: () => Promise<T> | T): Promise<T | undefined> {
  try {
    const value = await settled(work());
    print({ step: name, ok: true, value });
    return value;
  } catch (error) {
    print({ step: name, ok: false, error: textOf(error) });
    return undefined;
  }
}

/** Rejects with `no answer` when the promise does not settle in time. */
export async function settled<T>(promise: Promise<T> | T, ms = SETTLE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** One request by the library's transport, for what no generated facade would send. */
export function raw(transport: Transport, request: RpcRequest): Promise<unknown> {
  return new Promise((resolve, reject) => transport.write({ ...request }, resolve, reject));
}

/** Calls a method of a facade of the connection; an error where the library made no such facade. */
export function call(
  connection: Connection,
  facade: string,
  method: string,
  params: unknown = {},
): Promise<unknown> {
  const made = connection.facades[facade];
  if (!made) throw new Error(`the library has no facade ${facade} in common with the controller`);
  if (typeof made[method] !== 'function') throw new Error(`${facade} has no method ${method}`);
  return made[method](params);
}

function print(line: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
