/** The PCI devices inside a machine (facts/maas-api 3.4). */
import type { Machine } from '../../core/objects.ts';
import { PCI_FIELDS, type PciDevice, pciDevices } from '../../core/pci-devices.ts';
import { notFound } from '../../core/refusal.ts';
import { DELETED, json } from '../answers.ts';
import { API_ROOT, type Resource, type UserCall } from '../routes.ts';

const HARDWARE_NAME = ['Node', 'CPU', 'Memory', 'Storage', 'Network', 'GPU'];
const BUS_PCIE = 1;

function shown({ systemId }: Machine, device: PciDevice) {
  const [, bus, slot] = device.pciAddress.split(':');
  return {
    id: device.id,
    bus: BUS_PCIE,
    bus_name: 'PCIE',
    hardware_type: device.hardwareType,
    hardware_type_name: HARDWARE_NAME[device.hardwareType],
    system_id: systemId,
    numa_node: 0,
    physical_blockdevice: device.blockDeviceId,
    physical_interface: device.interfaceId,
    vendor_id: device.vendorId,
    product_id: device.productId,
    vendor_name: device.vendorName,
    product_name: device.productName,
    commissioning_driver: device.driver,
    bus_number: Number.parseInt(bus!, 16),
    device_number: Number.parseInt(slot!, 16),
    pci_address: device.pciAddress,
    resource_uri: `${API_ROOT}nodes/${systemId}/devices/${device.id}/`,
  };
}

/** Those of a machine that nobody deleted. */
function present({ core }: UserCall, machine: Machine): PciDevice[] {
  return pciDevices(machine).filter(({ id }) => !core.deletedPciDevices.has(id));
}

function deviceOf(call: UserCall): { machine: Machine; device: PciDevice } {
  const { core, user, path } = call;
  const machine = core.machine(user, path.system_id!);
  const device = present(call, machine).find(({ id }) => String(id) === path.id);
  if (!device) throw notFound('NodeDevice', path.id!);
  return { machine, device };
}

export const pciDeviceResources: readonly Resource[] = [
  {
    path: 'nodes/{system_id}/devices/',
    auth: {
      name: 'NodeDevicesHandler',
      actions: [
        {
          method: 'GET',
          op: null,
          doc: 'List the PCI and USB devices in a machine.',
          run: (call) => {
            const { core, user, path, params } = call;
            const machine = core.machine(user, path.system_id!);
            const wanted = (name: string) => params.text(name).toLowerCase();
            // Of USB devices there are none.
            if (!['', 'pcie', '1'].includes(wanted('bus'))) return json([]);
            const devices = present(call, machine).filter(
              (device) =>
                (wanted('hardware_type') === '' ||
                  wanted('hardware_type') === String(device.hardwareType) ||
                  wanted('hardware_type') === HARDWARE_NAME[device.hardwareType]!.toLowerCase()) &&
                Object.entries(PCI_FIELDS).every(
                  ([name, get]) =>
                    wanted(name) === '' || wanted(name) === get(device).toLowerCase(),
                ),
            );
            return json(devices.map((device) => shown(machine, device)));
          },
        },
      ],
    },
    anon: null,
  },
  {
    path: 'nodes/{system_id}/devices/{id}/',
    auth: {
      name: 'NodeDeviceHandler',
      actions: [
        {
          method: 'GET',
          op: null,
          doc: 'Read one PCI device.',
          run: (call) => {
            const { machine, device } = deviceOf(call);
            return json(shown(machine, device));
          },
        },
        {
          method: 'DELETE',
          op: null,
          doc: 'Forget a PCI device.',
          admin: true,
          run: (call) => {
            call.core.deletedPciDevices.add(deviceOf(call).device.id);
            return DELETED;
          },
        },
      ],
    },
    anon: null,
  },
];
