/** Where a fault may enter an agent: asked once for each machine when the fleet is set up. */
import { InjectionPoint } from '../kernel/inject.ts';

export interface FateContext {
  /** Index in the controller's machine table. */
  readonly machine: number;
  readonly os: string;
  readonly arch: string;
}

/** What is wrong with this machine. Absent means healthy. */
export interface AgentFate {
  /** Never reports again: powered off, unplugged, unreachable. */
  readonly dead?: boolean;
  /** Less than 250 MiB free (the agent waits 60 s and looks again, for ever). */
  readonly diskFull?: boolean;
  /** Downloads take this many times as long. */
  readonly slowLink?: number;
  /** Dies once at this stage and comes back by its init system. */
  readonly crashOnce?: 'downloading' | 'unpacking' | 'switching' | 'steps';
  /** So many attempts of the upgrade steps fail; from five on the agent gives up (4.4). */
  readonly stepsFail?: number;
  /** Its process does not end when it should restart into the new version, until it is killed. */
  readonly wedged?: boolean;
}

export class AgentPoints {
  readonly fate = new InjectionPoint<FateContext, AgentFate>('agent.fate');
}
