/** Who made a report, from what, on what machine: the one part of it that differs between equal runs. */
import { execFile } from 'node:child_process';
import { arch, availableParallelism, platform, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Provenance } from './types.ts';

const run = promisify(execFile);

/** @param command the command line without secrets */
export async function provenanceOf(options: {
  readonly command: string;
  readonly productVersion: string;
  readonly wallMs: number;
}): Promise<Provenance> {
  const commit = await git('rev-parse', 'HEAD');
  const changes = await git('status', '--porcelain', '--untracked-files=no');
  const gib = Math.round(totalmem() / 2 ** 30);
  return {
    at: new Date().toISOString(),
    product: 'maasquerade',
    productVersion: options.productVersion,
    commit: commit ?? 'unknown',
    dirty: changes !== undefined && changes !== '',
    command: options.command,
    runtime: `Node ${process.versions.node}`,
    host: `${platform()} ${release()} ${arch()}, ${availableParallelism()} processors, ${gib} GiB`,
    wallMs: Math.round(options.wallMs),
  };
}

/** Undefined outside a checkout or without git. */
async function git(...words: string[]): Promise<string | undefined> {
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  return run('git', words, { cwd }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}
