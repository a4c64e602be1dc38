/**
 * The world that a fresh fake MAAS knows, made from the seed: racks of machines in zones and pools,
 * the fabrics, VLANs, subnets and spaces they are wired to, tags, images and one administrator
 * (fresh-install ids from facts/maas-api 3.10). Racks hold 40 machines; 15 racks share a *pod*: one
 * fabric for management and booting, one for data. Machines come up commissioned and Ready, with the
 * default `flat` storage layout and AUTO links (facts/maas-api 9.1, 9.5); every link has a subnet,
 * because Juju follows links without looking (facts/maas-api 0.14).
 */
import type { Randomness, RandomStream } from '../../kernel/random.ts';
import type { MaasFeatures } from './features.ts';
import { bareDisk, flatLayout } from './flat-layout.ts';
import { drawHardware, type Hardware, SeededFaker } from './hardware.ts';
import { MODEL_TAGS } from './hardware-models.ts';
import { Network } from './network.ts';
import type {
  BootResource,
  Domain,
  Machine,
  MachineState,
  NetworkInterface,
  Pool,
  RackController,
  Tag,
  Zone,
} from './objects.ts';
import { SCRIPT, STATUS } from './status.ts';

const RACK_SIZE = 40;
const POD_SIZE = 15 * RACK_SIZE;
/** What the default test leaves: it looks at disks and at nothing else. */
const TESTED = Object.freeze({ storage: SCRIPT.PASSED });
const ALPHABET = '34678abcdefghkmnpqrstwxy';

export interface Inventory {
  readonly network: Network;
  readonly zones: Map<number, Zone>;
  readonly pools: Map<number, Pool>;
  readonly domains: Map<number, Domain>;
  readonly tags: Map<string, Tag>;
  readonly bootResources: Map<number, BootResource>;
  readonly rackControllers: RackController[];
  readonly machines: Machine[];
  /** Hands out the next free ids of things that machines are made of. */
  readonly ids: Ids;
}

/** Builds the inventory: same seed and count, same inventory. */
export function buildInventory(
  random: Randomness,
  features: MaasFeatures,
  count: number,
): Inventory {
  const network = new Network();
  const zones = new Map<number, Zone>();
  for (const [id, name] of [
    [1, 'default'],
    [2, 'az1'],
    [3, 'az2'],
    [4, 'az3'],
  ] as const) {
    zones.set(id, { id, name, description: id === 1 ? '' : `Availability zone ${id - 1}` });
  }
  const pools = new Map<number, Pool>([
    [0, { id: 0, name: 'default', description: 'Default pool' }],
    [1, { id: 1, name: 'lab', description: 'Machines for trying things out' }],
  ]);
  const domains = new Map<number, Domain>([
    [0, { id: 0, name: 'maas', authoritative: true, ttl: null }],
  ]);
  for (const [id, name, description] of [
    [1, 'oam', 'Operation, administration and management'],
    [2, 'internal', 'Between the machines'],
    [3, 'storage', 'Storage replication'],
  ] as const) {
    network.spaces.set(id, { id, name, description });
  }
  const rackControllers: RackController[] = [];
  for (let pod = 0; pod < Math.max(1, Math.ceil(count / POD_SIZE)); pod++) {
    addPod(network, rackControllers, pod);
  }
  const first = network.subnets.get(1)!;
  const second = network.subnets.get(2)!;
  network.staticRoutes.set(1, {
    id: 1,
    sourceId: first.id,
    destinationId: second.id,
    gatewayIp: first.gatewayIp!,
    metric: 0,
  });

  const seeded = new SeededFaker();
  const names = new Set<string>();
  const ids = new Ids();
  const machines: Machine[] = [];
  const systemIds = new Set(rackControllers.map((rack) => rack.systemId));
  for (let i = 0; i < count; i++) {
    const stream = random.stream('maas.machine', i);
    const hardware = drawHardware(seeded, stream, i);
    const hostname = unique(names, hardware.hostname);
    const initial = readyMachine(network, hardware, hostname, i, ids, stream);
    machines.push({
      id: i + 1,
      systemId: freshSystemId(systemIds, stream),
      profile: hardware.profile,
      initial,
      state: initial,
    });
  }

  const tags = new Map<string, Tag>();
  const racks = Math.ceil(count / RACK_SIZE);
  const tagNames = [...MODEL_TAGS, ...Array.from({ length: racks }, (_, i) => rackTag(i))];
  for (const name of tagNames) {
    tags.set(name, { name, comment: '', definition: '', kernelOpts: '' });
  }
  return {
    network,
    zones,
    pools,
    domains,
    tags,
    bootResources: images(features),
    rackControllers,
    machines,
    ids,
  };
}

/** A system_id nobody has: six characters, never starting with the lowest digit (facts 3.1). */
export function freshSystemId(taken: Set<string>, stream: RandomStream): string {
  for (;;) {
    let id = ALPHABET[stream.int(1, ALPHABET.length - 1)]!;
    while (id.length < 6) id += ALPHABET[stream.int(0, ALPHABET.length - 1)];
    if (!taken.has(id)) {
      taken.add(id);
      return id;
    }
  }
}

/** Counters of what machines are made of; no id is given twice. */
export class Ids {
  readonly next = { interface: 1, blockDevice: 1, partition: 1, storageGroup: 1 };
}

function rackTag(rack: number): string {
  return `rack-${String(rack + 1).padStart(3, '0')}`;
}

function unique(taken: Set<string>, name: string): string {
  let candidate = name;
  for (let i = 2; taken.has(candidate); i++) candidate = `${name}-${i}`;
  taken.add(candidate);
  return candidate;
}

/**
 * One pod: fabrics 2p (management, DHCP) and 2p+1 (data, with a tagged storage VLAN). Subnets are
 * /22 out of 10.0.0.0/8, 16 of them a pod, so that 240 pods (144,000 machines) fit.
 */
function addPod(network: Network, racks: RackController[], pod: number): void {
  const subnetOf = (nth: number) => `10.${pod}.${nth * 4}`;
  // Seeded by position, not drawn: a rack controller keeps its id whatever the seed.
  const systemId = `${ALPHABET[1 + (Math.floor(pod / 24) % 23)]}ack${ALPHABET[pod % 24]}c`;
  racks.push({
    systemId,
    hostname: `rack-controller-${pod + 1}`,
    nodeType: pod === 0 ? 4 : 2,
    ip: `${subnetOf(0)}.2`,
    description: '',
    zoneId: 1,
    domainId: 0,
  });
  for (const [offset, name] of [
    [0, 'management'],
    [1, 'data'],
  ] as const) {
    const fabricId = pod * 2 + offset;
    const vlanId = 5001 + pod * 3 + offset;
    network.fabrics.set(fabricId, {
      id: fabricId,
      name: `fabric-${fabricId}`,
      classType: name,
      defaultVlanId: vlanId,
    });
    addVlan(network, vlanId, 0, fabricId, offset === 0 ? 1 : 2, offset === 0 ? systemId : null);
    const subnetId = 1 + pod * 3 + offset;
    addSubnet(network, subnetId, vlanId, subnetOf(offset), `pod-${pod + 1}-${name}`);
    if (offset === 0) addRanges(network, subnetId, subnetOf(0));
  }
  const storageVlan = 5001 + pod * 3 + 2;
  addVlan(network, storageVlan, 100, pod * 2 + 1, 3, null);
  addSubnet(network, 3 + pod * 3, storageVlan, subnetOf(2), `pod-${pod + 1}-storage`);
}

/** What is not handed out to machines: the controllers' own addresses and the DHCP pool. */
function addRanges(network: Network, subnetId: number, prefix: string): void {
  for (const [type, start, end, comment] of [
    ['reserved', 2, 9, 'For controllers'],
    ['dynamic', 10, 250, 'For machines that are commissioned'],
  ] as const) {
    const id = network.ipRanges.size + 1;
    const startIp = `${prefix}.${start}`;
    network.ipRanges.set(id, { id, type, startIp, endIp: `${prefix}.${end}`, comment, subnetId });
  }
}

function addVlan(
  network: Network,
  id: number,
  vid: number,
  fabricId: number,
  spaceId: number,
  rack: string | null,
): void {
  network.vlans.set(id, {
    id,
    vid,
    name: vid === 0 ? null : `vlan-${vid}`,
    fabricId,
    mtu: vid === 0 ? 1500 : 9000,
    dhcpOn: rack !== null,
    primaryRack: rack,
    spaceId,
  });
}

function addSubnet(network: Network, id: number, vlanId: number, prefix: string, name: string) {
  network.subnets.set(id, {
    id,
    name,
    description: '',
    cidr: `${prefix}.0/22`,
    vlanId,
    gatewayIp: `${prefix}.1`,
    dnsServers: [`${prefix}.2`],
  });
}

function readyMachine(
  network: Network,
  hardware: Hardware,
  hostname: string,
  index: number,
  ids: Ids,
  stream: RandomStream,
): MachineState {
  const pod = Math.floor(index / POD_SIZE);
  const rack = Math.floor(index / RACK_SIZE);
  const { server } = hardware;
  return {
    hostname,
    description: '',
    domainId: 0,
    zoneId: 2 + (rack % 3),
    poolId: stream.chance(0.1) ? 1 : 0,
    tags: [...server.tags, rackTag(rack)].sort(),
    architecture: server.architecture,
    cpuCount: hardware.cpuCount,
    cpuSpeed: server.mhz,
    memory: hardware.memory,
    swapSize: null,
    powerType: server.powerType,
    powerParameters: {
      power_address: hardware.bmc.address,
      power_user: 'maas',
      mac_address: hardware.bmc.mac,
    },
    powerState: 'off',
    interfaces: interfaces(network, hardware, pod, ids),
    blockDevices: hardware.disks.map((disk, i) =>
      i === 0 ? flatLayout(bareDisk(disk, ids), ids, stream) : bareDisk(disk, ids),
    ),
    status: STATUS.READY,
    previousStatus: STATUS.COMMISSIONING,
    statusMessage: 'Ready',
    errorDescription: '',
    owner: null,
    ownerData: {},
    agentName: '',
    locked: false,
    osystem: '',
    distroSeries: '',
    hweKernel: null,
    minHweKernel: '',
    netboot: true,
    ephemeralDeploy: false,
    enableHwSync: false,
    enableKernelCrashDump: false,
    userData: null,
    commissioningStatus: SCRIPT.PASSED,
    testingStatus: SCRIPT.PASSED,
    testStatus: TESTED,
    commissioningResultId: index * 2 + 1,
    testingResultId: index * 2 + 2,
    installationResultId: null,
    lastSyncMs: null,
    vmHostId: null,
  };
}

/** The first port boots from management, the second is on data, further ones have no cable. */
function interfaces(
  network: Network,
  hardware: Hardware,
  pod: number,
  ids: Ids,
): NetworkInterface[] {
  return hardware.ports.map((port, i) => {
    const wired = i < 2;
    const vlanId = wired ? 5001 + pod * 3 + i : null;
    return {
      id: ids.next.interface++,
      name: port.name,
      type: 'physical',
      mac: port.mac,
      enabled: true,
      tags: [],
      vlanId,
      links: wired ? [network.newLink({ mode: 'auto', subnetId: 1 + pod * 3 + i, ip: null })] : [],
      parents: [],
      params: {},
      vendor: port.vendor,
      product: port.product,
      firmwareVersion: port.firmware,
      linkConnected: wired,
      interfaceSpeed: port.speed,
      linkSpeed: wired ? port.speed : 0,
      numaNode: 0,
    };
  });
}

/** Ubuntu releases for the architectures of the catalogue. */
function images(features: MaasFeatures): Map<number, BootResource> {
  const resources = new Map<number, BootResource>();
  let id = 1;
  for (const [name, number] of features.ubuntu) {
    for (const arch of ['amd64', 'arm64']) {
      for (const kernel of [`ga-${number}`, `hwe-${number}`]) {
        resources.set(id, {
          id,
          type: 'Synced',
          name: `ubuntu/${name}`,
          architecture: `${arch}/${kernel}`,
          subarches: `generic,${kernel}`,
          title: `${number} LTS`,
          kflavor: 'generic',
        });
        id++;
      }
    }
  }
  return resources;
}
