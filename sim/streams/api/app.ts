/**
 * A plain file server for one metadata tree, as agent metadata is served in life: GET and HEAD, 404
 * for what is not there, no listings, no login. Each answer passes the source's injection point
 * first, so that a fault can break, cut, delay or replace it. A request that no file server knows is
 * answered as one answers it and noted in the gap journal.
 */
import { Hono } from 'hono';
import type { Clock } from '../../kernel/clock.ts';
import type { GapJournal } from '../../kernel/journal.ts';
import { applyEffect } from '../effects.ts';
import type { StreamsPoints } from '../points.ts';
import type { SourceAnswer, StreamStore } from '../types.ts';

const TYPES: Readonly<Record<string, string>> = {
  json: 'application/json',
  sjson: 'application/pgp-signature',
  asc: 'application/pgp-keys',
  tgz: 'application/gzip',
};

export interface StreamsAppOptions {
  /** Name of the source in fault rules, e.g. `default simplestreams`. */
  readonly source: string;
  readonly clock: Clock;
  readonly points?: StreamsPoints;
  readonly journal?: GapJournal;
  /** Path that the tree hangs below, e.g. `/streams`; empty by default. */
  readonly base?: string;
}

/** Serves a store; `fetch` answers one request and never throws for anything a client sends. */
export function createStreamsApp(
  store: Pick<StreamStore, 'read'>,
  options: StreamsAppOptions,
): { fetch(request: Request): Promise<Response> } {
  const { source, clock, points, journal, base = '' } = options;
  const app = new Hono();
  const unknown = (what: string, status: 404 | 405): Response => {
    journal?.note({ where: 'streams', what, answered: `${status}` });
    return plain(status, status === 404 ? 'not found\n' : 'only GET and HEAD\n');
  };

  app.on(['GET', 'HEAD'], '*', async (context) => {
    const path = filePath(context.req.url, base);
    if (path === undefined) return unknown(`GET ${short(new URL(context.req.url).pathname)}`, 404);
    const body = store.read(path);
    const truth: SourceAnswer = {
      kind: 'answered',
      status: body ? 200 : 404,
      body: body ?? new TextEncoder().encode('not found\n'),
    };
    const effect = points?.request.ask({ source, path });
    if (effect?.kind === 'delay') {
      await new Promise<void>((done) => clock.after(effect.ms, done));
    }
    const answer = applyEffect(truth, effect);
    if (answer.kind === 'dropped') return broken(truth);
    const type = effect?.kind === 'respond' ? effect.contentType : contentType(path, truth.status);
    const headers: Record<string, string> = { 'content-type': type };
    headers['content-length'] = `${answer.body.byteLength}`;
    const content = context.req.method === 'HEAD' ? null : Buffer.from(answer.body);
    return new Response(content, { status: answer.status, headers });
  });
  app.all('*', (context) =>
    unknown(`${context.req.method} ${short(new URL(context.req.url).pathname)}`, 405),
  );
  app.onError(() => plain(500, 'the file cannot be read\n'));
  return { fetch: async (request) => await app.fetch(request) };
}

/** The path below the tree that a URL asks for, or undefined when it cannot name a file. */
function filePath(url: string, base: string): string | undefined {
  const { pathname } = new URL(url);
  if (!pathname.startsWith(`${base}/`)) return undefined;
  try {
    return decodeURIComponent(pathname.slice(base.length + 1));
  } catch {
    return undefined;
  }
}

/** An answer that claims the true length and breaks off before the first byte. */
function broken(truth: SourceAnswer): Response {
  const length = truth.kind === 'answered' ? truth.body.byteLength : 0;
  const body = new ReadableStream({
    pull: (controller) => controller.error(new Error('connection cut by an injected fault')),
  });
  return new Response(body, { status: 200, headers: { 'content-length': `${length}` } });
}

function contentType(path: string, status: number): string {
  if (status !== 200) return 'text/plain; charset=utf-8';
  return TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
}

function plain(status: number, text: string): Response {
  return new Response(text, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}

function short(path: string): string {
  return path.length > 80 ? `${path.slice(0, 80)}…` : path;
}
