/**
 * One run of one subject: against a world of its own that is recorded, perhaps with a saboteur in
 * it, or against services that were named by URL. What came of it is what judges read and what
 * evidence is made from.
 */
import { CHECKS } from './checks/index.ts';
import { composeHooks, createRecorder, evidenceCleaner, evidencePrinter } from './record.ts';
import { recordingRelay } from './relay.ts';
import type { Saboteur } from './saboteurs/saboteur.ts';
import type {
  Evidence,
  Observation,
  Recorded,
  ReportedGap,
  Requirement,
  Seen,
  Target,
  Verdict,
} from './types.ts';
import type { StartWorld } from './world.ts';

/** Exchanges that one requirement's evidence shows. */
const EXCHANGES_MAX = 2;
/** Characters of a driver's line that evidence keeps. */
const OBSERVED_MAX = 1200;

/** A component that can be run, whatever runs it. */
export interface Runnable {
  readonly runtime: 'docker' | 'process' | 'in-process';
  run(target: Target): Promise<readonly Observation[]>;
}

export interface WitnessOptions {
  readonly seed: number;
  /** Services by URL; without it the run gets a world of its own. */
  readonly target?: Target;
  readonly startWorld: StartWorld;
  /** What makes a machine Deployed in a world of its own. */
  readonly deployBy?: 'clock' | 'signal';
  readonly signal: AbortSignal;
}

/** What one run of a subject against one world gave. */
export interface Witnessed {
  readonly seen: Seen;
  readonly gaps: readonly ReportedGap[];
  readonly evidence: (requirement: Requirement) => Omit<Evidence, 'note' | 'replay'>;
  readonly clean: (text: string) => string;
}

/** Runs a subject once, against a fresh world or the given services, with a saboteur or without. */
export async function witness(
  component: Runnable,
  options: WitnessOptions,
  saboteur?: Saboteur,
): Promise<Witnessed> {
  options.signal.throwIfAborted();
  if (options.target) return witnessGiven(component, options.target, options.signal);
  const recorder = createRecorder();
  const broken = saboteur?.hooks() ?? {};
  const world = await options.startWorld({
    seed: options.seed,
    ...(options.deployBy ? { deployBy: options.deployBy } : {}),
    hooks:
      saboteur?.side === 'client'
        ? composeHooks(broken, recorder.hooks)
        : composeHooks(recorder.hooks, broken),
  });
  try {
    const own = targetOf(world);
    const changed = saboteur?.target ? await saboteur.target(own) : undefined;
    try {
      const target = changed?.target ?? own;
      const observations = await untilAborted(component.run(target), options.signal);
      return look(observations, recorder.recorded, own, (text) => world.redact(text), world.gaps());
    } finally {
      changed?.close();
    }
  } finally {
    await world.stop();
  }
}

/** Services by URL: the MAAS is asked through a recording relay; a controller cannot be. */
async function witnessGiven(
  component: Runnable,
  given: Target,
  signal: AbortSignal,
): Promise<Witnessed> {
  const relay = given.maas ? await recordingRelay(given.maas.url) : undefined;
  try {
    const target =
      relay && given.maas ? { ...given, maas: { ...given.maas, url: relay.url } } : given;
    const observations = await untilAborted(component.run(target), signal);
    return look(observations, relay?.recorded, target, (text) => text, []);
  } finally {
    await relay?.close();
  }
}

function look(
  observations: readonly Observation[],
  recorded: readonly Recorded[] | undefined,
  target: Target,
  redact: (text: string) => string,
  gaps: readonly ReportedGap[],
): Witnessed {
  const clean = evidenceCleaner(target, redact);
  const print = evidencePrinter(target, redact);
  return {
    seen: { observations, recorded, target },
    gaps: gaps.map((gap) => ({ ...gap, what: clean(gap.what), answered: clean(gap.answered) })),
    clean,
    evidence: (requirement) => {
      const check = CHECKS[requirement.id];
      const line = observations.find((one) => one.step === check?.step);
      const matching = relevantFirst(
        (recorded ?? []).filter(
          (one) => check?.wire.test(one.what) && (check.sent?.test(one.requestBody) ?? true),
        ),
        line,
      );
      return {
        ...(line ? { observed: cut(clean(JSON.stringify(line))) } : {}),
        ...(matching.length > 0 ? { exchanges: matching.slice(0, EXCHANGES_MAX).map(print) } : {}),
      };
    },
  };
}

/** Where the step failed, the exchange whose answer is its error comes first. */
function relevantFirst(matching: Recorded[], line: Observation | undefined): Recorded[] {
  const error = line?.ok === false ? line.error : undefined;
  if (!error) return matching;
  const quoted = JSON.stringify(error).slice(1, -1);
  const isAbout = ({ answerBody }: Recorded) =>
    answerBody.includes(quoted) || (answerBody !== '' && error.includes(answerBody));
  return [...matching.filter(isAbout), ...matching.filter((one) => !isAbout(one))];
}

/** @throws Error for a requirement without a check: the suite itself is broken then. */
export function judge(requirement: Requirement, seen: Seen): Verdict {
  const check = CHECKS[requirement.id];
  if (!check) throw new Error(`no check shows ${requirement.id}`);
  return check.judge(seen);
}

/** Saboteurs of these requirements, each with the requirements that must notice it. */
export function saboteursOf(requirements: readonly Requirement[]): Map<string, Requirement[]> {
  return Map.groupBy(requirements, (one) => one.saboteur);
}

function targetOf({ maas, controller, streams }: Target): Target {
  return {
    ...(maas ? { maas } : {}),
    ...(controller ? { controller } : {}),
    ...(streams ? { streams } : {}),
  };
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return new Promise<T>((done, fail) => {
    const abort = () => fail(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(done, fail).finally(() => signal.removeEventListener('abort', abort));
  });
}

function cut(text: string): string {
  return text.length <= OBSERVED_MAX ? text : `${text.slice(0, OBSERVED_MAX)}…`;
}
