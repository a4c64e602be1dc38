import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCommandLine } from '../run.ts';
import { defineReplay } from './replay.ts';
import { defineSimulate } from './simulate.ts';

async function run(line: string, signal = new AbortController().signal) {
  let [stdout, stderr] = ['', ''];
  const streams = {
    stdout: (text: string) => {
      stdout += text;
    },
    stderr: (text: string) => {
      stderr += text;
    },
    interactive: false,
  };
  const commands = [defineSimulate, defineReplay];
  const exit = await runCommandLine(line.split(' '), commands, '0.0.0', streams, signal);
  return { exit, stdout, stderr };
}

const FLEET = 'simulate --machines 200 --agents 1.24.5=70,1.23.3=30 --to 1.25.2 --seed 7';

it('simulate --json prints one object with what scripts rely on, and nothing else', async () => {
  const { exit, stdout, stderr } = await run(`${FLEET} --faults all --json`);
  expect([exit, stderr]).toEqual([0, '']);
  const result = JSON.parse(stdout);
  expect(Object.keys(result)).toEqual(
    expect.arrayContaining([
      ...['seed', 'era', 'machines', 'converged', 'virtualSeconds', 'events', 'wallMs'],
      ...['eventsPerSecond', 'peakRssMiB', 'versions', 'stuck', 'violations', 'traceHash'],
    ]),
  );
  expect(result).toMatchObject({ seed: 7, era: '1.2x', machines: 200, violations: [] });
});

it('replay runs it again from the token, from a saved result, and from the printed line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'maasquerade-'));
  const first = await run(`${FLEET} --faults all --json`);
  const { traceHash, replay } = JSON.parse(first.stdout);
  const saved = join(folder, 'run.json');
  writeFileSync(saved, first.stdout);
  const token = await run(`${replay.replace('maasquerade ', '')} --json`);
  const file = await run(`replay ${saved} --json --trace ${join(folder, 'run.trace')}`);
  expect(JSON.parse(token.stdout).traceHash).toBe(traceHash);
  expect(JSON.parse(file.stdout).traceHash).toBe(traceHash);
  const lines = readFileSync(join(folder, 'run.trace'), 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(JSON.parse(file.stdout).events);
});

it('without --json a person reads what converged, what is stuck and why, and how to see it again', async () => {
  const { exit, stdout } = await run(`${FLEET} --faults wrong-os`);
  expect(exit).toBe(0);
  expect(stdout).toMatch(/198 of 200 machines converged/);
  expect(stdout).toMatch(/stuck +no-agent-binary: 2 \(predicted 2\) +m-1-/);
  expect(stdout).toMatch(/again +maasquerade replay mq1\./);
});

it('a gate that refuses ends 1 and prints the refusal', async () => {
  const { exit, stdout } = await run(
    'simulate --machines 100 --agents 2.9.42 --to 2.9.53 --stragglers 5',
  );
  expect(exit).toBe(1);
  expect(stdout).toMatch(/agents-behind/);
});

it.each([
  ['simulate --machines 100 --agents 3.5.4 --to 3.6.28', /forbid 3\.5\.4 to 3\.6\.28: P-1/],
  ['simulate --machines 0 --agents 3.5.4 --to 3.5.5', /--machines/],
  ['simulate --machines ten --agents 3.5.4 --to 3.5.5', /--machines/],
  ['simulate --machines 10 --agents 3.5.4 --to soon', /--to: "soon" is no agent-version/],
  ['simulate --machines 10 --agents 3.5.4=x --to 3.5.5', /--agents/],
  ['simulate --machines 10 --agents 3.5.4 --to 3.5.5 --faults rain', /no fault "rain"/],
  ['simulate --machines 10 --agents 3.5.4 --to 3.5.5 --strategy hope', /--strategy/],
  ['simulate --agents 3.5.4 --to 3.5.5', /--machines/],
  ['replay mq1.AAAA', /token is damaged/],
])('bad usage ends 2 with one clear sentence: %s', async (line, sentence) => {
  const { exit, stdout, stderr } = await run(line);
  expect([exit, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(sentence);
});

it('what cannot be read or written ends 3', async () => {
  const missing = await run('replay /no/such/file');
  expect(missing.exit).toBe(3);
  expect(missing.stderr).toMatch(/"\/no\/such\/file" is no token, and cannot be read/);
  const unwritable = await run(`${FLEET} --trace /no/such/folder/run.trace`);
  expect([unwritable.exit, unwritable.stdout]).toEqual([3, '']);
  expect(unwritable.stderr).toMatch(/cannot write the trace/);
});

it('interrupted ends 130, without a result', async () => {
  const stop = new AbortController();
  stop.abort('SIGINT');
  const { exit, stdout } = await run(`${FLEET} --json`, stop.signal);
  expect([exit, stdout]).toEqual([130, '']);
});
