/** A fake MAAS with no server and no world around it: a `fetch` handler and a key. */
import { WallClock } from '../kernel/clock.ts';
import { GapJournal } from '../kernel/journal.ts';
import { Randomness } from '../kernel/random.ts';
import { Secrets } from '../kernel/secrets.ts';
import { Trace } from '../kernel/trace.ts';
import { createMaas, type Maas } from '../maas/index.ts';

export interface EmbeddedMaasOptions {
  /** Machines in its inventory, all Ready; default 20. */
  readonly machines?: number;
  /** What the inventory is drawn from; default 1. */
  readonly seed?: number;
  /** `2.9`, `3.4`, `3.5`, `3.6` or `3.7`; default 3.7.3. */
  readonly version?: string;
  /** Simulated seconds per real second, for deployments and the like; default 60. */
  readonly speed?: number;
}

/** @throws RangeError for a version that is not simulated */
export function inProcessMaas(options: EmbeddedMaasOptions = {}): Maas {
  return createMaas({
    clock: new WallClock({ speed: options.speed ?? 60 }),
    trace: new Trace(),
    random: new Randomness(options.seed ?? 1),
    secrets: new Secrets(),
    journal: new GapJournal(),
    machines: options.machines ?? 20,
    ...(options.version ? { version: options.version } : {}),
  });
}
