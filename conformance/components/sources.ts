/**
 * The sources of a component as a build takes them: the folders that its manifest names, and
 * where a contributor gave a checkout of the library, that checkout with a `replace` for it. They
 * are laid out in a cache folder that is named after a digest of their content, so that a build is
 * made once and a changed source is never taken for the old one. The project's own files are not
 * touched: the `replace` is written into the copy of go.mod only.
 */
import { createHash } from 'node:crypto';
import { appendFile, cp, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMPONENTS, type Manifest } from './manifest.ts';

/** Name of the copied checkout beside the component's go.mod. */
const OWN_LIBRARY = 'library';

export interface Staged {
  /** Folder that holds each of the manifest's source folders under its own name. */
  readonly context: string;
  /** 16 hexadecimal digits over every path and byte. */
  readonly digest: string;
}

/** Where builds and staged sources are kept between runs. */
export function cacheFolder(): string {
  const root = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(root, 'maasquerade', 'components');
}

/**
 * Lays the sources out, or finds them laid out already.
 * @param checkout a contributor's own copy of the library (a folder with a go.mod)
 */
export async function stageSources(
  manifest: Manifest,
  checkout: string | undefined,
): Promise<Staged> {
  const folders = manifest.sources.map((name) => ({
    name,
    path: fileURLToPath(new URL(name, COMPONENTS)),
  }));
  if (checkout !== undefined)
    folders.push({ name: `${manifest.id}/${OWN_LIBRARY}`, path: checkout });
  const hash = createHash('sha256');
  for (const { name, path } of folders) {
    for (const file of await filesUnder(path)) {
      hash
        .update(`${name}/${relative(path, file)}\0`)
        .update(await readFile(file))
        .update('\0');
    }
  }
  const digest = hash.digest('hex').slice(0, 16);
  const context = join(cacheFolder(), `${manifest.id}-${digest}`);
  if (await exists(context)) return { context, digest };

  const unfinished = `${context}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  for (const { name, path } of folders) {
    const filter = (from: string) => basename(from) !== '.git';
    await cp(path, join(unfinished, name), { recursive: true, filter });
  }
  if (checkout !== undefined && manifest.language === 'go') {
    const line = `\nreplace ${manifest.library} => ./${OWN_LIBRARY}\n`;
    await appendFile(join(unfinished, manifest.id, 'go.mod'), line);
  }
  await publish(unfinished, context);
  return { context, digest };
}

/** Moves a finished file or folder to its place; where another process was faster, its work stays. */
export async function publish(unfinished: string, place: string): Promise<void> {
  try {
    await rename(unfinished, place);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!(await exists(place))) throw error;
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('/.git/'))
    .sort();
}
