/**
 * The `process` runtime: a driver as a child process of this one. Go components are built with the
 * Go toolchain on the PATH, once per content; Python ones get a virtual environment of their own,
 * likewise; JavaScript ones run with this very Node. A child gets
 * its target and what a build or a client needs of the environment, nothing else.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, cp, mkdir, readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Target } from '../types.ts';
import { COMPONENTS, type Manifest } from './manifest.ts';
import { type DriverEnd, OUTPUT_MAX, RUN_MAX_MS } from './observations.ts';
import { exists, publish, stageSources } from './sources.ts';

/** Longest build, in milliseconds. */
export const BUILD_MAX_MS = 600_000;

/** A program with its arguments and what its environment has besides the ordinary. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A component that cannot run here, with the reason that a person reads. */
export class Unavailable extends Error {}

const KEPT = ['PATH', 'HOME', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'XDG_CACHE_HOME'];
const KEPT_IN_BUILD = /^(GO[A-Z]*|PIP_[A-Z_]*|HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy)$/;

/**
 * The program that drives a component.
 * @param checkout a contributor's own copy of the library
 * @throws Unavailable where it cannot be built here
 */
export async function processProgram(
  manifest: Manifest,
  checkout: string | undefined,
): Promise<Program> {
  if (manifest.language === 'go') {
    return { file: await buildGo(manifest, checkout), args: [] };
  }
  if (manifest.language === 'python') return buildPython(manifest, checkout);
  // Source and built package differ in the ending of this very file.
  const name = `${manifest.id}/driver${extname(import.meta.url)}`;
  return {
    file: process.execPath,
    args: [fileURLToPath(new URL(name, COMPONENTS))],
    ...(checkout !== undefined && { env: { MAASQUERADE_LIBRARY: checkout } }),
  };
}

export function runProgram(program: Program, target: Target): Promise<DriverEnd> {
  const env = { ...program.env, MAASQUERADE_TARGET: JSON.stringify(target) };
  return runToEnd({ ...program, env }, RUN_MAX_MS, (name) => KEPT.includes(name));
}

async function buildGo(manifest: Manifest, checkout: string | undefined): Promise<string> {
  const { context } = await stageSources(manifest, checkout);
  const driver = `${context}.driver`;
  if (await runnable(driver)) return driver;
  const flat = `${context}.build`;
  if (!(await exists(flat))) {
    const unfinished = `${flat}.${process.pid}`;
    await mkdir(unfinished, { recursive: true });
    for (const name of manifest.sources) {
      for (const entry of await readdir(join(context, name))) {
        await cp(join(context, name, entry), join(unfinished, entry), { recursive: true });
      }
    }
    await publish(unfinished, flat);
  }
  const output = `${driver}.${process.pid}`;
  const flags = ['-mod=mod', '-trimpath', '-buildvcs=false', '-ldflags=-s -w'];
  const build = {
    file: 'go',
    args: ['build', '-C', flat, ...flags, '-o', output, '.'],
    env: { CGO_ENABLED: '0' },
  };
  const { exitCode, stderr } = await runToEnd(build, BUILD_MAX_MS, (name) => {
    return KEPT.includes(name) || KEPT_IN_BUILD.test(name);
  });
  if (exitCode !== 0) {
    throw new Unavailable(`go build of ${manifest.id} failed: ${stderr.trim().slice(-500)}`);
  }
  await publish(output, driver);
  return driver;
}

/** A virtual environment with what the lock file names, and the driver beside it. */
async function buildPython(manifest: Manifest, checkout: string | undefined): Promise<Program> {
  const { context } = await stageSources(manifest, checkout);
  const folder = join(context, manifest.id);
  const place = `${context}.venv`;
  const program = { file: join(place, 'bin', 'python'), args: [join(folder, 'driver.py')] };
  if (await runnable(program.file)) return program;
  const unfinished = `${place}.${process.pid}`;
  const python = join(unfinished, 'bin', 'python');
  const install = [python, '-m', 'pip', 'install', '-q', '--disable-pip-version-check'];
  const commands = [
    ['python3', '-m', 'venv', unfinished],
    [...install, '--require-hashes', '-r', join(folder, 'requirements.txt')],
    ...(checkout === undefined
      ? []
      : [[...install, '--no-deps', '--no-build-isolation', join(folder, 'library')]]),
  ];
  for (const [file = '', ...args] of commands) {
    const { exitCode, stderr } = await runToEnd({ file, args }, BUILD_MAX_MS, (name) => {
      return KEPT.includes(name) || KEPT_IN_BUILD.test(name);
    });
    if (exitCode !== 0) {
      const why = stderr.trim().slice(-500);
      throw new Unavailable(`python packages of ${manifest.id} were not installed: ${why}`);
    }
  }
  await publish(unfinished, place);
  return program;
}

function runToEnd(
  { file, args, env }: Program,
  limitMs: number,
  keep: (name: string) => boolean,
): Promise<DriverEnd> {
  const kept = Object.entries(process.env).filter(([name]) => keep(name));
  const { promise, resolve, reject } = Promise.withResolvers<DriverEnd>();
  const child = spawn(file, args, {
    env: { ...Object.fromEntries(kept), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, limitMs);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  child.on('error', (error) => {
    clearTimeout(timer);
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    reject(new Unavailable(missing ? `${file} is not on the PATH` : error.message));
  });
  child.on('close', (code) => {
    clearTimeout(timer);
    resolve({
      stdout: stdout(),
      stderr: stderr(),
      exitCode: late ? undefined : (code ?? 1),
    });
  });
  return promise;
}

/** Gathers a stream's text up to {@link OUTPUT_MAX}. */
export function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    if (size < OUTPUT_MAX) chunks.push(chunk);
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/** Whether the path is a file that may be executed. */
export async function runnable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
