/** How `requirements/client.ts` is shown, from what the suite's own client was told and told. */
import type { Seen } from '../types.ts';
import { isVersion } from './controller-session.ts';
import {
  at,
  type Check,
  type Complaint,
  every,
  isText,
  list,
  mustGoWell,
  same,
  stepOf,
  text,
} from './judge.ts';

const MODELS = /ModelManager\(\d+\)\./;
const METADATA = /streams\/v1\//;

/** Each refusal: its step, and the code of the problem that must be told. */
const REFUSALS: Readonly<Record<string, { step: string; code: string }>> = {
  'client.bootstrap.missing': { step: 'client-bootstrap-missing', code: 'agent-binary-missing' },
  'client.bootstrap.incompatible': {
    step: 'client-bootstrap-incompatible',
    code: 'incompatible-with-client',
  },
  'client.create-environment.missing': {
    step: 'client-create-missing',
    code: 'agent-binary-missing',
  },
  'client.create-environment.incompatible': {
    step: 'client-create-incompatible',
    code: 'incompatible-with-controller',
  },
};

export const CLIENT_CHECKS: Readonly<Record<string, Check>> = {
  'client.versions': mustGoWell('client-versions', /\.Login$/, (value) =>
    every(['client', 'server', 'agent'], 'version', (name) =>
      isVersion(at(value, name as string), name as string),
    ),
  ),
  ...Object.fromEntries(
    Object.entries(REFUSALS).map(([id, { step, code }]) => [
      id,
      mustGoWell(step, METADATA, (value) => tellsAll(at(value, 'problem'), code)),
    ]),
  ),
  'client.refusals.short-form': forEachRefusal(METADATA, (value, code) => {
    const short = text(value, 'short');
    const version = /\d+\.\d+[\w.-]*/.exec(text(value, 'problem', 'wanted'))?.[0] ?? 'no version';
    if (at(value, 'problem', 'code') !== code) return `the problem is another: ${short}`;
    if (short.length > 72) return `it has ${short.length} characters: ${short}`;
    return short.includes(version) ? undefined : `it lacks ${version}: ${short}`;
  }),
  'client.refusals.change-nothing': forEachRefusal(MODELS, (value) =>
    same(at(value, 'after'), at(value, 'before'), 'the state afterwards'),
  ),
};

/** Component, version wanted, each place looked in with its outcome, what was found, a next step. */
function tellsAll(problem: unknown, code: string): Complaint {
  return (
    same(at(problem, 'code'), code, 'code') ??
    same(at(problem, 'component'), 'client', 'component') ??
    isVersion(at(problem, 'componentVersion'), 'componentVersion') ??
    isText(at(problem, 'operation'), 'operation', /./) ??
    isText(at(problem, 'wanted'), 'wanted', /\d+\.\d+/) ??
    every(
      list(problem, 'looked'),
      'place',
      (one) => isText(at(one, 'place'), 'place', /./) ?? isText(at(one, 'outcome'), 'outcome', /./),
    ) ??
    every(list(problem, 'found'), 'entry of found', (one) => isText(one, 'found', /./)) ??
    isText(at(problem, 'why'), 'why', /./) ??
    same(at(problem, 'changed'), false, 'changed') ??
    every(list(problem, 'next'), 'next step', (one) => isText(at(one, 'say'), 'say', /./)) ??
    (list(problem, 'next').some((one) => text(one, 'command') !== '')
      ? undefined
      : 'no next step is a command')
  );
}

function forEachRefusal(wire: RegExp, look: (value: unknown, code: string) => Complaint): Check {
  const steps = Object.values(REFUSALS);
  return {
    wire,
    judge: (seen: Seen) => {
      const missing = steps.find(({ step }) => !stepOf(seen, step));
      if (missing) return { outcome: 'notRun', note: `the driver took no step ${missing.step}` };
      const complaint = every(steps, 'refusal', (one) => {
        const { step, code } = one as { step: string; code: string };
        const found = stepOf(seen, step);
        return found?.ok ? look(found.value, code) : `${step} failed: ${found?.error}`;
      });
      return complaint === undefined
        ? { outcome: 'passed', note: `${steps.length} refusals, all as they must be` }
        : { outcome: 'failed', note: complaint };
    },
  };
}
