/**
 * A broken door in front of a controller, for saboteurs of what the reply hook cannot reach: plain
 * HTTPS answers and the end of a connection. It has a certificate of its own making, forwards GET
 * requests to the controller of the suite's own world on this machine and to nothing else, and is
 * closed with the run.
 */
import { createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { makeCertificates } from '../../sim/controller/api/certificates.ts';
import type { Target } from '../types.ts';

export interface ProxyBreak {
  /** Accepts WebSockets and never answers or closes them. */
  readonly deaf?: boolean;
  /** Replaces the answer to a path. */
  readonly answer?: (path: string) => { status: number; body: string } | undefined;
  /** Changes the body of a forwarded answer; its stated length stays as it was announced. */
  readonly change?: (path: string, body: Buffer) => Buffer;
}

/** A changed target, and what ends the change. */
export interface ProxiedTarget {
  readonly target: Target;
  readonly close: () => void;
}

export function proxied(broken: ProxyBreak): (target: Target) => Promise<ProxiedTarget> {
  return async (target) => {
    const controller = target.controller;
    if (!controller) return { target, close: () => undefined };
    const { key, chain, caCert } = await makeCertificates(new Date(), ['127.0.0.1']);
    const server = createServer({ key, cert: chain }, (request, response) => {
      const path = request.url ?? '/';
      const instead = broken.answer?.(path);
      if (instead) {
        response.writeHead(instead.status, { 'content-type': 'text/html' }).end(instead.body);
        return;
      }
      forward(controller.address, path, (status, headers, body) => {
        const changed = broken.change?.(path, body) ?? body;
        delete headers['content-length'];
        response.writeHead(status, headers).end(changed);
      });
    });
    if (broken.deaf) new WebSocketServer({ server });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const { port } = server.address() as AddressInfo;
    return {
      target: {
        ...target,
        controller: { ...controller, address: `127.0.0.1:${port}`, caCert },
      },
      close: () => {
        server.closeAllConnections();
        server.close();
      },
    };
  };
}

function forward(
  address: string,
  path: string,
  done: (
    status: number,
    headers: Record<string, string | string[] | undefined>,
    body: Buffer,
  ) => void,
): void {
  const onward = httpsRequest(
    `https://${address}${path}`,
    { rejectUnauthorized: false, agent: false },
    (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.once('end', () =>
        done(answer.statusCode ?? 502, { ...answer.headers }, Buffer.concat(parts)),
      );
    },
  );
  onward.once('error', () => done(502, {}, Buffer.from('')));
  onward.end();
}
