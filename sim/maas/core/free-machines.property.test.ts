import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bench } from '../testing.ts';
import { allocationCost } from './free-machines.ts';
import { STATUS } from './status.ts';

it('the free machines are always those in Ready, cheapest and then oldest first', () => {
  const change = fc.record({
    which: fc.nat(7),
    status: fc.constantFrom(STATUS.READY, STATUS.NEW, STATUS.DEPLOYED),
    cpuCount: fc.integer({ min: 1, max: 3 }),
    memory: fc.constantFrom(1024, 1536, 2048),
    act: fc.constantFrom('change', 'change', 'change', 'remove', 'add'),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const { core } = bench({ machines: 8 });
      for (const { which, act, ...patch } of changes) {
        const machine = core.machines[which % Math.max(1, core.machines.length)];
        if (!machine) continue;
        if (act === 'change') core.change(machine, patch);
        else if (act === 'remove') core.removeMachine(machine);
        else core.addMachine(machine.profile, { ...machine.state, ...patch });
        const wanted = core.machines
          .filter((one) => one.state.status === STATUS.READY)
          .sort((a, b) => allocationCost(a.state) - allocationCost(b.state) || a.id - b.id);
        expect([...core.free].map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
      }
    }),
  );
});
