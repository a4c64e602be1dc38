/**
 * What this folder's tests share: a small fake MAAS on virtual time, and a client that signs its
 * requests the way gomaasapi does. Not part of the product.
 */
import { VirtualClock } from '../kernel/clock.ts';
import { GapJournal } from '../kernel/journal.ts';
import { Randomness } from '../kernel/random.ts';
import { Secrets } from '../kernel/secrets.ts';
import { Trace } from '../kernel/trace.ts';
import type { Machine } from './core/objects.ts';
import { createMaas, type Maas, type MaasOptions } from './index.ts';
import { MaasPoints } from './points.ts';

export interface Bench extends Maas {
  readonly clock: VirtualClock;
  readonly journal: GapJournal;
  readonly points: MaasPoints;
  readonly trace: Trace;
}

/** A fake MAAS with ten machines unless told otherwise; request time is virtual too. */
export function bench(options: Partial<MaasOptions> & { seed?: number } = {}): Bench {
  const clock = new VirtualClock();
  const journal = new GapJournal();
  const points = new MaasPoints();
  const trace = new Trace();
  const maas = createMaas({
    clock,
    requestClock: clock,
    trace,
    journal,
    points,
    random: new Randomness(options.seed ?? 7),
    secrets: new Secrets(),
    machines: 10,
    ...options,
  });
  return { ...maas, clock, journal, points, trace };
}

let nonces = 0;

/** An OAuth header for the key, with whatever a test wants otherwise. */
export function oauthHeader(
  apiKey: string,
  timestamp: number,
  changes: Readonly<Record<string, string>> = {},
): string {
  const [consumer = '', token = '', secret = ''] = apiKey.split(':');
  const pairs: Record<string, string> = {
    oauth_consumer_key: consumer,
    oauth_token: token,
    oauth_signature_method: 'PLAINTEXT',
    oauth_signature: `&${secret}`,
    oauth_timestamp: String(timestamp),
    oauth_nonce: `nonce-${nonces++}`,
    oauth_version: '1.0',
    ...changes,
  };
  const text = Object.entries(pairs).map(([key, value]) => `${key}="${encodeURIComponent(value)}"`);
  return `OAuth realm="MAAS+API", ${text.join(', ')}`;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; fails where it is none. */
  readonly json: unknown;
}

/** Sends `GET machines/`, `POST machines/?op=allocate` and the like, signed with the key. */
export async function ask(
  maas: Bench,
  line: string,
  form?: Readonly<Record<string, string | readonly string[]>>,
  options: { apiKey?: string | null; headers?: Record<string, string> } = {},
): Promise<Reply> {
  const [method = 'GET', path = ''] = line.split(' ');
  const headers = new Headers(options.headers);
  const key = options.apiKey === undefined ? maas.apiKey : options.apiKey;
  if (key !== null && !headers.has('authorization')) {
    headers.set('authorization', oauthHeader(key, Math.floor(maas.clock.date().getTime() / 1000)));
  }
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(form ?? {})) {
    for (const item of typeof value === 'string' ? [value] : value) body.append(name, item);
  }
  const url = path.startsWith('/') ? `http://maas.test${path}` : `http://maas.test${ROOT}${path}`;
  const response = await maas.fetch(
    new Request(url, { method, headers, ...(form ? { body } : {}) }),
  );
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    get json() {
      return JSON.parse(text);
    },
  };
}

/** Asks for one operation on a machine, as the administrator. */
export async function op(
  maas: Bench,
  machine: Machine,
  name: string,
  form: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return ask(maas, `POST machines/${machine.systemId}/?op=${name}`, form);
}

const ROOT = '/MAAS/api/2.0/';
