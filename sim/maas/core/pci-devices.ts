/**
 * The PCI devices that commissioning sees in a machine (facts/maas-api 3.4): network cards and what
 * its disks hang on. They are worked out from the machine's ports and disks, never stored.
 */
import type { Machine } from './objects.ts';
import { HARDWARE, type HardwareType } from './scripts.ts';

export interface PciDevice {
  readonly id: number;
  readonly hardwareType: HardwareType;
  readonly vendorId: string;
  readonly productId: string;
  readonly vendorName: string;
  readonly productName: string;
  /** The kernel's driver while commissioning. */
  readonly driver: string;
  readonly pciAddress: string;
  readonly interfaceId: number | null;
  readonly blockDeviceId: number | null;
}

interface Chip {
  readonly vendorId: string;
  readonly productId: string;
  readonly driver: string;
}

/** By a word of the product's name; ids as the PCI register has them. */
const CARDS: readonly (readonly [word: string, chip: Chip])[] = [
  ['I350', { vendorId: '8086', productId: '1521', driver: 'igb' }],
  ['BCM57414', { vendorId: '14e4', productId: '16d7', driver: 'bnxt_en' }],
  ['X550', { vendorId: '8086', productId: '1563', driver: 'ixgbe' }],
  ['Virtio', { vendorId: '1af4', productId: '1041', driver: 'virtio-pci' }],
];
const NVME: Chip = { vendorId: '8086', productId: '0a54', driver: 'nvme' };
const SATA: Chip = { vendorId: '8086', productId: 'a182', driver: 'ahci' };

/** So many ids are set aside for each machine. */
const PER_MACHINE = 64;

export function pciDevices(machine: Machine): PciDevice[] {
  const { state } = machine;
  const found: Omit<PciDevice, 'id'>[] = [];
  const address = () => `0000:${String(found.length + 1).padStart(2, '0')}:00.0`;
  for (const iface of state.interfaces.filter(({ type }) => type === 'physical')) {
    const chip = CARDS.find(([word]) => iface.product?.includes(word))?.[1];
    if (!chip) continue;
    found.push({
      ...chip,
      hardwareType: HARDWARE.NETWORK,
      vendorName: iface.vendor ?? '',
      productName: iface.product ?? '',
      pciAddress: address(),
      interfaceId: iface.id,
      blockDeviceId: null,
    });
  }
  const disks = state.blockDevices;
  for (const disk of disks.filter(({ tags }) => tags.includes('nvme'))) {
    found.push({
      ...NVME,
      hardwareType: HARDWARE.STORAGE,
      vendorName: 'Intel Corporation',
      productName: disk.model ?? '',
      pciAddress: address(),
      interfaceId: null,
      blockDeviceId: disk.id,
    });
  }
  if (disks.some(({ tags }) => tags.includes('sata'))) {
    found.push({
      ...SATA,
      hardwareType: HARDWARE.NODE,
      vendorName: 'Intel Corporation',
      productName: 'C620 Series Chipset Family SATA Controller [AHCI mode]',
      pciAddress: address(),
      interfaceId: null,
      blockDeviceId: null,
    });
  }
  return found.slice(0, PER_MACHINE).map((device, i) => ({
    ...device,
    id: machine.id * PER_MACHINE + i,
  }));
}

/** A field of a device by the name that constraints and filters give it. */
export const PCI_FIELDS: Readonly<Record<string, (device: PciDevice) => string>> = {
  vendor_id: ({ vendorId }) => vendorId,
  product_id: ({ productId }) => productId,
  vendor_name: ({ vendorName }) => vendorName,
  product_name: ({ productName }) => productName,
  commissioning_driver: ({ driver }) => driver,
};
