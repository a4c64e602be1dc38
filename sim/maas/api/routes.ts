/**
 * The vocabulary of the route table: a resource is a path with an authenticated and perhaps an
 * anonymous handler; a handler is a set of actions, each a method with an op or a plain CRUD verb.
 * The one table made of these (`resources.ts`) dispatches requests, is published by `describe/`, and
 * tells the fuzzer where to aim; nothing is said twice.
 */
import type { MaasCore } from '../core/core.ts';
import type { User } from '../core/objects.ts';
import type { Answer } from './answers.ts';
import type { Params, UploadedFile } from './params.ts';
import type { Renderer } from './render/renderer.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** What a handler gets. */
export interface Call {
  readonly core: MaasCore;
  readonly render: Renderer;
  /** Placeholders of the path, percent-decoded. */
  readonly path: Readonly<Record<string, string>>;
  /** The form for POST and PUT, the query for GET and DELETE. */
  readonly params: Params;
  readonly query: Params;
  readonly files: readonly UploadedFile[];
  /** The body as it came, for the one resource that takes bytes. */
  readonly raw: Uint8Array;
}

/** A call whose caller is known. */
export interface UserCall extends Call {
  readonly user: User;
}

interface ActionOf<C> {
  readonly method: Method;
  /** Null for create, read, update and delete. */
  readonly op: string | null;
  /** One sentence for `describe/`. */
  readonly doc: string;
  /** Only administrators; refused with MAAS's own text. */
  readonly admin?: boolean;
  readonly run: (call: C) => Answer;
}

export type Action = ActionOf<UserCall>;
export type AnonymousAction = ActionOf<Call>;

export interface Handler<A> {
  /** As published, e.g. `MachinesHandler`. */
  readonly name: string;
  readonly actions: readonly A[];
}

export interface Resource {
  /** Below `/MAAS/api/2.0/`, with `{placeholders}`; one that may hold slashes is `{name*}`. */
  readonly path: string;
  readonly auth: Handler<Action> | null;
  readonly anon: Handler<AnonymousAction> | null;
  /** Everybody but administrators is kept out, whatever the method (facts/maas-api 2.3). */
  readonly adminOnly?: true;
  /** Not told of in `describe/` (facts/maas-api 1.4). */
  readonly hidden?: true;
}

/** One thing that can be asked, for `describeRoutes()`. */
export interface DescribedRoute {
  readonly method: Method;
  /** Full path with `{placeholders}`. */
  readonly path: string;
  readonly op: string | null;
  readonly anonymous: boolean;
}

export const API_ROOT = '/MAAS/api/2.0/';
