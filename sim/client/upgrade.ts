/**
 * The command `upgrade`: the controller decides, since it alone knows its models and agents. What it
 * refuses in few words the client explains with the rule of the controller's release, the agent
 * metadata as the client sees it, and what the agents run.
 */
import { ProblemError } from '../problems/problem.ts';
import { type AgentVersion, printVersion } from '../versions/number.ts';
import { ruleSetFor } from '../versions/rules/rule-set.ts';
import { checkUpgrade } from '../versions/rules/upgrade.ts';
import type { Refusal } from '../versions/rules/verdict.ts';
import { type Client, countVersions, describeRunning, theController, theModel } from './lookup.ts';
import { type ControllerApi, ControllerError, type ModelSummary } from './port.ts';
import { refusedByController } from './problems.ts';

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
    throw await explainRefusedUpgrade(client, controller, model, options.version, error);
  }
}

/** What the controller refused, with the rule of its release and what the client can see beside it. */
async function explainRefusedUpgrade(
  client: Client,
  controller: ControllerApi,
  model: ModelSummary,
  wanted: AgentVersion | undefined,
  error: unknown,
): Promise<unknown> {
  const server = await controller.serverVersion();
  const answer = wanted ? await client.world.metadata.look(wanted) : undefined;
  const running = countVersions(await controller.agents(model));
  const rule = wanted ? await ruleAgainst(controller, model, wanted, server) : undefined;
  const command = `maasquerade client upgrade --model ${model.name}`;
  return refusedByController(error, {
    address: controller.address,
    server,
    operation: `upgrade model ${model.name}`,
    wanted: wanted ? `agent ${printVersion(wanted)}` : 'a newer agent',
    scope: `model ${model.name}`,
    looked: answer?.looked ?? [],
    found: [
      `controller runs ${printVersion(server)}`,
      `model ${model.name} is at ${printVersion(model.agentVersion)}`,
      `its agents run ${describeRunning(running)}`,
    ],
    rule,
    next: [
      ...(rule?.instead
        ? [
            {
              say: `go to ${printVersion(rule.instead)}, which this rule allows:`,
              command: `${command} --version ${printVersion(rule.instead)}${client.repeat ?? ''}`,
            },
          ]
        : []),
      {
        say: 'see what the agents run:',
        command: `maasquerade client status${client.repeat ?? ''}`,
      },
    ],
  });
}

/** The rule by which a controller of this release would refuse the target, judged by versions alone. */
async function ruleAgainst(
  controller: ControllerApi,
  model: ModelSummary,
  wanted: AgentVersion,
  server: AgentVersion,
): Promise<Refusal | undefined> {
  const own = (await controller.models()).find((one) => one.isController);
  const verdict = checkUpgrade(ruleSetFor(server), {
    controllerModel: model.isController,
    current: model.agentVersion,
    wanted,
    controllerTarget: own?.agentVersion ?? server,
    server,
  });
  return verdict.ok ? undefined : verdict;
}

/** The wire's code for it is `already exists`; `not found` is another thing, and a failure (U-0). */
function saysNothingNewer(error: unknown): boolean {
  if (error instanceof ControllerError) return error.code === 'already exists';
  return error instanceof ProblemError && error.problem.code === 'no-upgrades-available';
}
