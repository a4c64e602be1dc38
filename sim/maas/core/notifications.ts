/** Messages to users, and who has put them away (facts/maas-api 3.13). */
import type { MaasCore } from './core.ts';
import { type Fields, formFlag } from './fields.ts';
import type { User } from './objects.ts';
import { fieldRefusal, notFound, refusal } from './refusal.ts';

export interface Notification {
  readonly id: number;
  readonly ident: string | null;
  /** The one user that it is for; null is for those of a kind. */
  readonly user: string | null;
  readonly users: boolean;
  readonly admins: boolean;
  readonly message: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly category: string;
  readonly dismissable: boolean;
  readonly dismissedBy: readonly string[];
}

const CATEGORIES = ['info', 'error', 'warning', 'success'];

export function isRelevant(notification: Notification, user: User): boolean {
  return (
    notification.user === user.username ||
    (notification.users && !user.isSuperuser) ||
    (notification.admins && user.isSuperuser)
  );
}

/** One that is for this user, or that an administrator may look after. @throws Refusal 404, 403 */
export function notificationOf(core: MaasCore, user: User, id: string): Notification {
  const found = /^\d{1,9}$/.test(id) ? core.notifications.get(Number(id)) : undefined;
  if (!found) throw notFound('Notification', id);
  if (user.isSuperuser || isRelevant(found, user)) return found;
  throw refusal('forbidden', '', { wanted: `notification ${id}`, found: ['it is for others'] });
}

/** @throws Refusal 400 with form errors */
export function createNotification(core: MaasCore, fields: Fields): Notification {
  if (fields.text('message') === '') throw fieldRefusal('message', 'This field is required.');
  const id = Math.max(0, ...core.notifications.keys()) + 1;
  const blank: Notification = {
    id,
    ident: null,
    user: null,
    users: false,
    admins: false,
    message: '',
    context: {},
    category: 'info',
    dismissable: true,
    dismissedBy: [],
  };
  return save(core, { ...blank, ...changes(core, fields) });
}

/** @throws Refusal 400 with form errors */
export function updateNotification(
  core: MaasCore,
  before: Notification,
  fields: Fields,
): Notification {
  return save(core, { ...before, ...changes(core, fields) });
}

/** @throws Refusal 400 for one that cannot be put away */
export function dismiss(core: MaasCore, notification: Notification, user: User): void {
  if (!notification.dismissable) {
    throw refusal('invalid', 'This notification is not dismissable', {
      scope: `notification ${notification.id}`,
    });
  }
  const dismissedBy = [...new Set([...notification.dismissedBy, user.username])];
  save(core, { ...notification, dismissedBy });
}

function save(core: MaasCore, notification: Notification): Notification {
  core.notifications.set(notification.id, notification);
  return notification;
}

function changes(core: MaasCore, fields: Fields): Partial<Notification> {
  const category = fields.text('category');
  if (category !== '' && !CATEGORIES.includes(category)) {
    throw fieldRefusal(
      'category',
      `Select a valid choice. ${category} is not one of the available choices.`,
      { wanted: category, found: CATEGORIES },
    );
  }
  const user = fields.text('user');
  if (user !== '' && !core.accounts.users.has(user)) {
    throw fieldRefusal(
      'user',
      'Select a valid choice. That choice is not one of the available choices.',
      { wanted: user },
    );
  }
  const message = fields.text('message');
  return {
    ...(message === '' ? {} : { message }),
    ...(category === '' ? {} : { category }),
    ...(user === '' ? {} : { user }),
    ...(fields.has('ident') ? { ident: fields.text('ident') || null } : {}),
    ...(fields.has('users') ? { users: formFlag(fields, 'users', false) } : {}),
    ...(fields.has('admins') ? { admins: formFlag(fields, 'admins', false) } : {}),
    ...(fields.has('dismissable') ? { dismissable: formFlag(fields, 'dismissable', true) } : {}),
    ...(fields.text('context') === '' ? {} : { context: contextOf(fields.text('context')) }),
  };
}

function contextOf(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw fieldRefusal('context', 'Enter a valid JSON.', { wanted: text });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw fieldRefusal('context', 'Context is not an object.', { wanted: text });
}
