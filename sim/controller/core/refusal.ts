/**
 * What the controller refuses, as data. Every refusal is a complete Problem (its facts are what the
 * controller itself knows) plus the details from which an era's own, often poorer, text is made in
 * `api/texts.ts`. Nothing here knows a text of any era.
 */
import { type Looked, type NextStep, type Problem, ProblemError } from '../../problems/problem.ts';
import { type AgentVersion, printVersion } from '../../versions/number.ts';
import type { Refusal } from '../../versions/rules/verdict.ts';
import type { Replica } from './hindrances.ts';

/** One model that stands in the way of an upgrade, with the verdicts of the validators. */
export interface Blocker {
  /** `owner/name`. */
  readonly model: string;
  readonly reasons: readonly BlockerReason[];
}

/**
 * A rule's refusal with the versions it judged, a count of machines on a dropped OS (P-5), or one of the
 * hindrances of the controller or the model (P-3, P-4, P-9, P-10).
 */
export type BlockerReason =
  | { readonly kind: 'rule'; readonly refusal: Refusal; readonly current: AgentVersion }
  | { readonly kind: 'dropped-os'; readonly os: string; readonly count: number }
  | { readonly kind: 'replica'; readonly replica: Replica }
  | { readonly kind: 'old-database'; readonly version: string }
  | { readonly kind: 'migrating'; readonly mode: string }
  | { readonly kind: 'series-lock' };

export interface RefusalDetails {
  /** The target that was asked for or chosen, when there is one. */
  readonly wanted?: AgentVersion;
  readonly current?: AgentVersion;
  /** The version that the wanted one was measured against. */
  readonly limit?: AgentVersion;
  /** The version that the era's text names, where by its bug that is not the wanted one. */
  readonly named?: AgentVersion;
  /** Tags of agents in the way. */
  readonly agents?: readonly string[];
  readonly blockers?: readonly Blocker[];
  /** A name that was not known, taken or not acceptable. */
  readonly name?: string;
  /** Whether it happened to the controller's own model. */
  readonly controllerModel?: boolean;
  /** Whether the version was chosen by the controller rather than asked for. */
  readonly automatic?: boolean;
  /** What had been decided before the refusal (`chosen-version` beside an error). */
  readonly chosen?: AgentVersion;
}

export class ControllerRefusal extends ProblemError {
  readonly details: RefusalDetails;

  constructor(problem: Problem, details: RefusalDetails = {}) {
    super(problem);
    this.details = details;
  }
}

/** What a refusal says beyond what every refusal of this controller says. */
export interface RefusalFacts {
  readonly code: string;
  readonly operation: string;
  readonly wanted: string;
  readonly why: string;
  readonly scope: string;
  readonly origin?: Problem['origin'];
  readonly permanence?: Problem['permanence'];
  readonly looked?: readonly Looked[];
  readonly found?: readonly string[];
  readonly next: readonly NextStep[];
}

/** Builds a refusal: nothing was changed, the controller speaks, by default it is for good. */
export function refusal(
  server: AgentVersion,
  facts: RefusalFacts,
  details: RefusalDetails = {},
): ControllerRefusal {
  return new ControllerRefusal(
    {
      component: 'controller',
      componentVersion: printVersion(server),
      origin: 'operator',
      permanence: 'permanent',
      looked: [],
      found: [],
      changed: false,
      ...facts,
    },
    details,
  );
}

const NAMED_IN_FULL = 100;

/** At most a hundred names, and how many more there are: an answer stays bounded. */
export function bounded(names: readonly string[]): string[] {
  if (names.length <= NAMED_IN_FULL) return [...names];
  return [...names.slice(0, NAMED_IN_FULL), `and ${names.length - NAMED_IN_FULL} more`];
}
