/**
 * Which version an upgrade without a version goes to (facts/juju-versions-and-upgrades 3.3 U-2,
 * 2.4 T-3). To 2.9 the client of the era chooses (from 2.9.33 the controller, by the same rule);
 * from 3.0 on a hosted model gets exactly the controller's version. To 1.24.5 the patch number was
 * kept when the minor was raised (lp#1447899), so the next minor's early patches were invisible.
 * Order of candidates never matters (S-23). Upstream source: cmd/juju/upgradejuju.go,
 * modelupgrader/upgrader.go.
 */
import { type AgentVersion, compareVersions, equalVersions, newest, toPatch } from '../number.ts';
import { byRelease } from './by-release.ts';
import type { RuleSet } from './rule-set.ts';
import { type Refusal, refuse } from './verdict.ts';

export type Choice =
  | 'next-minor-patch-kept'
  | 'next-minor'
  | 'newest-final-of-major'
  | 'next-minor-with-tags'
  /** The controller's own model: newest of the present minor; a hosted one: the controller's version. */
  | 'present-minor';

export const choiceOf = byRelease<Choice>('next-minor-patch-kept', [
  ['1.24.6', 'next-minor'],
  ['1.25.2', 'newest-final-of-major'],
  ['2.0.0', 'next-minor'],
  ['2.4.0', 'next-minor-with-tags'],
  ['3.0.0', 'present-minor'],
]);

export interface ChoiceQuestion {
  readonly controllerModel: boolean;
  /** The model's agent-version now. */
  readonly current: AgentVersion;
  /** What the search found; asked only where the rule needs a search. */
  readonly candidates: readonly AgentVersion[];
  /** The controller's version: from 3.0 on a hosted model goes there. */
  readonly controller: AgentVersion;
}

/** Whether the choice needs a look at the agent metadata at all (T-3). */
export function choiceNeedsSearch(rules: Pick<RuleSet, 'choice'>, controllerModel: boolean) {
  return rules.choice !== 'present-minor' || controllerModel;
}

/**
 * The version to go to. Refusals: `no-upgrades-available` (the best is the present one) and
 * `no-candidate` (nothing fits at all; the eras word it differently).
 */
export function chooseTarget(
  rules: Pick<RuleSet, 'choice'>,
  q: ChoiceQuestion,
): { readonly ok: true; readonly version: AgentVersion } | Refusal {
  const version = best(rules.choice, q);
  if (!version) return refuse('U-2', 'no-candidate', { limit: q.current });
  if (equalVersions(version, q.current)) {
    return refuse('U-2', 'no-upgrades-available', { limit: q.current });
  }
  return { ok: true, version };
}

function best(rule: Choice, q: ChoiceQuestion): AgentVersion | undefined {
  const { current } = q;
  const nextMinor = { ...toPatch(current), minor: current.minor + 1, tag: '' };
  const present = () => newestCompatible(q.candidates, current);
  switch (rule) {
    case 'next-minor-patch-kept':
      return newestCompatible(q.candidates, nextMinor) ?? present();
    case 'next-minor':
      return newestCompatible(q.candidates, { ...nextMinor, patch: 0 }) ?? present();
    case 'next-minor-with-tags':
      // A blank sorts before every tag, so that the next minor's betas count too.
      return newestCompatible(q.candidates, { ...nextMinor, patch: 0, tag: ' ' }) ?? present();
    case 'newest-final-of-major':
      return newest(
        q.candidates.filter(
          (v) => v.tag === '' && v.major === current.major && compareVersions(v, current) >= 0,
        ),
      );
    case 'present-minor':
      return q.controllerModel ? present() : q.controller;
  }
}

/** Upstream's `NewestCompatible`: same major and minor as the base, and not below it. */
function newestCompatible(
  candidates: readonly AgentVersion[],
  base: AgentVersion,
): AgentVersion | undefined {
  return newest(
    candidates.filter(
      (v) => v.major === base.major && v.minor === base.minor && compareVersions(v, base) >= 0,
    ),
  );
}
