/**
 * Parameters as a Go server reads them: keys match case-blind, a missing or null field is the type's
 * zero value, unknown keys are ignored, and a value of the wrong type is an error that leaves the
 * connection open (facts/juju-api 0 G5 and G16, 1.3).
 */
import { z } from 'zod';
import { type AgentVersion, parseVersion, VersionError, ZERO } from '../../versions/number.ts';
import { RpcError } from './rpc.ts';

export const text = () =>
  z
    .string()
    .nullish()
    .transform((value) => value ?? '');

export const flag = () =>
  z
    .boolean()
    .nullish()
    .transform((value) => value ?? false);

export const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);

/** A struct: its keys match case-blind. */
export const struct = <S extends z.core.$ZodShape>(shape: S) => {
  const known = new Map(Object.keys(shape).map((key) => [key.toLowerCase(), key]));
  return z.preprocess((value) => folded(value, known), z.object(shape));
};

/** Anything at all: for fields that are read but not acted on. */
export const anything = () => z.unknown().optional();

/** A map from text to any value. */
export const attributes = () =>
  z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((value) => value ?? {});

export const entity = () => struct({ tag: text() });
export const entities = () => struct({ entities: list(entity()) });
export const nothing = () => struct({});

/**
 * The parameters as `schema` reads them.
 * @throws RpcError with no code, as for values that the real decoder rejects
 */
export function readParams<T extends z.ZodType>(schema: T, params: unknown): z.output<T> {
  const result = schema.safeParse(params ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const where = issue.path.length > 0 ? ` (field ${issue.path.map(String).join('.')})` : '';
  throw new RpcError(`json: cannot unmarshal value into Go value${where}`);
}

/**
 * A version number on the wire: text, where empty counts as zero (G15).
 * @throws RpcError with the parser's text
 */
export function readVersion(value: string): AgentVersion {
  if (value === '') return ZERO;
  try {
    return parseVersion(value);
  } catch (error) {
    if (error instanceof VersionError) throw new RpcError(error.message);
    throw error;
  }
}

function folded(value: unknown, known: ReadonlyMap<string, string>): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const read: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    const name = known.get(key.toLowerCase());
    if (name !== undefined) read[name] = field;
  }
  return read;
}
