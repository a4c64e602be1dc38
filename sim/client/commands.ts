/**
 * The straw man's commands, done right (the original post; facts/juju-versions-and-upgrades 10). The
 * client knows its own version; everything else it asks. Versions are judged by the straw man's
 * rules before anything is changed, so a refusal leaves the world as it was and names the rule.
 * Upgrades are decided by the controller, which alone knows its models; the client adds what an
 * operator needs to act on the answer.
 */
import { ProblemError } from '../problems/problem.ts';
import { type AgentVersion, compareVersions, printVersion } from '../versions/number.ts';
import { checkBootstrap, checkNewModel } from '../versions/rules/bootstrap.ts';
import { ruleSet } from '../versions/rules/rule-set.ts';
import type { Verdict } from '../versions/rules/verdict.ts';
import {
  type AgentRecord,
  type ClientWorld,
  type ControllerApi,
  ControllerError,
  type ModelSummary,
  type Platform,
} from './port.ts';
import {
  type Asked,
  controllerExists,
  incompatible,
  type Judged,
  missing,
  noController,
  noSuchModel,
  refusedByController,
} from './problems.ts';

export interface Client {
  /** The client's own version. */
  readonly version: AgentVersion;
  readonly world: ClientWorld;
  /** Where a controller is looked for, for people: a folder, usually. */
  readonly place: string;
  /** Flags that a command must repeat to reach the same world, e.g. ` --client-version 1.25.2`. */
  readonly repeat?: string;
}

export interface BootstrapResult {
  readonly server: AgentVersion;
  readonly platform: Platform;
}

/**
 * Starts a controller: of the client's version, or of `version` if that exists and is compatible.
 * @throws ProblemError `agent-binary-missing` and its two siblings, `incompatible-with-client`,
 *   `controller-exists`
 */
export async function bootstrap(
  client: Client,
  options: { readonly version?: AgentVersion; readonly platform: Platform },
): Promise<BootstrapResult> {
  const { platform, version = client.version } = options;
  const rules = ruleSet('straw-man', client.version);
  const check = (wanted: AgentVersion) => checkBootstrap(rules, client.version, wanted);
  const asked: Asked = {
    client: client.version,
    operation: 'bootstrap a controller',
    scope: 'a new controller',
    version,
    platform,
    command: (other) =>
      `maasquerade client bootstrap --version ${printVersion(other)} --os ${platform.os} --arch ${platform.arch}${client.repeat ?? ''}`,
  };
  await requireVersion(client, asked, `client ${printVersion(client.version)}`, check);
  const running = await client.world.controller();
  if (running) {
    throw controllerExists(asked, running.address, await running.serverVersion());
  }
  const controller = await client.world.start(version, platform);
  return { server: await controller.serverVersion(), platform };
}

/**
 * Creates a model: with the controller's version, or with `version` if that exists and is compatible
 * with the controller.
 * @throws ProblemError `agent-binary-missing` and its two siblings, `incompatible-with-controller`,
 *   `no-controller`, and whatever the controller refuses
 */
export async function createModel(
  client: Client,
  options: { readonly name: string; readonly version?: AgentVersion },
): Promise<ModelSummary> {
  const operation = `create model ${options.name}`;
  const controller = await theController(client, operation, `model ${options.name}`);
  const server = await controller.serverVersion();
  const { version = server } = options;
  const rules = ruleSet('straw-man', client.version);
  const asked: Asked = {
    client: client.version,
    operation,
    scope: `controller ${controller.address}`,
    version,
    command: (other) =>
      `maasquerade client add-model ${options.name} --version ${printVersion(other)}${client.repeat ?? ''}`,
  };
  const looked = await requireVersion(client, asked, `controller ${printVersion(server)}`, (v) =>
    checkNewModel(rules, v, server),
  );
  try {
    return await controller.createModel(options.name, version);
  } catch (error) {
    throw refusedByController(error, {
      address: controller.address,
      server,
      operation,
      wanted: `model ${options.name} with agent ${printVersion(version)}`,
      scope: asked.scope,
      looked,
      found: (await controller.models()).map(describeModel),
      next: [{ say: 'see what is there already:', command: 'maasquerade client status' }],
    });
  }
}

export interface UpgradeResult {
  readonly model: ModelSummary;
  readonly from: AgentVersion;
  readonly to: AgentVersion;
}

/**
 * Sets a new target for a model (default: the one in use); the controller chooses the version where
 * none is given, and where there is nothing newer the model stays: that is no failure (H-3).
 * @throws ProblemError `no-controller`, `no-such-model`, and whatever the controller refuses
 */
export async function upgrade(
  client: Client,
  options: {
    readonly model?: string;
    readonly version?: AgentVersion;
    readonly ignoreAgentVersions?: boolean;
    readonly dryRun?: boolean;
  },
): Promise<UpgradeResult> {
  const wanted = options.version ? `agent ${printVersion(options.version)}` : 'a newer agent';
  const controller = await theController(client, 'upgrade a model', wanted);
  const model = await theModel(client, controller, 'upgrade a model', options.model);
  const from = model.agentVersion;
  try {
    const to = await controller.upgrade({
      model,
      ...(options.version ? { target: options.version } : {}),
      ...(options.ignoreAgentVersions ? { ignoreAgentVersions: true } : {}),
      ...(options.dryRun ? { dryRun: true } : {}),
    });
    return { model, from, to };
  } catch (error) {
    if (!options.version && saysNothingNewer(error)) return { model, from, to: from };
    const server = await controller.serverVersion();
    const answer = options.version ? await client.world.metadata.look(options.version) : undefined;
    throw refusedByController(error, {
      address: controller.address,
      server,
      operation: `upgrade model ${model.name}`,
      wanted,
      scope: `model ${model.name}`,
      ...(answer ? { looked: answer.looked } : {}),
      found: [
        `controller runs ${printVersion(server)}`,
        `model ${model.name} is at ${printVersion(from)}`,
        `its agents run ${describeRunning(countVersions(await controller.agents(model)))}`,
      ],
      next: [{ say: 'see what the agents run:', command: 'maasquerade client status' }],
    });
  }
}

/** The wire's code for it is `already exists`; `not found` is another thing, and a failure (U-0). */
function saysNothingNewer(error: unknown): boolean {
  if (error instanceof ControllerError) return error.code === 'already exists';
  return error instanceof ProblemError && error.problem.code === 'no-upgrades-available';
}

/** How many agents run a version; undefined stands for agents that have reported none. */
export interface RunningCount {
  readonly version: AgentVersion | undefined;
  readonly count: number;
}

export interface ModelState {
  readonly model: ModelSummary;
  readonly running: readonly RunningCount[];
  readonly agents: readonly AgentRecord[];
}

export interface Versions {
  readonly client: AgentVersion;
  /** Undefined without a controller. */
  readonly server: AgentVersion | undefined;
  readonly agent: ModelState | undefined;
}

/** The versions of client, controller and (of the model in use) agents. Never refuses for want of a controller. */
export async function versions(
  client: Client,
  options: { readonly model?: string } = {},
): Promise<Versions> {
  const controller = await client.world.controller();
  if (!controller) return { client: client.version, server: undefined, agent: undefined };
  const model = await theModel(client, controller, 'show versions', options.model);
  return {
    client: client.version,
    server: await controller.serverVersion(),
    agent: await stateOf(controller, model),
  };
}

/** Every model, or the one named, with what its agents run; undefined without a controller. */
export async function status(
  client: Client,
  options: { readonly model?: string } = {},
): Promise<{ server: AgentVersion; models: ModelState[] } | undefined> {
  const controller = await client.world.controller();
  if (!controller) return undefined;
  const models = options.model
    ? [await theModel(client, controller, 'show the status', options.model)]
    : await controller.models();
  const states: ModelState[] = [];
  for (const model of models) states.push(await stateOf(controller, model));
  return { server: await controller.serverVersion(), models: states };
}

/** Counts what agents run, newest version first, those without a report last. */
export function countVersions(agents: readonly AgentRecord[]): RunningCount[] {
  const counts = new Map<string, { version: AgentVersion | undefined; count: number }>();
  for (const { version } of agents) {
    const key = version ? printVersion(version) : '';
    const known = counts.get(key);
    if (known) known.count++;
    else counts.set(key, { version, count: 1 });
  }
  return [...counts.values()].sort((a, b) => {
    if (!a.version || !b.version) return a.version ? -1 : 1;
    return compareVersions(b.version, a.version);
  });
}

/** `1.24.5: 700, 1.23.3: 300, not reported: 2`, or `nothing` without agents. */
export function describeRunning(running: readonly RunningCount[]): string {
  if (running.length === 0) return 'nothing';
  return running
    .map(({ version, count }) => `${version ? printVersion(version) : 'not reported'}: ${count}`)
    .join(', ');
}

/** Refuses a version that does not exist, then one that does not fit; publishing only helps the first. */
async function requireVersion(
  client: Client,
  asked: Asked,
  against: string,
  check: (version: AgentVersion) => Verdict,
) {
  const answer = await client.world.metadata.look(asked.version, asked.platform);
  const judged: Judged = {
    by: against,
    verdict: check(asked.version),
    fitting: answer.offered.filter((version) => check(version).ok),
  };
  if (answer.outcome !== 'found') throw missing(asked, answer, judged);
  if (!judged.verdict.ok) throw incompatible(asked, answer, judged, judged.verdict);
  return answer.looked;
}

async function theController(
  client: Client,
  operation: string,
  wanted: string,
): Promise<ControllerApi> {
  const controller = await client.world.controller();
  if (!controller) throw noController(client.version, operation, wanted, client.place);
  return controller;
}

/** The model of that name, or the one in use: the first hosted one, else the controller's own. */
async function theModel(
  client: Client,
  controller: ControllerApi,
  operation: string,
  name: string | undefined,
): Promise<ModelSummary> {
  const models = await controller.models();
  const found =
    name === undefined
      ? (models.find((model) => !model.isController) ?? models[0])
      : models.find((model) => model.name === name || `${model.owner}/${model.name}` === name);
  if (found) return found;
  const names = models.map((model) => model.name);
  const where = `controller ${controller.address}`;
  throw noSuchModel(client.version, operation, name ?? 'in use', where, names);
}

async function stateOf(controller: ControllerApi, model: ModelSummary): Promise<ModelState> {
  const agents = await controller.agents(model);
  return { model, agents, running: countVersions(agents) };
}

function describeModel(model: ModelSummary): string {
  return `model ${model.name} at ${printVersion(model.agentVersion)}`;
}
