/**
 * A problem: one thing that went wrong, as structured facts. Facts are what the emitter could know
 * when it spoke; text is made from them by `render.ts`, never the other way round (design 3.7).
 */

/** Who speaks, or whose fault it is. `machine` is what MAAS hands out, `maas` the region. */
export type Component = 'client' | 'controller' | 'agent' | 'machine' | 'maas' | 'streams';

/** One place that was looked in, in the order of looking, with what came of it. */
export interface Looked {
  /** A URL, a path, or a name such as `controller cache`. */
  readonly place: string;
  /** What happened there, e.g. `404`, `3 agent binaries, none for centos`, `not signed`. */
  readonly outcome: string;
}

/** Something an operator can do next. `command` can be run as it stands. */
export interface NextStep {
  readonly say: string;
  readonly command?: string;
}

export interface Problem {
  /** Stable and unique per cause, e.g. `agent-binary-missing`. */
  readonly code: string;
  /** Who speaks, with its version where it has one. */
  readonly component: Component;
  readonly componentVersion?: string;
  /** Whose fault it is, as far as the emitter can tell. */
  readonly origin: Component | 'operator' | 'unknown';
  /** What was being done: verb and object, e.g. `bootstrap a controller`. */
  readonly operation: string;
  /** What was asked for: a version, a binary, a machine, a constraint. */
  readonly wanted: string;
  readonly looked: readonly Looked[];
  /** What was found instead; empty means nothing. */
  readonly found: readonly string[];
  /** The id of the rule that decided, e.g. `straw-man.create.not-newer-than-controller`. */
  readonly why: string;
  /** What it concerns, e.g. `model default`, `machine-7`. */
  readonly scope: string;
  /** Whether repeating the same request can succeed without anybody changing anything. */
  readonly permanence: 'permanent' | 'transient' | 'unknown';
  /** Whether anything was changed before it failed. */
  readonly changed: boolean;
  readonly next: readonly NextStep[];
}

/** An error that carries its {@link Problem}. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.component}: cannot ${problem.operation}: ${problem.code}`);
    this.problem = problem;
  }
}
