/** What a bench is: it measures ratios side by side in one run, and only ratios can gate. */
export interface BenchRow {
  /** What was measured, e.g. `fleet driver : object heap, events a second`. */
  readonly figure: string;
  /** The measured ratio; NaN for what could not be measured, with the reason in the note. */
  readonly ratio: number;
  /** The ratio must be at least this; absent means for information. */
  readonly gate?: number;
  /** The ratio must be at most this. */
  readonly atMost?: number;
  /** Absolute figures with their units, for people; they depend on the machine. */
  readonly note: string;
}

export interface Bench {
  readonly name: string;
  run(): Promise<readonly BenchRow[]>;
}
