/**
 * How a controller decides on a new target for a model: the sequence of upstream's
 * `ModelUpgrader.UpgradeModel` (facts/juju-versions-and-upgrades 3.4), each rule taken from the rule
 * set of its release. Permission, life, version, validators, then (unless it is a dry run) the gates
 * at commit: ceiling, agents behind, upgrade in progress. Deciding changes nothing, so a refusal
 * leaves everything as it was (S-19) and a dry run names what the real run would take (S-20).
 */
import type { Looked } from '../../problems/problem.ts';
import {
  type AgentVersion,
  compareVersions,
  equalVersions,
  parseVersion,
  printVersion,
  type VersionTable,
  ZERO,
} from '../../versions/number.ts';
import { choiceNeedsSearch, chooseTarget } from '../../versions/rules/choice.ts';
import { isBehind } from '../../versions/rules/gate.ts';
import { checkHostedInControllerUpgrade, checkJump } from '../../versions/rules/jump.ts';
import type { RuleSet } from '../../versions/rules/rule-set.ts';
import {
  checkCeilingAtCommit,
  checkCeilingAtRequest,
  checkLowerTarget,
  type UpgradeQuestion,
} from '../../versions/rules/upgrade.ts';
import type { Refusal, Verdict } from '../../versions/rules/verdict.ts';
import type { BinaryCache } from './binaries.ts';
import type { Hindrances } from './hindrances.ts';
import { type MachineTable, NO_VERSION } from './machines.ts';
import { type Model, streamOf } from './model.ts';
import {
  type Blocker,
  type BlockerReason,
  bounded,
  type ControllerRefusal,
  type RefusalDetails,
  type RefusalFacts,
  refusal,
} from './refusal.ts';
import type { UpgradeLock } from './upgrade-info.ts';

export interface UpgradeRequest {
  readonly modelUuid: string;
  /** Without it, or with the zero version, the rules of the release choose. */
  readonly target?: AgentVersion;
  /** Agent stream; default is the model's. */
  readonly stream?: string;
  readonly ignoreAgentVersions?: boolean;
  readonly dryRun?: boolean;
}

/** What the decision may look at. */
export interface UpgradeView {
  readonly rules: RuleSet;
  readonly versions: VersionTable;
  readonly models: readonly Model[];
  readonly machines: MachineTable;
  readonly cache: BinaryCache;
  readonly lock: UpgradeLock;
  readonly hindrances: Hindrances;
  /** What the answering controller runs. */
  readonly server: AgentVersion;
}

const KNOWN_STREAMS = ['released', 'proposed', 'devel', 'testing'];

/**
 * The version that the model's target is to become.
 * @throws ControllerRefusal for each reason not to.
 */
export function decideUpgrade(view: UpgradeView, model: Model, request: UpgradeRequest) {
  return new Decision(view, model, request).run();
}

class Decision {
  readonly #view: UpgradeView;
  readonly #model: Model;
  readonly #request: UpgradeRequest;
  readonly #explicit: AgentVersion | undefined;
  readonly #stream: string;
  #looked: readonly Looked[] = [];
  /** What is decided so far; travels in `chosen-version` even beside an error. */
  #chosen: AgentVersion = ZERO;

  constructor(view: UpgradeView, model: Model, request: UpgradeRequest) {
    this.#view = view;
    this.#model = model;
    this.#request = request;
    const given = request.target;
    this.#explicit = given && !equalVersions(given, ZERO) ? given : undefined;
    this.#stream = request.stream || streamOf(model);
  }

  run(): AgentVersion {
    const { lock } = this.#view;
    if (this.#model.life !== 'alive') throw this.#refuse(notAlive(this.#model));
    if (this.#view.rules.id === '4.x' && !KNOWN_STREAMS.includes(this.#stream)) {
      throw this.#unknownStream();
    }
    this.#chosen = this.#decide();
    this.#validate();
    if (this.#request.dryRun) return this.#chosen;
    this.#require(checkCeilingAtCommit(this.#view.rules, this.#question(this.#chosen)));
    if (equalVersions(this.#chosen, this.#model.target)) return this.#chosen;
    this.#requireAgentsCaughtUp();
    if (lock.current) throw this.#inProgress();
    return this.#chosen;
  }

  #decide(): AgentVersion {
    const { rules } = this.#view;
    const wanted = this.#explicit;
    if (!wanted) return this.#choose();
    const question = this.#question(wanted);
    this.#require(checkCeilingAtRequest(rules, question));
    // A hosted model that goes where its controller is needs neither search nor test (3.4 of the facts).
    const toController =
      rules.choice === 'present-minor' &&
      rules.id !== 'straw-man' &&
      !this.#model.isController &&
      equalVersions(wanted, question.controllerTarget);
    if (!toController) {
      this.#require(checkLowerTarget(rules, question));
      this.#requireBinary(wanted);
    }
    return wanted;
  }

  #choose(): AgentVersion {
    const { rules, cache } = this.#view;
    const { current, controllerTarget, server } = this.#question(ZERO);
    const controllerModel = this.#model.isController;
    let candidates: AgentVersion[] = [];
    if (choiceNeedsSearch(rules, controllerModel)) {
      const outcome = cache.list(this.#stream, current.major, -1);
      this.#looked = outcome.looked;
      candidates = outcome.found.map((one) => one.binary.number);
    }
    const choice = chooseTarget(rules, {
      controllerModel,
      current,
      candidates,
      controller: rules.id === '4.x' ? server : controllerTarget,
    });
    if (!choice.ok) throw this.#refused(choice);
    return choice.version;
  }

  #requireBinary(wanted: AgentVersion): void {
    const outcome = this.#view.cache.list(this.#stream, wanted.major, wanted.minor);
    this.#looked = outcome.looked;
    if (outcome.found.some((one) => equalVersions(one.binary.number, wanted))) return;
    const other = outcome.found.map((one) => printVersion(one.binary.number));
    throw this.#refuse(
      {
        code: 'agent-binary-missing',
        why: 'U-1',
        origin: 'streams',
        found: bounded([...new Set(other)].sort()),
        next: [
          {
            say: `publish the agent binaries of ${printVersion(wanted)} in stream ${this.#stream}, or take a version that is there`,
            command: `maasquerade streams publish DIR --version ${printVersion(wanted)} --stream ${this.#stream}`,
          },
        ],
      },
      { chosen: ZERO },
    );
  }

  /** All blockers of all models together, as the eras that have validators report them. */
  #validate(): void {
    const { rules, models } = this.#view;
    const question = this.#question(this.#chosen);
    const jump = checkJump(rules, question);
    // Before 3.0.3 an illegal jump is refused by itself; later it is one blocker among others.
    if (!jump.ok && jump.rule !== 'P-1') throw this.#refused(jump);
    const blockers: Blocker[] = [];
    const add = (model: Model, reasons: BlockerReason[]) => {
      if (reasons.length > 0) blockers.push({ model: `${model.owner}/${model.name}`, reasons });
    };
    add(this.#model, [
      ...blocked(jump, question.current),
      ...this.#hindrances(),
      ...this.#droppedOs(this.#model, this.#chosen),
    ]);
    for (const hosted of this.#model.isController ? models : []) {
      if (hosted.isController || hosted.life !== 'alive') continue;
      const verdict = checkHostedInControllerUpgrade(rules, hosted.target, this.#chosen);
      const mode = this.#validated() && this.#view.hindrances.migrating.get(hosted.uuid);
      add(hosted, [
        ...blocked(verdict, hosted.target),
        ...(mode ? [{ kind: 'migrating', mode } as const] : []),
        ...this.#droppedOs(hosted, this.#chosen),
      ]);
    }
    if (blockers.length === 0) return;
    throw this.#refuse(
      {
        code: 'upgrade-blocked',
        why: ruleOf(blockers[0]!.reasons[0]!),
        found: bounded(blockers.map(describeBlocker)),
        next: [{ say: 'mend what is named for each model, then ask again' }],
      },
      { blockers },
    );
  }

  /** Whether the release has the validators that look at the database and at models (P-3 to P-10). */
  #validated(): boolean {
    const { rules } = this.#view;
    const since = parseVersion('2.9.33');
    return (rules.id === '2.9' || rules.id === '3.x') && compareVersions(rules.release, since) >= 0;
  }

  /** P-3 and P-4 for the controller, P-10 for a model of its own. */
  #hindrances(): BlockerReason[] {
    if (!this.#validated()) return [];
    const { hindrances } = this.#view;
    if (this.#model.isController) {
      const replicas = hindrances.sickReplicas();
      const version = hindrances.database;
      return [
        ...replicas.map((replica) => ({ kind: 'replica', replica }) as const),
        ...(hindrances.oldDatabase() ? [{ kind: 'old-database', version } as const] : []),
      ];
    }
    const locked = hindrances.seriesLocked.has(this.#model.uuid);
    return locked && !this.#request.ignoreAgentVersions ? [{ kind: 'series-lock' }] : [];
  }

  /** P-5: from major 3 on no agent runs on Windows. */
  #droppedOs(model: Model, target: AgentVersion): BlockerReason[] {
    const { rules, machines } = this.#view;
    if (target.major < 3 || (rules.id !== '2.9' && rules.id !== '3.x')) return [];
    let count = 0;
    machines.forEachOf(model.index, (i) => {
      if (machines.os(i) === 'windows' && !machines.isRetired(i)) count++;
    });
    return count > 0 ? [{ kind: 'dropped-os', os: 'windows', count }] : [];
  }

  #requireAgentsCaughtUp(): void {
    const { rules, machines, versions, server } = this.#view;
    const controllersOnly = rules.agentsGate === 'controller-machines';
    if (controllersOnly && !this.#model.isController) return;
    if (this.#request.ignoreAgentVersions && rules.ignoreAgentVersions) return;
    const current = this.#model.target;
    const behind: string[] = [];
    machines.forEachOf(this.#model.index, (i) => {
      if (machines.isRetired(i) || machines.isHeld(i)) return;
      if (controllersOnly && !machines.isController(i)) return;
      const id = machines.version(i);
      const actual = id === NO_VERSION ? undefined : versions.at(id);
      if (isBehind(actual, current, this.#chosen)) behind.push(machines.tag(i));
    });
    if (behind.length === 0) return;
    const ignore = rules.ignoreAgentVersions ? ' --ignore-agent-versions' : '';
    throw this.#refuse(
      {
        code: 'agents-behind',
        why: '2.8',
        origin: 'agent',
        permanence: 'transient',
        found: bounded(behind),
        next: [
          {
            say: `wait until the agents named run ${printVersion(current)}, or see why they do not`,
            command: `juju status -m ${this.#model.name}`,
          },
          ...(ignore
            ? [
                {
                  say: 'or go on without the machines that will never come back',
                  command: `juju upgrade-model -m ${this.#model.name} --agent-version ${printVersion(this.#chosen)}${ignore}`,
                },
              ]
            : []),
        ],
      },
      { agents: bounded(behind), limit: server },
    );
  }

  #inProgress(): ControllerRefusal {
    const current = this.#view.lock.current!;
    return this.#refuse({
      code: 'upgrade-in-progress',
      why: '2.9',
      origin: 'controller',
      permanence: 'transient',
      found: [
        `upgrade from ${printVersion(current.previous)} to ${printVersion(current.target)}, ${current.status}`,
      ],
      next: [
        {
          say: 'wait until the controller has finished its own upgrade',
          command: 'juju status -m controller',
        },
      ],
    });
  }

  #unknownStream(): ControllerRefusal {
    return this.#refuse(
      {
        code: 'unknown-stream',
        why: 'P-13',
        found: KNOWN_STREAMS,
        next: [{ say: 'name one of the streams that exist' }],
      },
      { name: this.#stream },
    );
  }

  #require(verdict: Verdict): void {
    if (!verdict.ok) throw this.#refused(verdict);
  }

  /** A rule's refusal as a problem of this request. */
  #refused(by: Refusal): ControllerRefusal {
    const limit = by.limit ? [`${LIMIT_OF[by.code] ?? 'now at'} ${printVersion(by.limit)}`] : [];
    return this.#refuse(
      {
        code: by.code,
        why: by.rule,
        found: limit,
        next: nextSteps(by, this.#model),
      },
      {
        ...(by.limit ? { limit: by.limit } : {}),
        ...(by.named ? { named: by.named } : {}),
      },
    );
  }

  #refuse(
    facts: Omit<RefusalFacts, 'operation' | 'wanted' | 'scope'>,
    details: RefusalDetails = {},
  ): ControllerRefusal {
    const wanted = this.#explicit ?? this.#chosen;
    const automatic = this.#explicit === undefined;
    return refusal(
      this.#view.server,
      {
        operation: this.#model.isController ? 'upgrade the controller' : 'upgrade a model',
        wanted: equalVersions(wanted, ZERO) ? 'a newer agent-version' : printVersion(wanted),
        scope: `model ${this.#model.name}`,
        looked: this.#looked,
        ...facts,
      },
      {
        wanted,
        current: this.#model.target,
        controllerModel: this.#model.isController,
        automatic,
        chosen: this.#chosen,
        ...details,
      },
    );
  }

  #question(wanted: AgentVersion): UpgradeQuestion {
    const { models, server } = this.#view;
    return {
      controllerModel: this.#model.isController,
      current: this.#model.target,
      wanted,
      controllerTarget: models[0]!.target,
      server,
    };
  }
}

/** What a rule's limit is, by the code of its refusal. */
const LIMIT_OF: Readonly<Record<string, string>> = {
  'target-above-controller': "the controller's model is at",
  'target-above-running-controller': 'the controller runs',
  'no-upgrades-available': 'the model is at',
  'no-candidate': 'nothing newer than',
  downgrade: 'the model is at',
  incompatible: 'the limit is',
};

function nextSteps(by: Refusal, model: Model) {
  const instead = by.instead ? printVersion(by.instead) : undefined;
  switch (by.code) {
    case 'target-above-controller':
    case 'target-above-running-controller':
      return [
        { say: 'upgrade the controller first', command: 'juju upgrade-controller' },
        {
          say: `or take the model to ${instead} at most`,
          command: `juju upgrade-model -m ${model.name} --agent-version ${instead}`,
        },
      ];
    case 'no-upgrades-available':
    case 'no-candidate':
      return [{ say: 'publish a newer agent binary, or name the version that is wanted' }];
    case 'downgrade':
      return [{ say: 'restore from a backup: a target never goes down' }];
    default:
      return instead
        ? [{ say: `go to ${instead} first` }]
        : [{ say: 'move the models to a controller of that version instead' }];
  }
}

function notAlive(model: Model): Omit<RefusalFacts, 'operation' | 'wanted' | 'scope'> {
  return {
    code: 'model-not-alive',
    why: '3.4 step 4',
    found: [`life ${model.life}`],
    next: [{ say: 'name a model that is not being destroyed', command: 'juju models' }],
  };
}

function blocked(verdict: Verdict, current: AgentVersion): BlockerReason[] {
  return verdict.ok ? [] : [{ kind: 'rule', refusal: verdict, current }];
}

const RULES = {
  'dropped-os': 'P-5',
  replica: 'P-3',
  'old-database': 'P-4',
  migrating: 'P-9',
  'series-lock': 'P-10',
} as const;

function ruleOf(reason: BlockerReason): string {
  return reason.kind === 'rule' ? reason.refusal.rule : RULES[reason.kind];
}

/** A reason in the problem's own short words. */
function describeReason(reason: BlockerReason): string {
  switch (reason.kind) {
    case 'rule':
      return `${reason.refusal.code} from ${printVersion(reason.current)} (${reason.refusal.rule})`;
    case 'dropped-os':
      return `${reason.count} machines on ${reason.os}`;
    case 'replica':
      return `database at ${reason.replica.address} is ${reason.replica.state}`;
    case 'old-database':
      return `database is at ${reason.version}`;
    case 'migrating':
      return `being migrated (${reason.mode})`;
    case 'series-lock':
      return 'a machine’s series is being upgraded';
  }
}

function describeBlocker(blocker: Blocker): string {
  const reasons = blocker.reasons.map(describeReason);
  return `model ${blocker.model}: ${reasons.join(', ')}`;
}
