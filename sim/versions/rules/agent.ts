/**
 * What an agent is told to run, and what it agrees to (facts/juju-versions-and-upgrades 4.1 A-1,
 * 4.2 ). The controller caps its answer at its own version, which is what makes
 * "controller first" hold; the agent itself refuses only what its era's table says, so a patch
 * downgrade is never an agent's rule. Upstream source: apiserver/facades/agent/upgrader,
 * worker/upgrader.
 */
import { type AgentVersion, compareVersions, equalVersions, toPatch } from '../number.ts';
import { byRelease } from './by-release.ts';
import type { RuleSet } from './rule-set.ts';
import { ALLOWED, refuse, type Verdict } from './verdict.ts';

/** Which downgrades an agent refuses. */
export type AgentDowngrade = 'lower-minor' | 'from-two-to-one' | 'lower-major';

export const agentDowngradeOf = byRelease<AgentDowngrade>('lower-minor', [
  ['2.8.0', 'from-two-to-one'],
  ['2.8.7', 'lower-major'],
]);

/** Whether an agent ignores its own build number when the wanted version has none. */
export const ignoresOwnBuildOf = byRelease<boolean>(false, [['2.8.0', true]]);

/**
 * what the controller answers when an agent asks which version it should run.
 * @param target the model's agent-version
 * @param server what the answering controller itself runs
 */
export function desiredVersion(
  target: AgentVersion,
  server: AgentVersion,
  onControllerMachine: boolean,
): AgentVersion {
  return !onControllerMachine && compareVersions(target, server) > 0 ? server : target;
}

/** whether an agent that runs `own` takes `wanted` as reached. */
export function isAtVersion(
  rules: Pick<RuleSet, 'agentIgnoresOwnBuild'>,
  own: AgentVersion,
  wanted: AgentVersion,
): boolean {
  const have = rules.agentIgnoresOwnBuild && wanted.build === 0 ? toPatch(own) : own;
  return equalVersions(have, wanted);
}

/**
 * whether the agent moves from `own` to `wanted`.
 * @param beforeUpgrade the version before the upgrade whose steps still run, if any: to 2.7 that one downgrade is let through
 */
export function checkAgentMove(
  rules: Pick<RuleSet, 'agentDowngrade'>,
  own: AgentVersion,
  wanted: AgentVersion,
  beforeUpgrade?: AgentVersion,
): Verdict {
  if (!refusesMove(rules.agentDowngrade, own, wanted, beforeUpgrade)) return ALLOWED;
  return refuse('A-5', 'agent-downgrade', { limit: own });
}

function refusesMove(
  rule: AgentDowngrade,
  own: AgentVersion,
  wanted: AgentVersion,
  before: AgentVersion | undefined,
): boolean {
  switch (rule) {
    case 'lower-major':
      return wanted.major < own.major;
    case 'from-two-to-one':
      return own.major >= 2 && wanted.major === 1;
    case 'lower-minor': {
      if (before && equalVersions(before, wanted)) return false;
      return wanted.major < own.major || (wanted.major === own.major && wanted.minor < own.minor);
    }
  }
}
