/**
 * Which world a `client` command talks to: the one that `up` announced last and that still runs, or
 * else an embedded one, made for the occasion and gone when the command ends.
 */
import type { Client } from '../sim/client/lookup.ts';
import { WireWorld } from '../sim/client/wire.ts';
import { WallClock } from '../sim/kernel/clock.ts';
import {
  type AgentVersion,
  compareVersions,
  newest,
  printVersion,
} from '../sim/versions/number.ts';
import { DEFAULT_SOURCE } from '../sim/world/agent-metadata.ts';
import { explain } from '../sim/world/explain.ts';
import { createInMemoryWorld, type InMemoryWorldOptions } from '../sim/world/in-memory.ts';
import { printMix, type Share } from '../sim/world/mix.ts';
import { type AnnouncedWorld, announcedWorld, homeFolder } from './home.ts';
import { type CommandContext, CouldNotRunError } from './host.ts';

/** What the flags say of the client, and of the embedded world where there is need for one. */
export interface ClientFlags {
  readonly clientVersion: AgentVersion;
  readonly serverVersion?: AgentVersion;
  readonly agentVersion?: AgentVersion;
  readonly agents?: readonly Share[];
  readonly machines: number;
}

export interface ExplainOptions {
  readonly model?: string;
  readonly version?: AgentVersion;
}

export interface ClientSession {
  readonly client: Client;
  readonly embedded: boolean;
  /** How an agent gets to a machine here (JSON), and the same for a reader. */
  explain(options: ExplainOptions): Promise<{ readonly text: string }>;
  close(): Promise<void>;
}

/**
 * @param wantsController whether an embedded world shall have a controller although no flag names one
 * @throws ProblemError when the flags describe an embedded world that no controller accepts
 */
export async function openClient(
  flags: ClientFlags,
  context: Pick<CommandContext, 'seed' | 'note'>,
  wantsController: boolean,
): Promise<ClientSession> {
  const announced = announcedWorld();
  return announced ? onTheWire(announced, flags) : embedded(flags, context, wantsController);
}

function onTheWire(announced: AnnouncedWorld, flags: ClientFlags): ClientSession {
  const clock = new WallClock();
  const version = flags.clientVersion;
  const world = new WireWorld({
    controller: announced.controller,
    sources: [{ name: DEFAULT_SOURCE, url: announced.streams.url }],
    client: version,
    clock,
    fetch: (url) => fetch(url),
  });
  return {
    client: {
      version,
      world,
      place: homeFolder(),
      repeat: ` --client-version ${printVersion(version)}`,
    },
    embedded: false,
    explain: (options) => askAdmin(announced.admin.url, version, options),
    close: async () => {
      await world.close();
      clock.stop();
    },
  };
}

async function askAdmin(url: string, client: AgentVersion, options: ExplainOptions) {
  const query = new URLSearchParams({ client: printVersion(client) });
  if (options.model) query.set('model', options.model);
  if (options.version) query.set('version', printVersion(options.version));
  const answer = await fetch(`${url}/explain?${query}`);
  const body = (await answer.json()) as { text?: string; error?: string };
  if (!answer.ok || body.text === undefined) {
    throw new CouldNotRunError(body.error ?? `${url} answered ${answer.status}`);
  }
  return { ...body, text: body.text };
}

async function embedded(
  flags: ClientFlags,
  context: Pick<CommandContext, 'seed' | 'note'>,
  wantsController: boolean,
): Promise<ClientSession> {
  const version = flags.clientVersion;
  const server = flags.serverVersion ?? (wantsController ? version : undefined);
  const world = await createInMemoryWorld({
    client: version,
    seed: context.seed,
    ...(server ? { controller: controllerOf(server, flags) } : {}),
  });
  const has = server ? `a controller ${printVersion(server)}` : 'no controller';
  context.note(`no world runs (start one with "maasquerade up"): an embedded one with ${has}`);
  return {
    client: { version, world, place: homeFolder(), repeat: repeatOf(flags) },
    embedded: true,
    explain: async (options) => {
      const { core, sources, versions } = world;
      if (!core) throw new CouldNotRunError('there is no controller to explain');
      return explain({ client: version, sources, core, versions }, options);
    },
    close: async () => {},
  };
}

/** The flags that make the same embedded world again. */
function repeatOf(flags: ClientFlags): string {
  const { clientVersion, serverVersion, agentVersion, agents } = flags;
  return [
    ` --client-version ${printVersion(clientVersion)}`,
    serverVersion ? ` --server-version ${printVersion(serverVersion)}` : '',
    agentVersion ? ` --agent-version ${printVersion(agentVersion)}` : '',
    agents ? ` --agents ${printMix(agents)} --machines ${flags.machines}` : '',
  ].join('');
}

/** The controller of an embedded world: its model's target is the newest of the mix that fits it. */
function controllerOf(
  server: AgentVersion,
  { agents, agentVersion, machines }: ClientFlags,
): NonNullable<InMemoryWorldOptions['controller']> {
  const mixed = agents?.map((share) => share.version) ?? [];
  const fits = newest(mixed.filter((version) => compareVersions(version, server) <= 0));
  const target = agentVersion ?? fits ?? server;
  const mix = agents ?? [{ version: target, weight: 1 }];
  return {
    version: server,
    platform: { os: 'ubuntu', arch: 'amd64' },
    agentVersion: target,
    agents: { machines, mix },
  };
}
