/** Messages to users (facts/maas-api 3.13, 6.8). */
import type { MaasCore } from '../../core/core.ts';
import {
  createNotification,
  dismiss,
  isRelevant,
  type Notification,
  notificationOf,
  updateNotification,
} from '../../core/notifications.ts';
import { DELETED, json } from '../answers.ts';
import { userObject } from '../render/shared.ts';
import { API_ROOT, type Resource } from '../routes.ts';

function shown(core: MaasCore, notification: Notification) {
  const { dismissedBy: _, user: username, ...rest } = notification;
  const user = username === null ? undefined : core.accounts.users.get(username);
  return {
    ...rest,
    user: user ? userObject(user) : null,
    resource_uri: `${API_ROOT}notifications/${notification.id}/`,
  };
}

export const notificationResources: readonly Resource[] = [
  {
    path: 'notifications/',
    auth: {
      name: 'NotificationsHandler',
      actions: [
        {
          method: 'GET',
          op: null,
          doc: 'List the messages to the caller that were not put away.',
          run: ({ core, user }) =>
            json(
              [...core.notifications.values()]
                .filter((n) => isRelevant(n, user) && !n.dismissedBy.includes(user.username))
                .map((notification) => shown(core, notification)),
            ),
        },
        {
          method: 'POST',
          op: null,
          doc: 'Leave a message.',
          admin: true,
          run: ({ core, params }) => json(shown(core, createNotification(core, params))),
        },
      ],
    },
    anon: null,
  },
  {
    path: 'notifications/{id}/',
    auth: {
      name: 'NotificationHandler',
      actions: [
        {
          method: 'GET',
          op: null,
          doc: 'Read one message.',
          run: ({ core, user, path }) => json(shown(core, notificationOf(core, user, path.id!))),
        },
        {
          method: 'PUT',
          op: null,
          doc: 'Change a message.',
          admin: true,
          run: ({ core, user, path, params }) => {
            const notification = notificationOf(core, user, path.id!);
            return json(shown(core, updateNotification(core, notification, params)));
          },
        },
        {
          method: 'DELETE',
          op: null,
          doc: 'Remove a message.',
          admin: true,
          run: ({ core, user, path }) => {
            core.notifications.delete(notificationOf(core, user, path.id!).id);
            return DELETED;
          },
        },
        {
          method: 'POST',
          op: 'dismiss',
          doc: 'Put a message away.',
          run: ({ core, user, path }) => {
            dismiss(core, notificationOf(core, user, path.id!), user);
            return json(null);
          },
        },
      ],
    },
    anon: null,
  },
];
