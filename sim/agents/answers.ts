/** What the controller's answers, as numbers of the port, mean to an agent's transition function. */
import { INPUT } from './agent.ts';
import { REFUSED } from './port.ts';

/** Inputs that tell of a failure: the last one says what keeps an agent back. */
export const FAILURES: ReadonlySet<number> = new Set([
  INPUT.binaryMissing,
  INPUT.diskShort,
  INPUT.downloadFailed,
  INPUT.digestMismatch,
  INPUT.unpackFailed,
  INPUT.stepsFailed,
  INPUT.stepsGaveUp,
]);

/** What a login's answer means to the agent (facts/juju-api 6.1 step 3b). */
export function loginInput(answer: number): number {
  if (answer >= 0) return INPUT.loginOk;
  if (answer === REFUSED.unreachable) return INPUT.connectionLost;
  return answer === REFUSED.unauthorized ? INPUT.loginRefused : INPUT.loginTryAgain;
}

/** What the answer to `Upgrader.Tools` means. */
export function findInput(answer: number): number {
  if (answer >= 0) return INPUT.binaryFound;
  if (answer === REFUSED.unreachable) return INPUT.connectionLost;
  return answer === REFUSED.noBinary ? INPUT.binaryMissing : INPUT.requestFailed;
}
