import { expect, it } from 'vitest';
import { InjectionPoint } from './inject.ts';

it('an injection point answers with its first rule that has an effect, until it is unbound', () => {
  const point = new InjectionPoint<{ machine: number }, string>('test');
  expect(point.ask({ machine: 1 })).toBeUndefined();
  const unbindOne = point.bind(({ machine }) => (machine === 1 ? 'one' : undefined));
  const unbindAll = point.bind(() => 'any');
  expect([point.ask({ machine: 1 }), point.ask({ machine: 2 })]).toEqual(['one', 'any']);
  unbindOne();
  expect(point.ask({ machine: 1 })).toBe('any');
  unbindAll();
  expect(point.ask({ machine: 1 })).toBeUndefined();
});

it('a rule may unbind itself while it is asked', () => {
  const point = new InjectionPoint<number, string>('test');
  const unbind = point.bind(() => {
    unbind();
    return 'once';
  });
  expect([point.ask(0), point.ask(0)]).toEqual(['once', undefined]);
});
