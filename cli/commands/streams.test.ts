import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../sim/kernel/clock.ts';
import { createStreamsApp, DirectoryStore, programName } from '../../sim/streams/index.ts';
import { runCommandLine } from '../run.ts';
import { defineStreams } from './streams.ts';

let folder: string;
const undo: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'streams-'));
});
afterEach(async () => {
  for (const step of undo.splice(0)) await step();
  rmSync(folder, { recursive: true });
});

async function streams(...words: string[]) {
  let stdout = '';
  let stderr = '';
  const exit = await runCommandLine(
    ['streams', ...words],
    [defineStreams],
    '0.0.0',
    {
      stdout: (text) => {
        stdout += text;
      },
      stderr: (text) => {
        stderr += text;
      },
      interactive: false,
    },
    new AbortController().signal,
  );
  return { exit, stdout, stderr };
}

const at = (...parts: string[]) => join(folder, ...parts);

describe('streams', () => {
  it('publishes, mirrors over HTTP and verifies; a damaged file is found', async () => {
    const made = await streams(
      'publish',
      at('cache'),
      ...['--version', '3.6.28,3.6.20', '--os', 'ubuntu,centos,windows', '--sign', '--json'],
    );
    expect(made.exit).toBe(0);
    expect(JSON.parse(made.stdout)).toMatchObject({
      ok: true,
      era: '3.6.28',
      publicKey: 'publickey.asc',
      agents: { length: 6 },
    });

    const app = createStreamsApp(new DirectoryStore(at('cache')), {
      source: 'cache',
      clock: new VirtualClock(),
    });
    const server = createServer(getRequestListener(app.fetch));
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    undo.push(() => server.closeAllConnections());
    undo.push(() => new Promise((closed) => server.close(closed)));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect((await streams('mirror', at('copy'), '--from', url)).exit).toBe(0);

    const good = await streams('verify', at('copy'), '--json');
    expect(good.exit).toBe(0);
    expect(JSON.parse(good.stdout)).toMatchObject({ ok: true, signed: true, findings: [] });

    const damaged = 'agent/3.6.20/juju-3.6.20-centos-amd64.tgz';
    const bytes = readFileSync(at('copy', damaged));
    bytes[600]! ^= 1;
    writeFileSync(at('copy', damaged), bytes);
    const bad = await streams('verify', at('copy'));
    expect(bad.exit).toBe(1);
    expect(bad.stdout).toContain(`fault: ${damaged} has SHA-256`);
    const again = await streams('mirror', at('second'), '--from', at('copy'));
    expect(again.exit).toBe(1);
    expect(again.stdout).toContain(damaged);
    // The mirror heals what the source has whole.
    expect((await streams('mirror', at('copy'), '--from', url)).exit).toBe(0);
    expect((await streams('verify', at('copy'))).exit).toBe(0);
  });

  it('publishes an own CentOS agent from a program, a folder or an archive', async () => {
    writeFileSync(at('program'), '#!/bin/sh\n');
    mkdirSync(at('built'));
    writeFileSync(at('built', programName('centos')), '#!/bin/sh\n');
    writeFileSync(at('built', 'notes.txt'), 'ours');
    const own = ['--version', '1.24.5', '--os', 'centos', '--agent'];
    for (const [i, agent] of ['program', 'built'].entries()) {
      expect((await streams('publish', at(`own${i}`), ...own, at(agent))).exit).toBe(0);
      expect((await streams('verify', at(`own${i}`))).exit).toBe(0);
    }
    const archive = at('own1', 'releases/juju-1.24.5-centos7-amd64.tgz');
    expect((await streams('publish', at('own2'), ...own, archive)).exit).toBe(0);
    expect(readFileSync(at('own2', 'releases/juju-1.24.5-centos7-amd64.tgz'))).toEqual(
      readFileSync(archive),
    );
    // One binary has one digest: other bytes under the same name are refused, and nothing changes.
    const refused = await streams('publish', at('own2'), ...own, at('program'));
    expect(refused.exit).toBe(1);
    expect(refused.stdout).toContain('1.24.5-centos7-amd64 is listed already');
    expect((await streams('verify', at('own2'))).exit).toBe(0);
  });

  const wrong: readonly [words: string[], exit: number, says: string][] = [
    [['publish', 'DIR'], 2, '--version'],
    [['publish', 'DIR', '--version', '3.6.1.2.3'], 2, 'invalid version "3.6.1.2.3"'],
    [['publish', 'DIR', '--version', '3.6.1', '--os', 'beos'], 2, '"beos"'],
    [['publish', 'DIR', '--version', '3.6.1', '--stream', '../x'], 2, '"../x"'],
    [['publish', 'DIR', '--version', '3.6.1', '--arch', '../x'], 2, '"../x"'],
    [['publish', 'DIR', '--version', '3.6.1,3.6.2', '--agent', 'x'], 2, 'one --version'],
    [['publish', 'DIR', '--version', '3.6.1', '--agent', '/nowhere'], 3, '/nowhere'],
    [['verify', '/nowhere'], 3, '/nowhere'],
    [['mirror', 'DIR', '--from', '/nowhere'], 3, '/nowhere'],
    [['mirror', 'DIR', '--from', 'http://127.0.0.1:1'], 3, 'http://127.0.0.1:1/streams/v1'],
  ];
  it.each(wrong)('%j ends %i', async (words, exit, says) => {
    const ended = await streams(...words.map((word) => (word === 'DIR' ? at('x') : word)));
    expect(ended.exit).toBe(exit);
    expect(ended.stderr).toContain(says);
    expect(ended.stdout).toBe('');
  });
});
