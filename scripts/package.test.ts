/**
 * The package as a stranger gets it: built, packed, installed in an empty folder elsewhere, started
 * and imported there. Node strips no types below `node_modules`, so running from source proves
 * nothing about it (design 5).
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

let elsewhere: string;

beforeAll(() => {
  elsewhere = mkdtempSync(join(tmpdir(), 'maasquerade-package-'));
  execFileSync('npm', ['run', '-s', 'build'], { stdio: 'pipe' });
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', elsewhere], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const report = JSON.parse(packed);
  const { filename } = Array.isArray(report) ? report[0] : (Object.values(report)[0] as never);
  writeFileSync(join(elsewhere, 'package.json'), '{"private": true, "type": "module"}');
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', `./${filename}`], {
    cwd: elsewhere,
    stdio: 'pipe',
  });
}, 300_000);

afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

function run(...args: string[]) {
  return spawnSync(join(elsewhere, 'node_modules/.bin/maasquerade'), args, {
    cwd: elsewhere,
    encoding: 'utf8',
    timeout: 120_000,
  });
}

test('the installed program starts and knows its version', () => {
  const { status, stdout } = run('--version');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('the installed program simulates, data files included', () => {
  const { status, stdout, stderr } = run(
    ...['simulate', '--machines', '50', '--agents', '1.24.5=70,1.23.3=30', '--to', '1.25.2'],
    ...['--seed', '7', '--faults', 'all', '--json'],
  );
  expect(stderr).not.toMatch(/error/);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ machines: 50, seed: 7 });
});

test('the installed package is imported and answers as a MAAS, with no server', () => {
  const script = `
    import { inProcessMaas } from 'maasquerade';
    const maas = inProcessMaas({ machines: 2 });
    const answer = await maas.fetch(new Request('http://maas.example/MAAS/api/2.0/version/'));
    console.log(answer.status, JSON.stringify(Object.keys(await answer.json()).sort()));`;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: elsewhere,
    encoding: 'utf8',
  });
  expect(out).toBe('200 ["capabilities","subversion","version"]\n');
});
