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

/** One step that a component's driver took, as it printed it (`components/STEPS.md`). */
export interface Observation {
  readonly step: string;
  readonly ok: boolean;
  readonly value?: unknown;
  readonly error?: string;
}

/** One exchange as the recorder saw it. Headers and bodies are raw: never print one unredacted. */
export interface Recorded {
  readonly service: 'maas' | 'controller' | 'streams';
  /** `POST /MAAS/api/2.0/machines/?op=allocate` or `ModelManager(9).ListModels`. */
  readonly what: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly requestBody: string;
  /** 0 where the protocol has none (RPC). */
  readonly status: number;
  readonly answerHeaders: Readonly<Record<string, string>>;
  readonly answerBody: string;
}

/** Where the services under test are. A check gets this and nothing else. */
export interface Target {
  readonly maas?: { readonly url: string; readonly apiKey: string };
  readonly controller?: {
    readonly address: string;
    readonly caCert: string;
    readonly user: string;
    readonly password: string;
    readonly uuid: string;
  };
  readonly streams?: { readonly url: string };
}

/** Everything that a judge may look at. */
export interface Seen {
  readonly observations: readonly Observation[];
  /** Undefined where the suite does not own the services, so nothing could be recorded. */
  readonly recorded: readonly Recorded[] | undefined;
  readonly target: Target;
}

export interface Verdict {
  readonly outcome: Outcome;
  readonly note: string;
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
  /** What the driver's step printed, redacted and cut. */
  readonly observed?: string;
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

/** An input that a fake met and did not know, as the report shows it. */
export interface ReportedGap {
  readonly where: string;
  readonly what: string;
  readonly answered: string;
  readonly count: number;
}

/** What `--self-test` found about one subject's requirements. */
export interface SelfTestResult {
  readonly id: string;
  /** How many requirements failed, as they must, when their saboteur was at work. */
  readonly noticed: number;
  /** Requirements that noticed nothing: must be none. */
  readonly blind: readonly {
    readonly requirement: string;
    readonly saboteur: string;
    readonly note: string;
  }[];
  /** Requirements that could not be put to the test; never counted as fine. */
  readonly notRun: readonly string[];
}

/** Everything that may differ between two equal runs is in here, and nowhere else. */
export interface Provenance {
  readonly at: string;
  readonly product: string;
  readonly productVersion: string;
  readonly commit: string;
  readonly dirty: boolean;
  readonly command: string;
  readonly runtime: string;
  readonly host: string;
  readonly wallMs: number;
}

export const REPORT_FORMAT = 'maasquerade-conformance/1';

export interface Report {
  readonly format: typeof REPORT_FORMAT;
  readonly seed: number;
  /** `own`: a world of the suite's making. `given`: services that were named by URL. */
  readonly world: 'own' | 'given';
  readonly subjects: readonly SubjectResult[];
  readonly gaps: readonly ReportedGap[];
  readonly selfTest?: readonly SelfTestResult[];
  /** Subjects whose own run broke: neither passed nor failed, the run ends with 3. */
  readonly broke: readonly { readonly subject: string; readonly reason: string }[];
  /** Each requirement that was asked, once, so that a report can be read alone. */
  readonly requirements: readonly Requirement[];
  readonly provenance: Provenance;
}
