/**
 * Reads the fault files of a folder, one fault a file, in the order of their ids, so that a run does
 * not depend on the file system's order. The faults that ship with the project stand in
 * `fixtures/faults`; a contributor may add a file there and nothing else.
 */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Fault, faultSchema } from './fault.ts';
import { FileError, readYaml } from './yaml-file.ts';

/** The faults that ship with the project. */
export const FAULTS_DIR = fileURLToPath(new URL('../../fixtures/faults', import.meta.url));

/**
 * All faults of a folder, sorted by id.
 * @throws FileError when the folder or a file cannot be read, a file does not fit, or its id is not
 * its file's name
 */
export function loadFaults(dir = FAULTS_DIR): Fault[] {
  let names: string[];
  try {
    names = readdirSync(dir).filter((name) => name.endsWith('.yaml'));
  } catch (error) {
    throw new FileError(
      `${dir}: cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
  return names.sort().map((name) => {
    const file = join(dir, name);
    const fault = readYaml(file, faultSchema);
    if (fault.id !== basename(name, '.yaml')) {
      throw new FileError(`${file}:1: id: the file says ${fault.id}, its name ${basename(name)}`);
    }
    return fault;
  });
}

/** A fault asked for that no file describes. */
export class UnknownFaultError extends Error {
  override readonly name = 'UnknownFaultError';
}

/**
 * The faults that `--faults` names: `all`, `none`, or ids separated by commas.
 * @throws UnknownFaultError naming every id that is not known, and those that are
 */
export function selectFaults(faults: readonly Fault[], asked: string): Fault[] {
  if (asked === 'all') return [...faults];
  if (asked === 'none' || asked === '') return [];
  const ids = new Set(asked.split(',').map((id) => id.trim()));
  const known = new Set(faults.map((fault) => fault.id));
  const unknown = [...ids].filter((id) => !known.has(id));
  if (unknown.length > 0) {
    throw new UnknownFaultError(
      `no fault ${unknown.map((id) => `"${id}"`).join(', ')}; there are: ${[...known].join(', ')}`,
    );
  }
  return faults.filter((fault) => ids.has(fault.id));
}
