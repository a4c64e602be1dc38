/** Every command of the program, in the order in which `--help` lists them. */
import type { DefineCommand } from '../host.ts';

export const COMMANDS: readonly DefineCommand[] = [];
