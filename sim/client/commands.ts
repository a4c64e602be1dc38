/**
 * The straw man's commands, done right (the original post; facts/juju-versions-and-upgrades 10). The
 * client knows its own version; everything else it asks. Versions are judged by the straw man's
 * rules before anything is changed, so a refusal leaves the world as it was and names the rule.
 */
import { type AgentVersion, printVersion } from '../versions/number.ts';
import { checkBootstrap, checkNewModel } from '../versions/rules/bootstrap.ts';
import { ruleSet } from '../versions/rules/rule-set.ts';
import type { Verdict } from '../versions/rules/verdict.ts';
import { type Client, type ModelState, stateOf, theController, theModel } from './lookup.ts';
import type { ModelSummary, Platform } from './port.ts';
import {
  type Asked,
  controllerExists,
  incompatible,
  type Judged,
  missing,
  refusedByController,
} from './problems.ts';

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

function describeModel(model: ModelSummary): string {
  return `model ${model.name} at ${printVersion(model.agentVersion)}`;
}
