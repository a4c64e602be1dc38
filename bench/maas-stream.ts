/**
 * Streams a list of so many machines in a process of its own and prints, as JSON, by how much the
 * process grew meanwhile: resident memory before, and the most that was seen between two chunks.
 */
import { bench, oauthHeader } from '../sim/maas/testing.ts';

const maas = bench({ machines: Number(process.argv[2]) });
const signed = (path: string) =>
  new Request(`http://maas.test/MAAS/api/2.0/${path}`, {
    headers: {
      authorization: oauthHeader(maas.apiKey, Math.floor(maas.clock.date().getTime() / 1000)),
    },
  });
// What one machine needs is compiled and loaded before.
await (await maas.fetch(signed(`machines/${maas.core.machines[0]!.systemId}/`))).text();
globalThis.gc?.();
const before = process.memoryUsage.rss();
const start = performance.now();
let most = before;
let sent = 0;
let looked = 0;
for await (const chunk of (await maas.fetch(signed('machines/'))).body!) {
  sent += chunk.byteLength;
  if (looked++ % 64 === 0) most = Math.max(most, process.memoryUsage.rss());
}
const seconds = (performance.now() - start) / 1000;
const MB = 1e6;
console.log(
  JSON.stringify({
    growthMB: (most - before) / MB,
    inventoryMB: before / MB,
    sentMB: sent / MB,
    seconds,
  }),
);
