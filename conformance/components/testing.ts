/**
 * What the tests of this folder share: a fake MAAS on loopback, the step tables of `STEPS.md` as
 * data, and the rule for machines that cannot run everything. A test whose means are missing is
 * skipped with the reason in its name, except where CI=true: there it fails.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type { TestContext } from 'vitest';
import { WallClock } from '../../sim/kernel/clock.ts';
import { GapJournal } from '../../sim/kernel/journal.ts';
import { Randomness } from '../../sim/kernel/random.ts';
import { Secrets } from '../../sim/kernel/secrets.ts';
import { Trace } from '../../sim/kernel/trace.ts';
import { createMaas, type Maas } from '../../sim/maas/index.ts';
import type { Target } from '../types.ts';
import { COMPONENTS } from './manifest.ts';

/** Simulated seconds per real second: a deployment takes a second or two. */
const SPEED = 200;

export interface MaasUnderTest {
  readonly maas: Maas;
  readonly target: Target;
  close(): Promise<void>;
}

export async function startMaas(machines: number): Promise<MaasUnderTest> {
  const clock = new WallClock({ speed: SPEED });
  const maas = createMaas({
    clock,
    trace: new Trace(),
    random: new Randomness(7),
    secrets: new Secrets(),
    journal: new GapJournal(),
    machines,
  });
  const server = serve({ fetch: maas.fetch, hostname: '127.0.0.1', port: 0 });
  if (!server.listening) await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    maas,
    target: { maas: { url: `http://127.0.0.1:${port}/MAAS`, apiKey: maas.apiKey } },
    close: async () => {
      await new Promise((done) => server.close(done));
      clock.stop();
    },
  };
}

/** The step names of one table of `STEPS.md`, in its order. */
export function documentedSteps(heading: string): string[] {
  const text = readFileSync(new URL('STEPS.md', COMPONENTS), 'utf8');
  const section = text.split(/^## /m).find((one) => one.startsWith(heading)) ?? '';
  return section.split('\n').flatMap((line) => {
    const cell = /^\| (`[^|]*) \|/.exec(line)?.[1] ?? '';
    const also = /then (?:step )?`([\w-]+)`/.exec(line)?.[1];
    const names = [...cell.matchAll(/`([\w-]+)`/g)].map(([, name]) => name!);
    return also === undefined ? names : [...names, also];
  });
}

/** Skips the running test with its reason, or fails it where CI=true. */
export function notRun(context: TestContext, reason: string): never {
  if (process.env.CI === 'true') throw new Error(`not run although CI=true: ${reason}`);
  return context.skip(`not run: ${reason}`);
}
