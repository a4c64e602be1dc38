/**
 * The reference client against the fake controller over TLS and WebSocket, one era after the other:
 * the same commands as in memory, through the calls that each era's own clients make.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { bootstrap, createModel, status, versions } from '../client/commands.ts';
import { ConnectionError } from '../client/connection.ts';
import type { Client } from '../client/lookup.ts';
import { connectController } from '../client/rpc.ts';
import { statusText, versionText } from '../client/text.ts';
import { upgrade } from '../client/upgrade.ts';
import { WireWorld } from '../client/wire.ts';
import { WallClock } from '../kernel/clock.ts';
import { type Problem, ProblemError } from '../problems/problem.ts';
import { printVersion, parseVersion as v } from '../versions/number.ts';
import { DEFAULT_SOURCE } from './agent-metadata.ts';
import { type RunningWorld, startWorld } from './up.ts';

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function wire(options: Partial<Parameters<typeof startWorld>[0]>, version: string) {
  const world = await startWorld({ seed: 1, machines: 10, ...options });
  const clock = new WallClock();
  const seen = new WireWorld({
    controller: world.controller,
    sources: [{ name: DEFAULT_SOURCE, url: world.streams.url }],
    client: v(version),
    clock,
    fetch: (url) => fetch(url),
  });
  ends.push(async () => {
    await seen.close();
    clock.stop();
    await world.stop();
  });
  const client: Client = { version: v(version), world: seen, place: 'here' };
  return { world, client, clock };
}

async function refusal(world: RunningWorld, act: () => Promise<unknown>): Promise<Problem> {
  const before = world.core.stateHash();
  const error = await act().then(
    () => new Error('was not refused'),
    (e) => e,
  );
  expect(world.core.stateHash()).toBe(before);
  if (!(error instanceof ProblemError)) throw error;
  return error.problem;
}

describe.each([
  ['2.9', '2.9.53', '2.9.43'],
  ['3.6', '3.6.28', '3.6.20'],
  ['4.0', '4.0.15', '4.0.5'],
] as const)('era %s', (era, server, older) => {
  it('shows versions and status as the controller records them', async () => {
    const { client } = await wire({ era, agents: `${older}=1` }, server);
    const found = await versions(client, { model: `m-${older.replaceAll('.', '-')}` });
    expect(found.agent!.running).toEqual([{ version: v(older), count: 10 }]);
    expect(versionText(found)).toBe(`Client ${server}\nServer ${older}\nAgent ${older}`);
    expect(statusText((await status(client))!.models)).toMatch(/controller +\S+ +\S+: 1\n/);
  });

  it('creates a model with the version of the controller, and with an older one', async () => {
    const { client } = await wire({ era, jujuVersion: server, agents: `${older}=1` }, server);
    expect(printVersion((await createModel(client, { name: 'a' })).agentVersion)).toBe(server);
    const old = await createModel(client, { name: 'b', version: v(older) });
    expect(printVersion(old.agentVersion)).toBe(older);
    const names = (await status(client))!.models.map(({ model }) => model.name);
    expect(names).toEqual(expect.arrayContaining(['controller', 'a', 'b']));
  });

  it('refuses what does not exist, what does not fit, and what is there already', async () => {
    const { world, client } = await wire({ era, jujuVersion: older, agents: `${older}=1` }, server);
    const missing = await refusal(world, () =>
      createModel(client, { name: 'a', version: v('1.1.1') }),
    );
    expect(missing.code).toBe('agent-binary-missing');
    expect(missing.looked[0]!.place).toContain(world.streams.url);
    const newer = await refusal(world, () =>
      createModel(client, { name: 'a', version: v(server) }),
    );
    expect(newer.code).toBe('incompatible-with-controller');
    const again = await refusal(world, () => createModel(client, { name: 'controller' }));
    expect(again.component).toBe('controller');
    const second = await refusal(world, () =>
      bootstrap(client, { platform: { os: 'ubuntu', arch: 'amd64' } }),
    );
    expect(second.code).toBe('controller-exists');
  });

  it('upgrades a model to the version of the controller, dry first', async () => {
    const { world, client } = await wire(
      { era, jujuVersion: server, agents: `${older}=1` },
      server,
    );
    const model = `m-${older.replaceAll('.', '-')}`;
    const before = world.core.stateHash();
    const target = v(server);
    const dry = await upgrade(client, { model, version: target, dryRun: true });
    expect(world.core.stateHash()).toBe(before);
    expect(dry.to).toEqual(target);
    await upgrade(client, { model, version: target });
    expect((await versions(client, { model })).agent!.model.agentVersion).toEqual(target);
  });

  it('tells a refused upgrade with the words of the controller and the facts around them', async () => {
    const { world, client } = await wire({ era, jujuVersion: older, agents: `${older}=1` }, server);
    const model = `m-${older.replaceAll('.', '-')}`;
    const problem = await refusal(world, () => upgrade(client, { model, version: v(server) }));
    expect(problem.component).toBe('controller');
    expect(problem.componentVersion).toBe(older);
    expect(problem.wanted).toContain(server);
    expect(problem.looked.length).toBeGreaterThan(1);
    expect(problem.found).toContain(`its agents run ${older}: 10`);
    // The fake's release refuses by one of its own rules, and the client knows which.
    expect(problem.why).toMatch(/^(T-1|2\.6)/);
    expect(problem.next[0]!.command).toContain(`upgrade --model ${model} --version ${older}`);
  });
});

describe('the connection', () => {
  /** A world whose controller answers every upgrade with this reply. */
  const answering = (reply: Record<string, unknown>) =>
    wire(
      {
        hooks: {
          controllerReply: (request, honest) =>
            request.request === 'UpgradeModel'
              ? { 'request-id': honest['request-id'], ...reply }
              : honest,
        },
      },
      '3.6.28',
    );

  it('passes on a whole problem that a controller sends, and nothing less', async () => {
    const problem: Problem = {
      code: 'agents-behind',
      component: 'controller',
      componentVersion: '3.6.28',
      origin: 'agent',
      operation: 'upgrade a model',
      wanted: '3.6.28',
      looked: [],
      found: ['machine-3'],
      why: '2.8',
      scope: 'model m',
      permanence: 'transient',
      changed: false,
      next: [{ say: 'wait' }],
    };
    const failed = { error: 'no', 'error-code': '', response: {} };
    const whole = await answering({ ...failed, 'error-info': { problem } });
    expect(await refusal(whole.world, () => upgrade(whole.client, {}))).toEqual(problem);
    const { why, ...part } = problem;
    const less = await answering({ ...failed, 'error-info': { problem: part } });
    const made = await refusal(less.world, () => upgrade(less.client, {}));
    expect(made.code).toBe('refused-by-controller');
    expect(made.looked[0]!.outcome).toBe('no');
    expect(why).toBe('2.8');
  });

  it('says what it cannot read in an answer of another shape', async () => {
    const { world, client } = await answering({ response: { 'chosen-version': 7 } });
    const problem = await refusal(world, () => upgrade(client, {}));
    expect(problem.looked[0]!.outcome).toContain('chosen-version');
  });

  it('fails what is under way when the controller goes away', async () => {
    const { world, client } = await wire({}, '3.6.28');
    const controller = (await client.world.controller())!;
    await world.stop();
    await expect(controller.models()).rejects.toThrow(ConnectionError);
  });

  it('refuses a certificate of another authority', async () => {
    const one = await wire({}, '3.6.28');
    const other = await wire({}, '3.6.28');
    const { caCert } = other.world.controller;
    const target = { ...one.world.controller, caCert };
    const options = { client: v('3.6.28'), clock: one.clock };
    await expect(connectController(target, options)).rejects.toThrow(ConnectionError);
  });

  it('tells a wrong password by the words of the controller, and nobody there by the address', async () => {
    const { world, clock } = await wire({}, '3.6.28');
    const options = { client: v('3.6.28'), clock };
    const wrong = { ...world.controller, password: 'wrong' };
    await expect(connectController(wrong, options)).rejects.toThrow(
      'invalid entity name or password',
    );
    await world.stop();
    await expect(connectController(world.controller, options)).rejects.toThrow(
      world.controller.address,
    );
  });
});
