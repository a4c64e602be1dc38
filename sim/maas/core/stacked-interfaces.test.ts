import { beforeEach, describe, expect, test } from 'vitest';
import { ask, type Bench, bench } from '../testing.ts';
import type { Machine, NetworkInterface } from './objects.ts';
import { STATUS } from './status.ts';

interface Iface {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly mac_address: string;
  readonly parents: string[];
  readonly children: string[];
  readonly params: Record<string, unknown>;
  readonly vlan: { id: number; vid: number } | null;
  readonly links: { id: number; mode: string }[];
  readonly effective_mtu: number;
}

let maas: Bench;
let machine: Machine;
let nics: readonly NetworkInterface[];

beforeEach(() => {
  maas = bench();
  // One with four ports, so that there are two on no VLAN.
  machine = maas.core.machines.find(({ state }) => state.interfaces.length >= 4)!;
  nics = machine.state.interfaces;
});

const make = (kind: string, form: Record<string, string | string[]>) =>
  ask(maas, `POST nodes/${machine.systemId}/interfaces/?op=create_${kind}`, form);
const read = async (id: number | string) =>
  (await ask(maas, `GET nodes/${machine.systemId}/interfaces/${id}/`)).json as Iface;

describe('bonds', () => {
  test('take their parents off their subnets, have defaults and the first MAC address', async () => {
    const { json } = await make('bond', {
      name: 'bond0',
      parents: [String(nics[2]!.id), String(nics[3]!.id)],
      vlan: '5001',
      bond_mode: '802.3ad',
    });
    const bond = json as Iface;
    expect(bond).toMatchObject({
      type: 'bond',
      mac_address: nics[2]!.mac,
      parents: [nics[2]!.name, nics[3]!.name].sort(),
      links: [{ mode: 'link_up' }],
      vlan: { id: 5001 },
    });
    expect(bond.params).toEqual({
      bond_mode: '802.3ad',
      bond_lacp_rate: 'fast',
      bond_xmit_hash_policy: 'layer2',
      bond_miimon: 100,
      bond_downdelay: 0,
      bond_updelay: 0,
      bond_num_grat_arp: 1,
    });
    expect(await read(nics[2]!.id)).toMatchObject({
      children: ['bond0'],
      links: [],
      vlan: { id: 5001 },
    });
  });

  test('linking below one is refused, and its parents are free again when it goes', async () => {
    await make('bond', { name: 'bond0', parents: String(nics[0]!.id) });
    const answer = await ask(
      maas,
      `POST nodes/${machine.systemId}/interfaces/${nics[0]!.id}/?op=link_subnet`,
      { mode: 'AUTO', subnet: '1' },
    );
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({
      bond: [`Cannot link interface(${nics[0]!.name}) when interface is in a bond(bond0).`],
    });
    await ask(maas, `DELETE nodes/${machine.systemId}/interfaces/bond0/`);
    expect(await read(nics[0]!.id)).toMatchObject({ children: [], links: [{ mode: 'link_up' }] });
  });

  test('the parents of one can be changed', async () => {
    const bond = (
      await make('bond', {
        name: 'bond0',
        parents: [String(nics[2]!.id), String(nics[3]!.id)],
        vlan: '5001',
      })
    ).json as Iface;
    const { status, json } = await ask(
      maas,
      `PUT nodes/${machine.systemId}/interfaces/${bond.id}/`,
      { parents: String(nics[2]!.id), mtu: '9000', bond_mode: 'active-backup' },
    );
    expect(status).toBe(200);
    expect(json).toMatchObject({
      parents: [nics[2]!.name],
      effective_mtu: 9000,
      params: { bond_mode: 'active-backup', mtu: 9000 },
    });
    expect(await read(nics[3]!.id)).toMatchObject({ children: [], links: [{ mode: 'link_up' }] });
    // The parent carries what is built on it.
    expect((await read(nics[2]!.id)).effective_mtu).toBe(9000);
  });
});

describe('bridges and VLANs', () => {
  test('one parent is taken under either name', async () => {
    const bridge = await make('bridge', { name: 'br0', parents: String(nics[0]!.id) });
    expect(bridge.json).toMatchObject({
      type: 'bridge',
      params: { bridge_type: 'standard', bridge_stp: false, bridge_fd: 15 },
    });
    const tagged = await make('vlan', { parent: String(nics[1]!.id), vlan: '5003' });
    expect(tagged.json).toMatchObject({
      name: `${nics[1]!.name}.100`,
      type: 'vlan',
      vlan: { vid: 100 },
      mac_address: nics[1]!.mac,
      // Of the VLAN, which has more than the parent's.
      effective_mtu: 9000,
    });
    expect((await read(nics[1]!.id)).links).not.toEqual([]);
  });

  test('on an allocated machine a bridge takes the links over and goes with the owner', async () => {
    const before = nics[0]!.links;
    await ask(maas, 'POST machines/?op=allocate', { system_id: machine.systemId });
    const bridge = (await make('bridge', { name: 'br0', parent: String(nics[0]!.id) }))
      .json as Iface;
    expect(bridge.links.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    await ask(maas, `POST machines/${machine.systemId}/?op=release`, {});
    expect(machine.state.status).toBe(STATUS.READY);
    expect(machine.state.interfaces.map(({ name }) => name)).not.toContain('br0');
    expect(machine.state.interfaces[0]!.links).toEqual(before);
  });

  test('a MAC address that changes changes on the VLANs too', async () => {
    const tagged = (await make('vlan', { parent: String(nics[1]!.id), vlan: '5003' }))
      .json as Iface;
    await ask(maas, `PUT nodes/${machine.systemId}/interfaces/${nics[1]!.id}/`, {
      mac_address: '52:54:00:aa:bb:cc',
    });
    expect((await read(tagged.id)).mac_address).toBe('52:54:00:aa:bb:cc');
  });

  test('deleting a parent deletes what is built on it alone', async () => {
    await make('bridge', { name: 'br0', parents: String(nics[0]!.id) });
    await ask(maas, `DELETE nodes/${machine.systemId}/interfaces/${nics[0]!.id}/`);
    expect(machine.state.interfaces.map(({ name }) => name)).not.toContain('br0');
  });
});

describe('refusals change nothing', () => {
  const id = (index: number) => String(nics[index]!.id);
  test.each<[string, string, () => Record<string, string | string[]>, unknown]>([
    [
      'bond without parents',
      'bond',
      () => ({ name: 'b' }),
      {
        parents: ['A bond interface must have one or more parents.'],
      },
    ],
    [
      'bond without name',
      'bond',
      () => ({ parents: id(0) }),
      {
        name: ['This field is required.'],
      },
    ],
    [
      'bond over two VLANs',
      'bond',
      () => ({ name: 'b', parents: [id(0), id(1)] }),
      {
        parents: ['All parents must belong to the same VLAN.'],
      },
    ],
    [
      'unknown parent',
      'bridge',
      () => ({ name: 'b', parent: '99999' }),
      {
        parents: ['Select a valid choice. 99999 is not one of the available choices.'],
      },
    ],
    [
      'bridge over two',
      'bridge',
      () => ({ name: 'b', parents: [id(2), id(3)] }),
      {
        parents: ['A bridge interface must have exactly one parent.'],
      },
    ],
    [
      'wrong mode',
      'bond',
      () => ({ name: 'b', parents: id(0), bond_mode: 'x' }),
      {
        bond_mode: [
          expect.stringContaining("'x' is not a valid bond_mode.  It should be one of: 'bal"),
        ],
      },
    ],
    [
      'too many gratuitous ARPs',
      'bond',
      () => ({ name: 'b', parents: id(0), bond_num_grat_arp: '256' }),
      {
        bond_num_grat_arp: ['Ensure this value is less than or equal to 255.'],
      },
    ],
    [
      'untagged VLAN',
      'vlan',
      () => ({ parent: id(1), vlan: '5002' }),
      {
        vlan: ['A VLAN interface can only belong to a tagged VLAN.'],
      },
    ],
    [
      'VLAN of another fabric',
      'vlan',
      () => ({ parent: id(0), vlan: '5003' }),
      {
        vlan: [expect.stringContaining('on the same fabric as its parent')],
      },
    ],
    [
      'a name that is taken',
      'bond',
      () => ({ name: nics[3]!.name, parents: id(0) }),
      {
        name: [expect.stringContaining('already has an interface named')],
      },
    ],
  ])('%s', async (_, kind, form, body) => {
    const before = maas.core.stateHash();
    const answer = await make(kind, form());
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual(body);
    expect(maas.core.stateHash()).toBe(before);
  });

  test('what is stacked may not be stacked again the wrong way', async () => {
    await make('bridge', { name: 'br0', parent: id(0) });
    const br0 = machine.state.interfaces.find(({ name }) => name === 'br0')!;
    expect((await make('bridge', { name: 'br1', parent: String(br0.id) })).json).toEqual({
      parents: ["A bridge interface can't have another bridge interface as parent."],
    });
    expect((await make('bond', { name: 'bond0', parents: id(0) })).json).toEqual({
      parents: [`Interfaces already in-use: ${nics[0]!.name}.`],
    });
    const own = await ask(maas, `PUT nodes/${machine.systemId}/interfaces/${br0.id}/`, {
      parents: String(br0.id),
    });
    expect(own.status).toBe(400);
  });

  test('a deployed machine and a device have none of it', async () => {
    maas.core.change(machine, { status: STATUS.DEPLOYED });
    const deployed = await make('bond', { name: 'b', parents: id(0) });
    expect(deployed.status).toBe(409);
    expect(deployed.text).toBe(
      'Cannot create bond interface because the machine is not New, Ready, Allocated, or Broken.',
    );
    const { json } = await ask(maas, 'POST devices/', { mac_addresses: '52:54:00:00:00:77' });
    const { system_id } = json as { system_id: string };
    const device = await ask(maas, `POST nodes/${system_id}/interfaces/?op=create_bond`, {});
    expect([device.status, device.text]).toEqual([404, 'No Machine matches the given query.']);
  });
});

describe('the default gateway', () => {
  test('is that of the link that was chosen', async () => {
    const second = nics[1]!;
    const path = `nodes/${machine.systemId}/interfaces/${second.id}/`;
    const chosen = await ask(maas, `POST ${path}?op=set_default_gateway`, {});
    expect(chosen.status).toBe(200);
    const { json } = await ask(maas, `GET machines/${machine.systemId}/`);
    expect(json).toMatchObject({
      default_gateways: { ipv4: { gateway_ip: '10.0.4.1', link_id: second.links[0]!.id } },
    });
  });

  test('must be one of the interface, and be said where there are several', async () => {
    const path = `nodes/${machine.systemId}/interfaces/${nics[1]!.id}/`;
    await ask(maas, `POST ${path}?op=link_subnet`, { mode: 'STATIC', subnet: '2' });
    expect((await ask(maas, `POST ${path}?op=set_default_gateway`, {})).json).toEqual({
      link_id: ['This field is required; Interface has more than one usable IPv4 gateway.'],
    });
    const bare = `nodes/${machine.systemId}/interfaces/${nics[2]!.id}/`;
    expect((await ask(maas, `POST ${bare}?op=set_default_gateway`, {})).json).toEqual({
      __all__: ['This interface has no usable gateways.'],
    });
  });
});
