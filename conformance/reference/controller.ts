/**
 * The suite's own controller client: one TLS WebSocket, raw JSON in and out. It asks what
 * libraries do not show: the keys of a reply, codes beside texts, how a connection ends. Of the
 * agents' side it downloads an agent binary as an agent does. It needs an address, a CA, a user
 * and a password, so it can be pointed at a real controller.
 */
import { createHash } from 'node:crypto';
import { request as httpsRequest } from 'node:https';
import { connect as tlsConnect } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import WebSocket from 'ws';
import type { Target } from '../types.ts';
import type { Take } from './steps.ts';

type Controller = NonNullable<Target['controller']>;
type Json = Record<string, unknown>;

const SERVER_NAME = 'juju-apiserver';
const PATIENCE_MS = 5_000;
const NOWHERE = '00000000-0000-4000-8000-000000000000';

/** One raw connection. Replies are matched by request id; the caller closes. */
export class RawConnection {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<unknown, (reply: Json) => void>();
  #lastId = 0;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((done) => socket.once('close', (code) => done(code)));
    socket.on('message', (data) => {
      const reply = JSON.parse(String(data)) as Json;
      this.#waiting.get(reply['request-id'])?.(reply);
    });
  }

  static async open(target: Controller, path = '/api'): Promise<RawConnection> {
    // ws hands these to tls.connect, though its types leave `servername` out.
    const options: WebSocket.ClientOptions & { servername: string } = {
      ca: target.caCert,
      servername: SERVER_NAME,
      handshakeTimeout: PATIENCE_MS,
    };
    const socket = new WebSocket(`wss://${target.address}${path}`, options);
    const connection = new RawConnection(socket);
    await new Promise<void>((open, fail) => {
      socket.once('open', open);
      socket.once('error', fail);
    });
    return connection;
  }

  /** Sends a request as it stands, with the next id under `idKey`, and gives the whole reply. */
  async call(message: Json, idKey = 'request-id'): Promise<Json> {
    const id = ++this.#lastId;
    const reply = new Promise<Json>((done, fail) => {
      this.#waiting.set(id, done);
      setTimeout(() => fail(new Error('no answer')), PATIENCE_MS).unref();
    });
    this.send(JSON.stringify({ [idKey]: id, ...message }));
    return reply;
  }

  async login(target: Controller): Promise<Json> {
    return this.call({
      type: 'Admin',
      version: 3,
      request: 'Login',
      params: {
        'auth-tag': `user-${target.user}`,
        credentials: target.password,
        'client-version': '3.6.11',
      },
    });
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  close(): void {
    this.#socket.close(1000);
  }
}

/** Takes every step of the raw controller client; each value is what came, verbatim. */
export async function controllerSteps(target: Target, take: Take): Promise<void> {
  const controller = target.controller;
  if (!controller) return;
  const withConnection = async (path: string, work: (c: RawConnection) => Promise<unknown>) => {
    const connection = await RawConnection.open(controller, path);
    try {
      return await work(connection);
    } finally {
      connection.close();
    }
  };
  let modelUuid = '';
  let versions: Record<string, number> = {};

  await take('raw-tls', () => certificateOf(controller));
  await take('raw-health', () => httpGet(controller, '/health').then(asText));
  await take('raw-login', () =>
    withConnection('/api', async (connection) => {
      const reply = await connection.login(controller);
      versions = facadeVersions(reply);
      const listed = await connection.call({
        type: 'ModelManager',
        version: versions.ModelManager ?? 0,
        request: 'ListModels',
        params: { tag: `user-${controller.user}` },
      });
      modelUuid = hostedModel(listed);
      return reply;
    }),
  );
  await take('raw-error', () =>
    withConnection('/api', async (connection) => {
      await connection.login(controller);
      return connection.call({ type: 'NoSuchFacade', version: 1, request: 'Do', params: {} });
    }),
  );
  await take('raw-wrong-password', () =>
    withConnection('/api', (connection) => connection.login({ ...controller, password: 'wrong' })),
  );
  await take('raw-case', () =>
    withConnection('/api', async (connection) => {
      await connection.login(controller);
      return connection.call({ Type: 'Pinger', Version: 1, Request: 'Ping' }, 'Request-Id');
    }),
  );
  await take('raw-no-params', () =>
    withConnection('/api', async (connection) => {
      await connection.login(controller);
      return connection.call({ type: 'Pinger', version: 1, request: 'Ping' });
    }),
  );
  await take('raw-malformed', () =>
    withConnection('/api', async (connection) => {
      connection.send('{"request-id": 1, oops');
      return { closed: await soon(connection.closed) };
    }),
  );
  await take('raw-unknown-model', () =>
    withConnection(`/model/${NOWHERE}/api`, (connection) => connection.login(controller)),
  );
  await take('raw-model-login', () =>
    withConnection(`/model/${modelUuid}/api`, async (connection) => {
      const reply = (await connection.login(controller)) as { response?: Json };
      return { asked: modelUuid, tag: reply.response?.['model-tag'] };
    }),
  );
  await take('agent-download', async () => {
    const binary = `${await modelVersion(withConnection, controller, modelUuid)}-ubuntu-amd64`;
    return { binary, ...asFile(await httpGet(controller, `/model/${modelUuid}/tools/${binary}`)) };
  });
  await take('agent-download-missing', () =>
    httpGet(controller, `/model/${modelUuid}/tools/9.9.9-ubuntu-amd64`).then(asText),
  );
  await take('agent-download-malformed', () =>
    httpGet(controller, `/model/${modelUuid}/tools/not-a-version`).then(asText),
  );
}

async function modelVersion(
  withConnection: (path: string, work: (c: RawConnection) => Promise<unknown>) => Promise<unknown>,
  controller: Controller,
  uuid: string,
): Promise<string> {
  const reply = (await withConnection(`/model/${uuid}/api`, async (connection) => {
    const offered = facadeVersions(await connection.login(controller));
    const version = offered.ModelConfig ?? 0;
    return connection.call({ type: 'ModelConfig', version, request: 'ModelGet', params: {} });
  })) as { response?: { config?: { 'agent-version'?: { value?: string } } } };
  return reply.response?.config?.['agent-version']?.value ?? '0.0.0';
}

function facadeVersions(login: Json): Record<string, number> {
  const { facades = [] } = (login.response ?? {}) as {
    facades?: { name: string; versions: number[] }[];
  };
  return Object.fromEntries(facades.map((one) => [one.name, Math.max(...one.versions)]));
}

function hostedModel(listed: Json): string {
  const models = (
    listed.response as { 'user-models'?: { model: { name: string; uuid: string } }[] }
  )?.['user-models'];
  return models?.find((one) => one.model.name !== 'controller')?.model.uuid ?? '';
}

interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** As an agent downloads: no login, certificate not verified (facts/juju-api 1.1, 6.5). */
function httpGet(controller: Controller, path: string): Promise<HttpAnswer> {
  return new Promise((done, fail) => {
    const url = `https://${controller.address}${path}`;
    const request = httpsRequest(url, { rejectUnauthorized: false, agent: false }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.once('end', () =>
        done({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: Buffer.concat(parts),
        }),
      );
      answer.once('error', fail);
    });
    request.setTimeout(PATIENCE_MS, () => request.destroy(new Error('no answer')));
    request.once('error', fail);
    request.end();
  });
}

function asText(answer: HttpAnswer): unknown {
  return { status: answer.status, headers: answer.headers, body: answer.body.toString('utf8') };
}

function asFile(answer: HttpAnswer): Json {
  let unpackedBytes = 0;
  try {
    unpackedBytes = gunzipSync(answer.body).byteLength;
  } catch {
    // Not gzip: stays 0, and the judge says so.
  }
  return {
    status: answer.status,
    headers: answer.headers,
    size: answer.body.byteLength,
    sha256: createHash('sha256').update(answer.body).digest('hex'),
    unpackedBytes,
  };
}

function certificateOf(controller: Controller): Promise<Json> {
  const [host, port] = controller.address.split(/:(?=\d+$)/);
  return new Promise((done, fail) => {
    const socket = tlsConnect(
      { host: host!, port: Number(port), ca: controller.caCert, servername: SERVER_NAME },
      () => {
        const { subjectaltname } = socket.getPeerCertificate();
        done({ names: subjectaltname, protocol: socket.getProtocol(), trusted: socket.authorized });
        socket.end();
      },
    );
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('no answer')));
    socket.once('error', fail);
  });
}

function soon(closed: Promise<number>): Promise<number | undefined> {
  return Promise.race([
    closed,
    new Promise<undefined>((done) => setTimeout(() => done(undefined), PATIENCE_MS).unref()),
  ]);
}
