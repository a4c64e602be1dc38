/**
 * Which jumps are legal (facts/juju-versions-and-upgrades 2.6, 3.5 P-1 and P-2). 1.x had stations
 * that could not be passed over and two minors that nobody should go to; 2.x was free inside the
 * major; 2.9 opened and closed the way to 3 by a table of minimum versions; from 3.0.3 on a
 * controller stays in its major.minor. Upstream source: upgrades/upgradevalidation/version.go and
 * validation.go, cmd/juju/upgradejuju.go.
 */
import {
  type AgentVersion,
  compareVersions,
  parseVersion,
  parseVersionNonStrict,
} from '../number.ts';
import { byRelease } from './by-release.ts';
import { checkCompatible } from './compatible.ts';
import type { RuleSet } from './rule-set.ts';
import type { UpgradeQuestion } from './upgrade.ts';
import { ALLOWED, firstRefusal, refuse, type Verdict } from './verdict.ts';

/** The lowest version from which a major may be entered, by that major. */
export type Minimums = Readonly<Record<number, AgentVersion>>;

export type JumpRule =
  | { readonly kind: 'same-major' }
  /** 1.25.2 on: additionally through 1.20.14, and not to 1.21 or 1.23. */
  | { readonly kind: 'stations' }
  /** `versionCheck` of the release with its table. */
  | { readonly kind: 'minimums'; readonly from: Minimums }
  /** The controller's model only inside its major.minor (P-1). */
  | { readonly kind: 'patch-only' }
  | { readonly kind: 'compatible' };

export const jumpRuleOf = byRelease<JumpRule>({ kind: 'same-major' }, [
  ['1.25.2', { kind: 'stations' }],
  ['2.0.0', { kind: 'same-major' }],
  ['2.9.33', { kind: 'minimums', from: { 3: parseVersion('2.9.33') } }],
  ['2.9.35', { kind: 'minimums', from: { 3: parseVersion('2.9.35') } }],
  ['2.9.36', { kind: 'minimums', from: {} }],
  ['3.0.3', { kind: 'patch-only' }],
]);

/** The lowest hosted model that a controller upgrade lets through when majors differ (P-2). */
export const hostedMinimumOf = byRelease<Minimums>({}, [
  ['2.9.33', { 3: parseVersion('2.9.32') }],
  ['2.9.36', { 3: parseVersion('2.9.36') }],
  ['3.2.0', { 3: parseVersion('2.9.43') }],
]);

/** Whether P-2 is asked of every hosted model, also inside one major. */
export const hostedAlwaysTestedOf = byRelease<boolean>(false, [
  ['3.6.21', true],
  ['4.0.0', false],
]);

const STATION = parseVersion('1.20.14');

/** The jump rule for the model's own target. Hosted models may follow their controller anywhere in its major. */
export function checkJump(rules: Pick<RuleSet, 'jump'>, q: UpgradeQuestion): Verdict {
  const { current, wanted } = q;
  switch (rules.jump.kind) {
    case 'same-major':
      return sameMajor(current, wanted);
    case 'stations':
      return firstRefusal(
        () => sameMajor(current, wanted),
        () => stations(current, wanted),
      );
    case 'minimums':
      return q.controllerModel
        ? versionCheck(current, wanted, rules.jump.from)
        : sameMajor(current, wanted);
    case 'patch-only': {
      if (!q.controllerModel) return ALLOWED;
      if (current.major === wanted.major && current.minor === wanted.minor) return ALLOWED;
      return refuse('P-1', 'jump-beyond-minor', { limit: current });
    }
    case 'compatible':
      return q.controllerModel
        ? checkCompatible('upgrade-controller', current, wanted)
        : compareVersions(wanted, current) < 0
          ? refuse('straw-man.upgrade.no-downgrade', 'downgrade', { limit: current })
          : ALLOWED;
  }
}

/** P-2: may this hosted model stay where it is while its controller goes to `wanted`? */
export function checkHostedInControllerUpgrade(
  rules: Pick<RuleSet, 'jump' | 'hostedMinimum' | 'hostedAlwaysTested'>,
  hosted: AgentVersion,
  wanted: AgentVersion,
): Verdict {
  if (rules.jump.kind === 'compatible') {
    return checkCompatible('upgrade-controller', hosted, wanted);
  }
  if (rules.hostedAlwaysTested && compareVersions(wanted, hosted) < 0) {
    return refuse('P-2', 'downgrade', { limit: hosted });
  }
  if (hosted.major === wanted.major) return ALLOWED;
  const verdict = versionCheck(hosted, wanted, rules.hostedMinimum);
  return verdict.ok ? verdict : { ...verdict, rule: 'P-2' };
}

/**
 * Upstream's `versionCheck`: same major passes; a lower major and a major without a minimum are
 * refused; else `from`, its tag cleared but its patch kept, must reach the minimum. The quirk is
 * upstream's: 2.9-rc50 counts as 2.9.50 and passes a minimum of 2.9.43.
 */
export function versionCheck(from: AgentVersion, to: AgentVersion, minimums: Minimums): Verdict {
  if (from.major === to.major) return ALLOWED;
  if (from.major > to.major) return refuse('2.6.version-check', 'downgrade', { limit: from });
  const minimum = minimums[to.major];
  if (!minimum) return refuse('2.6.version-check', 'major-not-supported', { limit: from });
  if (compareVersions({ ...from, tag: '' }, minimum) >= 0) return ALLOWED;
  return refuse('2.6.version-check', 'below-minimum', { limit: minimum, instead: minimum });
}

function sameMajor(current: AgentVersion, wanted: AgentVersion): Verdict {
  if (current.major === wanted.major) return ALLOWED;
  return refuse('2.6.same-major', 'major-not-supported', { limit: current });
}

function stations(current: AgentVersion, wanted: AgentVersion): Verdict {
  const at = (text: string) => parseVersionNonStrict(text);
  if (compareVersions(current, at('1.20')) < 0 && compareVersions(wanted, at('1.21')) >= 0) {
    return refuse('2.6.stations', 'must-go-through', { limit: STATION, instead: STATION });
  }
  const shunned = wanted.minor === 21 || wanted.minor === 23;
  if (!shunned || wanted.minor === current.minor) return ALLOWED;
  return refuse('2.6.stations', 'unsupported-minor', { limit: current });
}
