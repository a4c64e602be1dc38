#!/usr/bin/env node
/** The program: gathers the commands, runs one, ends with its exit code. */
import { COMMANDS } from './commands/index.ts';
import { runCommandLine } from './run.ts';
import { productVersion } from './version.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop.abort(signal);
    // A second signal, or work that does not listen, must still end the process.
    process.once(signal, () => process.exit(130));
  });
}

const exitCode = await runCommandLine(
  process.argv.slice(2),
  COMMANDS,
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
