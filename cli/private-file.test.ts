import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writePrivate } from './private-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maasquerade-private-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('a file with secrets', () => {
  it('is its owner’s alone, and so is a folder that had to be made', () => {
    const path = join(folder, 'a', 'b', 'secret');
    writePrivate(path, 'word');
    expect(readFileSync(path, 'utf8')).toBe('word');
    expect([modeOf(path), modeOf(join(folder, 'a', 'b')), modeOf(join(folder, 'a'))]).toEqual([
      0o600, 0o700, 0o700,
    ]);
  });

  it('is so in the place of one that everybody could read', () => {
    const path = join(folder, 'secret');
    writeFileSync(path, 'old', { mode: 0o644 });
    writePrivate(path, 'new');
    expect([readFileSync(path, 'utf8'), modeOf(path)]).toEqual(['new', 0o600]);
  });

  it('is refused at once where no folder can be', () => {
    mkdirSync(join(folder, 'x'));
    writeFileSync(join(folder, 'x', 'file'), '');
    expect(() => writePrivate(join(folder, 'x', 'file', 'y', 'secret'), '')).toThrow(/ENOTDIR/);
    expect(() => writePrivate('/proc/none/secret', '')).toThrow(/ENOENT/);
  });
});
