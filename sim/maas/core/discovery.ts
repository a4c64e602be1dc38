/**
 * What commissioning finds out (facts/maas-api 9.5): processor, memory, disks, network cards and the
 * tags that follow from them, and then the storage layout and the links that a fresh machine starts
 * with. A machine of the inventory has the hardware that it was made with, whatever was done to it
 * since; one that was added by hand gets hardware of its own, drawn when it is first looked at.
 */
import type { MaasCore } from './core.ts';
import { NO_FIELDS } from './fields.ts';
import { bareDisk } from './flat-layout.ts';
import { drawHardware, SeededFaker } from './hardware.ts';
import { SERVERS, VIRTUAL_MACHINE } from './hardware-models.ts';
import type {
  BlockDevice,
  HardwareProfile,
  Link,
  Machine,
  MachineState,
  NetworkInterface,
} from './objects.ts';
import { Refusal } from './refusal.ts';
import { setLayout } from './storage/layouts.ts';

/** What is found is what does not depend on how the machine is set up. */
type FoundPort = Omit<NetworkInterface, 'id' | 'links' | 'tags' | 'params' | 'parents' | 'enabled'>;

interface Found {
  readonly profile: HardwareProfile;
  readonly cpuCount: number;
  readonly cpuSpeed: number;
  readonly memory: number;
  readonly tags: readonly string[];
  readonly ports: readonly FoundPort[];
  readonly disks: readonly BlockDevice[];
}

export interface KeepWhat {
  /** Leave interfaces and links as they are. */
  readonly networking: boolean;
  /** Leave partitions and filesystems as they are. */
  readonly storage: boolean;
}

/** Puts what commissioning found on the machine. */
export function discover(core: MaasCore, machine: Machine, keep: KeepWhat): void {
  const found = foundOn(core, machine);
  machine.profile = found.profile;
  for (const name of found.tags) {
    if (core.tags.has(name)) continue;
    core.tags.set(name, { name, comment: '', definition: '', kernelOpts: '' });
  }
  const { state } = machine;
  core.change(machine, {
    cpuCount: found.cpuCount,
    cpuSpeed: found.cpuSpeed,
    memory: found.memory,
    tags: [...new Set([...state.tags, ...found.tags])].sort(),
    interfaces: keep.networking
      ? withNewPorts(core, state.interfaces, found.ports)
      : linkedPorts(core, state.interfaces, found.ports),
  });
  if (!keep.storage || state.blockDevices.length === 0) arrangeDisks(core, machine);
}

/** Gives a machine that is composed the hardware that it is composed of. */
export function setHardware(
  core: MaasCore,
  machine: Machine,
  spec: { readonly cores: number; readonly memory: number; readonly diskBytes: readonly number[] },
): void {
  const found = drawn(core, machine);
  const [model] = found.disks;
  core.hardware.set(machine, {
    ...found,
    cpuCount: spec.cores,
    memory: spec.memory,
    disks: spec.diskBytes.map((size, i) => ({
      ...model!,
      id: i === 0 ? model!.id : core.ids.next.blockDevice++,
      name: `sd${String.fromCharCode(97 + i)}`,
      serial: `${model!.serial}${i}`,
      idPath: `/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_${machine.systemId}-${i}`,
      size,
    })),
  });
}

/** The interfaces as a fresh machine has them (facts/maas-api 3.2, restore). */
export function freshInterfaces(core: MaasCore, machine: Machine): NetworkInterface[] {
  return linkedPorts(core, machine.state.interfaces, foundOn(core, machine).ports);
}

/**
 * Puts the disks that commissioning found on the machine, those that were known under their old ids
 * and tags, with the layout that the settings tell; where that does not fit they stay bare.
 */
export function arrangeDisks(core: MaasCore, machine: Machine): void {
  const present = machine.state.blockDevices;
  const blockDevices = foundOn(core, machine).disks.map((disk): BlockDevice => {
    const known = present.find(({ serial }) => serial !== null && serial === disk.serial);
    return { ...disk, ...(known ?? {}), filesystem: null, tableType: null, partitions: [] };
  });
  core.change(machine, { blockDevices, layers: null });
  try {
    setLayout(core, machine, String(core.config.get('default_storage_layout')), NO_FIELDS);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

function foundOn(core: MaasCore, machine: Machine): Found {
  const known = core.hardware.get(machine);
  if (known) return known;
  const { initial } = machine;
  const found = initial.blockDevices.length > 0 ? ofInventory(machine) : drawn(core, machine);
  core.hardware.set(machine, found);
  return found;
}

function ofInventory({ initial, profile }: Machine): Found {
  return {
    profile,
    cpuCount: initial.cpuCount,
    cpuSpeed: initial.cpuSpeed,
    memory: initial.memory,
    tags: [],
    ports: initial.interfaces,
    disks: initial.blockDevices,
  };
}

const VIRTUAL_POWER = new Set(['virsh', 'lxd', 'proxmox', 'vmware']);

function drawn(core: MaasCore, machine: Machine): Found {
  const { state } = machine;
  const virtual = VIRTUAL_POWER.has(state.powerType);
  const ofArchitecture = SERVERS.filter(({ architecture }) => architecture === state.architecture);
  const models = virtual ? [VIRTUAL_MACHINE] : ofArchitecture;
  const stream = core.stream('maas.found');
  const hardware = drawHardware(
    new SeededFaker(),
    stream,
    machine.id,
    models.length > 0 ? models : SERVERS,
  );
  const { server } = hardware;
  // The addresses that the machine was added with are those of its first ports.
  const given = state.interfaces.filter(({ type }) => type === 'physical');
  const ports = Array.from(
    { length: Math.max(given.length, hardware.ports.length) },
    (_, i): FoundPort => {
      const port = hardware.ports[i % hardware.ports.length]!;
      // A rack wires every port: the first to the network that machines boot from, the others to
      // the one for data.
      const fabric = core.network.fabrics.get(Math.min(i, 1));
      return {
        name: hardware.ports[i]?.name ?? `eth${i}`,
        type: 'physical',
        mac: given[i]?.mac ?? port.mac,
        vlanId: given[i]?.vlanId ?? fabric?.defaultVlanId ?? null,
        vendor: port.vendor,
        product: port.product,
        firmwareVersion: port.firmware || null,
        linkConnected: true,
        interfaceSpeed: port.speed,
        linkSpeed: port.speed,
        numaNode: 0,
      };
    },
  );
  return {
    profile: { ...hardware.profile, hardwareUuid: machine.profile.hardwareUuid },
    cpuCount: hardware.cpuCount,
    cpuSpeed: server.mhz,
    memory: hardware.memory,
    tags: server.tags,
    ports,
    disks: hardware.disks.map((disk) => bareDisk(disk, core.ids)),
  };
}

/** Ports that were not known yet are added; all others stay as they are. */
function withNewPorts(
  core: MaasCore,
  present: readonly NetworkInterface[],
  ports: readonly FoundPort[],
): NetworkInterface[] {
  const macs = new Set(present.map(({ mac }) => mac));
  return [
    ...present.map((iface) => {
      const port = ports.find(({ mac }) => iface.type === 'physical' && mac === iface.mac);
      return port ? { ...iface, ...factsOf(port), name: foundName(iface, port) } : iface;
    }),
    ...ports.filter(({ mac }) => !macs.has(mac)).map((port) => newPort(core, port)),
  ];
}

/** Physical ports with the links of a fresh machine; bonds, bridges and VLANs are gone. */
function linkedPorts(
  core: MaasCore,
  present: readonly NetworkInterface[],
  ports: readonly FoundPort[],
): NetworkInterface[] {
  core.network.release(present.flatMap(({ links }) => links));
  const physical = withNewPorts(
    core,
    present.filter(({ type }) => type === 'physical'),
    ports,
  );
  return physical.map((iface, i) => {
    const found = ports.find(({ mac }) => mac === iface.mac);
    const vlanId = found ? found.vlanId : iface.vlanId;
    const links = iface.enabled && vlanId !== null ? [firstLink(core, vlanId, i === 0)] : [];
    return { ...iface, vlanId, links };
  });
}

/** The boot interface gets an address of its subnet; the others are only up (facts 9.5). */
function firstLink(core: MaasCore, vlanId: number, boot: boolean): Link {
  if (!boot) return core.network.newLink({ mode: 'link_up', subnetId: null, ip: null });
  const mode = core.config.get('default_boot_interface_link_type') === 'dhcp' ? 'dhcp' : 'auto';
  for (const subnet of core.network.subnets.values()) {
    if (subnet.vlanId === vlanId) {
      return core.network.newLink({ mode, subnetId: subnet.id, ip: null });
    }
  }
  return core.network.newLink({ mode: 'dhcp', subnetId: null, ip: null });
}

function factsOf({ name: _name, vlanId: _vlan, mac: _mac, type: _type, ...facts }: FoundPort) {
  return facts;
}

/** A name that MAAS made up gives way to the one that the machine's own system uses. */
function foundName(iface: NetworkInterface, port: FoundPort): string {
  return /^eth\d+$/.test(iface.name) ? port.name : iface.name;
}

function newPort(core: MaasCore, port: FoundPort): NetworkInterface {
  return {
    ...port,
    id: core.newInterfaceId(),
    enabled: true,
    tags: [],
    params: {},
    parents: [],
    links: [],
  };
}

export type HardwareFound = Map<Machine, Found>;

/** What is asked of the state before a machine may be deployed or its network tested. */
export function hasConfiguredLink(state: MachineState): boolean {
  return state.interfaces.some((iface) =>
    iface.links.some((link) => link.mode !== 'link_up' && link.subnetId !== null),
  );
}
