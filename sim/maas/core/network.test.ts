import { expect, test } from 'vitest';
import { bench } from '../testing.ts';
import { parseCidr, parseIp, printIp } from './ip.ts';

test('addresses and networks are read and printed', () => {
  expect(printIp(parseIp('10.0.3.255')!)).toBe('10.0.3.255');
  expect(parseIp('10.0.0.256')).toBeUndefined();
  expect(parseIp('10.0.0')).toBeUndefined();
  expect(parseCidr('10.0.3.7/22')).toEqual({ base: parseIp('10.0.0.0'), prefix: 22, size: 1024 });
  expect(parseCidr('10.0.0.0/33')).toBeUndefined();
  expect(parseCidr('10.0.0.0/0')).toBeUndefined();
});

test('free addresses skip the gateway, the ranges and what is taken', () => {
  const { network } = bench().core;
  const subnet = network.subnets.get(1)!;
  // .1 is the gateway, .2 to .9 the controllers', .10 to .250 the DHCP pool.
  expect(network.findFreeAddress(subnet)).toBe('10.0.0.251');
  const link = network.newLink({ mode: 'static', subnetId: 1, ip: '10.0.0.251' });
  expect(network.findFreeAddress(subnet)).toBe('10.0.0.252');
  expect(network.findFreeAddress(subnet, new Set(['10.0.0.252']))).toBe('10.0.0.253');
  network.release([link]);
  expect(network.findFreeAddress(subnet)).toBe('10.0.0.251');
});

test('an exhausted subnet has no free address', () => {
  const { network } = bench().core;
  const subnet = { ...network.subnets.get(2)!, cidr: '10.0.4.0/29' };
  const besides = new Set(['10.0.4.2', '10.0.4.3', '10.0.4.4', '10.0.4.5', '10.0.4.6']);
  expect(network.findFreeAddress(subnet, besides)).toBeUndefined();
});

test.each([
  ['1', ['10.0.0.0/22']],
  ['10.0.4.0/22', ['10.0.4.0/22']],
  ['cidr:10.0.4.0/22', ['10.0.4.0/22']],
  ['ip:10.0.5.9', ['10.0.4.0/22']],
  ['space:internal', ['10.0.4.0/22']],
  ['space:3', ['10.0.8.0/22']],
  ['vid:100', ['10.0.8.0/22']],
  ['vid:untagged', ['10.0.0.0/22', '10.0.4.0/22']],
  ['fabric:fabric-1', ['10.0.4.0/22', '10.0.8.0/22']],
  ['fabric:nowhere', []],
  ['nonsense', []],
])('the specifier %s names %j', (specifier, cidrs) => {
  const { network } = bench().core;
  expect(network.subnetsBySpecifier(specifier).map((subnet) => subnet.cidr)).toEqual(cidrs);
});

test('a space that does not exist is refused, and names what was asked for', () => {
  const { network } = bench().core;
  expect(() => network.spaceBySpecifier('space:99')).toThrow(
    expect.objectContaining({
      kind: 'not-found',
      saying: 'No Space matches the given query.',
    }),
  );
});
