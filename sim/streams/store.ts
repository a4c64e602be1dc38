/**
 * Where a metadata tree lies: in memory (worlds, tests) or in a directory (a published cache). Both
 * answer a path exactly as a plain file server rooted there would; no path leads outside, neither
 * by `..`, an absolute path, a backslash, a NUL nor a symbolic link.
 */
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { StreamStore } from './types.ts';

/** A tree in memory. */
export class MemoryStore implements StreamStore {
  readonly #files = new Map<string, Uint8Array>();

  read(path: string): Uint8Array | undefined {
    return this.#files.get(path);
  }

  write(path: string, bytes: Uint8Array): void {
    if (!isInside(path)) throw new RangeError(`"${path}" is no path inside a metadata tree`);
    this.#files.set(path, bytes);
  }

  remove(path: string): boolean {
    return this.#files.delete(path);
  }

  paths(): string[] {
    return [...this.#files.keys()].sort();
  }
}

/** A tree in a directory, which is made with the first write. Files are replaced atomically. */
export class DirectoryStore implements StreamStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  read(path: string): Uint8Array | undefined {
    if (!isInside(path)) return undefined;
    try {
      const root = realpathSync(this.#root);
      const real = realpathSync(join(root, path));
      if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) return undefined;
      return lstatSync(real).isFile() ? readFileSync(real) : undefined;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  write(path: string, bytes: Uint8Array): void {
    if (!isInside(path)) throw new RangeError(`"${path}" is no path inside a metadata tree`);
    const file = join(this.#root, path);
    const parent = dirname(file);
    mkdirSync(parent, { recursive: true });
    const root = realpathSync(this.#root);
    const realParent = realpathSync(parent);
    if (realParent !== root && !realParent.startsWith(root + sep)) {
      throw new RangeError(`"${path}" leads outside the metadata tree through a symbolic link`);
    }
    // Written beside and renamed, so that a reader never sees half a file.
    const partial = `${file}.partial`;
    writeFileSync(partial, bytes);
    renameSync(partial, file);
  }

  remove(path: string): boolean {
    if (this.read(path) === undefined) return false;
    rmSync(join(this.#root, path));
    return true;
  }

  paths(): string[] {
    try {
      return readdirSync(this.#root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(join(this.#root, sep).length))
        .map((path) => path.replaceAll(sep, '/'))
        .sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }
}

/** Whether a path stays below its base: plain segments joined by single slashes. */
export function isInside(path: string): boolean {
  if (path.length === 0 || path.length > 1024 || /[\\\0]/.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'ELOOP';
}
