/** `replay`: runs a simulation again, exactly, from its token or a file that holds one; or a scenario. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { optionsOf, SimulateOptionError, type SimulateOptions } from '../../sim/world/token.ts';
import { CouldNotRunError, type DefineCommand, UsageError } from '../host.ts';
import { isScenarioFile, replayScenario } from './replay-scenario.ts';
import { runSimulation } from './simulate.ts';

export const defineReplay: DefineCommand = (program, host) => {
  program
    .command('replay')
    .description('run a simulation or a scenario again, exactly')
    .argument(
      '<token-or-file>',
      'a token (mq1....), a file with one (a saved --json result), or a scenario (.yaml)',
    )
    .option('--trace <file>', 'write every event as one line into this file')
    .addHelpText('after', EXAMPLES)
    .action(
      host.action(
        async (context, given: string, { trace }: { trace?: string }, command: Command) => {
          if (!isScenarioFile(given)) return runSimulation(readToken(given), context, trace);
          // A scenario brings its own seed; only one that was asked for takes its place.
          const asked = command.getOptionValueSource('seed') === 'cli';
          return replayScenario(context, given, asked ? context.seed : undefined);
        },
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
  $ maasquerade replay fixtures/scenarios/s3.yaml      the operator of 2015, step by step

The trace hash is the same as in the first run, or something is wrong with maasquerade.`;
