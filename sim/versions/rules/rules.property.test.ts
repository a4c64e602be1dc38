/** Laws that hold for every rule set: S-03, S-05, S-20, S-23, S-24, S-26, S-27, S-29 (facts 11.1). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeVersion, version } from '../arbitrary.ts';
import { type AgentVersion, compareVersions, equalVersions, toPatch } from '../number.ts';
import { checkAgentMove, desiredVersion } from './agent.ts';
import { checkBootstrap, checkNewModel } from './bootstrap.ts';
import { checkCall } from './caller.ts';
import { chooseTarget } from './choice.ts';
import { type RuleSet, ruleSet, ruleSetFor } from './rule-set.ts';
import { checkUpgrade, type UpgradeQuestion } from './upgrade.ts';

// A release of every line in which some rule changes.
const release = fc.oneof(
  version,
  fc
    .tuple(
      fc.constantFrom(
        [1, 24],
        [1, 25],
        [2, 8],
        [2, 9],
        [3, 0],
        [3, 1],
        [3, 3],
        [3, 4],
        [3, 6],
        [4, 0],
      ),
      fc.nat(55),
    )
    .map(([[major, minor], patch]): AgentVersion => {
      return { major: major!, minor: minor!, tag: '', patch, build: 0 };
    }),
);
const rules: fc.Arbitrary<RuleSet> = fc.oneof(
  { weight: 5, arbitrary: release.map(ruleSetFor) },
  { weight: 1, arbitrary: fc.constant(ruleSet('straw-man')) },
);

describe('agents', () => {
  it('are never told more than the controller runs, unless they are its own (S-03)', () => {
    fc.assert(
      fc.property(version, version, fc.boolean(), (target, server, onController) => {
        const told = desiredVersion(target, server, onController);
        if (!onController) expect(compareVersions(told, server)).toBeLessThanOrEqual(0);
        expect([target, server]).toContainEqual(told);
        if (compareVersions(target, server) <= 0) expect(told).toEqual(target);
      }),
    );
  });

  it('never refuse to go up, and never a patch of their own minor (S-29)', () => {
    fc.assert(
      fc.property(rules, version, version, (r, own, told) => {
        const sameMinor = own.major === told.major && own.minor === told.minor;
        if (compareVersions(told, own) >= 0 || sameMinor) {
          expect(checkAgentMove(r, own, told).ok).toBe(true);
        }
      }),
    );
  });
});

describe('upgrades', () => {
  const question: fc.Arbitrary<UpgradeQuestion> = fc.record({
    controllerModel: fc.boolean(),
    current: version,
    wanted: version,
    controllerTarget: version,
    server: version,
  });

  it('of a hosted model end at or below the controller where the era checks it (S-05)', () => {
    fc.assert(
      fc.property(rules, question, (r, q) => {
        fc.pre(!q.controllerModel && checkUpgrade(r, q).ok);
        if (r.commitCeiling || r.id === 'straw-man') {
          expect(compareVersions(q.wanted, q.server)).toBeLessThanOrEqual(0);
        }
        if (r.requestCeiling === 'controller-target') {
          expect(compareVersions(toPatch(q.wanted), q.controllerTarget)).toBeLessThanOrEqual(0);
        }
        if (r.requestCeiling === 'highest-controller') {
          expect(compareVersions(toPatch(q.wanted), q.server)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  it('never cross a major downwards where the rules test jumps or lower targets (S-06)', () => {
    fc.assert(
      fc.property(rules, question, (r, q) => {
        if (checkUpgrade(r, q).ok && r.lowerTarget !== 'accepted') {
          expect(q.wanted.major).toBeGreaterThanOrEqual(q.current.major);
          expect(compareVersions(q.wanted, toPatch(q.current))).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('of a controller from 3.0.3 on stay in major.minor and do go up there (S-31)', () => {
    const settled = fc
      .tuple(fc.constantFrom([3, 1], [3, 6], [4, 0]), fc.nat(40))
      .map(([[major, minor], patch]) =>
        ruleSetFor({ major: major!, minor: minor!, tag: '', patch, build: 0 }),
      );
    fc.assert(
      fc.property(settled, closeVersion, closeVersion, (r, current, wanted) => {
        const q = { current, wanted, controllerTarget: current, server: current };
        const { ok } = checkUpgrade(r, { ...q, controllerModel: true });
        const sameMinor = wanted.major === current.major && wanted.minor === current.minor;
        if (ok) expect(sameMinor).toBe(true);
        if (sameMinor && compareVersions(wanted, current) > 0 && wanted.build === 0) {
          expect(ok).toBe(true);
        }
      }),
    );
  });
});

describe('bootstrap and new models', () => {
  it('bootstrap takes exactly the client major.minor (S-26)', () => {
    fc.assert(
      fc.property(rules, version, version, (r, client, wanted) => {
        const same = client.major === wanted.major && client.minor === wanted.minor;
        expect(checkBootstrap(r, client, wanted).ok).toBe(same);
      }),
    );
  });

  it('a new model is never above its controller, and its own version is always allowed', () => {
    fc.assert(
      fc.property(rules, version, version, (r, wanted, controller) => {
        expect(checkNewModel(r, controller, controller).ok).toBe(true);
        if (checkNewModel(r, wanted, controller).ok) {
          expect(compareVersions(wanted, controller)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });
});

describe('automatic choice', () => {
  it('is a candidate, at least the present, and does not depend on order (S-23, S-24)', () => {
    fc.assert(
      fc.property(
        rules,
        version,
        fc.array(version, { maxLength: 12 }),
        (r, current, candidates) => {
          const ask = (list: readonly AgentVersion[]) =>
            chooseTarget(r, {
              controllerModel: true,
              current,
              candidates: list,
              controller: current,
            });
          const choice = ask(candidates);
          expect(ask([...candidates].reverse())).toEqual(choice);
          expect(ask([...candidates, { ...current, major: current.major + 7 }])).toEqual(choice);
          if (!choice.ok) return;
          expect(candidates.some((c) => equalVersions(c, choice.version))).toBe(true);
          expect(compareVersions(choice.version, current)).toBeGreaterThan(0);
          const better = candidates.filter(
            (c) =>
              c.major === choice.version.major &&
              c.minor === choice.version.minor &&
              compareVersions(c, choice.version) > 0,
          );
          // Only the rule that refuses tags may pass over a greater version of the minor it chose.
          if (r.choice !== 'newest-final-of-major') expect(better).toEqual([]);
        },
      ),
    );
  });
});

describe('callers', () => {
  const call = fc.constantFrom(
    'Pinger.Ping',
    'Client.FullStatus',
    'ModelManager.ListModels',
    'ModelUpgrader.UpgradeModel',
    'Application.Deploy',
    'MigrationTarget.Import',
  );

  it('of the same major always pass, two majors apart never where there is a check (S-27)', () => {
    fc.assert(
      fc.property(rules, version, version, call, (r, caller, server, what) => {
        const [facade, method] = what.split('.') as [string, string];
        const { ok } = checkCall(r, { caller, server, kind: 'client', facade, method });
        if (caller.major === server.major || !r.callerCheck) expect(ok).toBe(true);
        else if (Math.abs(caller.major - server.major) > 1) expect(ok).toBe(false);
      }),
    );
  });

  it('that are agents: a newer agent is never refused where an older one passed (S-27)', () => {
    fc.assert(
      fc.property(rules, version, version, version, (r, a, b, server) => {
        const [older, newer] = compareVersions(a, b) <= 0 ? [a, b] : [b, a];
        // Monotone only among callers at most one major below the server.
        fc.pre(older.major >= server.major - 1 && newer.major <= server.major);
        const may = (caller: AgentVersion) =>
          checkCall(r, {
            caller,
            server,
            kind: 'agent',
            facade: 'Upgrader',
            method: 'DesiredVersion',
          }).ok;
        if (r.callerCheck?.variant !== 'V-a' && may(older)) expect(may(newer)).toBe(true);
      }),
    );
  });
});
