/**
 * One logged-in connection to a controller or to one of its models: a TLS WebSocket whose server
 * certificate must come from the controller's own CA, `Admin.Login` version 3, then calls by facade,
 * each at the highest version that both sides know (facts/juju-api 1.1 to 1.3, 2.1, 4.3). Calls that
 * are under way when the socket closes fail; none waits longer than half a minute.
 */
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { type ClientOptions, WebSocket } from 'ws';
import { z } from 'zod';
import type { Clock, Timer } from '../kernel/clock.ts';
import { type AgentVersion, printVersion } from '../versions/number.ts';
import { ControllerError } from './port.ts';

/** What `up` announces of its controller; enough to log in. */
export interface ControllerTarget {
  /** `host:port`. */
  readonly address: string;
  /** PEM of the CA that signed the controller's certificate. */
  readonly caCert: string;
  readonly user: string;
  readonly password: string;
}

/** Nobody answers at the address, or the connection broke. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

export interface ConnectOptions {
  /** The client's version; sent at login. */
  readonly client: AgentVersion;
  readonly clock: Clock;
  /** Connect to this model instead of to the controller. */
  readonly model?: string;
}

const ANSWER_WITHIN_MS = 30_000;

const REPLY = z.looseObject({
  'request-id': z.number(),
  response: z.unknown().optional(),
  error: z.string().exactOptional(),
  'error-code': z.string().exactOptional(),
  'error-info': z.record(z.string(), z.unknown()).nullable().exactOptional(),
});

const LOGIN = z.looseObject({
  'server-version': z.string(),
  facades: z.array(z.object({ name: z.string(), versions: z.array(z.number()) })),
});

interface Waiting {
  readonly resolve: (response: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: Timer;
}

export class Connection {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #address: string;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #facades = new Map<string, readonly number[]>();
  /** What the server says that it runs, as text. */
  serverVersion = '';

  private constructor(socket: WebSocket, address: string, clock: Clock) {
    this.#socket = socket;
    this.#address = address;
    this.#clock = clock;
    socket.on('message', (data) => this.#receive(String(data)));
    socket.on('close', () => this.#fail(`${address} closed the connection`));
    socket.on('error', (error) => this.#fail(`${address}: ${error.message}`));
  }

  /**
   * Connects and logs in.
   * @throws ConnectionError when nobody answers; ControllerError when the login is refused
   */
  static async open(target: ControllerTarget, options: ConnectOptions): Promise<Connection> {
    const path = options.model ? `/model/${options.model}/api` : '/api';
    // `ws` hands what it does not know to `tls.connect`; its types do not say so.
    const tls: ClientOptions & TlsOptions = {
      ca: target.caCert,
      servername: 'juju-apiserver',
      handshakeTimeout: ANSWER_WITHIN_MS,
    };
    const socket = new WebSocket(`wss://${target.address}${path}`, tls);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', (error) =>
        reject(new ConnectionError(`${target.address}: ${error.message || String(error)}`)),
      );
    });
    const connection = new Connection(socket, target.address, options.clock);
    try {
      await connection.#login(target, options.client);
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** Whether the server announced any version of the facade. */
  serves(facade: string): boolean {
    return this.#facades.has(facade);
  }

  /** The version that a call uses: the highest that is in `known` and was announced. */
  versionOf(facade: string, known: readonly number[]): number {
    const served = this.#facades.get(facade) ?? [];
    const both = known.filter((version) => served.includes(version));
    if (both.length > 0) return Math.max(...both);
    throw new ControllerError(
      `the controller serves ${facade} ${served.join(', ') || 'not at all'}, this client knows ${known.join(', ')}`,
      'not implemented',
    );
  }

  /**
   * One call; the answer must have the shape given.
   * @throws ControllerError for a refusal or an answer of another shape, ConnectionError when the connection breaks
   */
  async call<T>(
    facade: string,
    version: number,
    method: string,
    params: unknown,
    shape: z.ZodType<T>,
  ): Promise<T> {
    const response = await this.#send(facade, version, method, params);
    const read = shape.safeParse(response);
    if (read.success) return read.data;
    const at = read.error.issues[0];
    throw new ControllerError(
      `${facade}.${method} answered in a shape that this client cannot read: ${at?.path.join('.')}: ${at?.message}`,
      'bad answer',
    );
  }

  /** Closes politely and waits until the socket is gone. */
  async close(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    await new Promise<void>((resolve) => {
      this.#socket.once('close', () => resolve());
      this.#socket.close(1000);
      // A peer that never answers the close must not hold the program.
      this.#clock.after(1_000, () => this.#socket.terminate());
    });
  }

  async #login(target: ControllerTarget, client: AgentVersion): Promise<void> {
    const params = {
      'auth-tag': `user-${target.user}`,
      credentials: target.password,
      nonce: '',
      macaroons: [],
      'user-data': '',
      'cli-args': '',
      'client-version': printVersion(client),
    };
    const login = await this.call('Admin', 3, 'Login', params, LOGIN);
    this.serverVersion = login['server-version'];
    this.#facades = new Map(login.facades.map(({ name, versions }) => [name, versions]));
  }

  #send(facade: string, version: number, method: string, params: unknown): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(ANSWER_WITHIN_MS, () => {
        this.#waiting.delete(id);
        reject(new ConnectionError(`${this.#address} did not answer ${facade}.${method}`));
      });
      this.#waiting.set(id, { resolve, reject, timer });
      const frame = { 'request-id': id, type: facade, version, request: method, params };
      this.#socket.send(JSON.stringify(frame), (error) => {
        if (error) this.#fail(`${this.#address}: ${error.message}`);
      });
    });
  }

  #receive(text: string): void {
    const reply = REPLY.safeParse(asJson(text));
    const waiting = reply.success && this.#waiting.get(reply.data['request-id']);
    if (!reply.success || !waiting) {
      this.#fail(`${this.#address} sent a frame that is no reply`);
      return;
    }
    this.#waiting.delete(reply.data['request-id']);
    waiting.timer.cancel();
    const { error, 'error-code': code = '', 'error-info': info } = reply.data;
    if (error === undefined) waiting.resolve(reply.data.response);
    else waiting.reject(new ControllerError(error, code, info?.problem));
  }

  #fail(why: string): void {
    for (const waiting of this.#waiting.values()) {
      waiting.timer.cancel();
      waiting.reject(new ConnectionError(why));
    }
    this.#waiting.clear();
  }
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
