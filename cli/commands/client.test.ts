/** The client's command line as a script sees it: stdout, exit codes, JSON, in embedded worlds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommandLine } from '../run.ts';
import { defineClient } from './client.ts';

const before = process.env.MAASQUERADE_HOME;
let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'maasquerade-client-'));
  process.env.MAASQUERADE_HOME = home;
});

afterAll(() => {
  rmSync(home, { recursive: true, force: true });
  if (before === undefined) delete process.env.MAASQUERADE_HOME;
  else process.env.MAASQUERADE_HOME = before;
});

async function run(line: string) {
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
  const argv = ['client', ...line.split(' ')];
  const exit = await runCommandLine(
    argv,
    [defineClient],
    '0.0.0',
    streams,
    new AbortController().signal,
  );
  return { exit, stdout, stderr };
}

const POST = '--client-version 1.25.2 --server-version 1.25.1';

describe('client version', () => {
  it('shows the example of the post', async () => {
    const { exit, stdout } = await run(`version ${POST} --agents 1.24.5=1`);
    expect({ exit, stdout }).toEqual({
      exit: 0,
      stdout: 'Client 1.25.2\nServer 1.25.1\nAgent 1.24.5\n',
    });
  });

  it('shows one body only', async () => {
    expect((await run(`version --server ${POST}`)).stdout).toBe('Server 1.25.1\n');
    expect((await run(`version --client ${POST}`)).stdout).toBe('Client 1.25.2\n');
    expect((await run(`version --agent ${POST} --agents 1.24.5=1`)).stdout).toBe('Agent 1.24.5\n');
  });

  it('counts ACTUAL versions that differ', async () => {
    const { stdout } = await run(
      `version --agent ${POST} --agents 1.24.5=70,1.23.3=30 --machines 1000`,
    );
    expect(stdout).toBe('Agent 1.24.5 (running 1.24.5: 700, 1.23.3: 300)\n');
  });

  it('ends well without a controller', async () => {
    const { exit, stdout } = await run('version --client-version 1.25.2');
    expect({ exit, stdout }).toEqual({
      exit: 0,
      stdout: 'Client 1.25.2\nServer none (no controller)\nAgent none (no controller)\n',
    });
    const json = JSON.parse((await run('version --json --client-version 1.25.2')).stdout);
    expect(json).toEqual({ client: '1.25.2', server: null, agent: null });
  });
});

describe('refusals', () => {
  it.each([
    ['bootstrap --version 1.25.9 --client-version 1.25.2', 'agent-binary-missing'],
    ['bootstrap --version 1.24.5 --client-version 1.25.2', 'incompatible-with-client'],
    [`create-environment prod --version 1.24.9 ${POST}`, 'agent-binary-missing'],
    [`create-environment prod --version 1.25.2 ${POST}`, 'incompatible-with-controller'],
    [`add-model prod --version 1.25.2 ${POST}`, 'incompatible-with-controller'],
    [`create-environment prod ${POST} --agent-version 1.25.2`, 'incompatible'],
    [`upgrade --model nowhere ${POST}`, 'no-such-model'],
  ])('%s', async (line, code) => {
    const json = await run(`${line} --json`);
    expect(json.exit).toBe(1);
    expect(JSON.parse(json.stdout).problem.code).toBe(code);
    const text = await run(line);
    expect(text.exit).toBe(1);
    expect(text.stdout).toContain(`problem:   ${code}`);
  });

  it('advises a command that works when it is run as printed', async () => {
    const { stdout } = await run(`create-environment prod --version 1.24.9 ${POST} --json`);
    const advised: string = JSON.parse(stdout).problem.next[0].command;
    const again = await run(advised.replace('maasquerade client ', ''));
    expect(again.exit).toBe(0);
    expect(again.stdout).toBe('Model prod created with agent-version 1.25.1\n');
  });

  it('is bad usage when a version is none', async () => {
    const { exit, stderr } = await run('bootstrap --version 1.25');
    expect(exit).toBe(2);
    expect(stderr).toContain('an agent-version looks like');
  });
});

describe('what is carried out', () => {
  it('bootstraps, on the system asked for', async () => {
    const { exit, stdout } = await run('bootstrap --client-version 1.25.2 --os windows --json');
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      server: '1.25.2',
      os: 'windows',
      arch: 'amd64',
      embedded: true,
    });
  });

  it('upgrades, or says what it would do', async () => {
    const world = `${POST} --agents 1.24.5=1`;
    expect((await run(`upgrade ${world} --dry-run`)).stdout).toBe(
      'Model default would go from 1.24.5 to 1.25.1\n',
    );
    expect(JSON.parse((await run(`upgrade ${world} --json`)).stdout)).toEqual({
      model: 'default',
      from: '1.24.5',
      to: '1.25.1',
      dryRun: false,
    });
  });

  it('explains the way of an agent', async () => {
    const { exit, stdout } = await run(`explain ${POST} --agents 1.24.5=1 --version 1.25.1`);
    expect(exit).toBe(0);
    expect(stdout).toContain('1.25.1-trusty-amd64');
  });
});
