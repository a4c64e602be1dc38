/** What scripts may get wrong: every misuse ends 2 (or 3), says one thing on stderr, nothing on stdout. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commandsFor } from './commands/index.ts';
import { EXIT } from './host.ts';
import { runCommandLine } from './run.ts';

async function run(...argv: string[]) {
  let stdout = '';
  let stderr = '';
  const exit = await runCommandLine(
    argv,
    await commandsFor(argv),
    '0.0.0',
    {
      stdout: (text) => {
        stdout += text;
      },
      stderr: (text) => {
        stderr += text;
      },
      interactive: false,
    },
    new AbortController().signal,
  );
  return { exit, stdout, stderr };
}

const simulation = ['simulate', '--json', '--agents', '3.6.20', '--to', '3.6.28'];

describe('bad usage', () => {
  test.each([
    [['constructor'], "unknown command 'constructor'"],
    [['__proto__'], "unknown command '__proto__'"],
    [['hasOwnProperty', '--json'], "unknown command 'hasOwnProperty'"],
    [['up', '--json', '--port', '70000'], 'from 0 to 65532'],
    [['up', '--json', '--port', '65533'], 'from 0 to 65532'],
    [['up', '--json', '--machines', '999999999'], 'from 0 to 120000'],
    [['up', '--json', '--machines', '-1'], '--machines'],
    [['up', '--json', '--agents', ''], 'is no agent-version'],
    [['up', '--json', '--juju-version', ''], 'invalid version'],
    [['up', '--json', '--maas-version', ''], 'not simulated'],
    [['up', '--json', '--seed', 'abc'], 'a seed is a whole number'],
    [[...simulation, '--machines', ''], '--machines'],
    [[...simulation, '--machines', '0x10'], '--machines'],
    [[...simulation, '--machines', '1e12'], '--machines'],
    [[...simulation, '--machines', '0'], '--machines'],
    [[...simulation, '--machines', '9', '--stragglers', ''], '--stragglers'],
    [[...simulation, '--machines', '9', '--stragglers', '101'], '--stragglers'],
    [[...simulation, '--machines', '9', '--models', '0'], '--models'],
  ])('%j', async (argv, said) => {
    const { exit, stdout, stderr } = await run(...argv);
    expect({ exit, stdout }).toEqual({ exit: EXIT.usage, stdout: '' });
    expect(stderr).toContain(said);
    expect(stderr.match(/^error: /gm)).toHaveLength(1);
  });
});

test.runIf(existsSync('/dev/full'))('a trace that does not fit its disk is no run', async () => {
  const { exit, stdout, stderr } = await run(
    ...simulation,
    ...['--machines', '500', '--trace', '/dev/full'],
  );
  expect({ exit, stdout }).toEqual({ exit: EXIT.couldNotRun, stdout: '' });
  expect(stderr).toContain('cannot write the trace to /dev/full: ENOSPC');
});
