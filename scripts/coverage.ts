/**
 * Writes `docs/coverage.md` and `docs/uncovered.md`: which of the fake MAAS's calls a requirement is
 * held to, and by whom they were sent, from the route table and the exchanges that a conform run kept
 * as evidence; and compares the run's gap journal with `conformance/expected-gaps.yaml`.
 *
 *   node scripts/coverage.ts [reports/out/conform/results.json]
 *
 * Ends 1 when a gap is not expected or an expected one did not come.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describeRoutes } from '../sim/maas/api/resources.ts';
import type { DescribedRoute } from '../sim/maas/api/routes.ts';

interface Results {
  readonly subjects: readonly {
    readonly id: string;
    readonly requirements: readonly {
      readonly id: string;
      readonly evidence?: { readonly exchanges?: readonly { readonly request: string }[] };
    }[];
  }[];
  readonly gaps: readonly Gap[];
}

interface Gap {
  readonly where: string;
  readonly what: string;
}

interface Covered {
  readonly requirements: Set<string>;
  readonly subjects: Set<string>;
}

/** Why no requirement is held to calls of a kind. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /\/(scripts?|results?|events|commissioning)/,
    'for people and their scripts: `docs/rack.md`, unit tests',
  ],
  [
    /\/(notifications|license-keys?|dhcp-snippets|package-repositor)/,
    'for people, by the web page or the command line; unit tests',
  ],
  [
    /\/(raids?|volume-groups?|bcache|partition|blockdevices|vmfs)/,
    'used by Terraform at most; unit and property tests',
  ],
  [/\/(pods?|vm-hosts?|vm-clusters?|virtual-machines?)/, 'VM hosts are gone in 4.0; unit tests'],
  [/\/(account|users|sshkeys|sslkeys)/, 'accounts are made once, by a person; unit tests'],
];

const [file = 'reports/out/conform/results.json'] = process.argv.slice(2);
const results = JSON.parse(readFileSync(file, 'utf8')) as Results;
// A route that serves people with and without a key is one call.
const routes = [...new Map(describeRoutes().map((route) => [nameOf(route), route])).values()];
const matchers = routes.map((route) => ({ route, pattern: patternOf(route.path) }));
const covered = new Map<string, Covered>();

for (const { id: subject, requirements } of results.subjects) {
  for (const { id, evidence } of requirements) {
    for (const { request } of evidence?.exchanges ?? []) {
      const route = routeOf(request);
      if (!route) continue;
      const name = nameOf(route);
      const entry = covered.get(name) ?? { requirements: new Set(), subjects: new Set() };
      entry.requirements.add(id);
      entry.subjects.add(subject);
      covered.set(name, entry);
    }
  }
}

const GENERATED = '<!-- Written by scripts/coverage.ts; do not edit. -->\n\n';
const found = routes.filter((route) => covered.has(nameOf(route)));
const missing = routes.filter((route) => !covered.has(nameOf(route)));
const subjects = results.subjects.map(({ id }) => `\`${id}\``).join(', ');
writeFileSync(
  'docs/coverage.md',
  `${GENERATED}# What of MAAS's API is covered\n\n${found.length} of ${routes.length} calls that the fake MAAS serves appear in the evidence of a requirement, in a run\nof ${subjects}.\n\n${table(
    ['call', 'requirements', 'subjects'],
    found.map((route) => {
      const { requirements, subjects: by } = covered.get(nameOf(route))!;
      return [`\`${nameOf(route)}\``, String(requirements.size), [...by].sort().join(', ')];
    }),
  )}`,
);
writeFileSync(
  'docs/uncovered.md',
  `${GENERATED}# What of MAAS's API no requirement is held to\n\nThese calls are served, published by \`describe/\`, and aimed at by the fuzzer; no client that ran sent them\nwithin the evidence of a requirement. The reason is the same for all of a kind.\n\n${table(
    ['call', 'reason'],
    missing.map((route) => [`\`${nameOf(route)}\``, reasonOf(route)]),
  )}`,
);
console.log(`${found.length} of ${routes.length} calls covered`);
process.exitCode = compareGaps(results.gaps) ? 0 : 1;

function nameOf({ method, path, op }: DescribedRoute): string {
  return `${method} ${path.replace('/MAAS/api/2.0/', '')}${op === null ? '' : `?op=${op}`}`;
}

function patternOf(path: string): RegExp {
  const source = path.replaceAll('.', '\\.').replace(/\{\w+(\*?)\}/g, (_, deep: string) => {
    return deep === '*' ? '.+?' : '[^/]+';
  });
  return new RegExp(`^${source}(?:op-[^/]+)?$`);
}

/** The call that a request of the evidence is: its first line, and the op where the form has it. */
function routeOf(request: string): DescribedRoute | undefined {
  const [, method, target] = /^(\w+) (\S+)/.exec(request) ?? [];
  if (!method || !target) return undefined;
  const url = new URL(target, 'http://maas.test');
  const op =
    /\/op-([^/]+)$/.exec(url.pathname)?.[1] ??
    url.searchParams.get('op') ??
    /(?:^|[&\n])op=(\w+)/.exec(request)?.[1] ??
    /name="op"\s+(\w+)/.exec(request)?.[1] ??
    null;
  return matchers.find(
    ({ route, pattern }) =>
      route.method === method && (route.op ?? '') === (op ?? '') && pattern.test(url.pathname),
  )?.route;
}

/** Why no requirement is held to a call: by what it is about. */
function reasonOf({ path, op }: DescribedRoute): string {
  const kind = REASONS.find(([pattern]) => pattern.test(path));
  if (kind) return kind[1];
  return op === null
    ? 'plain reading or changing; unit tests and the fuzzer only'
    : 'operation that no client here calls; unit tests and the fuzzer only';
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}

/** Prints what differs. Entries of subjects that did not run are not asked for. */
function compareGaps(gaps: readonly Gap[]): boolean {
  const expected = parse(readFileSync('conformance/expected-gaps.yaml', 'utf8')) as (Gap & {
    readonly source: string;
  })[];
  const key = ({ where, what }: Gap) => `${where}: ${what}`;
  const came = new Set(gaps.map(key));
  const known = new Set(expected.map(key));
  const unexpected = [...came].filter((gap) => !known.has(gap));
  const absent = [...known].filter((gap) => !came.has(gap));
  for (const gap of unexpected) console.log(`gap that nobody expected: ${gap}`);
  for (const gap of absent) console.log(`expected gap that did not come: ${gap}`);
  return unexpected.length + absent.length === 0;
}
