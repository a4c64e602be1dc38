/**
 * Interfaces that are built on others: bonds, bridges and VLANs (facts/maas-api 3.5, 9.4). A bond or
 * bridge takes its parents off their subnets and onto its own VLAN; a bridge made on an allocated
 * machine takes its parent's addresses over and goes with the owner.
 */
import { bridgeName } from './acquired-bridges.ts';
import type { MaasCore } from './core.ts';
import type { Fields } from './fields.ts';
import { choiceField, numberField, strictFlag } from './form-fields.ts';
import { commonParams, macField, nameField, tagsField, vlanField } from './interface-fields.ts';
import {
  awake,
  childrenOf,
  interfacesOf,
  linksAfter,
  linkUp,
  type MachineNode,
  save,
  saveWithMac,
} from './interfaces.ts';
import { normalMac } from './mac.ts';
import type { NetworkInterface, Vlan } from './objects.ts';
import { fieldRefusal } from './refusal.ts';
import { STATUS } from './status.ts';

type StackedType = 'bond' | 'bridge' | 'vlan';

const BOND_CHOICES = {
  bond_mode: [
    'balance-rr',
    'active-backup',
    'balance-xor',
    'broadcast',
    '802.3ad',
    'balance-tlb',
    'balance-alb',
  ],
  bond_lacp_rate: ['fast', 'slow'],
  bond_xmit_hash_policy: ['layer2', 'layer2+3', 'layer3+4', 'encap2+3', 'encap3+4'],
} as const;

const BOND_NUMBERS = {
  bond_miimon: { absent: 100 },
  bond_downdelay: { absent: 0 },
  bond_updelay: { absent: 0 },
  bond_num_grat_arp: { absent: 1, max: 255 },
} as const;

const BRIDGE_TYPES = ['standard', 'ovs'];

/** Makes a bond. @throws Refusal 400 with form errors */
export function createBond(core: MaasCore, node: MachineNode, fields: Fields): NetworkInterface {
  const name = fields.text('name');
  if (name === '') throw fieldRefusal('name', 'This field is required.');
  return create(core, node, 'bond', name, fields);
}

/** Makes a bridge. @throws Refusal 400 with form errors */
export function createBridge(core: MaasCore, node: MachineNode, fields: Fields): NetworkInterface {
  return create(core, node, 'bridge', fields.text('name'), fields);
}

/** Makes a VLAN interface. @throws Refusal 400 with form errors */
export function createVlan(core: MaasCore, node: MachineNode, fields: Fields): NetworkInterface {
  return create(core, node, 'vlan', fields.text('name'), fields);
}

function create(
  core: MaasCore,
  node: MachineNode,
  type: StackedType,
  wantedName: string,
  fields: Fields,
): NetworkInterface {
  const parents = parentsField(node, type, fields, undefined) ?? [];
  checkParents(node, type, parents, undefined);
  const first = parents[0]!;
  const vlan = vlanOf(core, type, fields, parents, first.vlanId);
  const name = nameField(core, node, wantedName || defaultName(type, first, vlan));
  const params = { ...ownParams(type, fields, undefined), ...commonParams(fields) };
  const given = type === 'vlan' ? '' : fields.text('mac_address');
  const siblings = interfacesOf(node);
  const related = parents.map(({ id }) => id);
  const mac = given && normalMac(given) !== first.mac ? macField(core, given, related) : first.mac;
  const acquired = type === 'bridge' && node.machine.state.status === STATUS.ALLOCATED;
  const links =
    acquired && first.links.length > 0 ? first.links : vlan === null ? [] : [linkUp(core)];
  const made: NetworkInterface = {
    id: core.newInterfaceId(),
    name,
    type,
    mac,
    enabled: true,
    tags: tagsField(fields) ?? [],
    vlanId: vlan?.id ?? null,
    links,
    parents: related,
    params,
    vendor: null,
    product: null,
    firmwareVersion: null,
    linkConnected: true,
    interfaceSpeed: 0,
    linkSpeed: 0,
    numaNode: null,
    ...(acquired ? { acquired: true as const } : {}),
  };
  const below = type === 'vlan' ? siblings : covered(core, siblings, made);
  save(core, node, [...below, made]);
  return made;
}

/** Changes a bond, bridge or VLAN interface. @throws Refusal 400 with form errors */
export function updateStacked(
  core: MaasCore,
  node: MachineNode,
  iface: NetworkInterface,
  fields: Fields,
): NetworkInterface {
  const type = iface.type as StackedType;
  const siblings = interfacesOf(node);
  if (node.machine.state.status === STATUS.DEPLOYED) {
    const name = nameField(core, node, fields.text('name') || iface.name, iface.id);
    return saveWithMac(core, node, iface, { ...iface, name });
  }
  const present = iface.parents.map((id) => siblings.find((other) => other.id === id)!);
  const parents = parentsField(node, type, fields, iface) ?? present;
  checkParents(node, type, parents, iface);
  const first = parents[0]!;
  const vlan = vlanOf(core, type, fields, parents, iface.vlanId);
  const name = nameField(core, node, fields.text('name') || iface.name, iface.id);
  const params = {
    ...iface.params,
    ...ownParams(type, fields, iface.params),
    ...commonParams(fields),
  };
  const related = [...parents.map(({ id }) => id), iface.id];
  const given = fields.text('mac_address');
  let mac = iface.mac;
  if (type === 'vlan') mac = first.mac;
  else if (given) mac = macField(core, given, related);
  const vlanId = vlan?.id ?? null;
  const changed: NetworkInterface = {
    ...iface,
    name,
    mac,
    params,
    vlanId,
    parents: parents.map(({ id }) => id),
    tags: tagsField(fields) ?? iface.tags,
    links: linksAfter(core, node, iface, { vlanId, enabled: iface.enabled }),
  };
  saveWithMac(core, node, iface, changed);
  if (type !== 'vlan') {
    const below = covered(core, interfacesOf(node), changed);
    // Former parents stand alone again.
    const freed = below.map((other) =>
      iface.parents.includes(other.id) ? awake(core, other, below) : other,
    );
    save(core, node, freed);
  }
  return changed;
}

/** The interfaces, those below a bond or bridge without links and on its VLAN. */
function covered(
  core: MaasCore,
  siblings: readonly NetworkInterface[],
  over: NetworkInterface,
): NetworkInterface[] {
  return siblings.map((other) => {
    if (!over.parents.includes(other.id)) return other;
    core.network.release(other.links.filter((link) => !over.links.includes(link)));
    return { ...other, links: [], vlanId: over.vlanId };
  });
}

/** The parents that a request names, or undefined when it names none. @throws Refusal 400 */
function parentsField(
  node: MachineNode,
  type: StackedType,
  fields: Fields,
  self: NetworkInterface | undefined,
): NetworkInterface[] | undefined {
  const named = fields.all('parents').filter((text) => text !== '');
  // Some clients name the one parent of a bridge or VLAN so (facts/maas-api 0.21).
  if (type !== 'bond' && named.length === 0 && fields.text('parent') !== '') {
    named.push(fields.text('parent'));
  }
  if (named.length === 0) return undefined;
  const siblings = interfacesOf(node);
  const above = self ? descendants(siblings, self) : new Set<number>();
  const parents = named.map((text) => {
    if (!/^\d{1,9}$/.test(text)) {
      throw fieldRefusal('parents', `“${text}” is not a valid value.`, { wanted: text });
    }
    const parent = siblings.find(({ id }) => id === Number(text));
    if (!parent || parent.id === self?.id || above.has(parent.id)) {
      throw fieldRefusal(
        'parents',
        `Select a valid choice. ${text} is not one of the available choices.`,
        { wanted: text, found: siblings.map(({ id }) => String(id)) },
      );
    }
    return parent;
  });
  return [...new Set(parents)].sort((a, b) => a.id - b.id);
}

/** Ids of all that is built on the interface, however far above. */
function descendants(siblings: readonly NetworkInterface[], iface: NetworkInterface): Set<number> {
  const found = new Set<number>();
  const visit = (one: NetworkInterface) => {
    for (const child of childrenOf(siblings, one)) {
      if (found.has(child.id)) continue;
      found.add(child.id);
      visit(child);
    }
  };
  visit(iface);
  return found;
}

function checkParents(
  node: MachineNode,
  type: StackedType,
  parents: readonly NetworkInterface[],
  self: NetworkInterface | undefined,
): void {
  const siblings = interfacesOf(node);
  const wrong = (message: string) => fieldRefusal('parents', message);
  const over = (parent: NetworkInterface) =>
    childrenOf(siblings, parent).filter(({ id }) => id !== self?.id);
  if (type === 'bond') {
    if (parents.length === 0) throw wrong('A bond interface must have one or more parents.');
    const used = parents.filter((parent) => over(parent).length > 0).map(({ name }) => name);
    if (used.length > 0) throw wrong(`Interfaces already in-use: ${used.sort().join(', ')}.`);
    if (new Set(parents.map(({ vlanId }) => vlanId)).size > 1) {
      throw wrong('All parents must belong to the same VLAN.');
    }
    return;
  }
  const kind = type === 'bridge' ? 'bridge' : 'VLAN';
  if (parents.length !== 1) throw wrong(`A ${kind} interface must have exactly one parent.`);
  const parent = parents[0]!;
  if (parent.type === type) {
    throw wrong(`A ${kind} interface can't have another ${kind} interface as parent.`);
  }
  const blocking = type === 'bridge' ? ['bond', 'bridge'] : ['bond'];
  if (over(parent).some((child) => blocking.includes(child.type))) {
    throw wrong(
      type === 'bridge'
        ? "A bridge interface can't have a parent that is already in a bond or a bridge."
        : "A VLAN interface can't have a parent that is already in a bond.",
    );
  }
}

/** The VLAN that an interface is to be on; null is none. @throws Refusal 400 */
function vlanOf(
  core: MaasCore,
  type: StackedType,
  fields: Fields,
  parents: readonly NetworkInterface[],
  absent: number | null,
): Vlan | null {
  const named = vlanField(core, fields.optional('vlan'));
  const inherited = absent === null ? undefined : core.network.vlans.get(absent);
  if (type !== 'vlan') return named ?? inherited ?? null;
  const vlan = fields.text('vlan') === '' && fields.has('vlan') ? undefined : (named ?? inherited);
  if (!vlan) throw fieldRefusal('vlan', 'A VLAN interface must be connected to a tagged VLAN.');
  if (vlan.vid === 0) {
    throw fieldRefusal('vlan', 'A VLAN interface can only belong to a tagged VLAN.', {
      wanted: String(vlan.id),
    });
  }
  const below = parents[0]!.vlanId;
  const fabric = below === null ? undefined : core.network.vlans.get(below)?.fabricId;
  if (fabric !== undefined && vlan.fabricId !== fabric) {
    throw fieldRefusal(
      'vlan',
      'A VLAN interface can only belong to a tagged VLAN on the same fabric as its parent interface.',
      { wanted: String(vlan.id) },
    );
  }
  return vlan;
}

function defaultName(type: StackedType, parent: NetworkInterface, vlan: Vlan | null): string {
  if (type === 'bridge') return bridgeName(parent.name);
  const name = `${parent.name}.${vlan!.vid}`;
  return name.length <= 15 ? name : `vlan${vlan!.vid}`;
}

/** What only a bond or a bridge has; absent parameters are filled in when it is new. */
function ownParams(
  type: StackedType,
  fields: Fields,
  present: Readonly<Record<string, unknown>> | undefined,
): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  const set = (name: string, sent: unknown, absent: unknown) => {
    if (sent !== undefined) params[name] = sent;
    else if (present?.[name] === undefined) params[name] = absent;
  };
  if (type === 'bond') {
    for (const [name, choices] of Object.entries(BOND_CHOICES)) {
      set(name, choiceField(fields, name, choices), choices[0]);
    }
    for (const [name, { absent, ...bounds }] of Object.entries(BOND_NUMBERS)) {
      set(name, numberField(fields, name, bounds), absent);
    }
  }
  if (type === 'bridge') {
    set('bridge_type', choiceField(fields, 'bridge_type', BRIDGE_TYPES), 'standard');
    set('bridge_stp', strictFlag(fields, 'bridge_stp'), false);
    set('bridge_fd', numberField(fields, 'bridge_fd'), 15);
  }
  return params;
}
