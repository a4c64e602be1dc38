/**
 * Malformed requests over a real socket, spread over every route and op: no crash, no unbounded
 * answer, and nothing changed. Only requests that must be refused are sent, so the state hash has to
 * stay what it was. At least half must reach a handler, or the fuzzing would only knock at the door.
 * The number of requests is `MAASQUERADE_FUZZ_MAAS` (default 2,000).
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bench, oauthHeader } from '../testing.ts';
import type { DescribedRoute } from './routes.ts';

const RUNS = Number(process.env.MAASQUERADE_FUZZ_MAAS ?? 2000);
/** The largest answer to a malformed request: a list of everything valid, never a list of machines. */
const MAX_ANSWER_BYTES = 64 * 1024;

const maas = bench({ machines: 20 });
let server: Server;
let base = '';

beforeAll(async () => {
  server = createServer(getRequestListener(maas.fetch));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

/** Texts that no parameter takes for good, besides those that only look odd. */
const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '\0',
    '%',
    '%zz',
    "'; DROP TABLE node; --",
    '../../etc/passwd',
    '__proto__',
    'constructor',
    '-1',
    '1e400',
    '9'.repeat(40),
    'x'.repeat(5000),
    '\u202e',
    '[]',
    '{"a":1}',
  ),
);

/**
 * What makes a request one that must be refused. `missing` names an object that is not there;
 * `nonsense` sends what the action cannot accept; `shape` breaks the request itself.
 */
const kinds = ['missing', 'nonsense', 'shape'] as const;

interface Shot {
  readonly route: DescribedRoute;
  readonly kind: (typeof kinds)[number];
  readonly texts: readonly [string, string, string];
  readonly pick: number;
}

const shots = (routes: readonly DescribedRoute[]): fc.Arbitrary<Shot> =>
  fc.record({
    route: fc.constantFrom(...routes),
    // Breaking the request's own shape rarely gets to a handler, so it comes less often.
    kind: fc.constantFrom(...kinds, 'missing', 'missing', 'nonsense', 'nonsense'),
    texts: fc.tuple(nasty, nasty, nasty),
    pick: fc.nat(1000),
  });

// Actions that take nothing a client could get wrong: whatever is sent, they rightly succeed.
const CANNOT_BE_WRONG = new Set([
  'accept_all',
  'import',
  'stop_import',
  'create_authorisation_token',
]);
// Nothing but the object itself can be wrong about these.
const NEEDS_MISSING = new Set([
  'abort',
  'power_on',
  'power_off',
  'lock',
  'unlock',
  'mark_broken',
  'mark_fixed',
  'rescue_mode',
  'exit_rescue_mode',
  'override_failed_testing',
  'set_owner_data',
  'set_workload_annotations',
  'release',
  'deploy',
  'test',
  'commission',
  'disconnect',
  'add_tag',
  'remove_tag',
  'update_nodes',
  'restore_networking_configuration',
  'restore_storage_configuration',
  'restore_default_configuration',
  'rebuild',
  'dismiss',
  'clear_default_gateways',
]);

function requestFor({ route, kind, texts, pick }: Shot): Request {
  const hasObject = route.path.includes('{');
  const machine = maas.core.machines[pick % maas.core.machines.length]!;
  // A change of an object that is there could be legal, however odd the rest is.
  const only = route.method === 'DELETE' || NEEDS_MISSING.has(route.op ?? '');
  const missing = kind === 'missing' || (hasObject && only);
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (missing) return encodeURIComponent(`${texts[0].replaceAll('/', '')}~`);
    return encodeURIComponent(name === 'system_id' ? machine.systemId : texts[0] || '~');
  });
  const query = new URLSearchParams();
  if (route.op !== null) query.set('op', route.op);
  const form = new URLSearchParams(wrongFields(route, texts));
  const headers = new Headers();
  const seconds = Math.floor(maas.clock.date().getTime() / 1000);
  const broken = kind === 'shape' ? brokenAuthorization(texts, pick) : undefined;
  if (!route.anonymous || broken) {
    headers.set('authorization', broken ?? oauthHeader(maas.apiKey, seconds));
  }
  let body: string | null = null;
  if (route.method === 'GET' || route.method === 'DELETE') {
    for (const [name, value] of form) query.append(name, value);
  } else {
    body = bodyOf(form, headers, kind, texts, pick);
  }
  const suffix = query.size > 0 ? `?${query}` : '';
  return new Request(base + path + suffix, { method: route.method, headers, body });
}

/** Fields that this action refuses, whatever else is sent. */
function wrongFields(route: DescribedRoute, [a, b, c]: Shot['texts']): [string, string][] {
  const mac: [string, string] = ['mac_addresses', `${a}!`];
  switch (route.op ?? route.method) {
    case 'allocate':
      return [
        ['mem', `x${a}`],
        ['storage', `${b}!`],
        [`z${c}`, a],
      ];
    case 'release':
    case 'accept':
      return [['machines', `~${a}`]];
    case 'set_zone':
      return [
        ['zone', `~${a}`],
        ['nodes', b],
      ];
    case 'add_chassis':
      return [
        ['chassis_type', `~${a}`],
        ['hostname', b],
      ];
    case 'set_config':
      return [
        ['name', `~${a}`],
        ['value', b],
      ];
    case 'delete_authorisation_token':
      return [['token_key', `~${a}`]];
    case 'create_physical':
      return [['mac_address', `${a}!`]];
    case 'GET':
      return [
        [`z${a}`, b],
        ['mac_address', `${c}!`],
      ];
    case 'POST':
      // Names with a character that no name may have; the other fields are whatever comes.
      return [mac, ['name', `${b}!`], ['hostname', `!${c}`], ['is_superuser', `x${a}`]];
    default:
      return [
        ['hostname', `!${a}`],
        ['name', `${a}!`],
        ['mode', `x${b}`],
        ['id', `~${c}`],
        ['filename', `~${a}`],
      ];
  }
}

function brokenAuthorization([a, b]: Shot['texts'], pick: number): string {
  const seconds = Math.floor(maas.clock.date().getTime() / 1000);
  const clean = Array.from(a + b, (char) => (/[!-~]/.test(char) ? char : '?')).join('');
  const broken = [
    `OAuth ${clean}`,
    oauthHeader(maas.apiKey, seconds - 100_000),
    oauthHeader(maas.apiKey, seconds, { oauth_timestamp: `x${clean}` }),
    oauthHeader(`${clean}:${clean}:${clean}`.slice(0, 200), seconds),
    oauthHeader(maas.apiKey, seconds, { oauth_signature: clean }),
    oauthHeader(maas.apiKey, seconds, { oauth_version: '2.0' }),
  ];
  return broken[pick % broken.length]!;
}

function bodyOf(
  form: URLSearchParams,
  headers: Headers,
  kind: Shot['kind'],
  [a, b]: Shot['texts'],
  pick: number,
): string {
  if (kind !== 'shape') {
    headers.set('content-type', 'application/x-www-form-urlencoded');
    return form.toString();
  }
  const shapes = [
    ['multipart/form-data; boundary=x', `--x\r\n${a}`],
    ['multipart/form-data', `--x\r\n\r\n${a}\r\n--x--`],
    [
      'multipart/form-data; boundary="x"',
      `--x\r\nContent-Disposition: form-data; name="name"\r\nContent-Transfer-Encoding: base64\r\n\r\n${a}\r\n--x--`,
    ],
    ['application/json', `{"name": ${b}`],
    ['application/x-www-form-urlencoded', `%${a}&=&&${b}`],
    ['text/plain', a],
  ] as const;
  const [type, body] = shapes[pick % shapes.length]!;
  headers.set('content-type', type);
  return body;
}

test(`${RUNS} malformed requests change nothing and are answered within bounds`, async () => {
  const routes = maas.describeRoutes().filter(({ op }) => !CANNOT_BE_WRONG.has(op ?? ''));
  const seen = new Set<DescribedRoute>();
  const { counters } = maas;
  const handledBefore = counters.handled;
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(shots(routes), async (shot) => {
      const before = maas.core.stateHash();
      const response = await fetch(requestFor(shot));
      const bytes = await response.arrayBuffer();
      sent++;
      seen.add(shot.route);
      const changing = shot.route.method !== 'GET';
      expect(bytes.byteLength).toBeLessThan(
        changing || response.status >= 400 ? MAX_ANSWER_BYTES : 8 * 1024 * 1024,
      );
      // Nothing here is a fault of the server's own.
      if (response.status >= 500) expect(Buffer.from(bytes).toString()).toMatch(KNOWN_500);
      expect(maas.core.stateHash()).toBe(before);
    }),
    { numRuns: RUNS, seed: 20_150_901 },
  );
  expect((counters.handled - handledBefore) / sent).toBeGreaterThanOrEqual(0.5);
  // Every route and op was tried, once there are enough requests to expect that.
  if (RUNS >= routes.length * 15) expect(routes.filter((route) => !seen.has(route))).toEqual([]);
});

// Real MAAS answers 500 to these (facts/maas-api 3.11, 3.12, 1.6).
const KNOWN_500 = /^(invalid truth value|BootResource matching query|invalid literal for int)/;
