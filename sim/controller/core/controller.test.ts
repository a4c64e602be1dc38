import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../problems/problem.ts';
import { printVersion } from '../../versions/number.ts';
import type { ControllerCore } from './controller.ts';
import { type TestController, testController } from './fixture.ts';

/** The code of the problem that `act` ends in; nothing may have changed. */
function refused(core: ControllerCore, act: () => unknown): string {
  const before = core.stateHash();
  try {
    act();
  } catch (error) {
    expect(core.stateHash()).toBe(before);
    if (error instanceof ProblemError) {
      expect(error.problem.next.length).toBeGreaterThan(0);
      return error.problem.code;
    }
    throw error;
  }
  throw new Error('was not refused');
}

function withModel(version: string, modelVersion: string, available: string[] = []) {
  const world = testController(version, [...available, modelVersion]);
  const model = world.core.createModel({ name: 'm', agentVersion: world.v(modelVersion) });
  const rows = world.core.addMachines(model.uuid, 3, {
    os: 'ubuntu',
    arch: 'amd64',
    version: world.v(modelVersion),
  });
  return { ...world, model, rows };
}

/** Takes the controller's own machine, and with it the server, to its target. */
function restartInto({ core, clock, v }: TestController, version: string): void {
  core.controllerRestarting();
  core.controllerRestarted(v(version));
  core.recordVersion(0, core.versions.intern(v(version)));
  clock.advance(120_000);
}

describe('a model upgrade', () => {
  it('sets the target at once and leaves every ACTUAL version alone', () => {
    const { core, model, rows, v } = withModel('3.6.28', '3.6.20');
    core.upgradeModel({ modelUuid: model.uuid, target: v('3.6.28') });
    expect(printVersion(model.target)).toBe('3.6.28');
    expect(printVersion(core.versions.at(core.machines.version(rows.first)))).toBe('3.6.20');
  });

  it('without a version goes to the version of the controller', () => {
    const { core, model } = withModel('3.6.28', '3.6.20');
    expect(printVersion(core.upgradeModel({ modelUuid: model.uuid }).chosen)).toBe('3.6.28');
  });

  it('is refused above the controller', () => {
    const { core, model, v } = withModel('3.6.28', '3.6.20', ['3.6.29']);
    const act = () => core.upgradeModel({ modelUuid: model.uuid, target: v('3.6.29') });
    expect(refused(core, act)).toBe('target-above-controller');
  });

  it('is refused while agents lag, unless they are to be ignored', () => {
    const { core, model, rows, v } = withModel('3.6.28', '3.6.20');
    core.recordVersion(rows.first + 1, core.versions.intern(v('3.6.19')));
    const request = { modelUuid: model.uuid, target: v('3.6.28') };
    expect(refused(core, () => core.upgradeModel(request))).toBe('agents-behind');
    core.upgradeModel({ ...request, ignoreAgentVersions: true });
    expect(printVersion(model.target)).toBe('3.6.28');
  });

  it('counts a machine without a version as lagging', () => {
    const { core, model, v } = withModel('3.6.28', '3.6.20');
    core.addMachines(model.uuid, 1, { os: 'ubuntu', arch: 'amd64' });
    const act = () => core.upgradeModel({ modelUuid: model.uuid, target: v('3.6.28') });
    expect(refused(core, act)).toBe('agents-behind');
  });

  it('says where it looked when the binary is missing', () => {
    const { core, model, v } = withModel('3.6.28', '3.6.20');
    try {
      core.upgradeModel({ modelUuid: model.uuid, target: v('3.6.25') });
      expect.unreachable();
    } catch (error) {
      const { problem } = error as ProblemError;
      expect(problem.code).toBe('agent-binary-missing');
      expect(problem.looked.map((one) => one.place)).toEqual(['controller cache', 'the list']);
      expect(problem.found).toEqual(['3.6.20']);
    }
  });

  it('changes nothing in a dry run and names what the real one takes', () => {
    const { core, model } = withModel('3.6.28', '3.6.20');
    const before = core.stateHash();
    const dry = core.upgradeModel({ modelUuid: model.uuid, dryRun: true });
    expect(core.stateHash()).toBe(before);
    expect(core.upgradeModel({ modelUuid: model.uuid })).toEqual(dry);
  });
});

describe('a controller upgrade', () => {
  it('caps what other agents are told until the controller itself is new', () => {
    const world = testController('3.6.20', ['3.6.20', '3.6.28']);
    const { core, v } = world;
    core.addMachines(core.controllerModel.uuid, 1, {
      os: 'ubuntu',
      arch: 'amd64',
      version: v('3.6.20'),
    });
    core.upgradeModel({ modelUuid: core.controllerModel.uuid });
    const told = (i: number) => printVersion(core.versions.at(core.toldVersion(i)));
    expect([told(0), told(1)]).toEqual(['3.6.28', '3.6.20']);
    restartInto(world, '3.6.28');
    expect([told(0), told(1)]).toEqual(['3.6.28', '3.6.28']);
  });

  it('locks out new targets and agents while its steps run', () => {
    const world = withModel('3.6.20', '3.6.20', ['3.6.28']);
    const { core, clock, v, rows, model } = world;
    core.upgradeModel({ modelUuid: core.controllerModel.uuid, target: v('3.6.28') });
    core.controllerRestarting();
    const port = core.agentPort();
    expect(port.login(rows.first)).toBe(-1);
    core.controllerRestarted(v('3.6.28'));
    expect([port.login(rows.first), port.login(0)]).toEqual([-2, 0]);
    const act = () => core.upgradeModel({ modelUuid: model.uuid, target: v('3.6.28') });
    expect(refused(core, act)).toBe('upgrade-in-progress');
    clock.advance(120_000);
    expect(port.login(rows.first)).toBe(0);
    act();
    expect(core.lock.archive.map((one) => one.status)).toEqual(['complete']);
  });

  it('goes on after restarts in the middle of it', () => {
    const world = withModel('3.6.20', '3.6.20', ['3.6.28']);
    const { core, clock, v } = world;
    const states: string[] = [];
    core.life.changes.add((state) => states.push(state));
    core.points.upgrade.bind(({ stage }) =>
      stage === 'database' ? { kind: 'restart', times: 2, downMs: 5_000 } : undefined,
    );
    core.upgradeModel({ modelUuid: core.controllerModel.uuid, target: v('3.6.28') });
    core.controllerRestarting();
    core.controllerRestarted(v('3.6.28'));
    clock.advance(300_000);
    expect(states).toEqual(['down', 'upgrading', 'down', 'upgrading', 'down', 'upgrading', 'up']);
    expect(core.lock.archive.map((one) => one.status)).toEqual(['complete']);
  });

  it('stays in its minor version', () => {
    const world = testController('3.6.28', ['3.7.1']);
    const { core, v } = world;
    const act = () =>
      core.upgradeModel({ modelUuid: core.controllerModel.uuid, target: v('3.7.1') });
    expect(refused(core, act)).toBe('upgrade-blocked');
  });
});

describe('a new model', () => {
  it('takes the version of the controller unless told otherwise', () => {
    const { core } = testController('3.6.28');
    expect(printVersion(core.createModel({ name: 'a' }).target)).toBe('3.6.28');
  });

  it.each([
    ['above the controller', { name: 'a', version: '3.6.29' }, 'incompatible'],
    ['with a version that is nowhere', { name: 'a', version: '3.6.27' }, 'agent-binary-missing'],
    ['with a name that is taken', { name: 'controller', version: '3.6.28' }, 'model-exists'],
    ['with a name that is none', { name: 'A B', version: '3.6.28' }, 'invalid-model-name'],
  ])('is refused %s', (_, { name, version }, code) => {
    const { core, v } = testController('3.6.28', ['3.6.29']);
    expect(refused(core, () => core.createModel({ name, agentVersion: v(version) }))).toBe(code);
  });

  it('of the straw man may lag behind within the major, if the binary exists', () => {
    const { core, v } = testController('1.25.1', ['1.24.5'], 'straw-man');
    const model = core.createModel({ name: 'a', agentVersion: v('1.24.5') });
    expect(printVersion(model.target)).toBe('1.24.5');
    const newer = () => core.createModel({ name: 'b', agentVersion: v('1.25.2') });
    expect(refused(core, newer)).toBe('incompatible');
  });
});

describe('containers and units', () => {
  it('have their own ACTUAL version; units follow their machine agent from 2.8 on', () => {
    const { core, model, rows, v } = withModel('3.6.28', '3.6.20');
    const container = core.addContainer(rows.first);
    const unit = core.addUnit(rows.first, 'mysql');
    core.recordVersion(rows.first, core.versions.intern(v('3.6.28')));
    const actual = (i: number) => printVersion(core.versions.at(core.machines.version(i)));
    expect([actual(container), actual(unit)]).toEqual(['3.6.20', '3.6.28']);
    expect(core.findAgent(model.uuid, 'machine-0-lxd-0')).toBe(container);
    expect(core.findAgent(model.uuid, 'unit-mysql-0')).toBe(unit);
  });
});

describe('before 2.8', () => {
  it('a unit is told to run what its machine runs', () => {
    const { core, rows, model, v } = withModel('2.7.8', '2.7.6', ['2.7.8']);
    const unit = core.addUnit(rows.first, 'mysql');
    core.upgradeModel({ modelUuid: model.uuid, target: v('2.7.8') });
    const told = () => printVersion(core.versions.at(core.toldVersion(unit)));
    expect(told()).toBe('2.7.6');
    core.recordVersion(rows.first, core.versions.intern(v('2.7.8')));
    expect(told()).toBe('2.7.8');
    expect(printVersion(core.versions.at(core.machines.version(unit)))).toBe('2.7.6');
  });
});

describe('a destroyed model', () => {
  it('is not found any more, turns its agents away and frees its name', () => {
    const { core, rows, model } = withModel('3.6.28', '3.6.28');
    core.destroyModel(model.uuid);
    expect(core.model(model.uuid)).toBeUndefined();
    expect(core.agentPort().login(rows.first)).toBe(-3);
    core.createModel({ name: 'm' });
    const act = () => core.destroyModel(core.controllerModel.uuid);
    expect(refused(core, act)).toBe('controller-model');
  });
});

describe('the cache', () => {
  it('keeps the first bytes of a binary for ever', () => {
    const { core, v } = testController('3.6.28', ['3.6.28']);
    const got = core.cache.get('released', v('3.6.28'), 'ubuntu', 'amd64');
    const binary = { number: v('3.6.28'), release: 'ubuntu', arch: 'amd64' };
    const put = core.cache.put(binary, 'ubuntu', Buffer.from('other'));
    expect(got.ok && got.entry).toBe(put);
  });
});

describe('the agent port', () => {
  it('fetches one binary once, whatever the number of agents', () => {
    const { core, rows, v, finder } = withModel('3.6.28', '3.6.20', ['3.6.28']);
    const port = core.agentPort();
    const id = core.versions.intern(v('3.6.28'));
    for (let i = rows.first; i < rows.first + 3; i++) {
      expect(port.findBinary(i, id)).toBe(0);
      expect(port.download(i, id).outcome).toBe(0);
    }
    expect(core.cache.fetches).toBe(1);
    expect(finder.searches).toBeLessThan(5);
  });

  it('never stores or serves bytes that are not what the metadata promised', () => {
    const { core, rows, v, finder } = withModel('3.6.28', '3.6.20', ['3.6.28']);
    finder.bytes = () => Buffer.from('6.6.66');
    const id = core.versions.intern(v('3.6.28'));
    expect(core.agentPort().download(rows.first, id).outcome).toBe(-6);
    expect(core.cache.fetches).toBe(0);
    expect(core.cache.searches.at(-1)).toMatchObject({ outcome: 'digest' });
  });

  it('knows no binary for another operating system', () => {
    const { core, model, v } = withModel('3.6.28', '3.6.20', ['3.6.28']);
    const { first } = core.addMachines(model.uuid, 1, { os: 'centos', arch: 'amd64' });
    const id = core.versions.intern(v('3.6.28'));
    expect(core.agentPort().findBinary(first, id)).toBe(-4);
  });

  it('keeps held machines where they are and turns retired ones away', () => {
    const { core, model, rows, v } = withModel('3.6.28', '3.6.20');
    core.holdMachines({ first: rows.first, count: 1 });
    core.retireMachine(rows.first + 1);
    core.upgradeModel({ modelUuid: model.uuid, target: v('3.6.28') });
    const port = core.agentPort();
    const told = printVersion(core.versions.at(port.desiredVersion(rows.first)));
    expect([told, port.login(rows.first + 1)]).toEqual(['3.6.20', -3]);
  });
});
