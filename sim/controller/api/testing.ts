/** A served controller for tests, and a client of a few lines that sends what it is told, good or bad. */
import { connect as tlsConnect } from 'node:tls';
import { WebSocket } from 'ws';
import { presentEpochMs } from '../../kernel/pace.ts';
import { Secrets } from '../../kernel/secrets.ts';
import type { RuleSetId } from '../../versions/rules/rule-set.ts';
import { type TestController, testController } from '../core/fixture.ts';
import type { WireEra } from './eras.ts';
import { type ServedController, type ServeOptions, serveController } from './server.ts';

export interface TestServer extends TestController {
  readonly served: ServedController;
  /** The model `m1` with three machines, one container and one unit. */
  readonly model: string;
}

/** @param behind the version of the model `m1` and its agents; default the controller's */
export async function testServer(
  version: string,
  era: WireEra,
  options: {
    behind?: string;
    available?: string[];
    rules?: RuleSetId;
  } & Partial<ServeOptions> = {},
): Promise<TestServer> {
  const { behind = version, available = [], rules, ...serve } = options;
  const world = testController(version, [...available, behind], rules);
  const { core, clock, v } = world;
  const model = core.createModel({ name: 'm1', agentVersion: v(behind) });
  const { first } = core.addMachines(model.uuid, 3, {
    os: 'ubuntu',
    arch: 'amd64',
    version: v(behind),
  });
  core.addContainer(first);
  core.addUnit(first + 1, 'mysql');
  const served = await serveController({
    core,
    secrets: new Secrets(),
    clock,
    journal: core.journal,
    era,
    port: 0,
    host: '127.0.0.1',
    today: new Date(presentEpochMs()),
    ...serve,
  });
  return { ...world, served, model: model.uuid };
}

export interface Reply {
  'request-id': number;
  response?: Record<string, unknown>;
  error?: string;
  'error-code'?: string;
  'error-info'?: Record<string, unknown>;
}

/** A WebSocket class that trusts only this controller's CA, under the name that Go clients use. */
export function socketClass(caCert: string): typeof WebSocket {
  // `ws` hands these on to TLS; its types know only some of TLS's options.
  const trust = { ca: caCert, servername: 'juju-apiserver' };
  return class extends WebSocket {
    constructor(url: string) {
      super(url, [], trust);
    }
  } as unknown as typeof WebSocket;
}

/** One connection, requests numbered by itself. */
export class RawClient {
  readonly socket: WebSocket;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  readonly closed: Promise<number>;
  #last = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      const reply = JSON.parse(String(data)) as Reply;
      this.#waiting.get(reply['request-id'])?.(reply);
      this.#waiting.delete(reply['request-id']);
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code) => {
        for (const give of this.#waiting.values()) give({ 'request-id': 0, error: 'closed' });
        this.#waiting.clear();
        resolve(code);
      });
    });
    socket.on('error', () => undefined);
  }

  static async open(served: ServedController, path = '/api'): Promise<RawClient> {
    const Socket = socketClass(served.caCert);
    const socket = new Socket(`wss://${served.address}${path}`);
    const client = new RawClient(socket);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  /** A connection on which the administrator is logged in. */
  static async admin(served: ServedController, path = '/api'): Promise<RawClient> {
    const client = await RawClient.open(served, path);
    await client.call('Admin', 3, 'Login', {
      'auth-tag': `user-${served.user}`,
      credentials: served.password,
      'client-version': '3.6.20',
    });
    return client;
  }

  call(type: string, version: number, request: string, params: unknown = {}): Promise<Reply> {
    return this.send({ type, version, request, params });
  }

  /** Sends any envelope; a `request-id` is put in when there is none. */
  send(envelope: Record<string, unknown>): Promise<Reply> {
    const id = ++this.#last;
    return new Promise((resolve) => {
      if (this.socket.readyState !== WebSocket.OPEN) {
        resolve({ 'request-id': id, error: 'closed' });
        return;
      }
      this.#waiting.set(id, resolve);
      this.socket.send(JSON.stringify({ 'request-id': id, ...envelope }));
    });
  }

  close(): void {
    this.socket.close();
  }
}

/** Sends bytes over TLS and gives back all that comes, until the server closes. */
export function rawExchange(served: ServedController, bytes: string): Promise<string> {
  const [host = '', port = ''] = served.address.split(':');
  return new Promise((resolve) => {
    let text = '';
    const socket = tlsConnect(
      { host, port: Number(port), ca: served.caCert, servername: 'juju-apiserver' },
      () => socket.end(bytes),
    );
    socket.on('data', (data) => {
      text += data;
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(text));
  });
}
