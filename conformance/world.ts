/**
 * What the engine needs of whoever makes worlds and runs components, declared here and satisfied
 * structurally, so that the engine depends on neither. A world is made fresh for each run of a
 * subject: what one subject allocated must not decide what the next one sees. Hooks stand between
 * the wire and a fake; the recorder and every saboteur is one.
 */
import type { Observation, ReportedGap, Target } from './types.ts';

export type FetchHandler = (request: Request) => Promise<Response>;

/** One JSON message of the controller's RPC, before it is written or after it was read. */
export type RpcMessage = Record<string, unknown>;

export interface WorldHooks {
  readonly maas?: (next: FetchHandler) => FetchHandler;
  readonly streams?: (next: FetchHandler) => FetchHandler;
  readonly controllerReply?: (request: RpcMessage, reply: RpcMessage) => RpcMessage;
}

export interface WorldOptions {
  readonly seed: number;
  readonly hooks?: WorldHooks;
  /** What makes a machine of MAAS Deployed; time unless said otherwise. */
  readonly deployBy?: 'clock' | 'signal';
}

export interface World extends Target {
  gaps(): readonly ReportedGap[];
  /** Hides every secret of this world in a text. */
  redact(text: string): string;
  stop(): Promise<void>;
}

export type StartWorld = (options: WorldOptions) => Promise<World>;

export type Runtime = 'docker' | 'process' | 'auto';

/** A component ready to run, or the reason why it is not. */
export type OpenedComponent =
  | {
      readonly id: string;
      readonly available: true;
      readonly runtime: 'docker' | 'process';
      run(target: Target): Promise<readonly Observation[]>;
      close(): Promise<void>;
    }
  | { readonly id: string; readonly available: false; readonly reason: string };

export type OpenComponent = (
  id: string,
  options: { runtime: Runtime; with?: string },
) => Promise<OpenedComponent>;
