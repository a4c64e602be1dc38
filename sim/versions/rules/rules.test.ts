/** Every vector of facts/juju-versions-and-upgrades 2 to 4 that speaks of versions alone. */
import { describe, expect, it } from 'vitest';
import { printVersion, parseVersion as v } from '../number.ts';
import { checkAgentMove, desiredVersion, isAtVersion } from './agent.ts';
import { checkBootstrap, checkNewModel, needsBinary } from './bootstrap.ts';
import { checkCall } from './caller.ts';
import { choiceNeedsSearch, chooseTarget } from './choice.ts';
import { isBehind } from './gate.ts';
import { checkHostedInControllerUpgrade, checkJump, versionCheck } from './jump.ts';
import { checkMix } from './mix.ts';
import { eraOf, RULE_SET_IDS, ruleSet, ruleSetFor } from './rule-set.ts';
import {
  checkCeilingAtCommit,
  checkCeilingAtRequest,
  checkClientLowerTarget,
  checkLowerTarget,
  checkUpgrade,
  type UpgradeQuestion,
} from './upgrade.ts';
import type { Verdict } from './verdict.ts';

const at = (release: string) => ruleSetFor(v(release));
const strawMan = ruleSet('straw-man');
/** `ok`, or the code of the refusal. */
const outcome = (verdict: Verdict) => (verdict.ok ? 'ok' : verdict.code);

/** A hosted model on a controller whose model and machine are both at `controller`. */
function hosted(current: string, wanted: string, controller: string, server = controller) {
  return {
    controllerModel: false,
    current: v(current),
    wanted: v(wanted),
    controllerTarget: v(controller),
    server: v(server),
  } satisfies UpgradeQuestion;
}

/** The controller's own model. */
function own(current: string, wanted: string): UpgradeQuestion {
  return { ...hosted(current, wanted, current), controllerModel: true };
}

describe('rule sets', () => {
  it('assigns every version to one era', () => {
    const eras = ['0.9.0', '1.25.14', '2.0.0', '2.8.13', '2.9-rc1', '3.6.28', '4.1-beta2', '5.0.0'];
    expect(eras.map((text) => eraOf(v(text)))).toEqual([
      '1.2x',
      '1.2x',
      '2.x',
      '2.x',
      '2.9',
      '3.x',
      '4.x',
      '4.x',
    ]);
  });

  it('has a default release for each id and refuses a release of another era', () => {
    for (const id of RULE_SET_IDS) expect(ruleSet(id).id).toBe(id);
    expect(() => ruleSet('3.x', v('2.9.1'))).toThrow('belongs to era 2.9, not 3.x');
  });

  it('gives a tagged build the rules of the release that it leads to', () => {
    expect(at('3.0-rc1').callerCheck).toEqual(at('3.0.0').callerCheck);
    expect(at('1.25-alpha1').choice).toBe('next-minor');
    expect(at('2.9.32.1').callerCheck?.variant).toBe('V-a');
  });

  it('knows from which release on agents behind may be ignored', () => {
    const known = ['1.24.5', '2.2.5', '2.2.6', '3.6.28'].map((r) => at(r).ignoreAgentVersions);
    expect(known).toEqual([false, false, true, true]);
  });
});

describe('C-3, C-4: callers', () => {
  const DEPLOY = 'Application.Deploy';
  it.each([
    ['1.25.6', '3.1.7', 'client', DEPLOY, false],
    ['1.25.6', '3.1.7', 'client', 'Pinger.Ping', false],
    ['2.9.41', '3.0.3', 'client', DEPLOY, true],
    ['2.9.35', '3.1.0', 'client', DEPLOY, false],
    ['2.9.41', '3.1.0', 'client', DEPLOY, true],
    ['2.9.42', '3.1.3', 'client', DEPLOY, false],
    ['2.9.41', '3.1.7', 'client', DEPLOY, false],
    ['2.9.41', '3.1.7', 'client', 'Client.FullStatus', true],
    ['2.9.42', '3.1.7', 'client', DEPLOY, true],
    [undefined, '3.1.7', 'client', DEPLOY, false],
    [undefined, '3.1.7', 'client', 'ModelManager.ListModels', true],
    ['3.0.2', '2.9.44', 'client', DEPLOY, true],
    ['3.0.2', '2.9.34', 'client', DEPLOY, true],
    ['3.0.2', '2.9.20', 'client', DEPLOY, false],
    ['3.1.0', '2.9.44', 'client', DEPLOY, false],
    ['3.1.0', '2.9.44', 'client', 'ModelUpgrader.UpgradeModel', true],
    ['3.1.0', '2.9.44', 'client', 'Client.FullStatus', true],
    ['3.1.0', '2.9.40', 'client', 'Client.FullStatus', false],
    ['3.1.0', '2.9.40', 'client', 'Pinger.Ping', false],
    ['3.1.0', '2.9.20', 'client', 'Client.FullStatus', true],
    ['3.1.0', '2.9.50', 'client', DEPLOY, true],
    ['2.9.36', '3.1.7', 'agent', 'Upgrader.DesiredVersion', true],
    ['2.9.42', '3.3.0', 'agent', 'Upgrader.DesiredVersion', false],
    ['2.9.42', '3.3.0', 'agent', 'Pinger.Ping', true],
    ['2.9.43', '3.3.0', 'agent', 'Upgrader.DesiredVersion', true],
    ['2.9.42', '3.6.1', 'agent', 'Upgrader.DesiredVersion', true],
    ['2.9.43', '2.9.1', 'agent', 'Upgrader.DesiredVersion', true],
    // Same major is always free, also inside the releases that check.
    ['3.0.0', '3.3.0', 'client', DEPLOY, true],
    // A 2.9 controller takes no agents of major 3, and V-a none below 2.9.
    ['3.0.2', '2.9.44', 'agent', 'Upgrader.DesiredVersion', false],
    ['2.8.1', '3.0.0', 'agent', 'Upgrader.DesiredVersion', false],
  ] as const)('%s to %s as %s: %s is allowed: %s', (caller, server, kind, call, allowed) => {
    const [facade, method] = call.split('.') as [string, string];
    const verdict = checkCall(at(server), {
      caller: caller === undefined ? undefined : v(caller),
      server: v(server),
      kind,
      facade,
      method,
    });
    expect(verdict.ok).toBe(allowed);
  });

  it.each([
    ['2.8.6', undefined],
    ['2.8.7', 'V-a'],
    ['2.9.32', 'V-a'],
    ['2.9.33', 'V-b'],
    ['2.9.42', 'V-b'],
    ['2.9.43', 'V-e'],
    ['2.9.46', 'V-e'],
    ['2.9.47', undefined],
    ['3.0.0', 'V-c'],
    ['3.1.2', 'V-c'],
    ['3.1.3', 'V-d'],
    ['3.1.4', 'V-f'],
    ['3.1.8', undefined],
    ['3.2.0', 'V-c'],
    ['3.2.4', 'V-f'],
    ['3.2.5', undefined],
    ['3.3.0', 'V-f'],
    ['3.3.1', undefined],
    ['3.6.28', undefined],
    ['4.0.15', undefined],
  ])('%s has the variant %s', (release, variant) => {
    expect(at(release).callerCheck?.variant).toBe(variant);
  });
});

describe('bootstrap and new models', () => {
  it.each([
    ['2.9.42', '2.9.1', 'ok'],
    ['2.9.42', '2.9-rc1', 'ok'],
    ['2.9.42', '2.9.50.3', 'ok'],
    ['2.9.42', '2.8.13', 'incompatible'],
    ['2.9.42', '3.9.42', 'incompatible'],
    ['1.25.2', '1.24.5', 'incompatible'],
  ])('B-4: client %s bootstraps %s: %s', (client, wanted, expected) => {
    expect(outcome(checkBootstrap(at(client), v(client), v(wanted)))).toBe(expected);
    expect(outcome(checkBootstrap(strawMan, v(client), v(wanted)))).toBe(expected);
  });

  it.each([
    ['3.6.1', '3.6.1', 'ok'],
    ['3.5.9', '3.6.1', 'ok'],
    ['2.9.1', '3.6.1', 'ok'],
    ['3.6.1.1', '3.6.1', 'incompatible'],
    ['3.6.2', '3.6.1', 'incompatible'],
    ['3.7-beta1', '3.6.1', 'incompatible'],
  ])('M-3: a model of %s on a controller of %s: %s', (wanted, controller, expected) => {
    expect(outcome(checkNewModel(at(controller), v(wanted), v(controller)))).toBe(expected);
  });

  it('M-4: the very version of the controller needs no look at the metadata', () => {
    const rules = at('3.6.1');
    expect(needsBinary(rules, v('3.6.1'), v('3.6.1'))).toBe(false);
    expect(needsBinary(rules, v('3.6.0'), v('3.6.1'))).toBe(true);
    expect(needsBinary(strawMan, v('3.6.1'), v('3.6.1'))).toBe(true);
  });

  it.each([
    // The example of the original post is legal.
    ['1.24.5', '1.25.1', 'ok', undefined],
    ['1.25.2', '1.25.1', 'incompatible', 'straw-man.create.not-newer-than-controller'],
    ['2.9.43', '3.6.1', 'ok', undefined],
    ['2.9.42', '3.6.1', 'incompatible', 'straw-man.create.minimum-agent'],
    ['1.25.14', '2.0.0', 'incompatible', 'straw-man.create.minimum-agent'],
  ])('straw man: agent %s on controller %s: %s', (agent, controller, expected, rule) => {
    const verdict = checkNewModel(strawMan, v(agent), v(controller));
    expect(outcome(verdict)).toBe(expected);
    expect(verdict.ok ? undefined : verdict.rule).toBe(rule);
  });
});

describe('T-1: not above the controller', () => {
  it.each([
    ['3.6.28', 'ok', 'target-above-controller'],
    ['3.3.4', 'ok', 'target-above-controller'],
    ['3.4.1', 'ok', 'target-above-controller'],
    // The bug: lower is refused, higher passes.
    ['3.0.3', 'target-above-controller', 'ok'],
    ['3.3.3', 'target-above-controller', 'ok'],
    ['3.4.0', 'target-above-controller', 'ok'],
    // No check at the request.
    ['3.0.2', 'ok', 'ok'],
    ['2.9.53', 'ok', 'ok'],
    ['4.0.15', 'ok', 'target-above-controller'],
  ])('at the request, %s: a lower target is %s, a higher one %s', (release, lower, higher) => {
    const rules = at(release);
    expect(outcome(checkCeilingAtRequest(rules, hosted('3.0.1', '3.0.5', '3.0.7')))).toBe(lower);
    expect(outcome(checkCeilingAtRequest(rules, hosted('3.0.1', '3.0.9', '3.0.7')))).toBe(higher);
    expect(outcome(checkCeilingAtRequest(rules, hosted('3.0.1', '3.0.7', '3.0.7')))).toBe('ok');
  });

  it('names version 0.0.0 while the comparison is inverted', () => {
    const verdict = checkCeilingAtRequest(at('3.3.3'), hosted('3.3.0', '3.3.1', '3.3.3'));
    expect(verdict.ok ? '' : printVersion(verdict.named!)).toBe('0.0.0');
  });

  it('ignores the build at the request and sees it at commit', () => {
    const q = hosted('3.6.0', '3.6.1.4', '3.6.1');
    expect(outcome(checkCeilingAtRequest(at('3.6.28'), q))).toBe('ok');
    expect(outcome(checkCeilingAtCommit(at('3.6.28'), q))).toBe('target-above-running-controller');
    expect(outcome(checkUpgrade(at('4.0.15'), hosted('4.0.0', '4.0.1.4', '4.0.1')))).toBe('ok');
  });

  it('at commit exists from 1.25 to 3.x', () => {
    const q = (major: string) => hosted(`${major}.0`, `${major}.9`, `${major}.1`);
    expect(outcome(checkCeilingAtCommit(at('1.24.5'), q('1.24')))).toBe('ok');
    expect(outcome(checkCeilingAtCommit(at('1.25.0'), q('1.25')))).not.toBe('ok');
    expect(outcome(checkCeilingAtCommit(at('3.6.28'), q('3.6')))).not.toBe('ok');
    expect(outcome(checkCeilingAtCommit(at('4.0.15'), q('4.0')))).toBe('ok');
  });

  it('holds the target to what runs, not only to what the controller is going to', () => {
    const q = hosted('3.6.1', '3.6.3', '3.6.3', '3.6.2');
    expect(outcome(checkUpgrade(at('3.6.28'), q))).toBe('target-above-running-controller');
  });

  it('never holds for the controller model itself', () => {
    expect(outcome(checkUpgrade(at('3.6.20'), own('3.6.20', '3.6.28')))).toBe('ok');
  });
});

describe('2.5: lower targets', () => {
  it.each([
    ['2.9.32', 'ok', 'ok'],
    ['2.9.33', 'ok', 'no-upgrades-available'],
    ['2.9.53', 'ok', 'no-upgrades-available'],
    ['3.0.0', 'no-upgrades-available', 'no-upgrades-available'],
    ['3.6.20', 'no-upgrades-available', 'no-upgrades-available'],
    ['3.6.21', 'no-upgrades-available', 'downgrade'],
    ['4.0.15', 'ok', 'downgrade'],
  ])('controller %s: the same version is %s, a lower one %s', (release, equal, lower) => {
    expect(outcome(checkLowerTarget(at(release), own('3.6.5', '3.6.5')))).toBe(equal);
    expect(outcome(checkLowerTarget(at(release), own('3.6.5', '3.6.4')))).toBe(lower);
    expect(outcome(checkLowerTarget(at(release), own('3.6.5', '3.6.6')))).toBe('ok');
  });

  it('compares with the present version without its build, to 3.x', () => {
    expect(outcome(checkLowerTarget(at('2.9.53'), own('2.9.42.1', '2.9.42')))).toBe('ok');
    expect(outcome(checkLowerTarget(at('4.0.15'), own('4.0.1.1', '4.0.1')))).toBe('downgrade');
  });

  it.each([
    ['1.24.5', '1.24.4', 'ok'],
    ['2.8.13', '2.8.1', 'ok'],
    ['2.8.13', '2.7.9', 'downgrade'],
    ['2.8.13', '1.25.9', 'downgrade'],
    ['2.9.53', '2.9.52', 'downgrade'],
    ['2.9.42.1', '2.9.42', 'ok'],
    ['3.6.28', '3.6.1', 'ok'],
  ])('command line of %s asked for %s: %s', (current, wanted, expected) => {
    expect(outcome(checkClientLowerTarget(at(current), v(current), v(wanted)))).toBe(expected);
  });
});

describe('2.6: jumps', () => {
  it.each([
    ['1.25.2', '1.18.1', '1.25.2', 'must-go-through'],
    ['1.25.2', '1.18.1', '1.20.14', 'ok'],
    ['1.25.2', '1.20.14', '1.25.2', 'ok'],
    ['1.25.2', '1.22.1', '1.23.3', 'unsupported-minor'],
    ['1.25.2', '1.22.1', '1.21.3', 'unsupported-minor'],
    ['1.25.2', '1.23.1', '1.23.3', 'ok'],
    ['1.24.5', '1.22.1', '1.23.3', 'ok'],
    ['1.25.14', '1.25.14', '2.0.0', 'major-not-supported'],
    ['2.8.13', '2.0.1', '2.8.13', 'ok'],
    ['2.9.33', '2.9.33', '3.0.0', 'ok'],
    ['2.9.34', '2.9.32', '3.0.0', 'below-minimum'],
    ['2.9.35', '2.9.34', '3.0.0', 'below-minimum'],
    ['2.9.36', '2.9.36', '3.0.0', 'major-not-supported'],
    ['3.0.2', '3.0.2', '3.1.0', 'ok'],
    ['3.0.3', '3.0.3', '3.1.0', 'jump-beyond-minor'],
    ['3.6.28', '3.6.28', '3.5.1', 'jump-beyond-minor'],
    ['4.0.15', '4.0.15', '4.1.0', 'jump-beyond-minor'],
    ['4.0.15', '4.0.1', '4.0.15', 'ok'],
  ])('controller of %s, from %s to %s: %s', (release, current, wanted, expected) => {
    expect(outcome(checkJump(at(release), own(current, wanted)))).toBe(expected);
  });

  it('lets a hosted model follow its controller over minors', () => {
    expect(outcome(checkUpgrade(at('3.6.28'), hosted('3.4.1', '3.6.28', '3.6.28')))).toBe('ok');
  });

  it('versionCheck clears the tag but keeps the patch, which lets 2.9-rc50 pass as 2.9.50', () => {
    const minimum = { 3: v('2.9.43') };
    expect(outcome(versionCheck(v('2.9-rc50'), v('3.1.0'), minimum))).toBe('ok');
    expect(outcome(versionCheck(v('2.9-rc1'), v('3.1.0'), minimum))).toBe('below-minimum');
    expect(outcome(versionCheck(v('3.0.0'), v('2.9.1'), minimum))).toBe('downgrade');
    expect(outcome(versionCheck(v('2.9.50'), v('4.0.0'), minimum))).toBe('major-not-supported');
  });

  it.each([
    ['3.6.20', '2.9.43', '3.6.22', 'ok'],
    ['3.6.20', '2.9.42', '3.6.22', 'below-minimum'],
    ['3.1.7', '2.9.36', '3.1.8', 'ok'],
    ['3.6.20', '3.6.25', '3.6.22', 'ok'],
    ['3.6.21', '3.6.25', '3.6.22', 'downgrade'],
  ])('P-2 in %s: a hosted model at %s under a controller going to %s: %s', (...row) => {
    const [release, model, wanted, expected] = row;
    const verdict = checkHostedInControllerUpgrade(at(release), v(model), v(wanted));
    expect(outcome(verdict)).toBe(expected);
  });
});

describe('straw man: upgrades', () => {
  it.each([
    [own('1.24.5', '1.25.2'), 'ok'],
    [own('1.25.2', '1.24.5'), 'downgrade'],
    [own('2.9.43', '3.6.1'), 'ok'],
    [own('2.9.42', '3.6.1'), 'incompatible'],
    [hosted('1.23.3', '1.25.1', '1.25.1'), 'ok'],
    [hosted('1.23.3', '1.25.2', '1.25.1'), 'incompatible'],
    [hosted('1.24.5', '1.23.3', '1.25.1'), 'downgrade'],
    [hosted('1.24.5', '1.24.5', '1.25.1'), 'no-upgrades-available'],
  ])('case %#: %s', (question, expected) => {
    expect(outcome(checkUpgrade(strawMan, question))).toBe(expected);
  });
});

describe('agents', () => {
  it.each([
    ['3.6.2', '3.6.1', false, '3.6.1'],
    ['3.6.2', '3.6.1', true, '3.6.2'],
    ['3.6.0', '3.6.1', false, '3.6.0'],
    ['3.6.1.1', '3.6.1', false, '3.6.1'],
  ])('A-1: target %s, server %s, controller machine %s: %s', (target, server, mine, told) => {
    expect(printVersion(desiredVersion(v(target), v(server), mine))).toBe(told);
  });

  it.each([
    ['2.7.9', '2.7.9.1', '2.7.9', false],
    ['2.8.0', '2.8.0.1', '2.8.0', true],
    ['2.8.0', '2.8.0', '2.8.0.1', false],
    ['2.8.0', '2.8.0.1', '2.8.0.2', false],
    ['3.6.1', '3.6.1', '3.6.1', true],
  ])('A-4 in %s: running %s when told %s is there: %s', (release, running, told, there) => {
    expect(isAtVersion(at(release), v(running), v(told))).toBe(there);
  });

  it.each([
    ['1.24.5', '1.23.9', false],
    ['1.24.5', '1.24.1', true],
    ['2.7.9', '1.25.9', false],
    ['2.8.3', '2.1.0', true],
    ['2.8.3', '1.25.9', false],
    ['2.8.7', '2.1.0', true],
    ['2.9.5', '1.25.9', false],
    ['3.6.1', '3.0.0', true],
    ['3.6.1', '2.9.50', false],
    ['2.8.3', '3.0.0', true],
  ])('A-5: an agent of %s moves to %s: %s', (running, told, moves) => {
    expect(checkAgentMove(at(running), v(running), v(told)).ok).toBe(moves);
  });

  it('A-5: to 2.7, back to the version before the running upgrade', () => {
    expect(checkAgentMove(at('1.24.5'), v('1.24.5'), v('1.23.3'), v('1.23.3')).ok).toBe(true);
    expect(checkAgentMove(at('1.24.5'), v('1.24.5'), v('1.23.2'), v('1.23.3')).ok).toBe(false);
  });
});

describe('2.8: agents behind', () => {
  it.each([
    ['3.6.1', false],
    ['3.6.2', false],
    ['3.6.0', true],
    // The record must be exactly one of the two, build included.
    ['3.6.1.1', true],
    [undefined, true],
  ])('an agent at %s blocks 3.6.1 to 3.6.2: %s', (actual, behind) => {
    expect(isBehind(actual ? v(actual) : undefined, v('3.6.1'), v('3.6.2'))).toBe(behind);
  });

  it('asks nobody when the target stays', () => {
    expect(isBehind(undefined, v('3.6.1'), v('3.6.1'))).toBe(false);
  });
});

describe('U-2: automatic choice', () => {
  const choose = (release: string, current: string, candidates: string[], model = own) => {
    const q = model(current, current);
    const choice = chooseTarget(at(release), {
      controllerModel: q.controllerModel,
      current: v(current),
      candidates: candidates.map((text) => v(text)),
      controller: q.server,
    });
    return choice.ok ? printVersion(choice.version) : choice.code;
  };

  it('keeps the patch to 1.24.5 (lp#1447899) and clears it from 1.24.6 on', () => {
    const available = ['1.20.14', '1.21.3', '1.22.1'];
    for (const release of ['1.22.1', '1.24.5']) {
      expect(choose(release, '1.20.14', available)).toBe('no-upgrades-available');
    }
    for (const release of ['1.24.6', '1.25-alpha1', '1.25.1']) {
      expect(choose(release, '1.20.14', available)).toBe('1.21.3');
    }
  });

  it('does not bite from 1.23.3 to 1.24.5', () => {
    expect(choose('1.24.5', '1.23.3', ['1.24.5'])).toBe('1.24.5');
  });

  it('takes the newest final of the major from 1.25.2 on', () => {
    const available = ['1.20.14', '1.23.3', '1.24.7', '1.25.2', '1.26-alpha1', '2.0.0'];
    expect(choose('1.25.2', '1.20.14', available)).toBe('1.25.2');
  });

  it('takes the newest of the next minor, else of the present one, in 2.x', () => {
    expect(choose('2.8.13', '2.7.1', ['2.7.9', '2.8.1', '2.8.13', '2.9.1'])).toBe('2.8.13');
    expect(choose('2.8.13', '2.7.1', ['2.7.9', '2.9.1'])).toBe('2.7.9');
  });

  it('counts betas of the next minor from 2.4 on only', () => {
    expect(choose('2.3.9', '2.3.9', ['2.3.9', '2.4-beta1'])).toBe('no-upgrades-available');
    expect(choose('2.4.0', '2.4.0', ['2.4.0', '2.5-beta1'])).toBe('2.5-beta1');
  });

  it('stays in the minor for a 3.x controller and follows it for hosted models', () => {
    expect(choose('3.6.28', '3.6.1', ['3.6.9', '3.6.10', '3.7.0'])).toBe('3.6.10');
    expect(choose('3.6.28', '3.6.1', ['3.7.0'])).toBe('no-candidate');
    const model = (current: string, wanted: string) => hosted(current, wanted, '3.6.5');
    expect(choose('3.6.28', '3.6.1', ['3.6.9'], model)).toBe('3.6.5');
    expect(choiceNeedsSearch(at('3.6.28'), false)).toBe(false);
    expect(choiceNeedsSearch(at('3.6.28'), true)).toBe(true);
    expect(choiceNeedsSearch(at('2.9.53'), false)).toBe(true);
  });
});

describe('checkMix', () => {
  const mix = (versions: string[], to: string, rules = at(to)) => {
    const { verdict, version } = checkMix(
      versions.map((text) => v(text)),
      v(to),
      rules,
    );
    return verdict.ok ? 'ok' : `${printVersion(version!)} ${verdict.rule}`;
  };

  it.each([
    [['1.24.5', '1.23.3'], '1.25.2', 'ok'],
    [['3.6.28', '3.6.20'], '3.6.28', 'ok'],
    [['3.6.20', '3.4.1'], '3.6.28', 'ok'],
    [['3.5.4'], '3.6.1', '3.5.4 P-1'],
    [['2.9.36'], '3.6.1', '2.9.36 P-1'],
    [['1.25.2', '1.18.1'], '1.25.14', '1.18.1 2.6.stations'],
    [['4.0.2'], '4.0.1', '4.0.2 2.5.controller'],
  ])('%j to %s: %s', (versions, to, expected) => {
    expect(mix(versions, to)).toBe(expected);
  });

  it('asks whether agents left behind may call the new controller', () => {
    expect(mix(['3.3.0', '2.9.42'], '3.3.0')).toBe('2.9.42 C-4.V-f');
    expect(mix(['3.3.0', '2.9.43'], '3.3.0')).toBe('ok');
  });

  it('judges by the straw man when told to', () => {
    expect(mix(['1.24.5', '1.23.3'], '1.25.2', strawMan)).toBe('ok');
    expect(mix(['2.9.42'], '3.6.1', strawMan)).toContain('2.9.42 straw-man');
  });
});
