/** Every command of the program, in the order in which `--help` lists them. */
import type { DefineCommand } from '../host.ts';
import { defineFaults } from './faults.ts';
import { defineStreams } from './streams.ts';
import { defineUp } from './up.ts';

export const COMMANDS: readonly DefineCommand[] = [defineUp, defineFaults, defineStreams];
