/**
 * The controller's record of every agent, as typed-array columns: machines, containers and units of
 * all models, one row each, a million rows without an object. A row's index is the `machine` of the
 * agent port. Each row has its own ACTUAL version, which only the agent itself reports; the target
 * belongs to the model. Texts (tags, instance ids) are made on demand from what a batch or a row
 * remembers. Source: facts/juju-versions-and-upgrades 2.8 (records without a version count as
 * lagging), 4.5 (what status shows); facts/anchors 4.8 (columns).
 */

/** What a row is. */
export const AGENT_KIND = { machine: 0, container: 1, unit: 2 } as const;

/** What an agent last said of itself; numbers, since they travel through the agent port. */
export const AGENT_STATUS = {
  /** Never reported. */
  pending: 0,
  started: 1,
  /** Runs the upgrade steps to the version in `statusVersion`. */
  upgrading: 2,
  /** Upgrade steps failed and will be tried again. */
  upgradeWillRetry: 3,
  /** Upgrade steps failed for the last time; the agent's gate stays closed. */
  upgradeGaveUp: 4,
} as const;

/** "No version recorded" in a version column. */
export const NO_VERSION = -1;

const CONTROLLER = 1;
const LOST = 2;
const RETIRED = 4;
const HELD = 8;
const NONE = -1;

/** What the cloud says of a machine: MAAS's system id, name and addresses. */
export interface Instance {
  readonly id: string;
  readonly hostname: string;
  readonly addresses: readonly string[];
  /** What it has, as constraints are written: `cores=8 mem=16384M availability-zone=zone-1`. */
  readonly hardware: string;
}

/** A machine that no cloud has given yet, or a container. */
export const NO_INSTANCE: Instance = { id: '', hostname: '', addresses: [], hardware: '' };

/** An instance of no cloud: all that is known is its id. */
export function namedInstance(id: string): Instance {
  return { ...NO_INSTANCE, id, hostname: id };
}

/** One call of `add`: rows that share a model, OS, architecture and a way to name instances. */
export interface Batch {
  readonly first: number;
  readonly count: number;
  /** Index of the model in the controller's list of models. */
  readonly model: number;
  /** Number of the first machine within its model. */
  readonly firstNumber: number;
  /** The instance of the i-th machine of this batch, asked for anew whenever it is shown. */
  readonly instance: (i: number) => Instance;
}

export interface NewRows {
  readonly model: number;
  readonly count: number;
  readonly os: string;
  readonly arch: string;
  /** Id of the ACTUAL version, or {@link NO_VERSION} for machines still being provisioned. */
  readonly version: number;
  readonly firstNumber: number;
  readonly nowMs: number;
  readonly instance: (i: number) => Instance;
  readonly controller?: boolean;
}

export class MachineTable {
  /** Number of rows. */
  length = 0;
  /** Called with each row of which something changed after it was added. */
  onChange: (i: number) => void = () => undefined;
  #capacity = 64;
  #model = new Int32Array(this.#capacity);
  #number = new Int32Array(this.#capacity);
  #version = new Int32Array(this.#capacity);
  #statusVersion = new Int32Array(this.#capacity);
  #parent = new Int32Array(this.#capacity);
  #firstChild = new Int32Array(this.#capacity);
  #nextSibling = new Int32Array(this.#capacity);
  #since = new Float64Array(this.#capacity);
  #os = new Uint8Array(this.#capacity);
  #arch = new Uint8Array(this.#capacity);
  #kind = new Uint8Array(this.#capacity);
  #status = new Uint8Array(this.#capacity);
  #flags = new Uint8Array(this.#capacity);
  readonly #words: string[] = [];
  readonly #batches: Batch[] = [];
  /** Names of the rows that are no top-level machine: `3/lxd/0`, `mysql/0`. */
  readonly #names = new Map<number, string>();

  /** Index in the controller's list of models. */
  model(i: number): number {
    return this.#model[i]!;
  }

  os(i: number): string {
    return this.#words[this.#os[i]!]!;
  }

  arch(i: number): string {
    return this.#words[this.#arch[i]!]!;
  }

  /** Small integers that stand for OS and architecture, for keys of caches. */
  osArchKey(i: number): number {
    return this.#os[i]! * 256 + this.#arch[i]!;
  }

  kind(i: number): number {
    return this.#kind[i]!;
  }

  /** What people call it: `3`, `3/lxd/0`, `mysql/0`. */
  name(i: number): string {
    return this.#names.get(i) ?? String(this.#number[i]!);
  }

  /** What the wire calls it: `machine-3`, `machine-3-lxd-0`, `unit-mysql-0`. */
  tag(i: number): string {
    const prefix = this.#kind[i] === AGENT_KIND.unit ? 'unit-' : 'machine-';
    return prefix + this.name(i).replaceAll('/', '-');
  }

  /** Number of a top-level machine within its model. */
  number(i: number): number {
    return this.#number[i]!;
  }

  /** Row of the machine that hosts this container or unit, or -1. */
  parent(i: number): number {
    return this.#parent[i]!;
  }

  /** The ACTUAL version: an id of the world's version table, or {@link NO_VERSION}. */
  version(i: number): number {
    return this.#version[i]!;
  }

  /** One of {@link AGENT_STATUS}. */
  status(i: number): number {
    return this.#status[i]!;
  }

  /** The version that the status speaks of (`upgrading to ...`), or {@link NO_VERSION}. */
  statusVersion(i: number): number {
    return this.#statusVersion[i]!;
  }

  /** Simulated milliseconds at which the status was last set. */
  sinceMs(i: number): number {
    return this.#since[i]!;
  }

  isController(i: number): boolean {
    return (this.#flags[i]! & CONTROLLER) !== 0;
  }

  /** Whether the controller has lost the agent's presence (shown as `down`). */
  isLost(i: number): boolean {
    return (this.#flags[i]! & LOST) !== 0;
  }

  /** Taken out of its model: no agent of it may log in, no gate counts it. */
  isRetired(i: number): boolean {
    return (this.#flags[i]! & RETIRED) !== 0;
  }

  /** Kept at the version it runs (strategy `replace`): never told to change. */
  isHeld(i: number): boolean {
    return (this.#flags[i]! & HELD) !== 0;
  }

  /** The instance below a machine; containers and units have none. */
  instance(i: number): Instance {
    if (this.#kind[i] !== AGENT_KIND.machine) return NO_INSTANCE;
    let low = 0;
    let high = this.#batches.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#batches[middle]!.first <= i) low = middle;
      else high = middle - 1;
    }
    const batch = this.#batches[low]!;
    return batch.instance(i - batch.first);
  }

  /** The row of a top-level machine by model and number, or -1. */
  findMachine(model: number, number: number): number {
    for (const batch of this.#batches) {
      const offset = number - batch.firstNumber;
      if (batch.model === model && offset >= 0 && offset < batch.count) return batch.first + offset;
    }
    return NONE;
  }

  /** Calls `visit` with every row of a model: machines in order, each followed by what it hosts. */
  forEachOf(model: number, visit: (i: number) => void): void {
    for (const batch of this.#batches) {
      if (batch.model !== model) continue;
      for (let i = batch.first; i < batch.first + batch.count; i++) {
        visit(i);
        this.forEachHosted(i, visit);
      }
    }
  }

  /** Calls `visit` with every container and unit on a machine, also those in its containers. */
  forEachHosted(host: number, visit: (i: number) => void): void {
    for (let child = this.#firstChild[host]!; child !== NONE; child = this.#nextSibling[child]!) {
      visit(child);
      this.forEachHosted(child, visit);
    }
  }

  /** Adds `count` top-level machines; returns the first one's row. */
  add(rows: NewRows): number {
    const first = this.length;
    this.#grow(first + rows.count);
    const os = this.#word(rows.os);
    const arch = this.#word(rows.arch);
    for (let k = 0; k < rows.count; k++) {
      this.#init(first + k, rows.model, os, arch, rows.version, rows.nowMs);
      this.#number[first + k] = rows.firstNumber + k;
      if (rows.controller) this.#flags[first + k]! |= CONTROLLER;
    }
    const { model, count, firstNumber, instance } = rows;
    this.#batches.push({ first, count, model, firstNumber, instance });
    this.length += rows.count;
    return first;
  }

  /** Adds one container or unit on `host`, with the host's OS and architecture and its own version. */
  addHosted(
    kind: typeof AGENT_KIND.container | typeof AGENT_KIND.unit,
    host: number,
    name: string,
    version: number,
    nowMs: number,
  ): number {
    const i = this.length;
    this.#grow(i + 1);
    this.#init(i, this.#model[host]!, this.#os[host]!, this.#arch[host]!, version, nowMs);
    this.#kind[i] = kind;
    this.#number[i] = NONE;
    this.#parent[i] = host;
    this.#names.set(i, name);
    // Appended at the end of the host's list, so that visits keep the order of addition.
    let last = this.#firstChild[host]!;
    if (last === NONE) this.#firstChild[host] = i;
    else {
      while (this.#nextSibling[last] !== NONE) last = this.#nextSibling[last]!;
      this.#nextSibling[last] = i;
    }
    this.length++;
    return i;
  }

  /** Records what an agent reports that it runs. */
  setVersion(i: number, version: number): void {
    if (this.#version[i] === version) return;
    this.#version[i] = version;
    this.onChange(i);
  }

  setStatus(i: number, status: number, statusVersion: number, nowMs: number): void {
    this.#status[i] = status;
    this.#statusVersion[i] = statusVersion;
    this.#since[i] = nowMs;
    this.onChange(i);
  }

  setLost(i: number, lost: boolean): void {
    this.#flag(i, LOST, lost);
  }

  setHeld(i: number, held: boolean): void {
    this.#flag(i, HELD, held);
  }

  retire(i: number): void {
    this.#flag(i, RETIRED, true);
  }

  /** Every column as bytes, for a hash over the state. */
  *bytes(): Generator<Uint8Array> {
    const columns = [
      this.#model,
      this.#number,
      this.#version,
      this.#statusVersion,
      this.#parent,
      this.#since,
      this.#os,
      this.#arch,
      this.#kind,
      this.#status,
      this.#flags,
    ];
    for (const column of columns) {
      const used = column.subarray(0, this.length);
      yield new Uint8Array(used.buffer, used.byteOffset, used.byteLength);
    }
  }

  #flag(i: number, flag: number, on: boolean): void {
    if (((this.#flags[i]! & flag) !== 0) === on) return;
    if (on) this.#flags[i]! |= flag;
    else this.#flags[i]! &= ~flag;
    this.onChange(i);
  }

  #init(i: number, model: number, os: number, arch: number, version: number, nowMs: number): void {
    this.#model[i] = model;
    this.#os[i] = os;
    this.#arch[i] = arch;
    this.#version[i] = version;
    this.#statusVersion[i] = NO_VERSION;
    this.#parent[i] = NONE;
    this.#firstChild[i] = NONE;
    this.#nextSibling[i] = NONE;
    this.#since[i] = nowMs;
    this.#kind[i] = AGENT_KIND.machine;
    this.#status[i] = version === NO_VERSION ? AGENT_STATUS.pending : AGENT_STATUS.started;
    this.#flags[i] = 0;
  }

  /** Interns an OS or architecture; there are a handful. */
  #word(word: string): number {
    const known = this.#words.indexOf(word);
    if (known >= 0) return known;
    if (this.#words.length === 256) throw new RangeError('more than 256 OS and architecture names');
    return this.#words.push(word) - 1;
  }

  #grow(atLeast: number): void {
    if (atLeast <= this.#capacity) return;
    this.#capacity = Math.max(atLeast, this.#capacity * 2);
    const ints = (old: Int32Array<ArrayBuffer>) => copied(old, new Int32Array(this.#capacity));
    const bytes = (old: Uint8Array<ArrayBuffer>) => copied(old, new Uint8Array(this.#capacity));
    this.#model = ints(this.#model);
    this.#number = ints(this.#number);
    this.#version = ints(this.#version);
    this.#statusVersion = ints(this.#statusVersion);
    this.#parent = ints(this.#parent);
    this.#firstChild = ints(this.#firstChild);
    this.#nextSibling = ints(this.#nextSibling);
    this.#since = copied(this.#since, new Float64Array(this.#capacity));
    this.#os = bytes(this.#os);
    this.#arch = bytes(this.#arch);
    this.#kind = bytes(this.#kind);
    this.#status = bytes(this.#status);
    this.#flags = bytes(this.#flags);
  }
}

function copied<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from);
  return into;
}
