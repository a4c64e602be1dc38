import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentPoints } from '../agents/points.ts';
import { ControllerPoints } from '../controller/points.ts';
import { Randomness } from '../kernel/random.ts';
import { MaasPoints } from '../maas/points.ts';
import { StreamsPoints } from '../streams/points.ts';
import { parseBinary } from '../versions/number.ts';
import { bindFaults } from './bind.ts';
import { type Fault, faultSchema } from './fault.ts';
import { loadFaults, selectFaults } from './load.ts';
import { parseYaml } from './yaml-file.ts';

const shipped = loadFaults();

function fault(id: string, changes: Partial<Fault> = {}): Fault {
  return { ...shipped.find((f) => f.id === id)!, ...changes };
}

describe('fault files', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'faults-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('ship with every fault that the project promises', () => {
    const ids = shipped.map((f) => f.id);
    for (const id of [
      'agent-metadata-missing',
      'wrong-stream',
      'wrong-os',
      'wrong-arch',
      'wrong-digest',
      'mirror-answers-html',
      'restart-in-mid-upgrade',
      'dead-machine',
      'disk-full',
      'slow-link',
      'maas-409',
      'maas-503',
      'clock-skew',
    ]) {
      expect(ids).toContain(id);
    }
  });

  it('answer every mistake with file, line and field', () => {
    const text = [
      'id: Bad Id',
      'title: x',
      'class: x',
      'emitter: nobody',
      'origin: maas',
      'source: [x]',
      'primitives:',
      '  - point: agent.fate',
      '    effect: { dead: true }',
      '  - point: maas.step',
      '    effect: { kind: explode }',
      'truth: { heals: x }',
      'colour: red',
    ].join('\n');
    const said = () => parseYaml('f.yaml', text, faultSchema);
    expect(said).toThrow(/^f\.yaml:1: id: /m);
    expect(said).toThrow(/^f\.yaml:4: emitter: /m);
    expect(said).toThrow(/^f\.yaml:11: primitives\.1\.effect\.kind: /m);
    expect(said).toThrow(/colour/);
  });

  it('answer broken YAML with its line', () => {
    expect(() => parseYaml('f.yaml', 'id: x\ntitle: [', faultSchema)).toThrow(/^f\.yaml:\d+: /);
  });

  it('must be named after their id', () => {
    writeFileSync(
      join(dir, 'other.yaml'),
      'id: x\ntitle: x\nclass: x\nemitter: maas\norigin: maas\nsource: [x]\nprimitives: [{ point: agent.fate, effect: { dead: true } }]\ntruth: { heals: x }\n',
    );
    expect(() => loadFaults(dir)).toThrow(/other\.yaml:1: id: /);
    expect(() => loadFaults(join(dir, 'nowhere'))).toThrow(/nowhere: cannot be read/);
  });

  it('are chosen by id, all or none, and an unknown id is told with the known ones', () => {
    expect(selectFaults(shipped, 'all')).toHaveLength(shipped.length);
    expect(selectFaults(shipped, 'none')).toEqual([]);
    expect(selectFaults(shipped, 'disk-full,dead-machine').map((f) => f.id)).toEqual([
      'dead-machine',
      'disk-full',
    ]);
    expect(() => selectFaults(shipped, 'disk-ful')).toThrow(/"disk-ful".*disk-full/);
  });
});

describe('binding', () => {
  const random = new Randomness(7);
  const ubuntu = { os: 'ubuntu', arch: 'amd64' };

  it('gives the same machines the same fate however large the fleet and whatever else is bound', () => {
    const dead = fault('dead-machine', { scope: { share: 0.3 } });
    const fateAlone = fates([dead], 200);
    const fateAmongOthers = fates([fault('slow-link'), dead, fault('disk-full')], 400);
    expect(fateAlone.filter(Boolean).length).toBeGreaterThan(20);
    expect(fateAmongOthers.slice(0, 200)).toEqual(fateAlone);
    expect(fates([dead], 200, new Randomness(8))).not.toEqual(fateAlone);

    function fates(faults: Fault[], machines: number, from = random) {
      const agents = new AgentPoints();
      bindFaults(faults, { agents }, from);
      return Array.from(
        { length: machines },
        (_, machine) => agents.fate.ask({ machine, ...ubuntu })?.dead,
      );
    }
  });

  it('never draws the machine of the controller', () => {
    const agents = new AgentPoints();
    const bound = bindFaults([fault('dead-machine', { scope: {} })], { agents }, random);
    expect(agents.fate.ask({ machine: 0, ...ubuntu })).toBeUndefined();
    expect(bound.predictedStuck({ index: 0, ...ubuntu })).toBeUndefined();
    expect(agents.fate.ask({ machine: 1, ...ubuntu })).toEqual({ dead: true });
  });

  it('lets one fault at most keep a machine behind, and predicts that one', () => {
    const agents = new AgentPoints();
    const controller = new ControllerPoints();
    const everyone = { scope: {} };
    const bound = bindFaults(
      [
        fault('corrupting-proxy', everyone),
        fault('slow-link', everyone),
        fault('disk-full', everyone),
        fault('dead-machine', { scope: { arch: 'arm64' } }),
      ],
      { agents, controller },
      random,
    );
    expect(agents.fate.ask({ machine: 3, ...ubuntu })).toEqual({ slowLink: 20 });
    expect(bound.predictedStuck({ index: 3, ...ubuntu })).toBe('digest-mismatch');
    const download = (text: string) =>
      controller.download.ask({ machine: 3, binary: parseBinary(text) });
    expect(download('3.6.1-ubuntu-amd64')).toEqual({ kind: 'corrupt' });
    const arm = { os: 'ubuntu', arch: 'arm64' };
    expect(agents.fate.ask({ machine: 3, ...arm })).toEqual({ dead: true, slowLink: 20 });
    expect(bound.predictedStuck({ index: 3, ...arm })).toBe('dead-machine');
    expect(download('3.6.1-ubuntu-arm64')).toBeUndefined();
  });

  it('narrows metadata and prediction to the same operating system or architecture', () => {
    const streams = new StreamsPoints();
    const bound = bindFaults([fault('wrong-os')], { streams }, random);
    const ask = (text: string) =>
      streams.record.ask({ source: 's', stream: 'released', binary: parseBinary(text) });
    expect(ask('3.6.1-centos-amd64')).toEqual({ kind: 'absent' });
    expect(ask('1.24.5-centos7-amd64')).toEqual({ kind: 'absent' });
    expect(ask('3.6.1-ubuntu-amd64')).toBeUndefined();
    const stuck = (os: string) => bound.predictedStuck({ index: 4, os, arch: 'amd64' });
    expect(stuck('centos')).toBe('no-agent-binary');
    expect(stuck('centos7')).toBe('no-agent-binary');
    expect(stuck('ubuntu')).toBeUndefined();
  });

  it('stops after as many times as the file says, for each machine', () => {
    const controller = new ControllerPoints();
    bindFaults([fault('download-truncated', { scope: {} })], { controller }, random);
    const binary = parseBinary('3.6.1-ubuntu-amd64');
    const ask = (machine: number) => controller.download.ask({ machine, binary })?.kind;
    expect([ask(1), ask(2), ask(1), ask(1), ask(2), ask(2)]).toEqual([
      'truncate',
      'truncate',
      'truncate',
      undefined,
      'truncate',
      undefined,
    ]);
    expect(ask(-1)).toBeUndefined();
  });

  it('meets only the request that the file names', () => {
    const maas = new MaasPoints();
    const bound = bindFaults([fault('maas-409')], { maas }, random);
    const allocate = { method: 'POST', path: 'machines/', op: 'allocate', authorizations: 1 };
    expect(maas.request.ask({ ...allocate, op: 'release' })).toBeUndefined();
    expect(maas.request.ask(allocate)).toMatchObject({ status: 409 });
    bound.unbind();
    expect(maas.request.ask(allocate)).toBeUndefined();
  });

  it('switches faults while a world runs, each time from the beginning', () => {
    const maas = new MaasPoints();
    const bound = bindFaults([], { maas, agents: new AgentPoints() }, random);
    const ask = () =>
      maas.request.ask({ method: 'GET', path: 'machines/', op: undefined, authorizations: 1 });
    const busy = fault('maas-503');
    expect(bound.switchOn(busy)).toBe(true);
    expect(bound.bound).toEqual([busy]);
    for (let i = 0; i < 3; i++) expect(ask()).toMatchObject({ status: 503 });
    expect(ask()).toBeUndefined();
    expect(bound.switchOn(busy)).toBe(true);
    expect(ask()).toMatchObject({ status: 503 });
    expect(bound.switchOff('maas-503')).toBe(true);
    expect(ask()).toBeUndefined();
    expect(bound.switchOff('maas-503')).toBe(false);
    // Agents that are there have their fate; a world without a controller has no place for the other.
    expect(bound.switchOn(fault('disk-full'))).toBe(false);
    expect(bound.switchOn(fault('upgrade-steps-fail'))).toBe(false);
    expect(bound.bound).toEqual([]);
  });

  it('calls whichever source is searched first by that name', () => {
    const streams = new StreamsPoints();
    bindFaults([fault('mirror-answers-html')], { streams }, random);
    const ask = (source: string) => streams.request.ask({ source, path: 'streams/v1/index2.json' });
    expect(ask('default simplestreams')).toMatchObject({ status: 200 });
    expect(ask('another')).toBeUndefined();
    expect(ask('default simplestreams')).toMatchObject({ status: 200 });
  });

  it('says which faults have no place in this world, and predicts nothing from them', () => {
    const bound = bindFaults(
      [fault('maas-503'), fault('dead-machine', { scope: {} })],
      { maas: new MaasPoints() },
      random,
    );
    expect(bound.bound.map((f) => f.id)).toEqual(['maas-503']);
    expect(bound.idle.map((f) => f.id)).toEqual(['dead-machine']);
    expect(bound.predictedStuck({ index: 1, ...ubuntu })).toBeUndefined();
  });
});
