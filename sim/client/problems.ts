/**
 * Every problem that the reference client can tell, as complete facts (facts 11.3 H-1 to H-5, H-11):
 * one code a cause, every place looked in, what was there instead, and a next step that can be run
 * as it stands. The client speaks in its own name; what a controller refused is told as the
 * controller's.
 */
import { boundedList } from '../problems/list.ts';
import { type NextStep, type Problem, ProblemError } from '../problems/problem.ts';
import { problemFrom } from '../problems/schema.ts';
import { type AgentVersion, printVersion } from '../versions/number.ts';
import type { Refusal, Verdict } from '../versions/rules/verdict.ts';
import { ControllerError, type MetadataAnswer, type Platform } from './port.ts';

/** What is being asked for, in the words that every problem about it shares. */
export interface Asked {
  /** The client's own version. */
  readonly client: AgentVersion;
  readonly operation: string;
  readonly scope: string;
  readonly version: AgentVersion;
  readonly platform?: Platform;
  /** The command line that would ask the same for another version. */
  readonly command: (version: AgentVersion) => string;
}

/** What is said differently by cause. */
type Cause = Pick<Problem, 'code' | 'origin' | 'why' | 'next'> &
  Partial<Pick<Problem, 'looked' | 'found' | 'permanence'>>;

/** The rule's word on the wanted version. */
export interface Judged {
  /** What it has to fit, with its version: `client 1.25.2`, `controller 1.25.1`. */
  readonly by: string;
  readonly verdict: Verdict;
  /** Offered versions that the rule would let through, ascending. */
  readonly fitting: readonly AgentVersion[];
}

/**
 * No agent binary of the wanted version: not listed, nothing listed at all, or unreadable. Publishing
 * one is advised only where the rule would let it through.
 */
export function missing(asked: Asked, answer: MetadataAnswer, judged: Judged): ProblemError {
  const { looked, offered } = answer;
  const wanted = printVersion(asked.version);
  const release = asked.platform ? ` --os ${asked.platform.os}` : '';
  const publish = {
    say: `publish agent ${wanted} into a directory and serve it as agent-metadata-url:`,
    command: `maasquerade streams publish DIR --version ${wanted}${release}`,
  };
  return problem(asked, {
    code: MISSING[answer.outcome],
    origin: 'streams',
    why: 'straw-man.version-exists',
    permanence: answer.outcome === 'unreadable' ? 'unknown' : 'permanent',
    looked: [
      ...looked,
      ...(judged.verdict.ok ? [] : [{ place: judged.by, outcome: 'would not fit if it existed' }]),
    ],
    found: boundedList(offered.map(printVersion), 20),
    next: [...takeInstead(asked, judged), ...(judged.verdict.ok ? [publish] : [])],
  });
}

const MISSING: Readonly<Record<MetadataAnswer['outcome'], string>> = {
  found: 'agent-binary-missing',
  'no-matches': 'agent-binary-missing',
  'no-agents': 'agent-metadata-missing',
  unreadable: 'agent-metadata-unreadable',
};

/** The version exists and a rule refuses it. */
export function incompatible(
  asked: Asked,
  answer: MetadataAnswer,
  judged: Judged,
  refusal: Refusal,
): ProblemError {
  const instead = takeInstead(asked, judged);
  return problem(asked, {
    code: `incompatible-with-${judged.by.split(' ')[0]}`,
    origin: 'operator',
    why: refusal.rule,
    looked: [{ place: judged.by, outcome: 'does not fit' }, ...answer.looked],
    found: [judged.by, ...boundedList(judged.fitting.map(printVersion), 20)],
    next:
      instead.length > 0
        ? instead
        : [{ say: `use a client and a controller of ${printVersion(asked.version)}` }],
  });
}

function takeInstead(asked: Asked, { fitting }: Judged): NextStep[] {
  const newest = fitting.at(-1);
  if (!newest) return [];
  return [{ say: `take ${printVersion(newest)}, which is there:`, command: asked.command(newest) }];
}

/** There is no controller to ask. */
export function noController(
  client: AgentVersion,
  operation: string,
  wanted: string,
  looked: string,
): ProblemError {
  return new ProblemError({
    ...speaker(client),
    operation,
    wanted,
    scope: 'this client',
    code: 'no-controller',
    origin: 'operator',
    why: 'a controller has to run first',
    permanence: 'permanent',
    looked: [{ place: looked, outcome: 'no controller' }],
    found: [],
    next: [
      { say: 'start a controller that stays:', command: 'maasquerade up' },
      { say: 'or one for this command only: name its version with --server-version' },
    ],
  });
}

/** No model of that name. */
export function noSuchModel(
  client: AgentVersion,
  operation: string,
  name: string,
  controller: string,
  names: readonly string[],
): ProblemError {
  return new ProblemError({
    ...speaker(client),
    operation,
    wanted: `model ${name}`,
    scope: controller,
    code: 'no-such-model',
    origin: 'operator',
    why: 'a model is named by its whole name',
    permanence: 'permanent',
    looked: [{ place: controller, outcome: `${names.length} models` }],
    found: boundedList(names),
    next: [
      { say: 'see the models that there are:', command: 'maasquerade client status' },
      {
        say: 'or create it:',
        command: `maasquerade client add-model ${name}`,
      },
    ],
  });
}

/** A controller runs here already, and this world has room for one. */
export function controllerExists(
  asked: Asked,
  address: string,
  server: AgentVersion,
): ProblemError {
  return problem(asked, {
    code: 'controller-exists',
    origin: 'operator',
    why: 'one controller a world',
    looked: [{ place: `controller ${address}`, outcome: `runs ${printVersion(server)}` }],
    found: [`controller ${printVersion(server)}`],
    next: [
      { say: 'use the one that runs:', command: 'maasquerade client version' },
      {
        say: 'or bootstrap in a world of its own:',
        command: `MAASQUERADE_HOME=$(mktemp -d) ${asked.command(asked.version)}`,
      },
    ],
  });
}

/**
 * What a controller refused, as a problem of the controller. A problem that it sent is passed on as
 * it came; a bare text (every released controller) becomes the outcome of the place that was asked,
 * and the rule is the client's own reading. Any other error is returned as it is.
 */
export function refusedByController(
  error: unknown,
  about: {
    readonly address: string;
    readonly server: AgentVersion;
    readonly operation: string;
    readonly wanted: string;
    readonly scope: string;
    readonly looked?: MetadataAnswer['looked'];
    readonly found: readonly string[];
    /** The rule of the controller's release that refuses the same, where the client knows one. */
    readonly rule?: Refusal | undefined;
    readonly next: Problem['next'];
  },
): unknown {
  if (!(error instanceof ControllerError)) return error;
  const whole = problemFrom(error.problem);
  if (whole) return new ProblemError(whole);
  return new ProblemError({
    component: 'controller',
    componentVersion: printVersion(about.server),
    operation: about.operation,
    wanted: about.wanted,
    scope: about.scope,
    code: about.rule?.code ?? (error.code.replaceAll(' ', '-') || 'refused-by-controller'),
    origin: about.rule ? 'operator' : 'unknown',
    why: about.rule?.rule ?? 'not named by the controller',
    permanence: error.code === 'upgrade in progress' ? 'transient' : 'unknown',
    looked: [
      { place: `controller ${about.address}`, outcome: error.message },
      ...(about.looked ?? []),
    ],
    found: about.found,
    changed: false,
    next: about.next,
  });
}

function problem(asked: Asked, cause: Cause): ProblemError {
  const where = asked.platform ? ` for ${asked.platform.os} on ${asked.platform.arch}` : '';
  return new ProblemError({
    ...speaker(asked.client),
    operation: asked.operation,
    scope: asked.scope,
    wanted: `agent ${printVersion(asked.version)}${where}`,
    permanence: 'permanent',
    looked: [],
    found: [],
    ...cause,
  });
}

/** Who speaks; the client refuses only before it has changed anything. */
function speaker(client: AgentVersion) {
  return {
    component: 'client',
    componentVersion: printVersion(client),
    changed: false,
  } as const;
}
