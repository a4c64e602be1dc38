/**
 * `simulate`: upgrades a whole simulated fleet in virtual time and says what held. The work is done
 * in `sim/world/simulate.ts`; here stand options, progress and the summary that a person reads.
 */
import { Presets, SingleBar } from 'cli-progress';
import { Option } from 'commander';
import { renderProblem } from '../../sim/problems/render.ts';
import { RULE_SET_IDS } from '../../sim/versions/rules/rule-set.ts';
import { type SimulateResult, simulate } from '../../sim/world/simulate.ts';
import {
  checkOptions,
  SimulateOptionError,
  type SimulateOptions,
  STRATEGIES,
} from '../../sim/world/token.ts';
import {
  type CommandContext,
  type CommandResult,
  type DefineCommand,
  EXIT,
  UsageError,
} from '../host.ts';
import { decimal, whole } from '../options.ts';
import { TraceFile } from '../trace-file.ts';

export const defineSimulate: DefineCommand = (program, host) => {
  program
    .command('simulate')
    .description('upgrade a whole simulated fleet in virtual time, with or without faults')
    .requiredOption('--machines <n>', 'machines in all models together', whole())
    .requiredOption('--agents <mix>', 'ACTUAL agent-versions by share, e.g. 1.24.5=70,1.23.3=30')
    .requiredOption('--to <version>', 'agent-version to upgrade to')
    .addOption(new Option('--era <era>', 'rules; default: those of --to').choices(RULE_SET_IDS))
    .option('--faults <ids>', 'fault ids separated by commas, all, or none', 'none')
    .addOption(
      new Option('--strategy <name>', 'how the models follow the controller')
        .choices(STRATEGIES)
        .default('in-place'),
    )
    .option('--models <n>', 'models, each uniform; default: one for each version', whole())
    .option('--stragglers <percent>', 'machines of each model one version behind', decimal, 0)
    .option('--ignore-agent-versions', 'pass the gate that waits for stragglers, if the era can')
    .option('--trace <file>', 'write every event as one line into this file')
    .addHelpText('after', EXAMPLES)
    .action(
      host.action(async (context, given: Record<string, unknown>) => {
        const { trace, json: _json, strict: _strict, ...rest } = given;
        const options = readOptions({ ...rest, seed: context.seed });
        return runSimulation(options, context, trace as string | undefined);
      }),
    );
};

/** Runs checked options: what `simulate` and `replay` share. */
export async function runSimulation(
  options: SimulateOptions,
  context: CommandContext,
  traceFile?: string,
): Promise<CommandResult> {
  const trace = traceFile === undefined ? undefined : await TraceFile.open(traceFile);
  const bar =
    context.interactive && !context.json ? new SingleBar(BAR, Presets.shades_classic) : undefined;
  bar?.start(options.machines, 0);
  try {
    const result = await simulate(options, {
      progress: (converged) => bar?.update(converged),
      pause: async () => {
        await new Promise((resume) => setImmediate(resume));
        await trace?.room();
        context.signal.throwIfAborted();
      },
      ...(trace ? { trace: (line: string) => trace.line(line) } : {}),
    });
    const { held, ...json } = result;
    return { exit: held ? EXIT.held : EXIT.failed, json, text: summary(result) };
  } catch (error) {
    throw error instanceof SimulateOptionError ? new UsageError(error.message) : error;
  } finally {
    bar?.stop();
    await trace?.close();
  }
}

/** @throws UsageError naming each option that cannot be */
export function readOptions(given: unknown): SimulateOptions {
  try {
    return checkOptions(given);
  } catch (error) {
    throw error instanceof SimulateOptionError ? new UsageError(error.message) : error;
  }
}

function summary(r: SimulateResult): string {
  const lines = [
    `${r.converged} of ${r.machines} machines converged in ${clockTime(r.virtualSeconds)} of virtual time`,
    `  agents run   ${list(Object.entries(r.versions).map(([v, n]) => `${v}: ${n}`))}`,
  ];
  for (const [reason, { count, expected, first }] of Object.entries(r.stuck)) {
    const names = count > first.length ? [...first, '...'] : first;
    lines.push(`  stuck        ${reason}: ${count} (predicted ${expected})  ${names.join(' ')}`);
  }
  if (r.refusal) lines.push('', renderProblem(r.refusal, 'long'), '');
  for (const { invariant, machine, atVirtualSecond, what } of r.violations.slice(0, 10)) {
    lines.push(`  VIOLATED     ${invariant} at ${clockTime(atVirtualSecond)} ${machine}: ${what}`);
  }
  if (r.violationCount > 10) lines.push(`               and ${r.violationCount - 10} more`);
  lines.push(
    `  ${r.events} events in ${(r.wallMs / 1_000).toFixed(1)} s, ${(r.eventsPerSecond / 1e6).toFixed(2)} million a second, ${r.peakRssMiB} MiB`,
    `  trace        ${r.traceHash} (era ${r.era}, seed ${r.seed})`,
    `  again        ${r.replay}`,
  );
  return lines.join('\n');
}

function list(items: readonly string[]): string {
  return items.length === 0 ? 'nothing' : items.join(', ');
}

function clockTime(seconds: number): string {
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  return `${two(seconds / 3_600)}:${two((seconds % 3_600) / 60)}:${two(seconds % 60)}`;
}

const BAR = {
  stream: process.stderr,
  format: 'converged {bar} {value} of {total} machines',
  clearOnComplete: true,
};

const EXAMPLES = `
Examples:
  $ maasquerade simulate --machines 100000 --agents 1.24.5=70,1.23.3=30 --to 1.25.2 --seed 7 --faults all
  $ maasquerade simulate --machines 1000 --agents 3.6.20 --to 3.6.28 --strategy replace
  $ maasquerade simulate --machines 1000 --agents 2.9.42 --to 2.9.53 --stragglers 5

Exits 0 if exactly the machines are stuck that the faults' ground truth predicts, all others
converged and nothing was violated; 1 if not, or if a gate refused; 2 if the era forbids the mix.`;
