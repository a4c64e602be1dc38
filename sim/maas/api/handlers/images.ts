/** Boot images (facts/maas-api 3.11). */
import { notFound, refusal } from '../../core/refusal.ts';
import { DELETED, json, text } from '../answers.ts';
import { bootResourceObject } from '../render/shared.ts';
import type { Resource } from '../routes.ts';

export const imageResources: readonly Resource[] = [
  {
    path: 'boot-resources/',
    auth: {
      name: 'BootResourcesHandler',
      actions: [
        {
          method: 'GET',
          op: null,
          doc: 'List the images.',
          run: ({ core, params }) => {
            const type = params.text('type') || 'all';
            if (!['all', 'synced', 'uploaded'].includes(type)) {
              throw refusal('invalid', `'${type}' is not a valid type.`, { wanted: type });
            }
            const resources = [...core.bootResources.values()];
            const wanted = resources.filter((r) => type === 'all' || r.type.toLowerCase() === type);
            return json(wanted.map(bootResourceObject));
          },
        },
        {
          method: 'GET',
          op: 'is_importing',
          doc: 'Whether images are being imported.',
          run: () => json(false),
        },
        {
          method: 'POST',
          op: 'import',
          doc: 'Import images. They are all there, so nothing is done.',
          admin: true,
          run: () => text('Import of boot resources started'),
        },
        {
          method: 'POST',
          op: 'stop_import',
          doc: 'Stop importing.',
          admin: true,
          run: () => text('Import of boot resources is being stopped'),
        },
      ],
    },
    anon: null,
  },
  {
    path: 'boot-resources/{id}/',
    auth: {
      name: 'BootResourceHandler',
      actions: [
        {
          method: 'GET',
          op: null,
          doc: 'Read one image with its files.',
          run: ({ core, path }) => {
            const resource = core.bootResources.get(Number(path.id));
            if (!resource) throw notFound('BootResource', path.id!);
            return json({ ...bootResourceObject(resource), sets: {} });
          },
        },
        {
          method: 'DELETE',
          op: null,
          doc: 'Remove an image.',
          admin: true,
          run: ({ core, path }) => {
            // The real one answers 500 when it is missing (facts/maas-api 3.11).
            if (!core.bootResources.delete(Number(path.id))) {
              throw refusal('broken', 'BootResource matching query does not exist.');
            }
            return DELETED;
          },
        },
      ],
    },
    anon: null,
  },
];
