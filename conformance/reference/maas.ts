/**
 * The suite's own MAAS client: plain fetch, one signed request at a time, nothing hidden. It asks
 * what a library hides from its user: status codes, headers, exact bodies. It needs a URL and a
 * key, so it can be pointed at a real MAAS.
 */
import { randomBytes } from 'node:crypto';
import type { Target } from '../types.ts';
import { maasLifeSteps } from './maas-life.ts';
import type { Take } from './steps.ts';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RawRequest {
  readonly method?: string;
  /** Form fields; sent url-encoded. */
  readonly form?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly contentType?: string;
  /** Without it the request is signed. */
  readonly anonymous?: boolean;
  readonly nonce?: string;
  readonly timestamp?: number;
  readonly secret?: string;
}

export class RawMaas {
  readonly #url: string;
  readonly #key: readonly string[];

  constructor(target: NonNullable<Target['maas']>) {
    this.#url = target.url.replace(/\/$/, '');
    this.#key = target.apiKey.split(':');
  }

  /** @param path below the MAAS URL, e.g. `/api/2.0/zones/` */
  async ask(path: string, request: RawRequest = {}): Promise<RawAnswer> {
    const headers = new Headers();
    if (!request.anonymous) headers.set('authorization', this.#sign(request));
    const body = request.form ? new URLSearchParams(request.form).toString() : request.body;
    if (request.form) headers.set('content-type', 'application/x-www-form-urlencoded');
    if (request.contentType) headers.set('content-type', request.contentType);
    const answer = await fetch(`${this.#url}${path}`, {
      method: request.method ?? (body === undefined ? 'GET' : 'POST'),
      headers,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(10_000),
    });
    return {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: await answer.text(),
    };
  }

  #sign(request: RawRequest): string {
    const [consumer, token, secret] = this.#key;
    const fields = {
      oauth_consumer_key: consumer,
      oauth_token: token,
      oauth_signature_method: 'PLAINTEXT',
      oauth_signature: `%26${request.secret ?? secret}`,
      oauth_timestamp: `${request.timestamp ?? Math.floor(Date.now() / 1000)}`,
      oauth_nonce: request.nonce ?? randomBytes(16).toString('hex'),
      oauth_version: '1.0',
    };
    const pairs = Object.entries(fields).map(([name, value]) => `${name}="${value}"`);
    return `OAuth realm="MAAS API", ${pairs.join(', ')}`;
  }
}

/** Takes every step of the raw MAAS client; each value is what came, verbatim. */
export async function maasSteps(target: Target, take: Take): Promise<void> {
  if (!target.maas) return;
  const maas = new RawMaas(target.maas);
  const api = '/api/2.0';
  const zone = `suite-${randomBytes(4).toString('hex')}`;

  await take('raw-old-api', () => maas.ask('/api/1.0/nodes/', { anonymous: true }));
  await take('raw-no-slash', () => maas.ask(`${api}/machines`));
  await take('raw-unknown-op', () => maas.ask(`${api}/machines/?op=nosuchop`, { form: {} }));
  await take('raw-describe', () => maas.ask(`${api}/describe/`, { anonymous: true }));
  await take('raw-list', () => maas.ask(`${api}/zones/`));
  await take('raw-anonymous-half', () => maas.ask(`${api}/machines/`, { anonymous: true }));
  await take('raw-unsigned', () => maas.ask(`${api}/zones/`, { anonymous: true }));
  await take('raw-bad-signature', () => maas.ask(`${api}/zones/`, { secret: 'x'.repeat(32) }));
  await take('raw-stale', () =>
    maas.ask(`${api}/zones/`, { timestamp: Math.floor(Date.now() / 1000) - 3600 }),
  );
  await take('raw-nonce-twice', async () => {
    const request = { nonce: randomBytes(16).toString('hex') };
    const first = await maas.ask(`${api}/zones/`, request);
    return { first, second: await maas.ask(`${api}/zones/`, request) };
  });
  await take('raw-method', () => maas.ask(`${api}/zones/`, { method: 'PATCH' }));
  await take('raw-create', () => maas.ask(`${api}/zones/`, { form: { name: zone } }));
  await take('raw-create-again', () => maas.ask(`${api}/zones/`, { form: { name: zone } }));
  await take('raw-missing-object', () => maas.ask(`${api}/zones/no-such-zone/`));
  await take('raw-delete', () => maas.ask(`${api}/zones/${zone}/`, { method: 'DELETE' }));
  await take('raw-multipart', async () => {
    const made = await maas.ask(`${api}/zones/?op=`, {
      body: base64Multipart('suite', { name: `${zone}-b`, description: 'grüße' }),
      contentType: 'multipart/form-data; boundary="suite"',
    });
    await maas.ask(`${api}/zones/${zone}-b/`, { method: 'DELETE' });
    return made;
  });
  await take('raw-op-in-body', () =>
    maas.ask(`${api}/machines/`, { form: { op: 'allocate', dry_run: 'true' } }),
  );
  await take('raw-bulk-release', async () => {
    const taken = await maas.ask(`${api}/machines/?op=allocate`, { form: { agent_name: 'suite' } });
    const { system_id } = JSON.parse(taken.body) as { system_id: string };
    const body = `machines=${system_id}&machines=nosuch`;
    const contentType = 'application/x-www-form-urlencoded';
    const refused = await maas.ask(`${api}/machines/?op=release`, { body, contentType });
    const machine = await maas.ask(`${api}/machines/${system_id}/`);
    await maas.ask(`${api}/machines/${system_id}/?op=release`, { form: {} });
    return { refused, after: (JSON.parse(machine.body) as { status_name: string }).status_name };
  });
  await maasLifeSteps(maas, take);
}

/** As the MAAS command line and python-libmaas send forms (facts/maas-api 8.1). */
function base64Multipart(boundary: string, fields: Readonly<Record<string, string>>): string {
  const parts = Object.entries(fields).map(([name, value]) =>
    [
      `--${boundary}`,
      'Content-Type: text/plain; charset="utf-8"',
      'MIME-Version: 1.0',
      'Content-Transfer-Encoding: base64',
      `Content-Disposition: form-data; name="${name}"`,
      '',
      Buffer.from(value).toString('base64'),
    ].join('\r\n'),
  );
  return `${parts.join('\r\n')}\r\n--${boundary}--\r\n`;
}
