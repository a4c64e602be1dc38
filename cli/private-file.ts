/**
 * Files with the secrets of a throw-away world: readable by their owner alone, whatever stood there
 * before, and never half written.
 */
import { chmodSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a text file with mode 0600 in a folder with mode 0700, both made where they are missing.
 * @throws an Error with a `code` such as `ENOENT` or `EACCES` when that cannot be
 */
export function writePrivate(path: string, text: string): void {
  makeFolder(dirname(path));
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, text, { mode: 0o600 });
  // A mode is for new files only, and less the umask.
  chmodSync(unfinished, 0o600);
  renameSync(unfinished, path);
}

/**
 * Makes a folder and those above it, one at a time: `mkdirSync` with `recursive` never returns where
 * the system refuses with ENOENT, as below `/proc`.
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}
