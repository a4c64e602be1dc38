/**
 * How numbers on a command line are read, for every command alike: decimal digits and nothing else.
 * `Number` would take '' for 0 and 0x10 for 16, and a script's unset variable would pass for a value.
 */
import { InvalidArgumentError } from 'commander';

/** A reader of whole numbers of at least 0. */
export function whole(most: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number <= most) return number;
    throw new InvalidArgumentError(`a whole number from 0 to ${most} is wanted.`);
  };
}

/** A reader of decimal numbers of at least 0. */
export function decimal(text: string): number {
  if (/^\d{1,15}(\.\d{1,15})?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a number such as 5 or 2.5 is wanted.');
}

/** A reader of decimal numbers above 0. */
export function positive(text: string): number {
  const number = decimal(text);
  if (number > 0) return number;
  throw new InvalidArgumentError('a number above 0 is wanted.');
}
