/**
 * The machine agent as one transition function. Everything that an agent decides is in the table
 * below; the drivers (`fleet.ts` on the virtual clock, `live.ts` on a socket) only carry effects
 * out and feed back what came of them. It is a lookup of small integers, so that a fleet of a
 * million allocates nothing. Sources: facts/juju-versions-and-upgrades 4.2 (upgrader worker),
 * 4.3 (unpack and switch), 4.4 (upgrade steps), 12.1 (delays); facts/juju-api 6.1 (login).
 *
 *     down, restarting --started--> connecting --loginOk--> reporting --reported--+
 *                                     ^  | tryAgain, lost                         |
 *                                     |  v                                        v
 *                                 reconnectWait             (era gateFirst) steps, else asking
 *     steps --done--> waiting or asking; --failed--> stepsWait --timer--> steps; --gaveUp--> stepsGivenUp
 *     waiting --wake--> asking --other--> finding --> checkingDisk --> downloading --> unpacking
 *       --> switching --> restarting. A failed round: retryWait (5 s) or diskWait (60 s), then ask again.
 *     A failed lookup of the binary ends the worker: workerWait (3 s and growing), then report again.
 *
 * Order of upgrade steps and upgrader: from 2.9.5 on (`gateFirst`) the upgrader waits for the steps;
 * before, the steps wait for the upgrader's first "nothing newer" (facts 4.2 step 2, A-4).
 */

/** Where an agent is. `dead` and `gone` are final. */
export const STATE = {
  /** Never started yet: a machine that is still being set up. */
  down: 0,
  connecting: 1,
  reporting: 2,
  steps: 3,
  /** Between two attempts of the upgrade steps. */
  stepsWait: 4,
  /** Five attempts failed: runs on, but its gate stays closed until a human acts (by design). */
  stepsGivenUp: 5,
  /** Settled: nothing to do until its watcher fires. */
  waiting: 6,
  asking: 7,
  finding: 8,
  checkingDisk: 9,
  /** There was too little free space; looks again in a minute, for ever. */
  diskWait: 10,
  downloading: 11,
  unpacking: 12,
  switching: 13,
  /** The process ended; the init system starts what the link names. */
  restarting: 14,
  /** A round of fetching failed; again in five seconds, for ever. */
  retryWait: 15,
  /** The upgrader worker ended in an error and is about to be started again. */
  workerWait: 16,
  /** The connection is lost or was refused for now. */
  reconnectWait: 17,
  /** Refused for good: the agent ended. */
  gone: 18,
  /** The machine is off, unplugged, unreachable. */
  dead: 19,
} as const;

/** What happened to an agent. */
export const INPUT = {
  started: 0,
  loginOk: 1,
  /** "upgrade is in progress", "try again". */
  loginTryAgain: 2,
  /** "invalid entity name or password": final (facts/juju-api 6.1 step 3b). */
  loginRefused: 3,
  reported: 4,
  stepsDone: 5,
  stepsFailed: 6,
  /** The last attempt failed. */
  stepsGaveUp: 7,
  /** The watcher fired; spurious wake-ups are normal. */
  wake: 8,
  desiredSame: 9,
  desiredOther: 10,
  /** The controller wants a version that this agent's era refuses to go down to. */
  desiredRefused: 11,
  binaryFound: 12,
  binaryMissing: 13,
  diskEnough: 14,
  diskShort: 15,
  /** All bytes are there and have the SHA-256 that the controller named. */
  downloaded: 16,
  downloadFailed: 17,
  digestMismatch: 18,
  unpacked: 19,
  unpackFailed: 20,
  switched: 21,
  /** A delay that an effect asked for is over. */
  timer: 22,
  connectionLost: 23,
  /** A request was answered with an error that is none of the above: ends the worker. */
  requestFailed: 24,
  /** The process died; the init system will start it again. */
  crashed: 25,
  powerLost: 26,
} as const;

/** What the driver must do next; each but `none` brings exactly one input back. */
export const EFFECT = {
  none: 0,
  connect: 1,
  report: 2,
  runSteps: 3,
  /** Wait between two attempts of the steps. */
  waitForSteps: 4,
  watch: 5,
  ask: 6,
  find: 7,
  checkDisk: 8,
  /** Fetch and hash in one pass, as the agent does (4.3). */
  download: 9,
  unpack: 10,
  switch: 11,
  restart: 12,
  retryIn5s: 13,
  retryIn60s: 14,
  restartWorker: 15,
  reconnect: 16,
  /** A new machine's set-up script fetches and starts its first agent. */
  setUp: 17,
} as const;

/** What an agent remembers besides its state, and what its era does differently. */
export const FLAG = {
  /** `upgradedToVersion` in its configuration differs from what it runs (4.4). */
  stepsPending: 1,
  /** The last attempt of the steps failed since the process started. */
  stepsGivenUp: 2,
  /** The wanted binary is already unpacked on its disk. */
  unpacked: 4,
  /** Era: the upgrader waits until the steps are done (2.9.5+). */
  gateFirst: 8,
  /** Era: free space is checked before a download (2.3.9+). */
  checksDisk: 16,
  /** Era: after a failed round the wanted version is kept, not asked again (1.x). */
  keepsTarget: 32,
} as const;

export const STATES = Object.keys(STATE).length;
export const INPUTS = Object.keys(INPUT).length;
export const EFFECTS = Object.keys(EFFECT).length;
export const FLAG_SETS = 64;

export const STATE_NAMES = Object.keys(STATE);
export const INPUT_NAMES = Object.keys(INPUT);
export const EFFECT_NAMES = Object.keys(EFFECT);

/** Delays in simulated milliseconds (facts 12.1; no back-off, jitter or limit unless said). */
export const DELAY = {
  /** After a failed round of fetching, every era. */
  retryMs: 5_000,
  /** After a shortage of disk space. */
  diskMs: 60_000,
  /** Restart of a worker that ended in an error; from 2.4.5 growing by 1.2 per repeat. */
  workerMs: 3_000,
  workerGrowth: 1.2,
  workerMostMs: 120_000,
  /** Calm after which the growth starts anew. */
  workerCalmMs: 60_000,
  /** Between attempts of the upgrade steps (4.4). */
  stepsMs: 120_000,
  /** Between rounds of a new machine's set-up script. */
  setUpMs: 15_000,
} as const;

/** Attempts of the upgrade steps before giving up (4.4). */
export const STEPS_ATTEMPTS = 5;

/**
 * What an agent does next.
 * @param state one of {@link STATE}
 * @param input one of {@link INPUT}
 * @param flags a union of {@link FLAG}
 * @returns the next state, plus the effect shifted left by 8
 */
export function next(state: number, input: number, flags: number): number {
  return TABLE[(flags * STATES + state) * INPUTS + input]!;
}

/** The state part of {@link next}'s answer. */
export function stateOf(step: number): number {
  return step & 0xff;
}

/** The effect part of {@link next}'s answer. */
export function effectOf(step: number): number {
  return step >>> 8;
}

/** The readable rule; it is run once for every cell of the table. */
function decide(state: number, input: number, flags: number): number {
  const S = STATE;
  const I = INPUT;
  const E = EFFECT;
  const has = (flag: number) => (flags & flag) !== 0;
  const go = (to: number, effect: number) => to | (effect << 8);
  const stay = go(state, E.none);

  if (state === S.dead) return stay;
  if (input === I.powerLost) return go(S.dead, E.none);
  if (state === S.gone) return stay;
  if (input === I.crashed && state !== S.down) return go(S.restarting, E.restart);
  if (input === I.connectionLost) {
    // A process that is not connected has nothing to lose; a download cannot be stopped,
    // and what follows it needs no connection.
    if (NEEDS_NO_CONNECTION.has(state)) return stay;
    // The steps worker ends the whole process when its connection goes (4.4).
    if (state === S.steps || state === S.stepsWait) return go(S.restarting, E.restart);
    return go(S.reconnectWait, E.reconnect);
  }

  const asking = go(S.asking, E.ask);
  const settle = () =>
    has(FLAG.stepsPending) ? go(S.stepsGivenUp, E.watch) : go(S.waiting, E.watch);
  const stepsDue = has(FLAG.stepsPending) && !has(FLAG.stepsGivenUp);
  const afterReport = () => {
    if (!has(FLAG.gateFirst) || !has(FLAG.stepsPending)) return asking;
    return stepsDue ? go(S.steps, E.runSteps) : go(S.stepsGivenUp, E.none);
  };
  const fetch = () =>
    has(FLAG.checksDisk) ? go(S.checkingDisk, E.checkDisk) : go(S.downloading, E.download);
  const retry = go(S.retryWait, E.retryIn5s);
  const failWorker = go(S.workerWait, E.restartWorker);

  switch (state * INPUTS + input) {
    case S.down * INPUTS + I.started:
    case S.restarting * INPUTS + I.started:
    case S.reconnectWait * INPUTS + I.timer:
      return go(S.connecting, E.connect);

    case S.down * INPUTS + I.binaryMissing:
    case S.down * INPUTS + I.downloadFailed:
    case S.down * INPUTS + I.digestMismatch:
    case S.down * INPUTS + I.unpackFailed:
    case S.down * INPUTS + I.crashed:
      return go(S.down, E.setUp);

    case S.connecting * INPUTS + I.loginOk:
    case S.workerWait * INPUTS + I.timer:
      return go(S.reporting, E.report);
    case S.connecting * INPUTS + I.loginTryAgain:
    case S.connecting * INPUTS + I.requestFailed:
      return go(S.reconnectWait, E.reconnect);
    case S.connecting * INPUTS + I.loginRefused:
      return go(S.gone, E.none);

    case S.reporting * INPUTS + I.reported:
      return afterReport();
    case S.reporting * INPUTS + I.requestFailed:
    case S.asking * INPUTS + I.requestFailed:
    case S.finding * INPUTS + I.requestFailed:
    case S.finding * INPUTS + I.binaryMissing:
      return failWorker;

    case S.steps * INPUTS + I.stepsDone:
      return has(FLAG.gateFirst) ? asking : go(S.waiting, E.watch);
    case S.steps * INPUTS + I.stepsFailed:
      return go(S.stepsWait, E.waitForSteps);
    case S.steps * INPUTS + I.stepsGaveUp:
      // The upgrader of an older era runs beside the steps and goes on watching.
      return go(S.stepsGivenUp, has(FLAG.gateFirst) ? E.none : E.watch);
    case S.stepsWait * INPUTS + I.timer:
      return go(S.steps, E.runSteps);

    case S.waiting * INPUTS + I.wake:
      return asking;
    case S.stepsGivenUp * INPUTS + I.wake:
      return has(FLAG.gateFirst) ? stay : asking;

    case S.asking * INPUTS + I.desiredSame:
    case S.asking * INPUTS + I.desiredRefused:
      return stepsDue ? go(S.steps, E.runSteps) : settle();
    case S.asking * INPUTS + I.desiredOther:
      return has(FLAG.unpacked) ? go(S.switching, E.switch) : go(S.finding, E.find);

    case S.finding * INPUTS + I.binaryFound:
    case S.checkingDisk * INPUTS + I.diskEnough:
      return state === S.finding ? fetch() : go(S.downloading, E.download);
    case S.checkingDisk * INPUTS + I.diskShort:
      return go(S.diskWait, E.retryIn60s);

    case S.downloading * INPUTS + I.downloaded:
      return go(S.unpacking, E.unpack);
    case S.downloading * INPUTS + I.downloadFailed:
    case S.downloading * INPUTS + I.digestMismatch:
    case S.unpacking * INPUTS + I.unpackFailed:
      return retry;
    case S.retryWait * INPUTS + I.timer:
    case S.diskWait * INPUTS + I.timer:
      return has(FLAG.keepsTarget) ? fetch() : asking;

    case S.unpacking * INPUTS + I.unpacked:
      return go(S.switching, E.switch);
    case S.switching * INPUTS + I.switched:
      return go(S.restarting, E.restart);

    default:
      // An input that cannot concern this state (a late wake-up, say) changes nothing.
      return stay;
  }
}

const NEEDS_NO_CONNECTION: ReadonlySet<number> = new Set([
  STATE.down,
  STATE.downloading,
  STATE.unpacking,
  STATE.switching,
  STATE.restarting,
  STATE.reconnectWait,
]);

const TABLE = new Uint16Array(FLAG_SETS * STATES * INPUTS);
for (let flags = 0; flags < FLAG_SETS; flags++) {
  for (let state = 0; state < STATES; state++) {
    for (let input = 0; input < INPUTS; input++) {
      TABLE[(flags * STATES + state) * INPUTS + input] = decide(state, input, flags);
    }
  }
}
