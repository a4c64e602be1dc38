import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SCENARIOS_DIR } from '../../sim/world/scenario.ts';
import type { DefineCommand } from '../host.ts';
import { runCommandLine } from '../run.ts';
import { defineFaults } from './faults.ts';
import { replayScenario } from './replay-scenario.ts';

/** `replay` as far as scenarios are concerned, to run it from a command line. */
const defineReplay: DefineCommand = (program, host) => {
  program
    .command('replay')
    .argument('<file>')
    .action(host.action(async (context, file: string) => await replayScenario(context, file)));
};

async function run(...argv: string[]) {
  let stdout = '';
  let stderr = '';
  const streams = {
    stdout: (text: string) => {
      stdout += text;
    },
    stderr: (text: string) => {
      stderr += text;
    },
    interactive: false,
  };
  const commands = [defineFaults, defineReplay];
  const exit = await runCommandLine(argv, commands, '0', streams, new AbortController().signal);
  return { exit, stdout, stderr };
}

describe('maasquerade faults', () => {
  it('prints the contract of the design as JSON', async () => {
    const { exit, stdout } = await run('faults', '--json');
    const { faults } = JSON.parse(stdout);
    expect(exit).toBe(0);
    expect(faults.find((fault: { id: string }) => fault.id === 'maas-409')).toEqual({
      id: 'maas-409',
      class: 'maas409',
      emitter: 'maas',
      origin: 'maas',
      primitives: ['maas.request respond 409'],
    });
  });

  it('prints a line for each fault, with what must come of it', async () => {
    const { stdout } = await run('faults');
    expect(stdout).toMatch(/^dead-machine .* stuck: dead-machine +Some machines are powered off/m);
    expect(stdout).toMatch(/^slow-link .* heals +/m);
  });
});

describe('maasquerade replay of a scenario', () => {
  it('shows both sides, and the line that shows it again', async () => {
    const file = join(SCENARIOS_DIR, 's3.yaml');
    const { exit, stdout, stderr } = await run('replay', file);
    expect(exit).toBe(0);
    expect(stdout).toContain('ERROR no matching tools available');
    expect(stdout).toContain('client 1.24.5 cannot upgrade model controller');
    expect(stderr).toContain(`maasquerade replay ${file} --seed 1`);
  });

  it('ends with 3 and one clear line when the file is not to be used', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'replay-'));
    const file = join(dir, 'broken.yaml');
    writeFileSync(file, 'id: x\n');
    const { exit, stderr } = await run('replay', file);
    await rm(dir, { recursive: true });
    expect(exit).toBe(3);
    expect(stderr).toContain('broken.yaml:1: title');
  });
});
