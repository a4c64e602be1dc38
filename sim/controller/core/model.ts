/**
 * A model: a workspace on the controller with its own target agent-version. The machines, containers
 * and units in it are rows of the machine table; here stand only what belongs to the model as a
 * whole, and the way to hear of changes. Watchers hear of ANY change of the model's configuration,
 * as upstream's `WatchAPIVersion` does (rule A-3 of facts/juju-versions-and-upgrades 4.1).
 */
import type { AgentVersion } from '../../versions/number.ts';

export interface Application {
  readonly name: string;
  readonly charm: string;
  /** Units made so far; the next one gets this number. */
  units: number;
}

export interface Model {
  /** Position in the controller's list of models; the machine table refers to it. */
  readonly index: number;
  readonly uuid: string;
  readonly name: string;
  /** User name without domain, e.g. `admin`. */
  readonly owner: string;
  readonly isController: boolean;
  readonly createdAtMs: number;
  readonly life: 'alive' | 'dying' | 'dead';
  /** The version that its agents are to run. */
  readonly target: AgentVersion;
  /** Id of `target` in the world's version table. */
  readonly targetId: number;
  /** What its agents other than a controller machine's are told now (rule A-1), as an id. */
  readonly toldId: number;
  /** Settings apart from `agent-version`, `name`, `uuid` and `type`. */
  readonly config: ReadonlyMap<string, unknown>;
  readonly applications: ReadonlyMap<string, Application>;
  /** Number of the next machine. */
  readonly nextMachine: number;
}

/** The same with its fields open: only the core changes a model. */
export type OwnModel = { -readonly [K in keyof Model]: Model[K] } & {
  readonly config: Map<string, unknown>;
  readonly applications: Map<string, Application>;
};

/** The stream that a model takes agent binaries from. */
export function streamOf(model: { readonly config: ReadonlyMap<string, unknown> }): string {
  const stream = model.config.get('agent-stream');
  return typeof stream === 'string' && stream !== '' ? stream : 'released';
}

/** People who want to hear of something; hearing is synchronous, and in the order of joining. */
export class Listeners<T> {
  readonly #all = new Set<(what: T) => void>();

  /** Returns the function that ends the interest. */
  add(hear: (what: T) => void): () => void {
    this.#all.add(hear);
    return () => {
      this.#all.delete(hear);
    };
  }

  tell(what: T): void {
    if (this.#all.size === 0) return;
    for (const hear of [...this.#all]) hear(what);
  }
}
