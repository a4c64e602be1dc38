/**
 * The README's example output is what the program really prints. Each `console` block begins with a
 * command; it is run and compared, but for times and paths, which differ from machine to machine.
 * `UPDATE_DOCS=1` writes what was printed into the page.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const PAGE = 'README.md';
const home = mkdtempSync(join(tmpdir(), 'maasquerade-readme-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const page = readFileSync(PAGE, 'utf8');
const blocks = [...page.matchAll(/```console\n\$ maasquerade (.*)\n([\s\S]*?)```/g)].map(
  ([whole, command = '', output = '']) => ({ whole, command, output }),
);

function printed(command: string): string {
  const { stdout } = spawnSync(process.execPath, ['cli/main.ts', ...command.split(' ')], {
    encoding: 'utf8',
    env: { ...process.env, CI: '', MAASQUERADE_HOME: home },
  });
  return stdout.replaceAll(`${process.cwd()}/`, '').trimEnd();
}

/** What differs between machines and runs. */
function steady(output: string): string {
  return (
    output
      .replaceAll(/(\d+ events) in .*/g, '$1')
      // Whether containers run depends on the machine, not on the program.
      .replaceAll(
        /^Conformance: .*|^ {2}gomaasapi-.*|^ {2}NOT RUN .*|^ {4}no container engine/gm,
        '',
      )
      .replaceAll(/\n{2,}/g, '\n')
      .trim()
  );
}

test('there are examples', () => expect(blocks.length).toBeGreaterThan(3));

test.each(blocks)('$command', { timeout: 120_000 }, ({ whole, command, output }) => {
  const now = printed(command);
  if (process.env.UPDATE_DOCS) {
    const fresh = `\`\`\`console\n$ maasquerade ${command}\n${now}\n\`\`\``;
    writeFileSync(
      PAGE,
      readFileSync(PAGE, 'utf8').replace(whole, () => fresh),
    );
  } else {
    expect(steady(output)).toBe(steady(now));
  }
});
