/**
 * What the reference client needs of the world: a controller to talk to, agent metadata to look
 * in, and a way to start a controller. Declared here, implemented twice: over the wire (`rpc.ts`,
 * `metadata.ts`) and in memory by the world. All of it is what a real client could see; nothing
 * here knows of a simulation.
 */
import type { Looked } from '../problems/problem.ts';
import type { AgentVersion } from '../versions/number.ts';

export interface ModelSummary {
  readonly uuid: string;
  readonly name: string;
  /** User name of the owner, e.g. `admin`. */
  readonly owner: string;
  readonly isController: boolean;
  /** The version that its agents are to run. */
  readonly agentVersion: AgentVersion;
}

/** One machine, container or unit agent as the controller knows it. */
export interface AgentRecord {
  /** What people call it: `3`, `3/lxd/0`, `mysql/0`. */
  readonly name: string;
  /** What it ACTUALLY runs, by its own last report; undefined while it has reported nothing. */
  readonly version: AgentVersion | undefined;
  /** `started`, `down`, `pending`, `error`. */
  readonly status: string;
  /** What it says besides; empty for nothing. */
  readonly message: string;
}

export interface UpgradeOptions {
  readonly model: ModelSummary;
  /** Absent lets the controller choose. */
  readonly target?: AgentVersion;
  readonly ignoreAgentVersions?: boolean;
  readonly dryRun?: boolean;
}

/** A controller that one user is logged in to. Refusals are {@link ControllerError}. */
export interface ControllerApi {
  /** Where it is, for people: `127.0.0.1:17070`. */
  readonly address: string;
  /** What the controller itself runs. */
  serverVersion(): Promise<AgentVersion>;
  models(): Promise<ModelSummary[]>;
  createModel(name: string, agentVersion: AgentVersion): Promise<ModelSummary>;
  /** The version that the model now goes to, or would go to in a dry run. */
  upgrade(options: UpgradeOptions): Promise<AgentVersion>;
  agents(model: ModelSummary): Promise<AgentRecord[]>;
  close(): Promise<void>;
}

/** The controller answered no. Where it sent a whole problem, `problem` holds it as it came. */
export class ControllerError extends Error {
  override readonly name = 'ControllerError';
  /** The error code of the wire, often empty. */
  readonly code: string;
  readonly problem: unknown;

  constructor(message: string, code: string, problem?: unknown) {
    super(message);
    this.code = code;
    this.problem = problem;
  }
}

/** Where an agent binary of a version would have to run; absent means anywhere. */
export interface Platform {
  readonly os: string;
  readonly arch: string;
}

export interface MetadataAnswer {
  /**
   * `found`; or why not: the metadata was read and lacks it, there is no metadata at all, or the
   * last source could not be read.
   */
  readonly outcome: 'found' | 'no-matches' | 'no-agents' | 'unreadable';
  /** Each source in the order of looking. */
  readonly looked: readonly Looked[];
  /** Other versions that were listed for the same platform, ascending. */
  readonly offered: readonly AgentVersion[];
}

export interface AgentMetadata {
  /** Looks for the agent binaries of exactly this version. */
  look(version: AgentVersion, platform?: Platform): Promise<MetadataAnswer>;
}

export interface ClientWorld {
  readonly metadata: AgentMetadata;
  /** The controller in use, or undefined where there is none. */
  controller(): Promise<ControllerApi | undefined>;
  /** Starts a controller that runs this version. @throws ProblemError when it cannot. */
  start(version: AgentVersion, platform: Platform): Promise<ControllerApi>;
}
