/**
 * What requests say about a machine or device: place, name, addresses, architecture, power (facts/maas-api
 * 3.1, 3.2). Each reads its fields and refuses what is not valid; nothing here changes anything.
 */
import type { MaasCore } from './core.ts';
import type { Fields } from './fields.ts';
import { SeededFaker } from './hardware.ts';
import { isMac, normalMac } from './mac.ts';
import type { MachineState, NetworkInterface } from './objects.ts';
import { fieldRefusal, refusal } from './refusal.ts';

const NO_CHOICE = 'Select a valid choice. That choice is not one of the available choices.';

/** Description, domain, zone and pool, which create and update read alike. */
export function commonFields(core: MaasCore, fields: Fields): Partial<MachineState> {
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

export function architectureOf(core: MaasCore, fields: Fields, powerType: string): string {
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

export function powerParametersOf(fields: Fields): Record<string, string> {
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

export function wholeNumber(fields: Fields, name: string): number | undefined {
  const value = fields.text(name);
  if (value === '') return undefined;
  if (!/^\d{1,15}$/.test(value)) {
    throw fieldRefusal(name, 'Enter a whole number.', { wanted: name, found: [value] });
  }
  return Number(value);
}

/** @throws Refusal 400 for what is no kernel name */
export function kernelOf(fields: Fields): string | undefined {
  const kernel = fields.optional('min_hwe_kernel');
  if (!kernel || /^(hwe|ga)-/.test(kernel)) return kernel;
  throw refusal('invalid', 'min_hwe_kernel must start with "hwe-" or "ga-"', { wanted: kernel });
}
