/**
 * A rule set is data: for one era, and inside it for one exact release, which variant of each rule
 * holds. The functions that apply it stand one concern a file beside it (caller, bootstrap,
 * upgrade, jump, choice, gate, agent) and take the rule set as their first argument, so that the
 * controller enforces, the client explains and the fleet obeys the very same rule (design 3.3).
 * Histories and their switches come from facts/juju-versions-and-upgrades 2 to 4; `straw-man` is
 * the proposal of the original post.
 */
import { type AgentVersion, parseVersion, printVersion } from '../number.ts';
import { type AgentDowngrade, agentDowngradeOf, ignoresOwnBuildOf } from './agent.ts';
import { type CallerCheck, callerCheckOf } from './caller.ts';
import { type Choice, choiceOf } from './choice.ts';
import { type AgentsGate, agentsGateOf, knowsIgnoreAgentVersionsOf } from './gate.ts';
import {
  hostedAlwaysTestedOf,
  hostedMinimumOf,
  type JumpRule,
  jumpRuleOf,
  type Minimums,
} from './jump.ts';
import {
  type ClientLowerTarget,
  clientLowerTargetOf,
  commitCeilingOf,
  type LowerTarget,
  lowerTargetOf,
  type RequestCeiling,
  requestCeilingOf,
} from './upgrade.ts';

export const RULE_SET_IDS = ['1.2x', '2.x', '2.9', '3.x', '4.x', 'straw-man'] as const;
export type RuleSetId = (typeof RULE_SET_IDS)[number];

export interface RuleSet {
  readonly id: RuleSetId;
  /** The exact release whose switches hold. */
  readonly release: AgentVersion;
  /** C-4: the check of callers of another major, or none. */
  readonly callerCheck: CallerCheck | undefined;
  /** M-3: what a new model's version is held to. */
  readonly newModel: 'not-above-controller' | 'compatible';
  /** T-1 at the request, and at commit. */
  readonly requestCeiling: RequestCeiling;
  readonly commitCeiling: boolean;
  /** 2.5 on the controller, and on the command line. */
  readonly lowerTarget: LowerTarget;
  readonly clientLowerTarget: ClientLowerTarget;
  /** 2.6, and P-2 for the models that a controller upgrade leaves behind. */
  readonly jump: JumpRule;
  readonly hostedMinimum: Minimums;
  readonly hostedAlwaysTested: boolean;
  /** U-2. */
  readonly choice: Choice;
  /** 2.8, and whether `--ignore-agent-versions` exists. */
  readonly agentsGate: AgentsGate;
  readonly ignoreAgentVersions: boolean;
  /** */
  readonly agentIgnoresOwnBuild: boolean;
  readonly agentDowngrade: AgentDowngrade;
}

/** The last release of each era that the facts were read from; the straw man's is the post's example. */
const DEFAULT_RELEASE: Readonly<Record<RuleSetId, string>> = {
  '1.2x': '1.25.14',
  '2.x': '2.8.13',
  '2.9': '2.9.53',
  '3.x': '3.6.28',
  '4.x': '4.0.15',
  'straw-man': '1.25.2',
};

/**
 * The rules of an era at one release.
 * @param release default: the era's last known release
 * @throws RangeError when the release does not belong to the era
 */
export function ruleSet(
  id: RuleSetId,
  release: AgentVersion = parseVersion(DEFAULT_RELEASE[id]),
): RuleSet {
  if (id === 'straw-man') return strawMan(release);
  const era = eraOf(release);
  if (era !== id) {
    throw new RangeError(`release ${printVersion(release)} belongs to era ${era}, not ${id}`);
  }
  return {
    id,
    release,
    callerCheck: callerCheckOf(release),
    newModel: 'not-above-controller',
    requestCeiling: requestCeilingOf(release),
    commitCeiling: commitCeilingOf(release),
    lowerTarget: lowerTargetOf(release),
    clientLowerTarget: clientLowerTargetOf(release),
    jump: jumpRuleOf(release),
    hostedMinimum: hostedMinimumOf(release),
    hostedAlwaysTested: hostedAlwaysTestedOf(release),
    choice: choiceOf(release),
    agentsGate: agentsGateOf(release),
    ignoreAgentVersions: knowsIgnoreAgentVersionsOf(release),
    agentIgnoresOwnBuild: ignoresOwnBuildOf(release),
    agentDowngrade: agentDowngradeOf(release),
  };
}

/** The rules of the era that a version belongs to, at that very release. */
export function ruleSetFor(version: AgentVersion): RuleSet {
  return ruleSet(eraOf(version), version);
}

/** The era of a release; everything before 2.0 is `1.2x`, everything from 4.0 on `4.x`. */
export function eraOf(version: AgentVersion): Exclude<RuleSetId, 'straw-man'> {
  if (version.major < 2) return '1.2x';
  if (version.major === 2) return version.minor < 9 ? '2.x' : '2.9';
  return version.major === 3 ? '3.x' : '4.x';
}

function strawMan(release: AgentVersion): RuleSet {
  return {
    id: 'straw-man',
    release,
    callerCheck: undefined,
    newModel: 'compatible',
    requestCeiling: 'compatible',
    commitCeiling: false,
    lowerTarget: 'lower-is-refused',
    clientLowerTarget: 'accepted',
    jump: { kind: 'compatible' },
    hostedMinimum: {},
    hostedAlwaysTested: false,
    choice: 'present-minor',
    agentsGate: 'all-agents',
    ignoreAgentVersions: true,
    agentIgnoresOwnBuild: true,
    agentDowngrade: 'lower-major',
  };
}
