/**
 * `maasquerade gate`: a report against the accepted baseline. With `--accept --why` it rewrites the
 * baseline to the report instead, with the reason, for people to review.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import type { Report } from '../../conformance/types.ts';
import { acceptBaseline, gate, gateExit, gateText, parseBaseline } from '../../reports/gate.ts';
import { parseReport } from '../../reports/schema.ts';
import { CouldNotRunError, type DefineCommand, EXIT, UsageError } from '../host.ts';

interface GateFlags {
  readonly baseline: string;
  readonly accept?: boolean;
  readonly why?: string;
}

export const defineGate: DefineCommand = (program, host) => {
  program
    .command('gate')
    .summary('compare a report with the accepted baseline')
    .description('Compares the results.json of a conformance run with an accepted baseline.')
    .argument('<report>', 'results.json of a run')
    .requiredOption('--baseline <file>', 'the accepted baseline')
    .option('--accept', 'make the report the baseline')
    .option('--why <reason>', 'why it is accepted; stands in the baseline')
    .addHelpText('after', EXAMPLES)
    .action(
      host.action(async (_context, path: string, flags: GateFlags, _command: Command) => {
        const why = flags.why?.trim();
        if (flags.accept && !why) throw new UsageError('--accept needs --why with a reason');
        if (!flags.accept && why) throw new UsageError('--why goes with --accept');
        const report = await read(path, 'report', parseReport);
        if (flags.accept && why) return accept(report, flags.baseline, why);
        const result = gate(report, await read(flags.baseline, 'baseline', parseBaseline));
        return { exit: gateExit(result), json: result, text: gateText(result) };
      }),
    );
};

async function accept(report: Report, path: string, why: string) {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new CouldNotRunError(`cannot read the baseline ${path}: ${error.message}`);
  });
  const before = text === undefined ? undefined : parse(text, path, 'baseline', parseBaseline);
  const { ok, ...changes } = before
    ? gate(report, before)
    : { ok: true, newFailures: [], fixed: [], newlyNotRun: [], missingSubjects: [] };
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, acceptBaseline(report, why, before));
  } catch (error) {
    throw new CouldNotRunError(`cannot write ${path}: ${(error as Error).message}`);
  }
  const json = { ok: true, ...changes, accepted: { baseline: path, why } };
  const was = before && !ok ? `${gateText({ ok, ...changes })}\n` : '';
  return { exit: EXIT.held, json, text: `${was}Accepted as ${path}: ${why}` };
}

async function read<T>(path: string, what: string, as: (text: string) => T): Promise<T> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new CouldNotRunError(`cannot read the ${what} ${path}: ${error.message}`);
  });
  return parse(text, path, what, as);
}

function parse<T>(text: string, path: string, what: string, as: (text: string) => T): T {
  try {
    return as(text);
  } catch (error) {
    throw new CouldNotRunError(`cannot use the ${what} ${path}: ${(error as Error).message}`);
  }
}

const EXAMPLES = `
Examples:
  $ maasquerade gate reports/out/conform/results.json --baseline reports/baselines/conform.json
  $ maasquerade gate reports/out/conform/results.json --baseline reports/baselines/conform.json \\
      --accept --why "gomaasapi 3.1 reads zones by id"

Exit codes: 0 no regression, 1 a new failure, 3 a file could not be read, 4 a subject is missing or
something that ran when it was accepted did not run.`;
