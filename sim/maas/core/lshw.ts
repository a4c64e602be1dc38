/**
 * A machine as `lshw` and `lldpd` describe it: the trees that tag definitions are evaluated over and
 * that `details` hands out (facts/maas-api 3.2, 3.9). The element names and classes are lshw's own.
 */
import type { Machine, MachineState, NetworkInterface } from './objects.ts';
import { element, type XmlElement } from './xml.ts';

/** The whole machine: `list` with one `node` of class `system`. */
export function lshwTree(machine: Machine, state: MachineState = machine.state): XmlElement {
  const info = machine.profile.hardwareInfo;
  const arch = state.architecture.split('/')[0] ?? '';
  const core = node('core', 'bus', {}, [
    element('description', {}, 'Motherboard'),
    element('product', {}, info.mainboard_product),
    element('vendor', {}, info.mainboard_vendor),
    firmware(info),
    ...processors(machine, state),
    node('memory', 'memory', { handle: 'DMI:0040' }, [
      element('description', {}, 'System Memory'),
      element('size', { units: 'bytes' }, state.memory * 1024 * 1024),
    ]),
    node('pci', 'bridge', { handle: 'PCIBUS:0000:00' }, [
      element('description', {}, 'Host bridge'),
      ...storage(state),
      ...state.interfaces.filter(({ type }) => type === 'physical').map(card),
    ]),
  ]);
  return element('list', {}, [
    node(state.hostname, 'system', { handle: 'DMI:0001' }, [
      element('description', {}, info.chassis_type ?? 'Computer'),
      element('product', {}, info.system_product),
      element('vendor', {}, info.system_vendor),
      element('version', {}, info.system_version),
      element('serial', {}, info.system_serial),
      element('width', { units: 'bits' }, 64),
      element('configuration', {}, [
        element('setting', { id: 'family', value: info.system_family ?? '' }),
        element('setting', { id: 'sku', value: info.system_sku ?? '' }),
        element('setting', { id: 'uuid', value: machine.profile.hardwareUuid }),
      ]),
      element('capabilities', {}, [
        element('capability', { id: arch === 'amd64' ? 'x86-64' : arch }),
        element('capability', { id: 'uefi' }, 'UEFI specification is supported'),
      ]),
      core,
    ]),
  ]);
}

/** What the switches told: one neighbour for each connected port. */
export function lldpTree(state: MachineState): XmlElement {
  const ports = state.interfaces.filter((i) => i.type === 'physical' && i.linkConnected);
  return element(
    'lldp',
    { label: 'LLDP neighbors' },
    ports.map((iface, i) =>
      element('interface', { label: 'Interface', name: iface.name, via: 'LLDP', rid: '1' }, [
        element('chassis', { label: 'Chassis' }, [element('name', {}, `switch-${i + 1}`)]),
        element('port', { label: 'Port' }, [element('id', { type: 'ifname' }, `swp${iface.id}`)]),
      ]),
    ),
  );
}

function node(
  id: string,
  kind: string,
  attributes: Readonly<Record<string, string>>,
  children: readonly XmlElement[],
): XmlElement {
  return element('node', { id, claimed: 'true', class: kind, ...attributes }, children);
}

function firmware(info: Readonly<Record<string, string>>): XmlElement {
  return node('firmware', 'memory', {}, [
    element('description', {}, 'BIOS'),
    element('vendor', {}, info.mainboard_firmware_vendor),
    element('version', {}, info.mainboard_firmware_version),
    element('date', {}, info.mainboard_firmware_date),
  ]);
}

function processors(machine: Machine, state: MachineState): XmlElement[] {
  const sockets = Math.max(1, machine.profile.numaNodes.length);
  const model = machine.profile.hardwareInfo.cpu_model ?? 'Unknown';
  const vendor = /AMD/.test(model) ? 'Advanced Micro Devices [AMD]' : model.split(/[ (]/)[0]!;
  const flag = /AMD/.test(model) ? 'svm' : 'vmx';
  return Array.from({ length: sockets }, (_, i) =>
    node(sockets === 1 ? 'cpu' : `cpu:${i}`, 'processor', { handle: `DMI:040${i}` }, [
      element('description', {}, 'CPU'),
      element('product', {}, model),
      element('vendor', {}, vendor),
      element('size', { units: 'Hz' }, state.cpuSpeed * 1_000_000),
      element('width', { units: 'bits' }, 64),
      element('configuration', {}, [
        element('setting', { id: 'cores', value: String(Math.ceil(state.cpuCount / sockets)) }),
      ]),
      element('capabilities', {}, [element('capability', { id: flag })]),
    ]),
  );
}

function storage(state: MachineState): XmlElement[] {
  return state.blockDevices.map((disk, i) => {
    const nvme = disk.tags.includes('nvme');
    return node(nvme ? `nvme:${i}` : `disk:${i}`, 'disk', { handle: `SCSI:0${i}` }, [
      element('description', {}, nvme ? 'NVMe disk' : 'ATA Disk'),
      element('product', {}, disk.model ?? ''),
      element('logicalname', {}, `/dev/${disk.name}`),
      element('serial', {}, disk.serial ?? ''),
      element('size', { units: 'bytes' }, disk.size),
    ]);
  });
}

function card(iface: NetworkInterface, i: number): XmlElement {
  return node(`network:${i}`, 'network', { handle: `PCI:0000:0${i + 1}:00.0` }, [
    element('description', {}, 'Ethernet interface'),
    element('product', {}, iface.product ?? ''),
    element('vendor', {}, iface.vendor ?? ''),
    element('logicalname', {}, iface.name),
    element('serial', {}, iface.mac),
    element('size', { units: 'bit/s' }, iface.interfaceSpeed * 1_000_000),
    element('capacity', {}, iface.interfaceSpeed * 1_000_000),
    element('configuration', {}, [
      element('setting', { id: 'link', value: iface.linkConnected ? 'yes' : 'no' }),
      element('setting', { id: 'firmware', value: iface.firmwareVersion ?? '' }),
    ]),
    element('capabilities', {}, [element('capability', { id: 'ethernet' })]),
  ]);
}
