/**
 * What a refusal of the core is called on the wire: the message of the era, its error code, and
 * whether it stands inside a result (R) or is a top-level error (T), because clients react to the
 * place as much as to the code. Keyed by the problem's code; the release of the rule set decides
 * between an era's wordings. Source: facts/juju-api 3.4 (second table) and
 * facts/juju-versions-and-upgrades 3.5, 8.5. The straw man never had texts: it gets the ideal ones.
 */
import type { Problem } from '../../problems/problem.ts';
import { renderProblem } from '../../problems/render.ts';
import {
  type AgentVersion,
  compareVersions,
  parseVersion,
  printVersion,
  ZERO,
} from '../../versions/number.ts';
import type { RuleSet } from '../../versions/rules/rule-set.ts';
import type { BlockerReason, ControllerRefusal, RefusalDetails } from '../core/refusal.ts';
import { RpcError } from './rpc.ts';

export interface WireRefusal {
  readonly error: RpcError;
  /** Whether it travels inside a successful result. */
  readonly inResult: boolean;
}

type Told = readonly [message: string, code: string, place: 'R' | 'T'];
type Teller = (d: Needed, rules: RuleSet, problem: Problem) => Told;
/** The details with every version present, so that a text never says `undefined`. */
type Needed = RefusalDetails & { wanted: AgentVersion; current: AgentVersion; limit: AgentVersion };

/** How a refusal goes out in a text profile. */
export function wireRefusal(
  refusal: ControllerRefusal,
  rules: RuleSet,
  profile: 'era' | 'ideal',
): WireRefusal {
  const { problem, details } = refusal;
  const needed = { wanted: ZERO, current: ZERO, limit: ZERO, ...details };
  const tell = TELLERS[problem.code] ?? TELLERS_BY_DEFAULT;
  const [message, code, place] = tell(needed, rules, problem);
  const ideal = profile === 'ideal' || rules.id === 'straw-man';
  const error = ideal
    ? new RpcError(renderProblem(problem, 'long'), code, { problem })
    : new RpcError(message, code);
  return { error, inResult: place === 'R' };
}

const TELLERS: Readonly<Record<string, Teller>> = {
  'model-not-found': (d) => [`model "${d.name}" not found`, 'not found', 'T'],
  'controller-model': () => ['cannot destroy controller model', '', 'T'],
  'model-not-alive': () => ['model is not alive', 'not valid', 'R'],
  'unknown-stream': (d) => [
    `agent stream "${d.name}" is not recognised as a valid value`,
    'not valid',
    'T',
  ],
  'target-above-controller': (d, rules) =>
    is4(rules)
      ? [`cannot upgrade the model ${BEYOND_PATCH}`, 'not valid', 'T']
      : [
          `cannot upgrade to a version ${q(d.named ?? d.wanted)} greater than that of the controller ${q(d.limit)}`,
          '',
          'T',
        ],
  'target-above-running-controller': (d, rules) => [aboveRunning(d, rules), '', 'T'],
  'no-upgrades-available': () => ['no upgrades available already exists', 'already exists', 'R'],
  'no-candidate': (_, rules) => [
    `available agent ${before(rules, '3.0.0') ? 'tool' : 'binary'}, upload required`,
    'not found',
    'R',
  ],
  downgrade: (d, rules, { why }) => {
    if (is4(rules)) {
      const what = d.controllerModel ? 'controller' : 'model agent';
      return [
        `cannot upgrade the ${what} to version ${q(d.wanted)} because it is lower than the current running version`,
        'not supported',
        'R',
      ];
    }
    if (why === '2.5.controller') return ['downgrade not supported', 'not supported', 'R'];
    return ['downgrade is not allowed', '', 'T'];
  },
  'agent-binary-missing': (d, rules, { operation }) => {
    if (operation === CREATE) {
      return [`no agent binaries found for version ${p(d.wanted)}`, 'not found', 'T'];
    }
    if (is4(rules)) {
      const whose = d.controllerModel ? 'controller' : 'model';
      const message = `${whose} agent binaries are not available for version ${q(d.wanted)}`;
      return [message, 'not found', 'R'];
    }
    if (before(rules, '2.7.0')) return ['no matching tools available', 'not found', 'R'];
    return ['no matching agent versions available not found', 'not found', 'R'];
  },
  'upgrade-blocked': (d, rules) => {
    if (is4(rules)) return [`cannot upgrade the controller ${BEYOND_PATCH}`, 'not valid', 'T'];
    const models = (d.blockers ?? []).map(({ model, reasons }) =>
      [`"${model}":`, ...reasons.map((reason) => `- ${blocker(reason, d.wanted, rules)}`)].join(
        '\n',
      ),
    );
    const head = `cannot upgrade to ${q(d.wanted)} due to issues with these models:`;
    return [[head, ...models].join('\n'), 'not supported', 'R'];
  },
  'major-not-supported': (d) => [
    `upgrade to ${q(d.wanted)} is not supported from ${q(d.current)}`,
    '',
    'T',
  ],
  'below-minimum': (d) => [atLeast(d.current, d.limit), '', 'T'],
  'must-go-through': () => ['unsupported upgrade', '', 'T'],
  'unsupported-minor': () => ['unsupported upgrade', '', 'T'],
  'agents-behind': (d, rules) => {
    const agents = d.agents ?? [];
    if (is4(rules)) {
      const nodes = agents.map((tag) => tag.replace('machine-', '')).join(' ');
      return [
        `controller upgrading is blocked for reason: controller nodes [${nodes}] are not running controller version ${q(d.current)}`,
        'not supported',
        'R',
      ];
    }
    const what = before(rules, '2.0.0') ? 'environment' : 'model';
    return [
      `some agents have not upgraded to the current ${what} version ${p(d.current)}: ${agents.join(', ')}`,
      '',
      'T',
    ];
  },
  'upgrade-in-progress': (_, rules) => [
    before(rules, '2.0.0')
      ? 'an upgrade is already in progress or the last upgrade did not complete'
      : 'upgrade in progress',
    'upgrade in progress',
    'T',
  ],
  incompatible: (d) => [
    `agent-version (${p(d.wanted)}) cannot be greater than the controller (${p(d.limit)})`,
    '',
    'T',
  ],
  'model-exists': (d) => [
    `failed to create new model: model "${d.name}" already exists`,
    'already exists',
    'T',
  ],
  'invalid-model-name': (d) => [
    `failed to create config: "${d.name}" is not a valid name: model names may only contain lowercase letters, digits and hyphens`,
    'not valid',
    'T',
  ],
};

/** A refusal that no era had words for. */
const TELLERS_BY_DEFAULT: Teller = (_d, _rules, problem) => [
  renderProblem(problem, 'short'),
  '',
  'T',
];

const CREATE = 'create a model';
const BEYOND_PATCH = 'to a version that is more than a patch version increase';

function blocker(reason: BlockerReason, wanted: AgentVersion, rules: RuleSet): string {
  if (reason.kind === 'dropped-os') {
    return `the model hosts deprecated ${reason.os} machine(s): ${reason.os}(${reason.count})`;
  }
  if (reason.kind === 'replica') {
    const { id, address, state } = reason.replica;
    return `unable to upgrade, database node ${id} (${address}) has state ${state}`;
  }
  if (reason.kind === 'old-database') {
    return `mongo version has to be "4.4" at least, but current version is "${reason.version}"`;
  }
  if (reason.kind === 'migrating') return `model is under "${reason.mode}" mode, upgrade blocked`;
  if (reason.kind === 'series-lock') return 'unexpected upgrade series lock found';
  const { refusal, current } = reason;
  const late = !before(rules, '3.6.21');
  switch (refusal.code) {
    case 'jump-beyond-minor': {
      const [has, wants] = [minor(current), minor(wanted)];
      return late
        ? `upgrading a controller only supports patch upgrades within the same major.minor series (e.g. ${has}.x -> ${has}.y); to upgrade to ${wants}.x, bootstrap a new controller and migrate models`
        : `upgrading a controller to a newer major.minor version ${wants} not supported`;
    }
    case 'downgrade':
      return 'downgrade is not allowed';
    case 'major-not-supported':
      return late
        ? `upgrading model from ${q(current)} to ${q(wanted)} is not supported`
        : `upgrading controller to ${q(wanted)} is not supported from ${q(current)}`;
    default: {
      const limit = refusal.limit ?? ZERO;
      return late
        ? `current model ${q(current)} must be at least ${q(limit)} before upgrading to ${q(wanted)}`
        : atLeast(current, limit);
    }
  }
}

function aboveRunning(d: Needed, rules: RuleSet): string {
  const [wanted, server] = [p(d.wanted), p(d.limit)];
  if (before(rules, '2.0.0')) {
    return `a hosted environment cannot have a higher version than the server environment: ${wanted} > ${server}`;
  }
  if (before(rules, '2.3.5')) {
    return `a hosted model cannot have a higher version than the server model: ${wanted} > ${server}`;
  }
  return `model cannot be upgraded to ${wanted} while the controller is ${server}: upgrade 'controller' model first`;
}

function atLeast(current: AgentVersion, limit: AgentVersion): string {
  return `current model (${q(current)}) has to be upgraded to ${q(limit)} at least`;
}

function before(rules: RuleSet, release: string): boolean {
  return compareVersions(rules.release, parseVersion(release)) < 0;
}

function is4(rules: RuleSet): boolean {
  return rules.id === '4.x';
}

function minor(v: AgentVersion): string {
  return `${v.major}.${v.minor}`;
}

function p(v: AgentVersion): string {
  return printVersion(v);
}

function q(v: AgentVersion): string {
  return `"${printVersion(v)}"`;
}
