/**
 * What the fake MAAS keeps: plain immutable records, replaced and never edited in place. A machine
 * is an immutable hardware profile and a state; the state is the profile's own initial one until
 * something changes, and then a fresh copy (design 3.5). So one identity comparison tells whether a
 * machine was ever touched, a list can be rendered later from the states it was made of, and
 * rendered bytes may be kept as long as the state they came from is still the present one.
 */
import type { Status } from './status.ts';

export interface User {
  readonly username: string;
  readonly email: string;
  readonly isSuperuser: boolean;
}

export interface Zone {
  readonly id: number;
  readonly name: string;
  readonly description: string;
}

export type Pool = Zone;

export interface Domain {
  readonly id: number;
  readonly name: string;
  readonly authoritative: boolean;
  readonly ttl: number | null;
}

export interface Tag {
  readonly name: string;
  readonly comment: string;
  readonly definition: string;
  readonly kernelOpts: string;
}

export interface Space {
  readonly id: number;
  readonly name: string;
  readonly description: string;
}

export interface Fabric {
  readonly id: number;
  readonly name: string;
  readonly classType: string | null;
  readonly defaultVlanId: number;
}

export interface Vlan {
  readonly id: number;
  readonly vid: number;
  /** Null for one without a name; the default of a fabric shows as `untagged`. */
  readonly name: string | null;
  readonly fabricId: number;
  readonly mtu: number;
  readonly dhcpOn: boolean;
  readonly primaryRack: string | null;
  /** Absent is none. */
  readonly secondaryRack?: string | null;
  /** The VLAN whose controllers answer DHCP for this one; absent is none. */
  readonly relayVlanId?: number | null;
  readonly spaceId: number | null;
}

export interface Subnet {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly cidr: string;
  readonly vlanId: number;
  readonly gatewayIp: string | null;
  readonly dnsServers: readonly string[];
  /** What differs from the defaults that `subnetOptions` tells. */
  readonly options?: Partial<SubnetOptions>;
}

export interface SubnetOptions {
  /** Reverse DNS: 0 none, 1 own zone, 2 as RFC 2317 says. */
  readonly rdnsMode: number;
  readonly allowDns: boolean;
  readonly allowProxy: boolean;
  readonly activeDiscovery: boolean;
  /** Without, MAAS hands out addresses of the reserved ranges only. */
  readonly managed: boolean;
  readonly disabledBootArchitectures: readonly string[];
}

export interface IpRange {
  readonly id: number;
  readonly type: 'dynamic' | 'reserved';
  readonly startIp: string;
  readonly endIp: string;
  readonly comment: string;
  readonly subnetId: number;
  /** Who made it; absent is MAAS itself. */
  readonly owner?: string;
}

/** An address that is kept for a MAC address (`reservedips/`). */
export interface ReservedIp {
  readonly id: number;
  readonly ip: string;
  readonly mac: string;
  readonly comment: string;
  readonly subnetId: number;
}

/** An address that a user took for something that MAAS does not manage (`ipaddresses/`). */
export interface UserAddress {
  /** Of the same sequence as the ids of links: both are rows of addresses. */
  readonly id: number;
  readonly ip: string;
  readonly subnetId: number;
  readonly owner: string;
  readonly hostname: string;
  /** Of the interface without a machine that it is on; null is none. */
  readonly mac: string | null;
  readonly createdMs: number;
}

export interface StaticRoute {
  readonly id: number;
  readonly sourceId: number;
  readonly destinationId: number;
  readonly gatewayIp: string;
  readonly metric: number;
}

export interface BootResource {
  readonly id: number;
  readonly type: 'Synced' | 'Uploaded';
  /** `ubuntu/noble`. */
  readonly name: string;
  /** `amd64/ga-24.04`. */
  readonly architecture: string;
  readonly subarches: string;
  readonly title: string | null;
  readonly kflavor: string | null;
  /** What an uploaded image was made from, e.g. `ubuntu/noble`. */
  readonly baseImage?: string;
}

/** A stored file (`files/`): the content is what a client uploaded. */
export interface StoredFile {
  readonly filename: string;
  readonly owner: string;
  readonly key: string;
  readonly content: Uint8Array;
}

export interface RackController {
  readonly systemId: string;
  readonly hostname: string;
  readonly nodeType: 2 | 3 | 4;
  readonly ip: string;
  readonly description: string;
  readonly zoneId: number;
  readonly domainId: number;
}

/** A licence for an operating system that is not free (facts/maas-api 3.13). */
export interface LicenseKey {
  readonly osystem: string;
  readonly distroSeries: string;
  readonly licenseKey: string;
}

/** A host that virtual machines can be composed in (facts/maas-api 6.8). */
export interface VmHost {
  readonly id: number;
  readonly name: string;
  readonly type: 'lxd' | 'virsh';
  readonly parameters: Readonly<Record<string, string>>;
  readonly zoneId: number;
  readonly poolId: number;
  readonly tags: readonly string[];
  readonly cpuOverCommit: number;
  readonly memoryOverCommit: number;
  readonly macvlanMode: string | null;
  readonly cores: number;
  /** MiB. */
  readonly memory: number;
  /** Bytes of its one storage pool. */
  readonly storage: number;
  /** Name of that pool. */
  readonly storagePool: string;
  /** The machine that it runs on, where MAAS itself deployed that. */
  readonly hostSystemId: string | null;
}

export type LinkMode = 'auto' | 'dhcp' | 'static' | 'link_up';

/** How an interface has its address. The id is never used again (facts/maas-api 0.23). */
export interface Link {
  readonly id: number;
  readonly mode: LinkMode;
  readonly subnetId: number | null;
  readonly ip: string | null;
}

export interface NetworkInterface {
  readonly id: number;
  readonly name: string;
  readonly type: 'physical' | 'bond' | 'bridge' | 'vlan';
  readonly mac: string;
  readonly enabled: boolean;
  readonly tags: readonly string[];
  readonly vlanId: number | null;
  readonly links: readonly Link[];
  /** Ids of the interfaces of the same machine that this one is built on. */
  readonly parents: readonly number[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly vendor: string | null;
  readonly product: string | null;
  readonly firmwareVersion: string | null;
  readonly linkConnected: boolean;
  /** Mbit/s. */
  readonly interfaceSpeed: number;
  /** Mbit/s. */
  readonly linkSpeed: number;
  readonly numaNode: number | null;
  /** Made for the present owner, and gone with the ownership (facts/maas-api 5.5). */
  readonly acquired?: true;
}

export interface Filesystem {
  readonly fstype: string;
  readonly uuid: string;
  readonly label: string | null;
  readonly mountPoint: string | null;
  readonly mountOptions: string | null;
  /** Id of the group that the device is a member of; such a filesystem is only a mark of that. */
  readonly group?: number;
}

/** What is made of disks and partitions (facts/maas-api 6.6, 9.3). */
export type StorageGroup =
  | VolumeGroup
  | (GroupBase & { readonly kind: 'raid'; readonly level: string })
  | (GroupBase & { readonly kind: 'cache-set' })
  | (GroupBase & {
      readonly kind: 'bcache';
      readonly cacheSetId: number;
      readonly cacheMode: string;
    })
  | (GroupBase & { readonly kind: 'vmfs' });

interface GroupBase {
  readonly id: number;
  readonly name: string;
  readonly uuid: string;
}

export type VolumeGroup = GroupBase & { readonly kind: 'lvm' };

/** What lies over the bare disks of a machine; absent where there is nothing such. */
export interface StorageLayers {
  readonly groups: readonly StorageGroup[];
  /** Logical volumes, RAID arrays, bcaches and datastores as block devices. */
  readonly virtualDisks: readonly BlockDevice[];
  /** tmpfs and ramfs: filesystems without a device. */
  readonly specialFilesystems: readonly Filesystem[];
  /** The disk that was chosen to boot from; null is the first one. */
  readonly bootDiskId: number | null;
  /** Whether a layout for ESXi was applied: only then there are datastores. */
  readonly vmfs: boolean;
}

export interface Partition {
  readonly id: number;
  readonly uuid: string;
  readonly index: number;
  /** Bytes. */
  readonly size: number;
  readonly bootable: boolean;
  readonly tags: readonly string[];
  readonly filesystem: Filesystem | null;
}

export interface BlockDevice {
  readonly id: number;
  readonly name: string;
  readonly idPath: string | null;
  readonly model: string | null;
  readonly serial: string | null;
  readonly firmwareVersion: string | null;
  /** Bytes. */
  readonly size: number;
  readonly blockSize: number;
  readonly tags: readonly string[];
  readonly filesystem: Filesystem | null;
  readonly tableType: 'GPT' | 'MBR' | null;
  readonly partitions: readonly Partition[];
  readonly numaNode: number | null;
  /** Of one that a group provides. */
  readonly virtual?: { readonly groupId: number; readonly uuid: string };
}

export type PowerState = 'on' | 'off' | 'unknown' | 'error';

/** What never changes: the hardware. Shared between machines where it is equal. */
export interface HardwareProfile {
  readonly biosBootMethod: 'uefi' | 'pxe';
  readonly hardwareUuid: string;
  /** The 18 string keys of facts/maas-api 6.1. */
  readonly hardwareInfo: Readonly<Record<string, string>>;
  readonly numaNodes: readonly { readonly cores: readonly number[]; readonly memory: number }[];
}

export interface HeldStorage {
  readonly blockDevices: readonly BlockDevice[];
  readonly layers: StorageLayers | null;
}

export interface MachineState {
  readonly hostname: string;
  readonly description: string;
  readonly domainId: number;
  readonly zoneId: number;
  readonly poolId: number;
  readonly tags: readonly string[];
  readonly architecture: string;
  readonly cpuCount: number;
  /** MHz. */
  readonly cpuSpeed: number;
  /** MiB. */
  readonly memory: number;
  readonly swapSize: number | null;
  readonly powerType: string;
  readonly powerParameters: Readonly<Record<string, string>>;
  readonly powerState: PowerState;
  readonly interfaces: readonly NetworkInterface[];
  /** The link whose gateway was chosen as the default; absent or null is none. */
  readonly gatewayLinkId?: number | null;
  /** Physical ones. */
  readonly blockDevices: readonly BlockDevice[];
  /** What was built on them; absent or null is nothing. */
  readonly layers?: StorageLayers | null;
  /** Storage as it was before the owner changed it; comes back with the release. */
  readonly heldStorage?: HeldStorage | null;
  readonly status: Status;
  readonly previousStatus: Status;
  readonly statusMessage: string | null;
  readonly errorDescription: string;
  readonly owner: string | null;
  readonly ownerData: Readonly<Record<string, string>>;
  readonly agentName: string;
  readonly locked: boolean;
  readonly osystem: string;
  readonly distroSeries: string;
  readonly hweKernel: string | null;
  readonly minHweKernel: string;
  readonly netboot: boolean;
  readonly ephemeralDeploy: boolean;
  readonly enableHwSync: boolean;
  readonly enableKernelCrashDump: boolean;
  /** As given to `deploy`, base64. */
  readonly userData: string | null;
  /** Script status numbers of facts/maas-api 4.1. */
  readonly commissioningStatus: number;
  readonly testingStatus: number;
  /** Of the tests of one kind of hardware: `cpu`, `memory`, `storage` …; absent is none. */
  readonly testStatus: Readonly<Record<string, number>>;
  readonly commissioningResultId: number | null;
  readonly testingResultId: number | null;
  readonly installationResultId: number | null;
  /** When the machine last reported its hardware, in simulated milliseconds; null is never. */
  readonly lastSyncMs: number | null;
  /** The VM host that it lives in; null for one of metal. */
  readonly vmHostId: number | null;
}

/** One machine. Only `MaasCore` replaces its state and profile. */
export interface Machine {
  readonly id: number;
  readonly systemId: string;
  /** What commissioning found; a machine that was added by hand has an empty one before it. */
  profile: HardwareProfile;
  readonly initial: MachineState;
  state: MachineState;
}

export interface DeviceState {
  readonly hostname: string;
  readonly description: string;
  readonly domainId: number;
  readonly zoneId: number;
  readonly owner: string | null;
  readonly ownerData: Readonly<Record<string, string>>;
  /** system_id of the machine it belongs to. */
  readonly parent: string | null;
  readonly tags: readonly string[];
  readonly interfaces: readonly NetworkInterface[];
}

/** A container or appliance that MAAS only keeps addresses for. */
export interface Device {
  readonly id: number;
  readonly systemId: string;
  state: DeviceState;
}
