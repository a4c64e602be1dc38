/**
 * The `interfaces` constraint of allocate: `label:key=value[,key=value][;label2:…]` (facts/maas-api
 * 5.4). Different keys of a label hold on one interface together; the same key twice is any-of, a
 * repeated `not_` key none-of. Every label must match at least one interface of the machine.
 */
import type { MaasCore } from './core.ts';
import type { MachineState, NetworkInterface } from './objects.ts';
import { fieldRefusal, refusal } from './refusal.ts';

const NEGATABLE = new Set([
  'id',
  'fabric',
  'fabric_class',
  'ip',
  'name',
  'hostname',
  'subnet',
  'space',
  'subnet_cidr',
  'type',
  'vlan',
  'vid',
  'tag',
]);

type Test = (iface: NetworkInterface, state: MachineState) => boolean;

export interface InterfaceLabel {
  readonly label: string;
  readonly tests: readonly Test[];
}

/** Parses and resolves. @throws Refusal 400 for bad texts, 404 for a space that does not exist */
export function parseInterfaces(core: MaasCore, text: string): InterfaceLabel[] {
  const labels = new Map<string, InterfaceLabel>();
  for (const part of text.split(';')) {
    const [, label, list] = /^([a-zA-Z0-9]+[a-zA-Z0-9_-]*):(.+)$/s.exec(part) ?? [];
    if (label === undefined || list === undefined) throw malformed(part);
    if (labels.has(label)) {
      throw bad(`Constraint label defined more than once: '${label}'`, text);
    }
    const values = new Map<string, string[]>();
    for (const pair of list.split(',')) {
      const [, key, value] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
      if (key === undefined || value === undefined) throw malformed(part);
      values.set(key, [...(values.get(key) ?? []), value]);
    }
    labels.set(label, {
      label,
      tests: [...values].map(([key, list]) => keyTest(core, key, list, text)),
    });
  }
  return [...labels.values()];
}

/** Ids of the matching interfaces by label, or undefined when a label matches none. */
export function matchInterfaces(
  labels: readonly InterfaceLabel[],
  state: MachineState,
): Readonly<Record<string, readonly number[]>> | undefined {
  const matches: [string, number[]][] = [];
  for (const { label, tests } of labels) {
    const ids = state.interfaces
      .filter((iface) => tests.every((test) => test(iface, state)))
      .map((iface) => iface.id);
    if (ids.length === 0) return undefined;
    matches.push([label, ids]);
  }
  return Object.fromEntries(matches);
}

function keyTest(core: MaasCore, key: string, values: readonly string[], text: string): Test {
  if (key === 'mode') {
    if (values.some((value) => value !== 'unconfigured')) {
      throw refusal('invalid', "The only valid value for 'mode' is 'unconfigured'.", {
        wanted: text,
      });
    }
    return (iface) => iface.links.every((link) => link.subnetId === null);
  }
  if (key === 'link_speed') {
    const least = Math.min(...values.map(Number));
    return (iface) => iface.linkSpeed >= least;
  }
  const negative = key.startsWith('not_');
  const name = negative ? key.slice(4) : key;
  if (!NEGATABLE.has(name)) throw bad(`Unknown interfaces constraint: '${key}`, text);
  const tests = values.map((value) => valueTest(core, name, value));
  return (iface, state) => tests.some((test) => test(iface, state)) !== negative;
}

function valueTest(core: MaasCore, key: string, value: string): Test {
  const { network } = core;
  const onSubnets = (ids: ReadonlySet<number>): Test => {
    return (iface) => iface.links.some((link) => link.subnetId !== null && ids.has(link.subnetId));
  };
  const onVlans = (ids: ReadonlySet<number>): Test => {
    return (iface) => iface.vlanId !== null && ids.has(iface.vlanId);
  };
  switch (key) {
    case 'id':
      return (iface) => String(iface.id) === value;
    case 'name':
      return (iface) => iface.name === value;
    case 'hostname':
      return (_, state) => state.hostname === value;
    case 'type':
      return (iface) => iface.type === value;
    case 'tag': {
      const tags = value.split('&&');
      return (iface) => tags.every((tag) => iface.tags.includes(tag));
    }
    case 'ip':
      return (iface) => iface.links.some((link) => link.ip === value);
    case 'space': {
      const space = network.spaceBySpecifier(value);
      return (iface) => iface.vlanId !== null && network.vlans.get(iface.vlanId)?.spaceId === space;
    }
    case 'subnet':
      return onSubnets(new Set(network.subnetsBySpecifier(value).map((subnet) => subnet.id)));
    case 'subnet_cidr':
      return onSubnets(new Set(network.subnetsBySpecifier(`cidr:${value}`).map((s) => s.id)));
    case 'vlan':
    case 'vid':
    case 'fabric': {
      const specifier = key === 'vlan' ? value : `${key}:${value}`;
      return onVlans(new Set(network.vlansBySpecifier(specifier).map((vlan) => vlan.id)));
    }
    default: {
      // fabric_class
      const ids = [...network.vlans.values()]
        .filter((vlan) => network.fabrics.get(vlan.fabricId)?.classType === value)
        .map((vlan) => vlan.id);
      return onVlans(new Set(ids));
    }
  }
}

function malformed(part: string) {
  return bad(
    `Malformed constraint: '${part}' (required format: '<label>:<key>=<value>[,<key2>=<value2>[,...]]')`,
    part,
  );
}

function bad(message: string, text: string) {
  return fieldRefusal('interfaces', message, {
    code: 'maas-constraint-malformed',
    operation: 'allocate a machine',
    wanted: text,
  });
}
