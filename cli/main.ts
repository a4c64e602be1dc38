#!/usr/bin/env node
/** The program: gathers the commands, runs one, ends with its exit code. */
import { readFileSync } from 'node:fs';
import { COMMANDS } from './commands/index.ts';
import { runCommandLine } from './run.ts';

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
  packageVersion(),
  {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    interactive: process.stderr.isTTY === true,
  },
  stop.signal,
);

// What a command left open (a kept container, an idle socket) must not keep the process alive.
process.stdout.write('', () => process.exit(exitCode));

function packageVersion(): string {
  // From source the package file is one folder up, from the built package two.
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const found = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (found.name === 'maasquerade') return found.version;
    } catch {
      // Try the next place.
    }
  }
  return 'unknown';
}
