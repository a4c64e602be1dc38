import { describe, expect, it } from 'vitest';
import {
  EFFECT,
  EFFECTS,
  effectOf,
  FLAG,
  FLAG_SETS,
  INPUT,
  INPUTS,
  next,
  STATE,
  STATE_NAMES,
  STATES,
  stateOf,
} from './agent.ts';

const MODERN = FLAG.gateFirst | FLAG.checksDisk;

/** Walks the inputs from a state; returns the names of the states passed and the last effect. */
function walk(from: number, flags: number, ...inputs: number[]) {
  const states = [from];
  let effect: number = EFFECT.none;
  for (const input of inputs) {
    const step = next(states.at(-1)!, input, flags);
    states.push(stateOf(step));
    effect = effectOf(step);
  }
  return { path: states.map((s) => STATE_NAMES[s]).join(' '), effect };
}

function* cells() {
  for (let flags = 0; flags < FLAG_SETS; flags++) {
    for (let state = 0; state < STATES; state++) {
      for (let input = 0; input < INPUTS; input++) {
        const step = next(state, input, flags);
        yield { flags, state, input, to: stateOf(step), effect: effectOf(step) };
      }
    }
  }
}

describe('the transition table', () => {
  it('answers every state and input with a known state and effect', () => {
    let count = 0;
    for (const cell of cells()) {
      if (!(cell.to < STATES && cell.effect < EFFECTS)) expect.fail(JSON.stringify(cell));
      count++;
    }
    expect(count).toBe(FLAG_SETS * STATES * INPUTS);
  });

  it('never leaves dead, never acts there, and leaves gone only for dead', () => {
    for (const cell of cells()) {
      if (cell.state === STATE.dead) expect([cell.to, cell.effect]).toEqual([STATE.dead, 0]);
      if (cell.state === STATE.gone) {
        expect(cell.effect).toBe(EFFECT.none);
        expect([STATE.gone, STATE.dead]).toContain(cell.to);
      }
    }
  });

  it('gives every state that is not at rest an effect on entry, so that no agent hangs', () => {
    const atRest = new Set<number>([STATE.down, STATE.gone, STATE.dead, STATE.stepsGivenUp]);
    for (const cell of cells()) {
      if (cell.to === cell.state || atRest.has(cell.to)) continue;
      if (cell.effect === EFFECT.none) expect.fail(JSON.stringify(cell));
    }
  });

  it('reaches switching only from verified bytes or from a binary already unpacked', () => {
    for (const cell of cells()) {
      if (cell.to !== STATE.switching || cell.state === STATE.switching) continue;
      const verified = cell.state === STATE.unpacking && cell.input === INPUT.unpacked;
      const kept =
        cell.state === STATE.asking &&
        cell.input === INPUT.desiredOther &&
        (cell.flags & FLAG.unpacked) !== 0;
      if (!verified && !kept) expect.fail(JSON.stringify(cell));
    }
    for (const cell of cells()) {
      if (cell.to === STATE.unpacking && cell.state !== STATE.unpacking) {
        expect([cell.state, cell.input]).toEqual([STATE.downloading, INPUT.downloaded]);
      }
    }
  });

  it('never settles while upgrade steps are due (S-17)', () => {
    for (const cell of cells()) {
      if (cell.to !== STATE.waiting || cell.state === STATE.waiting) continue;
      const stepsJustDone = cell.state === STATE.steps && cell.input === INPUT.stepsDone;
      if (!stepsJustDone && (cell.flags & FLAG.stepsPending) !== 0) {
        expect.fail(JSON.stringify(cell));
      }
    }
  });
});

describe('an agent', () => {
  it('goes all the way of an upgrade, each era in its own order', () => {
    const fetched = [INPUT.wake, INPUT.desiredOther, INPUT.binaryFound];
    const modern = walk(
      STATE.waiting,
      MODERN,
      ...fetched,
      INPUT.diskEnough,
      INPUT.downloaded,
      INPUT.unpacked,
      INPUT.switched,
      INPUT.started,
      INPUT.loginOk,
    );
    expect(modern.path).toBe(
      'waiting asking finding checkingDisk downloading unpacking switching restarting connecting reporting',
    );
    const early = walk(STATE.waiting, FLAG.keepsTarget, ...fetched, INPUT.downloaded);
    expect(early.path).toBe('waiting asking finding downloading unpacking');
  });

  it('runs the steps before it asks from 2.9.5 on, and after it before', () => {
    const due = FLAG.stepsPending;
    expect(walk(STATE.reporting, MODERN | due, INPUT.reported).path).toBe('reporting steps');
    expect(walk(STATE.reporting, due, INPUT.reported, INPUT.desiredSame).path).toBe(
      'reporting asking steps',
    );
    expect(walk(STATE.steps, MODERN | due, INPUT.stepsDone).path).toBe('steps asking');
    expect(walk(STATE.steps, due, INPUT.stepsDone).path).toBe('steps waiting');
  });

  it('with steps given up: stays put in a new era, still follows the controller in an old one', () => {
    const gaveUp = FLAG.stepsPending | FLAG.stepsGivenUp;
    expect(walk(STATE.stepsGivenUp, MODERN | gaveUp, INPUT.wake).path).toBe(
      'stepsGivenUp stepsGivenUp',
    );
    expect(walk(STATE.stepsGivenUp, gaveUp, INPUT.wake, INPUT.desiredSame).path).toBe(
      'stepsGivenUp asking stepsGivenUp',
    );
  });

  it('retries after 5 s, after 60 s without space, and restarts the worker without a binary', () => {
    expect(walk(STATE.downloading, MODERN, INPUT.digestMismatch).effect).toBe(EFFECT.retryIn5s);
    expect(walk(STATE.downloading, MODERN, INPUT.downloadFailed).effect).toBe(EFFECT.retryIn5s);
    expect(walk(STATE.checkingDisk, MODERN, INPUT.diskShort).effect).toBe(EFFECT.retryIn60s);
    expect(walk(STATE.finding, MODERN, INPUT.binaryMissing).effect).toBe(EFFECT.restartWorker);
    expect(walk(STATE.retryWait, MODERN, INPUT.timer).path).toBe('retryWait asking');
    expect(walk(STATE.retryWait, FLAG.keepsTarget, INPUT.timer).path).toBe('retryWait downloading');
  });

  it('refuses a downgrade by staying as it is', () => {
    const { path, effect } = walk(STATE.asking, MODERN, INPUT.desiredRefused);
    expect([path, effect]).toEqual(['asking waiting', EFFECT.watch]);
  });

  it('finds its binary unpacked after a crash between unpacking and switching', () => {
    const { path } = walk(
      STATE.switching,
      MODERN | FLAG.unpacked,
      INPUT.crashed,
      INPUT.started,
      INPUT.loginOk,
      INPUT.reported,
      INPUT.desiredOther,
    );
    expect(path).toBe('switching restarting connecting reporting asking switching');
  });

  it('goes on with a download when the connection goes, and reconnects from anywhere else', () => {
    expect(walk(STATE.downloading, MODERN, INPUT.connectionLost).path).toBe(
      'downloading downloading',
    );
    expect(walk(STATE.waiting, MODERN, INPUT.connectionLost, INPUT.timer).path).toBe(
      'waiting reconnectWait connecting',
    );
    expect(walk(STATE.steps, MODERN, INPUT.connectionLost).path).toBe('steps restarting');
  });

  it('ends for good when its login is refused for good', () => {
    expect(walk(STATE.connecting, MODERN, INPUT.loginRefused, INPUT.wake).path).toBe(
      'connecting gone gone',
    );
    expect(walk(STATE.connecting, MODERN, INPUT.loginTryAgain).effect).toBe(EFFECT.reconnect);
  });
});
