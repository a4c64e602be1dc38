import { beforeEach, describe, expect, test } from 'vitest';
import type { Machine } from '../core/objects.ts';
import { STATUS } from '../core/status.ts';
import { ask, type Bench, bench } from '../testing.ts';

type Form = Readonly<Record<string, string | readonly string[]>>;
interface Fs {
  readonly fstype: string;
  readonly mount_point: string | null;
}
interface Part {
  readonly id: number;
  readonly size: number;
  readonly path: string;
  readonly used_for: string;
  readonly filesystem: Fs | null;
}
interface Disk extends Part {
  readonly name: string;
  readonly type: string;
  readonly available_size: number;
  readonly used_size: number;
  readonly partitions: Part[];
}
interface Group {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly resource_uri: string;
  readonly devices: Disk[];
  readonly virtual_device: Disk;
}

const MIB = 1024 * 1024;
let maas: Bench;
let machine: Machine;
let sid: string;

beforeEach(async () => {
  maas = bench();
  machine = maas.core.machines[0]!;
  sid = machine.systemId;
  for (const name of ['sdx', 'sdy', 'sdz']) {
    await ok('POST blockdevices/', {
      name,
      size: '100G',
      block_size: '512',
      model: 'Test',
      serial: `S-${name}`,
      tags: 'ssd',
    });
  }
});

const send = (line: string, form?: Form) => {
  const [method, path] = line.split(' ');
  return ask(maas, `${method} nodes/${sid}/${path}`, form);
};

async function ok<T = Disk>(line: string, form?: Form): Promise<T> {
  const answer = await send(line, form);
  expect([line, answer.status, answer.status === 200 ? '' : answer.text]).toEqual([line, 200, '']);
  return (answer.text === 'OK' ? undefined : answer.json) as T;
}

const layout = (name: string, form: Form = {}) =>
  ask(maas, `POST machines/${sid}/?op=set_storage_layout`, { storage_layout: name, ...form });

const disk = (name: string) => ok(`GET blockdevices/${name}/`);

describe('partitions and filesystems', () => {
  test('a partition is aligned, and the disk knows what is left', async () => {
    const part = await ok<Part>('POST blockdevices/sdx/partitions/', { size: '10G' });
    expect(part.size).toBe(Math.floor(10e9 / (4 * MIB)) * 4 * MIB);
    expect(part.path).toBe('/dev/disk/by-dname/sdx-part1');
    const rest = await ok<Part>('POST blockdevices/sdx/partitions/', {});
    const after = await disk('sdx');
    expect(after).toMatchObject({
      available_size: 0,
      used_for: 'GPT partitioned with 2 partitions',
      partition_table_type: 'GPT',
    });
    expect(part.size + rest.size).toBeLessThanOrEqual(100e9 - 5 * MIB);
    expect(part.size + rest.size).toBeGreaterThan(100e9 - 13 * MIB);
    const full = await send('POST blockdevices/sdx/partitions/', {});
    expect([full.status, full.json]).toEqual([
      400,
      { size: ['Partition cannot be saved; not enough free space on the block device.'] },
    ]);
    // Those after a removed one move up, and keep their ids.
    await send(`DELETE blockdevices/sdx/partition/${part.id}`);
    expect((await disk('sdx')).partitions).toMatchObject([
      { id: rest.id, path: '/dev/disk/by-dname/sdx-part1' },
    ]);
  });

  test('format, mount, unmount, unformat', async () => {
    const formatted = await ok('POST blockdevices/sdx/?op=format', {
      fstype: 'ext4',
      label: 'data',
    });
    expect(formatted).toMatchObject({
      filesystem: { fstype: 'ext4', label: 'data', mount_point: null },
      used_for: 'Unmounted ext4 formatted filesystem',
      available_size: 0,
      used_size: 100e9,
    });
    const form = { mount_point: '/srv', mount_options: 'noatime' };
    expect(await ok('POST blockdevices/sdx/?op=mount', form)).toMatchObject({
      filesystem: { mount_point: '/srv', mount_options: 'noatime' },
      used_for: 'ext4 formatted filesystem mounted at /srv',
    });
    const mounted = await send('POST blockdevices/sdx/?op=unformat');
    expect([mounted.status, mounted.text]).toEqual([
      400,
      'Filesystem is mounted and cannot be unformatted. Unmount the filesystem before unformatting the block device.',
    ]);
    await ok('POST blockdevices/sdy/?op=format', { fstype: 'xfs' });
    const twice = await send('POST blockdevices/sdy/?op=mount', { mount_point: '/srv' });
    expect(twice.json).toEqual({ __all__: ['Another filesystem is already mounted at /srv.'] });
    await ok('POST blockdevices/sdx/?op=unmount');
    expect((await send('POST blockdevices/sdx/?op=unmount')).text).toBe(
      'Filesystem is already unmounted.',
    );
    expect(await ok('POST blockdevices/sdx/?op=unformat')).toMatchObject({ filesystem: null });
    expect((await send('POST blockdevices/sdx/?op=unformat')).text).toBe(
      'Block device is not formatted.',
    );
  });

  test('swap is mounted at none', async () => {
    await ok('POST blockdevices/sdx/?op=format', { fstype: 'swap' });
    expect(await ok('POST blockdevices/sdx/?op=mount', {})).toMatchObject({
      filesystem: { mount_point: 'none' },
    });
  });

  test('what the owner of an allocated machine changes is undone by the release', async () => {
    const before = JSON.stringify(machine.state.blockDevices);
    const { apiKey } = maas.addUser('eve');
    const path = `nodes/${sid}/blockdevices/sdx/?op=format`;
    const early = await ask(maas, `POST ${path}`, { fstype: 'ext4' }, { apiKey });
    expect([early.status, early.text]).toEqual([
      403,
      "Cannot format block device because you don't have the permissions on a Ready machine.",
    ]);
    await ask(maas, 'POST machines/?op=allocate', { system_id: sid }, { apiKey });
    expect((await ask(maas, `POST ${path}`, { fstype: 'ext4' }, { apiKey })).status).toBe(200);
    expect(JSON.stringify(machine.state.blockDevices)).not.toBe(before);
    await ask(maas, `POST machines/${sid}/?op=release`, {}, { apiKey });
    expect(machine.state.status).toBe(STATUS.READY);
    expect(JSON.stringify(machine.state.blockDevices)).toBe(before);
  });

  test('special filesystems need no device', async () => {
    const op = (name: string, form: Form) => ask(maas, `POST machines/${sid}/?op=${name}`, form);
    const mounted = await op('mount_special', { fstype: 'tmpfs', mount_point: '/run/x' });
    expect(mounted.json).toMatchObject({
      special_filesystems: [{ fstype: 'tmpfs', mount_point: '/run/x' }],
    });
    expect((await op('unmount_special', { mount_point: '/run/x' })).json).toMatchObject({
      special_filesystems: [],
    });
    expect((await op('unmount_special', { mount_point: '/run/x' })).status).toBe(400);
  });
});

describe('volume groups', () => {
  test('hold logical volumes until they are full', async () => {
    const group = await ok<Group>('POST volume-groups/', {
      name: 'vg0',
      block_devices: ['sdx', 'sdy'],
    });
    const extents = Math.floor(200e9 / (4 * MIB)) - 2;
    expect(group).toMatchObject({
      size: extents * 4 * MIB,
      available_size: extents * 4 * MIB,
      human_size: '200.0 GB',
      used_size: 0,
    });
    expect(group.devices.map((one) => one.used_for)).toEqual([
      'LVM volume for vg0',
      'LVM volume for vg0',
    ]);
    const one = `volume-group/${group.id}/`;
    const volume = await ok(`POST ${one}?op=create_logical_volume`, { name: 'lv', size: '150G' });
    expect(volume).toMatchObject({ name: 'vg0-lv', type: 'virtual', block_size: 4096 });
    const more = await send(`POST ${one}?op=create_logical_volume`, { name: 'b', size: '100G' });
    expect(more.json).toEqual({
      size: [
        expect.stringMatching(/^There is not enough free space \(50\.0 GB\) on volume group vg0/),
      ],
    });
    const full = await send(`DELETE ${one}`);
    expect([full.status, full.text]).toEqual([
      400,
      'This volume group has logical volumes; it cannot be deleted.',
    ]);
    const shrink = await send(`PUT ${one}`, { remove_block_devices: 'sdy' });
    expect(shrink.json).toEqual({
      __all__: ['Volume group cannot be smaller than its logical volumes.'],
    });
    expect((await ask(maas, `GET machines/${sid}/`)).json).toMatchObject({
      volume_groups: [{ system_id: sid, id: group.id, __incomplete__: true }],
      virtualblockdevice_set: [{ name: 'vg0-lv' }],
    });
    const gone = await send(`POST ${one}?op=delete_logical_volume`, { id: String(volume.id) });
    expect(gone.status).toBe(204);
    expect((await send(`DELETE ${one}`)).status).toBe(204);
    expect(await disk('sdx')).toMatchObject({ used_for: 'Unused', available_size: alignedDisk });
  });

  test('the boot disk joins by a partition over all of it', async () => {
    expect((await layout('blank')).status).toBe(200);
    const boot = machine.state.blockDevices[0]!;
    const group = await ok<Group>('POST volume-groups/', {
      name: 'vg0',
      block_devices: String(boot.id),
    });
    expect(group.devices).toMatchObject([{ type: 'partition', device_id: boot.id }]);
  });
});

const alignedDisk = Math.floor(100e9 / (4 * MIB)) * 4 * MIB;

describe('RAID, bcache and datastores', () => {
  test('an array has a device of its own that can be used like any', async () => {
    const raid = await ok<Group>('POST raids/', {
      level: 'raid-1',
      block_devices: ['sdx', 'sdy'],
      spare_devices: 'sdz',
    });
    expect(raid).toMatchObject({
      name: 'md0',
      level: 'raid-1',
      size: 100e9 - 128 * 1024,
      devices: [{ name: 'sdx', used_for: 'Active raid-1 device for md0' }, { name: 'sdy' }],
      spare_devices: [{ name: 'sdz', used_for: 'Spare raid-1 device for md0' }],
      virtual_device: {
        name: 'md0',
        type: 'virtual',
        block_size: 512,
        path: '/dev/disk/by-dname/md0',
      },
    });
    await ok('POST blockdevices/md0/partitions/', {});
    const removed = await send(`PUT raid/${raid.id}/`, { remove_block_devices: 'sdy' });
    expect(removed.json).toEqual({
      __all__: ['RAID level 1 must have at least 2 raid devices and any number of spares.'],
    });
    const used = await send('DELETE blockdevices/sdx/');
    expect([used.status, used.text]).toEqual([
      400,
      'Cannot delete block device because its part of a RAID.',
    ]);
    const again = await send('POST volume-groups/', { name: 'vg', block_devices: 'sdx' });
    expect(again.json).toEqual({
      block_devices: ['Select a valid choice. sdx is not one of the available choices.'],
    });
    expect((await send(`DELETE raid/${raid.id}/`)).status).toBe(204);
    expect((await send('GET blockdevices/md0/')).status).toBe(404);
  });

  test('a cache set is kept while a bcache uses it', async () => {
    const set = await ok<Group>('POST bcache-cache-sets/', { cache_device: 'sdx' });
    expect(set).toMatchObject({
      name: 'cache0',
      cache_device: { used_for: 'Cache device for cache0' },
    });
    const bcache = await ok<Group>('POST bcaches/', {
      cache_set: String(set.id),
      backing_device: 'sdy',
      cache_mode: 'writeback',
    });
    expect(bcache).toMatchObject({
      name: 'bcache0',
      cache_mode: 'writeback',
      cache_set: { id: set.id },
      backing_device: { name: 'sdy', used_for: 'Backing device for bcache0' },
      virtual_device: { name: 'bcache0' },
    });
    const inUse = await send(`DELETE bcache-cache-set/${set.id}/`);
    expect([inUse.status, inUse.text]).toEqual([
      400,
      "Cannot delete cache set; it's currently in use.",
    ]);
    expect((await send('POST blockdevices/bcache0/partitions/', {})).json).toEqual({
      __all__: ['Cannot create a partition table on a Bcache volume.'],
    });
    const changed = await ok(`PUT bcache/${bcache.id}/`, { cache_mode: 'writearound' });
    expect(changed).toMatchObject({ cache_mode: 'writearound' });
    expect((await send(`DELETE bcache/${bcache.id}/`)).status).toBe(204);
    expect((await send(`DELETE bcache-cache-set/${set.id}/`)).status).toBe(204);
  });

  test('datastores are for ESXi layouts only', async () => {
    const early = await send('POST vmfs-datastores/', { name: 'd', block_devices: 'sdx' });
    expect(early.status).toBe(400);
    expect((await layout('vmfs6')).status).toBe(200);
    expect(await ok('GET vmfs-datastores/')).toMatchObject([{ name: 'datastore1' }]);
    expect(await ok('POST vmfs-datastores/', { name: 'd', block_devices: 'sdx' })).toMatchObject({
      filesystem: { fstype: 'vmfs6', mount_point: '/vmfs/volumes/d' },
    });
  });
});

test('a clone has groups and devices of its own', async () => {
  expect((await layout('lvm')).status).toBe(200);
  const twin = maas.core.machines.find(
    ({ systemId, state }) =>
      systemId !== sid &&
      state.blockDevices.length > 0 &&
      state.blockDevices[0]!.size >= machine.state.blockDevices[0]!.size,
  )!;
  for (const name of machine.state.blockDevices.slice(twin.state.blockDevices.length).keys()) {
    const form = { name: `x${name}`, size: '9T', block_size: '512', id_path: `/dev/x${name}` };
    await ask(maas, `POST nodes/${twin.systemId}/blockdevices/`, form);
  }
  maas.core.change(twin, {
    blockDevices: twin.state.blockDevices.map((one) => ({ ...one, size: 10e12 })),
  });
  const cloned = await ask(maas, 'POST machines/?op=clone', {
    source: sid,
    destinations: twin.systemId,
    storage: 'true',
  });
  expect([cloned.status, cloned.text]).toEqual([204, '']);
  const groups = await ask(maas, `GET nodes/${twin.systemId}/volume-groups/`);
  const own = await ok<Group[]>('GET volume-groups/');
  expect(groups.json).toMatchObject([
    {
      name: 'vgroot',
      devices: [{ type: 'partition' }],
      logical_volumes: [{ name: 'vgroot-lvroot' }],
    },
  ]);
  expect((groups.json as Group[])[0]!.id).not.toBe(own[0]!.id);
});

describe('layouts', () => {
  const mounts = () =>
    [...machine.state.blockDevices, ...(machine.state.layers?.virtualDisks ?? [])].flatMap(
      (one) => [
        ...(one.filesystem?.mountPoint ? [`${one.name} ${one.filesystem.mountPoint}`] : []),
        ...one.partitions.flatMap(({ index, filesystem }) =>
          filesystem?.mountPoint ? [`${one.name}-part${index} ${filesystem.mountPoint}`] : [],
        ),
      ],
    );

  test.each([
    ['flat', ['BOOT-part1 /boot/efi', 'BOOT-part2 /']],
    ['lvm', ['BOOT-part1 /boot/efi', 'lvroot /']],
    ['bcache', ['BOOT-part1 /boot/efi', 'BOOT-part2 /boot', 'bcache0 /']],
    ['blank', []],
  ])('%s mounts %j', async (name, wanted) => {
    const { status } = await layout(name);
    expect(status).toBe(200);
    const boot = machine.state.blockDevices[0]!.name;
    expect(mounts()).toEqual(wanted.map((text) => text.replace('BOOT', boot)));
  });

  test('every one but blank can be deployed', async () => {
    for (const name of ['flat', 'lvm', 'bcache']) {
      await layout(name);
      const deployed = await ask(maas, `POST machines/${sid}/?op=deploy`, {});
      expect([name, deployed.status]).toEqual([name, 200]);
      await ask(maas, `POST machines/${sid}/?op=abort`);
      await ask(maas, `POST machines/${sid}/?op=release`);
      maas.clock.advance(3_600_000);
      if (machine.state.status !== STATUS.READY)
        maas.core.change(machine, { status: STATUS.READY });
    }
    await layout('blank');
    expect((await ask(maas, `POST machines/${sid}/?op=deploy`, {})).status).toBe(400);
  });

  test('applying one again leaves nothing of the former', async () => {
    await layout('bcache');
    await layout('lvm', { vg_name: 'vg', lv_name: 'lv', lv_size: '10G' });
    expect(machine.state.layers?.groups.map(({ kind }) => kind)).toEqual(['lvm']);
    await layout('flat');
    expect(machine.state.layers).toBeNull();
  });

  test.each<[string, Form, number, unknown]>([
    [
      'pyramid',
      {},
      400,
      { storage_layout: [expect.stringContaining("'pyramid' is not a valid storage_layout.  It")] },
    ],
    [
      'flat',
      { root_size: '1G' },
      400,
      { root_size: ['Size is too small. Minimum size is 3221225472.'] },
    ],
    [
      'flat',
      { root_size: '900T' },
      400,
      { root_size: [expect.stringMatching(/^Size is too large\. Max/)] },
    ],
    [
      'flat',
      { boot_size: '1M' },
      400,
      { boot_size: ['Size is too small. Minimum size is 536870912.'] },
    ],
    [
      'bcache',
      { cache_device: '1' },
      400,
      { cache_device: [expect.stringContaining("'1' is not")] },
    ],
  ])('%s with %j is refused', async (name, form, status, body) => {
    const before = maas.core.stateHash();
    const answer = await layout(name, form);
    expect([answer.status, answer.json]).toEqual([status, body]);
    expect(maas.core.stateHash()).toBe(before);
  });

  test('a cache needs an SSD, and a layout a disk', async () => {
    for (const { name } of machine.state.blockDevices) {
      await send(`POST blockdevices/${name}/?op=remove_tag`, { tag: 'ssd' });
    }
    expect((await layout('bcache')).text).toBe(
      "Failed to configure storage layout 'bcache': Node doesn't have an available cache device to setup bcache.",
    );
    maas.core.change(machine, { blockDevices: [] });
    expect((await layout('flat')).text).toBe(
      'Machine is missing a boot disk; no storage layout can be applied.',
    );
  });
});

describe('refusals change nothing', () => {
  test.each<[string, Form, unknown]>([
    [
      'POST blockdevices/',
      { name: 'sdq', size: '10G', block_size: '512' },
      {
        __all__: ['serial/model are required if id_path is not provided.'],
      },
    ],
    [
      'POST blockdevices/',
      { name: 'sdx', size: '10G', block_size: '512', id_path: '/dev/q' },
      {
        name: [expect.stringContaining('already exists')],
      },
    ],
    [
      'POST blockdevices/',
      { name: 'sdq', size: '1M', block_size: '512', id_path: '/dev/q' },
      {
        size: ['Ensure this value is greater than or equal to 4194304.'],
      },
    ],
    [
      'POST blockdevices/BOOT/?op=format',
      { fstype: 'ext4' },
      {
        __all__: ['Cannot format block device with a partition table.'],
      },
    ],
    [
      'POST blockdevices/sdx/?op=format',
      { fstype: 'ntfs' },
      {
        fstype: [expect.stringContaining("'ntfs' is not a valid fstype.  It should be one of: 'b")],
      },
    ],
    [
      'POST blockdevices/sdx/?op=mount',
      { mount_point: '/x' },
      {
        __all__: ['Cannot mount an unformatted partition or block device.'],
      },
    ],
    ['POST raids/', {}, { level: ['This field is required.'] }],
    [
      'POST raids/',
      { level: 'raid-5', block_devices: ['sdx', 'sdy'] },
      {
        __all__: ['RAID level 5 must have at least 3 raid devices and any number of spares.'],
      },
    ],
    [
      'POST bcaches/',
      { cache_mode: 'writeback', backing_device: 'sdx' },
      {
        __all__: ['Bcache requires a cache_set.'],
      },
    ],
    ['POST volume-groups/', {}, { name: ['This field is required.'] }],
  ])('%s %j', async (line, form, body) => {
    const before = maas.core.stateHash();
    const answer = await send(line.replace('BOOT', machine.state.blockDevices[0]!.name), form);
    expect([answer.status, answer.json]).toEqual([400, body]);
    expect(maas.core.stateHash()).toBe(before);
  });

  test.each([
    [
      'POST blockdevices/sdx/?op=add_tag',
      'Cannot update block device because the machine is not Ready.',
    ],
    ['DELETE blockdevices/sdx/', 'Cannot delete block device because the machine is not Ready.'],
    [
      'POST blockdevices/sdx/?op=set_boot_disk',
      'Cannot set as boot disk because the machine is not Ready.',
    ],
    [
      'POST blockdevices/sdx/?op=format',
      'Cannot format block device because the machine is not Ready or Allocated.',
    ],
    ['POST blockdevices/sdx/partitions/', 'Cannot create partition because the node is not Ready.'],
    [
      'DELETE blockdevices/sdx/partition/1',
      'Cannot delete block device because the node is not Ready.',
    ],
    [
      'POST blockdevices/sdx/partition/1?op=mount',
      'Cannot mount partition because the node is not Ready or Allocated.',
    ],
    ['POST volume-groups/', 'Cannot create volume group because the machine is not Ready.'],
    ['PUT raid/1/', 'Cannot update RAID because the machine is not Ready.'],
    ['DELETE bcache/1/', 'Cannot delete Bcache because the machine is not Ready.'],
    ['POST bcache-cache-sets/', 'Cannot create cache set because the node is not Ready.'],
    ['DELETE bcache-cache-set/1/', 'Cannot delete cache set because the machine is not Ready.'],
    ['POST vmfs-datastores/', 'Cannot create VMFS group because the machine is not Ready.'],
    [
      'POST volume-group/1/?op=create_logical_volume',
      'Cannot create logical volume because the machine is not Ready.',
    ],
  ])('%s of a deployed machine: %s', async (line, said) => {
    maas.core.change(machine, { status: STATUS.DEPLOYED, owner: 'admin' });
    const before = maas.core.stateHash();
    const answer = await send(line, line.startsWith('DELETE') ? undefined : { tag: 'x' });
    expect([answer.status, answer.text]).toEqual([409, said]);
    expect(maas.core.stateHash()).toBe(before);
  });

  test('the boot disk is a physical one, and shows as such', async () => {
    await ok('POST blockdevices/sdy/?op=set_boot_disk');
    expect((await ask(maas, `GET machines/${sid}/`)).json).toMatchObject({
      boot_disk: { name: 'sdy' },
    });
    const group = await ok<Group>('POST volume-groups/', { name: 'vg', block_devices: 'sdx' });
    await ok(`POST volume-group/${group.id}/?op=create_logical_volume`, { name: 'lv' });
    const answer = await send('POST blockdevices/vg-lv/?op=set_boot_disk');
    expect(answer.text).toBe('Cannot set a virtual block device as the boot disk.');
  });
});
