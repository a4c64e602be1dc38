/**
 * What a machine gets from the metadata service and tells it, asked of Debian's cloud-init as it goes
 * through a first boot (facts/maas-api 10).
 */
import { group } from './requirement.ts';

const SOURCE = 'facts/maas-api 10';
const FETCH = 'facts/maas-api 10.3';

export const CLOUD_INIT = group(
  { profile: 'maas', oracle: 'released-client', subjects: ['cloud-init'] },
  [
    {
      id: 'maas.metadata.found',
      title: 'cloud-init finds its data with the machine’s own key.',
      level: 'MUST',
      source: FETCH,
      saboteur: 'metadata-500',
    },
    {
      id: 'maas.metadata.datasource',
      title: 'The boot ends with MAAS as the datasource and without an error.',
      level: 'MUST',
      source: FETCH,
      saboteur: 'metadata-500',
    },
    {
      id: 'maas.metadata.cloud-name',
      title: 'The machine knows that it is in a MAAS.',
      level: 'MUST',
      source: FETCH,
      saboteur: 'metadata-500',
    },
    {
      id: 'maas.metadata.deployed',
      title: 'A Deploying machine is Deployed once cloud-init has fetched its user data.',
      level: 'MUST',
      source: 'facts/maas-api 4.4, 10',
      saboteur: 'metadata-500',
    },
    {
      id: 'maas.metadata.waits',
      title: 'Until the machine is heard it is Deploying.',
      level: 'MUST',
      source: 'facts/maas-api 4.4',
      saboteur: 'deployed-unheard',
    },
    {
      id: 'maas.metadata.instance-id',
      title: 'The instance id is the system_id.',
      level: 'MUST',
      source: SOURCE,
      saboteur: 'metadata-of-another',
    },
    {
      id: 'maas.metadata.local-hostname',
      title: 'The hostname is the name in full.',
      level: 'MUST',
      source: SOURCE,
      saboteur: 'metadata-of-another',
    },
    {
      id: 'maas.metadata.public-keys',
      title: 'The SSH keys of the owner reach the machine.',
      level: 'MUST',
      source: SOURCE,
      saboteur: 'metadata-of-another',
    },
    {
      id: 'maas.metadata.vendor-data',
      title: 'Vendor data is a text of cloud-config under the one key that cloud-init reads.',
      level: 'MUST',
      source: 'facts/maas-api 0.25, 10',
      saboteur: 'metadata-of-another',
    },
    {
      id: 'maas.metadata.vendor-data-merged',
      title: 'cloud-init can merge the vendor data into its configuration.',
      level: 'MUST',
      source: 'facts/maas-api 10',
      saboteur: 'metadata-of-another',
    },
    {
      id: 'maas.metadata.user-data',
      title: 'User data arrives decoded, byte for byte as the operator gave it.',
      level: 'MUST',
      source: SOURCE,
      saboteur: 'metadata-of-another',
    },
    {
      id: 'maas.metadata.user-data-ran',
      title: 'A script that was given as user data is run.',
      level: 'MUST',
      source: SOURCE,
      saboteur: 'metadata-of-another',
    },
    {
      id: 'maas.metadata.bad-key',
      title: 'A wrong key is refused with 401 and the region’s date.',
      level: 'MUST',
      source: 'facts/maas-api 2.2, 10.3',
      saboteur: 'metadata-any-signature',
    },
    {
      id: 'maas.metadata.bad-key-nobody',
      title: 'With a wrong key a machine does not come up as anybody.',
      level: 'MUST',
      source: 'facts/maas-api 10, 10.3',
      saboteur: 'metadata-any-signature',
    },
    {
      id: 'maas.metadata.bad-key-unheard',
      title: 'Whoever has a wrong key does not end the deployment.',
      level: 'MUST',
      source: 'facts/maas-api 2.2, 4.4',
      saboteur: 'metadata-any-signature',
    },
    {
      id: 'maas.metadata.status-message',
      title: 'Every report to the webhook is taken with 204.',
      level: 'MUST',
      source: 'facts/maas-api 10.2',
      saboteur: 'status-messages-400',
    },
    {
      id: 'maas.metadata.status-events',
      title: 'What begins on the machine is among its events.',
      level: 'MUST',
      source: 'facts/maas-api 10.2',
      saboteur: 'status-messages-400',
    },
  ],
);
