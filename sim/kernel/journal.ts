/**
 * The gap journal: every input that a fake met and did not know. The answer on the wire is exactly
 * what the real version answers; the journal makes sure that it is never overlooked, because
 * every report shows it.
 */
export interface Gap {
  /** Which fake met it: `maas`, `controller`, `streams`, ... */
  readonly where: string;
  /** What was asked, short and without secrets, e.g. `GET /MAAS/api/2.0/pods/`. */
  readonly what: string;
  /** How it was answered, e.g. `404 Unknown API endpoint`. */
  readonly answered: string;
}

const MAX_DISTINCT = 10_000;

export class GapJournal {
  readonly #counts = new Map<string, { gap: Gap; count: number }>();
  /** Gaps not kept because too many distinct ones came (a fuzzer, say); never silently zero. */
  dropped = 0;

  note(gap: Gap): void {
    const key = `${gap.where}\n${gap.what}\n${gap.answered}`;
    const known = this.#counts.get(key);
    if (known) known.count++;
    else if (this.#counts.size < MAX_DISTINCT) this.#counts.set(key, { gap, count: 1 });
    else this.dropped++;
  }

  /** Every distinct gap with how often it came, in the order first met. */
  list(): (Gap & { count: number })[] {
    return [...this.#counts.values()].map(({ gap, count }) => ({ ...gap, count }));
  }
}
