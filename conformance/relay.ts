/**
 * A recording door in front of a MAAS that was named by URL, so that what a client sends to a real
 * MAAS can be judged as well as what it sends to a fake. It passes every request on to that one
 * address and to nothing else, unchanged but for the host; PLAINTEXT signatures do not cover it.
 */
import { listen } from '../sim/world/listen.ts';
import { createRecorder } from './record.ts';
import type { Recorded } from './types.ts';
import type { FetchHandler } from './world.ts';

/** Headers that speak of one connection, not of the message. */
const PER_CONNECTION = ['connection', 'keep-alive', 'transfer-encoding', 'host', 'expect'];

export interface Relay {
  /** What a client is to be given in the place of the MAAS’s URL. */
  readonly url: string;
  readonly recorded: readonly Recorded[];
  close(): Promise<void>;
}

/** @param url the MAAS URL, e.g. `http://10.0.0.2:5240/MAAS/` */
export async function recordingRelay(url: string): Promise<Relay> {
  const there = new URL(url);
  const passOn: FetchHandler = async (request) => {
    const asked = new URL(request.url);
    const headers = new Headers(request.headers);
    for (const name of PER_CONNECTION) headers.delete(name);
    const body = await request.arrayBuffer();
    const answer = await fetch(new URL(`${asked.pathname}${asked.search}`, there), {
      method: request.method,
      headers,
      redirect: 'manual',
      ...(body.byteLength > 0 ? { body } : {}),
    });
    const answered = new Headers(answer.headers);
    // fetch has unpacked the body already.
    for (const name of [...PER_CONNECTION, 'content-encoding', 'content-length']) {
      answered.delete(name);
    }
    const empty = answer.status === 204 || answer.status === 304;
    const content = empty ? null : await answer.arrayBuffer();
    return new Response(content, { status: answer.status, headers: answered });
  };
  const { recorded, hooks } = createRecorder();
  const listener = await listen(hooks.maas?.(passOn) ?? passOn, '127.0.0.1', 0);
  return {
    url: `http://127.0.0.1:${listener.port}${there.pathname}`,
    recorded,
    close: () => listener.close(),
  };
}
