/**
 * Contention, over a real socket: whoever asks at the same moment, each machine goes to one caller
 * only, and everybody is told so (facts/maas-api 5.1).
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bench, oauthHeader } from '../testing.ts';

const CALLERS = 100;

test('a hundred callers at once: each machine goes to one of them, and all that fit are taken', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        seed: fc.nat(10_000),
        machines: fc.integer({ min: 1, max: 120 }),
        users: fc.integer({ min: 1, max: 5 }),
        /** What a caller asks for; some ask for a machine by its id. */
        wants: fc.array(
          fc.constantFrom({}, { mem: '65536' }, { cpu_count: '16' }, { zone: 'az1' }),
          {
            minLength: CALLERS,
            maxLength: CALLERS,
          },
        ),
        named: fc.array(fc.boolean(), { minLength: CALLERS, maxLength: CALLERS }),
      }),
      async ({ seed, machines, users, wants, named }) => {
        const maas = bench({ seed, machines });
        const callers = Array.from({ length: users }, (_, i) => maas.addUser(`caller-${i}`));
        const server = createServer(getRequestListener(maas.fetch));
        await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
        const { port } = server.address() as AddressInfo;
        const seconds = Math.floor(maas.clock.date().getTime() / 1000);
        const answers = await Promise.all(
          wants.map(async (want, i) => {
            const { apiKey, user } = callers[i % users]!;
            const wanted = maas.core.machines[i % machines]!.systemId;
            const fields = named[i] ? { system_id: wanted } : want;
            const response = await fetch(
              `http://127.0.0.1:${port}/MAAS/api/2.0/machines/?op=allocate`,
              {
                method: 'POST',
                headers: { authorization: oauthHeader(apiKey, seconds) },
                body: new URLSearchParams(fields as Record<string, string>),
              },
            );
            const body = await response.text();
            return { status: response.status, body, username: user.username };
          }),
        );
        server.closeAllConnections();
        server.close();

        const given = answers.filter(({ status }) => status === 200);
        const ids = given.map(({ body }) => JSON.parse(body).system_id as string);
        expect(new Set(ids).size).toBe(ids.length);
        for (const [i, { body, username }] of given.entries()) {
          expect(JSON.parse(body)).toMatchObject({ owner: username, status_name: 'Allocated' });
          expect(maas.core.findMachine(ids[i]!)!.state.owner).toBe(username);
        }
        const others = answers.filter(({ status }) => status !== 200);
        for (const { status, body } of others) {
          expect([status, body]).toEqual([409, expect.stringMatching(/^No (available )?machine/)]);
        }
        const taken = maas.core.machines.filter(({ state }) => state.owner !== null);
        expect(taken.length).toBe(ids.length);
        // Nobody who would have taken any machine went away empty-handed while one was free.
        const modest = answers.filter((_, i) => !named[i] && Object.keys(wants[i]!).length === 0);
        if (modest.some(({ status }) => status !== 200)) expect(taken.length).toBe(machines);
      },
    ),
    { numRuns: 12, seed: 5 },
  );
});
