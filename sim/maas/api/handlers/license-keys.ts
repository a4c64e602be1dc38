/** Keys for operating systems that are not free; administrators only (facts/maas-api 2.3, 3.13). */
import type { LicenseKey } from '../../core/objects.ts';
import { fieldRefusal, notFound } from '../../core/refusal.ts';
import { DELETED, json } from '../answers.ts';
import { API_ROOT, type Call, type Resource } from '../routes.ts';

function shown(key: LicenseKey) {
  return {
    osystem: key.osystem,
    distro_series: key.distroSeries,
    license_key: key.licenseKey,
    resource_uri: `${API_ROOT}license-key/${key.osystem}/${key.distroSeries}`,
  };
}

const idOf = (osystem: string, series: string) => `${osystem}/${series}`;

function keyOf({ core, path }: Call): LicenseKey {
  const id = idOf(path.osystem!, path.distro_series!);
  const found = core.licenseKeys.get(id);
  if (!found) throw notFound('LicenseKey', id);
  return found;
}

export const licenseKeyResources: readonly Resource[] = [
  {
    path: 'license-keys/',
    adminOnly: true,
    auth: {
      name: 'LicenseKeysHandler',
      actions: [
        {
          method: 'GET',
          op: null,
          doc: 'List the licence keys.',
          run: ({ core }) => json([...core.licenseKeys.values()].map(shown)),
        },
        {
          method: 'POST',
          op: null,
          doc: 'Store a licence key.',
          run: ({ core, params }) => {
            const values = ['osystem', 'distro_series', 'license_key'].map((name) => {
              const value = params.text(name);
              if (value === '') throw fieldRefusal(name, 'This field is required.');
              return value;
            });
            const [osystem, series, licenseKey] = values as [string, string, string];
            // Only Windows asks for one, and no image of it is ever imported here.
            if (osystem !== 'windows') {
              const message = `Select a valid choice. ${osystem} is not one of the available choices.`;
              throw fieldRefusal('osystem', message, { wanted: osystem, found: ['windows'] });
            }
            const distroSeries = series.split('/').at(-1)!;
            const id = idOf(osystem, distroSeries);
            if (core.licenseKeys.has(id)) {
              throw fieldRefusal(
                '__all__',
                'License key with this operating system and distro series already exists.',
                { wanted: id },
              );
            }
            const key = { osystem, distroSeries, licenseKey };
            core.licenseKeys.set(id, key);
            return json(shown(key));
          },
        },
      ],
    },
    anon: null,
  },
  {
    // One of the few paths without a slash at its end (facts/maas-api 1.3).
    path: 'license-key/{osystem}/{distro_series}',
    adminOnly: true,
    auth: {
      name: 'LicenseKeyHandler',
      actions: [
        {
          method: 'GET',
          op: null,
          doc: 'Read one licence key.',
          run: (call) => json(shown(keyOf(call))),
        },
        {
          method: 'PUT',
          op: null,
          doc: 'Change a licence key.',
          run: (call) => {
            const before = keyOf(call);
            const licenseKey = call.params.text('license_key') || before.licenseKey;
            const after = { ...before, licenseKey };
            call.core.licenseKeys.set(idOf(before.osystem, before.distroSeries), after);
            return json(shown(after));
          },
        },
        {
          method: 'DELETE',
          op: null,
          doc: 'Remove a licence key.',
          run: (call) => {
            const key = keyOf(call);
            call.core.licenseKeys.delete(idOf(key.osystem, key.distroSeries));
            return DELETED;
          },
        },
      ],
    },
    anon: null,
  },
];
