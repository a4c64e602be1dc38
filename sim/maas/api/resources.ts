/** The whole route table. More specific paths stand before those that would swallow them. */
import { accountKeyResources } from './handlers/account-keys.ts';
import { accountResources } from './handlers/accounts.ts';
import { controllerResources } from './handlers/controllers.ts';
import { deviceResources } from './handlers/devices.ts';
import { dnsResources } from './handlers/dns.ts';
import { eventResources } from './handlers/events.ts';
import { fileResources } from './handlers/files.ts';
import { imageResources } from './handlers/images.ts';
import { interfaceResources } from './handlers/interfaces.ts';
import { licenseKeyResources } from './handlers/license-keys.ts';
import { machineResources } from './handlers/machines.ts';
import { networkResources } from './handlers/networks.ts';
import { nodeResources } from './handlers/nodes.ts';
import { notificationResources } from './handlers/notifications.ts';
import { pciDeviceResources } from './handlers/pci-devices.ts';
import { provisioningResources } from './handlers/provisioning.ts';
import { resultResources } from './handlers/results.ts';
import { scriptResources } from './handlers/scripts.ts';
import { settingResources } from './handlers/settings.ts';
import { storageResources } from './handlers/storage.ts';
import { storageGroupResources } from './handlers/storage-groups.ts';
import { subnetResources } from './handlers/subnets.ts';
import { tagResources } from './handlers/tags.ts';
import { vmHostResources } from './handlers/vm-hosts.ts';
import { zoneResources } from './handlers/zones.ts';
import { API_ROOT, type DescribedRoute, type Resource } from './routes.ts';

export const RESOURCES: readonly Resource[] = [
  ...accountResources,
  ...accountKeyResources,
  ...fileResources,
  ...machineResources,
  ...deviceResources,
  ...nodeResources,
  ...controllerResources,
  ...pciDeviceResources,
  ...interfaceResources,
  ...storageResources,
  ...storageGroupResources,
  ...zoneResources,
  ...tagResources,
  ...imageResources,
  ...provisioningResources,
  ...settingResources,
  ...scriptResources,
  ...resultResources,
  ...eventResources,
  ...vmHostResources,
  ...notificationResources,
  ...licenseKeyResources,
  ...networkResources,
  ...subnetResources,
  ...dnsResources,
];

/** Every method, path and op of the API, for whoever wants to try them all. */
export function describeRoutes(): DescribedRoute[] {
  return RESOURCES.flatMap(({ path, auth, anon }) =>
    [
      ...(auth?.actions ?? []).map((action) => ({ action, anonymous: false })),
      ...(anon?.actions ?? []).map((action) => ({ action, anonymous: true })),
    ].map(({ action, anonymous }) => ({
      method: action.method,
      path: API_ROOT + path.replace('*}', '}'),
      op: action.op,
      anonymous,
    })),
  );
}
