/**
 * Components made ready to run: which folder, in which runtime, in whose build. What is missing on
 * a machine (no container engine, no Go) is an answer with its reason, never an exception, because
 * the suite reports it as not run. `auto` takes a component's preferred runtime and does not slip to
 * another one in silence: a result must say what was tested.
 *
 * A contributor's own build comes in by `with`: a folder is a checkout of the client library (the
 * driver is built with it), a file is a driver that is run as it stands, and anything else names an
 * image whose entry point is a driver. All keep the contract of `STEPS.md`.
 */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Target } from '../types.ts';
import type { OpenComponent, Runtime } from '../world.ts';
import { buildImage, ensureImage, openEngine, runImage } from './docker.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { type DriverEnd, readObservations } from './observations.ts';
import { type Program, processProgram, runnable, runProgram, Unavailable } from './process.ts';

interface Ready {
  readonly runtime: 'docker' | 'process';
  run(target: Target): Promise<DriverEnd>;
}

/** Builds or finds a component and says how to run it. Never rejects for what the machine lacks. */
export const openComponent: OpenComponent = async (id, options) => {
  const manifest = await readManifest(id);
  if (!manifest) return { id, available: false, reason: `no component is called ${id}` };
  try {
    const ready = await prepare(manifest, options.runtime, await ownBuild(options.with));
    return {
      id,
      available: true,
      runtime: ready.runtime,
      run: async (target) => readObservations(await ready.run(target)),
      close: async () => {},
    };
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return { id, available: false, reason: error.message };
  }
};

type OwnBuild =
  | { readonly kind: 'none' }
  | { readonly kind: 'checkout' | 'driver' | 'image'; readonly name: string };

async function ownBuild(given: string | undefined): Promise<OwnBuild> {
  if (given === undefined) return { kind: 'none' };
  const path = resolve(given);
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return { kind: 'checkout', name: path };
  if (!found) return { kind: 'image', name: given };
  if (await runnable(path)) return { kind: 'driver', name: path };
  throw new Unavailable(`${given} is a file that cannot be executed`);
}

async function prepare(manifest: Manifest, runtime: Runtime, own: OwnBuild): Promise<Ready> {
  if (own.kind === 'driver') return inProcess({ file: own.name, args: [] });
  if (own.kind === 'image') return inContainer(manifest, own);
  const chosen = runtime === 'auto' ? manifest.runtimes[0]! : runtime;
  if (!manifest.runtimes.includes(chosen)) {
    throw new Unavailable(`${manifest.id} has no runtime ${chosen}`);
  }
  if (chosen === 'docker') return inContainer(manifest, own);
  return inProcess(await processProgram(manifest, own.kind === 'none' ? undefined : own.name));
}

function inProcess(program: Program): Ready {
  return { runtime: 'process', run: (target) => runProgram(program, target) };
}

async function inContainer(manifest: Manifest, own: OwnBuild): Promise<Ready> {
  const engine = await openEngine();
  const image =
    own.kind === 'image'
      ? await ensureImage(engine, own.name)
      : await buildImage(engine, manifest, own.kind === 'checkout' ? own.name : undefined);
  return { runtime: 'docker', run: (target) => runImage(engine, image, manifest, target) };
}
