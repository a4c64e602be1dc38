import { describe, expect, it, test } from 'vitest';
import { parseYaml } from '../faults/yaml-file.ts';
import { printVersion } from '../versions/number.ts';
import { parseScenario } from './scenario.ts';
import { planWorld, type WorldWishes } from './up-plan.ts';

describe('options of a world', () => {
  test.each<[WorldWishes, string, string]>([
    [{}, '3.6', '3.6.28'],
    [{ era: '2.9' }, '2.9', '2.9.53'],
    [{ agents: '4.0.5' }, '4.0', '4.0.5'],
    [{ jujuVersion: '2.9.53', agents: '2.9.43' }, '2.9', '2.9.53'],
    [{ agents: '3.1.8=1,3.6.20=1' }, '3.6', '3.6.20'],
  ])('%j: era %s, controller %s', (wishes, era, controller) => {
    const plan = planWorld(wishes);
    expect([plan.era, printVersion(plan.controller)]).toEqual([era, controller]);
  });

  test.each<[WorldWishes, string]>([
    [{ era: '2.9', jujuVersion: '3.6.11', agents: '3.6.11' }, 'speaks as 3.6 does, not as 2.9'],
    [{ agents: '1.24.5' }, 'controller 1.24.5 has no wire here'],
    [{ jujuVersion: '3.6.1', agents: '3.6.28' }, 'agents 3.6.28 are newer than the controller'],
    [{ machines: 120_001 }, '120001 machines are too many: at most 120000 fit'],
    [{ machines: 2, liveAgents: 3 }, '3 live agents need as many machines; there are 2'],
    [{ maasVersion: '1.9' }, 'MAAS 1.9 is not simulated'],
  ])('%j: %s', (wishes, said) => {
    expect(() => planWorld(wishes)).toThrow(said);
  });
});

describe('a scenario for a world', () => {
  const scenario = (change: (text: string) => string = (text) => text) =>
    parseScenario(
      'mine.yaml',
      change(`id: mine
title: Two machines
controller: { version: 3.6.28, os: ubuntu }
models:
  - name: web
    agentVersion: 3.6.20
    machines: [{ count: 2, os: ubuntu, version: 3.6.20 }]
sources:
  controller: [{ name: mirror, url: "http://192.0.2.1/agents" }]
`),
    );

  it('needs no more than that', () => {
    expect(printVersion(scenario().client)).toBe('3.6.28');
    expect(planWorld({ scenario: scenario() })).toMatchObject({ era: '3.6' });
  });

  test.each([
    [
      'another model of that name',
      'sources:',
      `  - name: web
    agentVersion: 3.6.28
    machines: [{ count: 1, os: ubuntu, version: 3.6.28 }]
sources:`,
      'mine.yaml:8: models.1.name: there is a model "web" already',
    ],
    ['the controller’s model apart', 'name: web', 'name: controller', 'has its version, 3.6.28'],
    ['a series for a system', 'count: 2, os: ubuntu', 'count: 2, os: jammy', 'not by "jammy"'],
    [
      'a fate of nobody',
      'sources:',
      'fates: [{ machine: 3, fate: { dead: true } }]\nsources:',
      'there is no machine 3; the last one is 2',
    ],
    ['too many', 'count: 2', 'count: 3000000', ''],
  ])('tells %s', (_what, old, changed, said) => {
    const make = () => planWorld({ scenario: scenario((text) => text.replace(old, changed)) });
    expect(make).toThrow(said || '3000000 machines are too many');
  });

  it('is refused with its name where its aliases stand for too much', () => {
    const bomb = `a: &a [x, x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
d: [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
`;
    expect(() => parseYaml('bomb.yaml', bomb, { safeParse: () => {} } as never)).toThrow(
      /^bomb\.yaml:1: /,
    );
  });
});
