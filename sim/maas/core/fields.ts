/** The parameters of a request as the core reads them, whatever they came in. */

/** What the operations read of a request; `api/` gives its parameters. */
export interface Fields {
  readonly sent: ReadonlyMap<string, readonly string[]>;
  has(name: string): boolean;
  all(name: string): readonly string[];
  text(name: string): string;
  optional(name: string): string | undefined;
  flag(name: string, absent?: boolean): boolean;
}

/**
 * A boolean of a form (not of a handler): only `true` and `false` are known; other texts count as
 * true, but `0` is taken for false, which the real form library does not (facts/maas-api 8.1, 14).
 */
export function formFlag(fields: Pick<Fields, 'text'>, name: string, absent: boolean): boolean {
  const value = fields.text(name).toLowerCase();
  if (value === '') return absent;
  return value !== 'false' && value !== '0';
}

/** A request that says nothing. */
export const NO_FIELDS: Fields = {
  sent: new Map(),
  has: () => false,
  all: () => [],
  text: () => '',
  optional: () => undefined,
  flag: (_, absent = false) => absent,
};
