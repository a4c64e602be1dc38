/**
 * Who must have caught up before a new target is set (facts/juju-versions-and-upgrades 2.8). To
 * 3.x every machine and unit of the model: its record must be exactly at the current or at the new
 * version, and a record without any version counts as behind, so one dead machine blocks for ever
 * unless the operator says `--ignore-agent-versions` (2.2.6+). In 4.x only the controller's own
 * machines count. Upstream source: state/state.go.
 */
import { type AgentVersion, equalVersions } from '../number.ts';
import { byRelease } from './by-release.ts';

export type AgentsGate = 'all-agents' | 'controller-machines';

export const agentsGateOf = byRelease<AgentsGate>('all-agents', [['4.0.0', 'controller-machines']]);

export const knowsIgnoreAgentVersionsOf = byRelease<boolean>(false, [['2.2.6', true]]);

/** Whether an agent blocks a new target. `actual` is undefined while it has reported nothing. */
export function isBehind(
  actual: AgentVersion | undefined,
  current: AgentVersion,
  wanted: AgentVersion,
): boolean {
  // A request for the present target changes nothing and asks nobody.
  if (equalVersions(current, wanted)) return false;
  if (!actual) return true;
  return !equalVersions(actual, current) && !equalVersions(actual, wanted);
}
