/**
 * A world on the wire: a fake MAAS, a fake controller, an agent-metadata store and an admin page, all
 * on loopback, with a fleet of simulated agents behind the controller on one scaled clock. This is
 * what `up` runs and what every conformance run gets a fresh one of. Cores are made here and joined
 * here; none of them knows another (design 3.1, 3.2).
 */
import { AgentPoints } from '../agents/points.ts';
import type { WireEra } from '../controller/api/eras.ts';
import type { RpcReply, RpcRequest } from '../controller/api/rpc.ts';
import { type ServedController, serveController } from '../controller/api/server.ts';
import { ControllerCore, type ControllerOptions } from '../controller/core/controller.ts';
import { ControllerPoints } from '../controller/points.ts';
import { type BoundFaults, bindFaults } from '../faults/bind.ts';
import { VirtualClock } from '../kernel/clock.ts';
import { GapJournal } from '../kernel/journal.ts';
import { type Pacer, pace, paceByRequests, presentEpochMs } from '../kernel/pace.ts';
import { Randomness } from '../kernel/random.ts';
import { Secrets } from '../kernel/secrets.ts';
import { Trace } from '../kernel/trace.ts';
import { createMaas, type Maas } from '../maas/index.ts';
import { MaasPoints } from '../maas/points.ts';
import { AgentFinder, type LocalSource } from '../streams/index.ts';
import { StreamsPoints } from '../streams/points.ts';
import { VersionTable } from '../versions/number.ts';
import { ruleSetFor } from '../versions/rules/rule-set.ts';
import { createAdmin } from './admin.ts';
import { releasedSource, scenarioSources } from './agent-sources.ts';
import { joinFleet } from './join.ts';
import { type Listener, listen } from './listen.ts';
import { startLiveAgents } from './live-agents.ts';
import { machinesFor, populate } from './population.ts';
import { fatesOf, type Scenario } from './scenario.ts';
import { planWorld } from './up-plan.ts';

export type FetchHandler = (request: Request) => Promise<Response>;

/** Stands between the wire and a fake; the conformance engine's recorder and saboteurs are such. */
export interface WorldHooks {
  readonly maas?: (next: FetchHandler) => FetchHandler;
  readonly streams?: (next: FetchHandler) => FetchHandler;
  readonly controllerReply?: (
    request: Record<string, unknown>,
    reply: Record<string, unknown>,
  ) => Record<string, unknown>;
}

export interface UpOptions {
  readonly seed: number;
  /** Machines with an agent in the controller's models; the MAAS has them and some free ones. */
  readonly machines?: number;
  /** ACTUAL agent-versions by share, e.g. `3.6.28=70,3.6.20=30`. */
  readonly agents?: string;
  /** So many of the agents come over sockets; the others reach the controller through memory. */
  readonly liveAgents?: number;
  readonly era?: WireEra;
  readonly maasVersion?: string;
  /** What makes a machine Deployed: time, unless machines that really run say so themselves. */
  readonly deployBy?: 'clock' | 'signal';
  /** Who is there and which sources exist, in the place of machines and mix; its steps are not taken. */
  readonly scenario?: Scenario;
  /** What the controller runs; the newest version of the mix unless given. */
  readonly jujuVersion?: string;
  /** Fault ids separated by commas, `all` or `none`. */
  readonly faults?: string;
  /** Simulated seconds per real second; 1 unless given. */
  readonly speed?: number;
  /** Simulated milliseconds per request, in the place of `speed`: time stands still between. */
  readonly stepMs?: number;
  /** First of four consecutive ports: MAAS, controller, agent metadata, admin. 0 picks free ones. */
  readonly port?: number;
  readonly hooks?: WorldHooks;
  /** The trace's lines, if wanted. */
  readonly onTrace?: (line: string) => void;
}

/** What `up` prints once ready. */
export interface Announcement {
  readonly maas: { readonly url: string; readonly apiKey: string };
  readonly controller: {
    readonly address: string;
    readonly caCert: string;
    readonly user: string;
    readonly password: string;
    readonly uuid: string;
  };
  readonly streams: { readonly url: string };
  readonly admin: { readonly url: string };
  readonly dashboard: { readonly url: string | null };
}

export interface RunningWorld extends Announcement {
  readonly core: ControllerCore;
  readonly fakeMaas: Maas;
  readonly sources: readonly LocalSource[];
  readonly faults: BoundFaults;
  gaps(): ReturnType<GapJournal['list']>;
  redact(text: string): string;
  /** Hash over MAAS and controller: what a refused request must leave unchanged. */
  stateHash(): string;
  stop(): Promise<void>;
  /** The controller's server, for what only it can tell. */
  readonly served: ServedController;
}

export const LOOPBACK = '127.0.0.1';

/**
 * Brings a world up and answers when every service accepts requests.
 * @throws WorldOptionsError, MixError, UnknownFaultError, VersionError for options that make no
 *   world; an `EADDRINUSE` error when a port is taken
 */
export async function startWorld(options: UpOptions): Promise<RunningWorld> {
  const { scenario } = options;
  const plan = planWorld(options);
  const clock = new VirtualClock(presentEpochMs());
  const random = new Randomness(options.seed);
  const trace = new Trace(options.onTrace);
  const secrets = new Secrets();
  const journal = new GapJournal();
  const versions = new VersionTable();
  const points = {
    streams: new StreamsPoints(),
    maas: new MaasPoints(),
    controller: new ControllerPoints(),
    agents: new AgentPoints(),
  };
  const faults = bindFaults(plan.faults, points, random);
  if (scenario) points.agents.fate.bind(fatesOf(scenario));

  const listeners: Listener[] = [];
  const port = (offset: number) => (options.port ? options.port + offset : 0);
  const open = async (fetch: FetchHandler, offset: number): Promise<string> => {
    const listener = await listen(fetch, LOOPBACK, port(offset));
    listeners.push(listener);
    return `http://${LOOPBACK}:${listener.port}`;
  };
  const paced =
    (fetch: FetchHandler): FetchHandler =>
    (request) =>
      pacer?.around(() => fetch(request)) ?? fetch(request);
  let server: ServedController | undefined;
  let pacer: Pacer | undefined;
  let live: { stop(): void } | undefined;
  const stop = async () => {
    pacer?.stop();
    live?.stop();
    faults.unbind();
    await Promise.all([server?.close(), ...listeners.map((one) => one.close())]);
  };

  try {
    const { controller, models, maasVersion } = plan;
    const metadata = { clock, points: points.streams, journal, controller };
    const published = [controller, ...models.map((one) => one.agentVersion)];
    const agentSources = scenario
      ? await scenarioSources(scenario.sources, metadata)
      : await releasedSource(published, metadata);
    const streams = await open(paced(hooked(agentSources.fetch, options.hooks?.streams)), 2);
    const sources = agentSources.at(streams);
    const maas = createMaas({
      clock,
      ...(options.deployBy ? { deployBy: options.deployBy } : {}),
      trace,
      random,
      secrets,
      journal,
      points: points.maas,
      machines: machinesFor(models),
      ...(maasVersion !== undefined ? { version: maasVersion } : {}),
    });
    const bootstrap = (on: Pick<ControllerOptions, 'arch' | 'instance'>): ControllerCore => {
      const made: ControllerCore = new ControllerCore({
        clock,
        trace,
        versions,
        journal,
        random,
        points: points.controller,
        rules: ruleSetFor(controller),
        binaries: new AgentFinder(sources, () => made.runningVersion()),
        version: controller,
        ...on,
      });
      return made;
    };
    const core = populate({ maas, models, arch: scenario?.controller.arch, bootstrap });
    const fleet = joinFleet({ core, clock, trace, random, versions, points: points.agents });
    const maasUrl = `${await open(paced(hooked(maas.fetch, options.hooks?.maas)), 0)}/MAAS/`;
    const tap = options.hooks?.controllerReply;
    server = await serveController({
      core,
      secrets,
      clock,
      journal,
      era: plan.era,
      host: LOOPBACK,
      port: port(1),
      around: (handle) => pacer?.around(handle) ?? handle(),
      ...(tap ? { tap: { reply: onTheWire(tap) } } : {}),
    });
    const world: Omit<RunningWorld, 'admin'> = {
      maas: { url: maasUrl, apiKey: maas.apiKey },
      controller: {
        address: server.address,
        caCert: server.caCert,
        user: server.user,
        password: server.password,
        uuid: server.uuid,
      },
      streams: { url: agentSources.forClients(streams) },
      dashboard: { url: null },
      core,
      served: server,
      fakeMaas: maas,
      sources,
      faults,
      gaps: () => journal.list(),
      redact: (text) => secrets.redact(text),
      stateHash: () => `${core.stateHash()}${maas.core.stateHash()}`,
      stop,
    };
    const adminUrl = await open(
      createAdmin({ world, trace, versions, faults: plan.known }).fetch,
      3,
    );
    pacer = options.stepMs
      ? paceByRequests(clock, options.stepMs)
      : pace(clock, options.speed ?? 1);
    const count = options.liveAgents ?? 0;
    live = startLiveAgents({ count, core, fleet, served: server, clock, random });
    return { ...world, admin: { url: adminUrl } };
  } catch (error) {
    await stop();
    throw error;
  }
}

function hooked(
  fetch: FetchHandler,
  hook: ((next: FetchHandler) => FetchHandler) | undefined,
): FetchHandler {
  return hook ? hook(fetch) : fetch;
}

/** A hook sees messages as they are on the wire; the server hands out what it understood. */
function onTheWire(
  hook: NonNullable<WorldHooks['controllerReply']>,
): (request: RpcRequest, reply: RpcReply) => RpcReply {
  return ({ requestId, facade, version, id, method, params }, reply) =>
    hook(
      { 'request-id': requestId, type: facade, version, id, request: method, params },
      { ...reply },
    ) as unknown as RpcReply;
}
