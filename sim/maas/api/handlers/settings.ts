/** The settings of the whole installation (facts/maas-api 3.13, 9.6). */
import { settingName, settingValue } from '../../core/settings.ts';
import { TEXT_TYPE } from '../answers.ts';
import type { Resource } from '../routes.ts';

export const settingResources: readonly Resource[] = [
  {
    path: 'maas/',
    auth: {
      name: 'MaasHandler',
      actions: [
        {
          method: 'GET',
          op: 'get_config',
          doc: 'Read a setting.',
          run: ({ core, params }) => {
            const name = settingName(core.config, params.mandatory('name'));
            return {
              status: 200,
              contentType: 'application/json',
              body: JSON.stringify(core.config.get(name)),
            };
          },
        },
        {
          method: 'POST',
          op: 'set_config',
          doc: 'Change a setting.',
          admin: true,
          run: ({ core, params }) => {
            const name = settingName(core.config, params.mandatory('name'));
            const value = settingValue(core.config, name, params.mandatory('value'));
            core.config.set(name, value);
            return { status: 200, contentType: TEXT_TYPE, body: 'OK' };
          },
        },
      ],
    },
    anon: null,
  },
];
