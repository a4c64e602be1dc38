/**
 * The fake MAAS: a region controller that real clients take for one. {@link createMaas} joins the
 * core (inventory, life cycle, allocation) with the shell (wire formats, OAuth, errors) and hands
 * out a `fetch` handler: put it behind a server, behind MSW, or call it directly. It opens no socket
 * itself.
 */
import { type Clock, WallClock } from '../kernel/clock.ts';
import type { GapJournal } from '../kernel/journal.ts';
import type { Randomness } from '../kernel/random.ts';
import type { Secrets } from '../kernel/secrets.ts';
import type { Trace } from '../kernel/trace.ts';
import { createShell, type MaasShell, type ShellCounters } from './api/app.ts';
import { describeRoutes } from './api/resources.ts';
import type { DescribedRoute } from './api/routes.ts';
import { type DeployBy, MaasCore } from './core/core.ts';
import { maasFeatures } from './core/features.ts';
import type { User } from './core/objects.ts';
import type { Durations } from './core/steps.ts';
import { MaasPoints } from './points.ts';

export interface MaasOptions {
  /** Simulated time: how long deployments take, when steps time out. */
  readonly clock: Clock;
  readonly trace: Trace;
  readonly random: Randomness;
  readonly secrets: Secrets;
  readonly journal: GapJournal;
  readonly points?: MaasPoints;
  /** `2.9`, `3.4`, `3.5`, `3.6`, `3.7`, with or without patch; default `3.7.3`. */
  readonly version?: string;
  /** How many machines the inventory has, all Ready. */
  readonly machines: number;
  /** Simulated milliseconds for each step; what is not given keeps its default. */
  readonly durations?: Partial<Durations>;
  /** What makes a Deploying machine Deployed: time, or a machine that fetches its user data. */
  readonly deployBy?: DeployBy;
  /**
   * The clock that clients' OAuth timestamps are held against and that the `Date` header shows.
   * Default: real time, because real clients sign with theirs, however fast simulated time runs.
   */
  readonly requestClock?: Clock;
}

export interface Maas {
  readonly core: MaasCore;
  readonly fetch: MaasShell['fetch'];
  /** The administrator's key, `consumer:token:secret`. */
  readonly apiKey: string;
  /** What the administrator logs in with. */
  readonly password: string;
  /** The administrator. */
  readonly user: User;
  readonly counters: ShellCounters;
  /** Adds a user and answers with an API key for it. */
  addUser(username: string, options?: { superuser?: boolean }): { user: User; apiKey: string };
  describeRoutes(): DescribedRoute[];
}

/** Makes a fake MAAS with one administrator. @throws RangeError for a version not simulated */
export function createMaas(options: MaasOptions): Maas {
  const core = new MaasCore({
    clock: options.clock,
    trace: options.trace,
    random: options.random,
    secrets: options.secrets,
    points: options.points ?? new MaasPoints(),
    features: maasFeatures(options.version ?? '3.7.3'),
    machines: options.machines,
    durations: options.durations ?? {},
    ...(options.deployBy ? { deployBy: options.deployBy } : {}),
  });
  const shell = createShell({
    core,
    journal: options.journal,
    requestClock: options.requestClock ?? new WallClock(),
  });
  const makeUser = (username: string, isSuperuser: boolean, password?: string) => {
    const email = `${username}@example.com`;
    const user = core.accounts.addUser({ username, email, isSuperuser }, password);
    const token = core.accounts.addToken(username, 'MAAS consumer');
    const apiKey = `${token.consumerKey}:${token.tokenKey}:${token.tokenSecret}`;
    return { user, apiKey: options.secrets.remember(apiKey) };
  };
  const password = options.secrets.token(20);
  return {
    core,
    fetch: shell.fetch,
    ...makeUser('admin', true, password),
    password,
    counters: shell.counters,
    addUser: (username, { superuser = false } = {}) => makeUser(username, superuser),
    describeRoutes,
  };
}
