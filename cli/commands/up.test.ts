/** `up` as scripts use it: a process that says when it is ready, serves, and ends by a signal. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const MAIN = new URL('../main.ts', import.meta.url).pathname;
let home: string;
let running: ChildProcess[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'maasquerade-up-'));
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running = [];
  rmSync(home, { recursive: true, force: true });
});

interface Announced {
  readonly maas: { url: string; apiKey: string };
  readonly controller: { address: string; password: string };
  readonly streams: { url: string };
  readonly admin: { url: string };
  readonly dashboard: { url: string | null };
  readonly pid: number;
}

/** Starts `up --json` and waits for its one line. */
function up(...args: string[]): Promise<{ child: ChildProcess; world: Announced }> {
  const child = spawn(process.execPath, [MAIN, 'up', '--json', '--machines', '5', ...args], {
    env: { ...process.env, MAASQUERADE_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  return new Promise((ready, fail) => {
    let out = '';
    child.stdout!.on('data', (chunk) => {
      out += chunk;
      if (out.endsWith('\n')) ready({ child, world: JSON.parse(out) });
    });
    child.once('exit', (code) => fail(new Error(`up ended with ${code} before it was ready`)));
  });
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((done) => child.once('exit', done));
}

const program = (...args: string[]) =>
  spawnSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
    env: { ...process.env, MAASQUERADE_HOME: home },
  });

test('the end of a second world does not hide the first', async () => {
  const [first, second] = [await up(), await up()];
  const server = () => program('client', 'version', '--server').stdout.trim();
  expect(server()).toBe('Server 3.6.28');
  second.child.kill('SIGTERM');
  await ended(second.child);
  expect(server()).toBe('Server 3.6.28');
  first.child.kill('SIGTERM');
  await ended(first.child);
  expect(server()).toBe('Server none (no controller)');
});

test('says where everything is, serves it, and ends 0 by SIGTERM', async () => {
  const { child, world } = await up();
  expect(world.pid).toBe(child.pid);
  const version = await fetch(`${world.maas.url}api/2.0/version/`);
  expect(version.status).toBe(200);
  expect((await fetch(`${world.streams.url}/streams/v1/index2.json`)).status).toBe(200);
  expect((await fetch(`${world.admin.url}/state`)).status).toBe(200);
  expect(existsSync(join(home, `world-${child.pid}.json`))).toBe(true);
  const exit = ended(child);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect(existsSync(join(home, `world-${child.pid}.json`))).toBe(false);
});

test('a second one on the same port ends 3 with one clear problem', async () => {
  const { world } = await up();
  const { port } = new URL(world.maas.url);
  const { status, stdout, stderr } = program('up', '--json', '--machines', '5', '--port', port);
  expect(status).toBe(3);
  expect(stdout).toBe('');
  expect(stderr.trim().split('\n')).toEqual([
    `error: port ${port} is taken by another process; stop that one or choose another with --port`,
  ]);
});

test('the reference client talks to the world that runs', async () => {
  await up('--agents', '3.6.28=60,3.6.20=40');
  const { status, stdout } = program('client', 'version', '--client-version', '3.6.28');
  expect(status).toBe(0);
  expect(stdout.split('\n').slice(0, 2)).toEqual(['Client 3.6.28', 'Server 3.6.28']);
});

test('--write leaves what real clients read, for the owner only', async () => {
  const folder = join(home, 'out');
  const { world } = await up('--write', folder);
  expect(readFileSync(join(folder, 'juju/controllers.yaml'), 'utf8')).toContain(
    world.controller.address,
  );
  expect(readFileSync(join(folder, 'maas/profile.env'), 'utf8')).toContain(world.maas.apiKey);
});

test.each([
  ['--agents', '1.24', /no agent-version/],
  ['--era', '5.0', /choices/],
  ['--maas-version', '1.9', /1\.9/],
  ['--fault', 'nonsense', /nonsense/],
  ['--speed', '0', /above 0/],
])('%s %s ends 2 with a sentence', (flag, value, message) => {
  const { status, stderr } = program('up', '--machines', '5', flag, value);
  expect(stderr).toMatch(message);
  expect(status).toBe(2);
});
