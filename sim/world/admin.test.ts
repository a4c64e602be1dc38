import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningWorld, startWorld } from './up.ts';

describe('the admin service', () => {
  let world: RunningWorld;
  beforeAll(async () => {
    world = await startWorld({ seed: 1, machines: 1 });
  });
  afterAll(() => world.stop());

  /** `fetch` writes the Host header itself, so a page's name for this address must be sent by hand. */
  function statusFor(host: string): Promise<number | undefined> {
    return new Promise((done, fail) => {
      const asked = request(`${world.admin.url}/state`, { headers: { host } }, (answer) => {
        answer.resume();
        done(answer.statusCode);
      });
      asked.on('error', fail);
      asked.end();
    });
  }

  it.each([
    ['127.0.0.1', 200],
    ['localhost:80', 200],
    ['[::1]:8080', 200],
    ['evil.example', 421],
    ['127.0.0.1.evil.example', 421],
  ])('answers %s with %i', async (host, status) => {
    expect(await statusFor(host)).toBe(status);
  });
});
