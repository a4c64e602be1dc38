/**
 * An agent's connection to its controller: JSON-RPC over a TLS WebSocket, and the plain HTTPS
 * download of agent binaries (facts/juju-api 1.2, 1.3, 6.1, 6.5). The WebSocket's certificate must
 * come from the controller's CA; the download's is not verified, as upstream: there the SHA-256 is
 * the only protection (facts/juju-versions-and-upgrades 4.2).
 */
import { Agent, get } from 'node:https';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { type ClientOptions, WebSocket } from 'ws';
import { z } from 'zod';

/** The controller answered a call with an error. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/** No answer: refused, reset, closed, or something that is no answer. */
export class LostError extends Error {
  override readonly name = 'LostError';
}

const REPLY = z.looseObject({
  'request-id': z.number(),
  response: z.unknown().optional(),
  error: z.string().optional(),
  'error-code': z.string().optional(),
});

const LOGIN = z.looseObject({
  facades: z.array(z.looseObject({ name: z.string(), versions: z.array(z.number()) })),
});

interface Waiting {
  readonly resolve: (response: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class AgentConnection {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  #facades: ReadonlyMap<string, readonly number[]> = new Map();
  #lastId = 0;

  private constructor(socket: WebSocket, onLost: () => void) {
    this.#socket = socket;
    socket.on('message', (data) => this.#receive(String(data)));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new LostError('connection closed'));
      this.#waiting.clear();
      onLost();
    });
  }

  /**
   * Opens a connection to one model, not yet logged in.
   * @param onLost called once when an open connection is gone
   * @throws LostError when there is none to be had
   */
  static async open(
    target: { readonly address: string; readonly caCert: string },
    modelUuid: string,
    onLost: () => void,
  ): Promise<AgentConnection> {
    // `ws` hands what it does not know to `tls.connect`; its types do not say so.
    const tls: ClientOptions & TlsOptions = { ca: target.caCert, servername: 'juju-apiserver' };
    const socket = new WebSocket(`wss://${target.address}/model/${modelUuid}/api`, tls);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', (error) => reject(new LostError(error.message)));
    });
    return new AgentConnection(socket, onLost);
  }

  /** `Admin.Login`, after which the facades that the controller announced can be called. */
  async login(params: unknown): Promise<void> {
    const { facades } = await this.#send('Admin', 3, 'Login', params, LOGIN, '');
    this.#facades = new Map(facades.map(({ name, versions }) => [name, versions]));
  }

  /**
   * One call, at the facade's highest announced version; the answer must have the shape given.
   * @throws CallError for an error answer, LostError when no answer comes or it is of another shape
   */
  async call<T>(
    facade: string,
    request: string,
    params: unknown,
    shape: z.ZodType<T>,
    id = '',
  ): Promise<T> {
    const version = Math.max(0, ...(this.#facades.get(facade) ?? []));
    return await this.#send(facade, version, request, params, shape, id);
  }

  async #send<T>(
    facade: string,
    version: number,
    request: string,
    params: unknown,
    shape: z.ZodType<T>,
    id: string,
  ): Promise<T> {
    const requestId = ++this.#lastId;
    const response = await new Promise<unknown>((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) {
        reject(new LostError('not connected'));
        return;
      }
      this.#waiting.set(requestId, { resolve, reject });
      const envelope = { 'request-id': requestId, type: facade, version, request, params };
      this.#socket.send(JSON.stringify(id === '' ? envelope : { ...envelope, id }));
    });
    const read = shape.safeParse(response);
    if (!read.success) throw new LostError(`${facade}.${request} answered in another shape`);
    return read.data;
  }

  close(): void {
    this.#socket.terminate();
  }

  #receive(text: string): void {
    let given: unknown;
    try {
      given = JSON.parse(text);
    } catch {
      given = undefined;
    }
    const reply = REPLY.safeParse(given);
    if (!reply.success) {
      this.#socket.terminate();
      return;
    }
    const waiting = this.#waiting.get(reply.data['request-id']);
    this.#waiting.delete(reply.data['request-id']);
    const { error, response } = reply.data;
    if (error === undefined || error === '') waiting?.resolve(response ?? {});
    else waiting?.reject(new CallError(error, reply.data['error-code'] ?? ''));
  }
}

/** Largest agent binary taken, in bytes. */
const MOST_BYTES = 512 * 1024 * 1024;

const UNVERIFIED = new Agent({ rejectUnauthorized: false });

/**
 * GET of an agent binary, whole.
 * @throws CallError for any status but 200, LostError when the transfer breaks off
 */
export async function fetchBinary(url: string): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    const lost = (error: Error) => reject(new LostError(error.message));
    get(url, { agent: UNVERIFIED }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.byteLength;
        if (size > MOST_BYTES) response.destroy(new Error('too many bytes'));
      });
      response.on('error', lost);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks));
        else reject(new CallError(`bad HTTP response: ${response.statusCode}`, ''));
      });
    }).on('error', lost);
  });
}
