/**
 * What a new model's agent-version may be: by default the controller's, never above it, and if it is
 * another one its binaries must exist (facts/juju-versions-and-upgrades 2.3, M-1 to M-5; the straw
 * man's own rule where that rule set is in force). Deciding changes nothing.
 */
import { type AgentVersion, equalVersions, printVersion } from '../../versions/number.ts';
import { checkNewModel, needsBinary } from '../../versions/rules/bootstrap.ts';
import { type Model, streamOf } from './model.ts';
import { bounded, type ControllerRefusal, type RefusalFacts, refusal } from './refusal.ts';
import type { UpgradeView } from './upgrade.ts';

export interface NewModel {
  readonly name: string;
  /** Default `admin`. */
  readonly owner?: string;
  /** Default: the controller's (rule M-1). */
  readonly agentVersion?: AgentVersion;
  readonly config?: Readonly<Record<string, unknown>>;
}

export const DEFAULT_OWNER = 'admin';
const MODEL_NAME = /^[a-z0-9]+[a-z0-9-]*$/;

/**
 * The version that the new model gets.
 * @throws ControllerRefusal `invalid-model-name`, `model-exists`, a code of the new-model rule
 *   (M-3, or the straw man's), or `agent-binary-missing` (M-5)
 */
export function decideNewModel(
  view: Pick<UpgradeView, 'rules' | 'models' | 'cache' | 'server'>,
  o: NewModel,
): AgentVersion {
  const { rules, models, server } = view;
  const owner = o.owner ?? DEFAULT_OWNER;
  const controller = rules.newModel === 'compatible' ? server : models[0]!.target;
  const version = o.agentVersion ?? controller;
  const refuse = refuser(server, o.name, version, controller);

  if (!MODEL_NAME.test(o.name)) {
    throw refuse({
      code: 'invalid-model-name',
      why: 'names',
      wanted: JSON.stringify(o.name.slice(0, 80)),
      next: [{ say: 'use lower-case letters, digits and dashes' }],
    });
  }
  const taken = (m: Model) => m.name === o.name && m.owner === owner && m.life !== 'dead';
  if (models.some(taken)) {
    throw refuse({
      code: 'model-exists',
      why: 'names',
      found: [`model ${owner}/${o.name}`],
      next: [{ say: 'take another name, or use the model that is there' }],
    });
  }
  const verdict = checkNewModel(rules, version, controller);
  if (!verdict.ok) {
    const instead = printVersion(verdict.instead ?? controller);
    throw refuse({
      code: verdict.code,
      why: verdict.rule,
      found: [`the controller is at ${printVersion(controller)}`],
      next: [{ say: `take ${instead}, or upgrade the controller first` }],
    });
  }
  if (o.agentVersion && needsBinary(rules, version, controller)) {
    requireBinary(view, o, version, controller, refuse);
  }
  return version;
}

type Refuse = (
  facts: Partial<RefusalFacts> & Pick<RefusalFacts, 'code' | 'why' | 'next'>,
) => ControllerRefusal;

function refuser(
  server: AgentVersion,
  name: string,
  version: AgentVersion,
  controller: AgentVersion,
): Refuse {
  return (facts) =>
    refusal(
      server,
      {
        operation: 'create a model',
        wanted: printVersion(version),
        scope: `model ${name}`,
        ...facts,
      },
      { name, wanted: version, limit: controller },
    );
}

function requireBinary(
  { rules, cache }: Pick<UpgradeView, 'rules' | 'cache'>,
  o: NewModel,
  version: AgentVersion,
  controller: AgentVersion,
  refuse: Refuse,
): void {
  const stream = streamOf({ config: new Map(Object.entries(o.config ?? {})) });
  const { found, looked } = cache.list(stream, version.major, version.minor);
  if (found.some((one) => equalVersions(one.binary.number, version))) return;
  const others = new Set(found.map((one) => printVersion(one.binary.number)));
  const [wanted, usual] = [printVersion(version), printVersion(controller)];
  throw refuse({
    code: 'agent-binary-missing',
    why: rules.newModel === 'compatible' ? 'straw-man.create.exists' : 'M-5',
    origin: 'streams',
    looked,
    found: bounded([...others].sort()),
    next: [{ say: `publish the agent binaries of ${wanted}, or take ${usual}` }],
  });
}
