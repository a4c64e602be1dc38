/**
 * Which agent-version a client may bootstrap, and which a new model may have
 * (facts/juju-versions-and-upgrades 2.2 B-2 to B-4, 2.3 M-1 to M-5; the straw man in facts 10).
 * Bootstrap is the same in every era: the client's own major.minor, anything else free. Upstream
 * source: cmd/juju/commands/bootstrap.go, controller/modelmanager/createmodel.go.
 */
import { type AgentVersion, compareVersions, equalVersions } from '../number.ts';
import { checkCompatible } from './compatible.ts';
import type { RuleSet } from './rule-set.ts';
import { ALLOWED, refuse, type Verdict } from './verdict.ts';

/** B-4: the wanted controller version against the client's own. */
export function checkBootstrap(
  rules: Pick<RuleSet, 'id'>,
  client: AgentVersion,
  wanted: AgentVersion,
): Verdict {
  if (wanted.major === client.major && wanted.minor === client.minor) return ALLOWED;
  const rule = rules.id === 'straw-man' ? 'straw-man.bootstrap.same-major-minor' : 'B-4';
  return refuse(rule, 'incompatible', { limit: client, instead: client });
}

/**
 * M-3 to M-5: a new model's agent-version against the controller's. An allowed version still has
 * to exist as an agent binary when {@link needsBinary} says so.
 */
export function checkNewModel(
  rules: Pick<RuleSet, 'newModel'>,
  wanted: AgentVersion,
  controller: AgentVersion,
): Verdict {
  if (rules.newModel === 'compatible') return checkCompatible('create', wanted, controller);
  if (compareVersions(wanted, controller) <= 0) return ALLOWED;
  return refuse('M-3', 'incompatible', { limit: controller, instead: controller });
}

/** M-4: the controller's own version is accepted without a look at the agent metadata. The straw man always looks. */
export function needsBinary(
  rules: Pick<RuleSet, 'newModel'>,
  wanted: AgentVersion,
  controller: AgentVersion,
): boolean {
  return rules.newModel === 'compatible' || !equalVersions(wanted, controller);
}
