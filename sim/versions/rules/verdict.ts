/**
 * What a rule answers: yes, or no with everything needed to say why. A refusal is data, never text:
 * the fakes turn `code` into their era's own words, the reference client into an ideal problem. The
 * rule id is the one of the facts (`T-1`, `B-4`, ...), so that a reader can find its source.
 */
import type { AgentVersion } from '../number.ts';

export interface Refusal {
  readonly ok: false;
  /** Which rule decided, e.g. `T-1.request` or `straw-man.create`. */
  readonly rule: string;
  /** Stable and unique per cause, e.g. `target-above-controller`. */
  readonly code: string;
  /** The version that the wanted one was measured against, where there is one. */
  readonly limit?: AgentVersion;
  /** A version that the same rule would let through now, where the rule names one. */
  readonly instead?: AgentVersion;
  /** The version that the era's text names, where by its bug that is not the wanted one. */
  readonly named?: AgentVersion;
}

export type Verdict = { readonly ok: true } | Refusal;

export const ALLOWED: Verdict = Object.freeze({ ok: true });

export function refuse(
  rule: string,
  code: string,
  more: Pick<Refusal, 'limit' | 'instead' | 'named'> = {},
): Refusal {
  return { ok: false, rule, code, ...more };
}

/** The first refusal, or yes. Later checks are not run once one has refused. */
export function firstRefusal(...checks: readonly (() => Verdict)[]): Verdict {
  for (const check of checks) {
    const verdict = check();
    if (!verdict.ok) return verdict;
  }
  return ALLOWED;
}
