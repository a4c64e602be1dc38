/**
 * The sorts of constraints that machines are chosen by: each makes, of the values that a client sent,
 * a test that is asked of every machine (facts/maas-api 5.2). What is unknown or malformed is refused
 * while it is made.
 */
import type { MaasCore } from './core.ts';
import type { Machine, MachineState, VmHost } from './objects.ts';
import { PCI_FIELDS, type PciDevice, pciDevices } from './pci-devices.ts';
import { pyFloat, pyString } from './python.ts';
import { fieldRefusal } from './refusal.ts';
import { SIMPLE_STATUSES, STATUS_BY_FILTER_NAME, simpleStatusOf } from './status.ts';

export interface Constraint {
  readonly name: string;
  /** As in "resolved to", e.g. `zone=az1`. */
  readonly resolved: string;
  readonly test: (machine: Machine) => boolean;
}

/** Undefined is no constraint at all. */
export type Make = (
  core: MaasCore,
  values: readonly string[],
  name: string,
) => Constraint | undefined;

export function constraint(
  name: string,
  values: readonly (string | number)[],
  test: Constraint['test'],
): Constraint {
  return { name, resolved: `${name}=${values.join(',')}`, test };
}

export function anyOf(matches: (machine: Machine, value: string) => boolean): Make {
  return (_, values, name) =>
    constraint(name, values, (machine) => values.some((value) => matches(machine, value)));
}

export function noneOf(matches: (machine: Machine, value: string) => boolean): Make {
  return (_, values, name) =>
    constraint(name, values, (machine) => !values.some((value) => matches(machine, value)));
}

export function atLeast(get: (state: MachineState) => number, complaint: string): Make {
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

export function architecture(negative: boolean): Make {
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

export function allTags(
  core: MaasCore,
  values: readonly string[],
  name: string,
): Constraint | undefined {
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

export function named(
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

export function subnets(negative: boolean): Make {
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

export function vlans(negative: boolean): Make {
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

export function fabrics(
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

export function status(negative: boolean): Make {
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

export function simpleStatus(negative: boolean): Make {
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

export function pciDevice(_: MaasCore, values: readonly string[], name: string): Constraint {
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

export function owner(negative: boolean): Make {
  return (core, values, name) => {
    const unknown = values.find((value) => !core.accounts.users.has(value));
    if (unknown !== undefined) {
      throw fieldRefusal(name, `No such owner: ${pyString(unknown)}.`, { wanted: unknown });
    }
    return constraint(name, values, ({ state }) => values.includes(state.owner ?? '') !== negative);
  };
}

export function vmHosts(negative: boolean, label: (host: VmHost) => string): Make {
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

export function target(machine: Machine): string {
  return machine.state.ephemeralDeploy ? 'memory' : 'disk';
}

function words(values: readonly string[]): string[] {
  return [...new Set(values.flatMap((value) => value.split(/[,\s]+/)).filter((tag) => tag !== ''))];
}
