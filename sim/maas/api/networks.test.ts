import { beforeEach, describe, expect, test } from 'vitest';
import { ask, type Bench, bench } from '../testing.ts';

let maas: Bench;

beforeEach(() => {
  maas = bench();
});

type Form = Readonly<Record<string, string | readonly string[]>>;
type Row = Record<string, unknown> & { id: number; resource_uri: string };

async function row(line: string, form?: Form): Promise<Row> {
  const answer = await ask(maas, line, form);
  expect([line, answer.status, answer.status === 200 ? '' : answer.text]).toEqual([line, 200, '']);
  return answer.json as Row;
}

async function rows(line: string): Promise<Row[]> {
  return (await ask(maas, line)).json as Row[];
}

describe('what is made can be read, changed and removed', () => {
  test('a fabric with its untagged VLAN', async () => {
    const fabric = await row('POST fabrics/', { name: 'lab', class_type: '10g' });
    expect(fabric).toMatchObject({
      name: 'lab',
      class_type: '10g',
      vlans: [{ vid: 0, name: 'untagged' }],
    });
    const vlan = await row(`POST fabrics/${fabric.id}/vlans/`, {
      vid: '10',
      name: 'ten',
      mtu: '9000',
    });
    expect(vlan).toMatchObject({
      vid: 10,
      fabric: 'lab',
      mtu: 9000,
      space: 'undefined',
      dhcp_on: false,
    });
    const space = await row('POST spaces/', { name: 'dmz' });
    const put = { space: String(space.id), name: 'dix' };
    expect(await row(`PUT fabrics/${fabric.id}/vlans/10/`, put)).toMatchObject({
      name: 'dix',
      space: 'dmz',
    });
    expect(await row(`PUT vlans/${vlan.id}/`, { space: 'undefined' })).toMatchObject({
      space: 'undefined',
    });
    expect((await ask(maas, `DELETE vlans/${vlan.id}/`)).status).toBe(204);
    expect((await ask(maas, `DELETE fabrics/${fabric.id}/`)).status).toBe(204);
    expect((await ask(maas, `GET fabrics/${fabric.id}/`)).status).toBe(404);
    expect((await ask(maas, `DELETE spaces/${space.id}/`)).status).toBe(204);
  });

  test('a subnet, found by id, CIDR and specifier', async () => {
    const subnet = await row('POST subnets/', {
      cidr: '192.168.7.9/24',
      vid: '0',
      fabric: '1',
      gateway_ip: '192.168.7.1',
      dns_servers: '192.168.7.2, 8.8.8.8',
      managed: 'false',
      allow_dns: 'false',
    });
    expect(subnet).toMatchObject({
      cidr: '192.168.7.0/24',
      name: '192.168.7.0/24',
      gateway_ip: '192.168.7.1',
      dns_servers: ['192.168.7.2', '8.8.8.8'],
      managed: false,
      allow_dns: false,
      allow_proxy: true,
      vlan: { id: 5002 },
    });
    for (const key of [subnet.id, '192.168.7.0/24', 'cidr:192.168.7.0/24', 'ip:192.168.7.77']) {
      expect((await row(`GET subnets/${key}/`)).id).toBe(subnet.id);
    }
    expect(await row(`PUT subnets/${subnet.id}/`, { name: 'seven', gateway_ip: '' })).toMatchObject(
      {
        name: 'seven',
        gateway_ip: null,
        managed: false,
      },
    );
    expect((await ask(maas, `DELETE subnets/${subnet.id}/`)).status).toBe(204);
  });

  test('a range is what addresses are handed out around', async () => {
    const range = await row('POST ipranges/', {
      type: 'reserved',
      start_ip: '10.0.4.2',
      end_ip: '10.0.4.20',
      comment: 'kept',
    });
    expect(range).toMatchObject({
      type: 'reserved',
      subnet: { id: 2 },
      user: { username: 'admin' },
    });
    const reserved = await row('POST ipaddresses/?op=reserve', { subnet: '2' });
    expect(reserved).toMatchObject({
      ip: '10.0.4.21',
      alloc_type: 4,
      alloc_type_name: 'User reserved',
      owner: { username: 'admin' },
      interface_set: [],
    });
    expect(await rows('GET ipaddresses/')).toHaveLength(1);
    expect(await rows('GET subnets/2/?op=ip_addresses')).toMatchObject([
      {
        ip: '10.0.4.21',
        user: 'admin',
        created: expect.stringMatching(/^\w{3}, \d\d \w{3}\. \d{4} /),
      },
    ]);
    const release = await ask(maas, 'POST ipaddresses/?op=release', { ip: '10.0.4.21' });
    expect(release.status).toBe(204);
    expect((await ask(maas, `DELETE ipranges/${range.id}/`)).status).toBe(204);
    // The gateway is .1, and .2 serves names.
    expect((await row('POST ipaddresses/?op=reserve', { subnet: '2' })).ip).toBe('10.0.4.3');
  });

  test('statistics count what is used', async () => {
    const before = await row('GET subnets/1/?op=statistics&include_ranges=true');
    // 1022 hosts; the gateway, 8 for the controllers, 241 for DHCP.
    expect(before).toMatchObject({
      total_addresses: 1022,
      num_unavailable: 250,
      num_available: 772,
      largest_available: 772,
      usage_string: '24%',
      available_string: '76%',
      first_address: '10.0.0.1',
      last_address: '10.0.3.254',
      ip_version: 4,
    });
    await row('POST ipaddresses/?op=reserve', { ip: '10.0.2.0' });
    const after = await row('GET subnets/1/?op=statistics&include_suggestions=true');
    expect(after).toMatchObject({ num_unavailable: 251, largest_available: 510 });
    const free = await rows('GET subnets/1/?op=unreserved_ip_ranges');
    expect(free).toEqual([
      { start: '10.0.0.251', end: '10.0.1.255', num_addresses: 261 },
      { start: '10.0.2.1', end: '10.0.3.254', num_addresses: 510 },
    ]);
    const used = await rows('GET subnets/1/?op=reserved_ip_ranges');
    expect(used.map(({ purpose }) => purpose)).toEqual([
      ['gateway-ip'],
      ['dns-server', 'reserved'],
      ['reserved'],
      ['dynamic'],
      ['assigned-ip'],
    ]);
  });

  test('a static route and an address that is kept for a MAC address', async () => {
    const route = await row('POST static-routes/', {
      source: '1',
      destination: 'cidr:10.0.4.0/22',
      gateway_ip: '10.0.0.1',
    });
    expect(route).toMatchObject({ source: { id: 1 }, destination: { id: 2 }, metric: 0 });
    expect(await row(`PUT static-routes/${route.id}/`, { metric: '7' })).toMatchObject({
      metric: 7,
    });
    const kept = await row('POST reservedips/', {
      ip: '10.0.4.2',
      mac_address: '52:54:00:00:00:AA',
    });
    expect(kept).toMatchObject({
      mac_address: '52:54:00:00:00:aa',
      subnet: { id: 2 },
      comment: '',
    });
    expect((await row('POST ipaddresses/?op=reserve', { subnet: '2' })).ip).toBe('10.0.4.3');
    expect(await row(`PUT reservedips/${kept.id}/`, { comment: 'mine' })).toMatchObject({
      comment: 'mine',
    });
    expect((await ask(maas, `DELETE reservedips/${kept.id}/`)).status).toBe(204);
  });

  test('an address that is kept goes to its MAC address, and to no other', async () => {
    const machine = maas.core.machines[0]!;
    const [first, second] = machine.state.interfaces;
    await row('POST reservedips/', { ip: '10.0.4.77', mac_address: second!.mac });
    const link = (id: number, form: Form) =>
      ask(maas, `POST nodes/${machine.systemId}/interfaces/${id}/?op=link_subnet`, form);
    const fixed = { mode: 'STATIC', subnet: '2', ip_address: '10.0.4.77', force: 'true' };
    expect((await link(first!.id, fixed)).status).toBe(409);
    expect((await link(second!.id, { mode: 'STATIC', subnet: '2' })).json).toMatchObject({
      links: expect.arrayContaining([expect.objectContaining({ ip_address: '10.0.4.77' })]),
    });
  });

  test('a specifier of several parts means all of them', async () => {
    expect(await row('GET subnets/space:3,fabric:fabric-1/')).toMatchObject({ id: 3 });
    expect((await ask(maas, 'GET subnets/space:3,fabric:fabric-0/')).status).toBe(404);
    const wrong = await ask(maas, 'GET subnets/id:one/');
    expect([wrong.status, wrong.text]).toEqual([400, 'Subnet ID must be numeric.']);
    const many = await ask(maas, 'GET subnets/fabric:fabric-1/');
    expect([many.status, many.text]).toEqual([
      403,
      'Too many Subnet objects match the given query.',
    ]);
  });

  test('domains, names and records', async () => {
    const domain = await row('POST domains/', { name: 'example.test', ttl: '60' });
    const name = await row('POST dnsresources/', {
      fqdn: 'www.example.test',
      ip_addresses: '10.0.4.9 10.0.4.10',
      address_ttl: '30',
    });
    expect(name).toMatchObject({
      fqdn: 'www.example.test',
      address_ttl: 30,
      ip_addresses: [{ ip: '10.0.4.9' }, { ip: '10.0.4.10' }],
    });
    const record = await row('POST dnsresourcerecords/', {
      name: 'mail',
      domain: 'example.test',
      rrtype: 'mx',
      rrdata: '10 www.example.test.',
    });
    expect(record).toMatchObject({ fqdn: 'mail.example.test', rrtype: 'MX', ttl: null });
    expect(await row(`GET domains/${domain.id}/`)).toMatchObject({ resource_record_count: 3 });
    expect(await rows('GET dnsresources/?domain=example.test&rrtype=MX')).toMatchObject([
      { fqdn: 'mail.example.test' },
    ]);
    const first = maas.core.machines[0]!.state.hostname;
    expect(await rows(`GET dnsresources/?all=true&name=${first}`)).toMatchObject([{ id: -1 }]);
    // The addresses were reserved for the name and go with it.
    expect(maas.core.network.isTaken('10.0.4.9')).toBe(true);
    await ask(maas, `DELETE dnsresources/${name.id}/`);
    expect(maas.core.network.isTaken('10.0.4.9')).toBe(false);
    expect(await row('POST domains/example.test/?op=set_default')).toMatchObject({
      is_default: true,
    });
    expect((await ask(maas, 'DELETE domains/example.test/')).text).toBe(
      'This domain is the default domain, it cannot be deleted.',
    );
  });

  test('a VLAN that goes leaves its subnets and interfaces to the default one', async () => {
    const { systemId, state } = maas.core.machines[0]!;
    await row(`POST nodes/${systemId}/interfaces/?op=create_vlan`, {
      parent: String(state.interfaces[1]!.id),
      vlan: '5003',
    });
    expect((await ask(maas, 'DELETE vlans/5003/')).status).toBe(204);
    expect(await row('GET subnets/3/')).toMatchObject({ vlan: { id: 5002 } });
    expect(maas.core.machines[0]!.state.interfaces.some(({ type }) => type === 'vlan')).toBe(false);
  });

  test('a subnet that goes by force takes its links along', async () => {
    const machine = maas.core.machines[0]!;
    const nic = machine.state.interfaces[1]!;
    const path = `POST nodes/${machine.systemId}/interfaces/${nic.id}/?op=link_subnet`;
    await row(path, { mode: 'STATIC', subnet: '2' });
    const refused = await ask(maas, 'DELETE subnets/2/');
    expect([refused.status, refused.text]).toEqual([
      400,
      "Cannot delete a subnet that has IP addresses in use by nodes. (Use the 'force' parameter to override.)",
    ]);
    expect((await ask(maas, 'DELETE subnets/2/?force=true')).status).toBe(204);
    expect(machine.state.interfaces[1]!.links).toMatchObject([{ mode: 'link_up' }]);
    expect(maas.core.network.takenAddresses.size).toBe(0);
  });
});

describe('refusals change nothing', () => {
  const wrong = 'Select a valid choice. That choice is not one of the available choices.';
  test.each<[string, Form, unknown]>([
    ['POST fabrics/', { name: 'fabric-77' }, { name: ['Reserved fabric name.'] }],
    ['POST fabrics/', { name: 'fabric-1' }, { name: ['Fabric with this Name already exists.'] }],
    ['POST fabrics/1/vlans/', {}, { vid: ['This field is required.'] }],
    ['POST fabrics/1/vlans/', { vid: '4095' }, { vid: ['VID must be between 0 and 4094.'] }],
    [
      'POST fabrics/1/vlans/',
      { vid: '9', mtu: '1' },
      { mtu: ['MTU must be between 552 and 65535.'] },
    ],
    [
      'POST fabrics/1/vlans/',
      { vid: '100' },
      {
        __all__: ['A VLAN with the specified VID already exists in the destination fabric.'],
      },
    ],
    [
      'PUT vlans/5002/',
      { dhcp_on: 'true' },
      {
        dhcp_on: ['dhcp can only be turned on when a primary rack controller is set.'],
      },
    ],
    ['PUT vlans/5002/', { space: 'nowhere' }, { space: [wrong] }],
    ['POST spaces/', {}, { name: ['This field is required.'] }],
    ['POST subnets/', { cidr: '10.0.0.0/22' }, { cidr: ['Subnet with this Cidr already exists.'] }],
    ['POST subnets/', { cidr: 'ten' }, { cidr: ['Required format: <network>/<prefixlen>.'] }],
    ['POST subnets/', { cidr: '10.9.0.0/0' }, { cidr: ['Prefix length must be greater than 0.'] }],
    [
      'POST subnets/',
      { cidr: '10.9.0.0/24', gateway_ip: '10.8.0.1' },
      {
        gateway_ip: ['Gateway IP must be within CIDR range.'],
      },
    ],
    [
      'POST subnets/',
      { cidr: '10.9.0.0/24', vid: '10' },
      {
        vid: ['No VLAN with vid 10 in default fabric.'],
      },
    ],
    [
      'POST subnets/',
      { cidr: '10.9.0.0/24', space: '1' },
      {
        space: ['Spaces may no longer be set on subnets. Set the space on the underlying VLAN.'],
      },
    ],
    [
      'POST ipranges/',
      { type: 'reserved', start_ip: '10.0.4.9' },
      {
        start_ip: ['Start IP address and end IP address are both required.'],
        end_ip: ['Start IP address and end IP address are both required.'],
      },
    ],
    [
      'POST ipranges/',
      { type: 'reserved', start_ip: '10.0.4.9', end_ip: '10.0.4.8' },
      {
        end_ip: ['End IP address must not be less than Start IP address.'],
      },
    ],
    [
      'POST ipranges/',
      { type: 'reserved', start_ip: '10.0.4.0', end_ip: '10.0.4.8' },
      {
        start_ip: ['Reserved network address cannot be included in IP range.'],
      },
    ],
    [
      'POST ipranges/',
      { type: 'reserved', start_ip: '10.0.7.0', end_ip: '10.0.8.1', subnet: '2' },
      {
        end_ip: ['End IP address must be within subnet: 10.0.4.0/22.'],
      },
    ],
    [
      'POST ipranges/',
      { type: 'dynamic', start_ip: '10.0.4.1', end_ip: '10.0.4.8' },
      {
        start_ip: ['Requested dynamic range conflicts with an existing IP address or range.'],
        end_ip: ['Requested dynamic range conflicts with an existing IP address or range.'],
      },
    ],
    [
      'POST static-routes/',
      { source: '1', destination: '1', gateway_ip: '10.0.0.1' },
      {
        __all__: ['source and destination cannot be the same subnet.'],
      },
    ],
    [
      'POST static-routes/',
      { source: '1', destination: '2', gateway_ip: '10.0.4.1' },
      {
        gateway_ip: ['Enter an IP address in 10.0.0.0/22.'],
      },
    ],
    ['POST domains/?op=set_serial', {}, { serial: ['Missing parameter'] }],
    [
      'POST dnsresourcerecords/',
      { fqdn: 'a.maas', rrtype: 'A', rrdata: '1' },
      {
        rrtype: [expect.stringContaining('A is not one of')],
      },
    ],
  ])('%s %j', async (line, form, body) => {
    const before = maas.core.stateHash();
    const answer = await ask(maas, line, form);
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual(body);
    expect(maas.core.stateHash()).toBe(before);
  });

  test.each<[string, Form | undefined, number, string]>([
    [
      'DELETE fabrics/0/',
      undefined,
      400,
      'This fabric is the default fabric, it cannot be deleted.',
    ],
    [
      'DELETE fabrics/1/',
      undefined,
      400,
      "Can't delete fabric; the following subnets are still present: 10.0.4.0/22, 10.0.8.0/22",
    ],
    [
      'DELETE vlans/5002/',
      undefined,
      400,
      'This VLAN is the default VLAN in the fabric, it cannot be deleted.',
    ],
    [
      'DELETE subnets/1/',
      undefined,
      400,
      'Cannot delete a subnet that is actively servicing a dynamic IP range. (Delete the dynamic range or disable DHCP first.)',
    ],
    ['PUT spaces/undefined/', { name: 'x' }, 400, 'Space cannot be modified: undefined'],
    ['GET vlans/77/', undefined, 404, 'VLAN with specified ID does not exist.'],
    [
      'POST ipaddresses/?op=reserve',
      { ip: '10.0.0.3', subnet: '2' },
      403,
      '10.0.0.3 is not within subnet CIDR: 10.0.4.0/22',
    ],
    ['POST dnsresourcerecords/', { fqdn: 'a.maas' }, 400, 'rrtype must be provided.'],
  ])('%s %j', async (line, form, status, body) => {
    const before = maas.core.stateHash();
    const answer = await ask(maas, line, form);
    expect([answer.status, answer.text]).toEqual([status, body]);
    expect(maas.core.stateHash()).toBe(before);
  });

  test('an address that is taken is 404, one that is not ours 400', async () => {
    await row('POST ipaddresses/?op=reserve', { ip: '10.0.4.9' });
    const again = await ask(maas, 'POST ipaddresses/?op=reserve', { ip: '10.0.4.9' });
    expect(again.status).toBe(404);
    const { apiKey } = maas.addUser('eve');
    const foreign = await ask(maas, 'POST ipaddresses/?op=release', { ip: '10.0.4.9' }, { apiKey });
    expect(foreign.status).toBe(400);
    expect(foreign.text).toMatch(/^IP address 10\.0\.4\.9 does not exist, is not the correct type/);
    const forced = await ask(
      maas,
      'POST ipaddresses/?op=release',
      { ip: '10.0.4.9', force: 'true' },
      { apiKey },
    );
    expect([forced.status, forced.text]).toEqual([
      403,
      'Force-releasing an IP address requires admin privileges.',
    ]);
  });

  test('others may make reserved ranges, not dynamic ones, and change only their own', async () => {
    const { apiKey } = maas.addUser('eve');
    const form = { type: 'dynamic', start_ip: '10.0.4.9', end_ip: '10.0.4.10' };
    const dynamic = await ask(maas, 'POST ipranges/', form, { apiKey });
    expect([dynamic.status, dynamic.text]).toEqual([
      403,
      "Unable to create dynamic IP range. You don't have sufficient privileges.",
    ]);
    const own = await ask(maas, 'POST ipranges/', { ...form, type: 'reserved' }, { apiKey });
    expect(own.status).toBe(200);
    const foreign = await ask(maas, 'DELETE ipranges/1/', undefined, { apiKey });
    expect([foreign.status, foreign.text]).toEqual([
      403,
      "Unable to modify IP range. You don't own the IP range.",
    ]);
  });

  test('releases before 3.6 have no reserved addresses', async () => {
    maas = bench({ version: '3.5' });
    const answer = await ask(maas, 'GET reservedips/');
    expect([answer.status, answer.text]).toEqual([
      404,
      'Unknown API endpoint: /MAAS/api/2.0/reservedips/.',
    ]);
  });
});
