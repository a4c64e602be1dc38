/**
 * What every command shares: `--json`, `--seed`, exit codes, where text goes (design 4). A command
 * returns a {@link CommandResult}; only this file prints and exits.
 */
import type { Command } from 'commander';

/** The exit codes that scripts rely on. */
export const EXIT = {
  held: 0,
  failed: 1,
  usage: 2,
  couldNotRun: 3,
  notRun: 4,
  interrupted: 130,
} as const;

export interface CommandContext {
  readonly json: boolean;
  readonly seed: number;
  /** Whether something that should have run and did not is a failure (default where CI=true). */
  readonly strict: boolean;
  /** Whether stderr is a terminal: progress bars are drawn only there. */
  readonly interactive: boolean;
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** One line of human text while the command runs; goes to stderr. */
  note(line: string): void;
  /** Prints a result before the command ends (`up` says that it is ready). */
  announce(json: unknown, text: string): void;
}

export interface CommandResult {
  readonly exit: number;
  /** The one JSON object of `--json`. */
  readonly json: unknown;
  /** What a person reads on stdout without `--json`. */
  readonly text: string;
  /** Only `up`: a signal is how it ends, and it ends well. */
  readonly endsWellBySignal?: boolean;
}

/** Bad usage found after parsing: exit 2 with this one sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The engine or its surroundings broke (port taken, unreadable file): exit 3 with this sentence. */
export class CouldNotRunError extends Error {
  override readonly name = 'CouldNotRunError';
}

export interface Host {
  /** Wraps a command's work as a commander action. */
  action<A extends unknown[]>(
    work: (context: CommandContext, ...args: A) => Promise<CommandResult>,
  ): (...args: A) => Promise<void>;
}

/** Each file under `commands/` exports one of these. */
export type DefineCommand = (program: Command, host: Host) => void;
