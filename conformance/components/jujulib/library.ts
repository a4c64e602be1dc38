/**
 * The library under test, loaded unmodified: from the npm package, or from a contributor's own
 * checkout when MAASQUERADE_LIBRARY names one. Only the little of its surface that the driver uses
 * is typed here, since a checkout may be of any version. The library prints to the console when a
 * socket or a reply is not to its liking; standard output belongs to the driver's steps, so the
 * console goes to standard error.
 */
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

/** A facade as the library makes it: lower camel case methods that take one params object. */
export type Facade = Record<string, (params: unknown) => Promise<unknown>> & {
  readonly VERSION: number;
};

export interface RpcRequest {
  readonly type: string;
  readonly request: string;
  readonly version: number;
  readonly params?: unknown;
  readonly id?: string;
}

export interface Transport {
  write(
    request: RpcRequest,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ): void;
}

export interface Connection {
  readonly facades: Record<string, Facade | undefined>;
  readonly transport: Transport;
  readonly info: Record<string, unknown>;
}

export interface Client {
  readonly _transport: Transport;
  login(credentials: { username: string; password: string }): Promise<Connection>;
  logout(callback?: (code: number, next: (code: number) => void) => void): void;
}

export interface Library {
  readonly name: string;
  readonly version: string;
  /** Facade tables, each with all versions that the library has. */
  readonly facades: readonly unknown[];
  /** The same without versions of Client that have no `watchAll`: the library's newest has none. */
  readonly watchingFacades: readonly unknown[];
  connect(url: string, options: Record<string, unknown>): Promise<Client>;
}

/** A facade's versions as the library exports them together. */
interface FacadeTable {
  readonly name: string;
  readonly versions: readonly { readonly prototype: object }[];
}

const FACADES = [
  'all-model-watcher',
  'all-watcher',
  'annotations',
  'block',
  'client',
  'cloud',
  'controller',
  'key-manager',
  'machine-manager',
  'model-config',
  'model-manager',
  'model-upgrader',
  'pinger',
  'spaces',
  'subnets',
  'user-manager',
];

/** Loads the library and its own statement of name and version. Rejects where it cannot be loaded. */
export async function loadLibrary(checkout: string | undefined): Promise<Library> {
  console.log = console.error;
  console.debug = console.error;
  const root = checkout
    ? new URL(`${pathToFileURL(checkout).href}/`)
    : new URL('../../', import.meta.resolve('@canonical/jujulib'));
  const { name, version } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'));
  const { connect } = await import(new URL('dist/api/client.js', root).href);
  const facades: FacadeTable[] = [];
  for (const facade of FACADES) {
    const path = `dist/api/facades/${facade}/index.js`;
    facades.push((await import(new URL(path, root).href)).default);
  }
  const watchingFacades = facades.map((facade) =>
    facade.name === 'Client'
      ? { ...facade, versions: facade.versions.filter((one) => 'watchAll' in one.prototype) }
      : facade,
  );
  return { name, version, facades, watchingFacades, connect };
}
