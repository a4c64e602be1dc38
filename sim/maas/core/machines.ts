/**
 * Adding machines by hand (or by enlistment) and changing what is known about them (facts/maas-api
 * 3.1, 3.2). What commissioning would find out is not invented: a machine added so has the hardware
 * that the request names.
 */

import { commission, commissionRequest } from './commission.ts';
import { isMac } from './constraints.ts';
import type { MaasCore } from './core.ts';
import type { Fields } from './fields.ts';
import { SeededFaker } from './hardware.ts';
import type { Machine, MachineState, NetworkInterface, User } from './objects.ts';
import { checkPower } from './power-types.ts';
import { fieldRefusal, Refusal, refusal } from './refusal.ts';
import { SCRIPT, STATUS } from './status.ts';
import { uuid } from './uuid.ts';

const NO_CHOICE = 'Select a valid choice. That choice is not one of the available choices.';

/**
 * Creates a machine. An administrator's is commissioned at once unless told otherwise; an anonymous
 * caller's (enlistment) waits in New. @throws Refusal 400 with form errors
 */
export function createMachine(core: MaasCore, user: User | undefined, fields: Fields): Machine {
  const macs = fields.all('mac_addresses').filter((mac) => mac !== '');
  const powerType = fields.text('power_type');
  const deployed = fields.flag('deployed');
  if (macs.length === 0 && powerType !== 'ipmi' && !(deployed && powerType === '')) {
    throw fieldRefusal('mac_addresses', 'This field is required.', { wanted: 'a MAC address' });
  }
  const complaints = macs.flatMap((mac) => macComplaint(core, mac) ?? []);
  if (complaints.length > 0) {
    const message =
      macs.length === 1
        ? complaints
        : [`One or more MAC addresses is invalid. (${complaints.slice(0, 10).join(' — ')})`];
    throw fieldRefusal('mac_addresses', message, { wanted: macs.join(', ') });
  }
  const architecture = architectureOf(core, fields, powerType);
  const hostname = newHostname(core, fields.text('hostname'));
  const patch = commonFields(core, fields);
  const memory = wholeNumber(fields, 'memory') ?? 0;
  const cpuCount = wholeNumber(fields, 'cpu_count') ?? 0;
  const powerParameters = powerParametersOf(fields);
  checkPower(powerType, powerParameters, fields.flag('power_parameters_skip_check'));
  const minHweKernel = kernelOf(fields) ?? '';
  const shouldCommission =
    user?.isSuperuser === true && !deployed && fields.flag('commission', true);

  const stream = core.stream('maas.enlisted');
  const vlanId = core.network.fabrics.get(0)!.defaultVlanId;
  const machine = core.addMachine(
    unknownHardware(uuid(stream)),
    freshState({
      hostname,
      architecture,
      cpuCount,
      memory,
      powerType,
      powerParameters,
      powerState: deployed ? 'unknown' : 'off',
      interfaces: macs.map((mac, i) => plainInterface(core, mac, i, vlanId)),
      status: deployed ? STATUS.DEPLOYED : STATUS.NEW,
      owner: deployed ? (user?.username ?? null) : null,
      minHweKernel,
      ...patch,
    }),
  );
  core.event(machine, deployed ? 'Deployed' : 'New');
  if (shouldCommission) {
    try {
      commission(core, user, machine, commissionRequest(core, fields));
    } catch (error) {
      // The real one swallows a refused commission: the machine is there, in New.
      if (!(error instanceof Refusal)) throw error;
    }
  }
  return machine;
}

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

/** @throws Refusal 400 for what is no kernel name */
function kernelOf(fields: Fields): string | undefined {
  const kernel = fields.optional('min_hwe_kernel');
  if (!kernel || /^(hwe|ga)-/.test(kernel)) return kernel;
  throw refusal('invalid', 'min_hwe_kernel must start with "hwe-" or "ga-"', { wanted: kernel });
}

/** Changes a machine. Unknown fields are ignored, as in the real one. @throws Refusal 400 */
export function updateMachine(core: MaasCore, machine: Machine, fields: Fields): void {
  const hostname = fields.text('hostname');
  const renamed =
    hostname !== '' && hostname !== machine.state.hostname
      ? { hostname: newHostname(core, hostname) }
      : {};
  const numbers = {
    cpuCount: wholeNumber(fields, 'cpu_count'),
    memory: wholeNumber(fields, 'memory'),
    swapSize: wholeNumber(fields, 'swap_size'),
  };
  const architecture = fields.text('architecture')
    ? { architecture: architectureOf(core, fields, machine.state.powerType) }
    : {};
  const minHweKernel = kernelOf(fields);
  const powerType = fields.optional('power_type');
  const kept = powerType === undefined || powerType === machine.state.powerType;
  // Another way to switch has parameters of its own.
  const powerParameters = {
    ...(kept ? machine.state.powerParameters : {}),
    ...powerParametersOf(fields),
  };
  if (fields.has('power_type') || fields.has('power_parameters')) {
    const skip = fields.flag('power_parameters_skip_check');
    checkPower(powerType ?? machine.state.powerType, powerParameters, skip);
  }
  core.change(machine, {
    ...commonFields(core, fields),
    ...renamed,
    ...architecture,
    ...(numbers.cpuCount === undefined ? {} : { cpuCount: numbers.cpuCount }),
    ...(numbers.memory === undefined ? {} : { memory: numbers.memory }),
    ...(numbers.swapSize === undefined ? {} : { swapSize: numbers.swapSize }),
    ...(powerType === undefined ? {} : { powerType }),
    ...(minHweKernel === undefined ? {} : { minHweKernel }),
    powerParameters,
  });
}

/** Description, domain, zone and pool, which create and update read alike. */
function commonFields(core: MaasCore, fields: Fields): Partial<MachineState> {
  const description = fields.optional('description');
  const pool = fields.text('pool');
  return {
    ...commonPlace(core, fields),
    ...(description === undefined ? {} : { description }),
    ...(pool === '' ? {} : { poolId: byName(core.pools, pool, 'pool') }),
  };
}

/** Domain and zone, by name or id, where given. @throws Refusal 400 for an unknown one */
export function commonPlace(core: MaasCore, fields: Fields) {
  const zone = fields.text('zone');
  const domain = fields.text('domain');
  return {
    ...(zone === '' ? {} : { zoneId: byName(core.zones, zone, 'zone') }),
    ...(domain === '' ? {} : { domainId: byName(core.domains, domain, 'domain') }),
  };
}

function byName(
  table: ReadonlyMap<number, { readonly id: number; readonly name: string }>,
  name: string,
  field: string,
): number {
  for (const item of table.values()) {
    if (item.name === name || String(item.id) === name) return item.id;
  }
  throw fieldRefusal(field, NO_CHOICE, {
    wanted: name,
    found: [...table.values()].map((item) => item.name),
  });
}

function architectureOf(core: MaasCore, fields: Fields, powerType: string): string {
  const sent = fields.text('architecture');
  const sub = fields.text('subarchitecture');
  if (sent === '') {
    if (powerType === 'ipmi' || fields.flag('deployed')) return 'amd64/generic';
    throw fieldRefusal('architecture', 'This field is required.', { wanted: 'an architecture' });
  }
  if (sent.includes('/') && sub !== '') {
    throw fieldRefusal('subarchitecture', 'Subarchitecture cannot be specified twice.');
  }
  if (/^(hwe|ga)-/.test(sent.split('/')[1] ?? sub)) {
    throw refusal('invalid', 'hwe kernel must be specified using the min_hwe_kernel argument.', {
      wanted: sent,
    });
  }
  const full = sent.includes('/') ? sent : `${sent}/${sub || 'generic'}`;
  const archs = [...core.bootResources.values()].map(
    (r) => `${r.architecture.split('/')[0]}/generic`,
  );
  const known = [...new Set(archs)].sort();
  if (known.includes(full)) return full;
  throw fieldRefusal(
    'architecture',
    `'${full}' is not a valid architecture.  It should be one of: ${known.map((a) => `'${a}'`).join(', ')}.`,
    { wanted: full, found: known },
  );
}

/** A free hostname: the one asked for, or `adjective-animal`. @throws Refusal 400 */
export function newHostname(core: MaasCore, wanted: string): string {
  if (wanted === '') {
    const faker = new SeededFaker().use(core.stream('maas.hostname'));
    for (;;) {
      const name = `${faker.word.adjective()}-${faker.animal.type()}`
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-');
      if (!core.hasHostname(name)) return name;
    }
  }
  const label = wanted.split('.')[0]!;
  if (!/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/.test(label)) {
    throw fieldRefusal('hostname', 'Enter a valid value.', { wanted });
  }
  if (core.hasHostname(label)) {
    throw fieldRefusal('hostname', 'Node with this Hostname already exists.', { wanted: label });
  }
  return label;
}

/** What is wrong with a MAC address for a new interface, or undefined. */
export function macComplaint(core: MaasCore, mac: string): string | undefined {
  if (!isMac(mac)) return `'${mac}' is not a valid MAC address.`;
  const owner = core.ownerOfMac(normalMac(mac));
  return owner ? `MAC address ${mac} already in use on ${owner.node.state.hostname}.` : undefined;
}

export function normalMac(mac: string): string {
  return mac.toLowerCase().replaceAll('-', ':');
}

/** A physical interface about which only its MAC address is known. */
export function plainInterface(
  core: MaasCore,
  mac: string,
  index: number,
  vlanId: number | null,
): NetworkInterface {
  return {
    id: core.newInterfaceId(),
    name: `eth${index}`,
    type: 'physical',
    mac: normalMac(mac),
    enabled: true,
    tags: [],
    vlanId,
    links: [],
    parents: [],
    params: {},
    vendor: null,
    product: null,
    firmwareVersion: null,
    linkConnected: true,
    interfaceSpeed: 0,
    linkSpeed: 0,
    numaNode: null,
  };
}

function powerParametersOf(fields: Fields): Record<string, string> {
  const parameters: Record<string, string> = {};
  const text = fields.text('power_parameters');
  if (text !== '') {
    const parsed = parseJson(text);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
      throw refusal('invalid', { power_parameters: ['Enter a valid JSON object.'] });
    }
    for (const [key, value] of Object.entries(parsed)) parameters[key] = String(value);
  }
  for (const [name, values] of fields.sent) {
    const key = /^power_parameters_(.+)$/.exec(name)?.[1];
    if (key !== undefined && key !== 'skip_check') parameters[key] = values.at(-1) ?? '';
  }
  return parameters;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wholeNumber(fields: Fields, name: string): number | undefined {
  const value = fields.text(name);
  if (value === '') return undefined;
  if (!/^\d{1,15}$/.test(value)) {
    throw fieldRefusal(name, 'Enter a whole number.', { wanted: name, found: [value] });
  }
  return Number(value);
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
