/** `replay`: runs a simulation again, exactly, from its token or from a file that holds one. */
import { readFileSync } from 'node:fs';
import { optionsOf, SimulateOptionError, type SimulateOptions } from '../../sim/world/token.ts';
import { CouldNotRunError, type DefineCommand, UsageError } from '../host.ts';
import { runSimulation } from './simulate.ts';

export const defineReplay: DefineCommand = (program, host) => {
  program
    .command('replay')
    .description('run a simulation again, exactly, from the token that it printed')
    .argument(
      '<token-or-file>',
      'a token (mq1....), or a file with one, e.g. a saved --json result',
    )
    .option('--trace <file>', 'write every event as one line into this file')
    .addHelpText('after', EXAMPLES)
    .action(
      host.action(async (context, given: string, { trace }: { trace?: string }) =>
        runSimulation(readToken(given), context, trace),
      ),
    );
};

function readToken(given: string): SimulateOptions {
  const text = given.startsWith('mq1.') ? given : readFile(given);
  try {
    return optionsOf(text);
  } catch (error) {
    throw error instanceof SimulateOptionError ? new UsageError(error.message) : error;
  }
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CouldNotRunError(`"${path}" is no token, and cannot be read as a file: ${why}`);
  }
}

const EXAMPLES = `
Examples:
  $ maasquerade replay mq1.eyJzZWVkIjo3LC...
  $ maasquerade simulate --machines 1000 --agents 1.24.5 --to 1.25.2 --json > run.json
  $ maasquerade replay run.json --trace run.trace

The trace hash is the same as in the first run, or something is wrong with maasquerade.`;
