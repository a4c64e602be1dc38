import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOST_NAME, relayLoopback } from './relay.ts';

const GATEWAY = '127.0.0.2'; // an address of this machine that is not the service's

let service: Server;
let port: number;
beforeEach(async () => {
  service = createServer((socket) => socket.on('data', (data) => socket.write(`<${data}>`)));
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  port = (service.address() as AddressInfo).port;
});
afterEach(() => new Promise((done) => service.close(done)));

describe.skipIf(process.platform !== 'linux')('a relay on another address', () => {
  test('hands bytes on, both ways, and ends with its run', async () => {
    const relayed = await relayLoopback(
      { maas: { url: `http://127.0.0.1:${port}/MAAS`, apiKey: 'k' } },
      GATEWAY,
    );
    const url = new URL(relayed.target.maas!.url);
    expect(url.hostname).toBe(HOST_NAME);
    expect(relayed.target.maas!.url).toMatch(/\/MAAS$/);
    const socket = connect(Number(url.port), GATEWAY);
    socket.write('hello');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toBe('<hello>');
    const closed = once(socket, 'close');
    await relayed.close();
    await closed;
    await expect(once(connect(Number(url.port), GATEWAY), 'connect')).rejects.toThrow(
      'ECONNREFUSED',
    );
  });

  test('a reset stays a reset, and a service that is gone resets too', async () => {
    const breaks = createServer((socket) => socket.resetAndDestroy());
    breaks.listen(0, '127.0.0.1');
    await once(breaks, 'listening');
    const { port: breaking } = breaks.address() as AddressInfo;
    const ask = async () => {
      const maas = { url: `http://127.0.0.1:${breaking}/`, apiKey: 'k' };
      const relayed = await relayLoopback({ maas }, GATEWAY);
      const socket = connect(Number(new URL(relayed.target.maas!.url).port), GATEWAY);
      const [error] = await once(socket, 'error').catch((thrown) => [thrown]);
      await relayed.close();
      return (error as NodeJS.ErrnoException).code;
    };
    expect(await ask()).toBe('ECONNRESET');
    await new Promise((done) => breaks.close(done));
    expect(await ask()).toBe('ECONNRESET');
  });

  test('leads to each service of the target, and leaves other hosts alone', async () => {
    const controller = { caCert: 'pem', user: 'admin', password: 'x', uuid: 'u' };
    const relayed = await relayLoopback(
      {
        controller: { ...controller, address: `localhost:${port}` },
        streams: { url: 'https://streams.example.com/tools/' },
      },
      GATEWAY,
    );
    await relayed.close();
    expect(relayed.target.streams).toEqual({ url: 'https://streams.example.com/tools/' });
    expect(relayed.target.controller).toEqual({
      ...controller,
      address: expect.stringMatching(new RegExp(`^${HOST_NAME}:\\d+$`)),
    });
  });
});

test('without the gateway on this machine the name alone leads to loopback', async () => {
  const foreign = '203.0.113.7';
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  expect(own.map(({ address }) => address)).not.toContain(foreign);
  const relayed = await relayLoopback(
    { maas: { url: `http://127.0.0.1:${port}/`, apiKey: 'k' } },
    foreign,
  );
  await relayed.close();
  expect(relayed.target.maas!.url).toBe(`http://${HOST_NAME}:${port}/`);
});
