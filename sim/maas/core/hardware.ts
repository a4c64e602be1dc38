/**
 * Hardware that looks like hardware: real server models with the processors, disks and network
 * cards that they ship with, and serial numbers, MACs and world-wide names in their vendors' form.
 * Everything is drawn from one stream of the seeded randomness per machine, so that machine 17 of
 * seed 7 is always the same machine, however many others there are. Words and numbers come from
 * @faker-js/faker, whose generator is replaced by that stream.
 */
import { base, en, Faker } from '@faker-js/faker';
import type { RandomStream } from '../../kernel/random.ts';
import type { BlockDevice, HardwareProfile } from './objects.ts';

interface DiskModel {
  readonly model: string;
  readonly vendorWwn: string;
  /** GB, powers of ten. */
  readonly sizes: readonly number[];
  readonly tags: readonly string[];
  readonly blockSize: number;
  readonly firmware: string;
}

interface CardModel {
  readonly vendor: string;
  readonly product: string;
  readonly oui: string;
  readonly ports: number;
  /** Mbit/s. */
  readonly speed: number;
  readonly firmware: string;
  /** Predictable names: prefix and number of the first port. */
  readonly names: readonly string[];
}

export interface ServerModel {
  readonly vendor: string;
  readonly product: string;
  readonly family: string;
  readonly board: string;
  readonly firmwareVendor: string;
  readonly cpu: string;
  readonly architecture: string;
  readonly sockets: number;
  readonly coresPerSocket: readonly number[];
  /** MHz. */
  readonly mhz: number;
  /** GiB. */
  readonly memory: readonly number[];
  readonly powerType: 'ipmi' | 'redfish';
  readonly tags: readonly string[];
  readonly disks: readonly DiskModel[];
  readonly cards: readonly CardModel[];
  /** How often it is met, relative to the others. */
  readonly weight: number;
}

const SATA_SSD: DiskModel = {
  model: 'SAMSUNG MZ7LH480HAHQ-00005',
  vendorWwn: '5002538e',
  sizes: [480, 960],
  tags: ['ssd', 'sata'],
  blockSize: 512,
  firmware: 'HXT7904Q',
};
const NVME: DiskModel = {
  model: 'INTEL SSDPE2KX020T8',
  vendorWwn: '5cd2e4',
  sizes: [2000, 4000],
  tags: ['ssd', 'nvme'],
  blockSize: 512,
  firmware: 'VDV10152',
};
const ROTARY: DiskModel = {
  model: 'ST4000NM0035-1V4107',
  vendorWwn: '5000c500',
  sizes: [4000, 8000],
  tags: ['rotary', 'sata', '7200rpm'],
  blockSize: 512,
  firmware: 'TN05',
};
const I350: CardModel = {
  vendor: 'Intel Corporation',
  product: 'I350 Gigabit Network Connection',
  oui: 'a0:36:9f',
  ports: 2,
  speed: 1000,
  firmware: '1.67, 0x80000d38',
  names: ['eno1', 'eno2'],
};
const BCM57414: CardModel = {
  vendor: 'Broadcom Inc. and subsidiaries',
  product: 'BCM57414 NetXtreme-E 10Gb/25Gb RDMA Ethernet Controller',
  oui: 'bc:97:e1',
  ports: 2,
  speed: 25000,
  firmware: '218.0.219.13/pkg 21.85.21.91',
  names: ['ens1f0np0', 'ens1f1np1'],
};
const X550: CardModel = {
  vendor: 'Intel Corporation',
  product: 'Ethernet Controller 10G X550T',
  oui: '3c:ec:ef',
  ports: 2,
  speed: 10000,
  firmware: '0x80000aed, 1.1927.0',
  names: ['eno1', 'eno2'],
};

const SERVERS: readonly ServerModel[] = [
  {
    vendor: 'Dell Inc.',
    product: 'PowerEdge R640',
    family: 'PowerEdge',
    board: '0RGP26',
    firmwareVendor: 'Dell Inc.',
    cpu: 'Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz',
    architecture: 'amd64/generic',
    sockets: 2,
    coresPerSocket: [8, 16],
    mhz: 2100,
    memory: [64, 128, 192],
    powerType: 'ipmi',
    tags: [],
    disks: [SATA_SSD, SATA_SSD],
    cards: [I350, BCM57414],
    weight: 4,
  },
  {
    vendor: 'HPE',
    product: 'ProLiant DL360 Gen10',
    family: 'ProLiant',
    board: 'ProLiant DL360 Gen10',
    firmwareVendor: 'HPE',
    cpu: 'Intel(R) Xeon(R) Silver 4110 CPU @ 2.10GHz',
    architecture: 'amd64/generic',
    sockets: 1,
    coresPerSocket: [8],
    mhz: 2100,
    memory: [32, 64],
    powerType: 'redfish',
    tags: [],
    disks: [SATA_SSD, ROTARY],
    cards: [I350],
    weight: 4,
  },
  {
    vendor: 'Supermicro',
    product: 'AS -1114S-WTRT',
    family: 'H12',
    board: 'H12SSW-NT',
    firmwareVendor: 'American Megatrends Inc.',
    cpu: 'AMD EPYC 7302P 16-Core Processor',
    architecture: 'amd64/generic',
    sockets: 1,
    coresPerSocket: [16, 32],
    mhz: 3000,
    memory: [128, 256],
    powerType: 'ipmi',
    tags: ['nvme-only'],
    disks: [NVME, NVME],
    cards: [X550],
    weight: 2,
  },
  {
    vendor: 'Dell Inc.',
    product: 'PowerEdge R740xd',
    family: 'PowerEdge',
    board: '0923K0',
    firmwareVendor: 'Dell Inc.',
    cpu: 'Intel(R) Xeon(R) Gold 5118 CPU @ 2.30GHz',
    architecture: 'amd64/generic',
    sockets: 2,
    coresPerSocket: [12],
    mhz: 2300,
    memory: [96, 192],
    powerType: 'ipmi',
    tags: ['storage-dense'],
    disks: [SATA_SSD, ROTARY, ROTARY, ROTARY],
    cards: [I350, BCM57414],
    weight: 2,
  },
  {
    vendor: 'Ampere(R)',
    product: 'Mt. Snow Altra',
    family: 'Altra',
    board: 'Mt. Snow Motherboard',
    firmwareVendor: 'Ampere(R)',
    cpu: 'Ampere(R) Altra(R) Processor Q80-30',
    architecture: 'arm64/generic',
    sockets: 1,
    coresPerSocket: [80],
    mhz: 3000,
    memory: [256],
    powerType: 'redfish',
    tags: [],
    disks: [NVME],
    cards: [X550],
    weight: 1,
  },
];

const WEIGHTED = SERVERS.flatMap((server) => Array.from({ length: server.weight }, () => server));

/** Every tag that some model carries, for the tag list. */
export const MODEL_TAGS: readonly string[] = [...new Set(SERVERS.flatMap((s) => s.tags))].sort();

export interface Port {
  readonly name: string;
  readonly mac: string;
  readonly vendor: string;
  readonly product: string;
  readonly firmware: string;
  readonly speed: number;
}

export interface Hardware {
  readonly server: ServerModel;
  readonly profile: HardwareProfile;
  readonly cpuCount: number;
  /** MiB. */
  readonly memory: number;
  readonly ports: readonly Port[];
  readonly bmc: { readonly address: string; readonly mac: string };
  /** Without ids and partitions: the inventory adds both. */
  readonly disks: readonly Omit<BlockDevice, 'id' | 'partitions' | 'tableType' | 'filesystem'>[];
  readonly hostname: string;
}

/** A faker whose every draw comes from the stream last given to `use`. */
export class SeededFaker {
  #stream: RandomStream | undefined;
  readonly faker = new Faker({
    locale: [en, base],
    randomizer: {
      next: () => {
        if (!this.#stream) throw new Error('faker was asked before a stream was set');
        return this.#stream.real();
      },
      // The streams are seeded by the kernel; reseeding here would part from `--seed`.
      seed: () => {},
    },
  });

  use(stream: RandomStream): Faker {
    this.#stream = stream;
    return this.faker;
  }
}

/**
 * Draws one machine's hardware.
 * @param index number of the machine from 0; makes MACs unique where the draws might not
 */
export function drawHardware(seeded: SeededFaker, stream: RandomStream, index: number): Hardware {
  const faker = seeded.use(stream);
  const server = stream.pick(WEIGHTED);
  const cores = stream.pick(server.coresPerSocket);
  const cpuCount = cores * server.sockets;
  const memory = stream.pick(server.memory) * 1024;
  const serial = faker.string.alphanumeric({ length: 7, casing: 'upper' });
  const ports = server.cards.flatMap((card, cardIndex) =>
    card.names.slice(0, card.ports).map((name, port) => ({
      name,
      mac: mac(card.oui, index, cardIndex * 4 + port),
      vendor: card.vendor,
      product: card.product,
      firmware: card.firmware,
      speed: card.speed,
    })),
  );
  const disks = server.disks.map((disk, i) => {
    const nvme = disk.tags.includes('nvme');
    const wwn = `0x${disk.vendorWwn}${stream.hex(16 - disk.vendorWwn.length)}`;
    const diskSerial = faker.string.alphanumeric({ length: 14, casing: 'upper' });
    return {
      name: nvme ? `nvme${i}n1` : `sd${String.fromCharCode(97 + i)}`,
      idPath: nvme
        ? `/dev/disk/by-id/nvme-${disk.model.replaceAll(' ', '_')}_${diskSerial}`
        : `/dev/disk/by-id/wwn-${wwn}`,
      model: disk.model,
      serial: diskSerial,
      firmwareVersion: disk.firmware,
      size: stream.pick(disk.sizes) * 1_000_000_000,
      blockSize: disk.blockSize,
      tags: disk.tags,
      numaNode: 0,
    };
  });
  const perSocket = Math.floor(memory / server.sockets);
  return {
    server,
    cpuCount,
    memory,
    ports,
    disks,
    hostname: petName(faker),
    bmc: {
      address: `10.255.${Math.floor(index / 250) % 250}.${(index % 250) + 2}`,
      mac: mac('d0:94:66', index, 15),
    },
    profile: {
      biosBootMethod: 'uefi',
      hardwareUuid: faker.string.uuid(),
      hardwareInfo: {
        system_vendor: server.vendor,
        system_product: server.product,
        system_family: server.family,
        system_version: 'Unknown',
        system_sku: faker.string.alphanumeric({ length: 8, casing: 'upper' }),
        system_serial: serial,
        cpu_model: server.cpu,
        mainboard_vendor: server.vendor,
        mainboard_product: server.board,
        mainboard_serial: `.${serial}.${faker.string.alphanumeric({ length: 12, casing: 'upper' })}.`,
        mainboard_version: `A0${stream.int(0, 9)}`,
        mainboard_firmware_vendor: server.firmwareVendor,
        mainboard_firmware_date: `0${stream.int(1, 9)}/${stream.int(10, 28)}/20${stream.int(18, 24)}`,
        mainboard_firmware_version: `2.${stream.int(1, 20)}.${stream.int(0, 9)}`,
        chassis_vendor: server.vendor,
        chassis_type: 'Rack Mount Chassis',
        chassis_serial: serial,
        chassis_version: 'Unknown',
      },
      numaNodes: Array.from({ length: server.sockets }, (_, socket) => ({
        cores: Array.from({ length: cores }, (_, core) => socket * cores + core),
        memory: perSocket,
      })),
    },
  };
}

function mac(oui: string, machine: number, port: number): string {
  // 20 bits of machine and 4 of port: unique for a million machines of one card vendor.
  const tail = ((machine << 4) | port) & 0xffffff;
  const hex = tail.toString(16).padStart(6, '0');
  return `${oui}:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}`;
}

/** MAAS names unnamed machines `adjective-animal`. */
function petName(faker: Faker): string {
  return `${faker.word.adjective()}-${faker.animal.type()}`
    .toLowerCase()
    .normalize('NFD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
