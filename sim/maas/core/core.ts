/**
 * The fake MAAS without its wire: who may do what to which machine, and what is known. State is held
 * in immutable records; every change of a machine goes through {@link MaasCore.change}, every change
 * of status through {@link MaasCore.moveTo}, which enforces the transition table and writes the
 * trace. Operations check everything first and change last, so that a refusal changes nothing;
 * {@link MaasCore.stateHash} is how tests and the conformance suite see that. What the operations
 * do is in the files beside this one: `allocate.ts`, `deploy.ts`, `lifecycle.ts`, `interfaces.ts`.
 */

import type { Clock } from '../../kernel/clock.ts';
import type { Randomness } from '../../kernel/random.ts';
import type { Secrets } from '../../kernel/secrets.ts';
import { type Trace, traceKind } from '../../kernel/trace.ts';
import type { MaasPoints } from '../points.ts';
import { Accounts } from './accounts.ts';
import type { DhcpSnippet } from './dhcp-snippets.ts';
import type { HardwareFound } from './discovery.ts';
import { Dns } from './dns.ts';
import { type EventLevel, EventLog } from './events.ts';
import type { MaasFeatures } from './features.ts';
import { FreeMachines } from './free-machines.ts';
import { Images } from './images.ts';
import { buildInventory, freshSystemId, type Ids } from './inventory.ts';
import type { Network } from './network.ts';
import type { Notification } from './notifications.ts';
import type {
  BootResource,
  Device,
  DeviceState,
  Domain,
  LicenseKey,
  Machine,
  MachineState,
  NetworkInterface,
  Pool,
  RackController,
  StoredFile,
  Tag,
  User,
  VmHost,
  Zone,
} from './objects.ts';
import { canView, forbidden } from './permissions.ts';
import { notFound, refusal, scopeOf } from './refusal.ts';
import { defaultRepositories } from './repositories.ts';
import { ScriptResults } from './script-results.ts';
import { ScriptLibrary } from './scripts.ts';
import { defaultSettings } from './settings.ts';
import { hashState } from './state-hash.ts';
import { STATUS, type Status, statusName } from './status.ts';
import { DEFAULT_DURATIONS, type Durations, Steps } from './steps.ts';
import { mayFollow } from './transitions.ts';

const STATUS_CHANGE = traceKind(
  'maas.status',
  (machine, from, to) =>
    `machine ${machine} ${statusName(from as Status)} -> ${statusName(to as Status)}`,
);

/** Statuses that leave the message of the one before (facts/maas-api 4.3: no such event). */
const SILENT: ReadonlySet<Status> = new Set([STATUS.ALLOCATED, STATUS.FAILED_DEPLOYMENT]);

export interface MaasCoreOptions {
  readonly clock: Clock;
  readonly trace: Trace;
  readonly random: Randomness;
  readonly secrets: Secrets;
  readonly points: MaasPoints;
  readonly features: MaasFeatures;
  /** How many machines the inventory has. */
  readonly machines: number;
  readonly durations?: Partial<Durations>;
  /** See {@link MaasCore.deployBy}. */
  readonly deployBy?: DeployBy;
}

/** What ends a deployment. */
export type DeployBy = 'clock' | 'signal';

export class MaasCore {
  readonly clock: Clock;
  readonly trace: Trace;
  readonly secrets: Secrets;
  readonly points: MaasPoints;
  readonly features: MaasFeatures;
  readonly durations: Durations;
  /**
   * What makes a Deploying machine Deployed: time (`clock`), or only that somebody on the machine
   * fetches its user data, as in life (`signal`). Whoever fetches it is heard in both.
   */
  readonly deployBy: DeployBy;
  readonly network: Network;
  readonly zones: Map<number, Zone>;
  readonly pools: Map<number, Pool>;
  readonly domains: Map<number, Domain>;
  readonly tags: Map<string, Tag>;
  readonly bootResources: Map<number, BootResource>;
  readonly rackControllers: RackController[];
  readonly accounts: Accounts;
  readonly steps: Steps;
  readonly dns = new Dns();
  readonly images: Images;
  readonly repositories = defaultRepositories();
  readonly dhcpSnippets = new Map<number, DhcpSnippet>();
  readonly events = new EventLog();
  readonly scripts = new ScriptLibrary();
  readonly results: ScriptResults;
  readonly ids: Ids;
  /** What commissioning found on machines that it looked at. */
  readonly hardware: HardwareFound = new Map();
  readonly vmHosts = new Map<number, VmHost>();
  /** Machines that become hosts of virtual machines when they are deployed. */
  readonly comingVmHosts = new Map<Machine, VmHost['type']>();
  readonly notifications = new Map<number, Notification>();
  /** By operating system and series. */
  readonly licenseKeys = new Map<string, LicenseKey>();
  /** Ids of PCI devices that somebody deleted. */
  readonly deletedPciDevices = new Set<number>();
  readonly files = new Map<string, StoredFile>();
  /** The machines in Ready, in the order in which allocation prefers them. */
  readonly free: FreeMachines;
  readonly devices = new Map<string, Device>();
  readonly config: Map<string, unknown>;
  /**
   * Goes up when something changed that machine objects nest (zones, subnets, names): bytes
   * rendered before are no longer true.
   */
  catalogueRevision = 0;
  readonly #random: Randomness;
  readonly #machines: Machine[];
  readonly #bySystemId = new Map<string, Machine>();
  readonly #systemIds: Set<string>;
  #nextMachineId: number;
  #nextResultId: number;
  #made = 0;

  constructor(options: MaasCoreOptions) {
    this.clock = options.clock;
    this.trace = options.trace;
    this.secrets = options.secrets;
    this.points = options.points;
    this.features = options.features;
    this.deployBy = options.deployBy ?? 'clock';
    this.durations = { ...DEFAULT_DURATIONS, ...options.durations };
    this.config = defaultSettings(options.features);
    this.accounts = new Accounts(options.secrets);
    this.steps = new Steps(this);
    this.results = new ScriptResults(this);
    this.#random = options.random;
    const inventory = buildInventory(options.random, options.features, options.machines);
    this.network = inventory.network;
    this.zones = inventory.zones;
    this.pools = inventory.pools;
    this.domains = inventory.domains;
    this.tags = inventory.tags;
    this.bootResources = inventory.bootResources;
    this.images = new Images(options.features.defaultSeries);
    this.rackControllers = inventory.rackControllers;
    this.#machines = inventory.machines;
    this.free = new FreeMachines(inventory.machines);
    for (const machine of this.#machines) this.#bySystemId.set(machine.systemId, machine);
    this.#systemIds = new Set(this.#bySystemId.keys());
    for (const rack of this.rackControllers) this.#systemIds.add(rack.systemId);
    this.#nextMachineId = this.#machines.length + 1;
    this.ids = inventory.ids;
    this.#nextResultId = this.#machines.length * 2 + 1;
  }

  // --- machines ---------------------------------------------------------------------------------

  /** All machines, in order of creation. */
  get machines(): readonly Machine[] {
    return this.#machines;
  }

  findMachine(systemId: string): Machine | undefined {
    return this.#bySystemId.get(systemId);
  }

  /** A machine the user may see. @throws Refusal 404 unknown, 403 somebody else's */
  machine(user: User, systemId: string): Machine {
    const machine = this.#bySystemId.get(systemId);
    if (!machine) throw notFound('Machine', systemId);
    if (!canView(user, machine.state)) throw forbidden(machine);
    return machine;
  }

  /** A machine the user may change. @throws Refusal as {@link machine}, and 403 when locked */
  editable(user: User, systemId: string): Machine {
    const machine = this.machine(user, systemId);
    if (machine.state.locked) throw forbidden(machine);
    return machine;
  }

  /** A machine that only an administrator may change so. @throws Refusal as {@link editable} */
  administrable(user: User, systemId: string): Machine {
    const machine = this.machine(user, systemId);
    if (!user.isSuperuser || machine.state.locked) throw forbidden(machine);
    return machine;
  }

  /** Adds a machine that was enlisted or created through the API. */
  addMachine(profile: Machine['profile'], state: MachineState): Machine {
    const machine: Machine = {
      id: this.#nextMachineId++,
      systemId: freshSystemId(this.#systemIds, this.stream('maas.system-id')),
      profile,
      initial: state,
      state,
    };
    this.#machines.push(machine);
    this.#bySystemId.set(machine.systemId, machine);
    this.free.changed(machine, undefined);
    return machine;
  }

  /** Removes a machine, its pending step, its addresses and its child devices. */
  removeMachine(machine: Machine): void {
    this.steps.cancel(machine);
    this.results.forget(machine);
    this.hardware.delete(machine);
    this.comingVmHosts.delete(machine);
    this.accounts.forgetMachine(machine);
    this.network.release(machine.state.interfaces.flatMap((iface) => iface.links));
    this.#machines.splice(this.#machines.indexOf(machine), 1);
    this.free.removed(machine);
    this.#bySystemId.delete(machine.systemId);
    this.removeChildDevices(machine);
  }

  /** Deletes the devices whose parent is this machine (facts/maas-api 4.3, release). */
  removeChildDevices(machine: Machine): void {
    for (const device of this.devices.values()) {
      if (device.state.parent === machine.systemId) this.removeDevice(device);
    }
  }

  fqdn(state: { readonly hostname: string; readonly domainId: number }): string {
    return `${state.hostname}.${this.domains.get(state.domainId)?.name ?? 'maas'}`;
  }

  /** Replaces the machine's state by a changed copy. */
  change(machine: Machine, patch: Partial<MachineState>): void {
    const before = machine.state;
    machine.state = Object.freeze({ ...before, ...patch });
    this.free.changed(machine, before);
  }

  /**
   * Changes the status, with whatever else changes at the same moment.
   * @param event what it is called among the events; null for none
   * @throws Refusal 409 `Invalid transition: <Old> -> <New>.`
   */
  moveTo(
    machine: Machine,
    status: Status,
    patch: Partial<MachineState> = {},
    event: string | null = SILENT.has(status) ? null : statusName(status),
  ): void {
    this.checkTransition(machine, status);
    const from = machine.state.status;
    if (from !== status) {
      this.trace.emit(this.clock.nowMs(), STATUS_CHANGE, machine.id, from, status);
    }
    this.change(machine, {
      status,
      previousStatus: from === status ? machine.state.previousStatus : from,
      ...patch,
    });
    if (from !== status && event !== null) this.event(machine, event);
  }

  /** Notes what happened to a machine; from INFO on it is the machine's status message too. */
  event(machine: Machine, type: string, description = '', level: EventLevel = 'INFO'): void {
    const { systemId, state } = machine;
    this.events.add({
      systemId,
      hostname: state.hostname,
      username: state.owner ?? '',
      level,
      type,
      description,
      atMs: this.clock.nowMs(),
    });
    if (level === 'AUDIT' || level === 'DEBUG') return;
    this.change(machine, { statusMessage: description ? `${type} - ${description}` : type });
  }

  /** The date of a simulated instant. */
  dateAt(ms: number): Date {
    return new Date(this.clock.date().getTime() - this.clock.nowMs() + ms);
  }

  /** @throws Refusal 409 when the table does not allow it */
  checkTransition(machine: Machine, to: Status): void {
    const from = machine.state.status;
    if (mayFollow(from, to)) return;
    throw refusal('conflict', `Invalid transition: ${statusName(from)} -> ${statusName(to)}.`, {
      code: 'maas-transition-illegal',
      operation: 'change the status of a machine',
      wanted: statusName(to),
      found: [statusName(from)],
      why: 'maas.status.transition',
      scope: scopeOf(machine),
    });
  }

  // --- devices and interfaces -------------------------------------------------------------------

  addDevice(state: DeviceState): Device {
    const device: Device = {
      id: this.#nextMachineId++,
      systemId: freshSystemId(this.#systemIds, this.stream('maas.system-id')),
      state,
    };
    this.devices.set(device.systemId, device);
    return device;
  }

  removeDevice(device: Device): void {
    this.network.release(device.state.interfaces.flatMap((iface) => iface.links));
    this.devices.delete(device.systemId);
  }

  changeDevice(device: Device, patch: Partial<DeviceState>): void {
    device.state = Object.freeze({ ...device.state, ...patch });
  }

  newInterfaceId(): number {
    return this.ids.next.interface++;
  }

  newResultId(): number {
    return this.#nextResultId++;
  }

  /** Whoever has a physical interface of the MAC address, among machines and devices. */
  ownerOfMac(mac: string): { node: Machine | Device; iface: NetworkInterface } | undefined {
    for (const node of [...this.#machines, ...this.devices.values()]) {
      const iface = node.state.interfaces.find(
        (candidate) => candidate.mac === mac && candidate.type === 'physical',
      );
      if (iface) return { node, iface };
    }
    return undefined;
  }

  /** Whether any machine or device has the hostname, in any domain (facts/maas-api 3.1). */
  hasHostname(hostname: string): boolean {
    return (
      this.#machines.some((machine) => machine.state.hostname === hostname) ||
      [...this.devices.values()].some((device) => device.state.hostname === hostname)
    );
  }

  /** A stream of draws for something made while the world runs; never the same one twice. */
  stream(name: string) {
    return this.#random.stream(name, this.#made++);
  }

  // --- what must not change ---------------------------------------------------------------------

  /** The tables that a refused request must leave as they were. */
  tables(): Iterable<unknown>[] {
    const { network, accounts } = this;
    return [
      accounts.users,
      accounts.sshKeys,
      accounts.sslKeys,
      this.zones,
      this.pools,
      this.domains,
      this.tags,
      this.bootResources,
      this.config,
      this.rackControllers,
      this.vmHosts,
      this.notifications,
      this.licenseKeys,
      this.deletedPciDevices,
      this.scripts.byId,
      this.results.changed,
      ...network.tables(),
      ...this.dns.tables(),
      ...this.images.tables(),
      this.repositories,
      this.dhcpSnippets,
    ];
  }

  /** See {@link hashState}. */
  stateHash(): string {
    return hashState(this);
  }
}
