/**
 * Request bodies: urlencoded forms, multipart forms whose parts may be base64 (the MAAS CLI and
 * python-libmaas send every part so), and anything else, which leaves the form empty as the real one
 * does (facts/maas-api 8.1). Nothing here trusts its input: sizes are bounded, bad encodings are
 * replaced, malformed multipart is refused.
 */
import { refusal } from '../core/refusal.ts';
import { Params, type UploadedFile } from './params.ts';

/** Largest body that is read, in bytes; a larger one is refused with 413. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;
const MAX_FIELDS = 10_000;

export interface Body {
  readonly form: Params;
  readonly files: readonly UploadedFile[];
  /** A body that is no form, as it came. */
  readonly raw?: Uint8Array;
}

/** Parses `a=1&b=2`, as in queries and forms. @throws Refusal 400 for absurdly many fields */
export function parseUrlEncoded(text: string): Params {
  const params = new Params();
  let count = 0;
  for (const [name, value] of new URLSearchParams(text)) {
    if (++count > MAX_FIELDS) throw tooMany();
    params.add(name, value);
  }
  return params;
}

/** Reads the whole body, or undefined when it is larger than {@link MAX_BODY_BYTES}. */
export async function readBody(request: Request): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) return undefined;
  if (!request.body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body as ReadableStream<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** @throws Refusal 400 for a multipart body that cannot be taken apart */
export function parseBody(contentType: string, bytes: Uint8Array): Body {
  const [type = ''] = contentType.split(';', 1);
  switch (type.trim().toLowerCase()) {
    case 'application/x-www-form-urlencoded':
      return { form: parseUrlEncoded(Buffer.from(bytes).toString('utf8')), files: [] };
    case 'multipart/form-data':
      return parseMultipart(contentType, Buffer.from(bytes));
    default:
      return { form: new Params(), files: [], raw: bytes };
  }
}

function parseMultipart(contentType: string, bytes: Buffer): Body {
  const form = new Params();
  const files: UploadedFile[] = [];
  // libmaas's DELETE sends the content type with an empty body (facts/maas-api 8.1).
  if (bytes.length === 0) return { form, files };
  const found = /boundary=(?:"([^"]{1,200})"|([^\s;]{1,200}))/i.exec(contentType);
  const boundary = found?.[1] ?? found?.[2];
  if (!boundary) throw badMultipart('Invalid boundary in multipart');
  const delimiter = Buffer.from(`--${boundary}`);
  let at = bytes.indexOf(delimiter);
  if (at < 0) throw badMultipart('no part begins');
  let count = 0;
  for (;;) {
    at += delimiter.length;
    if (bytes.subarray(at, at + 2).equals(DASHES)) return { form, files };
    const next = bytes.indexOf(delimiter, at);
    const headersEnd = bytes.indexOf('\r\n\r\n', at);
    if (next < 0 || headersEnd < 0 || headersEnd > next) throw badMultipart('a part is cut off');
    if (++count > MAX_FIELDS) throw tooMany();
    const headers = bytes.subarray(at, headersEnd).toString('utf8');
    const content = bytes.subarray(headersEnd + 4, Math.max(headersEnd + 4, next - 2));
    addPart(headers, content, form, files);
    at = next;
  }
}

const DASHES = Buffer.from('--');

function addPart(headers: string, raw: Buffer, form: Params, files: UploadedFile[]): void {
  const disposition = /^content-disposition:(.*)$/im.exec(headers)?.[1] ?? '';
  const name = /[;\s]name="([^"]*)"/i.exec(disposition) ?? /[;\s]name=([^\s;]+)/i.exec(disposition);
  if (!name) return;
  const base64 = /^content-transfer-encoding:\s*base64\s*$/im.test(headers);
  const content = base64 ? Buffer.from(raw.toString('latin1'), 'base64') : raw;
  if (/[;\s]filename=/i.test(disposition)) files.push({ field: name[1]!, content });
  else form.add(name[1]!, content.toString('utf8'));
}

function badMultipart(why: string) {
  return refusal('invalid', `Bad Request: malformed multipart body (${why})`, {
    code: 'maas-body-malformed',
    wanted: 'a multipart/form-data body',
    found: [why],
  });
}

function tooMany() {
  return refusal('invalid', 'Bad Request: too many fields', { code: 'maas-body-malformed' });
}
