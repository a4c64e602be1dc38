/**
 * May a fleet whose agents run these versions be taken to that one? (design 4, `simulate`.) The
 * controller goes first, from the highest version of the mix; it must be allowed to, every model
 * must be allowed to stay behind meanwhile, its agents must be allowed to call the new controller,
 * and then every model must be allowed to follow.
 */
import { type AgentVersion, equalVersions, newest } from '../number.ts';
import { checkCall } from './caller.ts';
import { checkHostedInControllerUpgrade } from './jump.ts';
import type { RuleSet } from './rule-set.ts';
import { checkUpgrade } from './upgrade.ts';
import { ALLOWED, firstRefusal, type Verdict } from './verdict.ts';

export interface MixVerdict {
  readonly verdict: Verdict;
  /** The version of the mix that the refusal is about. */
  readonly version?: AgentVersion;
}

/** @param versions what the agents run now; order and repeats do not matter */
export function checkMix(
  versions: readonly AgentVersion[],
  to: AgentVersion,
  rules: RuleSet,
): MixVerdict {
  const controller = newest(versions);
  if (!controller) return { verdict: ALLOWED };
  for (const version of versions) {
    const verdict = firstRefusal(
      () => controllerFirst(rules, controller, version, to),
      () => follows(rules, version, to),
    );
    if (!verdict.ok) return { verdict, version };
  }
  return { verdict: ALLOWED };
}

function controllerFirst(
  rules: RuleSet,
  controller: AgentVersion,
  model: AgentVersion,
  to: AgentVersion,
): Verdict {
  if (equalVersions(controller, to)) return ALLOWED;
  return firstRefusal(
    () =>
      checkUpgrade(rules, {
        controllerModel: true,
        current: controller,
        wanted: to,
        controllerTarget: controller,
        server: controller,
      }),
    () => checkHostedInControllerUpgrade(rules, model, to),
  );
}

function follows(rules: RuleSet, model: AgentVersion, to: AgentVersion): Verdict {
  if (equalVersions(model, to)) return ALLOWED;
  return firstRefusal(
    () =>
      checkCall(rules, {
        caller: model,
        kind: 'agent',
        server: to,
        facade: 'Upgrader',
        method: 'DesiredVersion',
      }),
    () =>
      checkUpgrade(rules, {
        controllerModel: false,
        current: model,
        wanted: to,
        controllerTarget: to,
        server: to,
      }),
  );
}
