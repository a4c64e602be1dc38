/** A client in a thread of its own: so many signed requests for one URL, eight at a time. */
import { Agent, get } from 'node:http';
import { workerData } from 'node:worker_threads';
import { oauthHeader } from '../sim/maas/testing.ts';

const { url, apiKey, requests } = workerData as { url: string; apiKey: string; requests: number };
const AT_A_TIME = 8;
const agent = new Agent({ keepAlive: true, maxSockets: AT_A_TIME });
// Nonces must differ from those of the client before.
const run = process.hrtime.bigint();
let sent = 0;

async function work(): Promise<void> {
  while (sent < requests) {
    const authorization = oauthHeader(apiKey, Math.floor(Date.now() / 1000), {
      oauth_nonce: `${run}-${sent++}`,
    });
    await new Promise<void>((done, fail) => {
      get(url, { agent, headers: { authorization } }, (response) => {
        if (response.statusCode !== 200) fail(new Error(`answered ${response.statusCode}`));
        response.on('end', done).resume();
      }).on('error', fail);
    });
  }
}

await Promise.all(Array.from({ length: AT_A_TIME }, work));
agent.destroy();
