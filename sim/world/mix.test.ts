import { expect, test } from 'vitest';
import { printVersion } from '../versions/number.ts';
import { dealMix, MixError, parseMix, printMix } from './mix.ts';

const sizes = (machines: number, text: string, models?: number) =>
  dealMix(machines, parseMix(text), models).map((m) => [printVersion(m.version), m.machines]);

test('reads what the command line gives, and prints it again', () => {
  expect(printMix(parseMix('1.24.5=70, 1.23.3=30'))).toBe('1.24.5=70,1.23.3=30');
  expect(printMix(parseMix('3.6.28'))).toBe('3.6.28=1');
});

test.each([
  ['', /no agent-version/],
  ['1.24.5=0', /no share/],
  ['1.24.5=-3', /no share/],
  ['1.24.5=1e3', /no share/],
  ['1.24.5=7=3', /no share/],
  ['1.24=70', /no agent-version/],
  ['1.24.5=70,1.24.5=30', /twice/],
])('refuses %j with a sentence', (text, message) => {
  expect(() => parseMix(text)).toThrow(MixError);
  expect(() => parseMix(text)).toThrow(message);
});

test('deals by share, to the last machine', () => {
  expect(sizes(1000, '1.24.5=70,1.23.3=30')).toEqual([
    ['1.24.5', 700],
    ['1.23.3', 300],
  ]);
  expect(sizes(10, '1.24.5=1,1.23.3=1,1.22.1=1').map(([, n]) => n)).toEqual([4, 3, 3]);
});

test('more models than versions: each model uniform, each version keeps its machines', () => {
  const dealt = sizes(1000, '1.24.5=70,1.23.3=30', 10);
  expect(dealt).toHaveLength(10);
  const of = (v: string) => dealt.filter(([version]) => version === v);
  const total = (v: string) => of(v).reduce((sum, [, n]) => sum + (n as number), 0);
  expect([total('1.24.5'), total('1.23.3')]).toEqual([700, 300]);
  expect(of('1.24.5').length).toBeGreaterThan(of('1.23.3').length);
});

test('fewer models than versions cannot be uniform', () => {
  expect(() => dealMix(10, parseMix('1.24.5,1.23.3'), 1)).toThrow(/at least 2/);
});
