import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseVersion } from '../../versions/number.ts';
import { UpgradeInfoError, UpgradeLock, type UpgradeStatus } from './upgrade-info.ts';

const [old, next] = [parseVersion('3.6.20'), parseVersion('3.6.28')];

function begun(): UpgradeLock {
  const lock = new UpgradeLock();
  lock.ensure(old, next, 'machine-0', 0);
  return lock;
}

describe('the upgrade record', () => {
  it('goes from pending to complete and is archived', () => {
    const lock = begun();
    lock.setStatus('db-complete');
    lock.setStatus('running');
    lock.setDone('machine-0', ['machine-0']);
    expect(lock.current).toBeUndefined();
    expect(lock.archive.map((one) => one.status)).toEqual(['complete']);
  });

  it('waits for every controller machine', () => {
    const lock = begun();
    lock.ensure(old, next, 'machine-1', 0);
    expect(lock.current?.ready).toEqual(['machine-0', 'machine-1']);
    lock.setStatus('db-complete');
    lock.setStatus('running');
    lock.setDone('machine-0', ['machine-0', 'machine-1']);
    expect(lock.current?.done).toEqual(['machine-0']);
    lock.setDone('machine-1', ['machine-0', 'machine-1']);
    expect(lock.current).toBeUndefined();
  });

  it.each([
    [
      'an equal version',
      () => new UpgradeLock().ensure(next, next, 'machine-0', 0),
      'cannot upgrade from 3.6.28 to 3.6.28',
    ],
    [
      'another target',
      () => begun().ensure(old, parseVersion('3.6.29'), 'machine-1', 0),
      'expected target version 3.6.28, got 3.6.29',
    ],
    [
      'running before the database is done',
      () => begun().setStatus('running'),
      'transition from "pending" to "running" not valid',
    ],
    [
      'complete by hand',
      () => begun().setStatus('complete'),
      'cannot explicitly set upgrade status to "complete"',
    ],
    ['done before it ran', () => begun().setDone('machine-0', []), 'upgrade has not yet run'],
    [
      'any status without an upgrade',
      () => new UpgradeLock().setStatus('running'),
      'non-current upgrade',
    ],
  ])('refuses %s', (_, act, text) => {
    expect(act).toThrow(text);
  });

  it('moves only along its edges, whatever is asked of it', () => {
    const edges = new Set(['pending>db-complete', 'db-complete>running']);
    const asked = fc.constantFrom<UpgradeStatus>(
      'pending',
      'db-complete',
      'running',
      'complete',
      'aborted',
    );
    fc.assert(
      fc.property(fc.array(asked), (all) => {
        const lock = begun();
        for (const status of all) {
          const from = lock.current!.status;
          try {
            lock.setStatus(status);
          } catch (error) {
            expect(error).toBeInstanceOf(UpgradeInfoError);
            expect(lock.current!.status).toBe(from);
            continue;
          }
          expect(from === status || edges.has(`${from}>${status}`)).toBe(true);
        }
      }),
    );
  });

  it('can be aborted at any time, and then begins anew', () => {
    const lock = begun();
    lock.abort();
    lock.abort();
    expect(lock.archive.map((one) => one.status)).toEqual(['aborted']);
    lock.ensure(old, next, 'machine-0', 5);
    expect(lock.current?.status).toBe('pending');
  });
});
