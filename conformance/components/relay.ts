/**
 * Lets a container reach services that listen on loopback only. For each service of the target that
 * is on loopback, a TCP relay listens on the container bridge's gateway, an address that the
 * machine's other networks do not have, and hands bytes on; it lives as long as one run of a
 * component. So the fakes never listen anywhere but on loopback (design 5, security).
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Target } from '../types.ts';

/** The name under which a container knows the machine; given to it as an extra host. */
export const HOST_NAME = 'host.docker.internal';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;

export interface Relayed {
  /** The target as the container must see it. */
  readonly target: Target;
  close(): Promise<void>;
}

/**
 * Relays what is on loopback; other addresses stay as they are.
 * @param gateway address of the container bridge on this machine, e.g. `172.17.0.1`. Where this
 *   machine has no such address the engine runs in a virtual machine (Docker Desktop), whose
 *   {@link HOST_NAME} leads to loopback by itself.
 */
export async function relayLoopback(target: Target, gateway: string): Promise<Relayed> {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const through = async (host: string, port: number): Promise<string> => {
    if (!LOOPBACK.test(host)) return `${host}:${port}`;
    // Half-closed and reset connections are handed on as what they are: a client must see through
    // the relay what it would see without it.
    const server = createServer({ allowHalfOpen: true }, (incoming) => {
      const outgoing = connect({ port, host: host.replace(/[[\]]/g, ''), allowHalfOpen: true });
      for (const [socket, other] of [
        [incoming, outgoing],
        [outgoing, incoming],
      ] as const) {
        sockets.add(socket);
        socket.pipe(other);
        socket.on('error', () => other.resetAndDestroy());
        socket.on('close', () => sockets.delete(socket));
      }
    });
    server.listen(0, gateway);
    try {
      await once(server, 'listening');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRNOTAVAIL') return `${HOST_NAME}:${port}`;
      throw error;
    }
    servers.push(server);
    return `${HOST_NAME}:${(server.address() as AddressInfo).port}`;
  };
  const url = async (text: string) => {
    const parsed = new URL(text);
    const port = Number(parsed.port || (parsed.protocol === 'https:' ? 443 : 80));
    parsed.host = await through(parsed.hostname, port);
    return text.endsWith('/') ? parsed.href : parsed.href.replace(/\/$/, '');
  };
  const { maas, controller, streams } = target;
  const seen: Target = {
    ...(maas && { maas: { ...maas, url: await url(maas.url) } }),
    ...(controller && {
      controller: { ...controller, address: await address(controller.address, through) },
    }),
    ...(streams && { streams: { url: await url(streams.url) } }),
  };
  return {
    target: seen,
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
    },
  };
}

function address(text: string, through: (host: string, port: number) => Promise<string>) {
  const colon = text.lastIndexOf(':');
  return through(text.slice(0, colon), Number(text.slice(colon + 1)));
}
