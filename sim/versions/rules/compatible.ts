/**
 * The straw man's one rule between an agent and a controller (the original post, facts 10): an
 * agent talks to a controller that is not older than itself, of the same major, or from the
 * lowest agent-version that the controller's major still accepts. `create-environment`, upgrades
 * of a model and upgrades of a controller are all judged by it.
 */
import { type AgentVersion, compareVersions, parseVersion } from '../number.ts';
import { ALLOWED, refuse, type Verdict } from './verdict.ts';

/** The lowest agent of an earlier major, by the controller's major (facts 2.6, row 3.6). */
const MINIMUM_AGENT: Readonly<Record<number, AgentVersion>> = { 3: parseVersion('2.9.43') };

/** @param operation names the rule: `create`, `upgrade-model` or `upgrade-controller`. */
export function checkCompatible(
  operation: 'create' | 'upgrade-model' | 'upgrade-controller',
  agent: AgentVersion,
  controller: AgentVersion,
): Verdict {
  if (compareVersions(agent, controller) > 0) {
    return refuse(`straw-man.${operation}.not-newer-than-controller`, 'incompatible', {
      limit: controller,
      instead: controller,
    });
  }
  if (agent.major === controller.major) return ALLOWED;
  const minimum = MINIMUM_AGENT[controller.major];
  if (minimum && compareVersions(agent, minimum) >= 0) return ALLOWED;
  return refuse(`straw-man.${operation}.minimum-agent`, 'incompatible', {
    limit: minimum ?? controller,
    instead: minimum ?? controller,
  });
}
