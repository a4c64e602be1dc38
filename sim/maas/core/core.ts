/**
 * The fake MAAS without its wire: who may do what to which machine, and what is known. State is held
 * in immutable records; every change of a machine goes through {@link MaasCore.change}, every change
 * of status through {@link MaasCore.moveTo}, which enforces the transition table and writes the
 * trace. Operations check everything first and change last, so that a refusal changes nothing;
 * {@link MaasCore.stateHash} is how tests and the conformance suite see that. What the operations
 * do is in the files beside this one: `allocate.ts`, `deploy.ts`, `lifecycle.ts`, `interfaces.ts`.
 */
import { createHash } from 'node:crypto';
import type { Clock, Timer } from '../../kernel/clock.ts';
import type { Randomness } from '../../kernel/random.ts';
import type { Secrets } from '../../kernel/secrets.ts';
import { type Trace, traceKind } from '../../kernel/trace.ts';
import type { MaasPoints, MaasStep } from '../points.ts';
import type { MaasFeatures } from './features.ts';
import { buildInventory, freshSystemId } from './inventory.ts';
import type { Network } from './network.ts';
import type {
  BootResource,
  Device,
  DeviceState,
  Domain,
  Machine,
  MachineState,
  NetworkInterface,
  Pool,
  RackController,
  StoredFile,
  Tag,
  User,
  Zone,
} from './objects.ts';
import { notFound, refusal, scopeOf } from './refusal.ts';
import { FAILED_STATUS, mayFollow, SCRIPT, STATUS, type Status, statusName } from './status.ts';

/** How long the steps of a machine's life take, in simulated milliseconds. */
export interface Durations {
  readonly commission: number;
  readonly test: number;
  readonly deploy: number;
  readonly release: number;
  readonly erase: number;
  readonly rescue: number;
}

/** What operators report of real machines (facts/maas-api 13). */
export const DEFAULT_DURATIONS: Durations = {
  commission: 6 * 60_000,
  test: 60_000,
  deploy: 12 * 60_000,
  release: 30_000,
  erase: 10 * 60_000,
  rescue: 3 * 60_000,
};

/** An API key's parts. The secret never enters trace, hash or evidence. */
export interface Token {
  readonly consumerKey: string;
  readonly tokenKey: string;
  readonly tokenSecret: string;
  readonly name: string;
  readonly username: string;
}

const STATUS_CHANGE = traceKind(
  'maas.status',
  (machine, from, to) =>
    `machine ${machine} ${statusName(from as Status)} -> ${statusName(to as Status)}`,
);

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
}

export class MaasCore {
  readonly clock: Clock;
  readonly trace: Trace;
  readonly secrets: Secrets;
  readonly points: MaasPoints;
  readonly features: MaasFeatures;
  readonly durations: Durations;
  readonly network: Network;
  readonly zones: Map<number, Zone>;
  readonly pools: Map<number, Pool>;
  readonly domains: Map<number, Domain>;
  readonly tags: Map<string, Tag>;
  readonly bootResources: Map<number, BootResource>;
  readonly rackControllers: readonly RackController[];
  readonly users = new Map<string, User>();
  readonly files = new Map<string, StoredFile>();
  readonly devices = new Map<string, Device>();
  readonly config = new Map<string, unknown>();
  /** By token key. */
  readonly tokens = new Map<string, Token>();
  /**
   * Goes up when something changed that machine objects nest (zones, subnets, names): bytes
   * rendered before are no longer true.
   */
  catalogueRevision = 0;
  readonly #random: Randomness;
  readonly #machines: Machine[];
  readonly #bySystemId = new Map<string, Machine>();
  readonly #systemIds: Set<string>;
  readonly #timers = new Map<Machine, Timer>();
  #nextMachineId: number;
  #nextInterfaceId: number;
  #nextResultId: number;
  #made = 0;

  constructor(options: MaasCoreOptions) {
    this.clock = options.clock;
    this.trace = options.trace;
    this.secrets = options.secrets;
    this.points = options.points;
    this.features = options.features;
    this.durations = { ...DEFAULT_DURATIONS, ...options.durations };
    this.#random = options.random;
    const inventory = buildInventory(options.random, options.features, options.machines);
    this.network = inventory.network;
    this.zones = inventory.zones;
    this.pools = inventory.pools;
    this.domains = inventory.domains;
    this.tags = inventory.tags;
    this.bootResources = inventory.bootResources;
    this.rackControllers = inventory.rackControllers;
    this.#machines = inventory.machines;
    for (const machine of this.#machines) this.#bySystemId.set(machine.systemId, machine);
    this.#systemIds = new Set(this.#bySystemId.keys());
    for (const rack of this.rackControllers) this.#systemIds.add(rack.systemId);
    this.#nextMachineId = this.#machines.length + 1;
    this.#nextInterfaceId = inventory.nextInterfaceId;
    this.#nextResultId = this.#machines.length * 2 + 1;
    for (const [name, value] of DEFAULT_CONFIG) this.config.set(name, value);
    this.config.set('default_distro_series', options.features.defaultSeries);
    // Internal users appear in the list, as in the real one (facts/maas-api 3.12).
    for (const username of ['MAAS', 'maas-init-node']) {
      this.users.set(username, { username, email: '', isSuperuser: false });
    }
  }

  // --- users and keys ---------------------------------------------------------------------------

  addUser(user: User): User {
    this.users.set(user.username, user);
    return user;
  }

  /** Makes an API key for a user (facts/maas-api 2.1: 18, 18 and 32 characters). */
  addToken(username: string, name = ''): Token {
    const token: Token = {
      consumerKey: this.secrets.token(18),
      tokenKey: this.secrets.token(18),
      tokenSecret: this.secrets.token(32),
      name,
      username,
    };
    this.tokens.set(token.tokenKey, token);
    return token;
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
    return machine;
  }

  /** Removes a machine, its pending step, its addresses and its child devices. */
  removeMachine(machine: Machine): void {
    this.cancelStep(machine);
    this.network.release(machine.state.interfaces.flatMap((iface) => iface.links));
    this.#machines.splice(this.#machines.indexOf(machine), 1);
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
    machine.state = Object.freeze({ ...machine.state, ...patch });
  }

  /**
   * Changes the status, with whatever else changes at the same moment.
   * @throws Refusal 409 `Invalid transition: <Old> -> <New>.`
   */
  moveTo(machine: Machine, status: Status, patch: Partial<MachineState> = {}): void {
    this.checkTransition(machine, status);
    const from = machine.state.status;
    if (from !== status) {
      this.trace.emit(this.clock.nowMs(), STATUS_CHANGE, machine.id, from, status);
    }
    this.change(machine, {
      status,
      previousStatus: from === status ? machine.state.previousStatus : from,
      statusMessage: statusName(status),
      ...patch,
    });
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

  // --- steps that take time ---------------------------------------------------------------------

  /**
   * Lets a step end after `ms` simulated milliseconds, unless a fault makes it fail or never end.
   * A machine has one pending step: beginning another one forgets the first.
   */
  later(machine: Machine, step: MaasStep['step'], ms: number, done: () => void): void {
    this.cancelStep(machine);
    const timer = this.clock.after(ms, () => {
      this.#timers.delete(machine);
      const effect = this.points.step.ask({ systemId: machine.systemId, step });
      if (effect?.kind === 'fail') this.failStep(machine, effect.reason);
      else if (effect?.kind === 'vanish') this.#timeOut(machine);
      else done();
    });
    this.#timers.set(machine, timer);
  }

  /** Runs `run` in the middle of a step: nothing can go wrong there, and it ends no step. */
  during(machine: Machine, ms: number, run: () => void): void {
    this.cancelStep(machine);
    this.#timers.set(machine, this.clock.after(ms, run));
  }

  cancelStep(machine: Machine): void {
    this.#timers.get(machine)?.cancel();
    this.#timers.delete(machine);
  }

  /** Ends the present step badly (facts/maas-api 4.2, failure map; 4.3). */
  failStep(machine: Machine, reason: string): void {
    const { status } = machine.state;
    const failed = FAILED_STATUS.get(status);
    if (failed === undefined) return;
    this.moveTo(machine, failed, {
      errorDescription: reason,
      statusMessage: `Marking node failed - ${reason}`,
      ...(status === STATUS.COMMISSIONING
        ? { owner: null, commissioningStatus: SCRIPT.FAILED }
        : {}),
      ...(status === STATUS.TESTING ? { testingStatus: SCRIPT.FAILED } : {}),
    });
  }

  #timeOut(machine: Machine): void {
    const { status } = machine.state;
    const minutes = TIMEOUT_MINUTES.get(status);
    if (minutes === undefined) return;
    const name = statusName(status);
    this.#timers.set(
      machine,
      this.clock.after(minutes * 60_000, () => {
        this.#timers.delete(machine);
        this.failStep(machine, `Node operation '${name}' timed out after ${minutes} minutes.`);
      }),
    );
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
    return this.#nextInterfaceId++;
  }

  newResultId(): number {
    return this.#nextResultId++;
  }

  /** Whoever has the MAC address already, among machines and devices. */
  ownerOfMac(mac: string): { node: Machine | Device; iface: NetworkInterface } | undefined {
    for (const node of [...this.#machines, ...this.devices.values()]) {
      const iface = node.state.interfaces.find((candidate) => candidate.mac === mac);
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

  /**
   * SHA-256 over all that a refused request must leave as it was. Machines count only once they
   * differ from the inventory; secrets, nonces and counters of ids do not count.
   */
  stateHash(): string {
    const hash = createHash('sha256');
    const add = (value: unknown) => hash.update(JSON.stringify(value)).update('\n');
    for (const machine of this.#machines) {
      if (machine.state !== machine.initial) add([machine.systemId, machine.state]);
    }
    add(this.#machines.length);
    for (const device of this.devices.values()) add([device.systemId, device.state]);
    for (const file of this.files.values()) {
      add([file.filename, file.owner, Buffer.from(file.content).toString('base64')]);
    }
    const { network } = this;
    for (const table of [
      this.users,
      this.zones,
      this.pools,
      this.domains,
      this.tags,
      this.bootResources,
      this.config,
      network.fabrics,
      network.vlans,
      network.subnets,
      network.spaces,
      network.ipRanges,
      network.staticRoutes,
      network.takenAddresses,
    ]) {
      add([...table]);
    }
    add([...this.tokens.values()].map((token) => [token.username, token.name]));
    return hash.digest('hex');
  }
}

/** Owner null, own, or superuser (facts/maas-api 2.3). */
export function canView(user: User, state: { readonly owner: string | null }): boolean {
  return user.isSuperuser || state.owner === null || state.owner === user.username;
}

/** As {@link canView}, and not locked. */
export function canEdit(user: User, state: MachineState): boolean {
  return canView(user, state) && !state.locked;
}

/** 403 with the empty body that object permissions have (facts/maas-api 2.3). */
export function forbidden(machine: Machine) {
  return refusal('forbidden', '', {
    operation: 'use a machine',
    wanted: `machine ${machine.systemId}`,
    found: machine.state.locked ? ['it is locked'] : [`it belongs to ${machine.state.owner}`],
    scope: scopeOf(machine),
  });
}

// facts/maas-api 4.2: node_timeout is 30 minutes; twice that for deployments; none for erasing.
const TIMEOUT_MINUTES: ReadonlyMap<Status, number> = new Map<Status, number>([
  [STATUS.COMMISSIONING, 30],
  [STATUS.TESTING, 30],
  [STATUS.ENTERING_RESCUE_MODE, 30],
  [STATUS.DEPLOYING, 60],
  [STATUS.RELEASING, 5],
  [STATUS.EXITING_RESCUE_MODE, 5],
]);

// The settings that clients read (facts/maas-api 9.6), at their defaults.
const DEFAULT_CONFIG: readonly (readonly [string, unknown])[] = [
  ['maas_name', 'maasquerade'],
  ['kernel_opts', null],
  ['enable_http_proxy', true],
  ['http_proxy', null],
  ['default_dns_ttl', 30],
  ['upstream_dns', null],
  ['dnssec_validation', 'auto'],
  ['ntp_servers', 'ntp.ubuntu.com'],
  ['ntp_external_only', false],
  ['network_discovery', 'enabled'],
  ['active_discovery_interval', 10800],
  ['default_boot_interface_link_type', 'auto'],
  ['default_osystem', 'ubuntu'],
  ['default_min_hwe_kernel', ''],
  ['default_storage_layout', 'flat'],
  ['commissioning_distro_series', 'noble'],
  ['enable_third_party_drivers', true],
  ['enable_disk_erasing_on_release', false],
  ['boot_images_auto_import', true],
  ['enable_analytics', true],
  ['completed_intro', true],
  ['node_timeout', 30],
];
