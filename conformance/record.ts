/**
 * The recorder: a hook that keeps every exchange between a subject and a fake, and the printing of
 * an exchange as evidence. Evidence must be byte-stable and free of secrets (design 5), so what
 * differs from run to run (ports, times, nonces) is replaced by a word, and bodies are cut at a
 * stated length.
 */
import type { Exchange, Recorded, Target } from './types.ts';
import type { FetchHandler, RpcMessage, WorldHooks } from './world.ts';

/** Characters of a body that evidence keeps. */
export const EVIDENCE_BODY_MAX = 1200;

/** What differs between two equal runs, and the word that evidence has instead. */
const DIFFERS: readonly (readonly [RegExp, string])[] = [
  [/host\.docker\.internal:\d+/g, '<host>'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?/g, '<time>'],
  [/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2}\.? \d{4} \d\d:\d\d:\d\d( GMT| [+-]\d{4})?/g, '<time>'],
  [/((?:start|end)time\\*": )\d{10}\b/g, '$1<time>'],
  [/\b(given|now) \d{10}\b/g, '$1 <time>'],
  [/"20\d{6}"/g, '"<day>"'],
  [/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g, '<certificate>'],
  [/("api-port\\*":)\d+/g, '$1<port>'],
  // Names and ids that a driver makes up.
  [/\b(suite-)[0-9a-f]{8}\b/g, '$1<n>'],
  [/(unknown model: \\*")[0-9a-f-]{36}/g, '$1<uuid>'],
  // Multipart boundaries.
  [/-{4,}[-\w]*[0-9a-f]{16,}|\b[0-9a-f]{60}\b/g, '<boundary>'],
];

export interface Recorder {
  readonly recorded: Recorded[];
  readonly hooks: WorldHooks;
}

/** A recorder with its hooks; exchanges are kept in the order in which they were answered. */
export function createRecorder(): Recorder {
  const recorded: Recorded[] = [];
  const http =
    (service: 'maas' | 'streams') =>
    (next: FetchHandler): FetchHandler =>
    async (request) => {
      const requestBody = service === 'maas' ? await request.clone().text() : '';
      const url = new URL(request.url);
      const what = `${request.method} ${url.pathname}${url.search}`;
      const requestHeaders = Object.fromEntries(request.headers);
      const answer = await next(request);
      const answerHeaders = Object.fromEntries(answer.headers);
      const binary = /gzip|octet-stream|tar/.test(answerHeaders['content-type'] ?? '');
      const answerBody = binary ? '(binary)' : await answer.clone().text();
      recorded.push({
        service,
        what,
        requestHeaders,
        requestBody,
        status: answer.status,
        answerHeaders,
        answerBody,
      });
      return answer;
    };
  return {
    recorded,
    hooks: {
      maas: http('maas'),
      streams: http('streams'),
      controllerReply: (request, reply) => {
        recorded.push({
          service: 'controller',
          what: rpcName(request),
          requestHeaders: {},
          requestBody: JSON.stringify(request),
          status: 0,
          answerHeaders: {},
          answerBody: JSON.stringify(reply),
        });
        return reply;
      },
    },
  };
}

/** Hooks side by side: the first one stands nearest to the wire. */
export function composeHooks(outer: WorldHooks, inner: WorldHooks): WorldHooks {
  const http = (key: 'maas' | 'streams') => {
    const [a, b] = [outer[key], inner[key]];
    return a && b ? { [key]: (next: FetchHandler) => a(b(next)) } : { ...pick(key, a ?? b) };
  };
  const [a, b] = [outer.controllerReply, inner.controllerReply];
  const reply =
    a && b ? (request: RpcMessage, answer: RpcMessage) => a(request, b(request, answer)) : (a ?? b);
  return { ...http('maas'), ...http('streams'), ...pick('controllerReply', reply) };
}

/** `Facade(version).Method` of a request, however its keys are spelt. */
export function rpcName(request: RpcMessage): string {
  const field = (name: string) => request[name] ?? request[name[0]!.toUpperCase() + name.slice(1)];
  return `${field('type') ?? '?'}(${field('version') ?? 0}).${field('request') ?? '?'}`;
}

/**
 * Makes a printer of evidence for one target.
 * @param redact hides the secrets that the world knows
 */
export function evidencePrinter(
  target: Target,
  redact: (text: string) => string,
): (recorded: Recorded) => Exchange {
  const clean = evidenceCleaner(target, redact);
  return (one) => {
    const sent = [
      one.service === 'controller' ? '' : one.what,
      header('authorization', one.requestHeaders.authorization && 'OAuth (signed)'),
      header('content-type', one.requestHeaders['content-type']),
      one.requestBody,
    ];
    const answered = [
      one.service === 'controller' ? '' : String(one.status),
      header('content-type', one.answerHeaders['content-type']),
      header('retry-after', one.answerHeaders['retry-after']),
      one.answerBody,
    ];
    return { request: cut(clean(lines(sent))), answer: cut(clean(lines(answered))) };
  };
}

/** Replaces what differs between two equal runs, and every secret, by a word in brackets. */
export function evidenceCleaner(target: Target, redact: (text: string) => string) {
  const places: [string, string][] = [];
  const add = (host: string | undefined, word: string) => {
    if (!host) return;
    places.push([host, word]);
    const port = host.split(':').at(-1);
    if (port && port !== host) places.push([`port":${port}`, 'port":0']);
  };
  add(hostOf(target.maas?.url), '<maas>');
  add(target.controller?.address, '<controller>');
  add(hostOf(target.streams?.url), '<streams>');
  const secrets = [
    ...(target.maas ? [target.maas.apiKey, ...target.maas.apiKey.split(':')] : []),
    target.controller?.password ?? '',
  ].filter((secret) => secret.length > 3);
  return (text: string): string => {
    let safe = redact(text);
    for (const secret of secrets) safe = safe.replaceAll(secret, '[secret]');
    for (const [place, word] of places) safe = safe.replaceAll(place, word);
    return DIFFERS.reduce((rest, [what, word]) => rest.replace(what, word), safe);
  };
}

function header(name: string, value: string | undefined | ''): string {
  return value ? `${name}: ${value}` : '';
}

function lines(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n');
}

function cut(text: string): string {
  if (text.length <= EVIDENCE_BODY_MAX) return text;
  return `${text.slice(0, EVIDENCE_BODY_MAX)}… (cut at ${EVIDENCE_BODY_MAX} characters)`;
}

function hostOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : new URL(url).host;
}

function pick<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T });
}
