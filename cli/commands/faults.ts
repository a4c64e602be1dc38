/**
 * `maasquerade faults`: the faults that this project can inject, one line each, as a table for a
 * reader and as JSON for a script (design 4). It only reads `fixtures/faults`.
 */
import { type Fault, primitiveName } from '../../sim/faults/fault.ts';
import { loadFaults } from '../../sim/faults/load.ts';
import { FileError } from '../../sim/faults/yaml-file.ts';
import { CouldNotRunError, type DefineCommand, EXIT } from '../host.ts';

export const defineFaults: DefineCommand = (program, host) => {
  program
    .command('faults')
    .description('list the faults that can be injected, and what must come of each')
    .addHelpText(
      'after',
      '\nExamples:\n  maasquerade faults\n  maasquerade faults --json\n  maasquerade simulate --machines 1000 --agents 3.6.20=100 --to 3.6.28 --faults dead-machine,disk-full\n',
    )
    .action(
      host.action(async () => {
        const faults = load();
        return { exit: EXIT.held, json: { faults: faults.map(record) }, text: table(faults) };
      }),
    );
};

function load(): Fault[] {
  try {
    return loadFaults();
  } catch (error) {
    if (error instanceof FileError) throw new CouldNotRunError(error.message);
    throw error;
  }
}

function record(fault: Fault) {
  return {
    id: fault.id,
    class: fault.class,
    emitter: fault.emitter,
    origin: fault.origin,
    primitives: fault.primitives.map(primitiveName),
  };
}

function table(faults: readonly Fault[]): string {
  const rows = faults.map((fault) => [
    fault.id,
    fault.class,
    fault.emitter,
    fault.origin,
    'stuck' in fault.truth ? `stuck: ${fault.truth.stuck}` : 'heals',
    fault.title,
  ]);
  const all = [['FAULT', 'CLASS', 'TOLD BY', 'FAULT OF', 'OUTCOME', 'WHAT'], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd();
  return `${all.map(line).join('\n')}\n`;
}
