/** The straw man's commands against a real controller core and real agent metadata, in memory. */
import { describe, expect, it } from 'vitest';
import { bootstrap, createModel, status, versions } from '../client/commands.ts';
import type { Client } from '../client/lookup.ts';
import { statusText, versionText } from '../client/text.ts';
import { upgrade } from '../client/upgrade.ts';
import { type Problem, ProblemError } from '../problems/problem.ts';
import { renderProblem } from '../problems/render.ts';
import { MemoryStore } from '../streams/index.ts';
import { printVersion, parseVersion as v } from '../versions/number.ts';
import { createInMemoryWorld, type InMemoryWorld, type InMemoryWorldOptions } from './in-memory.ts';
import { parseMix } from './mix.ts';

const UBUNTU = { os: 'ubuntu', arch: 'amd64' };
const POST: InMemoryWorldOptions = {
  client: v('1.25.2'),
  seed: 1,
  controller: { version: v('1.25.1'), platform: UBUNTU, agentVersion: v('1.24.5') },
};

async function world(options: Partial<InMemoryWorldOptions> = {}) {
  const client = v('1.25.2');
  const made = await createInMemoryWorld({ client, seed: 1, ...options });
  return { world: made, client: { version: options.client ?? client, world: made, place: 'here' } };
}

/** The problem that `act` ends in; the world must be as it was before. */
async function refusal(world: InMemoryWorld, act: () => Promise<unknown>): Promise<Problem> {
  const before = world.stateHash();
  const error = await act().then(
    () => new Error('was not refused'),
    (e) => e,
  );
  expect(world.stateHash()).toBe(before);
  if (!(error instanceof ProblemError)) throw error;
  expect(error.problem.changed).toBe(false);
  return error.problem;
}

/** Component with version, operation, wanted version, every place with outcome, found, why, next. */
function expectIdeal(problem: Problem, wanted: string) {
  expect(problem.component).toBe('client');
  expect(problem.componentVersion).toBe('1.25.2');
  expect(problem.wanted).toContain(wanted);
  expect(renderProblem(problem, 'short')).toContain(wanted);
  expect(problem.looked.some((at) => at.place.includes('https://streams.example/agents'))).toBe(
    true,
  );
  expect(problem.found.length).toBeGreaterThan(0);
  expect(problem.next.some((step) => step.command?.startsWith('maasquerade '))).toBe(true);
}

describe('bootstrap', () => {
  it('starts a controller of the client version when none is named', async () => {
    const { world: w, client } = await world();
    const { server } = await bootstrap(client, { platform: UBUNTU });
    expect(printVersion(server)).toBe('1.25.2');
    expect(printVersion(w.core!.runningVersion())).toBe('1.25.2');
    expect(printVersion(w.core!.controllerModel.target)).toBe('1.25.2');
  });

  it.each(['ubuntu', 'centos', 'windows'])('starts version X on %s', async (os) => {
    const { world: w, client } = await world();
    await bootstrap(client, { version: v('1.25.1'), platform: { os, arch: 'amd64' } });
    expect(printVersion(w.core!.runningVersion())).toBe('1.25.1');
    expect(w.core!.machines.os(0)).toBe(os);
  });

  it('refuses a version that does not exist', async () => {
    const { world: w, client } = await world();
    const problem = await refusal(w, () =>
      bootstrap(client, { version: v('1.25.9'), platform: UBUNTU }),
    );
    expect(problem.code).toBe('agent-binary-missing');
    expectIdeal(problem, '1.25.9');
    expect(problem.found).toContain('1.25.2');
    expect(problem.next[0]?.command).toContain('--version 1.25.2');
  });

  it('refuses a version that is incompatible with the client, even if it exists', async () => {
    const { world: w, client } = await world();
    const problem = await refusal(w, () =>
      bootstrap(client, { version: v('1.24.5'), platform: UBUNTU }),
    );
    expect(problem.code).toBe('incompatible-with-client');
    expect(problem.why).toBe('straw-man.bootstrap.same-major-minor');
    expectIdeal(problem, '1.24.5');
    expect(problem.found).toContain('1.25.2');
  });

  it('does not advise to publish a version that would not fit either', async () => {
    const { world: w, client } = await world();
    const problem = await refusal(w, () =>
      bootstrap(client, { version: v('9.9.9'), platform: UBUNTU }),
    );
    expect(problem.code).toBe('agent-binary-missing');
    expect(problem.looked.at(-1)).toEqual({
      place: 'client 1.25.2',
      outcome: 'would not fit if it existed',
    });
    expect(problem.next.some((step) => step.command?.includes('publish'))).toBe(false);
  });

  it('tells a version that is missing for one architecture from one that is missing', async () => {
    const { world: w, client } = await world();
    const platform = { os: 'ubuntu', arch: 'arm64' };
    const problem = await refusal(w, () => bootstrap(client, { platform }));
    expect(problem.code).toBe('agent-binary-missing');
    expect(problem.wanted).toContain('for ubuntu on arm64');
    // Nothing is offered for arm64, so nothing may be advised that cannot work.
    expect(problem.found).toEqual([]);
    expect(problem.next.every((step) => !step.command?.includes('client bootstrap'))).toBe(true);
  });

  it('refuses when there is no metadata at all, in other words than when it lacks a version', async () => {
    const { world: w, client } = await world({ store: new MemoryStore() });
    const problem = await refusal(w, () => bootstrap(client, { platform: UBUNTU }));
    expect(problem.code).not.toBe('agent-binary-missing');
    expect(problem.found).toEqual([]);
  });

  it('refuses a second controller in the same world', async () => {
    const { world: w, client } = await world(POST);
    const problem = await refusal(w, () => bootstrap(client, { platform: UBUNTU }));
    expect(problem.code).toBe('controller-exists');
  });

  it('advises a next step that works when it is run', async () => {
    const { world: w, client } = await world();
    const problem = await refusal(w, () =>
      bootstrap(client, { version: v('1.25.9'), platform: UBUNTU }),
    );
    const advised = /--version (\S+)/.exec(problem.next[0]!.command!)![1]!;
    await bootstrap(client, { version: v(advised), platform: UBUNTU });
    expect(printVersion(w.core!.runningVersion())).toBe(advised);
  });
});

describe('add-model', () => {
  it('gives a model the version of the controller, not of the client', async () => {
    const { client } = await world(POST);
    const model = await createModel(client, { name: 'prod' });
    expect(printVersion(model.agentVersion)).toBe('1.25.1');
  });

  it('keeps many models, each with a version of its own', async () => {
    const { client } = await world(POST);
    await createModel(client, { name: 'old', version: v('1.20.14') });
    await createModel(client, { name: 'new', version: v('1.24.5') });
    const state = await status(client);
    expect(
      state!.models.map(({ model }) => `${model.name} ${printVersion(model.agentVersion)}`),
    ).toEqual(['controller 1.25.1', 'default 1.24.5', 'old 1.20.14', 'new 1.24.5']);
  });

  it('refuses a version that does not exist', async () => {
    const { world: w, client } = await world(POST);
    const problem = await refusal(w, () =>
      createModel(client, { name: 'prod', version: v('1.24.9') }),
    );
    expect(problem.code).toBe('agent-binary-missing');
    expectIdeal(problem, '1.24.9');
    expect(problem.next[0]?.command).toContain('add-model prod --version 1.25.1');
  });

  it('refuses a version that is incompatible with the controller, even if it exists', async () => {
    const { world: w, client } = await world(POST);
    const problem = await refusal(w, () =>
      createModel(client, { name: 'prod', version: v('1.25.2') }),
    );
    expect(problem.code).toBe('incompatible-with-controller');
    expect(problem.why).toBe('straw-man.create.not-newer-than-controller');
    expectIdeal(problem, '1.25.2');
    expect(problem.found).toContain('controller 1.25.1');
  });

  it('refuses without a controller', async () => {
    const { world: w, client } = await world();
    const problem = await refusal(w, () => createModel(client, { name: 'prod' }));
    expect(problem.code).toBe('no-controller');
  });

  it('passes on what the controller itself refuses', async () => {
    const { world: w, client } = await world(POST);
    const problem = await refusal(w, () => createModel(client, { name: 'default' }));
    expect([problem.component, problem.code]).toEqual(['controller', 'model-exists']);
  });
});

describe('upgrade', () => {
  it('takes the model in use to the version named, or to that of the controller', async () => {
    const { client } = await world({
      ...POST,
      controller: { ...POST.controller!, agentVersion: v('1.23.3') },
    });
    const named = await upgrade(client, { version: v('1.24.5') });
    expect([printVersion(named.from), printVersion(named.to)]).toEqual(['1.23.3', '1.24.5']);
    const chosen = await upgrade(client, { model: 'default' });
    expect(printVersion(chosen.to)).toBe('1.25.1');
  });

  it('changes nothing in a dry run and names what the real run takes', async () => {
    const { world: w, client } = await world(POST);
    const before = w.stateHash();
    const dry = await upgrade(client, { dryRun: true });
    expect(w.stateHash()).toBe(before);
    expect((await upgrade(client, {})).to).toEqual(dry.to);
  });

  it('leaves a model that has nothing newer, but refuses the same version by name', async () => {
    const { world: w, client } = await world(POST);
    await upgrade(client, {});
    const again = await upgrade(client, {});
    expect([printVersion(again.from), printVersion(again.to)]).toEqual(['1.25.1', '1.25.1']);
    const named = await refusal(w, () => upgrade(client, { version: v('1.25.1') }));
    expect(named.code).toBe('no-upgrades-available');
  });

  it('is refused above the controller, by the controller', async () => {
    const { world: w, client } = await world(POST);
    const problem = await refusal(w, () => upgrade(client, { version: v('1.25.2') }));
    expect(problem.component).toBe('controller');
    expect(problem.why).toBe('straw-man.upgrade-model.not-newer-than-controller');
  });

  it('names the models there are when the one asked for is not', async () => {
    const { world: w, client } = await world(POST);
    const problem = await refusal(w, () => upgrade(client, { model: 'nowhere' }));
    expect([problem.code, ...problem.found]).toEqual(['no-such-model', 'controller', 'default']);
  });
});

describe('version and status', () => {
  const show = async (client: Client) => versionText(await versions(client));

  it('prints the three bodies one a line, as in the post', async () => {
    const { client } = await world(POST);
    expect(await show(client)).toBe('Client 1.25.2\nServer 1.25.1\nAgent 1.24.5');
    const three = await versions(client);
    expect(versionText(three, ['server'])).toBe('Server 1.25.1');
    expect(versionText(three, ['client'])).toBe('Client 1.25.2');
    expect(versionText(three, ['agent'])).toBe('Agent 1.24.5');
  });

  it('counts ACTUAL versions where they differ from the target of the model', async () => {
    const mix = parseMix('1.23.3=30,1.24.5=70');
    const { client } = await world({
      ...POST,
      controller: { ...POST.controller!, agents: { machines: 1000, mix } },
    });
    expect(await show(client)).toContain('Agent 1.24.5 (running 1.24.5: 700, 1.23.3: 300)');
    const state = await status(client);
    expect(statusText(state!.models)).toBe(
      [
        'MODEL       AGENT-VERSION  RUNNING',
        'controller  1.25.1         1.25.1: 1',
        'default     1.24.5         1.24.5: 700, 1.23.3: 300',
      ].join('\n'),
    );
  });

  it('says none without a controller', async () => {
    const { client } = await world();
    expect(await show(client)).toBe(
      'Client 1.25.2\nServer none (no controller)\nAgent none (no controller)',
    );
    expect(await status(client)).toBeUndefined();
  });

  it('counts agents that have reported nothing, and shows what agents say', async () => {
    const { world: w, client } = await world(POST);
    const { uuid } = w.core!.models()[1]!;
    w.core!.addMachines(uuid, 2, UBUNTU);
    const { first } = w.core!.addMachines(uuid, 1, { ...UBUNTU, version: v('1.24.5') });
    w.core!.setPresence(first, false);
    expect(await show(client)).toContain('Agent 1.24.5 (running 1.24.5: 1, not reported: 2)');
    const text = statusText((await status(client))!.models);
    expect(text).toContain('2: down, agent is not communicating with the server');
  });
});
