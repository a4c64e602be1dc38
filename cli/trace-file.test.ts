import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CouldNotRunError } from './host.ts';
import { TraceFile } from './trace-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maasquerade-trace-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('holds every line, however many had to wait', async () => {
  const path = join(folder, 'run.trace');
  const file = await TraceFile.open(path);
  const lines = Array.from({ length: 20_000 }, (_, index) => `event ${index}`);
  for (const line of lines) {
    file.line(line);
    await file.room();
  }
  await file.close();
  expect(readFileSync(path, 'utf8')).toBe(`${lines.join('\n')}\n`);
});

test('a file that cannot be opened is one clear sentence', async () => {
  await expect(TraceFile.open(join(folder, 'no', 'such', 'folder'))).rejects.toThrow(
    /^cannot write the trace to .*ENOENT/,
  );
});

test.runIf(existsSync('/dev/full'))('a full disk ends the wait for room', async () => {
  const file = await TraceFile.open('/dev/full');
  file.line('x'.repeat(1_000_000));
  await expect(file.room()).rejects.toThrow(/^cannot write the trace to \/dev\/full: ENOSPC/);
  await expect(file.close()).rejects.toBeInstanceOf(CouldNotRunError);
});

test.runIf(existsSync('/dev/full'))('a full disk is told at the end at the latest', async () => {
  const file = await TraceFile.open('/dev/full');
  file.line('a line that nobody waited for');
  await expect(file.close()).rejects.toBeInstanceOf(CouldNotRunError);
});
