/** Every command of the program, in the order in which `--help` lists them. */
import type { DefineCommand } from '../host.ts';
import { defineClient } from './client.ts';
import { defineConform } from './conform.ts';
import { defineFaults } from './faults.ts';
import { defineGate } from './gate.ts';
import { defineReplay } from './replay.ts';
import { defineSimulate } from './simulate.ts';
import { defineStart } from './start.ts';
import { defineStreams } from './streams.ts';
import { defineUp } from './up.ts';

export const COMMANDS: readonly DefineCommand[] = [
  defineStart,
  defineUp,
  defineSimulate,
  defineReplay,
  defineConform,
  defineGate,
  defineFaults,
  defineStreams,
  defineClient,
];
