import { expect, it } from 'vitest';
import { runFleet, runReference } from './kernel.bench.ts';

it.each([1, 50, 3_000])('fleet driver and object heap do the same with %i machines', (machines) => {
  const fleet = runFleet(machines);
  const reference = runReference(machines);
  expect(fleet.settled).toBe(machines);
  expect(fleet.events).toBeGreaterThan(10 * machines);
  expect([fleet.hash, fleet.events, fleet.settled]).toEqual([
    reference.hash,
    reference.events,
    reference.settled,
  ]);
});
