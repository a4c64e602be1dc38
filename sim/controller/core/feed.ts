/**
 * What changed in some models since it was last asked: the models themselves and rows of the machine
 * table. Watchers are made of it. It remembers each changed thing once, however often it changes, so
 * a feed that nobody reads is bounded by what there is (facts/juju-api 5.2).
 */
import type { ControllerCore } from './controller.ts';
import type { Model } from './model.ts';

/** The changes of one look. */
export interface Changes {
  readonly models: readonly Model[];
  /** Rows of the machine table, in ascending order. */
  readonly rows: readonly number[];
}

export class ChangeFeed {
  readonly #core: ControllerCore;
  readonly #models = new Set<Model>();
  readonly #rows = new Set<number>();
  readonly #stop: (() => void)[] = [];

  /**
   * @param wanted which models to tell of
   * @param changed called at each change
   */
  constructor(core: ControllerCore, wanted: (model: Model) => boolean, changed: () => void) {
    this.#core = core;
    const hearModel = (model: Model) => {
      if (!wanted(model)) return;
      this.#models.add(model);
      changed();
    };
    const hearRow = (i: number) => {
      if (!wanted(core.models()[core.machines.model(i)]!)) return;
      this.#rows.add(i);
      changed();
    };
    this.#stop.push(core.modelChanges.add(hearModel), core.agentChanges.add(hearRow));
  }

  /** Counts all that there is in a model as changed: the first batch of a watcher. */
  addAll(model: Model): void {
    this.#models.add(model);
    this.#core.machines.forEachOf(model.index, (i) => {
      if (!this.#core.machines.isRetired(i)) this.#rows.add(i);
    });
  }

  /** What changed since the last time; undefined for nothing. */
  take(): Changes | undefined {
    if (this.#models.size === 0 && this.#rows.size === 0) return undefined;
    const changes = {
      models: [...this.#models].sort((a, b) => a.index - b.index),
      rows: [...this.#rows].sort((a, b) => a - b),
    };
    this.#models.clear();
    this.#rows.clear();
    return changes;
  }

  close(): void {
    for (const stop of this.#stop) stop();
  }
}
