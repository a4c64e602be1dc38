/**
 * Watches a fleet for what must never happen, at each event and from the fleet's own records, and
 * never from what an agent meant to do. The invariants are those of
 * facts/juju-versions-and-upgrades 11.1 that a fleet can break; ids are kept. A full look at all
 * machines is made at each virtual minute and at the end, so that a counter that drifts from the
 * columns is a violation too (facts/anchors 4.8 item 7).
 */
import { compareVersions, printVersion, type VersionTable } from '../versions/number.ts';
import { INPUT } from './agent.ts';
import type { Judgements } from './traits.ts';

export interface Violation {
  /** Id in facts 11.1 or 11.2, or `counters`. */
  readonly invariant: string;
  /** Index in the controller's machine table, -1 when it is not about one. */
  readonly machine: number;
  readonly atMs: number;
  readonly what: string;
}

/** Violations kept in full; all are counted. */
const MOST_KEPT = 100;

export class Monitor {
  readonly violations: Violation[] = [];
  count = 0;
  readonly #versions: VersionTable;
  readonly #judgements: Judgements;
  readonly #nowMs: () => number;

  constructor(versions: VersionTable, judgements: Judgements, nowMs: () => number) {
    this.#versions = versions;
    this.#judgements = judgements;
    this.#nowMs = nowMs;
  }

  /** S-03: nobody but a controller machine is told a version above the server's that told it. */
  answered(machine: number, onController: boolean, wanted: number, server: number): void {
    if (!onController && this.#above(wanted, server)) {
      this.violate('S-03', machine, `told ${this.#text(wanted)} by a ${this.#text(server)} server`);
    }
  }

  /**
   * An agent restarts into another version (S-04, S-10, S-12, S-29).
   * @param asked the version it last decided to take
   * @param verified whether the bytes of that version passed the digest check on this machine
   */
  activated(
    machine: number,
    onController: boolean,
    from: number,
    to: number,
    asked: number,
    server: number,
    verified: boolean,
  ): void {
    if (!onController && this.#above(to, server)) {
      this.violate('S-04', machine, `runs ${this.#text(to)} under a ${this.#text(server)} server`);
    }
    if (!verified) this.violate('S-10', machine, `runs unverified ${this.#text(to)}`);
    if (to !== asked) {
      this.violate('S-12', machine, `runs ${this.#text(to)}, asked for ${this.#text(asked)}`);
    }
    if (this.#judgements.judge(from, to) === INPUT.desiredRefused) {
      this.violate('S-29', machine, `went from ${this.#text(from)} down to ${this.#text(to)}`);
    }
  }

  violate(invariant: string, machine: number, what: string): void {
    this.count++;
    if (this.violations.length < MOST_KEPT) {
      this.violations.push({ invariant, machine, atMs: this.#nowMs(), what });
    }
  }

  #above(a: number, b: number): boolean {
    return a !== b && compareVersions(this.#versions.at(a), this.#versions.at(b)) > 0;
  }

  #text(id: number): string {
    return id < 0 || id >= this.#versions.size
      ? `version #${id}`
      : printVersion(this.#versions.at(id));
  }
}
