// A rack of hardware from bare metal to a small cloud, through MAAS's own API and nothing else:
// commission it; detect, test and tag what is inside; bond network cards, and RAID, LVM and partition
// disks by rule; deploy a multi-machine layout by constraints. It asks only what any MAAS 3.x answers,
// so it can be pointed at a real one.
//
//   node docs/scripts/rack.mjs --url http://127.0.0.1:5240/MAAS/ --key CONSUMER:TOKEN:SECRET \
//     [--machines 40] [--poll SECONDS]
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    url: { type: 'string' },
    key: { type: 'string' },
    machines: { type: 'string', default: '40' },
    poll: { type: 'string', default: '1' },
  },
});
if (!options.url || !options.key) {
  console.error('usage: node rack.mjs --url URL --key KEY [--machines N] [--poll SECONDS]');
  process.exit(2);
}
const COUNT = Number(options.machines);
const POLL_MS = Number(options.poll) * 1000;
const [CONSUMER, TOKEN, SECRET] = options.key.split(':');

// --- asking ---------------------------------------------------------------------------------------

/** One request; fields go into the query of a GET and into the form of anything else. */
async function ask(method, path, fields = {}) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const item of Array.isArray(value) ? value : [value]) params.append(name, String(item));
  }
  const target = new URL(`api/2.0/${path}`, options.url);
  const init = { method, headers: { authorization: authorization() } };
  if (method === 'GET') for (const [name, value] of params) target.searchParams.append(name, value);
  else init.body = params;
  const response = await fetch(target, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

/** OAuth 1.0 with a plain-text signature, as every client of MAAS does it. */
function authorization() {
  const parts = {
    oauth_consumer_key: CONSUMER,
    oauth_token: TOKEN,
    oauth_signature_method: 'PLAINTEXT',
    oauth_signature: `&${SECRET}`,
    oauth_timestamp: Math.floor(Date.now() / 1000),
    oauth_nonce: randomBytes(16).toString('hex'),
    oauth_version: '1.0',
  };
  const pairs = Object.entries(parts).map(([k, v]) => `${k}="${encodeURIComponent(v)}"`);
  return `OAuth ${pairs.join(', ')}`;
}

const say = (text) => console.log(text);
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const one = (machine) => `machines/${machine.system_id}/`;
const inside = (machine) => `nodes/${machine.system_id}/`;

/** The machines as they are now, in the order given. */
async function look(machines) {
  const ids = machines.map((machine) => machine.system_id);
  const found = new Map((await ask('GET', 'machines/', { id: ids })).map((m) => [m.system_id, m]));
  return ids.map((id) => found.get(id));
}

/** Looks again until every machine is in one of the statuses. */
async function until(machines, statuses) {
  for (;;) {
    const now = await look(machines);
    if (now.every((machine) => statuses.includes(machine.status_name))) return now;
    await rest(POLL_MS);
  }
}

/** `3 x this, 2 x that` over what `name` says of each. */
function tally(items, name) {
  const counts = new Map();
  for (const item of items) counts.set(name(item), (counts.get(name(item)) ?? 0) + 1);
  return [...counts]
    .sort()
    .map(([text, count]) => `${count} x ${text}`)
    .join(', ');
}

// --- 1. commission --------------------------------------------------------------------------------

say(`1. Commission ${COUNT} machines`);
const added = [];
for (let i = 0; i < COUNT; i++) {
  const n = String(i + 1).padStart(2, '0');
  added.push(
    await ask('POST', 'machines/', {
      hostname: `rack-a-${n}`,
      architecture: 'amd64',
      mac_addresses: `0c:c4:7a:aa:${i.toString(16).padStart(2, '0')}:01`,
      power_type: 'ipmi',
      power_parameters_power_address: `10.255.240.${i + 10}`,
      power_parameters_power_user: 'maas',
      power_parameters_power_pass: 'maas',
    }),
  );
}
say(`   ${tally(added, (machine) => machine.status_name)}`);
let rack = await until(added, ['Ready', 'Failed commissioning', 'Failed testing']);
say(`   ${tally(rack, (machine) => machine.status_name)}`);
rack = rack.filter((machine) => machine.status_name === 'Ready');
say(
  `   found ${tally(rack, (m) => `${m.hardware_info.system_vendor} ${m.hardware_info.system_product}`)}`,
);

// --- 2. detect, test and tag ----------------------------------------------------------------------

say('2. Detect, test and tag');
const DEFINITIONS = {
  'fast-network': '//node[@class="network"]/size >= 10000000000',
  'much-memory': '//node[@id="memory"]/size >= 128 * 1024 * 1024 * 1024',
  'dual-socket': 'count(//node[@class="processor"]) > 1',
};
const known = (await ask('GET', 'tags/')).map((tag) => tag.name);
for (const [name, definition] of Object.entries(DEFINITIONS)) {
  if (!known.includes(name)) await ask('POST', 'tags/', { name, definition });
}
if (!known.includes('rack-a')) await ask('POST', 'tags/', { name: 'rack-a' });
await ask('POST', 'tags/rack-a/?op=update_nodes', { add: rack.map((m) => m.system_id) });

for (const machine of rack) {
  await ask('POST', `${one(machine)}?op=test`, {
    testing_scripts: 'smartctl-short,stress-ng-cpu-short,stress-ng-memory-short',
  });
}
rack = await until(rack, ['Ready', 'Failed testing']);
const results = [];
for (const machine of rack) {
  const [newest] = await ask('GET', `${inside(machine)}results/`, { type: 'testing' });
  results.push(...newest.results);
}
say(`   ${results.length} test results: ${tally(results, (result) => result.status_name)}`);
rack = rack.filter((machine) => machine.status_name === 'Ready');
say(
  `   machines tagged: ${tally(
    rack.flatMap((m) => m.tag_names),
    (tag) => tag,
  )}`,
);

let nics = 0;
let disks = 0;
for (const machine of rack) {
  for (const nic of machine.interface_set.filter((i) => i.interface_speed >= 10000)) {
    await ask('POST', `${inside(machine)}interfaces/${nic.id}/?op=add_tag`, { tag: 'fast' });
    nics++;
  }
  for (const disk of machine.physicalblockdevice_set.filter((d) => d.tags.includes('rotary'))) {
    await ask('POST', `${inside(machine)}blockdevices/${disk.id}/?op=add_tag`, { tag: 'bulk' });
    disks++;
  }
}
say(`   ${nics} network cards tagged fast, ${disks} disks tagged bulk`);

// --- 3. bond, by rule -----------------------------------------------------------------------------

say('3. Bond the two fastest ports of each machine');
let bonds = 0;
for (const machine of await look(rack)) {
  const ports = machine.interface_set.filter((i) => i.type === 'physical' && i.link_connected);
  const speed = Math.max(...ports.map((port) => port.interface_speed));
  const pair = ports.filter((port) => port.interface_speed === speed).slice(-2);
  if (pair.length < 2) continue;
  // Both ends of a bond have to be on one VLAN: that of the port MAAS has a subnet for.
  const at = pair.find((port) => port.links.some((link) => link.subnet)) ?? pair[1];
  const subnets = (await ask('GET', 'subnets/')).filter((s) => s.vlan.id === at.vlan.id);
  for (const port of pair.filter((port) => port.vlan?.id !== at.vlan.id)) {
    await ask('PUT', `${inside(machine)}interfaces/${port.id}/`, { vlan: at.vlan.id });
  }
  const bond = await ask('POST', `${inside(machine)}interfaces/?op=create_bond`, {
    name: 'bond0',
    parents: pair.map((port) => port.id),
    bond_mode: '802.3ad',
    bond_lacp_rate: 'fast',
    tags: 'bonded',
  });
  await ask('POST', `${inside(machine)}interfaces/${bond.id}/?op=link_subnet`, {
    mode: 'AUTO',
    subnet: subnets[0].id,
  });
  bonds++;
}
say(`   ${bonds} bonds of 802.3ad, each with an address of its own at deployment`);

// --- 4. disks, by rule ----------------------------------------------------------------------------

say('4. Partition, RAID and LVM the disks');
const roles = { raid5: [], raid1: [], lvm: [] };
const MiB = 1024 ** 2;

/** Three or more disks for bulk data: one RAID-5 of them, left bare for whoever wants the space. */
async function storageServer(machine, bulk) {
  await ask('POST', `${inside(machine)}raids/`, {
    name: 'md0',
    level: 'raid-5',
    block_devices: bulk.map((disk) => disk.id),
  });
  return 'raid5';
}

/** Two equal disks: the system on a RAID-1 of a partition of each. */
async function mirrored(machine, pair) {
  await ask('POST', `${one(machine)}?op=set_storage_layout`, { storage_layout: 'blank' });
  const halves = [];
  for (const disk of pair) {
    const partitions = `${inside(machine)}blockdevices/${disk.id}/partitions/`;
    if (disk === pair[0]) {
      const efi = await ask('POST', partitions, { size: 512 * MiB, bootable: true });
      const path = `${inside(machine)}blockdevices/${disk.id}/partition/${efi.id}`;
      await ask('POST', `${path}?op=format`, { fstype: 'fat32', label: 'efi' });
      await ask('POST', `${path}?op=mount`, { mount_point: '/boot/efi' });
    } else await ask('POST', partitions, { size: 512 * MiB });
    halves.push(await ask('POST', partitions));
  }
  const raid = await ask('POST', `${inside(machine)}raids/`, {
    name: 'md0',
    level: 'raid-1',
    partitions: halves.map((partition) => partition.id),
  });
  const device = `${inside(machine)}blockdevices/${raid.virtual_device.id}/`;
  await ask('POST', `${device}?op=format`, { fstype: 'ext4', label: 'root' });
  await ask('POST', `${device}?op=mount`, { mount_point: '/' });
  return 'raid1';
}

/** Anything else: LVM for the system, and a volume of its own for what it holds. */
async function volumes(machine) {
  await ask('POST', `${one(machine)}?op=set_storage_layout`, {
    storage_layout: 'lvm',
    lv_size: 60e9,
  });
  const [group] = await ask('GET', `${inside(machine)}volume-groups/`);
  const path = `${inside(machine)}volume-group/${group.id}/`;
  const volume = await ask('POST', `${path}?op=create_logical_volume`, { name: 'data' });
  const device = `${inside(machine)}blockdevices/${volume.id}/`;
  await ask('POST', `${device}?op=format`, { fstype: 'ext4', label: 'data' });
  await ask('POST', `${device}?op=mount`, { mount_point: '/srv' });
  return 'lvm';
}

for (const machine of await look(rack)) {
  const all = machine.physicalblockdevice_set;
  const bulk = all.filter((disk) => disk.tags.includes('bulk') && disk.id !== machine.boot_disk.id);
  const equal = all.filter((disk) => disk.size === all[0].size);
  const role =
    bulk.length >= 3
      ? await storageServer(machine, bulk)
      : equal.length >= 2
        ? await mirrored(machine, equal.slice(0, 2))
        : await volumes(machine);
  roles[role].push(machine.system_id);
}
for (const [tag, ids] of Object.entries(roles)) {
  if (!known.includes(tag)) await ask('POST', 'tags/', { name: tag });
  if (ids.length > 0) await ask('POST', `tags/${tag}/?op=update_nodes`, { add: ids });
}
say(`   ${roles.raid5.length} x RAID-5, ${roles.raid1.length} x RAID-1, ${roles.lvm.length} x LVM`);

// --- 5. deploy, by constraints --------------------------------------------------------------------

say('5. Deploy a small cloud by constraints');
const LAYOUT = [
  { role: 'storage', want: 3, by: { tags: 'rack-a,raid5', storage: 'root:100(ssd),bulk:5000' } },
  { role: 'control', want: 3, by: { tags: 'rack-a,raid1', mem: 65536 } },
  { role: 'compute', want: 4, by: { tags: 'rack-a', not_tags: 'raid5', cpu_count: 16 } },
  { role: 'gateway', want: 1, by: { tags: 'rack-a', interfaces: 'up:tag=bonded' } },
];
const cloud = [];
for (const { role, want, by } of LAYOUT) {
  for (let i = 1; i <= want; i++) {
    const machine = await ask('POST', 'machines/?op=allocate', { ...by, comment: role });
    const userData = `#cloud-config\nhostname: ${role}-${i}\n`;
    await ask('POST', `${one(machine)}?op=deploy`, {
      distro_series: 'noble',
      user_data: Buffer.from(userData).toString('base64'),
    });
    await ask('POST', `${one(machine)}?op=set_workload_annotations`, { role: `${role}-${i}` });
    cloud.push(machine);
  }
}
const deployed = await until(cloud, ['Deployed', 'Failed deployment']);
for (const machine of deployed) {
  const role = machine.workload_annotations.role.padEnd(10);
  const name = machine.hostname.padEnd(10);
  const size = `${machine.cpu_count} cores, ${machine.memory / 1024} GiB`.padEnd(20);
  const how = machine.tag_names
    .filter((tag) => tag in roles)
    .join(' ')
    .padEnd(6);
  say(
    `   ${role} ${name} ${size} ${how} ${machine.status_name}  ${machine.ip_addresses.join(' ')}`,
  );
}
say(`   ${tally(deployed, (machine) => machine.status_name)}`);
process.exitCode = deployed.every((machine) => machine.status_name === 'Deployed') ? 0 : 1;
