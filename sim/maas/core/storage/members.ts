/** Choosing what a group is made of (facts/maas-api 3.6, 9.2). */
import type { MaasCore } from '../core.ts';
import type { Fields } from '../fields.ts';
import { fieldRefusal } from '../refusal.ts';
import { uuid } from '../uuid.ts';
import { filesystemOf, isFree, type Storage, type Target } from './editor.ts';

/** Values of a list field, one each or several with commas. */
function values(fields: Fields, name: string): string[] {
  const all = fields.all(name).flatMap((text) => text.split(','));
  return [...new Set(all.map((one) => one.trim()).filter((one) => one !== ''))];
}

/** Free block devices that a field names, by id or name. @throws Refusal 400 */
export function freeDevices(storage: Storage, fields: Fields, name: string): Target[] {
  return values(fields, name).map((text) => {
    const device = storage.findDevice(text);
    if (!device || !isFree({ device })) throw noChoice(storage, name, text);
    return { device };
  });
}

/** Free partitions that a field names, by id or as `sda-part1`. @throws Refusal 400 */
export function freePartitions(storage: Storage, fields: Fields, name: string): Target[] {
  return values(fields, name).map((text) => {
    const target = storage.findPartition(text);
    if (!target || !isFree(target)) throw noChoice(storage, name, text);
    return target;
  });
}

/** Members that a field names, to be taken out. @throws Refusal 400 */
export function chosenMembers(
  storage: Storage,
  fields: Fields,
  name: string,
  members: readonly Target[],
): Target[] {
  return values(fields, name).map((text) => {
    const found = members.find(({ device, partition }) =>
      partition
        ? storage.findPartition(text)?.partition.id === partition.id
        : storage.findDevice(text)?.id === device.id,
    );
    if (!found) throw noChoice(storage, name, text);
    return found;
  });
}

function noChoice(storage: Storage, name: string, text: string) {
  return fieldRefusal(name, `Select a valid choice. ${text} is not one of the available choices.`, {
    wanted: text,
    found: storage
      .targets()
      .filter(isFree)
      .map(({ device, partition }) =>
        partition ? `${storage.nameOf(device)}-part${partition.index}` : storage.nameOf(device),
      ),
  });
}

/**
 * Makes the target a member of a group. Of the boot disk, which must stay bootable, one partition over
 * the whole of it becomes the member instead.
 */
export function join(
  core: MaasCore,
  storage: Storage,
  target: Target,
  group: number,
  fstype: string,
): void {
  const whole = !target.partition && storage.bootDisk?.id === target.device.id;
  const { device } = target;
  const member = whole
    ? storage.addPartition(
        core,
        device,
        storage.available({ ...storage.present(device), tableType: 'GPT' }),
      )
    : target;
  storage.setFilesystem(member, {
    fstype,
    uuid: uuid(core.stream('maas.storage')),
    label: null,
    mountPoint: null,
    mountOptions: null,
    group,
  });
}

/** Takes members out of their group. */
export function leave(storage: Storage, members: readonly Target[]): void {
  for (const member of members) storage.setFilesystem(member, null);
}

export function isSpare(target: Target): boolean {
  return filesystemOf(target)?.fstype === 'raid-spare';
}
