/** Setting machines up as another one is (facts/maas-api 3.1, `clone`). */
import type { MaasCore } from './core.ts';
import { type Fields, formFlag } from './fields.ts';
import type { Machine, NetworkInterface, User } from './objects.ts';
import { canEdit } from './permissions.ts';
import { fieldRefusal } from './refusal.ts';
import { STATUS } from './status.ts';
import { cloneStorage } from './storage/clone.ts';

/** Copies network, storage or both onto other machines. @throws Refusal 400 with form errors */
export function clone(core: MaasCore, user: User, fields: Fields): void {
  const source = core.findMachine(fields.text('source'));
  if (fields.text('source') === '') throw fieldRefusal('source', 'This field is required.');
  if (!source || !canEdit(user, source.state)) {
    throw fieldRefusal(
      'source',
      `Select a valid choice. ${fields.text('source')} is not one of the available choices.`,
      { wanted: fields.text('source') },
    );
  }
  const ids = fields.all('destinations').flatMap((value) => value.split(','));
  const named = [...new Set(ids.filter((id) => id !== ''))];
  if (named.length === 0) throw fieldRefusal('destinations', 'This field is required.');
  const targets = named.map((id) => targetOf(core, user, source, id));
  const network = formFlag(fields, 'interfaces', false);
  const storage = formFlag(fields, 'storage', false);
  if (!network && !storage) {
    throw fieldRefusal('__all__', 'Either storage or interfaces must be included.');
  }
  const complaints = targets.flatMap((target) => [
    ...(storage ? storageComplaint(source, target) : []),
    ...(network ? networkComplaint(source, target) : []),
  ]);
  if (complaints.length > 0) throw fieldRefusal('__all__', complaints);
  for (const target of targets) {
    if (network) cloneNetwork(core, source, target);
    if (storage) cloneStorage(core, source, target);
  }
}

function targetOf(core: MaasCore, user: User, source: Machine, id: string): Machine {
  const target = core.findMachine(id);
  if (target === source) {
    throw fieldRefusal('destinations', `Source machine ${id} cannot be a destination machine.`, {
      wanted: id,
    });
  }
  const { status } = target?.state ?? { status: undefined };
  const ready = status === STATUS.READY || status === STATUS.FAILED_TESTING;
  if (!target || !canEdit(user, target.state) || !ready) {
    throw fieldRefusal(
      'destinations',
      `Machine 1 is invalid: Select a valid choice. ${id} is not one of the available choices.`,
      { wanted: id },
    );
  }
  return target;
}

/** Each disk of the source needs one as large, in the same order. */
function storageComplaint(source: Machine, target: Machine): string[] {
  const enough = source.state.blockDevices.every(
    (disk, i) => (target.state.blockDevices[i]?.size ?? -1) >= disk.size,
  );
  return enough
    ? []
    : [`${target.state.hostname} is invalid: destination disks do not match the source's.`];
}

const isPhysical = ({ type }: NetworkInterface) => type === 'physical';

function networkComplaint(source: Machine, target: Machine): string[] {
  const names = new Set(target.state.interfaces.filter(isPhysical).map(({ name }) => name));
  const missing = source.state.interfaces.filter((i) => isPhysical(i) && !names.has(i.name));
  return missing.length === 0
    ? []
    : [
        `${target.state.hostname} is invalid: destination node physical interfaces do not match the source nodes physical interfaces: ${missing.map(({ name }) => name).join(', ')}`,
      ];
}

/** Physical ports keep what they are and get the other's place; what stands on them is made anew. */
function cloneNetwork(core: MaasCore, source: Machine, target: Machine): void {
  const present = target.state.interfaces;
  core.network.release(present.flatMap(({ links }) => links));
  const idOf = new Map<number, number>();
  for (const iface of source.state.interfaces) {
    const twin = present.find((own) => isPhysical(own) && own.name === iface.name);
    idOf.set(iface.id, isPhysical(iface) && twin ? twin.id : core.newInterfaceId());
  }
  const made = source.state.interfaces.map((iface): NetworkInterface => {
    const twin = present.find(({ id }) => id === idOf.get(iface.id));
    const parents = iface.parents.map((id) => idOf.get(id)!);
    const below = present.find(({ id }) => id === parents[0]);
    const mac = twin?.mac ?? below?.mac ?? iface.mac;
    // Addresses are nobody else's: a fixed one of the source becomes one that MAAS picks.
    const links = iface.links.map(({ mode, subnetId }) =>
      core.network.newLink({ mode: mode === 'static' ? 'auto' : mode, subnetId, ip: null }),
    );
    const { enabled, vlanId, params } = iface;
    return twin
      ? { ...twin, enabled, vlanId, params, links }
      : { ...iface, id: idOf.get(iface.id)!, mac, parents, links };
  });
  const extra = present.filter((i) => isPhysical(i) && !made.some(({ id }) => id === i.id));
  core.change(target, { interfaces: [...made, ...extra] });
}
