#!/usr/bin/env node
/** The program: runs one command line and ends with its exit code. */
import { enableCompileCache } from 'node:module';

enableCompileCache?.();
const { commandsFor } = await import('./commands/index.ts');
const { runCommandLine } = await import('./run.ts');
const { productVersion } = await import('./version.ts');

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop.abort(signal);
    // A second signal, or work that does not listen, must still end the process.
    process.once(signal, () => process.exit(130));
  });
}

const argv = process.argv.slice(2);
const exitCode = await runCommandLine(
  argv,
  await commandsFor(argv),
  productVersion(),
  {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    interactive: process.stderr.isTTY === true,
  },
  stop.signal,
);
// What a command left open (a kept container, an idle socket) must not keep the process alive.
process.stdout.write('', () => process.exit(exitCode));
