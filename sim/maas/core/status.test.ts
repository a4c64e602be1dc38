import { expect, test } from 'vitest';
import { RELEASABLE, STATUS, type Status, statusAfterTest, statusName } from './status.ts';
import { mayFollow } from './transitions.ts';

const ALL = Object.values(STATUS);

// Legal pairs counted in facts/maas-api 4.2; a row that loses or gains an entry is noticed.
test.each([
  [STATUS.NEW, 7],
  [STATUS.READY, 8],
  [STATUS.ALLOCATED, 9],
  [STATUS.DEPLOYING, 8],
  [STATUS.DEPLOYED, 8],
  [STATUS.RELEASING, 10],
  [STATUS.BROKEN, 7],
  [STATUS.RESCUE_MODE, 3],
  [STATUS.EXITING_RESCUE_MODE, 16],
  [STATUS.TESTING, 15],
])('from %i there are %i ways', (from, ways) => {
  expect(ALL.filter((to) => to !== from && mayFollow(from, to))).toHaveLength(ways);
});

test('every releasable status may go to Releasing', () => {
  for (const status of RELEASABLE) expect(mayFollow(status, STATUS.RELEASING)).toBe(true);
});

test('a Ready machine cannot be deployed without being allocated', () => {
  expect(mayFollow(STATUS.READY, STATUS.DEPLOYING)).toBe(false);
  expect(mayFollow(STATUS.ALLOCATED, STATUS.DEPLOYING)).toBe(true);
});

test.each<[Status, Status]>([
  [STATUS.NEW, STATUS.READY],
  [STATUS.FAILED_COMMISSIONING, STATUS.NEW],
  [STATUS.DEPLOYED, STATUS.DEPLOYED],
  [STATUS.BROKEN, STATUS.READY],
])('a test that passed leads from %i to %i', (before, after) => {
  expect(statusAfterTest(before)).toBe(after);
});

test('the names that Terraform compares are spelt so', () => {
  expect([4, 6, 1, 21, 9, 12, 11].map((status) => statusName(status as Status))).toEqual([
    'Ready',
    'Deployed',
    'Commissioning',
    'Testing',
    'Deploying',
    'Releasing',
    'Failed deployment',
  ]);
});
