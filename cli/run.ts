/**
 * Runs one command line: parses it, gives the command its context, prints what it returned and
 * turns every way of ending into the exit code that scripts rely on (design 4). Nothing else in
 * the program prints to stdout or exits.
 */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import {
  type CommandContext,
  type CommandResult,
  CouldNotRunError,
  type DefineCommand,
  EXIT,
  type Host,
  UsageError,
} from './host.ts';
import { problemText } from './problem-text.ts';

export interface Streams {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly interactive: boolean;
}

/**
 * @param argv the words after the program's name
 * @returns the exit code; prints through `streams` only
 */
export async function runCommandLine(
  argv: readonly string[],
  commands: readonly DefineCommand[],
  version: string,
  streams: Streams,
  signal: AbortSignal,
): Promise<number> {
  let exit: number = EXIT.held;
  const asJson = argv.includes('--json');
  const host: Host = {
    action:
      (work) =>
      async (...args) => {
        // Commander passes the command itself last; the options of all levels are merged there.
        const command = args.at(-1) as unknown as Command;
        const result = await work(contextOf(command, streams, signal), ...args);
        exit = signal.aborted && result.exit === EXIT.held ? exitWhenStopped(result) : result.exit;
        print(result, asJson, streams);
      },
  };
  const program = buildProgram(commands, host, version, streams);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exit;
  } catch (error) {
    return explainFailure(error, streams, signal);
  }
}

/** `up` ends well by a signal; every other command that is cut short has not passed. */
function exitWhenStopped(result: CommandResult): number {
  return result.endsWellBySignal ? EXIT.held : EXIT.interrupted;
}

function buildProgram(
  commands: readonly DefineCommand[],
  host: Host,
  version: string,
  streams: Streams,
): Command {
  const program = new Command('maasquerade')
    .description(
      'A fake MAAS and a fake Juju controller that real clients cannot tell from the real ones,\n' +
        'a fleet simulator, and conformance reports from both.',
    )
    .version(version, '-V, --version', 'print the version of maasquerade')
    // Else the program's own --version would swallow the one that a command takes.
    .enablePositionalOptions()
    .showHelpAfterError('(add --help for the options)')
    .addHelpText('after', EXAMPLES);
  for (const define of commands) define(program, host);
  const everyCommand = (command: Command): void => {
    command.exitOverride().configureOutput({
      writeOut: streams.stdout,
      writeErr: streams.stderr,
    });
    for (const child of command.commands) everyCommand(child);
    if (command.commands.length === 0) addSharedOptions(command);
  };
  everyCommand(program);
  return program;
}

function addSharedOptions(command: Command): void {
  const has = (flag: string) => command.options.some((option) => option.long === flag);
  if (!has('--json')) command.option('--json', 'print one JSON object on stdout, nothing else');
  if (!has('--seed')) {
    command.option('--seed <n>', 'seed of everything random', parseSeed, 1);
  }
  if (!has('--strict')) {
    command.option('--strict', 'a check that did not run is a failure (default where CI=true)');
  }
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(seed)) {
    throw new InvalidArgumentError(
      `a seed is a whole number from 0 to ${Number.MAX_SAFE_INTEGER}.`,
    );
  }
  return seed;
}

function contextOf(command: Command, streams: Streams, signal: AbortSignal): CommandContext {
  const options = command.optsWithGlobals() as { json?: boolean; seed?: number; strict?: boolean };
  return {
    json: options.json === true,
    seed: options.seed ?? 1,
    strict: options.strict ?? process.env.CI === 'true',
    interactive: streams.interactive,
    signal,
    note: (line) => streams.stderr(`${line}\n`),
    announce: (json, text) =>
      streams.stdout(`${options.json === true ? JSON.stringify(json) : text}\n`),
  };
}

function print(result: CommandResult, asJson: boolean, streams: Streams): void {
  if (asJson) {
    if (result.json !== undefined) streams.stdout(`${JSON.stringify(result.json)}\n`);
    if (result.exit !== EXIT.held && result.text !== '') streams.stderr(`${result.text}\n`);
  } else if (result.text !== '') {
    streams.stdout(`${result.text}\n`);
  }
}

function explainFailure(error: unknown, streams: Streams, signal: AbortSignal): number {
  if (error instanceof CommanderError) {
    // Commander has already printed its own sentence, or the help that was asked for.
    return error.exitCode === 0 ? EXIT.held : EXIT.usage;
  }
  if (signal.aborted) {
    streams.stderr('interrupted: no result\n');
    return EXIT.interrupted;
  }
  if (error instanceof UsageError) {
    streams.stderr(`error: ${error.message}\n(add --help for the options)\n`);
    return EXIT.usage;
  }
  const expected = error instanceof CouldNotRunError;
  streams.stderr(`error: ${problemText(error)}\n`);
  if (!expected && process.env.MAASQUERADE_DEBUG) {
    streams.stderr(`${error instanceof Error ? error.stack : String(error)}\n`);
  }
  return EXIT.couldNotRun;
}

const EXAMPLES = `
Examples:
  $ maasquerade start                                   the main job: a world, a suite, an upgrade, a report
  $ maasquerade up --machines 100 --write ./juju-data   fakes that real clients can be pointed at
  $ maasquerade simulate --machines 100000 --agents 1.24.5=70,1.23.3=30 --to 1.25.2 --seed 7 --faults all
  $ maasquerade conform --subject jujulib,gomaasapi-v3  real clients put to the suite
  $ maasquerade client version                          Client, Server and Agent, one a line

Exit codes: 0 held, 1 something failed, 2 bad usage, 3 could not run, 4 nothing ran, 130 interrupted.`;
