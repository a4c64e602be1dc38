/**
 * A machine's life as the suite's own MAAS client sees it: allocated, refused this and that, given
 * back, commissioned, tested, looked into (facts/maas-api 3.1, 3.2, 3.7, 4, 5). The machine is left
 * as free as it was found.
 */
import type { RawAnswer, RawMaas } from './maas.ts';
import type { Take } from './steps.ts';

const API = '/api/2.0';
/** Looks at a machine that does something; enough for a real one that commissions for 20 minutes. */
const MAX_LOOKS = 600;

/** What is refused while the machine is Allocated: step, op, fields. */
const REFUSED_OPS: readonly (readonly [step: string, op: string, form?: Record<string, string>])[] =
  [
    ['life-mark-fixed', 'mark_fixed'],
    ['life-commission-refused', 'commission'],
    ['life-abort-refused', 'abort'],
    ['life-lock-refused', 'lock'],
    ['life-unlock-refused', 'unlock'],
    ['life-exit-rescue-refused', 'exit_rescue_mode'],
    ['life-override-refused', 'override_failed_testing'],
    ['life-deploy-series', 'deploy', { distro_series: 'no-such-series' }],
    ['life-deploy-bridge', 'deploy', { bridge_type: 'rope' }],
    ['life-restore-refused', 'restore_networking_configuration'],
  ];

/** Constraints that no machine can satisfy, or that are none. */
const REFUSED_CONSTRAINTS: readonly (readonly [step: string, form: Record<string, string>])[] = [
  ['life-unknown-constraint', { nosuch: '1' }],
  ['life-no-match', { mem: '99999999' }],
  ['life-no-such-machine', { system_id: 'nosuch' }],
  ['life-bad-storage', { storage: 'root:8(ssd), more' }],
  ['life-bad-number', { cpu_count: 'many' }],
  ['life-unknown-tag', { tags: 'no-such-tag' }],
  ['life-unknown-zone', { zone: 'no-such-zone' }],
  ['life-unknown-architecture', { arch: 'pdp11' }],
];

/** Takes every step of a machine's life. */
export async function maasLifeSteps(maas: RawMaas, take: Take): Promise<void> {
  for (const [step, form] of REFUSED_CONSTRAINTS) {
    await take(step, () => maas.ask(`${API}/machines/?op=allocate`, { form }));
  }
  let id = '';
  await take('life-allocate', async () => {
    const answer = await maas.ask(`${API}/machines/?op=allocate`, { form: { comment: 'suite' } });
    id = fieldOf(answer, 'system_id');
    return answer;
  });
  const path = `${API}/machines/${id}/`;
  const op = (name: string, form: Record<string, string> = {}) =>
    maas.ask(`${path}?op=${name}`, { form });
  for (const [step, name, form] of REFUSED_OPS) await take(step, () => op(name, form));
  await take('life-curtin-refused', () => maas.ask(`${path}?op=get_curtin_config`));
  await take('life-annotate', async () => {
    await op('set_workload_annotations', { kept: 'yes', dropped: 'soon' });
    return op('set_workload_annotations', { dropped: '' });
  });
  await take('life-bulk-unknown', () =>
    maas.ask(`${API}/machines/?op=release`, { form: { machines: 'nosuch' } }),
  );
  await take('life-release', () => op('release'));
  await take('life-release-again', () => op('release'));
  await take('life-annotate-free', () => op('set_workload_annotations', { key: 'value' }));
  await take('life-power-on-free', () => op('power_on'));
  await take('life-mark-broken-free', () => op('mark_broken'));
  await take('life-commission-script', () =>
    op('commission', { testing_scripts: 'no-such-script' }),
  );
  await take('life-commission', async () => {
    const begun = await op('commission');
    return { begun, seen: await until(maas, path, ['Ready', 'Failed commissioning']) };
  });
  await take('life-test', async () => {
    const begun = await op('test');
    return { begun, seen: await until(maas, path, ['Ready', 'Failed testing']) };
  });
  await take('life-results', () => maas.ask(`${API}/nodes/${id}/results/?type=testing`));
  await take('life-result-id', () => maas.ask(`${API}/nodes/${id}/results/newest/`));
  await take('life-details', () => maas.ask(`${path}?op=details`));
  await take('life-events', () => maas.ask(`${API}/events/?op=query&id=${id}&limit=2`));
  await take('life-events-limit', () => maas.ask(`${API}/events/?op=query&limit=1001`));
  await take('life-scripts', () => maas.ask(`${API}/scripts/?type=testing`));
  await take('life-definition', () =>
    maas.ask(`${API}/tags/`, { form: { name: 'suite-tag', definition: '//node[' } }),
  );
}

/** The statuses that were seen on the way, each once, until one of `ends`. */
async function until(maas: RawMaas, path: string, ends: readonly string[]): Promise<string[]> {
  const seen: string[] = [];
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    const status = fieldOf(await maas.ask(path), 'status_name');
    if (seen.at(-1) !== status) seen.push(status);
    if (ends.includes(status)) return seen;
  }
  return seen;
}

function fieldOf(answer: RawAnswer, name: string): string {
  return String((JSON.parse(answer.body) as Record<string, unknown>)[name]);
}
