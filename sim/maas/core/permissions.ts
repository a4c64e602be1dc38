/** Who may see and change what, without roles of an outside service (facts/maas-api 2.3). */
import type { Machine, MachineState, User } from './objects.ts';
import { refusal, scopeOf } from './refusal.ts';

/** Owner null, own, or superuser. */
export function canView(user: User, state: { readonly owner: string | null }): boolean {
  return user.isSuperuser || state.owner === null || state.owner === user.username;
}

/** As {@link canView}, and not locked. */
export function canEdit(user: User, state: MachineState): boolean {
  return canView(user, state) && !state.locked;
}

/** 403 with the empty body that object permissions have. */
export function forbidden(machine: Machine) {
  return refusal('forbidden', '', {
    operation: 'use a machine',
    wanted: `machine ${machine.systemId}`,
    found: machine.state.locked ? ['it is locked'] : [`it belongs to ${machine.state.owner}`],
    scope: scopeOf(machine),
  });
}
