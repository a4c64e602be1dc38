import { expect, it } from 'vitest';
import * as agents from '../agents/port.ts';
import * as controller from '../controller/core/agent-port.ts';

// Agents and controller know each other only by messages, so each has a list of its own.
it('agents and controller mean the same by the number of a refusal', () => {
  expect(controller.REFUSED).toEqual(agents.REFUSED);
  const numbers = Object.values(agents.REFUSED);
  expect(new Set(numbers).size).toBe(numbers.length);
  // Successes are 0 or an id, so no refusal may be.
  expect(Math.max(...numbers)).toBeLessThan(0);
});
