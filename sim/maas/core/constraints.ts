/**
 * The constraints by which machines are chosen: parsed once from what the client sent, then asked of
 * each machine (facts/maas-api 3.3, 5.2). `allocate` and the filters of `machines/` share them and
 * differ only in which names they take. Each constraint knows how it reads in the refusal text.
 */
import type { MaasCore } from './core.ts';
import { type InterfaceLabel, parseInterfaces } from './interface-constraint.ts';
import type { Machine, MachineState, VmHost } from './objects.ts';
import { PCI_FIELDS, type PciDevice, pciDevices } from './pci-devices.ts';
import { pyFloat, pyString } from './python.ts';
import { fieldRefusal } from './refusal.ts';
import { SIMPLE_STATUSES, STATUS_BY_FILTER_NAME, simpleStatusOf } from './status.ts';
import { parseStorage, type StorageItem } from './storage-constraint.ts';

/** What a client sent, in the order received: a name and all its values. */
export type Sent = ReadonlyMap<string, readonly string[]>;

export interface Constraint {
  readonly name: string;
  /** As in "resolved to", e.g. `zone=az1`. */
  readonly resolved: string;
  readonly test: (machine: Machine) => boolean;
}

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

type Make = (core: MaasCore, values: readonly string[], name: string) => Constraint | undefined;

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
    const macs = new Set(values.map((value) => value.toLowerCase().replaceAll('-', ':')));
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

function constraint(
  name: string,
  values: readonly (string | number)[],
  test: Constraint['test'],
): Constraint {
  return { name, resolved: `${name}=${values.join(',')}`, test };
}

function anyOf(matches: (machine: Machine, value: string) => boolean): Make {
  return (_, values, name) =>
    constraint(name, values, (machine) => values.some((value) => matches(machine, value)));
}

function noneOf(matches: (machine: Machine, value: string) => boolean): Make {
  return (_, values, name) =>
    constraint(name, values, (machine) => !values.some((value) => matches(machine, value)));
}

function atLeast(get: (state: MachineState) => number, complaint: string): Make {
  return (_, values, name) => {
    const numbers = values.map((value) => (/^[+-]?[\d.]+$/.test(value) ? Number(value) : NaN));
    if (numbers.some(Number.isNaN)) {
      throw fieldRefusal(name, complaint, {
        code: 'maas-constraint-malformed',
        wanted: values.join(','),
      });
    }
    const least = Math.min(...numbers);
    return constraint(name, numbers.map(pyFloat), (machine) => get(machine.state) >= least);
  };
}

function architecture(negative: boolean): Make {
  return (core, values, name) => {
    const expanded = architectures(core, values, name);
    const accepted = new Set(expanded);
    return constraint(
      name,
      expanded,
      (machine) => accepted.has(machine.state.architecture) !== negative,
    );
  };
}

/** Architectures in full. @throws Refusal 400 when none is known */
function architectures(core: MaasCore, values: readonly string[], name: string): string[] {
  const archs = new Set([...core.bootResources.values()].map((r) => r.architecture.split('/')[0]!));
  const usable = [...archs].flatMap((arch) => [
    `${arch}/generic`,
    ...new Set(
      [...core.bootResources.values()]
        .map((resource) => resource.architecture)
        .filter((full) => full.startsWith(`${arch}/`)),
    ),
  ]);
  const expanded = values.flatMap((value) => {
    const wanted = value === 'arm' ? 'armhf' : value;
    return usable.filter((full) => full === wanted || full.split('/')[0] === wanted);
  });
  if (expanded.length === 0) {
    throw fieldRefusal(name, 'Architecture not recognised.', {
      code: 'maas-constraint-unknown',
      wanted: values.join(','),
      found: [...archs],
    });
  }
  return expanded;
}

function allTags(core: MaasCore, values: readonly string[], name: string): Constraint | undefined {
  const tags = words(values);
  if (tags.length === 0) return undefined;
  const unknown = tags.filter((tag) => !core.tags.has(tag));
  if (unknown.length > 0) {
    throw fieldRefusal(name, `No such tag(s): ${unknown.map(pyString).join(', ')}.`, {
      code: 'maas-constraint-unknown',
      wanted: unknown.join(','),
      found: [...core.tags.keys()],
    });
  }
  return constraint(name, tags, (machine) => tags.every((tag) => machine.state.tags.includes(tag)));
}

function named(
  negative: boolean,
  plural: string,
  table: (core: MaasCore) => ReadonlyMap<number, { readonly id: number; readonly name: string }>,
  get: (state: MachineState) => number,
): Make {
  return (core, values, name) => {
    const byName = new Map([...table(core).values()].map((item) => [item.name, item.id]));
    const unreadable = negative && values.find((value) => !/^\w[ \w-]*$/.test(value));
    if (unreadable) throw fieldRefusal(name, 'Enter a valid value.', { wanted: unreadable });
    const unknown = values.filter((value) => !byName.has(value));
    if (unknown.length > 0) {
      throw fieldRefusal(name, `No such ${plural}: ${unknown.join(', ')}.`, {
        code: 'maas-constraint-unknown',
        wanted: unknown.join(','),
        found: [...byName.keys()],
      });
    }
    const ids = new Set(values.map((value) => byName.get(value)!));
    return constraint(name, values, (machine) => ids.has(get(machine.state)) !== negative);
  };
}

function subnets(negative: boolean): Make {
  return (core, values, name) => {
    const found = new Set(values.flatMap((value) => core.network.subnetsBySpecifier(value)));
    const ids = [...found].map((subnet) => subnet.id);
    if (ids.length === 0) throw noneResolved(name, 'No matching subnets found.', values);
    return constraint(name, ids, (machine) => {
      const linked = new Set(
        machine.state.interfaces.flatMap((i) => i.links.map((link) => link.subnetId)),
      );
      return negative ? !ids.some((id) => linked.has(id)) : ids.every((id) => linked.has(id));
    });
  };
}

function vlans(negative: boolean): Make {
  return (core, values, name) => {
    const found = new Set(values.flatMap((value) => core.network.vlansBySpecifier(value)));
    const ids = new Set([...found].map((vlan) => vlan.id));
    if (ids.size === 0) throw noneResolved(name, 'No matching VLANs found.', values);
    return constraint(name, [...ids], (machine) => {
      const on = machine.state.interfaces.some((i) => i.vlanId !== null && ids.has(i.vlanId));
      return on !== negative;
    });
  };
}

function fabrics(
  negative: boolean,
  label: (core: MaasCore, fabricId: number) => string | null | undefined,
): Make {
  return (core, values, name) =>
    constraint(name, values, (machine) => {
      const on = machine.state.interfaces.some((iface) => {
        const vlan = iface.vlanId === null ? undefined : core.network.vlans.get(iface.vlanId);
        const text = vlan && label(core, vlan.fabricId);
        return typeof text === 'string' && values.includes(text);
      });
      return on !== negative;
    });
}

function status(negative: boolean): Make {
  return (_, values, name) => {
    const unknown = values.find((value) => !STATUS_BY_FILTER_NAME.has(value));
    if (unknown !== undefined) {
      throw fieldRefusal(
        name,
        `Select a valid choice. ${unknown} is not one of the available choices.`,
        { wanted: unknown, found: [...STATUS_BY_FILTER_NAME.keys()] },
      );
    }
    const numbers = new Set(values.map((value) => STATUS_BY_FILTER_NAME.get(value)!));
    return constraint(name, values, (machine) => numbers.has(machine.state.status) !== negative);
  };
}

function simpleStatus(negative: boolean): Make {
  return (_, values, name) => {
    const lower = values.map((value) => value.toLowerCase());
    const unknown = lower.find((value) => !SIMPLE_STATUSES.has(value));
    if (unknown !== undefined) {
      throw fieldRefusal(
        name,
        `Select a valid choice. ${unknown} is not one of the available choices.`,
        { wanted: unknown, found: [...SIMPLE_STATUSES] },
      );
    }
    return constraint(
      name,
      values,
      (machine) => lower.includes(simpleStatusOf(machine.state.status).toLowerCase()) !== negative,
    );
  };
}

function pciDevice(_: MaasCore, values: readonly string[], name: string): Constraint {
  const wanted = values.map((value) =>
    value.split(',').map((pair): ((device: PciDevice) => boolean) => {
      const [key = '', ...rest] = pair.split('=');
      const get = Object.hasOwn(PCI_FIELDS, key) ? PCI_FIELDS[key] : undefined;
      if (!get || rest.length === 0) {
        throw fieldRefusal(name, `Unknown devices constraint: '${key}`, { wanted: value });
      }
      const text = rest.join('=').toLowerCase();
      return (device) => get(device).toLowerCase() === text;
    }),
  );
  return constraint(name, values, (machine) => {
    const devices = pciDevices(machine);
    return wanted.every((tests) => devices.some((device) => tests.every((test) => test(device))));
  });
}

function owner(negative: boolean): Make {
  return (core, values, name) => {
    const unknown = values.find((value) => !core.accounts.users.has(value));
    if (unknown !== undefined) {
      throw fieldRefusal(name, `No such owner: ${pyString(unknown)}.`, { wanted: unknown });
    }
    return constraint(name, values, ({ state }) => values.includes(state.owner ?? '') !== negative);
  };
}

function vmHosts(negative: boolean, label: (host: VmHost) => string): Make {
  return (core, values, name) =>
    constraint(name, values, ({ state }) => {
      const host = state.vmHostId === null ? undefined : core.vmHosts.get(state.vmHostId);
      return (host !== undefined && values.includes(label(host))) !== negative;
    });
}

function noneResolved(name: string, message: string, values: readonly string[]) {
  return fieldRefusal(name, message, {
    code: 'maas-constraint-unknown',
    wanted: values.join(','),
  });
}

function target(machine: Machine): string {
  return machine.state.ephemeralDeploy ? 'memory' : 'disk';
}

function words(values: readonly string[]): string[] {
  return [...new Set(values.flatMap((value) => value.split(/[,\s]+/)).filter((tag) => tag !== ''))];
}

export function isMac(text: string): boolean {
  return /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text);
}
