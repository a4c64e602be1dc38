/**
 * Hardware that looks like hardware: real server models with the processors, disks and network
 * cards that they ship with, and serial numbers, MACs and world-wide names in their vendors' form.
 * Everything is drawn from one stream of the seeded randomness per machine, so that machine 17 of
 * seed 7 is always the same machine, however many others there are. Words and numbers come from
 * @faker-js/faker, whose generator is replaced by that stream.
 */
import { base, en, Faker } from '@faker-js/faker';
import type { RandomStream } from '../../kernel/random.ts';
import { SERVERS, type ServerModel } from './hardware-models.ts';
import type { BlockDevice, HardwareProfile } from './objects.ts';

const WEIGHTED = SERVERS.flatMap((server) => Array.from({ length: server.weight }, () => server));

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
 * @param models what to choose from, each as likely as the next
 */
export function drawHardware(
  seeded: SeededFaker,
  stream: RandomStream,
  index: number,
  models: readonly ServerModel[] = WEIGHTED,
): Hardware {
  const faker = seeded.use(stream);
  const server = stream.pick(models);
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
