import { expect, it } from 'vitest';
import { Secrets } from './secrets.ts';

it('hides every secret that it made or was told of', () => {
  const secrets = new Secrets();
  const [token, hex, told] = [secrets.token(20), secrets.hex(16), secrets.remember('hunter2')];
  expect(token).toMatch(/^[A-Za-z2-9]{20}$/);
  expect(hex).toMatch(/^[0-9a-f]{32}$/);
  expect(secrets.redact(`a ${token} b ${hex} c ${told} ${token}`)).toBe(
    'a [secret] b [secret] c [secret] [secret]',
  );
  expect(new Secrets().token(20)).not.toBe(token);
});

it('takes an empty secret for none', () => {
  const secrets = new Secrets();
  secrets.remember('');
  expect(secrets.redact('plain')).toBe('plain');
});
