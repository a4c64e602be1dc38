/** What a fleet is given: the machines that it drives, and the world around them. */
import type { VirtualClock } from '../kernel/clock.ts';
import type { Randomness } from '../kernel/random.ts';
import type { Trace } from '../kernel/trace.ts';
import type { VersionTable } from '../versions/number.ts';
import type { AgentPoints } from './points.ts';
import type { AgentPort } from './port.ts';

/** What a fleet reads of the machines it drives; the controller's machine table fits. */
export interface FleetMachines {
  readonly length: number;
  os(i: number): string;
  arch(i: number): string;
  isController(i: number): boolean;
  /** The version on record, an id of the world's version table; -1 when it never reported. */
  version(i: number): number;
}

export interface FleetOptions {
  readonly clock: VirtualClock;
  readonly trace: Trace;
  readonly random: Randomness;
  readonly versions: VersionTable;
  readonly machines: FleetMachines;
  /** Room for so many machines; default is as many as there are. */
  readonly capacity?: number;
  readonly port: AgentPort;
  readonly points: AgentPoints;
  /** The version that the answering server runs now, as an id. */
  readonly server: () => number;
  /** Whether the server's upgrade gate is closed, so that only its own machine may log in (S-16). */
  readonly gateClosed?: () => boolean;
  /**
   * The controller machine's agent ends, so that the server goes down for `downMs` and all
   * connections break ({@link Fleet.loseConnections}); and it is back, in `version`.
   */
  readonly onServerDown?: (downMs: number) => void;
  readonly onServerUp?: (version: number) => void;
  /** Sees every transition, for comparisons; leave out where speed counts. */
  readonly onTransition?: (machine: number, state: number, input: number, effect: number) => void;
}
