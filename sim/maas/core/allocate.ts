/**
 * Allocation: choosing a machine and giving it to the caller (facts/maas-api 5). Candidates are
 * Ready, unlocked and editable by the caller, cheapest first; the first that satisfies everything
 * wins. When none does, the refusal reads as MAAS's own and its Problem says how many machines
 * each constraint left over, so that an ideal message can name the one that was too much.
 */

import { type BridgeOptions, checkBridgeType } from './acquired-bridges.ts';
import { allocateConstraints, type Constraints, type Sent } from './constraints.ts';
import type { MaasCore } from './core.ts';
import { acquire } from './deploy.ts';
import { matchInterfaces } from './interface-constraint.ts';
import type { Machine, User } from './objects.ts';
import { canEdit } from './permissions.ts';
import { pyList, pyString } from './python.ts';
import { refusal } from './refusal.ts';
import { STATUS } from './status.ts';
import { matchStorage, type StorageMatch } from './storage-constraint.ts';

/** Which disks and interfaces satisfied which labels. */
export interface ConstraintMatches {
  readonly storage?: Readonly<Record<string, readonly StorageMatch[]>>;
  readonly interfaces?: Readonly<Record<string, readonly number[]>>;
  /** With `verbose`: by machine, which device has which label, over all that would do. */
  readonly verbose_storage?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly verbose_interfaces?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface Allocation {
  readonly machine: Machine;
  readonly matches: ConstraintMatches;
}

/**
 * Picks a machine, and unless it is a dry run gives it to the caller.
 * @throws Refusal 409 when none matches, 400 and 404 for bad constraints
 */
export function allocate(
  core: MaasCore,
  user: User,
  sent: Sent,
  options: {
    readonly dryRun: boolean;
    readonly verbose?: boolean;
    readonly bridges?: BridgeOptions;
  },
): Allocation {
  if (options.bridges) checkBridgeType(options.bridges.type);
  const constraints = allocateConstraints(core, sent);
  let best: Allocation | undefined;
  // Cheapest first; of equal cost, the older machine (facts/maas-api 14).
  for (const machine of core.free) {
    const matches = canEdit(user, machine.state) ? match(constraints, machine) : undefined;
    if (!matches) continue;
    best = { machine, matches };
    break;
  }
  if (!best) throw noMatch(core, freeMachines(core, user), constraints, sent);
  const chosen = options.verbose
    ? { ...best, matches: { ...best.matches, ...verbose(core, user, constraints) } }
    : best;
  if (!options.dryRun) {
    const agentName = sent.get('agent_name')?.[0] ?? '';
    acquire(core, user, best.machine, agentName, options.bridges);
  }
  return chosen;
}

function freeMachines(core: MaasCore, user: User): Machine[] {
  return core.machines.filter(({ state }) => state.status === STATUS.READY && canEdit(user, state));
}

function match(constraints: Constraints, machine: Machine): ConstraintMatches | undefined {
  if (!constraints.list.every((constraint) => constraint.test(machine))) return undefined;
  const storage = matchStorage(constraints.storage, machine.state);
  const interfaces = matchInterfaces(constraints.interfaces, machine.state);
  if (!storage || !interfaces) return undefined;
  const labelled = constraints.storage.flatMap((item, i) =>
    item.label === '' ? [] : [[item.label, [storage[i]!]] as const],
  );
  return {
    ...(constraints.storage.length > 0 ? { storage: Object.fromEntries(labelled) } : {}),
    ...(constraints.interfaces.length > 0 ? { interfaces } : {}),
  };
}

/** What every machine that would do has for each label (facts/maas-api 5.3, 5.4). */
function verbose(core: MaasCore, user: User, constraints: Constraints): ConstraintMatches {
  const storage: Record<string, Record<string, string>> = {};
  const interfaces: Record<string, Record<string, string>> = {};
  for (const machine of freeMachines(core, user)) {
    const matches = match(constraints, machine);
    if (matches?.storage) storage[machine.id] = byDevice(matches.storage);
    if (matches?.interfaces) interfaces[machine.id] = byDevice(matches.interfaces);
  }
  return {
    ...(constraints.storage.length > 0 ? { verbose_storage: storage } : {}),
    ...(constraints.interfaces.length > 0 ? { verbose_interfaces: interfaces } : {}),
  };
}

function byDevice(labels: Readonly<Record<string, readonly StorageMatch[]>>) {
  return Object.fromEntries(
    Object.entries(labels).flatMap(([label, ids]) => ids.map((id) => [String(id), label])),
  );
}

function noMatch(
  core: MaasCore,
  candidates: readonly Machine[],
  constraints: Constraints,
  sent: Sent,
) {
  const resolved = constraints.list.map((constraint) => constraint.resolved).join(' ');
  const systemId = sent.get('system_id')?.find((value) => value !== '');
  const raw = [...sent]
    .filter(([name]) => name !== 'op')
    .map(([name, values]) => `(${pyString(name)}, ${pyList(values)})`)
    .join(', ');
  const text =
    resolved === ''
      ? 'No machine available.'
      : systemId !== undefined && core.features.noMatchNamesMachine
        ? `No machine with system ID ${systemId} available.`
        : `No available machine matches constraints: [${raw}] (resolved to "${resolved}")`;
  const left = (test: (machine: Machine) => boolean) =>
    `${candidates.filter(test).length} of ${candidates.length} free machines`;
  return refusal('conflict', text, {
    code: 'maas-no-machine-matches',
    operation: 'allocate a machine',
    wanted: resolved || 'any machine',
    looked: [
      {
        place: 'machines in status Ready',
        outcome: `${candidates.length} of ${core.machines.length} machines`,
      },
      ...constraints.list.map((constraint) => ({
        place: constraint.resolved,
        outcome: left((machine) => satisfiesAlone(constraints, constraint.name, machine)),
      })),
    ],
    why: 'maas.allocate.all-constraints',
    scope: `zone ${sent.get('zone')?.join(',') ?? 'any'}`,
    permanence: 'unknown',
  });
}

function satisfiesAlone(constraints: Constraints, name: string, machine: Machine): boolean {
  if (name === 'storage') return matchStorage(constraints.storage, machine.state) !== undefined;
  if (name === 'interfaces') {
    return matchInterfaces(constraints.interfaces, machine.state) !== undefined;
  }
  return constraints.list.every((other) => other.name !== name || other.test(machine));
}
