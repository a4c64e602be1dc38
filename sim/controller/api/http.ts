/**
 * The plain HTTP side of the controller's port: `/health`, and the agent binaries' download (no
 * login, as upstream) and upload (facts/juju-api 1.2, 1.6, 6.5; facts/juju-versions-and-upgrades 5.5
 * and 8.3 for the texts). Bodies are bounded, unknown paths are 404 and noted.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AgentBinary, parseBinary, printBinary, VersionError } from '../../versions/number.ts';
import { type Model, streamOf } from '../core/model.ts';
import { answerAuth } from './auth-http.ts';
import type { Host } from './facade.ts';
import { requestUser } from './http-auth.ts';

/** Largest agent binary that may be uploaded, in bytes. */
const MOST_UPLOAD = 256 * 1024 * 1024;
/** Largest login form or discharge request. */
const MOST_FORM = 64 * 1024;
const TAR_GZ = 'application/x-tar-gz';
const TOOLS = /^(?:\/model\/([0-9a-f-]{36}))?\/tools(?:\/([^/]*))?$/;

/** A failure as HTTP tells it: status, message and code. */
class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, message: string, code = '') {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Answers one request that is no WebSocket upgrade. */
export async function answerHttp(
  host: Host,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await answer(host, request, response);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    const { status, message, code } = error;
    if (status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="juju"');
    send(response, status, 'application/json', JSON.stringify({ error: { message, code } }));
  }
}

/** Path and query as sent. Not by `URL`, which throws on what a client may well send, such as `//`. */
export function pathOf(request: IncomingMessage): { pathname: string; query: URLSearchParams } {
  const [pathname = '/', ...rest] = (request.url ?? '/').split('?');
  return { pathname, query: new URLSearchParams(rest.join('?')) };
}

async function answer(
  host: Host,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, query } = pathOf(request);
  if (pathname === '/health') {
    const up = host.core.life.state !== 'down';
    send(response, up ? 200 : 503, 'text/plain', up ? 'running\n' : 'stopping\n');
    return;
  }
  if (host.core.life.state === 'down') {
    send(response, 503, 'text/plain', 'shutting down\n');
    return;
  }
  if (pathname.startsWith('/auth/')) {
    const sent = await body(request, MOST_FORM);
    if (!sent) throw new HttpError(413, 'request too large', 'bad request');
    const text = Buffer.from(sent).toString('utf8');
    const method = request.method ?? 'GET';
    const given = answerAuth(host.discharger, {
      method,
      path: pathname,
      query: query.toString(),
      body: text,
    });
    if (given) {
      send(response, given.status, 'application/json', JSON.stringify(given.body));
      return;
    }
  }
  const tools = TOOLS.exec(pathname);
  if (!tools) {
    host.core.journal.note({
      where: 'controller',
      what: `${request.method} ${pathname}`.slice(0, 120),
      answered: '404',
    });
    send(response, 404, 'text/plain', '404 page not found\n');
    return;
  }
  const model = tools[1] === undefined ? host.core.controllerModel : host.core.model(tools[1]);
  if (!model) {
    throw new HttpError(404, `unknown model: "${tools[1]}"`, 'model not found');
  }
  if (request.method === 'GET') {
    download(host, response, model, unescaped(tools[2] ?? ''));
  } else if (request.method === 'POST' && !tools[2]) {
    await upload(host, request, response, model, query.get('binaryVersion') ?? '');
  } else {
    throw new HttpError(405, `unsupported method: "${request.method}"`, 'method not allowed');
  }
}

function download(host: Host, response: ServerResponse, model: Model, name: string): void {
  const { core, era } = host;
  const binary = tryParseBinary(name);
  if (!binary) {
    throw new HttpError(400, `error parsing version: invalid binary version "${name}"`);
  }
  const effect = core.points.download.ask({ machine: -1, binary });
  if (effect?.kind === 'status') throw new HttpError(effect.status, 'injected');
  const got =
    effect?.kind === 'missing'
      ? ({ ok: false, refusal: 'missing', looked: [] } as const)
      : core.cache.get(streamOf(model), binary.number, binary.release, binary.arch);
  if (!got.ok) {
    const missing = got.refusal === 'missing';
    if (missing && era === '4.0') {
      const text = `getting agent binary stream from external agent binary store for ver ${name}: not found`;
      throw new HttpError(404, text, 'not found');
    }
    const reasons = {
      missing: 'error fetching agent binaries: no matching agent binaries available',
      unreadable: 'error fetching agent binaries: bad HTTP response: 404 Not Found',
      size: `error fetching agent binaries: size mismatch for ${name}`,
      digest: `error fetching agent binaries: hash mismatch for ${name}`,
    };
    throw new HttpError(400, reasons[got.refusal], 'bad request');
  }
  let { bytes } = got.entry;
  if (effect?.kind === 'corrupt') {
    bytes = Uint8Array.from(bytes);
    bytes[bytes.length >> 1]! ^= 0xff;
  }
  response.writeHead(200, { 'Content-Type': TAR_GZ, 'Content-Length': bytes.byteLength });
  if (effect?.kind !== 'truncate') {
    response.end(bytes);
    return;
  }
  // A body shorter than promised: the connection breaks off in the middle.
  response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
}

async function upload(
  host: Host,
  request: IncomingMessage,
  response: ServerResponse,
  model: Model,
  name: string,
): Promise<void> {
  const user = requestUser(host, request);
  if (user === undefined) {
    throw new HttpError(401, 'invalid entity name or password', 'unauthorized access');
  }
  if (!host.accounts.mayUse(user, model, 'admin')) {
    throw new HttpError(401, 'permission denied', 'unauthorized access');
  }
  if (name === '') throw new HttpError(400, 'expected binaryVersion argument', 'bad request');
  const binary = tryParseBinary(name);
  if (!binary) {
    const what =
      host.era === '4.0' ? 'invalid agent binary version' : 'invalid agent binaries version';
    const cause = `invalid binary version "${name}"`;
    throw new HttpError(400, `${what} "${name}": ${cause}`, 'bad request');
  }
  const type = request.headers['content-type'] ?? '';
  if (type !== TAR_GZ) {
    throw new HttpError(400, `expected Content-Type: ${TAR_GZ}, got: ${type}`, 'bad request');
  }
  const bytes = await body(request);
  if (!bytes) throw new HttpError(413, 'agent binaries too large', 'bad request');
  if (bytes.byteLength === 0) throw new HttpError(400, 'no agent binaries uploaded', 'bad request');
  const { size, sha256 } = host.core.cache.put(binary, binary.release, bytes);
  const url = `https://${host.hostname}:${host.port}/model/${model.uuid}/tools/${printBinary(binary)}`;
  const tools = [{ version: printBinary(binary), url, sha256, size }];
  send(response, 200, 'application/json', JSON.stringify({ tools }));
}

/** A request's body, or undefined when it is larger than allowed. */
async function body(request: IncomingMessage, most = MOST_UPLOAD): Promise<Uint8Array | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.byteLength;
    if (size > most) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function tryParseBinary(name: string): AgentBinary | undefined {
  try {
    return parseBinary(name);
  } catch (error) {
    if (error instanceof VersionError) return undefined;
    throw error;
  }
}

function unescaped(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}
