/**
 * What form fields of every kind have in common: numbers, choices, flags, names, and what is said when
 * a value is none of them (facts/maas-api 7, 8.1).
 */
import type { Fields } from './fields.ts';
import { parseIp } from './ip.ts';
import { fieldRefusal } from './refusal.ts';

export const NO_CHOICE = 'Select a valid choice. That choice is not one of the available choices.';

export const REQUIRED = 'This field is required.';

/** A whole number within bounds, or undefined when the field is empty or absent. */
export function numberField(
  fields: Pick<Fields, 'text'>,
  name: string,
  { min = 0, max = 2 ** 31 - 1 }: { min?: number; max?: number } = {},
): number | undefined {
  const text = fields.text(name).trim();
  if (text === '') return undefined;
  if (!/^-?\d{1,15}$/.test(text)) {
    throw fieldRefusal(name, 'Enter a whole number.', { wanted: name, found: [text] });
  }
  const value = Number(text);
  if (value < min) {
    throw fieldRefusal(name, `Ensure this value is greater than or equal to ${min}.`);
  }
  if (value > max) {
    throw fieldRefusal(name, `Ensure this value is less than or equal to ${max}.`);
  }
  return value;
}

/** A form's choice. @throws Refusal 400 that lists the choices */
export function choiceField(
  fields: Pick<Fields, 'text'>,
  name: string,
  choices: readonly string[],
): string | undefined {
  const text = fields.text(name);
  if (text === '') return undefined;
  if (!choices.includes(text)) {
    const list = choices.map((choice) => `'${choice}'`).join(', ');
    throw fieldRefusal(name, `'${text}' is not a valid ${name}.  It should be one of: ${list}.`, {
      wanted: text,
      found: choices,
    });
  }
  return text;
}

/** A flag that knows only `true` and `false`; anything else counts as not given (facts 8.1). */
export function strictFlag(fields: Pick<Fields, 'text'>, name: string): boolean | undefined {
  const text = fields.text(name).toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

/** A text that must be there. @throws Refusal 400 */
export function requiredField(fields: Pick<Fields, 'text'>, name: string): string {
  const text = fields.text(name);
  if (text === '') throw fieldRefusal(name, REQUIRED, { wanted: name });
  return text;
}

/** An address; undefined when the field was not sent, null when it is empty. @throws Refusal 400 */
export function ipField(fields: Pick<Fields, 'optional'>, name: string): string | null | undefined {
  const text = fields.optional(name)?.trim();
  if (text === undefined) return undefined;
  if (text === '') return null;
  if (parseIp(text) === undefined) {
    throw fieldRefusal(name, 'Enter a valid IPv4 or IPv6 address.', { wanted: text });
  }
  return text;
}

/**
 * A name of letters, digits, blanks, dashes and underscores that nothing else has.
 * @param taken names that are in use already
 * @param label as in "<label> with this Name already exists."
 */
export function modelName(name: string, label: string, taken: Iterable<string | null>): string {
  if (!/^\w[ \w-]*$/.test(name) || name.length > 256) {
    throw fieldRefusal('name', 'Enter a valid value.', { wanted: name });
  }
  for (const other of taken) {
    if (other === name) {
      throw fieldRefusal('name', `${label} with this Name already exists.`, { wanted: name });
    }
  }
  return name;
}

/** Texts that are separated by commas or blanks, in one value or in several. */
export function listField(fields: Pick<Fields, 'all'>, name: string): string[] {
  return fields
    .all(name)
    .flatMap((value) => value.split(/[\s,]+/))
    .filter((item) => item !== '');
}
