/** Where a fault may enter the fake controller: declared here, bound by whoever assembles a world. */
import { InjectionPoint } from '../kernel/inject.ts';
import type { AgentBinary } from '../versions/number.ts';

/** One RPC about to be dispatched. */
export interface CallContext {
  readonly facade: string;
  readonly method: string;
  /** `user-admin`, `machine-3`, or empty before login. */
  readonly caller: string;
}

export type CallEffect =
  | { readonly kind: 'error'; readonly message: string; readonly code: string }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'disconnect' };

/** One agent binary about to be handed to an agent. */
export interface DownloadContext {
  /** Index in the machine table, or -1 when the asker is unknown (the endpoint has no login). */
  readonly machine: number;
  readonly binary: AgentBinary;
}

export type DownloadEffect =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'corrupt' }
  | { readonly kind: 'truncate' }
  | { readonly kind: 'missing' };

/** The controller finished or is in the middle of its own upgrade. */
export interface UpgradeStepContext {
  readonly stage: 'restarting' | 'database' | 'steps';
}

/** Restart again `times` times, each `downMs` simulated milliseconds. */
export type UpgradeStepEffect = {
  readonly kind: 'restart';
  readonly times: number;
  readonly downMs: number;
};

export class ControllerPoints {
  readonly call = new InjectionPoint<CallContext, CallEffect>('controller.call');
  readonly download = new InjectionPoint<DownloadContext, DownloadEffect>('controller.download');
  readonly upgrade = new InjectionPoint<UpgradeStepContext, UpgradeStepEffect>(
    'controller.upgrade',
  );
}
