/**
 * VM hosts, and composing machines in them (facts/maas-api 3.13, 6.8, 11.2). A composed machine is
 * commissioned at once and belongs to the caller until that is done.
 */
import { commission, defaultCommissioning } from './commission.ts';
import type { MaasCore } from './core.ts';
import { setHardware } from './discovery.ts';
import { type Fields, formFlag } from './fields.ts';
import { freshState, unknownHardware } from './fresh-machine.ts';
import { newHostname, plainInterface } from './machine-form.ts';
import type { Machine, User, VmHost } from './objects.ts';
import { fieldRefusal, notFound, refusal } from './refusal.ts';
import { parseStorage } from './storage-constraint.ts';
import { uuid } from './uuid.ts';

/** What a host of this simulation has. */
const HOST = { cores: 32, memory: 128 * 1024, storage: 2_000_000_000_000, storagePool: 'default' };
const SMALLEST_MEMORY = 1024;
const DEFAULT_MEMORY = 2048;
const DEFAULT_DISK = 8_000_000_000;

/** @throws Refusal 404 */
export function vmHostOf(core: MaasCore, id: string): VmHost {
  const host = /^\d{1,9}$/.test(id) ? core.vmHosts.get(Number(id)) : undefined;
  if (!host) throw notFound('Pod', id);
  return host;
}

/** @throws Refusal 400 with form errors */
export function createVmHost(core: MaasCore, fields: Fields): VmHost {
  const type = fields.text('type');
  if (type === '') throw fieldRefusal('type', 'This field is required.');
  if (type !== 'lxd' && type !== 'virsh') {
    throw fieldRefusal(
      'type',
      `Select a valid choice. ${type} is not one of the available choices.`,
      { wanted: type, found: ['lxd', 'virsh'] },
    );
  }
  if (fields.text('power_address') === '') {
    throw fieldRefusal('power_address', 'This field is required.');
  }
  const id = Math.max(0, ...core.vmHosts.keys()) + 1;
  const name = fields.text('name') || newHostname(core, '');
  checkName(core, name, undefined);
  const host: VmHost = {
    id,
    name,
    type,
    parameters: parametersOf(fields, {}),
    zoneId: 1,
    poolId: 0,
    tags: [],
    cpuOverCommit: 1,
    memoryOverCommit: 1,
    macvlanMode: null,
    hostSystemId: null,
    ...HOST,
    ...changes(core, fields),
  };
  core.vmHosts.set(id, host);
  return host;
}

/** A deployed machine becomes a host with all that it has (facts/maas-api 4.4). */
export function becomeVmHost(core: MaasCore, machine: Machine, type: VmHost['type']): void {
  const { state, systemId } = machine;
  const id = Math.max(0, ...core.vmHosts.keys()) + 1;
  core.vmHosts.set(id, {
    id,
    name: state.hostname,
    type,
    parameters: { power_address: core.fqdn(state) },
    zoneId: state.zoneId,
    poolId: state.poolId,
    tags: ['pod-console-logging'],
    cpuOverCommit: 1,
    memoryOverCommit: 1,
    macvlanMode: null,
    cores: state.cpuCount,
    memory: state.memory,
    storage: state.blockDevices.reduce((sum, { size }) => sum + size, 0),
    storagePool: HOST.storagePool,
    hostSystemId: systemId,
  });
}

/** A machine that hosts others is removed only by force, and the host then with it. @throws Refusal */
export function checkRemovable(core: MaasCore, machine: Machine, force: boolean): void {
  const hosts = [...core.vmHosts.values()].filter((h) => h.hostSystemId === machine.systemId);
  if (hosts.length > 0 && !force) {
    throw fieldRefusal(
      '__all__',
      `Machine ${machine.state.hostname} is a VM host; it is removed only with force.`,
      { wanted: machine.systemId, found: hosts.map(({ name }) => `VM host ${name}`) },
    );
  }
  for (const host of hosts) removeVmHost(core, host, true);
}

/** @throws Refusal 400 with form errors */
export function updateVmHost(core: MaasCore, host: VmHost, fields: Fields): VmHost {
  const name = fields.text('name') || host.name;
  checkName(core, name, host);
  const changed: VmHost = {
    ...host,
    ...changes(core, fields),
    name,
    parameters: parametersOf(fields, host.parameters),
  };
  core.vmHosts.set(host.id, changed);
  core.catalogueRevision++;
  return changed;
}

/** @param decompose whether its machines go with it */
export function removeVmHost(core: MaasCore, host: VmHost, decompose: boolean): void {
  for (const machine of machinesIn(core, host)) {
    if (decompose) core.removeMachine(machine);
    else core.change(machine, { vmHostId: null });
  }
  core.vmHosts.delete(host.id);
}

export function machinesIn(core: MaasCore, host: VmHost): Machine[] {
  return core.machines.filter(({ state }) => state.vmHostId === host.id);
}

/** What its machines use of a host: cores, MiB and bytes. */
export function usedOf(core: MaasCore, host: VmHost) {
  const used = { cores: 0, memory: 0, storage: 0 };
  for (const machine of machinesIn(core, host)) {
    const found = core.hardware.get(machine);
    used.cores += found?.cpuCount ?? machine.state.cpuCount;
    used.memory += found?.memory ?? machine.state.memory;
    const disks = found?.disks ?? machine.state.blockDevices;
    used.storage += disks.reduce((sum, { size }) => sum + size, 0);
  }
  return used;
}

function checkName(core: MaasCore, name: string, self: VmHost | undefined): void {
  if (!/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/.test(name)) {
    throw fieldRefusal('name', 'Enter a valid value.', { wanted: name });
  }
  for (const other of core.vmHosts.values()) {
    if (other.name === name && other.id !== self?.id) {
      throw fieldRefusal('name', 'Pod with this Name already exists.', { wanted: name });
    }
  }
}

const PARAMETERS = [
  'power_address',
  'power_user',
  'power_pass',
  'project',
  'certificate',
  'key',
  'password',
];

function parametersOf(fields: Fields, present: Readonly<Record<string, string>>) {
  const sent = PARAMETERS.filter((name) => fields.text(name) !== '');
  return { ...present, ...Object.fromEntries(sent.map((name) => [name, fields.text(name)])) };
}

function changes(core: MaasCore, fields: Fields): Partial<VmHost> {
  const tags = fields.all('tags').flatMap((value) => value.split(','));
  const ratio = (name: string) => {
    const text = fields.text(name);
    if (text === '') return undefined;
    const value = Number(text);
    if (!(value >= 0 && value <= 10)) {
      throw fieldRefusal(name, 'Ensure this value is less than or equal to 10.', { wanted: text });
    }
    return value;
  };
  const cpu = ratio('cpu_over_commit_ratio');
  const memory = ratio('memory_over_commit_ratio');
  return {
    ...placeById(core, fields),
    ...(fields.has('tags') ? { tags: tags.filter((tag) => tag !== '').sort() } : {}),
    ...(fields.text('default_macvlan_mode')
      ? { macvlanMode: fields.text('default_macvlan_mode') }
      : {}),
    ...(cpu === undefined ? {} : { cpuOverCommit: cpu }),
    ...(memory === undefined ? {} : { memoryOverCommit: memory }),
  };
}

/** Zone and pool by id or name. @throws Refusal 400 */
function placeById(core: MaasCore, fields: Fields): { zoneId?: number; poolId?: number } {
  const find = (
    field: string,
    table: ReadonlyMap<number, { readonly id: number; readonly name: string }>,
  ) => {
    const wanted = fields.text(field);
    if (wanted === '') return undefined;
    for (const item of table.values()) {
      if (String(item.id) === wanted || item.name === wanted) return item.id;
    }
    throw fieldRefusal(
      field,
      'Select a valid choice. That choice is not one of the available choices.',
      { wanted },
    );
  };
  const zoneId = find('zone', core.zones);
  const poolId = find('pool', core.pools);
  return {
    ...(zoneId === undefined ? {} : { zoneId }),
    ...(poolId === undefined ? {} : { poolId }),
  };
}

/**
 * Makes a virtual machine in the host and starts to commission it.
 * @throws Refusal 400 for bad values, 503 when the host has no room
 */
export function compose(core: MaasCore, user: User, host: VmHost, fields: Fields): Machine {
  const cores = whole(fields, 'cores', 1);
  const memory = whole(fields, 'memory', DEFAULT_MEMORY);
  if (cores < 1) throw fieldRefusal('cores', 'Ensure this value is greater than or equal to 1.');
  if (memory < SMALLEST_MEMORY) {
    throw fieldRefusal(
      'memory',
      `Ensure this value is greater than or equal to ${SMALLEST_MEMORY}.`,
    );
  }
  const architecture = fields.text('architecture') || 'amd64/generic';
  if (architecture !== 'amd64/generic') {
    throw fieldRefusal(
      'architecture',
      `Select a valid choice. ${architecture} is not one of the available choices.`,
      { wanted: architecture },
    );
  }
  const storage = fields.text('storage');
  const items = storage === '' ? [] : parseStorage(storage);
  const diskBytes = items.length === 0 ? [DEFAULT_DISK] : items.map(({ size }) => size);
  checkRoom(core, host, cores, memory, diskBytes);
  const place = placeById(core, fields);
  const hostname = newHostname(core, fields.text('hostname'));
  const domain = fields.text('domain');
  const domainId = [...core.domains.values()].find(
    ({ id, name }) => String(id) === domain || name === domain,
  )?.id;
  const stream = core.stream('maas.composed');
  const mac = `52:54:00:${[stream.hex(2), stream.hex(2), stream.hex(2)].join(':')}`;
  const vlanId = core.network.fabrics.get(0)?.defaultVlanId ?? null;
  const machine = core.addMachine(
    unknownHardware(uuid(stream)),
    freshState({
      hostname,
      architecture,
      zoneId: place.zoneId ?? host.zoneId,
      poolId: place.poolId ?? host.poolId,
      domainId: domainId ?? core.dns.defaultDomainId,
      powerType: host.type,
      powerParameters: { ...host.parameters, [POWER_ID[host.type]]: hostname },
      interfaces: [plainInterface(core, mac, 0, vlanId)],
      vmHostId: host.id,
    }),
  );
  setHardware(core, machine, { cores, memory, diskBytes });
  const skip = formFlag(fields, 'skip_commissioning', false);
  if (!skip) commission(core, user, machine, defaultCommissioning(core));
  return machine;
}

const POWER_ID = { lxd: 'instance_name', virsh: 'power_id' } as const;

function checkRoom(
  core: MaasCore,
  host: VmHost,
  cores: number,
  memory: number,
  diskBytes: readonly number[],
): void {
  const used = usedOf(core, host);
  const left = {
    cores: host.cores * host.cpuOverCommit - used.cores,
    memory: host.memory * host.memoryOverCommit - used.memory,
    storage: host.storage - used.storage,
  };
  const wanted = { cores, memory, storage: diskBytes.reduce((sum, size) => sum + size, 0) };
  const short = (['cores', 'memory', 'storage'] as const).find((what) => wanted[what] > left[what]);
  if (!short) return;
  const name = short === 'cores' ? 'CPU' : short;
  throw refusal(
    'unavailable',
    `Unable to compose machine because: ${name} over commit ratio is ${short === 'memory' ? host.memoryOverCommit : host.cpuOverCommit} and there are ${left[short]} available resources; ${wanted[short]} requested.`,
    {
      code: 'maas-vm-host-full',
      operation: 'compose a machine',
      wanted: `${wanted[short]} ${short}`,
      found: [`${left[short]} left`],
      scope: `VM host ${host.name}`,
    },
  );
}

function whole(fields: Fields, name: string, absent: number): number {
  const text = fields.text(name);
  if (text === '') return absent;
  if (!/^\d{1,9}$/.test(text)) throw fieldRefusal(name, 'Enter a whole number.', { wanted: text });
  return Number(text);
}
