/**
 * May this model get this target? (facts/juju-versions-and-upgrades 2.4 T-1, 2.5, 2.6, 3.4, 3.5.)
 * Three moments, in the order in which a controller meets them: at the request (too high for the
 * controller, or lower than now), at validation (is the jump legal), at commit (against what the
 * answering controller really runs). {@link checkUpgrade} is all three. Upstream source:
 * apiserver/facades/client/modelupgrader/upgrader.go, upgrades/upgradevalidation, state/state.go.
 */
import { type AgentVersion, compareVersions, toPatch, ZERO } from '../number.ts';
import { byRelease } from './by-release.ts';
import { checkCompatible } from './compatible.ts';
import { checkJump } from './jump.ts';
import type { RuleSet } from './rule-set.ts';
import { ALLOWED, firstRefusal, refuse, type Verdict } from './verdict.ts';

export interface UpgradeQuestion {
  /** Whether the model is the controller's own. */
  readonly controllerModel: boolean;
  /** The model's agent-version now (its target, not what its machines run). */
  readonly current: AgentVersion;
  readonly wanted: AgentVersion;
  /** The agent-version of the controller's own model. */
  readonly controllerTarget: AgentVersion;
  /** What the answering controller runs; from 4.0 on the highest among its machines. */
  readonly server: AgentVersion;
}

/** How a hosted model's target is held against the controller at the request (T-1). */
export type RequestCeiling =
  | 'unchecked'
  | 'controller-target'
  /** The comparison stands the wrong way round: 3.0.3 to 3.3.3 and 3.4.0. */
  | 'inverted'
  | 'highest-controller'
  | 'compatible';

export const requestCeilingOf = byRelease<RequestCeiling>('unchecked', [
  ['3.0.3', 'inverted'],
  ['3.3.4', 'controller-target'],
  ['3.4.0', 'inverted'],
  ['3.4.1', 'controller-target'],
  ['4.0.0', 'highest-controller'],
]);

/** Whether the full target, build included, is held against the running controller at commit (T-1). */
export const commitCeilingOf = byRelease<boolean>(false, [
  ['1.25.0', true],
  ['4.0.0', false],
]);

/** How the controller answers a target that is not higher than the present one (2.5). */
export type LowerTarget =
  | 'accepted'
  | 'lower-is-no-upgrade'
  | 'not-higher-is-no-upgrade'
  | 'lower-is-refused'
  | 'lower-is-refused-with-build';

export const lowerTargetOf = byRelease<LowerTarget>('accepted', [
  ['2.9.33', 'lower-is-no-upgrade'],
  ['3.0.0', 'not-higher-is-no-upgrade'],
  ['3.6.21', 'lower-is-refused'],
  ['4.0.0', 'lower-is-refused-with-build'],
]);

/** How the command line answers a lower target, before it asks the controller (2.5). */
export type ClientLowerTarget = 'lower-minor-is-refused' | 'lower-patch-is-refused' | 'accepted';

export const clientLowerTargetOf = byRelease<ClientLowerTarget>('lower-minor-is-refused', [
  ['2.9.0', 'lower-patch-is-refused'],
  ['3.0.0', 'accepted'],
]);

/** T-1 at the request; the controller's own model has no ceiling. */
export function checkCeilingAtRequest(
  rules: Pick<RuleSet, 'requestCeiling'>,
  q: UpgradeQuestion,
): Verdict {
  if (q.controllerModel) return ALLOWED;
  const wanted = toPatch(q.wanted);
  switch (rules.requestCeiling) {
    case 'unchecked':
      return ALLOWED;
    case 'compatible':
      return checkCompatible('upgrade-model', q.wanted, q.server);
    case 'inverted':
      return compareVersions(wanted, q.controllerTarget) >= 0
        ? ALLOWED
        : tooHigh('T-1.request', q.controllerTarget, ZERO);
    case 'controller-target':
      return compareVersions(wanted, q.controllerTarget) <= 0
        ? ALLOWED
        : tooHigh('T-1.request', q.controllerTarget);
    case 'highest-controller':
      return compareVersions(wanted, q.server) <= 0 ? ALLOWED : tooHigh('T-1.request', q.server);
  }
}

/** T-1 at commit: against what the answering controller runs, build included. */
export function checkCeilingAtCommit(
  rules: Pick<RuleSet, 'commitCeiling'>,
  q: UpgradeQuestion,
): Verdict {
  if (!rules.commitCeiling || q.controllerModel) return ALLOWED;
  if (compareVersions(q.wanted, q.server) <= 0) return ALLOWED;
  return refuse('T-1.commit', 'target-above-running-controller', {
    limit: q.server,
    instead: q.server,
  });
}

/**
 * 2.5, controller: codes `no-upgrades-available` (shown as success by the command line of its
 * era) and `downgrade`.
 */
export function checkLowerTarget(rules: Pick<RuleSet, 'lowerTarget'>, q: UpgradeQuestion): Verdict {
  const base = toPatch(q.current);
  const order = compareVersions(q.wanted, base);
  const nothingToDo = refuse('2.5.controller', 'no-upgrades-available', { limit: q.current });
  const downgrade = refuse('2.5.controller', 'downgrade', { limit: q.current });
  switch (rules.lowerTarget) {
    case 'accepted':
      return ALLOWED;
    case 'lower-is-no-upgrade':
      return order < 0 ? nothingToDo : ALLOWED;
    case 'not-higher-is-no-upgrade':
      return order <= 0 ? nothingToDo : ALLOWED;
    case 'lower-is-refused':
      if (order === 0) return nothingToDo;
      return order < 0 ? downgrade : ALLOWED;
    case 'lower-is-refused-with-build':
      return compareVersions(q.wanted, q.current) < 0 ? downgrade : ALLOWED;
  }
}

/** 2.5, command line: what the client of the era refuses by itself. */
export function checkClientLowerTarget(
  rules: Pick<RuleSet, 'clientLowerTarget'>,
  current: AgentVersion,
  wanted: AgentVersion,
): Verdict {
  const lower = () => {
    switch (rules.clientLowerTarget) {
      case 'accepted':
        return false;
      case 'lower-patch-is-refused':
        return compareVersions(toPatch(wanted), toPatch(current)) < 0;
      case 'lower-minor-is-refused':
        if (wanted.major !== current.major) return wanted.major < current.major;
        return wanted.minor < current.minor;
    }
  };
  return lower() ? refuse('2.5.client', 'downgrade', { limit: current }) : ALLOWED;
}

/** All three moments in order; `ok` means that versions alone do not stop the upgrade. */
export function checkUpgrade(rules: RuleSet, q: UpgradeQuestion): Verdict {
  return firstRefusal(
    () => checkCeilingAtRequest(rules, q),
    () => checkLowerTarget(rules, q),
    () => checkJump(rules, q),
    () => checkCeilingAtCommit(rules, q),
  );
}

function tooHigh(rule: string, limit: AgentVersion, named?: AgentVersion): Verdict {
  return refuse(rule, 'target-above-controller', {
    limit,
    instead: limit,
    ...(named ? { named } : {}),
  });
}
