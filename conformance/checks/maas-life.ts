/** How `requirements/maas-life.ts` is shown, from what the suite's own client got verbatim. */
import {
  at,
  type Check,
  type Complaint,
  every,
  has,
  list,
  mustGoWell,
  same,
  text,
} from './judge.ts';

const body = (answer: unknown) => text(answer, 'body');
const json = (answer: unknown): unknown => {
  try {
    return JSON.parse(body(answer));
  } catch {
    return undefined;
  }
};
const status = (answer: unknown, wanted: number) =>
  same(at(answer, 'status'), wanted, 'the status');

/** Refused with this status and exactly this text, or one of this form. */
function says(step: string, wire: RegExp, code: number, wanted: string | RegExp): Check {
  return mustGoWell(
    step,
    wire,
    (value) =>
      status(value, code) ??
      (typeof wanted === 'string'
        ? same(body(value), wanted, 'the body')
        : has(body(value), wanted)),
  );
}

/** Refused as a form is: a field and its one message. */
function complains(step: string, wire: RegExp, field: string, message: RegExp): Check {
  return mustGoWell(step, wire, (value) => {
    const answer = json(value);
    return (
      status(value, 400) ??
      same(Object.keys(Object(answer)), [field], 'the list of fields') ??
      has(String(list(answer, field)[0]), message)
    );
  });
}

const ALLOCATE = /op=allocate/;
const op = (name: string) => new RegExp(`op=${name}$`);
const machine = (value: unknown, wanted: Readonly<Record<string, unknown>>): Complaint => {
  const found = json(value);
  for (const [key, expected] of Object.entries(wanted)) {
    const complaint = same(at(found, key), expected, key);
    if (complaint) return complaint;
  }
  return status(value, 200);
};

export const MAAS_LIFE_CHECKS: Readonly<Record<string, Check>> = {
  'maas.allocation.unknown-constraint': complains(
    'life-unknown-constraint',
    ALLOCATE,
    'nosuch',
    /^No such constraint\.$/,
  ),
  'maas.allocation.no-match': says(
    'life-no-match',
    ALLOCATE,
    409,
    `No available machine matches constraints: [('mem', ['99999999'])] (resolved to "mem=99999999.0")`,
  ),
  'maas.allocation.no-such-machine': says(
    'life-no-such-machine',
    ALLOCATE,
    409,
    'No machine with system ID nosuch available.',
  ),
  'maas.allocation.bad-storage': complains(
    'life-bad-storage',
    ALLOCATE,
    'storage',
    /^Malformed storage constraint, "root:8\(ssd\), more"\.$/,
  ),
  'maas.allocation.bad-number': complains(
    'life-bad-number',
    ALLOCATE,
    'cpu_count',
    /^Invalid CPU count: number required\.$/,
  ),
  'maas.allocation.unknown-tag': complains(
    'life-unknown-tag',
    ALLOCATE,
    'tags',
    /^No such tag\(s\): 'no-such-tag'\.$/,
  ),
  'maas.allocation.unknown-zone': complains(
    'life-unknown-zone',
    ALLOCATE,
    'zone',
    /^No such zone\(s\): no-such-zone\.$/,
  ),
  'maas.allocation.unknown-architecture': complains(
    'life-unknown-architecture',
    ALLOCATE,
    'arch',
    /^Architecture not recognised\.$/,
  ),
  'maas.allocation.owner': mustGoWell('life-allocate', ALLOCATE, (value) => {
    const found = json(value);
    return (
      machine(value, { status_name: 'Allocated', constraints_by_type: {} }) ??
      has(String(at(found, 'owner')), /./)
    );
  }),
  'maas.life.mark-fixed': says(
    'life-mark-fixed',
    op('mark_fixed'),
    409,
    "Can't mark a non-broken node as 'Ready'.",
  ),
  'maas.life.commission-refused': complains(
    'life-commission-refused',
    op('commission'),
    '__all__',
    /^Commission is not available because of the current state of the node\.$/,
  ),
  'maas.life.abort-refused': says(
    'life-abort-refused',
    op('abort'),
    409,
    /^Cannot abort in current state: node \w{6} is in state Allocated\.$/,
  ),
  'maas.life.lock-refused': says(
    'life-lock-refused',
    op('lock'),
    409,
    "Can't lock, node is not deployed or deploying",
  ),
  'maas.life.unlock-refused': says(
    'life-unlock-refused',
    op('unlock'),
    409,
    'Machine is not locked',
  ),
  'maas.life.illegal-transition': says(
    'life-exit-rescue-refused',
    op('exit_rescue_mode'),
    409,
    'Invalid transition: Allocated -> Exiting rescue mode.',
  ),
  'maas.life.override-refused': says(
    'life-override-refused',
    op('override_failed_testing'),
    409,
    "Unable to override node status. Node is not in 'Failed testing' status.",
  ),
  'maas.life.deploy-series': complains(
    'life-deploy-series',
    op('deploy'),
    'distro_series',
    /^'no-such-series' is not a valid distro_series\. {2}It should be one of: '', '/,
  ),
  'maas.life.deploy-bridge': complains('life-deploy-bridge', op('deploy'), 'bridge_type', /rope/),
  'maas.life.restore-refused': says(
    'life-restore-refused',
    op('restore_networking_configuration'),
    409,
    'Machine must be in a ready or failed testing state to restore networking configuration',
  ),
  'maas.life.curtin-refused': says(
    'life-curtin-refused',
    op('get_curtin_config'),
    400,
    /^Machine \S+ is not in a deployment state\.$/,
  ),
  'maas.life.annotate': mustGoWell('life-annotate', op('set_workload_annotations'), (value) =>
    machine(value, { workload_annotations: { kept: 'yes' }, status_name: 'Allocated' }),
  ),
  'maas.life.bulk-unknown': says(
    'life-bulk-unknown',
    /machines\/\?op=release/,
    400,
    'Unknown machine(s): nosuch.',
  ),
  'maas.life.release': mustGoWell('life-release', op('release'), (value) =>
    machine(value, { status_name: 'Ready', owner: null, owner_data: {} }),
  ),
  'maas.life.release-again': mustGoWell('life-release-again', op('release'), (value) =>
    machine(value, { status_name: 'Ready', owner: null }),
  ),
  'maas.life.annotate-free': says(
    'life-annotate-free',
    op('set_workload_annotations'),
    409,
    "Cannot set workload annotation: it hasn't been acquired.",
  ),
  'maas.life.power-on-free': says(
    'life-power-on-free',
    op('power_on'),
    409,
    "Can't start node: it hasn't been allocated.",
  ),
  'maas.life.mark-broken-free': says('life-mark-broken-free', op('mark_broken'), 403, ''),
  'maas.life.commission-script': complains(
    'life-commission-script',
    op('commission'),
    'testing_scripts',
    /^Select a valid choice\. no-such-script is not one of the available choices\.$/,
  ),
  'maas.life.commission': mustGoWell(
    'life-commission',
    op('commission'),
    (value) =>
      machine(at(value, 'begun'), { status_name: 'Commissioning' }) ??
      same(list(value, 'seen'), ['Commissioning', 'Testing', 'Ready'], 'what was seen'),
  ),
  'maas.life.test': mustGoWell(
    'life-test',
    op('test'),
    (value) =>
      machine(at(value, 'begun'), { status_name: 'Testing' }) ??
      same(list(value, 'seen'), ['Testing', 'Ready'], 'what was seen'),
  ),
  'maas.results.testing': mustGoWell('life-results', /results\/\?type=testing/, (value) =>
    every(list(json(value)), 'set', (set) =>
      every(
        list(set, 'results'),
        'result',
        (result) =>
          same(at(result, 'status_name'), 'Passed', 'status_name') ??
          same(at(result, 'exit_status'), 0, 'exit_status'),
      ),
    ),
  ),
  'maas.results.unknown-id': says(
    'life-result-id',
    /results\/newest/,
    400,
    'Unknown id "newest" must be current-commissioning, current-testing, or current-installation.',
  ),
  'maas.machine.details': mustGoWell(
    'life-details',
    op('details'),
    (value) =>
      status(value, 200) ??
      same(text(value, 'headers', 'content-type'), 'application/bson', 'the content type') ??
      has(body(value), /lshw[\s\S]*<list>[\s\S]*class="processor"/),
  ),
  'maas.events.newest-first': mustGoWell('life-events', /events\/\?op=query&id/, (value) => {
    const page = json(value);
    const ids = list(page, 'events').map((event) => Number(at(event, 'id')));
    return (
      same(at(page, 'count'), 2, 'count') ??
      (ids[0]! > ids[1]! ? undefined : `the events came as ${ids}`) ??
      has(text(page, 'next_uri'), new RegExp(`&after=${ids[0]}$`)) ??
      has(text(page, 'prev_uri'), new RegExp(`&before=${ids[1]}$`))
    );
  }),
  'maas.events.limit': says(
    'life-events-limit',
    /limit=1001/,
    400,
    'Requested number of events 1001 is greater than limit: 1000',
  ),
  'maas.scripts.built-in': mustGoWell('life-scripts', /scripts\/\?type=testing/, (value) => {
    const scripts = list(json(value));
    const known = scripts.find((script) => at(script, 'name') === 'smartctl-validate');
    return (
      same(at(known, 'default'), true, 'default') ??
      every(scripts, 'script', (script) => same(at(script, 'type'), 2, 'type'))
    );
  }),
  'maas.tags.definition': complains(
    'life-definition',
    /POST \S*\/tags\/$/,
    'definition',
    /^Invalid XPath expression: /,
  ),
};
