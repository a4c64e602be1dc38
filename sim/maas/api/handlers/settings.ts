/** The settings of the whole installation (facts/maas-api 3.13, 9.6). */
import type { MaasCore } from '../../core/core.ts';
import { fieldRefusal } from '../../core/refusal.ts';
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
            const name = params.mandatory('name');
            checkSetting(core, name);
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
            const name = params.mandatory('name');
            const value = params.mandatory('value');
            checkSetting(core, name);
            const present = core.config.get(name);
            core.config.set(
              name,
              typeof present === 'boolean'
                ? value.toLowerCase() === 'true'
                : typeof present === 'number'
                  ? wholeSetting(name, value)
                  : value,
            );
            return { status: 200, contentType: TEXT_TYPE, body: 'OK' };
          },
        },
      ],
    },
    anon: null,
  },
];

function wholeSetting(name: string, value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw fieldRefusal(name, 'Enter a whole number.');
  return Number(value);
}

function checkSetting(core: MaasCore, name: string): void {
  if (core.config.has(name)) return;
  const valid = [...core.config.keys()].sort().join(', ');
  throw fieldRefusal(
    name,
    `${name} is not a valid config setting (valid settings are: ${valid}).`,
    { wanted: name },
  );
}
