/**
 * What handlers answer with, and how it goes on the wire: JSON with four spaces of indent, ready-made
 * texts, bytes, or a list streamed item by item (facts/maas-api 7, 8.2). Refusals of the core get
 * their HTTP status and content type here and nowhere else.
 */
import type { Refusal, RefusalKind } from '../core/refusal.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';
export const TEXT_TYPE = 'text/plain; charset=utf-8';
export const HTML_TYPE = 'text/html; charset=utf-8';

/** An answer before it has headers of its own. */
export interface Answer {
  readonly status: number;
  /** Absent for answers without a body. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null;
}

export function json(value: unknown, status = 200): Answer {
  return { status, contentType: JSON_TYPE, body: jsonText(value) };
}

export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 4);
}

export function text(body: string, status = 200): Answer {
  return { status, contentType: TEXT_TYPE, body };
}

/** 204 with an empty body: deletes and the like. */
export const DELETED: Answer = { status: 204, body: null };

const KIND_STATUS: Readonly<Record<RefusalKind, number>> = {
  'not-found': 404,
  invalid: 400,
  forbidden: 403,
  conflict: 409,
  gone: 410,
  unavailable: 503,
  broken: 500,
};

/** No `Retry-After` on any of them: gomaasapi would repeat the request (facts/maas-api 0.4). */
export function refusalAnswer(refusal: Refusal): Answer {
  const status = KIND_STATUS[refusal.kind];
  if (typeof refusal.saying === 'string') return text(refusal.saying, status);
  return json(refusal.saying, status);
}

const CHUNK_BYTES = 64 * 1024;

/**
 * A JSON list whose items are rendered as the reader takes them: no text of the whole list ever
 * exists. `render` gives an item's JSON already indented by four.
 */
export function streamedList<T>(
  items: readonly T[],
  render: (item: T) => Uint8Array | string,
): Answer {
  if (items.length === 0) return json([]);
  let next = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const parts: (Uint8Array | string)[] = [];
      let size = 0;
      while (next < items.length && size < CHUNK_BYTES) {
        const item = render(items[next]!);
        parts.push(next === 0 ? OPEN : BETWEEN, item);
        size += item.length;
        next++;
      }
      if (next === items.length) parts.push(CLOSE);
      controller.enqueue(joined(parts));
      if (next === items.length) controller.close();
    },
  });
  return { status: 200, contentType: JSON_TYPE, body };
}

/** Text is encoded once for the whole chunk: a buffer for each item would outlive it until collected. */
function joined(parts: readonly (Uint8Array | string)[]): Uint8Array {
  if (parts.every((part) => typeof part === 'string')) return Buffer.from(parts.join(''));
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

const OPEN = '[\n    ';
const BETWEEN = ',\n    ';
const CLOSE = '\n]';
