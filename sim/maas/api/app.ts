/**
 * The shell: one hono application that takes requests apart, checks who is asking, finds the action
 * in the route table and puts its answer on the wire, in the order in which the real one does these
 * things (facts/maas-api 1, 2.2, 7, 8). Faults come in at one point, after routing and before
 * authentication. Whatever the shell does not know is answered as the real one would, and noted in
 * the gap journal.
 */
import { Hono } from 'hono';
import type { Clock } from '../../kernel/clock.ts';
import type { GapJournal } from '../../kernel/journal.ts';
import type { MaasCore } from '../core/core.ts';
import type { User } from '../core/objects.ts';
import { Refusal } from '../core/refusal.ts';
import { createMetadata, METADATA_ROOT } from '../metadata/service.ts';
import type { MaasRequest, MaasRequestEffect } from '../points.ts';
import { type Answer, HTML_TYPE, refusalAnswer, text } from './answers.ts';
import { type Body, MAX_BODY_BYTES, parseBody, parseUrlEncoded, readBody } from './body.ts';
import { API_HASH, describeText } from './describe.ts';
import { loginAnswer } from './login.ts';
import { type Authentication, OAuth } from './oauth.ts';
import { Params } from './params.ts';
import { Renderer } from './render/renderer.ts';
import { reshaped } from './reshape.ts';
import { RESOURCES } from './resources.ts';
import {
  type Action,
  type AnonymousAction,
  API_ROOT,
  type Call,
  type Handler,
  type Resource,
} from './routes.ts';

/** What @hono/node-server gives beside the request; absent in-process. */
interface Bindings {
  readonly incoming?: { readonly socket: { destroy(): void; destroySoon(): void } };
}

/** Counts what got how far, so that a fuzzer can show that it reached the handlers. */
export interface ShellCounters {
  requests: number;
  /** Requests whose handler was run, whatever it answered. */
  handled: number;
}

export interface MaasShell {
  /** @throws TypeError where a fault drops the connection and there is no socket to drop */
  readonly fetch: (request: Request, bindings?: Bindings) => Promise<Response>;
  readonly counters: ShellCounters;
}

export interface ShellOptions {
  readonly core: MaasCore;
  readonly journal: GapJournal;
  /** The clock of the real world, for OAuth timestamps and the `Date` header. */
  readonly requestClock: Clock;
}

export function createShell({ core, journal, requestClock }: ShellOptions): MaasShell {
  const counters: ShellCounters = { requests: 0, handled: 0 };
  const oauth = new OAuth(core, requestClock);
  const renderer = new Renderer(core);
  const routes = RESOURCES.map((resource) => ({ resource, match: matcher(core, resource) }));
  const metadata = createMetadata({ core, journal, oauth });
  const dropped = new WeakSet<Request>();
  const app = new Hono<{ Bindings: Bindings }>();

  const dispatch = async (request: Request, path: string, url: URL): Promise<Outcome> => {
    const route = findRoute(routes, path);
    const query = parseUrlEncoded(url.search);
    // A GET has no body; merely to look for one costs more than all else about the request.
    const bytes = request.method === 'GET' ? EMPTY : await readBody(request);
    if (!bytes) {
      return { answer: text(`Request body is larger than ${MAX_BODY_BYTES} bytes.`, 413) };
    }
    const parsed = attempt(() => parseBody(request.headers.get('content-type') ?? '', bytes));
    const op = route?.op ?? (query.text('op') || parsed.value?.form.text('op')) ?? '';
    const asked: MaasRequest = {
      method: request.method,
      path: path.slice(API_ROOT.length),
      op: op === '' ? undefined : op,
      authorizations: countAuthorizations(request.headers.get('authorization')),
    };
    const effect = core.points.request.ask(asked);
    const replaced = effect?.kind === 'respond' ? effect : undefined;
    if (replaced && !replaced.afterEffect) return { answer: replacement(replaced) };
    if (effect?.kind === 'drop') return { answer: text(''), effect };
    if (effect?.kind === 'delay') {
      const ms = effect.ms + (effect.msPerMachine ?? 0) * core.machines.length;
      await new Promise<void>((resolve) => core.clock.after(ms, resolve));
    }
    if (effect?.kind === 'forget') {
      query.forget(effect.parameters);
      parsed.value?.form.forget(effect.parameters);
    }
    const answer = route
      ? answerOf(request, route, asked, query, parsed)
      : unknownPath(request.method, path);
    if (replaced) return { answer: replacement(replaced) };
    if (effect?.kind === 'reshape') return { answer: await reshaped(answer, effect) };
    return effect ? { answer, effect } : { answer };
  };

  const unknownPath = (method: string, path: string): Answer => {
    const body = `Unknown API endpoint: ${path}.`;
    journal.note({ where: 'maas', what: `${method} ${path}`, answered: `404 ${body}` });
    return text(body, 404);
  };

  const answerOf = (
    request: Request,
    route: Route,
    asked: MaasRequest,
    query: Params,
    parsed: Attempt<Body>,
  ): Answer => {
    const form = parsed.value?.form ?? new Params();
    // What nobody needs to log in for is never refused: a wrong key on version/ is not looked at, so
    // that gomaasapi learns of it from whoami and can say what is wrong (gomaasapi checkCreds).
    const who: Authentication = route.resource.auth
      ? oauth.authenticate(request.headers.get('authorization'), query, form, asked)
      : { kind: 'anonymous' };
    if (who.kind === 'refused') {
      return {
        status: 401,
        contentType: HTML_TYPE,
        headers: { 'WWW-Authenticate': 'OAuth realm="OAuth"' },
        body: who.text,
      };
    }
    if (who.kind === 'malformed') return text(who.text, core.features.badOauthIs400 ? 400 : 500);
    if (parsed.refusal) return refusalAnswer(parsed.refusal);
    const reads = asked.method === 'GET' || asked.method === 'DELETE';
    const call: Call = {
      core,
      render: renderer,
      path: route.path,
      params: reads ? query : form,
      query,
      files: parsed.value?.files ?? [],
      raw: parsed.value?.raw ?? new Uint8Array(),
    };
    const user = who.kind === 'user' ? who.user : undefined;
    if (route.resource.adminOnly && !user?.isSuperuser) {
      return text('User is not allowed access to this API.', 403);
    }
    return runAction(route.resource, asked, call, user);
  };

  const runAction = (
    { auth, anon }: Resource,
    asked: MaasRequest,
    call: Call,
    user: User | undefined,
  ): Answer => {
    // Without a user the anonymous half serves those methods that it has (facts/maas-api 2.2).
    if (auth && user) {
      const action = findAction(auth, asked, journal);
      if ('status' in action) return action;
      if (action.admin && !user.isSuperuser) {
        return text('This method is reserved for admin users.', 403);
      }
      return handled(() => action.run({ ...call, user }), asked);
    }
    if (anon && (!auth || anon.actions.some((action) => action.method === asked.method))) {
      const action = findAction(anon, asked, journal);
      return 'status' in action ? action : handled(() => action.run(call), asked);
    }
    return text('Forbidden', 401);
  };

  const handled = (run: () => Answer, asked: MaasRequest): Answer => {
    counters.handled++;
    const { value, refusal: refused } = attempt(run);
    const answer = refused ? refusalAnswer(refused) : value!;
    if (answer.status === 410) {
      journal.note({ where: 'maas', what: `${asked.method} ${asked.path}`, answered: '410' });
    }
    const own = !refused || refused.kind === 'not-found';
    return own ? withHandlerHeaders(answer) : answer;
  };

  app.all(`${API_ROOT}describe/`, (context) => {
    const url = new URL(context.req.url);
    const forwarded = context.req.header('x-forwarded-host');
    const host = forwarded ?? context.req.header('host') ?? url.host;
    const scheme = context.req.header('x-forwarded-proto') ?? url.protocol.slice(0, -1);
    return respond(
      {
        status: 200,
        // Exactly so, without charset: the CLI compares the whole value (facts/maas-api 0.9).
        contentType: 'application/json',
        headers: HANDLER_HEADERS,
        body: describeText(`${scheme}://${host}`),
      },
      context.req.raw,
      oauth,
    );
  });
  app.all('/MAAS/api/1.0/*', (context) =>
    respond(
      text('The 1.0 API is no longer available. Please use API version 2.0.', 410),
      context.req.raw,
      oauth,
    ),
  );
  app.all('/MAAS/accounts/:page/', async (context, next) => {
    const request = context.req.raw;
    const bytes = await readBody(request);
    if (!bytes) return respond(text('Request body is too large.', 413), request, oauth);
    const { form } = parseBody(request.headers.get('content-type') ?? '', bytes);
    const answer = loginAnswer(core, context.req.param('page'), request.method, form);
    return answer ? respond(answer, request, oauth) : next();
  });
  app.all(`${METADATA_ROOT}*`, async (context) =>
    respond(await metadata(context.req.raw), context.req.raw, oauth),
  );
  app.get('/MAAS/api/version/', (context) => respond(text('2.0'), context.req.raw, oauth));
  app.all(`${API_ROOT}*`, async (context) => {
    const request = context.req.raw;
    const url = new URL(request.url);
    const { answer, effect } = await dispatch(request, decoded(url.pathname), url);
    if (effect?.kind === 'drop') {
      dropped.add(request);
      context.env?.incoming?.socket.destroy();
    }
    if (effect?.kind !== 'truncate') return respond(answer, request, oauth);
    const socket = context.env?.incoming?.socket;
    const breakOff = socket && (() => socket.destroySoon());
    return respond(answer, request, oauth, { bytes: effect.bytes, breakOff });
  });
  app.notFound((context) => {
    const { pathname } = new URL(context.req.url);
    journal.note({ where: 'maas', what: `${context.req.method} ${pathname}`, answered: '404' });
    return respond(
      { status: 404, contentType: HTML_TYPE, body: NOT_FOUND },
      context.req.raw,
      oauth,
    );
  });
  app.onError((error, context) => {
    // A refusal thrown while a request was taken apart is still a refusal; all else is our fault.
    const answer = error instanceof Refusal ? refusalAnswer(error) : text(String(error), 500);
    if (answer.status === 500) {
      const { pathname } = new URL(context.req.url);
      journal.note({
        where: 'maas',
        what: `${context.req.method} ${pathname}`,
        answered: `500 ${core.secrets.redact(String(error))}`,
      });
    }
    return respond(answer, context.req.raw, oauth);
  });

  return {
    counters,
    fetch: async (request, bindings) => {
      counters.requests++;
      const response = await app.fetch(request, bindings ?? {});
      if (dropped.has(request) && !bindings?.incoming) {
        throw new TypeError('fetch failed: the connection was dropped');
      }
      return response;
    },
  };
}

interface Outcome {
  readonly answer: Answer;
  readonly effect?: MaasRequestEffect;
}

interface Route {
  readonly resource: Resource;
  readonly path: Readonly<Record<string, string>>;
  /** From an `op-…` path segment. */
  readonly op: string | undefined;
}

type Matcher = (path: string) => Omit<Route, 'resource'> | undefined;

/** Paths are matched whole: a missing or an extra slash is another path (facts/maas-api 0.5). */
function matcher(core: MaasCore, { path }: Resource): Matcher {
  const names: string[] = [];
  const source = (API_ROOT + path)
    .replaceAll('.', '\\.')
    .replace(/\{(\w+)(\*?)\}/g, (_, name: string, deep: string) => {
      names.push(name);
      return deep ? '(.+?)' : '([^/]+)';
    });
  const opSegment = core.features.opInPath && path.endsWith('/') ? '(?:op-([^/]+))?' : '()';
  const pattern = new RegExp(`^${source}${opSegment}$`);
  return (text) => {
    const found = pattern.exec(text);
    if (!found) return undefined;
    return {
      path: Object.fromEntries(names.map((name, i) => [name, found[i + 1]!])),
      op: found[names.length + 1] || undefined,
    };
  };
}

function findRoute(
  routes: readonly { resource: Resource; match: Matcher }[],
  path: string,
): Route | undefined {
  for (const { resource, match } of routes) {
    const found = match(path);
    if (found) return { resource, ...found };
  }
  return undefined;
}

/** The action of a method and op, or the answer that there is none (facts/maas-api 7). */
function findAction<A extends Action | AnonymousAction>(
  handler: Handler<A>,
  asked: MaasRequest,
  journal: GapJournal,
): A | Answer {
  const methods = [...new Set(handler.actions.map((action) => action.method))];
  if (!methods.some((method) => method === asked.method)) {
    journal.note({ where: 'maas', what: `${asked.method} ${asked.path}`, answered: '405' });
    return { status: 405, headers: { Allow: methods.sort().join(', ') }, body: null };
  }
  const found = handler.actions.find(
    (action) => action.method === asked.method && action.op === (asked.op ?? null),
  );
  if (found) return found;
  const body = `Unrecognised signature: method=${asked.method} op=${asked.op ?? 'None'}`;
  journal.note({ where: 'maas', what: `${asked.method} ${asked.path}`, answered: `400 ${body}` });
  return text(body, 400);
}

interface Attempt<T> {
  readonly value?: T;
  readonly refusal?: Refusal;
}

function attempt<T>(run: () => T): Attempt<T> {
  try {
    return { value: run() };
  } catch (error) {
    if (error instanceof Refusal) return { refusal: error };
    throw error;
  }
}

const HANDLER_HEADERS = { 'X-MAAS-API-Hash': API_HASH, Vary: 'Authorization, Cookie' };

function withHandlerHeaders(answer: Answer): Answer {
  return { ...answer, headers: { ...HANDLER_HEADERS, ...answer.headers } };
}

function replacement(effect: MaasRequestEffect & { kind: 'respond' }): Answer {
  const { status, contentType, headers, body } = effect;
  return headers ? { status, contentType, headers, body } : { status, contentType, body };
}

/** HTTP joins repeated headers by a comma, which no OAuth value holds unescaped before a scheme. */
function countAuthorizations(header: string | null): number {
  return header === null ? 0 : header.split(/,\s*(?=OAuth\s)/i).length;
}

const EMPTY = new Uint8Array();

const NOT_FOUND = '<!doctype html><title>404</title><p>No such page.';

/** Where an answer breaks off, and how, when there is a socket. */
interface Cut {
  readonly bytes: number;
  readonly breakOff: (() => void) | undefined;
}

function respond(answer: Answer, request: Request, oauth: OAuth, cut?: Cut): Response {
  const asked = { method: request.method, path: '', op: undefined, authorizations: 0 };
  // A plain record: the server writes it out as it is, where a Headers object is taken apart again.
  const headers: Record<string, string> = {
    'MAAS-trace-id': request.headers.get('maas-trace-id') ?? 'none',
    'X-Frame-Options': 'SAMEORIGIN',
    Date: new Date(oauth.now(asked)).toUTCString(),
    ...answer.headers,
  };
  if (answer.contentType) headers['Content-Type'] = answer.contentType;
  const { body } = answer;
  if (body !== null && !(body instanceof ReadableStream)) {
    headers['Content-Length'] = String(Buffer.byteLength(body));
  }
  const sent = cut && body !== null ? cutOff(body, cut) : body;
  return new Response(sent, { status: answer.status, headers });
}

/**
 * The first `bytes` bytes, and then the connection breaks off: by the socket where there is one
 * (after what was written has gone out), else by an error of the stream.
 */
function cutOff(body: Exclude<Answer['body'], null>, { bytes, breakOff }: Cut) {
  const reader = new Response(body).body!.getReader();
  let left = bytes;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await reader.read();
      if (value && left > 0) controller.enqueue(value.subarray(0, left));
      left -= value?.byteLength ?? 0;
      if (left > 0 && !done) return;
      await reader.cancel();
      if (!breakOff) {
        controller.error(new Error('the answer was cut off'));
        return;
      }
      controller.close();
      breakOff();
    },
  });
}

/** The path with percent escapes undone; a malformed one stays as it is. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
