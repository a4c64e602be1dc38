/**
 * Every command of the program, in the order in which `--help` lists them. Only what the command
 * line asks for is loaded: a world's modules take most of a second.
 */
import type { DefineCommand } from '../host.ts';

const COMMANDS: Readonly<Record<string, () => Promise<DefineCommand>>> = {
  start: async () => (await import('./start.ts')).defineStart,
  up: async () => (await import('./up.ts')).defineUp,
  simulate: async () => (await import('./simulate.ts')).defineSimulate,
  replay: async () => (await import('./replay.ts')).defineReplay,
  conform: async () => (await import('./conform.ts')).defineConform,
  gate: async () => (await import('./gate.ts')).defineGate,
  faults: async () => (await import('./faults.ts')).defineFaults,
  streams: async () => (await import('./streams.ts')).defineStreams,
  client: async () => (await import('./client.ts')).defineClient,
};

/** The commands that this command line may need: the one it names, none for the version, or all. */
export async function commandsFor(argv: readonly string[]): Promise<DefineCommand[]> {
  const name = argv[0] ?? '';
  const named = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (named) return [await named()];
  if (argv[0] === '--version' || argv[0] === '-V') return [];
  return Promise.all(Object.values(COMMANDS).map((load) => load()));
}
