/** A machine about which nothing is known yet. */
import type { Machine, MachineState } from './objects.ts';
import { SCRIPT, STATUS } from './status.ts';

/** A machine in New about which nothing is known but what is given. */
export function freshState(
  known: Partial<MachineState> & Pick<MachineState, 'hostname' | 'architecture'>,
): MachineState {
  return {
    description: '',
    domainId: 0,
    zoneId: 1,
    poolId: 0,
    tags: [],
    cpuCount: 0,
    cpuSpeed: 0,
    memory: 0,
    swapSize: null,
    powerType: '',
    powerParameters: {},
    powerState: 'off',
    interfaces: [],
    blockDevices: [],
    status: STATUS.NEW,
    previousStatus: STATUS.NEW,
    statusMessage: 'New',
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
    commissioningStatus: SCRIPT.NONE,
    testingStatus: SCRIPT.NONE,
    testStatus: {},
    commissioningResultId: null,
    testingResultId: null,
    installationResultId: null,
    lastSyncMs: null,
    vmHostId: null,
    ...known,
  };
}

/** The profile of a machine that nobody has looked into. */
export function unknownHardware(hardwareUuid: string): Machine['profile'] {
  return { biosBootMethod: 'uefi', hardwareUuid, hardwareInfo: UNKNOWN, numaNodes: [] };
}

const UNKNOWN = Object.freeze(
  Object.fromEntries(
    [
      'system_vendor',
      'system_product',
      'system_family',
      'system_version',
      'system_sku',
      'system_serial',
      'cpu_model',
      'mainboard_vendor',
      'mainboard_product',
      'mainboard_serial',
      'mainboard_version',
      'mainboard_firmware_vendor',
      'mainboard_firmware_date',
      'mainboard_firmware_version',
      'chassis_vendor',
      'chassis_type',
      'chassis_serial',
      'chassis_version',
    ].map((key) => [key, 'Unknown']),
  ),
);
