import { expect, test } from 'vitest';
import { bench } from '../testing.ts';
import { lshwTree } from './lshw.ts';
import { element } from './xml.ts';
import { XmlDocument } from './xpath.ts';
import { parseXPath, XPathError } from './xpath-parse.ts';

const TREE = element('list', {}, [
  element('node', { id: 'host', class: 'system' }, [
    element('vendor', {}, 'Dell Inc.'),
    element('node', { id: 'cpu:0', class: 'processor' }, [element('size', { units: 'Hz' }, 2100)]),
    element('node', { id: 'cpu:1', class: 'processor' }, [element('size', { units: 'Hz' }, 3000)]),
    element('node', { id: 'eth', class: 'network' }, [element('product', {}, '  I350   NIC ')]),
  ]),
  element('lldp:lldp', {}, [element('lldp:name', {}, 'switch-1')]),
]);

const holds = (expression: string) => new XmlDocument(TREE).holds(parseXPath(expression));

test.each([
  '/list',
  '/list/node/@id = "host"',
  '//node[@class="system"]/vendor = "Dell Inc."',
  "//node[@class='system']/vendor[contains(., 'Dell')]",
  '//node[@id="cpu:0"]',
  'count(//node[@class="processor"]) = 2',
  'count(//node[@class="processor"]) > 1 and not(//node[@class="display"])',
  '//size > 2500',
  '//size[@units="Hz"] < 2500 or false()',
  '//node[@class="processor"][2]/@id = "cpu:1"',
  '//node[@class="processor"][last()]/size = 3000',
  'sum(//size) = 5100',
  '2 * 3 - 4 div 2 = 4',
  '7 mod 4 = 3',
  'normalize-space(//product) = "I350 NIC"',
  'starts-with(//lldp:name, "switch")',
  '//lldp:*',
  '//node/node/parent::node/@id = "host"',
  '//product/../@class = "network"',
  '//node[@id="cpu:0"]/following-sibling::node/@id = "eth"',
  '//vendor | //nothing',
  '(//size)[1] = 2100',
  'string-length(//vendor) = 9',
  'translate(//vendor, "DI", "di") = "dell inc."',
  'substring(//vendor, 1, 4) = "Dell"',
  'substring-before(//vendor, " ") = "Dell" and substring-after(//vendor, " ") = "Inc."',
  '//text() = "Dell Inc."',
  'descendant::node',
  'name(/*) = "list"',
  '- (-1) = 1',
  '//*[@units]',
])('%s holds', (expression) => {
  expect(holds(expression)).toBe(true);
});

test.each([
  '/node',
  '//node[@class="display"]',
  '//node[@class="system"]/vendor = "QEMU"',
  '//size > 3000',
  'not(//vendor)',
  '//node[3][@class="processor"]',
  '""',
  '0',
  '//size = "x"',
  'and',
])('%s does not hold', (expression) => {
  expect(holds(expression)).toBe(false);
});

test.each([
  '',
  '//',
  '//node[',
  '//node[@id=]',
  'foo(1)',
  'count()',
  'count(1, 2)',
  '//node]',
  '$variable',
  'a b',
  'bogus::x',
  '"unfinished',
  '@',
  '('.repeat(500),
  'a'.repeat(3000),
])('%j is refused', (expression) => {
  expect(() => parseXPath(expression)).toThrow(XPathError);
});

test('a machine of the inventory reads as lshw would show it', () => {
  const [machine] = bench().core.machines;
  const document = new XmlDocument(lshwTree(machine!));
  const { system_vendor: vendor } = machine!.profile.hardwareInfo;
  const asked = (expression: string) => document.holds(parseXPath(expression));
  expect(asked(`//node[@class="system"]/vendor = "${vendor}"`)).toBe(true);
  expect(asked(`//node[@id="memory"]/size = ${machine!.state.memory * 1024 * 1024}`)).toBe(true);
  expect(asked(`//node[@class="network"]/serial = "${machine!.state.interfaces[0]!.mac}"`)).toBe(
    true,
  );
});
