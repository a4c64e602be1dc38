/**
 * What each component is, read from its `component.json`: the library it drives, in which language,
 * under which licence, and how it can run. One record a folder; adding a client is adding a folder.
 */
import { readdir, readFile } from 'node:fs/promises';
import { z } from 'zod';

const Manifest = z.strictObject({
  id: z.string(),
  /** The client's own name: a Go module, an npm package, a Python or a Debian package. */
  library: z.string(),
  profile: z.enum(['maas', 'controller', 'agent', 'streams', 'client']),
  language: z.enum(['go', 'javascript', 'python']),
  /** How it can run, the preferred way first. */
  runtimes: z.array(z.enum(['docker', 'process'])).min(1),
  /** Folders that a build takes, relative to this one; the later one's files stand beside the earlier's. */
  sources: z.array(z.string()),
  dockerfile: z.string().optional(),
  /** Folders of the container that the client must write to; they are empty when it starts. */
  writable: z.array(z.string()).optional(),
  /** SPDX expression of the linked or loaded library. */
  licence: z.string(),
});

export type Manifest = z.infer<typeof Manifest>;

/** The folder that holds all components. */
export const COMPONENTS = new URL('./', import.meta.url);

/** The component's record, or undefined where no folder has that id. Rejects on a broken record. */
export async function readManifest(id: string): Promise<Manifest | undefined> {
  if (!(await componentIds()).includes(id)) return undefined;
  const text = await readFile(new URL(`${id}/component.json`, COMPONENTS), 'utf8');
  return Manifest.parse(JSON.parse(text));
}

/** The ids of all components: the folders that hold a `component.json`. */
export async function componentIds(): Promise<string[]> {
  const entries = await readdir(COMPONENTS, { withFileTypes: true, recursive: true });
  const root = COMPONENTS.pathname.replace(/\/$/, '');
  return entries
    .filter((entry) => entry.name === 'component.json' && entry.parentPath !== root)
    .map((entry) => entry.parentPath.slice(root.length + 1))
    .filter((id) => !id.includes('/'))
    .sort();
}
