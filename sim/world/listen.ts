/**
 * A `fetch` handler behind a real HTTP server, with the limits that keep a bad peer from harming the
 * others: header and request time, header size, and a quick end to kept-alive connections on close.
 */
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

const HEADERS_MS = 20_000;
const REQUEST_MS = 120_000;
const HEADER_BYTES = 64 * 1024;

/** @throws an `EADDRINUSE` or `EACCES` error when the port cannot be had; 0 takes a free one. */
export function listen(
  fetch: (request: Request) => Promise<Response>,
  host: string,
  port: number,
): Promise<Listener> {
  return new Promise((ready, fail) => {
    const server = serve({
      // A handler that rejects stands for a connection that breaks, as `fetch` itself has it.
      fetch: (request, { incoming }) =>
        fetch(request).catch(() => {
          incoming.socket.destroy();
          return new Response(null, { status: 500 });
        }),
      hostname: host,
      port,
      serverOptions: {
        headersTimeout: HEADERS_MS,
        requestTimeout: REQUEST_MS,
        maxHeaderSize: HEADER_BYTES,
      },
    });
    server.once('error', fail);
    server.once('listening', () => {
      server.off('error', fail);
      ready({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise<void>((done) => {
            server.close(() => done());
            if ('closeAllConnections' in server) server.closeAllConnections();
          }),
      });
    });
  });
}
