/**
 * The machine object, the heart of MAAS's answers (facts/maas-api 6.1, 6.5). Keys that a release
 * lacks are left out at the end, so that the shape is written once. Disks are shown three times
 * (`blockdevice_set`, `physicalblockdevice_set`, `boot_disk`), as the real one does.
 */
import type { MaasCore } from '../../core/core.ts';
import type {
  Device,
  Link,
  Machine,
  MachineState,
  NetworkInterface,
  RackController,
} from '../../core/objects.ts';
import { SCRIPT, scriptStatusName, statusName } from '../../core/status.ts';
import { Storage } from '../../core/storage/editor.ts';
import { API_ROOT } from '../routes.ts';
import { interfaceObject } from './network.ts';
import { domainObject, isoDate, poolObject, without, zoneObject } from './shared.ts';
import { machineStorage } from './storage.ts';

const TEST_KEYS = ['cpu', 'memory', 'network', 'storage', 'other', 'interface'];

export function machineObject(core: MaasCore, machine: Machine, state: MachineState) {
  const { profile, systemId } = machine;
  const interfaces = state.interfaces.map((iface) =>
    interfaceObject(core, systemId, iface, state.interfaces),
  );
  const gateway = defaultGateway(core, state);
  const object = without(core.features.machineLacks, {
    system_id: systemId,
    hostname: state.hostname,
    fqdn: core.fqdn(state),
    description: state.description,
    hardware_uuid: profile.hardwareUuid,
    node_type: 0,
    node_type_name: 'Machine',
    domain: domainOf(core, state.domainId),
    zone: zoneObject(core.zones.get(state.zoneId)!),
    pool: poolObject(core.pools.get(state.poolId)!),
    parent: null,
    pod: podOf(core, state.vmHostId),
    virtualmachine_id: state.vmHostId === null ? null : machine.id,
    owner: state.owner,
    owner_data: state.ownerData,
    workload_annotations: state.ownerData,
    locked: state.locked,
    is_dpu: false,
    status: state.status,
    status_name: statusName(state.status),
    status_action: '',
    status_message: state.statusMessage,
    error_description: state.errorDescription,
    architecture: state.architecture,
    bios_boot_method: profile.biosBootMethod,
    cpu_count: state.cpuCount,
    cpu_speed: state.cpuSpeed,
    memory: state.memory,
    swap_size: state.swapSize,
    ...machineStorage({ systemId, storage: new Storage(machine, state) }),
    osystem: state.osystem,
    distro_series: state.distroSeries,
    hwe_kernel: state.hweKernel,
    min_hwe_kernel: state.minHweKernel,
    netboot: state.netboot,
    ephemeral_deploy: state.ephemeralDeploy,
    enable_hw_sync: state.enableHwSync,
    enable_kernel_crash_dump: state.enableKernelCrashDump,
    ...hardwareSync(core, state),
    disable_ipv4: false,
    power_type: state.powerType,
    power_state: state.powerState,
    address_ttl: null,
    ip_addresses: addresses(state.interfaces),
    tag_names: state.tags,
    interface_set: interfaces,
    boot_interface: interfaces[0] ?? null,
    default_gateways: {
      ipv4: gateway,
      ipv6: { gateway_ip: null, link_id: null },
    },
    numanode_set: profile.numaNodes.map((node, index) => ({
      index,
      cores: node.cores,
      memory: node.memory,
      hugepages_set: [],
    })),
    hardware_info: profile.hardwareInfo,
    ...scriptStatus('commissioning_status', state.commissioningStatus),
    ...scriptStatus('testing_status', state.testingStatus),
    ...Object.assign(
      {},
      ...TEST_KEYS.map((kind) =>
        scriptStatus(`${kind}_test_status`, state.testStatus[kind] ?? SCRIPT.NONE),
      ),
    ),
    current_commissioning_result_id: state.commissioningResultId,
    current_testing_result_id: state.testingResultId,
    current_installation_result_id: state.installationResultId,
    resource_uri: `${API_ROOT}machines/${systemId}/`,
  });
  return core.features.iscsiList ? { ...object, iscsiblockdevice_set: [] } : object;
}

function podOf(core: MaasCore, id: number | null) {
  const host = id === null ? undefined : core.vmHosts.get(id);
  return host
    ? { id: host.id, name: host.name, resource_uri: `${API_ROOT}pods/${host.id}/` }
    : null;
}

/** When a deployed machine told of its hardware, and when it will again (facts/maas-api 4.3). */
function hardwareSync(core: MaasCore, { lastSyncMs }: MachineState) {
  if (lastSyncMs === null) return { last_sync: null, sync_interval: null, next_sync: null };
  const interval = intervalSeconds(String(core.config.get('hardware_sync_interval')));
  return {
    last_sync: isoDate(core, lastSyncMs),
    sync_interval: interval,
    next_sync: isoDate(core, lastSyncMs + interval * 1000),
  };
}

/** `15m`, `1h30m` and the like, in seconds. */
function intervalSeconds(text: string): number {
  const unit: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };
  const parts = [...text.matchAll(/(\d+)([hms])/g)];
  return parts.reduce((sum, [, number, of]) => sum + Number(number) * unit[of!]!, 0);
}

function scriptStatus(key: string, status: number) {
  return { [key]: status, [`${key}_name`]: scriptStatusName(status) };
}

function domainOf(core: MaasCore, id: number) {
  return domainObject(core, core.domains.get(id)!, 0);
}

function addresses(interfaces: readonly NetworkInterface[]): string[] {
  return interfaces.flatMap((iface) =>
    iface.links.flatMap((link) => (link.ip === null ? [] : [link.ip])),
  );
}

/** The gateway that was chosen, else that of the first link that has one. */
function defaultGateway(core: MaasCore, { interfaces, gatewayLinkId }: MachineState) {
  const links = interfaces.flatMap((iface) => iface.links);
  const gatewayOf = (link: Link) =>
    link.subnetId === null || link.mode === 'link_up'
      ? null
      : (core.network.subnets.get(link.subnetId)?.gatewayIp ?? null);
  const chosen = links.find(({ id }) => id === gatewayLinkId);
  if (chosen) return { gateway_ip: gatewayOf(chosen), link_id: chosen.id };
  const first = links.find((link) => gatewayOf(link) !== null);
  return { gateway_ip: first ? gatewayOf(first) : null, link_id: null };
}

/** What an anonymous create answers with (facts/maas-api 6.1). */
export function reducedMachineObject(core: MaasCore, machine: Machine) {
  const { state, systemId } = machine;
  return {
    system_id: systemId,
    hostname: state.hostname,
    domain: domainOf(core, state.domainId),
    fqdn: core.fqdn(state),
    architecture: state.architecture,
    status: state.status,
    status_name: statusName(state.status),
    status_action: '',
    status_message: state.statusMessage,
    power_type: state.powerType,
    power_state: state.powerState,
    zone: zoneObject(core.zones.get(state.zoneId)!),
    node_type_name: 'Machine',
    resource_uri: `${API_ROOT}machines/${systemId}/`,
  };
}

export function deviceObject(core: MaasCore, device: Device) {
  const { state, systemId } = device;
  return without(core.features.deviceLacks, {
    system_id: systemId,
    hostname: state.hostname,
    description: state.description,
    fqdn: core.fqdn(state),
    domain: domainOf(core, state.domainId),
    owner: state.owner,
    owner_data: state.ownerData,
    workload_annotations: state.ownerData,
    parent: state.parent,
    tag_names: state.tags,
    address_ttl: null,
    ip_addresses: addresses(state.interfaces),
    interface_set: state.interfaces.map((iface) =>
      interfaceObject(core, systemId, iface, state.interfaces),
    ),
    zone: zoneObject(core.zones.get(state.zoneId)!),
    node_type: 1,
    node_type_name: 'Device',
    resource_uri: `${API_ROOT}devices/${systemId}/`,
  });
}

const NODE_TYPE = { 2: 'Rack controller', 3: 'Region controller', 4: 'Region and rack controller' };
const SERVICES = ['dhcpd', 'http', 'tftp', 'rackd', 'dns_rack', 'ntp_rack', 'proxy_rack'];

/** A rack controller, or the region half of a combined one (facts/maas-api 6.3). */
export function controllerObject(
  core: MaasCore,
  rack: RackController,
  collection: 'rackcontrollers' | 'regioncontrollers',
) {
  return {
    system_id: rack.systemId,
    hostname: rack.hostname,
    description: rack.description,
    hardware_uuid: null,
    fqdn: core.fqdn(rack),
    domain: domainOf(core, rack.domainId),
    zone: zoneObject(core.zones.get(rack.zoneId)!),
    architecture: 'amd64/generic',
    cpu_count: 8,
    cpu_speed: 2400,
    memory: 16384,
    swap_size: null,
    osystem: 'ubuntu',
    distro_series: core.features.defaultSeries,
    power_type: '',
    power_state: 'unknown',
    ip_addresses: [rack.ip],
    interface_set: [],
    status_action: '',
    node_type: rack.nodeType,
    node_type_name: NODE_TYPE[rack.nodeType],
    tag_names: [],
    hardware_info: {},
    version: core.features.version,
    current_commissioning_result_id: null,
    current_testing_result_id: null,
    current_installation_result_id: null,
    ...scriptStatus('commissioning_status', SCRIPT.NONE),
    ...scriptStatus('testing_status', SCRIPT.NONE),
    ...Object.assign(
      {},
      ...TEST_KEYS.map((kind) => scriptStatus(`${kind}_test_status`, SCRIPT.NONE)),
    ),
    ...(collection === 'rackcontrollers'
      ? { service_set: SERVICES.map((name) => ({ name, status: 'running', status_info: '' })) }
      : {}),
    resource_uri: `${API_ROOT}${collection}/${rack.systemId}/`,
  };
}
