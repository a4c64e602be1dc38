/**
 * The conformance engine: subjects x requirements -> results with evidence. Each subject meets a
 * fresh world, or the services that were named by URL; its driver's observations and the recorded
 * exchanges go to pure judges. What did not run is never counted as passed, and a driver that
 * broke is not a subject that failed (facts/anchors 2, rules 1 to 6).
 */
import { runReference } from './reference/component.ts';
import { REQUIREMENTS } from './requirements/index.ts';
import type { Saboteur } from './saboteurs/saboteur.ts';
import { selfTest } from './self-test.ts';
import { findSubject, type Subject } from './subjects.ts';
import type {
  Observation,
  Profile,
  Report,
  ReportedGap,
  Requirement,
  RequirementResult,
  SubjectResult,
} from './types.ts';
import {
  judge,
  type Runnable,
  saboteursOf,
  type Witnessed,
  type WitnessOptions,
  witness,
} from './witness.ts';
import type { OpenComponent, OpenedComponent, Runtime } from './world.ts';

export interface RunOptions extends WitnessOptions {
  readonly subjects: readonly string[];
  /** Only requirements of these profiles; all without it. */
  readonly profiles?: readonly Profile[];
  /** A contributor's own build in the place of the pinned release. */
  readonly with?: string;
  readonly runtime: Runtime;
  readonly selfTest: boolean;
  /** What the suite's own clients say their version is. */
  readonly productVersion: string;
  readonly openComponent: OpenComponent;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What is under way, e.g. `jujulib` or `jujulib with error-null`. */
  readonly doing: string;
}

/** A report without its provenance, which only the caller knows. */
export type Results = Omit<Report, 'provenance' | 'format'>;

interface InProcess extends Runnable {
  readonly available: true;
  readonly runtime: 'in-process';
  close(): Promise<void>;
}

interface NotYet {
  readonly available: false;
  readonly reason: string;
}

/**
 * Puts subjects to the suite.
 * @throws RangeError for an unknown subject id; the reason of `signal` when it is aborted
 */
export async function runConformance(options: RunOptions): Promise<Results> {
  const subjects = options.subjects.map((id) => {
    const subject = findSubject(id);
    if (!subject) throw new RangeError(`no subject has the id ${id}`);
    return subject;
  });
  const results: SubjectResult[] = [];
  const selfTests: NonNullable<Report['selfTest']>[number][] = [];
  const broke: Report['broke'][number][] = [];
  const gaps: ReportedGap[] = [];
  const asked = new Map<string, Requirement>();
  const plan = subjects.map((subject) => requirementsOf(subject, options.profiles));
  const total =
    subjects.length +
    (options.selfTest ? plan.reduce((sum, one) => sum + saboteursOf(one).size, 0) : 0);
  let done = 0;
  const advance = (doing: string) => options.onProgress?.({ done, total, doing });

  for (const [index, subject] of subjects.entries()) {
    const requirements = plan[index]!;
    for (const one of requirements) asked.set(one.id, one);
    advance(subject.id);
    const component = await open(subject, options);
    try {
      if (!component.available) {
        results.push(unavailable(subject, requirements, component.reason));
        if (options.selfTest) {
          selfTests.push({
            id: subject.id,
            noticed: 0,
            blind: [],
            notRun: requirements.map((one) => one.id),
          });
        }
        continue;
      }
      const world = { ...options, ...(subject.deployBy ? { deployBy: subject.deployBy } : {}) };
      const witnessed = await witness(component, world);
      gaps.push(...witnessed.gaps);
      results.push(judgeSubject(subject, component.runtime, requirements, witnessed, options));
      done++;
      if (options.selfTest) {
        const clean = results.at(-1)!;
        const trial = (saboteur: Saboteur) => witness(component, world, saboteur);
        selfTests.push(
          await selfTest(
            subject.id,
            requirements,
            clean,
            trial,
            (saboteur) => {
              advance(`${subject.id} with ${saboteur}`);
              done++;
            },
            options.signal,
          ),
        );
      }
    } catch (error) {
      options.signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      broke.push({ subject: subject.id, reason });
      if (!results.some((one) => one.id === subject.id)) {
        results.push(unavailable(subject, requirements, `the run broke: ${reason}`));
      }
    } finally {
      if (component.available) await component.close();
    }
  }
  return {
    seed: options.seed,
    world: options.target ? 'given' : 'own',
    subjects: results.sort(byId),
    gaps: mergeGaps(gaps),
    ...(options.selfTest ? { selfTest: selfTests.sort(byId) } : {}),
    broke: broke.sort((a, b) => (a.subject < b.subject ? -1 : 1)),
    requirements: [...asked.values()].sort(byId),
  };
}

/** The requirements that a subject is asked, in the order of their ids. */
export function requirementsOf(
  subject: Pick<Subject, 'id'>,
  profiles?: readonly Profile[],
): Requirement[] {
  return REQUIREMENTS.filter(
    (one) =>
      one.subjects.includes(subject.id) &&
      (profiles === undefined || profiles.includes(one.profile)),
  );
}

/** Which exit code a run ends with (design 4); interruption is the caller's business. */
export function exitOf(results: Results, strict: boolean): 0 | 1 | 3 | 4 {
  const sum = (key: 'passed' | 'failed' | 'notRun') =>
    results.subjects.reduce((total, one) => total + one[key], 0);
  const blind = (results.selfTest ?? []).some((one) => one.blind.length > 0);
  const untested = (results.selfTest ?? []).some((one) => one.notRun.length > 0);
  if (results.broke.length > 0) return 3;
  if (sum('failed') > 0 || blind) return 1;
  if (sum('passed') === 0) return 4;
  return strict && (sum('notRun') > 0 || untested) ? 4 : 0;
}

async function open(
  subject: Subject,
  options: RunOptions,
): Promise<OpenedComponent | InProcess | NotYet> {
  if (subject.runs === 'not-yet') {
    return { available: false, reason: `no component of this checkout runs ${subject.id} yet` };
  }
  if (subject.runs === 'in-process') {
    return {
      available: true,
      runtime: 'in-process',
      run: (target) => runReference(target, options.productVersion),
      close: async () => undefined,
    };
  }
  return options.openComponent(subject.id, {
    runtime: options.runtime,
    ...(options.with === undefined ? {} : { with: options.with }),
  });
}

function judgeSubject(
  subject: Subject,
  runtime: SubjectResult['runtime'],
  requirements: readonly Requirement[],
  witnessed: Witnessed,
  options: RunOptions,
): SubjectResult {
  const replay = replayLine(subject.id, options);
  return count(
    subject.id,
    versionOf(witnessed.seen.observations),
    runtime,
    requirements.map((requirement) => {
      const { outcome, note } = judge(requirement, witnessed.seen);
      return {
        id: requirement.id,
        level: requirement.level,
        oracle: requirement.oracle,
        outcome,
        evidence: {
          note: witnessed.clean(note),
          ...(outcome === 'notRun' ? {} : witnessed.evidence(requirement)),
          replay,
        },
      };
    }),
  );
}

function replayLine(subject: string, options: RunOptions): string {
  const words = ['maasquerade conform --subject', subject, '--seed', String(options.seed)];
  if (options.with) words.push('--with', options.with);
  if (options.target?.maas) words.push('--maas-url', options.target.maas.url, '--api-key KEY');
  return words.join(' ');
}

function unavailable(
  subject: Subject,
  requirements: readonly Requirement[],
  reason: string,
): SubjectResult {
  return count(
    subject.id,
    'unknown',
    'none',
    requirements.map((one) => ({
      id: one.id,
      level: one.level,
      oracle: one.oracle,
      outcome: 'notRun',
      evidence: { note: reason },
    })),
  );
}

function count(
  id: string,
  version: string,
  runtime: SubjectResult['runtime'],
  requirements: readonly RequirementResult[],
): SubjectResult {
  const of = (outcome: RequirementResult['outcome']) =>
    requirements.filter((one) => one.outcome === outcome).length;
  return {
    id,
    version,
    runtime,
    passed: of('passed'),
    failed: of('failed'),
    notRun: of('notRun'),
    notApplicable: of('notApplicable'),
    requirements,
  };
}

function versionOf(observations: readonly Observation[]): string {
  const client = observations.find((one) => one.step === 'client')?.value;
  const { version } = (client ?? {}) as { version?: unknown };
  return typeof version === 'string' ? version : 'unknown';
}

function mergeGaps(gaps: readonly ReportedGap[]): ReportedGap[] {
  const merged = new Map<string, ReportedGap>();
  for (const gap of gaps) {
    const key = [gap.where, gap.what, gap.answered].join('\n');
    const known = merged.get(key);
    merged.set(key, { ...gap, count: gap.count + (known?.count ?? 0) });
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, gap]) => gap);
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
