/**
 * What a facade is: a name, where it may be called, by whom, and its methods; each method reads its
 * parameters by a schema and answers for every version that the eras announce. The session is who
 * calls; the host is what stands behind the connection.
 */
import type { z } from 'zod';
import type { ControllerCore } from '../core/controller.ts';
import type { ModelLogs } from '../core/log.ts';
import type { Model } from '../core/model.ts';
import type { Accounts } from './accounts.ts';
import type { Annotations } from './annotations.ts';
import type { Blocks } from './blocks.ts';
import type { ControllerConfig } from './controller-config.ts';
import type { Discharger } from './discharger.ts';
import type { Place, WireEra } from './eras.ts';
import type { LoginLimit } from './login-limit.ts';
import type { Watchers } from './watchers.ts';

export type { Place };
export type Role = 'user' | 'agent' | 'any';

/** Where a model went that is on this controller no more (facts/juju-api 2.5). */
export interface Redirect {
  /** `host:port` of the other controller. */
  readonly address: string;
  readonly caCert: string;
  readonly controllerUuid: string;
  /** What people call the other controller. */
  readonly alias: string;
  /** Clients follow by themselves, as behind a proxy; else they tell their user to log in there. */
  readonly followed: boolean;
}

/** The server behind every connection. */
export interface Host {
  readonly core: ControllerCore;
  readonly accounts: Accounts;
  readonly blocks: Blocks;
  readonly discharger: Discharger;
  readonly logins: LoginLimit;
  readonly logs: ModelLogs;
  /** Models that went elsewhere, by UUID. */
  readonly redirects: Map<string, Redirect>;
  readonly config: ControllerConfig;
  readonly annotations: Annotations;
  /** Constraints of models, by UUID. */
  readonly constraints: Map<string, object>;
  readonly era: WireEra;
  /** Which texts a refusal is told in: the era's own, or the ideal ones. */
  readonly text: 'era' | 'ideal';
  readonly caCert: string;
  readonly hostname: string;
  /** Known once the server listens. */
  port: number;
  /** How many requests reached a method's own code. */
  reached: number;
}

/** Who is logged in on a connection. */
export interface Session {
  /** The model of a model connection; undefined on a controller connection. */
  readonly model: Model | undefined;
  readonly watchers: Watchers;
  /** `user-admin`, `machine-3`; empty before login. */
  tag: string;
  /** The user's name when a user is logged in. */
  user: string | undefined;
  /** The row of the agent that is logged in, else -1. */
  agent: number;
  /** Whether somebody is logged in without a name, as other controllers are. */
  anonymous: boolean;
}

export interface Call {
  readonly host: Host;
  readonly session: Session;
  /** The facade version asked for. */
  readonly version: number;
  /** The object id of the envelope; only watchers use it. */
  readonly id: string;
}

export interface Method {
  readonly params: z.ZodType;
  /** Facade versions that have the method; absent ends are open. */
  readonly since: number;
  readonly until: number;
  /** Eras that have the method; undefined is all. */
  readonly eras: readonly WireEra[] | undefined;
  readonly handle: (params: unknown, call: Call) => unknown;
}

export interface Facade {
  readonly name: string;
  readonly place: Place;
  readonly role: Role;
  readonly methods: Readonly<Record<string, Method>>;
}

/** Defines a method; `handle` gets what `params` reads. */
export function method<T extends z.ZodType>(
  params: T,
  handle: (params: z.output<T>, call: Call) => unknown,
  versions: { since?: number; until?: number; eras?: readonly WireEra[] } = {},
): Method {
  return {
    params,
    since: versions.since ?? 0,
    until: versions.until ?? Number.POSITIVE_INFINITY,
    eras: versions.eras,
    handle: handle as Method['handle'],
  };
}

/** Whether a version of a facade has this method in an era. */
export function hasMethod({ since, until, eras }: Method, version: number, era: WireEra): boolean {
  return version >= since && version <= until && (eras?.includes(era) ?? true);
}

/** The model of a model connection, else the controller's own (`ModelGet` on both kinds). */
export function modelOf(call: Call): Model {
  return call.session.model ?? call.host.core.controllerModel;
}
