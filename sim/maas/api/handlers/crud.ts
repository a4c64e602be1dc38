/** Short ways of writing the actions that most resources have, answered with JSON or 204. */
import { DELETED, json } from '../answers.ts';
import type { Action, Resource, UserCall } from '../routes.ts';

type Work<T> = (call: UserCall) => T;

export function get(doc: string, value: Work<unknown>, op: string | null = null): Action {
  return { method: 'GET', op, doc, run: (call) => json(value(call)) };
}

/** @param options.admin only for administrators, which is usual for what changes something */
export function post(
  doc: string,
  value: Work<unknown>,
  options: { op?: string; admin?: boolean; status?: number } = {},
): Action {
  const { op = null, admin = true, status = 200 } = options;
  return { method: 'POST', op, doc, admin, run: (call) => json(value(call), status) };
}

export function put(doc: string, value: Work<unknown>, options: { admin?: boolean } = {}): Action {
  const { admin = true } = options;
  return { method: 'PUT', op: null, doc, admin, run: (call) => json(value(call)) };
}

export function remove(doc: string, work: Work<void>, options: { admin?: boolean } = {}): Action {
  const { admin = true } = options;
  return {
    method: 'DELETE',
    op: null,
    doc,
    admin,
    run: (call) => {
      work(call);
      return DELETED;
    },
  };
}

export function resource(path: string, name: string, ...actions: Action[]): Resource {
  return { path, auth: { name, actions }, anon: null };
}
