/**
 * The ideal renderer: text for people, made from a problem's facts and nothing else (design 3.7).
 * The long form names every fact on a line of its own, in the order in which an operator asks: who
 * could not do what, what was wanted, where it looked and what was there, why, what to do next.
 * The short form fits one status line of 72 characters and always keeps the deciding token, which
 * is the wanted version where there is one. Control characters are shown, not sent: a fact may
 * hold what a broken mirror answered.
 */
import type { Component, Problem } from './problem.ts';

/** The length of one status line, in characters. */
export const SHORT_LENGTH = 72;

const VERSION = /\b\d+\.\d+(?:-[a-z]+\d+|\.\d+)(?:\.\d+)?/;

const PERMANENCE: Readonly<Record<Problem['permanence'], string>> = {
  permanent: 'permanent: the same request fails again until somebody changes something',
  transient: 'transient: the same request may succeed later',
  unknown: 'unknown whether the same request would succeed later',
};

const ORIGIN: Readonly<Record<Problem['origin'], string>> = {
  client: 'the client',
  controller: 'the controller',
  agent: 'the agent',
  machine: 'the machine',
  maas: 'MAAS (maas)',
  streams: 'the agent metadata (streams)',
  operator: 'the request (operator)',
  unknown: 'an unknown component',
};

/** Text of a problem: `short` is at most {@link SHORT_LENGTH} characters, `long` many lines. */
export function renderProblem(problem: Problem, form: 'short' | 'long'): string {
  return form === 'short' ? short(problem) : long(problem);
}

/** What a reader must see even in the shortest text: the wanted version, else all that was wanted. */
export function decidingToken(problem: Problem): string {
  return VERSION.exec(problem.wanted)?.[0] ?? visible(problem.wanted);
}

function short(problem: Problem): string {
  const cause = problem.code.replaceAll('-', ' ');
  const token = decidingToken(problem);
  const candidates = [
    `${speaker(problem)}: cannot ${problem.operation}: ${problem.wanted}: ${cause}`,
    `${problem.component}: cannot ${problem.operation}: ${token}: ${cause}`,
    `${problem.component}: ${problem.wanted}: ${cause}`,
    `${problem.component}: ${token}: ${cause}`,
    `${problem.component}: ${token}`,
    token,
  ].map(visible);
  return candidates.find((text) => text.length <= SHORT_LENGTH) ?? clip(visible(token));
}

function long(problem: Problem): string {
  const next = problem.next.flatMap((step) =>
    step.command === undefined ? [step.say] : [step.say, `  ${step.command}`],
  );
  const lines = [
    `${speaker(problem)} cannot ${problem.operation} (${problem.scope})`,
    ...field('problem', [problem.code]),
    ...field('wanted', [problem.wanted]),
    ...field(
      'looked in',
      problem.looked.map((at) => `${at.place}: ${at.outcome}`),
      'nowhere',
    ),
    ...field('found', oneLine(problem.found), 'nothing'),
    ...field('why', [`rule ${problem.why}; cause lies with ${ORIGIN[problem.origin]}`]),
    ...field('changed', [problem.changed ? 'some of it was done' : 'nothing']),
    ...field('again', [PERMANENCE[problem.permanence]]),
    ...field('next', next, 'nothing can be advised'),
  ];
  return lines.map(visible).join('\n');
}

/** Short things (versions, machines) side by side, up to a dozen a line; anything longer one a line. */
function oneLine(values: readonly string[]): string[] {
  if (values.some((value) => value.length > 16)) return [...values];
  const lines: string[] = [];
  for (let i = 0; i < values.length; i += 12) lines.push(values.slice(i, i + 12).join(', '));
  return lines;
}

const MARGIN = '  looked in: '.length;

/** One labelled block: the first value beside the label, the others below it. */
function field(label: string, values: readonly string[], none = ''): string[] {
  const shown = values.length > 0 ? values : [none];
  return shown.map((value, i) =>
    i === 0 ? `${`  ${label}:`.padEnd(MARGIN)}${value}` : `${' '.repeat(MARGIN)}${value}`,
  );
}

function speaker(problem: Problem): string {
  const name: Component = problem.component;
  return problem.componentVersion === undefined ? name : `${name} ${problem.componentVersion}`;
}

/** Control characters as `\u001b`: a fact must never drive the reader's terminal. */
function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (c) => `\\u${c.codePointAt(0)!.toString(16).padStart(4, '0')}`);
}

function clip(text: string): string {
  return text.length <= SHORT_LENGTH ? text : `${text.slice(0, SHORT_LENGTH - 1)}…`;
}
