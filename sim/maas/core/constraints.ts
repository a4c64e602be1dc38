/**
 * The constraints by which machines are chosen: parsed once from what the client sent, then asked of
 * each machine (facts/maas-api 3.3, 5.2). `allocate` and the filters of `machines/` share them and
 * differ only in which names they take. Each constraint knows how it reads in the refusal text.
 */
import {
  allTags,
  anyOf,
  architecture,
  atLeast,
  type Constraint,
  constraint,
  fabrics,
  type Make,
  named,
  noneOf,
  owner,
  pciDevice,
  simpleStatus,
  status,
  subnets,
  target,
  vlans,
  vmHosts,
} from './constraint-kinds.ts';
import type { MaasCore } from './core.ts';
import { type InterfaceLabel, parseInterfaces } from './interface-constraint.ts';
import { isMac, normalMac } from './mac.ts';
import { fieldRefusal } from './refusal.ts';
import { parseStorage, type StorageItem } from './storage-constraint.ts';

/** What a client sent, in the order received: a name and all its values. */
export type Sent = ReadonlyMap<string, readonly string[]>;

export interface Constraints {
  readonly list: readonly Constraint[];
  readonly storage: readonly StorageItem[];
  readonly interfaces: readonly InterfaceLabel[];
}

const NO_CONSTRAINTS = new Set([
  'comment',
  'bridge_all',
  'bridge_type',
  'bridge_stp',
  'bridge_fd',
  'dry_run',
  'verbose',
  'op',
]);

/** Those that both allocate and the filters take. */
const SHARED: Readonly<Record<string, Make>> = {
  system_id: anyOf((machine, value) => machine.systemId === value),
  cpu_count: atLeast((state) => state.cpuCount, 'Invalid CPU count: number required.'),
  mem: atLeast((state) => state.memory, 'Invalid memory: number of MiB required.'),
  cpu_speed: atLeast((state) => state.cpuSpeed, 'Invalid CPU speed: number required.'),
  link_speed: atLeast(
    (state) => Math.max(0, ...state.interfaces.map((iface) => iface.linkSpeed)),
    'Invalid link speed: number required.',
  ),
  arch: architecture(false),
  tags: allTags,
  // Each value is one name, unlike with `tags`; one that nobody knows is fine (facts/maas-api 5.2).
  not_tags: noneOf((machine, value) => machine.state.tags.includes(value)),
  zone: named(
    false,
    'zone(s)',
    (core) => core.zones,
    (state) => state.zoneId,
  ),
  not_in_zone: named(
    true,
    'zone(s)',
    (core) => core.zones,
    (state) => state.zoneId,
  ),
  pool: named(
    false,
    'pool(s)',
    (core) => core.pools,
    (state) => state.poolId,
  ),
  not_in_pool: named(
    true,
    'pool(s)',
    (core) => core.pools,
    (state) => state.poolId,
  ),
  subnets: subnets(false),
  not_subnets: subnets(true),
  vlans: vlans(false),
  not_vlans: vlans(true),
  fabrics: fabrics(false, (core, id) => core.network.fabrics.get(id)?.name),
  not_fabrics: fabrics(true, (core, id) => core.network.fabrics.get(id)?.name),
  fabric_classes: fabrics(false, (core, id) => core.network.fabrics.get(id)?.classType),
  not_fabric_classes: fabrics(true, (core, id) => core.network.fabrics.get(id)?.classType),
  owner: owner(false),
  not_owner: owner(true),
  power_state: anyOf((machine, value) => machine.state.powerState === value),
  not_power_state: noneOf((machine, value) => machine.state.powerState === value),
  deployment_target: anyOf((machine, value) => target(machine) === value),
  not_deployment_target: noneOf((machine, value) => target(machine) === value),
  devices: pciDevice,
  pod: vmHosts(false, ({ name }) => name),
  not_pod: vmHosts(true, ({ name }) => name),
  pod_type: vmHosts(false, ({ type }) => type),
  not_pod_type: vmHosts(true, ({ type }) => type),
};

const ALLOCATE_ONLY: Readonly<Record<string, Make>> = {
  name: (core, values, name) =>
    constraint(name, values, (machine) =>
      values.every((value) => {
        const dot = value.indexOf('.');
        return dot < 0 ? machine.state.hostname === value : core.fqdn(machine.state) === value;
      }),
    ),
};

const FILTER_ONLY: Readonly<Record<string, Make>> = {
  id: anyOf((machine, value) => machine.systemId === value),
  not_id: noneOf((machine, value) => machine.systemId === value),
  hostname: anyOf((machine, value) => machine.state.hostname === value),
  not_hostname: noneOf((machine, value) => machine.state.hostname === value),
  mac_address: (_, values, name) => {
    const bad = values.find((value) => !isMac(value));
    if (bad !== undefined) {
      throw fieldRefusal(name, `'${bad}' is not a valid MAC address.`, { wanted: bad });
    }
    const macs = new Set(values.map((value) => normalMac(value)));
    return constraint(name, values, (machine) =>
      machine.state.interfaces.some((iface) => macs.has(iface.mac)),
    );
  },
  domain: (core, values, name) =>
    constraint(name, values, (machine) =>
      values.includes(core.domains.get(machine.state.domainId)?.name ?? ''),
    ),
  not_domain: (core, values, name) =>
    constraint(
      name,
      values,
      (machine) => !values.includes(core.domains.get(machine.state.domainId)?.name ?? ''),
    ),
  agent_name: anyOf((machine, value) => machine.state.agentName === value),
  not_agent_name: noneOf((machine, value) => machine.state.agentName === value),
  not_arch: architecture(true),
  status: status(false),
  not_status: status(true),
  simple_status: simpleStatus(false),
  not_simple_status: simpleStatus(true),
};

/** Of allocate. @throws Refusal 400 or 404 for what is unknown or malformed */
export function allocateConstraints(core: MaasCore, sent: Sent): Constraints {
  return build(core, sent, { ...SHARED, ...ALLOCATE_ONLY }, new Set(['agent_name']));
}

/** Of `GET machines/`. @throws Refusal 400 or 404 for what is unknown or malformed */
export function filterConstraints(core: MaasCore, sent: Sent): Constraints {
  return build(core, sent, { ...SHARED, ...FILTER_ONLY }, new Set());
}

function build(
  core: MaasCore,
  sent: Sent,
  makers: Readonly<Record<string, Make>>,
  ignored: ReadonlySet<string>,
): Constraints {
  const list: Constraint[] = [];
  let storage: StorageItem[] = [];
  let interfaces: InterfaceLabel[] = [];
  for (const [name, all] of sent) {
    if (NO_CONSTRAINTS.has(name) || ignored.has(name)) continue;
    const values = all.filter((value) => value !== '');
    const make = Object.hasOwn(makers, name) ? makers[name] : undefined;
    if (!make && !['storage', 'interfaces'].includes(name)) {
      throw fieldRefusal(name, 'No such constraint.', {
        code: 'maas-constraint-unknown',
        wanted: name,
        found: Object.keys(makers).sort(),
      });
    }
    if (values.length === 0) continue;
    if (make) {
      const made = make(core, values, name);
      if (made) list.push(made);
    } else if (name === 'storage') {
      storage = parseStorage(values[0]!);
      list.push(constraint(name, [values[0]!], () => true));
    } else {
      interfaces = parseInterfaces(core, values[0]!);
      list.push(constraint(name, [values[0]!], () => true));
    }
  }
  list.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { list, storage, interfaces };
}
