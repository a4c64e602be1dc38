import { InvalidArgumentError } from 'commander';
import { describe, expect, test } from 'vitest';
import { decimal, positive, whole } from './options.ts';

describe('numbers on a command line', () => {
  test('are read as they are written', () => {
    expect(whole()('0')).toBe(0);
    expect(whole(65_535)('65535')).toBe(65_535);
    expect(decimal('2.5')).toBe(2.5);
    expect(positive('0.001')).toBe(0.001);
  });

  test.each(['', ' ', '-1', '+1', '0x10', '1e3', '1.5', 'NaN', 'Infinity', '9'.repeat(20)])(
    'no whole number: "%s"',
    (text) => {
      expect(() => whole()(text)).toThrow(InvalidArgumentError);
    },
  );

  test('a bound belongs to what is said', () => {
    expect(() => whole(65_532)('70000')).toThrow('a whole number from 0 to 65532 is wanted.');
  });

  test.each(['', '-1', '0x10', '1e308', '.5', '5.', 'abc', '9'.repeat(400)])(
    'no decimal number: "%s"',
    (text) => {
      expect(() => decimal(text)).toThrow(InvalidArgumentError);
    },
  );

  test.each(['0', '0.0'])('not above 0: %s', (text) => {
    expect(() => positive(text)).toThrow('above 0');
  });
});
