/**
 * Whatever is asked of machines, in whatever order and with whatever going wrong in between: only the
 * transitions of the table happen, a refusal changes nothing, a free machine belongs to nobody, no
 * address is lost or had twice, and everything that was begun ends (facts/maas-api 4).
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ask, type Bench, bench } from '../testing.ts';
import { STATUS, type Status, statusName } from './status.ts';
import { mayFollow } from './transitions.ts';

const OPS = [
  'deploy',
  'release',
  'commission',
  'test',
  'abort',
  'power_on',
  'power_off',
  'rescue_mode',
  'exit_rescue_mode',
  'lock',
  'unlock',
  'mark_broken',
  'mark_fixed',
  'override_failed_testing',
  'restore_default_configuration',
  'set_owner_data',
] as const;

const FIELDS: Readonly<Record<string, readonly Record<string, string>[]>> = {
  deploy: [{}, { bridge_all: 'true' }, { ephemeral_deploy: 'true' }, { enable_hw_sync: 'true' }],
  release: [{}, { erase: 'true' }],
  commission: [{}, { testing_scripts: 'none' }, { skip_networking: 'true' }],
  test: [{}, { testing_scripts: '7z' }],
  set_owner_data: [{ key: 'value' }],
};

const command = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('op' as const),
      op: fc.constantFrom(...OPS),
      machine: fc.nat(2),
      variant: fc.nat(3),
      user: fc.nat(1),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('allocate' as const), user: fc.nat(1) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 30_000, 5 * 60_000, 20 * 60_000),
    }),
  },
);

/** Statuses that a machine stays in until somebody asks for something. */
const RESTING: ReadonlySet<Status> = new Set([
  STATUS.NEW,
  STATUS.FAILED_COMMISSIONING,
  STATUS.READY,
  STATUS.DEPLOYED,
  STATUS.BROKEN,
  STATUS.ALLOCATED,
  STATUS.FAILED_DEPLOYMENT,
  STATUS.FAILED_RELEASING,
  STATUS.FAILED_DISK_ERASING,
  STATUS.RESCUE_MODE,
  STATUS.FAILED_ENTERING_RESCUE_MODE,
  STATUS.FAILED_EXITING_RESCUE_MODE,
  STATUS.FAILED_TESTING,
]);

function checkInvariants(maas: Bench): void {
  const { core } = maas;
  const addresses: string[] = [];
  for (const { state } of core.machines) {
    const links = state.interfaces.flatMap((iface) => iface.links);
    addresses.push(...links.flatMap(({ ip }) => (ip === null ? [] : [ip])));
    if (state.status === STATUS.READY || state.status === STATUS.NEW) {
      expect(state).toMatchObject({ owner: null, ownerData: {}, osystem: '', locked: false });
      expect(links.filter(({ mode, ip }) => mode === 'auto' && ip !== null)).toEqual([]);
      expect(state.interfaces.filter(({ acquired }) => acquired)).toEqual([]);
    }
    const names = state.interfaces.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  }
  expect(new Set(addresses).size).toBe(addresses.length);
  expect(core.network.takenAddresses.size).toBe(addresses.length);
}

test('sequences of requests keep the rules of the life cycle', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(command, { minLength: 5, maxLength: 40 }),
      fc.array(fc.constantFrom('', '', '', 'fail', 'vanish'), { minLength: 1, maxLength: 12 }),
      async (commands, faults) => {
        const maas = bench({ machines: 3 });
        const keys = [maas.apiKey, maas.addUser('member').apiKey];
        let steps = 0;
        maas.points.step.bind(() => {
          const fault = faults[steps++ % faults.length];
          if (fault === 'fail') return { kind: 'fail', reason: 'told to' };
          return fault === 'vanish' ? { kind: 'vanish' } : undefined;
        });
        for (const step of commands) {
          const before = maas.core.stateHash();
          if (step.kind === 'wait') {
            maas.clock.advance(step.ms);
          } else {
            const apiKey = keys[step.user]!;
            const answer =
              step.kind === 'allocate'
                ? await ask(maas, 'POST machines/?op=allocate', {}, { apiKey })
                : await ask(
                    maas,
                    `POST machines/${maas.core.machines[step.machine]!.systemId}/?op=${step.op}`,
                    FIELDS[step.op]?.[step.variant % FIELDS[step.op]!.length] ?? {},
                    { apiKey },
                  );
            expect(answer.status).toBeLessThan(500);
            if (answer.status >= 400) expect(maas.core.stateHash()).toBe(before);
          }
          checkInvariants(maas);
        }
        // What was begun ends, one way or another: the longest is a deployment that times out.
        maas.clock.advance(6 * 60 * 60_000);
        for (const { state } of maas.core.machines) {
          if (state.status === STATUS.DISK_ERASING) continue; // Nothing gives that up (facts 4.2).
          expect(RESTING, statusName(state.status)).toContain(state.status);
        }
        checkInvariants(maas);
      },
    ),
    { numRuns: 150, seed: 11 },
  );
});

test('every change of status that was traced is one of the table', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...OPS), { minLength: 10, maxLength: 60 }),
      async (ops) => {
        const lines: string[] = [];
        const { Trace } = await import('../../kernel/trace.ts');
        const maas = bench({ machines: 1, trace: new Trace((line) => lines.push(line)) });
        const [machine] = maas.core.machines;
        for (const name of ops) {
          await ask(
            maas,
            `POST machines/${machine!.systemId}/?op=${name}`,
            FIELDS[name]?.[0] ?? {},
          );
          maas.clock.advance(90_000);
        }
        const byName = new Map(Object.values(STATUS).map((status) => [statusName(status), status]));
        for (const line of lines) {
          const [, from, to] = /machine 1 (.+) -> (.+)$/.exec(line)!;
          expect(mayFollow(byName.get(from!)!, byName.get(to!)!)).toBe(true);
        }
      },
    ),
    { numRuns: 50, seed: 12 },
  );
});
