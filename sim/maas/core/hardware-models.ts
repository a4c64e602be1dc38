/**
 * Real server models with the processors, disks and network cards that they ship with: what
 * `hardware.ts` draws machines from.
 */

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

export const SERVERS: readonly ServerModel[] = [
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

/** What a virtual machine looks like from inside; MAAS tags it `virtual`. */
export const VIRTUAL_MACHINE: ServerModel = {
  vendor: 'QEMU',
  product: 'Standard PC (Q35 + ICH9, 2009)',
  family: 'Unknown',
  board: 'Unknown',
  firmwareVendor: 'EFI Development Kit II / OVMF',
  cpu: 'Intel Xeon Processor (Skylake, IBRS)',
  architecture: 'amd64/generic',
  sockets: 1,
  coresPerSocket: [2, 4],
  mhz: 2100,
  memory: [4, 8],
  powerType: 'ipmi',
  tags: ['virtual'],
  disks: [
    {
      model: 'QEMU HARDDISK',
      vendorWwn: '0',
      sizes: [32, 64],
      tags: ['rotary', 'sata'],
      blockSize: 512,
      firmware: '2.5+',
    },
  ],
  cards: [
    {
      vendor: 'Red Hat, Inc.',
      product: 'Virtio network device',
      oui: '52:54:00',
      ports: 1,
      speed: 1000,
      firmware: '',
      names: ['enp1s0'],
    },
  ],
  weight: 0,
};

/** Every tag that some model carries, for the tag list. */
export const MODEL_TAGS: readonly string[] = [...new Set(SERVERS.flatMap((s) => s.tags))].sort();
