/**
 * The suite's own command-line client against the services under test: the straw man's refusals,
 * each with what an operator would read, and the state of every model before and after. It gets an
 * address, a password and the place of the agent metadata, as any client does.
 */
import { bootstrap, createModel, status, versions } from '../../sim/client/commands.ts';
import type { Client } from '../../sim/client/lookup.ts';
import { WireWorld } from '../../sim/client/wire.ts';
import { WallClock } from '../../sim/kernel/clock.ts';
import { ProblemError } from '../../sim/problems/problem.ts';
import { renderProblem } from '../../sim/problems/render.ts';
import {
  type AgentVersion,
  compareVersions,
  parseVersion,
  printVersion,
} from '../../sim/versions/number.ts';
import type { Target } from '../types.ts';
import type { Take } from './steps.ts';

const PLATFORM = { os: 'ubuntu', arch: 'amd64' };
/** A patch that no release ever had. */
const NO_SUCH_PATCH = 999;

/** @param published the agent-versions that the metadata lists */
export async function clientSteps(
  target: Target,
  published: readonly string[],
  take: Take,
): Promise<void> {
  if (!target.controller || !target.streams) return;
  const url = target.streams.url.replace(/\/$/, '');
  const clock = new WallClock();
  const open = (version: AgentVersion) =>
    new WireWorld({
      controller: target.controller!,
      sources: [{ name: 'agent metadata', url }],
      client: version,
      clock,
      fetch: (place) => fetch(place, { signal: AbortSignal.timeout(10_000) }),
    });
  const known = published.map(parseVersion);
  let server: AgentVersion | undefined;

  /** Runs work as a client of `version`; the connection is closed whatever comes. */
  const as = async <T>(version: AgentVersion, work: (client: Client) => Promise<T>): Promise<T> => {
    const world = open(version);
    try {
      return await work({ version, world, place: 'the suite' });
    } finally {
      await world.close();
    }
  };
  const refused = (step: string, act: (client: Client, server: AgentVersion) => Promise<unknown>) =>
    take(step, async () => {
      const own = needed(server, 'the version of the controller');
      return as(own, (client) => refusalOf(client, () => act(client, own)));
    });

  await take('client-versions', () =>
    as(parseVersion('3.6.11'), async (client) => {
      const found = await versions(client);
      server = found.server;
      return {
        client: printVersion(found.client),
        server: found.server && printVersion(found.server),
        agent: found.agent && printVersion(found.agent.model.agentVersion),
      };
    }),
  );
  await refused('client-bootstrap-missing', (client, own) =>
    bootstrap(client, { version: { ...own, patch: NO_SUCH_PATCH }, platform: PLATFORM }),
  );
  await refused('client-bootstrap-incompatible', (client, own) => {
    const version = known.find((one) => one.major === own.major && one.minor !== own.minor);
    return bootstrap(client, { version: needed(version, 'another minor'), platform: PLATFORM });
  });
  await refused('client-create-missing', (client, own) =>
    createModel(client, { name: 'suite', version: { ...own, patch: NO_SUCH_PATCH } }),
  );
  await refused('client-create-incompatible', (client, own) => {
    const version = known.find((one) => compareVersions(one, own) > 0);
    return createModel(client, { name: 'suite', version: needed(version, 'a newer version') });
  });
  clock.stop();
}

/** What a refused command said, and what it changed. */
async function refusalOf(client: Client, act: () => Promise<unknown>) {
  const before = await stateOf(client);
  const said = await act().then(
    () => undefined,
    (error: unknown) => {
      if (!(error instanceof ProblemError)) throw error;
      const { problem } = error;
      return {
        problem,
        short: renderProblem(problem, 'short'),
        long: renderProblem(problem, 'long'),
      };
    },
  );
  if (!said) throw new Error('it was not refused');
  return { ...said, before, after: await stateOf(client) };
}

async function stateOf(client: Client): Promise<unknown> {
  const found = await status(client);
  return found?.models.map(({ model, running }) => [
    model.name,
    printVersion(model.agentVersion),
    running.map((one) => [one.version && printVersion(one.version), one.count]),
  ]);
}

function needed<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the services do not offer ${what}`);
  return value;
}
