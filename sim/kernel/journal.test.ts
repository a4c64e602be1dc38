import { expect, it } from 'vitest';
import { GapJournal } from './journal.ts';

it('counts each distinct gap and keeps the order in which they were met', () => {
  const journal = new GapJournal();
  const gap = (what: string) => ({ where: 'maas', what, answered: '404' });
  for (const what of ['GET /b', 'GET /a', 'GET /b']) journal.note(gap(what));
  expect(journal.list().map(({ what, count }) => [what, count])).toEqual([
    ['GET /b', 2],
    ['GET /a', 1],
  ]);
});

it('stays bounded under a flood, and says how much it dropped', () => {
  const journal = new GapJournal();
  for (let i = 0; i < 10_005; i++) {
    journal.note({ where: 'controller', what: `call ${i}`, answered: 'not implemented' });
  }
  expect([journal.list().length, journal.dropped]).toEqual([10_000, 5]);
});
