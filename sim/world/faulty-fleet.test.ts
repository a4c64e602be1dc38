/** The ground truth of the fault files, held to what a fleet under them really does. */
import { describe, expect, it } from 'vitest';
import { INPUT, STATE } from '../agents/agent.ts';
import { AgentPoints } from '../agents/points.ts';
import { ControllerCore } from '../controller/core/controller.ts';
import { ControllerPoints } from '../controller/points.ts';
import { bindFaults } from '../faults/bind.ts';
import type { StuckReason } from '../faults/fault.ts';
import { loadFaults } from '../faults/load.ts';
import { VirtualClock } from '../kernel/clock.ts';
import { GapJournal } from '../kernel/journal.ts';
import { Randomness } from '../kernel/random.ts';
import { Trace } from '../kernel/trace.ts';
import {
  AgentFinder,
  agentMatrix,
  localSource,
  MemoryStore,
  publishAgents,
} from '../streams/index.ts';
import { StreamsPoints } from '../streams/points.ts';
import { parseVersion, VersionTable } from '../versions/number.ts';
import { ruleSetFor } from '../versions/rules/rule-set.ts';
import { joinFleet } from './join.ts';

/** What a machine that is stuck for a reason last ran into. */
const SEEN: Readonly<Record<StuckReason, readonly number[]>> = {
  'dead-machine': [],
  'no-agent-binary': [INPUT.binaryMissing],
  'bad-download': [INPUT.downloadFailed],
  'digest-mismatch': [INPUT.digestMismatch],
  // Agents before 2.3.9 do not look first: they fail while they unpack.
  'disk-full': [INPUT.diskShort, INPUT.unpackFailed],
};

/** Many more machines are hit than in life, so that a small fleet meets every fault. */
const faults = loadFaults().map((fault) =>
  fault.scope.share === undefined ? fault : { ...fault, scope: { ...fault.scope, share: 0.1 } },
);

async function upgradeUnderFaults(from: string, to: string, systems: readonly string[]) {
  const random = new Randomness(7);
  const clock = new VirtualClock();
  const trace = new Trace();
  const versions = new VersionTable();
  const points = {
    streams: new StreamsPoints(),
    agents: new AgentPoints(),
    controller: new ControllerPoints(),
  };
  const bound = bindFaults(faults, points, random);
  const kinds = [
    [systems[0]!, 'amd64'],
    ...systems.slice(1).map((os) => [os, 'amd64'] as const),
    ...['arm64', 'ppc64el', 's390x'].map((arch) => [systems[0]!, arch] as const),
  ] as const;
  // Two sources, as in life: what befalls the first one, the second makes good.
  const sources = await Promise.all(
    ['agent-metadata-url', 'default simplestreams'].map(async (name) => {
      const store = new MemoryStore();
      const agents = agentMatrix({
        versions: [from, to].map(parseVersion),
        releases: [...systems],
        arches: ['amd64', 'arm64', 'ppc64el', 's390x'],
        stream: 'released',
      });
      const updated = clock.date();
      const era = parseVersion(to);
      await publishAgents(store, agents, { era, source: name, points: points.streams, updated });
      const url = `https://example.com/${name.replaceAll(' ', '-')}`;
      return localSource({ name, url, store, points: points.streams });
    }),
  );
  const core: ControllerCore = new ControllerCore({
    clock,
    trace,
    versions,
    random,
    journal: new GapJournal(),
    points: points.controller,
    rules: ruleSetFor(parseVersion(from)),
    binaries: new AgentFinder(sources, parseVersion(to)),
    version: parseVersion(from),
    os: systems[0]!,
  });
  const model = core.controllerModel;
  for (const [os, arch] of kinds) {
    core.addMachines(model.uuid, os === systems[0] && arch === 'amd64' ? 150 : 5, {
      os,
      arch,
      version: parseVersion(from),
    });
  }
  const fleet = joinFleet({ core, clock, trace, random, versions, points: points.agents });
  core.upgradeModel({ modelUuid: model.uuid, target: parseVersion(to) });
  clock.advance(3 * 3_600_000);
  fleet.inspect();
  const machines = Array.from({ length: core.machines.length }, (_, index) => ({
    index,
    os: core.machines.os(index),
    arch: core.machines.arch(index),
  }));
  return { fleet, bound, machines };
}

describe.each([
  ['1.24.5', '1.25.2', ['trusty', 'centos7', 'win2012r2']],
  ['3.6.20', '3.6.28', ['ubuntu', 'centos']],
])('an upgrade from %s to %s under all faults', (from, to, systems) => {
  it('leaves behind exactly the machines that the faults predict, each for its reason', async () => {
    const { fleet, bound, machines } = await upgradeUnderFaults(from, to, systems);
    const met = new Set<StuckReason>();
    for (const machine of machines) {
      const reason = bound.predictedStuck(machine);
      const where = `machine ${machine.index} (${machine.os}/${machine.arch}), ${reason}`;
      expect(fleet.isSettled(machine.index), where).toBe(reason === undefined);
      if (reason === undefined) continue;
      met.add(reason);
      if (reason === 'dead-machine') expect(fleet.state(machine.index), where).toBe(STATE.dead);
      else expect(SEEN[reason], where).toContain(fleet.lastFailure(machine.index));
    }
    expect([...met].sort()).toEqual(Object.keys(SEEN).sort());
    expect(fleet.monitor.violations).toEqual([]);
  });
});
