/** Machines on the wire: one, or a list as it was when it was asked for (facts/maas-api 3.3). */
import { filterConstraints, type Sent } from '../../core/constraints.ts';
import { matchInterfaces } from '../../core/interface-constraint.ts';
import type { Machine } from '../../core/objects.ts';
import { canView } from '../../core/permissions.ts';
import { matchStorage } from '../../core/storage-constraint.ts';
import { type Answer, JSON_TYPE, streamedList } from '../answers.ts';
import type { Call, UserCall } from '../routes.ts';

/** The machines that the caller may see and that satisfy the filters. @throws Refusal 400 */
export function wantedMachines({ core, user }: UserCall, filters: Sent): readonly Machine[] {
  const constraints = filterConstraints(core, filters);
  return core.machines.filter(
    (machine) =>
      canView(user, machine.state) &&
      constraints.list.every((constraint) => constraint.test(machine)) &&
      (constraints.storage.length === 0 || matchStorage(constraints.storage, machine.state)) &&
      matchInterfaces(constraints.interfaces, machine.state),
  );
}

/** A list of machines as they are now, however slowly it is read. */
export function machineList(call: Call, machines: readonly Machine[]): Answer {
  const snapshot = machines.map((machine) => ({ machine, state: machine.state }));
  return streamedList(snapshot, ({ machine, state }) =>
    call.render.machineItem(machine, state, snapshot.length),
  );
}

/** One machine as it is now. */
export function machineAnswer(call: Call, machine: Machine): Answer {
  return { status: 200, contentType: JSON_TYPE, body: call.render.machineBytes(machine) };
}
