/**
 * The conformance vocabulary: requirements, subjects, outcomes, evidence (design 2, 3.10, 4).
 * Requirements are records, one file a group under `requirements/`; checks get a URL and a key and
 * nothing else.
 */

/** RFC 2119 level, taken from the source: a fact marked [hard] is a MUST. */
export type Level = 'MUST' | 'SHOULD' | 'MAY';
export type Profile = 'maas' | 'controller' | 'agent' | 'streams' | 'client';

/**
 * Who decides: `released-client` means an unmodified released client is the judge and a failure
 * indicts our fake (fidelity); `suite` means the suite is the judge and a failure indicts the
 * subject (conformance).
 */
export type Oracle = 'released-client' | 'suite';

export interface Requirement {
  /** Stable, e.g. `maas.version.anonymous`. */
  readonly id: string;
  /** One sentence: what must hold. */
  readonly title: string;
  readonly level: Level;
  readonly profile: Profile;
  /** Where the rule comes from: a facts section, an upstream file, a line of the original post. */
  readonly source: string;
  readonly oracle: Oracle;
  /** Id of the small break of the fake that this requirement must notice (see `saboteurs.ts`). */
  readonly saboteur: string;
  /** Subjects that can be asked this; others are not counted. */
  readonly subjects: readonly string[];
}

export type Outcome = 'passed' | 'failed' | 'notRun' | 'notApplicable';

/** One exchange on the wire, redacted. Bodies are cut to a stated length. */
export interface Exchange {
  readonly request: string;
  readonly answer: string;
}

export interface Evidence {
  /** What was seen, in one or two sentences; for notRun the reason, for notApplicable its source. */
  readonly note: string;
  readonly exchanges?: readonly Exchange[];
  /** The one command that shows it again. */
  readonly replay?: string;
}

export interface RequirementResult {
  readonly id: string;
  readonly level: Level;
  readonly oracle: Oracle;
  readonly outcome: Outcome;
  readonly evidence: Evidence;
}

export interface SubjectResult {
  readonly id: string;
  readonly version: string;
  readonly runtime: 'docker' | 'process' | 'in-process' | 'none';
  readonly passed: number;
  readonly failed: number;
  readonly notRun: number;
  readonly notApplicable: number;
  readonly requirements: readonly RequirementResult[];
}
