/** In which status, and by whom, storage may be changed (facts/maas-api 3.6). */
import type { MaasCore } from '../core.ts';
import type { Machine, User } from '../objects.ts';
import { refusal, scopeOf } from '../refusal.ts';
import { STATUS, type Status, statusName } from '../status.ts';

/**
 * A machine that an administrator may build storage on: Ready.
 * @param said the whole text of the refusal
 * @throws Refusal 404, 403, 409
 */
export function readyMachine(
  core: MaasCore,
  user: User,
  systemId: string,
  said: string,
  also: readonly Status[] = [],
): Machine {
  const machine = core.administrable(user, systemId);
  const { status } = machine.state;
  if (status === STATUS.READY || also.includes(status)) return machine;
  throw refusal('conflict', said, {
    code: 'maas-transition-illegal',
    operation: 'change storage',
    wanted: statusName(STATUS.READY),
    found: [statusName(status)],
    scope: scopeOf(machine),
  });
}

/**
 * A machine whose filesystems may be changed: Ready, by an administrator, or Allocated, by the owner.
 * @param what as in "Cannot <what> because the machine is not Ready or Allocated."
 * @param noun `machine`, or `node` for partitions
 * @throws Refusal 404, 403, 409
 */
export function formattable(
  core: MaasCore,
  user: User,
  systemId: string,
  what: string,
  noun: 'machine' | 'node',
): Machine {
  const machine = core.editable(user, systemId);
  const { status } = machine.state;
  if (status !== STATUS.READY && status !== STATUS.ALLOCATED) {
    throw refusal('conflict', `Cannot ${what} because the ${noun} is not Ready or Allocated.`, {
      code: 'maas-transition-illegal',
      operation: what,
      wanted: `${statusName(STATUS.READY)} or ${statusName(STATUS.ALLOCATED)}`,
      found: [statusName(status)],
      scope: scopeOf(machine),
    });
  }
  if (status === STATUS.READY && !user.isSuperuser) {
    throw refusal(
      'forbidden',
      `Cannot ${what} because you don't have the permissions on a Ready ${noun}.`,
      { scope: scopeOf(machine) },
    );
  }
  return machine;
}
