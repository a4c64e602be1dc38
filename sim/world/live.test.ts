import { afterEach, describe, expect, it } from 'vitest';
import { STATE } from '../agents/agent.ts';
import { LiveAgent } from '../agents/live.ts';
import { type ServedController, serveController } from '../controller/api/server.ts';
import { testController } from '../controller/core/fixture.ts';
import { GapJournal } from '../kernel/journal.ts';
import { presentEpochMs } from '../kernel/pace.ts';
import { Randomness } from '../kernel/random.ts';
import { Secrets } from '../kernel/secrets.ts';

const today = new Date(presentEpochMs());
let server: ServedController | undefined;
const agents: LiveAgent[] = [];

afterEach(async () => {
  for (const agent of agents.splice(0)) agent.stop();
  await server?.close();
});

async function world() {
  const { core, clock, v } = testController('3.6.28', ['3.6.20', '3.6.28']);
  const version = v('3.6.20');
  const model = core.createModel({ name: 'm', agentVersion: version });
  const { first } = core.addMachines(model.uuid, 1, { os: 'ubuntu', arch: 'amd64', version });
  const journal = new GapJournal();
  const secrets = new Secrets();
  server = await serveController({
    core,
    clock,
    secrets,
    journal,
    era: '3.6',
    host: '127.0.0.1',
    port: 0,
    today,
  });
  const credentials = server.agentCredentials(first);
  const join = (changed: Partial<typeof credentials> = {}) => {
    const agent = new LiveAgent({
      clock,
      random: new Randomness(1),
      target: server!,
      credentials: { ...credentials, ...changed },
      machine: first,
      os: 'ubuntu',
      arch: 'amd64',
      version,
    });
    agents.push(agent);
    agent.start();
    return agent;
  };
  return { core, clock, journal, first, join };
}

async function reaches(agent: LiveAgent, state: number): Promise<void> {
  await expect.poll(() => agent.state, { timeout: 10_000 }).toBe(state);
}

describe('a live agent', () => {
  it('logs in, reports what it runs and settles, asking nothing that the controller does not know', async () => {
    const { core, journal, first, join } = await world();
    core.machines.setVersion(first, core.versions.intern(core.runningVersion()));
    await reaches(join(), STATE.waiting);
    expect(core.versions.at(core.machines.version(first))).toMatchObject({ patch: 20 });
    expect(journal.list()).toEqual([]);
  });

  it('gives up for good with a wrong password or nonce, and when its machine is retired', async () => {
    const { core, first, join } = await world();
    await reaches(join({ password: 'wrong' }), STATE.gone);
    await reaches(join({ nonce: 'machine-0:other' }), STATE.gone);
    core.retireMachine(first);
    await reaches(join(), STATE.gone);
  });

  it('waits and comes again while the controller is upgrading', async () => {
    const { core, clock, join } = await world();
    const up = core.versions.at(core.versions.intern({ ...core.runningVersion(), patch: 29 }));
    core.controllerRestarting();
    core.controllerRestarted(up);
    const agent = join();
    await reaches(agent, STATE.reconnectWait);
    clock.advance(120_000);
    await reaches(agent, STATE.waiting);
  });
});
