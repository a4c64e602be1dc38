import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../kernel/clock.ts';
import { Randomness } from '../kernel/random.ts';
import { Trace } from '../kernel/trace.ts';
import { INPUT, STATE } from './agent.ts';
import { Fleet } from './fleet.ts';
import { type AgentFate, AgentPoints } from './points.ts';
import { REFUSED } from './port.ts';
import { TinyController } from './tiny-controller.ts';

function world(
  options: {
    count?: number;
    from?: string;
    seed?: number;
    fates?: Record<number, AgentFate>;
    sink?: (line: string) => void;
  } = {},
) {
  const { count = 20, from = '2.9.1', seed = 1, fates = {} } = options;
  const controller = new TinyController(count, from);
  const clock = new VirtualClock();
  const trace = new Trace(options.sink);
  const points = new AgentPoints();
  points.fate.bind(({ machine }) => fates[machine]);
  const seen: { machine: number; input: number; atMs: number }[] = [];
  const fleet: Fleet = new Fleet({
    clock,
    trace,
    random: new Randomness(seed),
    versions: controller.versions,
    machines: controller.machines,
    port: controller,
    points,
    server: () => controller.server,
    onServerDown: () => {
      controller.up = false;
      fleet.loseConnections();
    },
    onServerUp: (version) => {
      controller.up = true;
      controller.server = version;
    },
    onTransition: (machine, _state, input) => seen.push({ machine, input, atMs: clock.nowMs() }),
  });
  const upgrade = (to: string) => {
    controller.target = controller.id(to);
    for (let m = 0; m < count; m++) {
      fleet.aim(m, controller.target);
      fleet.notify(m);
    }
  };
  const run = (minutes: number) => {
    for (let minute = 0; minute < minutes; minute++) {
      clock.advance(60_000);
      fleet.inspect();
    }
  };
  return { controller, clock, trace, fleet, seen, upgrade, run };
}

describe('a fleet', () => {
  it('is at rest until something changes', () => {
    const { fleet, trace, run } = world();
    run(5);
    expect([fleet.settled, trace.events]).toEqual([20, 0]);
  });

  it('follows its controller, which goes first, and settles without a violation', () => {
    const { fleet, controller, upgrade, run, seen } = world();
    upgrade('2.9.53');
    run(10);
    expect(fleet.monitor.violations).toEqual([]);
    expect(fleet.settled).toBe(20);
    expect(new Set(controller.recorded)).toEqual(new Set([controller.target]));
    const firstSwitch = seen.find((event) => event.input === INPUT.switched);
    expect(firstSwitch?.machine).toBe(0);
  });

  it('gives equal hashes for equal seeds and others for others', () => {
    const hashOf = (seed: number) => {
      const { trace, upgrade, run } = world({ seed });
      upgrade('2.9.53');
      run(10);
      return trace.hash;
    };
    expect(hashOf(1)).toBe(hashOf(1));
    expect(hashOf(1)).not.toBe(hashOf(2));
  });

  it('keeps the fate of a machine when the fleet grows', () => {
    const timesOf = (count: number) => {
      const { seen, upgrade, run } = world({ count });
      upgrade('2.9.53');
      run(10);
      return seen.filter((event) => event.machine === 7);
    };
    expect(timesOf(40)).toEqual(timesOf(20));
  });

  it('loses no change that comes while an agent is busy', () => {
    const { fleet, controller, upgrade, clock, run } = world();
    upgrade('2.9.20');
    clock.advance(20_000);
    upgrade('2.9.53');
    run(10);
    expect(fleet.settled).toBe(20);
    expect(new Set(controller.recorded)).toEqual(new Set([controller.id('2.9.53')]));
  });

  it('writes a line for each event when somebody reads', () => {
    const lines: string[] = [];
    const { trace, upgrade, run } = world({ count: 1, sink: (line) => lines.push(line) });
    upgrade('2.9.53');
    run(5);
    expect(lines).toHaveLength(trace.events);
    expect(lines[0]).toMatch(/^\d+\.\d{3}s agent 0 2\.9\.1 waiting --wake--> asking ask$/);
  });
});

describe('a machine with a fault', () => {
  const upgradeWith = (fates: Record<number, AgentFate>, from = '2.9.1', to = '2.9.53') => {
    const w = world({ fates, from });
    w.upgrade(to);
    w.run(15);
    expect(w.fleet.monitor.violations).toEqual([]);
    return w;
  };

  it('that is dead never acts, and stops nobody (L-05)', () => {
    const { fleet, seen } = upgradeWith({ 5: { dead: true } });
    expect(fleet.settled).toBe(19);
    expect(seen.filter((event) => event.machine === 5).map((event) => event.input)).toEqual([
      INPUT.powerLost,
    ]);
  });

  it('that has a full disk looks again every 60 s and never downloads', () => {
    const { fleet, seen } = upgradeWith({ 5: { diskFull: true } });
    const tries = seen.filter((e) => e.machine === 5 && e.input === INPUT.diskShort);
    expect(tries.length).toBeGreaterThan(5);
    expect(tries[2]!.atMs - tries[1]!.atMs).toBeGreaterThanOrEqual(60_000);
    expect(fleet.lastFailure(5)).toBe(INPUT.diskShort);
    expect(fleet.settled).toBe(19);
  });

  it('that has a full disk in an era without the check fails when it unpacks', () => {
    const { fleet } = upgradeWith({ 5: { diskFull: true } }, '1.24.5', '1.25.2');
    expect(fleet.lastFailure(5)).toBe(INPUT.unpackFailed);
  });

  it.each(['downloading', 'unpacking', 'switching', 'steps'] as const)(
    'that crashes once while %s converges',
    (crashOnce) => {
      const { fleet, seen } = upgradeWith({ 5: { crashOnce } });
      expect(seen.filter((e) => e.machine === 5 && e.input === INPUT.crashed)).toHaveLength(1);
      expect(fleet.settled).toBe(20);
    },
  );

  it('whose steps fail twice converges after two waits of 2 min; five times, it gives up', () => {
    const { fleet, seen } = upgradeWith({ 5: { stepsFail: 2 }, 6: { stepsFail: 5 } });
    expect(fleet.isSettled(5)).toBe(true);
    expect(fleet.state(6)).toBe(STATE.stepsGivenUp);
    expect(seen.filter((e) => e.machine === 6 && e.input === INPUT.stepsFailed)).toHaveLength(4);
    expect(fleet.lastFailure(6)).toBe(INPUT.stepsGaveUp);
  });

  it('that gets other bytes than the digest says retries for ever and never switches', () => {
    const w = world();
    w.controller.outcome = (m) => (m === 5 ? REFUSED.digestMismatch : 0);
    w.upgrade('2.9.53');
    w.run(15);
    expect(w.fleet.running(5)).toBe(w.controller.id('2.9.1'));
    expect(w.fleet.lastFailure(5)).toBe(INPUT.digestMismatch);
    expect(w.fleet.monitor.violations).toEqual([]);
  });

  it('that has no binary is asked for again, more and more slowly from 2.4.5 on', () => {
    const gaps = (from: string, to: string) => {
      const w = world({ from });
      w.controller.find = (m) => (m === 5 ? REFUSED.noBinary : 0);
      w.upgrade(to);
      w.run(10);
      const at = w.seen
        .filter((e) => e.machine === 5 && e.input === INPUT.binaryMissing)
        .map((e) => e.atMs);
      return at.slice(1).map((atMs, i) => atMs - at[i]!);
    };
    const even = gaps('1.24.5', '1.25.2');
    expect(Math.max(...even)).toBeLessThan(3_500);
    const growing = gaps('2.9.1', '2.9.53');
    expect(growing.at(-1)!).toBeGreaterThan(30_000);
    expect(growing.length).toBeLessThan(even.length / 5);
  });
});

describe('the monitor notices', () => {
  let w: ReturnType<typeof world>;
  beforeEach(() => {
    w = world();
  });
  const found = () => [...new Set(w.fleet.monitor.violations.map((v) => v.invariant))].sort();

  it('a controller that answers the target unconditionally (S-03, S-04)', () => {
    w.controller.desiredVersion = () => w.controller.target;
    // Only the others hear of it, so the controller's own version stays behind.
    w.controller.target = w.controller.id('2.9.53');
    for (let m = 1; m < 20; m++) w.fleet.notify(m);
    w.run(5);
    expect(found()).toContain('S-03');
    expect(found()).toContain('S-04');
  });

  it('a record that is ahead of what the agent reported (S-30)', () => {
    w.controller.recorded[3] = w.controller.id('2.9.53');
    w.fleet.inspect();
    expect(w.fleet.monitor.violations).toMatchObject([{ invariant: 'S-30', machine: 3 }]);
  });

  it('an agent that restarts again and again for one target (L-06)', () => {
    const [a, b] = [w.controller.id('2.9.20'), w.controller.id('2.9.53')];
    w.controller.server = b;
    let flip = 0;
    w.controller.desiredVersion = () => (flip++ % 3 === 0 ? a : b);
    w.controller.target = b;
    w.fleet.notify(4);
    w.run(5);
    expect(found()).toContain('L-06');
  });
});
