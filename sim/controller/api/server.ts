/**
 * The controller on the wire: one TLS port for WebSocket RPC and plain HTTP (facts/juju-api 1.1, 1.2).
 * Frames are bounded, a client that does not read is cut off, and sockets whose peer vanished are
 * found by TCP keep-alive. While the controller's process is away every socket is dropped and new
 * ones get 503, which all clients retry (1.7).
 */
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Clock, WallClock } from '../../kernel/clock.ts';
import type { GapJournal } from '../../kernel/journal.ts';
import type { Secrets } from '../../kernel/secrets.ts';
import type { ControllerCore } from '../core/controller.ts';
import { ModelLogs } from '../core/log.ts';
import { Accounts, type AgentCredentials, type ControllerAccess } from './accounts.ts';
import { Annotations } from './annotations.ts';
import { Blocks } from './blocks.ts';
import { makeCertificates } from './certificates.ts';
import { ControllerConfig } from './controller-config.ts';
import { Discharger } from './discharger.ts';
import { Dispatcher } from './dispatch.ts';
import { DISPATCH, type WireEra } from './eras.ts';
import type { Host, Redirect, Session } from './facade.ts';
import { answerHttp, pathOf } from './http.ts';
import { requestAgent, requestUser } from './http-auth.ts';
import { Inbox } from './inbox.ts';
import { refuseLog, streamLog, takeLog } from './log-streams.ts';
import { LoginLimit } from './login-limit.ts';
import {
  errorReply,
  parseRequest,
  RpcError,
  type RpcReply,
  type RpcRequest,
  successReply,
} from './rpc.ts';
import { Watchers } from './watchers.ts';
import { asRpcError } from './wire-error.ts';

export interface ServeOptions {
  readonly core: ControllerCore;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly journal: GapJournal;
  readonly era: WireEra;
  /** Default `era`; `ideal` tells every refusal as a complete problem. */
  readonly text?: 'era' | 'ideal';
  /** 0 takes a free port. */
  readonly port: number;
  readonly host: string;
  /** The real date, for certificates; default is the clock's. */
  readonly today?: Date;
  /** Further names or addresses that clients may dial. */
  readonly alsoKnownAs?: readonly string[];
  /**
   * After how many real milliseconds without a Ping an agent's or an anonymous connection is closed;
   * the real one takes 180,000 (facts/juju-api 1.7). Default: never.
   */
  readonly idleMs?: number;
  /** Lets the conformance engine break replies on purpose. */
  readonly tap?: { reply?(request: RpcRequest, reply: RpcReply): RpcReply };
  /** Every request goes through here on its way to a handler: what moves a world's clock, say. */
  readonly around?: (handle: () => Promise<void>) => Promise<void>;
}

export interface ServedController {
  /** `host:port`. */
  readonly address: string;
  readonly caCert: string;
  readonly user: string;
  readonly password: string;
  readonly uuid: string;
  /** Requests that reached a handler since the start. */
  reached(): number;
  addUser(name: string, access: ControllerAccess): string;
  /** From now on logins on this model are sent to another controller. */
  redirect(modelUuid: string, to: Redirect): void;
  /** What the agent in this row of the machine table needs to log in. */
  agentCredentials(machine: number): AgentCredentials;
  close(): Promise<void>;
}

/** Largest frame taken, and most bytes that may wait for a client that does not read. */
const MOST_FRAME = 4 * 1024 * 1024;
const MOST_UNREAD = 64 * 1024 * 1024;
const MOST_CONNECTIONS = 20_000;
const KEEP_ALIVE_MS = 30_000;
const ADMIN = 'admin';
const API = /^(?:\/api|\/|\/model\/([^/]+)\/api)$/;
const LOG = /^\/model\/([^/]+)\/(log|logsink)$/;

/** Serves a controller core until closed. Rejects when the port cannot be had. */
export async function serveController(options: ServeOptions): Promise<ServedController> {
  const { core, secrets, era, around = (handle) => handle() } = options;
  const accounts = new Accounts(core, secrets);
  const password = accounts.addUser(ADMIN, 'superuser');
  const today = options.today ?? options.clock.date();
  const hosts = [options.host, ...(options.alsoKnownAs ?? [])];
  const { caCert, chain, key } = await makeCertificates(today, hosts);
  // Sockets and the validity of what is given to real clients go by real time.
  const wire = new WallClock();
  const config = new ControllerConfig();
  const host: Host = {
    core,
    accounts,
    blocks: new Blocks(),
    config,
    discharger: new Discharger(accounts, secrets, wire),
    logs: new ModelLogs(core),
    redirects: new Map(),
    logins: new LoginLimit(() => config.loginLimit(), options.clock),
    annotations: new Annotations(),
    constraints: new Map(),
    era,
    text: options.text ?? 'era',
    caCert,
    hostname: options.host,
    port: options.port,
    reached: 0,
  };

  const server = createServer({ cert: chain, key, minVersion: 'TLSv1.2' }, (request, response) => {
    response.on('error', () => response.destroy());
    around(() => answerHttp(host, request, response)).catch(() => response.destroy());
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.headersTimeout = KEEP_ALIVE_MS;
  server.on('connection', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS));
  server.on('tlsClientError', (_error, socket) => socket.destroy());

  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_FRAME });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const { pathname } = pathOf(request);
    const path = API.exec(pathname);
    // A client that comes anew and finds nobody has waited, too.
    around(async () => undefined).catch(() => undefined);
    if (core.life.state === 'down') return refuse(socket, '503 Service Unavailable');
    const log = LOG.exec(pathname);
    if (log) {
      sockets.handleUpgrade(request, socket, head, (ws) => {
        ws.on('error', () => ws.terminate());
        openLog(host, ws, request, { modelUuid: log[1]!, sink: log[2] === 'logsink' });
      });
      return;
    }
    if (!path) {
      options.journal.note({
        where: 'controller',
        what: `WebSocket ${pathname}`.slice(0, 120),
        answered: '404',
      });
      return refuse(socket, '404 Not Found');
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      // The address that the client dialled is the one it must be told (golden rule G8).
      const dialled = (socket as Duplex & { localAddress?: string }).localAddress ?? options.host;
      const connection = new Connection(host, options, ws, path[1], plain(dialled), wire);
      connections.add(connection);
      ws.on('close', () => connections.delete(connection));
      connection.start();
    });
  });
  const connections = new Set<Connection>();
  const sweep = (idleMs: number) => {
    for (const connection of connections) connection.closeIfIdle(wire.nowMs() - idleMs);
    wire.after(idleMs / 4, () => sweep(idleMs));
  };
  if (options.idleMs !== undefined) sweep(options.idleMs);
  const stopHearing = core.life.changes.add((state) => {
    if (state === 'down') for (const ws of sockets.clients) ws.terminate();
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  host.port = (server.address() as AddressInfo).port;
  const shown = options.host.includes(':') ? `[${options.host}]` : options.host;

  return {
    address: `${shown}:${host.port}`,
    caCert,
    user: ADMIN,
    password,
    uuid: core.uuid,
    reached: () => host.reached,
    redirect: (modelUuid, to) => void host.redirects.set(modelUuid, to),
    addUser: (name, access) => accounts.addUser(name, access),
    agentCredentials: (machine) => accounts.agentCredentials(machine),
    close: async () => {
      stopHearing();
      wire.stop();
      for (const ws of sockets.clients) ws.terminate();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** One WebSocket: frames in, replies out, in whatever order they are ready. */
class Connection {
  readonly #host: Host;
  readonly #options: ServeOptions;
  readonly #ws: WebSocket;
  readonly #session: Session;
  readonly #dispatcher: Dispatcher;
  readonly #inbox: Inbox;
  readonly #wire: Clock;
  /** When the last Ping came, or the connection. */
  #pingedMs: number;

  constructor(
    host: Host,
    options: ServeOptions,
    ws: WebSocket,
    modelUuid: string | undefined,
    address: string,
    wire: Clock,
  ) {
    this.#wire = wire;
    this.#pingedMs = wire.nowMs();
    this.#host = host;
    this.#options = options;
    this.#ws = ws;
    const token = host.era === '4.0' ? options.secrets.hex(8) : '';
    this.#session = {
      model: modelUuid === undefined ? undefined : host.core.model(modelUuid),
      watchers: new Watchers(host.era, token),
      tag: '',
      user: undefined,
      agent: -1,
      anonymous: false,
    };
    this.#dispatcher = new Dispatcher(host, this.#session, modelUuid, address);
    const { around = (handle) => handle() } = options;
    // An answer that cannot be written, as one of more text than a string holds, ends the connection.
    this.#inbox = new Inbox(ws, (request) => {
      around(() => this.#serve(request)).catch(() => ws.terminate());
    });
  }

  start(): void {
    const ws = this.#ws;
    ws.on('error', () => ws.terminate());
    ws.on('close', () => this.#closed());
    ws.on('message', (data, isBinary) => {
      const request = isBinary ? undefined : parseRequest(String(data));
      if (request) this.#inbox.push(request);
      else ws.close();
    });
  }

  /**
   * Closes the connection of an agent, or of nobody in particular, that has not pinged since then.
   * Users may be silent, and a controller's machine too (facts/juju-api 1.7).
   */
  closeIfIdle(sinceMs: number): void {
    const { agent, anonymous } = this.#session;
    const spared = agent >= 0 && this.#host.core.machines.isController(agent);
    const judged = anonymous || (agent >= 0 && !spared);
    if (judged && this.#pingedMs < sinceMs) this.#ws.terminate();
  }

  async #serve(request: RpcRequest): Promise<void> {
    if (request.facade === 'Pinger') this.#pingedMs = this.#wire.nowMs();
    const effect = this.#host.core.points.call.ask({
      facade: request.facade,
      method: request.method,
      caller: this.#session.tag,
    });
    if (effect?.kind === 'disconnect') {
      this.#ws.terminate();
      return;
    }
    if (effect?.kind === 'delay') {
      await new Promise<void>((resolve) => {
        this.#options.clock.after(effect.ms, resolve);
      });
    }
    const injected =
      effect?.kind === 'error' ? new RpcError(effect.message, effect.code) : undefined;
    this.#send(
      request,
      injected ? errorReply(request.requestId, injected) : await this.#reply(request),
    );
  }

  async #reply(request: RpcRequest): Promise<RpcReply> {
    try {
      return successReply(request.requestId, await this.#dispatcher.call(request));
    } catch (error) {
      const known = asRpcError(this.#host, error);
      return errorReply(request.requestId, known ?? new RpcError(`internal error: ${error}`));
    }
  }

  #send(request: RpcRequest, reply: RpcReply): void {
    const ws = this.#ws;
    if (ws.readyState !== ws.OPEN) return;
    if (ws.bufferedAmount > MOST_UNREAD) {
      ws.terminate();
      return;
    }
    const shown = this.#options.tap?.reply?.(request, reply) ?? reply;
    ws.send(JSON.stringify(shown), () => this.#inbox.drained());
  }

  #closed(): void {
    this.#session.watchers.stopAll();
    if (this.#session.agent >= 0) this.#host.core.setPresence(this.#session.agent, false);
  }
}

/** A log socket: whose it is decides what it does; who may not have it is told so and cut off. */
function openLog(
  host: Host,
  ws: WebSocket,
  request: IncomingMessage,
  { modelUuid, sink }: { modelUuid: string; sink: boolean },
): void {
  const model = host.core.model(modelUuid);
  if (!model) {
    refuseLog(ws, DISPATCH.unknownModel(modelUuid));
    return;
  }
  if (sink) {
    const agent = requestAgent(host, request, model);
    if (agent === undefined) refuseLog(ws, DISPATCH.badLogin());
    else takeLog(host, ws, model, agent);
    return;
  }
  const user = requestUser(host, request);
  if (user === undefined) refuseLog(ws, DISPATCH.badLogin());
  else if (!host.accounts.mayUse(user, model)) refuseLog(ws, DISPATCH.permission());
  else streamLog(host, ws, model, pathOf(request).query);
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** An IPv4 address that a dual-stack socket shows in its IPv6 form, as plain IPv4. */
function plain(address: string): string {
  return address.replace(/^::ffff:/, '');
}
