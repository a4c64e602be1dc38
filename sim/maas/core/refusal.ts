/**
 * How the fake MAAS says no. A refusal is a Problem (structured facts) that also carries what this
 * era of MAAS says about it: one text, or a map from form field to messages (facts/maas-api 7).
 * The kind decides the HTTP status in `api/`; the core itself knows no HTTP. A refusal is thrown
 * before anything is changed, which is how "a failed request changes nothing" is kept
 * (facts/maas-api 0.18).
 */
import { type Problem, ProblemError } from '../../problems/problem.ts';

/** What sort of no it is; `api/answers.ts` gives each its HTTP status. */
export type RefusalKind =
  | 'not-found'
  | 'invalid'
  | 'forbidden'
  | 'conflict'
  | 'gone'
  | 'unavailable'
  | 'broken';

/** Form errors: field name to messages; `__all__` holds those of no field. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>;

/** What MAAS itself would say: a plain text, or form errors. */
export type Saying = string | FieldErrors;

export class Refusal extends ProblemError {
  readonly kind: RefusalKind;
  readonly saying: Saying;

  constructor(kind: RefusalKind, saying: Saying, problem: Problem) {
    super(problem);
    this.kind = kind;
    this.saying = saying;
  }
}

/** The facts of a Problem that a refusal may add; the rest follows from its kind. */
export type RefusalFacts = Partial<Omit<Problem, 'component' | 'changed'>>;

const DEFAULT_CODE: Readonly<Record<RefusalKind, string>> = {
  'not-found': 'maas-object-missing',
  invalid: 'maas-request-invalid',
  forbidden: 'maas-not-permitted',
  conflict: 'maas-state-conflict',
  gone: 'maas-feature-removed',
  unavailable: 'maas-exhausted',
  broken: 'maas-internal-error',
};

/** Makes a {@link Refusal}. `facts` should name at least what was wanted and what was found. */
export function refusal(kind: RefusalKind, saying: Saying, facts: RefusalFacts = {}): Refusal {
  return new Refusal(kind, saying, {
    code: DEFAULT_CODE[kind],
    component: 'maas',
    origin: kind === 'broken' ? 'maas' : 'operator',
    operation: 'answer a request',
    wanted: '',
    looked: [],
    found: [],
    why: `maas.${kind}`,
    scope: 'this request',
    permanence: kind === 'unavailable' ? 'unknown' : 'permanent',
    next: [],
    ...facts,
    changed: false,
  });
}

/** What a refusal about one machine or device is about, for people. */
export function scopeOf(machine: {
  readonly systemId: string;
  readonly state: { readonly hostname: string };
}): string {
  return `machine ${machine.systemId} (${machine.state.hostname})`;
}

/** Form errors of one field. */
export function fieldRefusal(
  field: string,
  message: string | readonly string[],
  facts?: RefusalFacts,
) {
  const messages = typeof message === 'string' ? [message] : message;
  return refusal('invalid', { [field]: messages }, { scope: field, ...facts });
}

/** `No <Model> matches the given query.` */
export function notFound(model: string, wanted: string): Refusal {
  return refusal('not-found', `No ${model} matches the given query.`, {
    operation: `find ${model}`,
    wanted,
  });
}
