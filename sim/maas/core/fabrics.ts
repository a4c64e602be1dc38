/** Fabrics, their VLANs, and spaces: adding, changing, removing (facts/maas-api 3.10). */
import type { MaasCore } from './core.ts';
import type { Fields } from './fields.ts';
import { modelName, NO_CHOICE, numberField, requiredField, strictFlag } from './form-fields.ts';
import { freshId } from './fresh-id.ts';
import { awake, interfacesOf, type Node, save } from './interfaces.ts';
import type { Fabric, Space, Vlan } from './objects.ts';
import { fieldRefusal, Refusal, refusal } from './refusal.ts';

const SAME_VID = 'A VLAN with the specified VID already exists in the destination fabric.';

/** Adds a fabric with its untagged VLAN. @throws Refusal 400 */
export function createFabric(core: MaasCore, fields: Fields): Fabric {
  const { fabrics, vlans } = core.network;
  const id = freshId(fabrics, 0);
  const name = fabricName(core, fields.text('name'), undefined) ?? `fabric-${id}`;
  const defaultVlanId = freshId(vlans, 5001);
  const fabric: Fabric = { id, name, classType: fields.text('class_type') || null, defaultVlanId };
  fabrics.set(id, fabric);
  vlans.set(defaultVlanId, {
    id: defaultVlanId,
    vid: 0,
    name: null,
    fabricId: id,
    mtu: 1500,
    dhcpOn: false,
    primaryRack: null,
    spaceId: null,
  });
  return fabric;
}

/** @throws Refusal 400 */
export function updateFabric(core: MaasCore, fabric: Fabric, fields: Fields): Fabric {
  const changed: Fabric = {
    ...fabric,
    name: fabricName(core, fields.text('name'), fabric) ?? fabric.name,
    classType: fields.has('class_type') ? fields.text('class_type') || null : fabric.classType,
  };
  core.network.fabrics.set(fabric.id, changed);
  core.catalogueRevision++;
  return changed;
}

function fabricName(core: MaasCore, name: string, self: Fabric | undefined): string | undefined {
  if (name === '') return undefined;
  const others = [...core.network.fabrics.values()].filter(({ id }) => id !== self?.id);
  modelName(
    name,
    'Fabric',
    others.map((other) => other.name),
  );
  const numbered = /^fabric-(\d+)$/.exec(name);
  if (numbered && Number(numbered[1]) !== self?.id) {
    throw fieldRefusal('name', 'Reserved fabric name.', { wanted: name });
  }
  return name;
}

/** @throws Refusal 400 for the default fabric and for one that is in use */
export function deleteFabric(core: MaasCore, fabric: Fabric): void {
  const { fabrics, vlans, subnets } = core.network;
  if (fabric.id === 0) {
    throw refusal('invalid', 'This fabric is the default fabric, it cannot be deleted.');
  }
  const inside = vlansOf(core, fabric);
  const ids = new Set(inside.map(({ id }) => id));
  const present = [...subnets.values()].filter(({ vlanId }) => ids.has(vlanId));
  if (present.length > 0) {
    const list = present.map(({ cidr }) => cidr).sort();
    throw refusal(
      'invalid',
      `Can't delete fabric; the following subnets are still present: ${list.join(', ')}`,
      { found: list },
    );
  }
  const connected = nodes(core).flatMap((node) =>
    interfacesOf(node)
      .filter(({ vlanId }) => vlanId !== null && ids.has(vlanId))
      .map(({ name, type }) => `${name} (${type}) on ${hostnameOf(node)}`),
  );
  if (connected.length > 0) {
    const shown = connected.slice(0, 20).join(', ');
    throw refusal(
      'invalid',
      `Can't delete fabric; the following interfaces are still connected: ${shown}`,
      { found: connected },
    );
  }
  for (const id of ids) vlans.delete(id);
  fabrics.delete(fabric.id);
  core.catalogueRevision++;
}

/** The VLANs of a fabric. */
export function vlansOf(core: MaasCore, fabric: Fabric): Vlan[] {
  return [...core.network.vlans.values()].filter(({ fabricId }) => fabricId === fabric.id);
}

/** @throws Refusal 400 */
export function createVlanInFabric(core: MaasCore, fabric: Fabric, fields: Fields): Vlan {
  const text = requiredField(fields, 'vid');
  const vid = vidOf(text);
  if (vlansOf(core, fabric).some((other) => other.vid === vid)) {
    throw fieldRefusal('__all__', SAME_VID, { wanted: text });
  }
  const vlan: Vlan = {
    id: freshId(core.network.vlans, 5001),
    vid,
    name: vlanName(fields) ?? null,
    fabricId: fabric.id,
    mtu: mtuOf(fields) ?? 1500,
    dhcpOn: false,
    primaryRack: null,
    spaceId: spaceField(core, fields) ?? null,
  };
  core.network.vlans.set(vlan.id, vlan);
  core.catalogueRevision++;
  return vlan;
}

/** @throws Refusal 400 */
export function updateVlan(core: MaasCore, vlan: Vlan, fields: Fields): Vlan {
  const { network } = core;
  const vid = fields.text('vid') === '' ? vlan.vid : vidOf(fields.text('vid'));
  const fabricId = fields.text('fabric') === '' ? vlan.fabricId : fabricField(core, fields).id;
  const moved = vid !== vlan.vid || fabricId !== vlan.fabricId;
  const clash = [...network.vlans.values()].some(
    (other) => other.id !== vlan.id && other.vid === vid && other.fabricId === fabricId,
  );
  if (moved && clash) throw fieldRefusal('__all__', SAME_VID, { wanted: String(vid) });
  const rack = (field: string, present: string | null) =>
    fields.has(field) ? rackField(core, fields, field) : present;
  const primaryRack = rack('primary_rack', vlan.primaryRack);
  const secondaryRack = rack('secondary_rack', vlan.secondaryRack ?? null);
  if (primaryRack !== null && primaryRack === secondaryRack) {
    throw fieldRefusal('secondary_rack', 'The primary and secondary rack must be different');
  }
  const dhcpOn = strictFlag(fields, 'dhcp_on') ?? vlan.dhcpOn;
  if (dhcpOn && !vlan.dhcpOn) checkDhcp(core, vlan, primaryRack);
  const space = spaceField(core, fields);
  const changed: Vlan = {
    ...vlan,
    vid,
    fabricId,
    name: vlanName(fields) ?? vlan.name,
    mtu: mtuOf(fields) ?? vlan.mtu,
    dhcpOn,
    primaryRack,
    secondaryRack,
    relayVlanId: fields.has('relay_vlan')
      ? relayField(core, vlan, fields)
      : (vlan.relayVlanId ?? null),
    spaceId: space === undefined ? vlan.spaceId : space,
  };
  network.vlans.set(vlan.id, changed);
  core.catalogueRevision++;
  return changed;
}

function checkDhcp(core: MaasCore, vlan: Vlan, primaryRack: string | null): void {
  if (primaryRack === null) {
    throw fieldRefusal(
      'dhcp_on',
      'dhcp can only be turned on when a primary rack controller is set.',
    );
  }
  const { subnets, ipRanges } = core.network;
  const dynamic = [...ipRanges.values()].some(
    ({ type, subnetId }) => type === 'dynamic' && subnets.get(subnetId)?.vlanId === vlan.id,
  );
  if (!dynamic) {
    throw fieldRefusal('dhcp_on', 'dhcp can only be turned on when a dynamic IP range is defined.');
  }
}

/**
 * Removes a VLAN. Its subnets and interfaces fall back to the fabric's default VLAN; interfaces that
 * were made for the VLAN go with it. @throws Refusal 400 for the default VLAN
 */
export function deleteVlan(core: MaasCore, vlan: Vlan): void {
  const { network } = core;
  const { defaultVlanId } = network.fabrics.get(vlan.fabricId)!;
  if (vlan.id === defaultVlanId) {
    throw refusal('invalid', 'This VLAN is the default VLAN in the fabric, it cannot be deleted.');
  }
  for (const node of nodes(core)) {
    const present = interfacesOf(node);
    if (!present.some(({ vlanId }) => vlanId === vlan.id)) continue;
    const gone = present.filter(({ vlanId, type }) => vlanId === vlan.id && type === 'vlan');
    network.release(gone.flatMap(({ links }) => links));
    const kept = present
      .filter((iface) => !gone.includes(iface))
      .map((iface) => (iface.vlanId === vlan.id ? { ...iface, vlanId: defaultVlanId } : iface));
    save(core, node, kept);
  }
  for (const subnet of network.subnets.values()) {
    if (subnet.vlanId === vlan.id) {
      network.subnets.set(subnet.id, { ...subnet, vlanId: defaultVlanId });
    }
  }
  for (const other of network.vlans.values()) {
    if (other.relayVlanId === vlan.id) network.vlans.set(other.id, { ...other, relayVlanId: null });
  }
  network.vlans.delete(vlan.id);
  core.catalogueRevision++;
}

/** @throws Refusal 400 */
export function createSpace(core: MaasCore, fields: Fields): Space {
  const { spaces } = core.network;
  const space: Space = {
    id: freshId(spaces),
    name: spaceName(core, requiredField(fields, 'name'), undefined),
    description: fields.text('description'),
  };
  spaces.set(space.id, space);
  return space;
}

/** @throws Refusal 400 */
export function updateSpace(core: MaasCore, space: Space, fields: Fields): Space {
  const name = fields.text('name') || space.name;
  const changed: Space = {
    ...space,
    name: spaceName(core, name, space.id),
    description: fields.optional('description') ?? space.description,
  };
  core.network.spaces.set(space.id, changed);
  core.catalogueRevision++;
  return changed;
}

/** Removes a space; its VLANs are in none then. */
export function deleteSpace(core: MaasCore, space: Space): void {
  const { vlans, spaces } = core.network;
  for (const vlan of vlans.values()) {
    if (vlan.spaceId === space.id) vlans.set(vlan.id, { ...vlan, spaceId: null });
  }
  spaces.delete(space.id);
  core.catalogueRevision++;
}

function spaceName(core: MaasCore, name: string, self: number | undefined): string {
  const others = [...core.network.spaces.values()].filter(({ id }) => id !== self);
  modelName(
    name,
    'Space',
    others.map((other) => other.name),
  );
  const numbered = /^space-(\d+)$/.exec(name);
  if (name === 'undefined' || (numbered && Number(numbered[1]) !== self)) {
    throw fieldRefusal('name', 'Reserved space name.', { wanted: name });
  }
  return name;
}

/** Null is no space, undefined is not asked. @throws Refusal 400 */
function spaceField(core: MaasCore, fields: Fields): number | null | undefined {
  const text = fields.optional('space');
  if (text === undefined) return undefined;
  if (text === '') return null;
  try {
    return core.network.spaceBySpecifier(text);
  } catch (error) {
    if (error instanceof Refusal) throw fieldRefusal('space', NO_CHOICE, { wanted: text });
    throw error;
  }
}

/** The fabric of a field, by id or name. @throws Refusal 400 */
export function fabricField(core: MaasCore, fields: Pick<Fields, 'text'>): Fabric {
  const text = fields.text('fabric').replace(/^(id|name|fabric):/, '');
  for (const fabric of core.network.fabrics.values()) {
    if (String(fabric.id) === text || fabric.name === text) return fabric;
  }
  throw fieldRefusal('fabric', NO_CHOICE, { wanted: text });
}

function rackField(core: MaasCore, fields: Fields, field: string): string | null {
  const text = fields.text(field);
  if (text === '') return null;
  const rack = core.rackControllers.find(
    ({ systemId, hostname }) => systemId === text || hostname === text,
  );
  if (!rack) throw fieldRefusal(field, NO_CHOICE, { wanted: text });
  return rack.systemId;
}

function relayField(core: MaasCore, vlan: Vlan, fields: Fields): number | null {
  const text = fields.text('relay_vlan');
  if (text === '') return null;
  const [relay] = core.network.vlansBySpecifier(text);
  if (!relay || relay.id === vlan.id) throw fieldRefusal('relay_vlan', NO_CHOICE, { wanted: text });
  return relay.id;
}

function vidOf(text: string): number {
  if (!/^-?\d{1,9}$/.test(text)) throw fieldRefusal('vid', 'Enter a whole number.');
  const vid = Number(text);
  if (vid < 0 || vid > 4094) {
    throw fieldRefusal('vid', 'VID must be between 0 and 4094.', { wanted: text });
  }
  return vid;
}

function mtuOf(fields: Fields): number | undefined {
  const mtu = numberField(fields, 'mtu', { min: Number.MIN_SAFE_INTEGER });
  if (mtu !== undefined && (mtu < 552 || mtu > 65535)) {
    throw fieldRefusal('mtu', 'MTU must be between 552 and 65535.', { wanted: String(mtu) });
  }
  return mtu;
}

function vlanName(fields: Fields): string | undefined {
  const name = fields.text('name');
  return name === '' ? undefined : modelName(name, 'VLAN', []);
}

/** Everything that has interfaces. */
export function nodes(core: MaasCore): Exclude<Node, { kind: 'controller' }>[] {
  return [
    ...core.machines.map((machine) => ({ kind: 'machine', machine }) as const),
    ...[...core.devices.values()].map((device) => ({ kind: 'device', device }) as const),
  ];
}

/** The interfaces without the links that are to go, up where that leaves them bare. */
export function dropLinks(
  core: MaasCore,
  node: Exclude<Node, { kind: 'controller' }>,
  goes: (link: { readonly id: number; readonly subnetId: number | null }) => boolean,
): void {
  const present = interfacesOf(node);
  if (!present.some(({ links }) => links.some(goes))) return;
  core.network.release(present.flatMap(({ links }) => links.filter(goes)));
  const kept = present.map((iface) => ({
    ...iface,
    links: iface.links.filter((link) => !goes(link)),
  }));
  save(core, node, node.kind === 'machine' ? kept.map((one) => awake(core, one, kept)) : kept);
}

/** The hostname of a machine or device. */
export function hostnameOf(node: Exclude<Node, { kind: 'controller' }>): string {
  return node.kind === 'machine' ? node.machine.state.hostname : node.device.state.hostname;
}
