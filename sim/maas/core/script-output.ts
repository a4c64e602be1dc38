/**
 * What a script printed. Those that come with MAAS print what they found on the simulated hardware;
 * of a script that a user added nobody knows, so it printed only how it ended. Outputs are made when
 * somebody asks for them.
 */
import { lldpTree, lshwTree } from './lshw.ts';
import type { Machine } from './objects.ts';
import type { ScriptResult } from './script-results.ts';
import { HARDWARE } from './scripts.ts';
import { SCRIPT } from './status.ts';
import { xmlText } from './xml.ts';

export interface ScriptOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** YAML, as scripts report results by. */
  readonly result: string;
}

const NOTHING: ScriptOutput = { stdout: '', stderr: '', result: '' };

/** The output of one finished result; what has not ended has printed nothing. */
export function outputOf(machine: Machine, result: ScriptResult): ScriptOutput {
  if (result.endedMs === null) return NOTHING;
  if (result.status !== SCRIPT.PASSED) {
    const stderr = `${result.name}: ${result.status === SCRIPT.FAILED ? 'failed' : 'broken off'}\n`;
    return { stdout: result.output ?? '', stderr, result: 'status: failed\n' };
  }
  return { ...NOTHING, stdout: result.output ?? printed(machine, result) };
}

/** What both streams show together. */
export function combined({ stdout, stderr }: ScriptOutput): string {
  return stdout + stderr;
}

function printed(machine: Machine, { name, script, disk }: ScriptResult): string {
  switch (name) {
    case 'maas-lshw':
      return xmlText(lshwTree(machine));
    case 'maas-capture-lldpd':
      return xmlText(lldpTree(machine.state));
    case '20-maas-03-machine-resources':
      return `${JSON.stringify(resources(machine), null, 4)}\n`;
    case 'maas-kernel-cmdline':
      return `BOOT_IMAGE=http://region/boot-kernel overlayroot=tmpfs ip=::::${machine.state.hostname}:BOOTIF\n`;
    case 'maas-serial-ports':
      return 'serial8250: ttyS0 at I/O 0x3f8 (irq = 4, base_baud = 115200) is a 16550A\n';
    case '/tmp/install.log':
      return `curtin: Installation started.\ncurtin: installed ${machine.state.osystem}/${machine.state.distroSeries} on ${machine.state.hostname}\ncurtin: Installation finished.\n`;
    default:
      if (disk !== null) return `INFO: SMART overall-health of /dev/${disk}: PASSED\n`;
      return script?.hardwareType === HARDWARE.NODE ? '' : `${name}: passed\n`;
  }
}

/** The shape that LXD's resources have, as far as there is something to tell. */
function resources({ state, profile }: Machine) {
  return {
    api_extensions: ['resources_v2'],
    environment: { kernel: 'Linux', kernel_architecture: state.architecture.split('/')[0] },
    resources: {
      cpu: {
        architecture: state.architecture.split('/')[0],
        total: state.cpuCount,
        sockets: profile.numaNodes.map((node, socket) => ({
          name: profile.hardwareInfo.cpu_model,
          socket,
          frequency: state.cpuSpeed,
          cores: node.cores.map((core) => ({ core, threads: [{ id: core, online: true }] })),
        })),
      },
      memory: { total: state.memory * 1024 * 1024 },
      network: {
        total: state.interfaces.length,
        cards: state.interfaces
          .filter(({ type }) => type === 'physical')
          .map((iface) => ({
            vendor: iface.vendor,
            product: iface.product,
            firmware_version: iface.firmwareVersion,
            ports: [
              {
                id: iface.name,
                address: iface.mac,
                link_detected: iface.linkConnected,
                link_speed: iface.linkSpeed,
              },
            ],
          })),
      },
      storage: {
        total: state.blockDevices.length,
        disks: state.blockDevices.map((disk) => ({
          id: disk.name,
          model: disk.model,
          serial: disk.serial,
          size: disk.size,
          block_size: disk.blockSize,
        })),
      },
      system: {
        uuid: profile.hardwareUuid,
        vendor: profile.hardwareInfo.system_vendor,
        product: profile.hardwareInfo.system_product,
        serial: profile.hardwareInfo.system_serial,
      },
    },
  };
}
