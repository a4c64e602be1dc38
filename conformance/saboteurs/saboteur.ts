/**
 * A saboteur is a small break of a service, put between the wire and the fake, that at least one
 * requirement must notice (design 3.10). Here is what a saboteur is and the few ways to make one;
 * the saboteurs themselves stand in the sibling files, one file a service.
 */
import type { Target } from '../types.ts';
import type { FetchHandler, RpcMessage, WorldHooks } from '../world.ts';

export interface Saboteur {
  readonly id: string;
  /** What it breaks, in a few words. */
  readonly does: string;
  /**
   * `service`: it stands behind the recorder and breaks answers. `client`: it stands before the
   * recorder and breaks what the client sent, as a defective client would.
   */
  readonly side: 'service' | 'client';
  /** Made anew for each run, because some remember what they saw. */
  hooks(): WorldHooks;
  /** Puts something else in the place of the target; what it returns is closed after the run. */
  readonly target?: (target: Target) => Promise<{ target: Target; close: () => void }>;
}

/** Any JSON value, as loosely as a saboteur needs it. */
// biome-ignore lint/suspicious/noExplicitAny: a saboteur reaches into any answer's shape
export type Json = any;

/** `method`, a pattern for the path below `/MAAS/api/2.0/`, and the op (`''` for none, absent for any). */
export interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly op?: string;
}

export function matches(route: Route, request: Request): boolean {
  const url = new URL(request.url);
  const path = url.pathname.replace(/^.*\/api\/2\.0\//, '');
  if (request.method !== route.method || !route.path.test(path)) return false;
  return route.op === undefined || (url.searchParams.get('op') ?? '') === route.op;
}

/** Changes the JSON of matching successful answers, in place or by returning another value. */
export function maasJson(
  id: string,
  does: string,
  route: Route,
  change: (body: Json, request: Request) => Json,
): Saboteur {
  return maasAnswer(id, does, route, async (answer, request) => {
    if (!answer.ok) return answer;
    const body = await answer.clone().json();
    return Response.json(change(body, request) ?? body, { headers: headersOf(answer) });
  });
}

/** Changes the JSON of each machine, device or other entry of a list, or of the single object. */
export function maasEach(
  id: string,
  does: string,
  route: Route,
  change: (entry: Json) => void,
): Saboteur {
  return maasJson(id, does, route, (body) => {
    if (Array.isArray(body)) body.forEach(change);
    else change(body);
    return body;
  });
}

/** Answers `status` where the fake answered one that `when` matches. */
export function maasStatus(
  id: string,
  does: string,
  route: Route,
  when: (status: number) => boolean,
  status: number,
): Saboteur {
  return maasAnswer(id, does, route, async (answer) =>
    when(answer.status)
      ? new Response(await answer.text(), { status, headers: headersOf(answer) })
      : answer,
  );
}

export function maasAnswer(
  id: string,
  does: string,
  route: Route,
  change: (answer: Response, request: Request) => Promise<Response>,
): Saboteur {
  return {
    id,
    does,
    side: 'service',
    hooks: () => ({
      maas: (next: FetchHandler) => async (request) => {
        if (!matches(route, request)) return next(request);
        const kept = request.clone();
        return change(await next(request), kept);
      },
    }),
  };
}

/** Changes requests before the fake sees them. `side` says whom that blames. */
export function maasRequest(
  id: string,
  does: string,
  side: Saboteur['side'],
  route: Route,
  change: (request: Request) => Promise<Request>,
): Saboteur {
  return {
    id,
    does,
    side,
    hooks: () => ({
      maas: (next: FetchHandler) => async (request) =>
        next(matches(route, request) ? await change(request) : request),
    }),
  };
}

/** A copy of the request at another URL. */
export async function atUrl(request: Request, change: (url: URL) => void): Promise<Request> {
  const url = new URL(request.url);
  change(url);
  const body = await request.clone().arrayBuffer();
  return new Request(url, {
    method: request.method,
    headers: request.headers,
    ...(body.byteLength > 0 ? { body } : {}),
  });
}

/** A copy of the request without these form fields. */
export async function withoutFields(request: Request, names: readonly string[]): Promise<Request> {
  const form = new URLSearchParams(await request.clone().text());
  for (const name of names) form.delete(name);
  return new Request(request.url, {
    method: request.method,
    headers: request.headers,
    body: form.toString(),
  });
}

/** Changes the reply to one facade method (`*` for any), in place or by returning another. */
export function rpc(
  id: string,
  does: string,
  method: string,
  change: (reply: Json, request: Json) => RpcMessage | undefined,
): Saboteur {
  return {
    id,
    does,
    side: 'service',
    hooks: () => ({
      controllerReply: (request, reply) => {
        if (method !== '*' && method !== `${request.type}.${request.request}`) return reply;
        const copy = structuredClone(reply);
        return change(copy, request) ?? copy;
      },
    }),
  };
}

/** Changes the `response` of successful replies to one facade method. */
export function rpcResult(
  id: string,
  does: string,
  method: string,
  change: (response: Json, request: Json) => void,
): Saboteur {
  return rpc(id, does, method, (reply, request) => {
    if (reply.error === undefined && reply.response) change(reply.response, request);
  });
}

/** Turns every failure of one facade method into an empty success. */
export function rpcForgives(id: string, does: string, method: string): Saboteur {
  return rpc(id, does, method, (reply) =>
    reply.error === undefined ? undefined : { 'request-id': reply['request-id'], response: {} },
  );
}

/** Replaces the text of top-level failures of one facade method. */
export function rpcRewords(id: string, does: string, method: string): Saboteur {
  return rpc(id, does, method, (reply) => {
    if (reply.error !== undefined) reply.error = 'something went wrong';
  });
}

/** Changes answers of the agent metadata store. */
export function streamsAnswer(
  id: string,
  does: string,
  path: RegExp,
  change: (answer: Response) => Promise<Response>,
): Saboteur {
  return {
    id,
    does,
    side: 'service',
    hooks: () => ({
      streams: (next: FetchHandler) => async (request) => {
        const answer = await next(request);
        return path.test(new URL(request.url).pathname) ? change(answer) : answer;
      },
    }),
  };
}

/** Changes what the agent metadata says, where it says anything. */
export function streamsJson(
  id: string,
  does: string,
  path: RegExp,
  change: (body: Json) => void,
): Saboteur {
  return streamsAnswer(id, does, path, async (answer) => {
    if (!answer.ok) return answer;
    const body: Json = await answer.json();
    change(body);
    return Response.json(body, { headers: headersOf(answer) });
  });
}

/** The headers of an answer without those that its new body would contradict. */
export function headersOf(answer: Response): Headers {
  const headers = new Headers(answer.headers);
  headers.delete('content-length');
  return headers;
}
