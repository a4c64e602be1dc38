/**
 * The "upgrade in progress" record of a controller, upstream's UpgradeInfo: at most one is current,
 * and its status moves only along the edges pending, db-complete, running, complete; abort is
 * possible from each (facts/juju-versions-and-upgrades 3.7, rules from 2.9.5 on; S-08, S-09, S-13).
 * While one is current, no new target may be set (2.9 of the same file). It lists the controller
 * machines that are ready and done, so that it also serves a controller of several machines.
 */
import { type AgentVersion, compareVersions, printVersion } from '../../versions/number.ts';

export type UpgradeStatus = 'pending' | 'db-complete' | 'running' | 'complete' | 'aborted';

export interface UpgradeInfo {
  readonly previous: AgentVersion;
  readonly target: AgentVersion;
  readonly status: UpgradeStatus;
  readonly startedMs: number;
  readonly ready: readonly string[];
  readonly done: readonly string[];
}

/** From where each status may be set; setting it again is no error. */
const MAY_FOLLOW: Readonly<Record<string, readonly UpgradeStatus[]>> = {
  'db-complete': ['pending', 'db-complete'],
  running: ['db-complete', 'running'],
};

/** An illegal step of the state machine. The text is upstream's. */
export class UpgradeInfoError extends Error {
  override readonly name = 'UpgradeInfoError';
}

export class UpgradeLock {
  #current: UpgradeInfo | undefined;
  readonly #archive: UpgradeInfo[] = [];

  get current(): UpgradeInfo | undefined {
    return this.#current;
  }

  /** Ended upgrades, oldest first. */
  get archive(): readonly UpgradeInfo[] {
    return this.#archive;
  }

  /**
   * A controller machine that restarted into `target` joins the current upgrade, or opens one.
   * @throws UpgradeInfoError when previous is not below target, or another upgrade is current.
   */
  ensure(previous: AgentVersion, target: AgentVersion, machine: string, nowMs: number): void {
    if (compareVersions(previous, target) >= 0) {
      throw new UpgradeInfoError(
        `cannot upgrade from ${printVersion(previous)} to ${printVersion(target)}`,
      );
    }
    const now = this.#current ?? {
      previous,
      target,
      status: 'pending',
      startedMs: nowMs,
      ready: [],
      done: [],
    };
    expectSame('previous', now.previous, previous);
    expectSame('target', now.target, target);
    this.#current = { ...now, ready: [...new Set([...now.ready, machine])] };
  }

  /** @throws UpgradeInfoError when nothing is current, or no such edge exists. */
  setStatus(status: UpgradeStatus): void {
    const from = MAY_FOLLOW[status];
    if (!from) throw new UpgradeInfoError(`cannot explicitly set upgrade status to "${status}"`);
    const now = this.#current;
    if (!now) throw new UpgradeInfoError('cannot set status on non-current upgrade');
    if (!from.includes(now.status)) {
      throw new UpgradeInfoError(
        `setting upgrade status to "${status}": upgrade status transition from "${now.status}" to "${status}" not valid`,
      );
    }
    this.#current = { ...now, status };
  }

  /**
   * A controller machine finished its steps; the last of `provisioned` completes the upgrade.
   * @throws UpgradeInfoError while the steps have not begun.
   */
  setDone(machine: string, provisioned: readonly string[]): void {
    const now = this.#current;
    if (now?.status !== 'running') {
      throw new UpgradeInfoError('cannot complete upgrade: upgrade has not yet run');
    }
    const done = [...new Set([...now.done, machine])];
    this.#current = { ...now, done };
    if (provisioned.every((one) => done.includes(one))) this.#end('complete');
  }

  /** Ends the current upgrade as aborted; without one, nothing happens. */
  abort(): void {
    if (this.#current) this.#end('aborted');
  }

  #end(status: 'complete' | 'aborted'): void {
    this.#archive.push({ ...this.#current!, status });
    this.#current = undefined;
  }
}

function expectSame(which: 'previous' | 'target', has: AgentVersion, got: AgentVersion): void {
  if (compareVersions(has, got) === 0) return;
  throw new UpgradeInfoError(
    `current upgrade info mismatch: expected ${which} version ${printVersion(has)}, got ${printVersion(got)}`,
  );
}
