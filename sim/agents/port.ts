/**
 * What an agent needs of a controller: the typed messages of the `Agent` and `Upgrader` facades
 * and the agent binary download (facts/juju-api 6.1, 6.2, 6.5). The live driver speaks them over a
 * WebSocket; in memory the controller core answers them directly. Versions travel as ids of one
 * VersionTable shared by the world, so that a fleet of a million allocates nothing per call.
 */

/** Answers that are not a plain success. Numbers, so that they fit a column and a trace. */
export const REFUSED = {
  /** No reply: connection refused, reset, or the controller is restarting. */
  unreachable: -1,
  /** Login refused for now (`upgrade is in progress`, `try again`). */
  tryAgain: -2,
  /** Login refused for good (`invalid entity name or password`). */
  unauthorized: -3,
  /** The controller has no agent binary for this version, OS and architecture. */
  noBinary: -4,
  /** What was downloaded has another SHA-256 than the controller said. */
  digestMismatch: -5,
  /** The download broke off or was no archive. */
  badDownload: -6,
} as const;

/** What an agent says of itself by `setStatus` (facts/juju-versions-and-upgrades 4.4, 4.5). */
export const STATUS = {
  started: 1,
  /** Runs the upgrade steps to the version given. */
  upgrading: 2,
  upgradeWillRetry: 3,
  upgradeGaveUp: 4,
} as const;

/** What came of one download, and how long it took. */
export interface Download {
  /** 0, or one of {@link REFUSED}. */
  readonly outcome: number;
  /** Simulated milliseconds from request to last byte, or to the failure. */
  readonly durationMs: number;
}

/**
 * The controller as one agent sees it. `machine` is the index of the machine agent in the
 * controller's machine table. Every method answers at once; latency is the driver's business.
 */
export interface AgentPort {
  /** Admin.Login and Agent.GetEntities: 0, or a {@link REFUSED}. */
  login(machine: number): number;
  /** Upgrader.SetTools: the agent reports the version that it ACTUALLY runs. 0, or a refusal. */
  reportVersion(machine: number, version: number): number;
  /** Upgrader.DesiredVersion: a version id, or a refusal (rule A-1 decides). */
  desiredVersion(machine: number): number;
  /** Upgrader.Tools: 0 when there is a binary for the machine's OS and architecture, or a refusal. */
  findBinary(machine: number, version: number): number;
  /** GET of the agent binary, digest checked by the agent. */
  download(machine: number, version: number): Download;
  /** Machiner.SetStatus: code of the status and the version it speaks of (-1 for none). */
  setStatus(machine: number, status: number, version: number): number;
}
