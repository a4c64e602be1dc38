/**
 * How a check is written: a {@link Check} is a pure judge over what a subject's driver saw, and
 * the pattern of the exchanges that show it. The `must…` helpers make judges of the common forms;
 * a judge never throws over what it was given, because a driver may be anybody's.
 */
import type { Observation, Recorded, Seen, Verdict } from '../types.ts';

export interface Check {
  judge(seen: Seen): Verdict;
  /** Which exchanges are its evidence: matched against `Recorded.what`. */
  readonly wire: RegExp;
  /** Of those, which: matched against what was sent in the body. */
  readonly sent?: RegExp;
  /** The step whose printed line is evidence too. */
  readonly step?: string;
}

/** A complaint, or undefined when all is well. */
export type Complaint = string | undefined;

/** Any JSON value; read it with {@link at} where its shape is not sure. */
export type Loose = unknown;

export const passed = (note: string): Verdict => ({ outcome: 'passed', note });
export const failed = (note: string): Verdict => ({ outcome: 'failed', note });
export const notRun = (note: string): Verdict => ({ outcome: 'notRun', note });

export function stepOf(seen: Seen, step: string): Observation | undefined {
  return seen.observations.find((one) => one.step === step);
}

/** The value of a step that went well, else undefined. */
export function valueIn(seen: Seen, step: string): Loose {
  const found = stepOf(seen, step);
  return found?.ok ? found.value : undefined;
}

/** The step must go well, and `look` must have no complaint about its value. */
export function mustGoWell(
  step: string,
  wire: RegExp,
  look: (value: Loose, seen: Seen) => Complaint = () => undefined,
): Check {
  return {
    wire,
    step,
    judge: (seen) =>
      withStep(seen, step, (found) => {
        if (!found.ok) return failed(`${step} failed: ${short(found.error)}`);
        return verdict(look(found.value, seen), `${step} went well`);
      }),
  };
}

/** The step must fail, and its error must be as `look` wants it. */
export function mustFail(
  step: string,
  wire: RegExp,
  look: (error: string, value: Loose, seen: Seen) => Complaint,
): Check {
  return {
    wire,
    step,
    judge: (seen) =>
      withStep(seen, step, (found) => {
        if (found.ok) return failed(`${step} should have been refused and went well`);
        const error = found.error ?? '';
        return verdict(look(error, found.value, seen), `refused, as it must be: ${short(error)}`);
      }),
  };
}

/** Says which of several like exchanges are a check's evidence. */
export function sending(sent: RegExp, check: Check): Check {
  return { ...check, sent };
}

/** The recorded exchanges must be as `look` wants them. */
export function mustExchange(
  wire: RegExp,
  look: (recorded: readonly Recorded[], seen: Seen) => Complaint,
): Check {
  return {
    wire,
    judge: (seen) => {
      if (!seen.recorded) {
        return notRun('exchanges are recorded only in a world of the suite’s own');
      }
      const matching = seen.recorded.filter((one) => wire.test(one.what));
      if (matching.length === 0) return failed('no such exchange was seen');
      return verdict(
        look(matching, seen),
        `${matching.length} exchanges seen, all as they must be`,
      );
    },
  };
}

/** A driver that lacks a step has not been asked; one whose earlier step failed neither. */
export function withStep(seen: Seen, step: string, then: (found: Observation) => Verdict): Verdict {
  const found = stepOf(seen, step);
  if (!found) return notRun(`the driver took no step ${step}`);
  if (!found.ok && found.error?.startsWith('needs ')) return notRun(`${step} ${found.error}`);
  return then(found);
}

export function verdict(complaint: Complaint, good: string): Verdict {
  return complaint === undefined ? passed(good) : failed(complaint);
}

/** Reads a path of keys and indices; undefined where there is nothing. */
export function at(value: Loose, ...path: (string | number)[]): Loose {
  let here = value;
  for (const key of path) {
    if (here === null || typeof here !== 'object') return undefined;
    here = (here as Record<string | number, unknown>)[key];
  }
  return here;
}

/** A list, or an empty one where there is none. */
export function list(value: Loose, ...path: (string | number)[]): Loose[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The values of an object, or none. */
export function values(value: Loose, ...path: (string | number)[]): Loose[] {
  const found = at(value, ...path);
  return found !== null && typeof found === 'object' ? Object.values(found) : [];
}

export function text(value: Loose, ...path: (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** Complains unless every entry passes; says which one does not. An empty list is a complaint. */
export function every(
  entries: readonly Loose[],
  what: string,
  look: (entry: Loose) => Complaint,
): Complaint {
  if (entries.length === 0) return `there are no ${what}`;
  for (const [index, entry] of entries.entries()) {
    const complaint = look(entry);
    if (complaint) return `${what} ${index}: ${complaint}`;
  }
  return undefined;
}

/** Complains, naming both, unless the two are the same JSON. */
export function same(found: Loose, wanted: Loose, what: string): Complaint {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  return a === b ? undefined : `${what} is ${short(a)}, wanted ${short(b)}`;
}

export function isText(value: Loose, what: string, form?: RegExp): Complaint {
  if (typeof value !== 'string') return `${what} is ${short(JSON.stringify(value))}, not a text`;
  if (form && !form.test(value)) return `${what} is ${JSON.stringify(value)}`;
  return undefined;
}

export function has(found: string, wanted: string | RegExp): Complaint {
  const yes = typeof wanted === 'string' ? found.includes(wanted) : wanted.test(found);
  return yes ? undefined : `the error says ${JSON.stringify(short(found))}, wanted ${wanted}`;
}

export function short(value: string | undefined): string {
  const line = (value ?? 'nothing').replace(/\s+/g, ' ').trim();
  return line.length > 240 ? `${line.slice(0, 240)}…` : line;
}
