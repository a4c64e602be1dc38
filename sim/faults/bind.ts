/**
 * Binds faults to the injection points of the cores that a world has, and predicts from the ground
 * truth which machines must stay behind. Whether a machine is hit is drawn from (seed,
 * `fault.<id>`, machine) alone: it does not change when the fleet grows or another fault is added.
 * Machine 0 is the controller's own and is never drawn, since a controller that never comes back
 * would hide every other fault.
 *
 * Several faults can be drawn for one machine, but of those that keep it behind for ever only the
 * first takes effect (in the order of {@link STUCK_REASONS}), so that the reason to expect is beyond
 * doubt in every era: agents of some eras look at their disk before they download, others after.
 */
import type { AgentFate, AgentPoints } from '../agents/points.ts';
import type { ControllerPoints } from '../controller/points.ts';
import type { InjectionPoint } from '../kernel/inject.ts';
import type { Draws, Randomness } from '../kernel/random.ts';
import type { MaasPoints } from '../maas/points.ts';
import { osOf } from '../streams/index.ts';
import type { StreamsPoints } from '../streams/points.ts';
import { type Fault, type Primitive, STUCK_REASONS, type StuckReason } from './fault.ts';

export interface FaultPoints {
  readonly streams?: StreamsPoints;
  readonly maas?: MaasPoints;
  readonly controller?: ControllerPoints;
  readonly agents?: AgentPoints;
}

/** A machine as far as a fault's scope can tell: its index in the controller's machine table. */
export interface FaultedMachine {
  readonly index: number;
  readonly os: string;
  readonly arch: string;
}

export interface BoundFaults {
  /** The faults of which at least one primitive found its point. */
  readonly bound: readonly Fault[];
  /** The faults that have no point in this world (MAAS faults in a world without MAAS, say). */
  readonly idle: readonly Fault[];
  /**
   * Why this machine must never reach a new agent-version, or undefined when it must. Asks about
   * the way to a new version: a machine that has nowhere to go is stuck nowhere.
   */
  predictedStuck(machine: FaultedMachine): StuckReason | undefined;
  /**
   * Binds one more fault, or one again that was switched off, with its counts at the beginning.
   * Agents ask for their fate when they are set up and never again.
   * @returns whether any primitive found a point that is asked while the world runs
   */
  switchOn(fault: Fault): boolean;
  /** Takes one fault off the points. @returns whether it was on */
  switchOff(id: string): boolean;
  /** Takes all rules off the points again. */
  unbind(): void;
}

const CONTROLLERS_OWN_MACHINE = 0;

/** Stands in a fault file for whichever source a world's controller searches first. */
const FIRST_SOURCE = 'first';

/** Binds every primitive whose point is given. Bind before agent metadata is published. */
export function bindFaults(
  faults: readonly Fault[],
  points: FaultPoints,
  random: Randomness,
): BoundFaults {
  /** What was bound, with how to take it off again, in the order of binding. */
  const on = new Map<Fault, () => void>();
  const idle = new Set<Fault>();
  const fates = new Set<{ fault: Fault; fate: AgentFate }>();
  let keepers: Fault[] = [];
  const lots = new Map<string, Draws>();
  const drawn = (fault: Fault, machine: FaultedMachine) =>
    hits(fault, machine, lots.get(fault.id)!);
  const culprit = (machine: FaultedMachine) => keepers.find((fault) => drawn(fault, machine));
  const befalls: Befalls = (fault, machine) =>
    drawn(fault, machine) && ('heals' in fault.truth || culprit(machine) === fault);

  // Seen by a rule that has no effect and stands before all others: a fault that answers first would
  // hide from the next one which source was asked.
  let first: string | undefined;
  const unwatch = points.streams?.request.bind(({ source }) => {
    first ??= source;
    return undefined;
  });
  const isFirst = (source: string) => source === first;

  const bindOne = (fault: Fault): void => {
    const undo: (() => void)[] = [];
    lots.set(fault.id, random.draws(`fault.${fault.id}`));
    for (const primitive of fault.primitives) {
      if (primitive.point === 'agent.fate' && points.agents) {
        const one = { fault, fate: given(primitive.effect) };
        fates.add(one);
        undo.push(() => fates.delete(one));
      } else {
        const unbind = bindPrimitive(fault, primitive, points, befalls, isFirst);
        if (unbind) undo.push(unbind);
      }
    }
    if (undo.length === 0) idle.add(fault);
    else on.set(fault, () => undo.forEach((one) => void one()));
    keepers = [...on.keys()].filter((one) => 'stuck' in one.truth).sort(byTruth);
  };
  const switchOff = (id: string): boolean => {
    const fault = [...on.keys(), ...idle].find((one) => one.id === id);
    if (!fault) return false;
    on.get(fault)?.();
    on.delete(fault);
    idle.delete(fault);
    keepers = keepers.filter((one) => one !== fault);
    return true;
  };

  for (const fault of [...faults].sort(byTruth)) bindOne(fault);
  const unbindFates =
    fates.size === 0
      ? undefined
      : points.agents?.fate.bind(({ machine, os, arch }) => {
          let merged: AgentFate | undefined;
          for (const { fault, fate } of fates) {
            if (befalls(fault, { index: machine, os, arch })) merged = { ...merged, ...fate };
          }
          return merged;
        });

  return {
    get bound() {
      return [...on.keys()];
    },
    get idle() {
      return [...idle];
    },
    predictedStuck(machine) {
      const truth = culprit(machine)?.truth;
      return truth && 'stuck' in truth ? truth.stuck : undefined;
    },
    switchOn(fault) {
      if (!fault.primitives.some((one) => isAskedLater(one) && hasPoint(one, points))) return false;
      switchOff(fault.id);
      bindOne(fault);
      return true;
    },
    switchOff,
    unbind() {
      unwatch?.();
      unbindFates?.();
      for (const undo of on.values()) undo();
    },
  };
}

/** Fates are asked for when agents are set up, records when metadata is written: both come first. */
function isAskedLater({ point }: Primitive): boolean {
  return point !== 'agent.fate' && point !== 'streams.record';
}

function hasPoint({ point }: Primitive, points: FaultPoints): boolean {
  const owner = point.slice(0, point.indexOf('.'));
  return points[owner as keyof FaultPoints] !== undefined;
}

type Befalls = (fault: Fault, machine: FaultedMachine) => boolean;

/** Whether a fault's scope takes in this machine, by the fault's own draws. */
function hits(fault: Fault, machine: FaultedMachine, draws: Draws): boolean {
  const { share, os, arch } = fault.scope;
  if (machine.index === CONTROLLERS_OWN_MACHINE) return false;
  if (os !== undefined && os !== osOf(machine.os)) return false;
  if (arch !== undefined && arch !== machine.arch) return false;
  return share === undefined || draws.real(machine.index) < share;
}

function bindPrimitive(
  fault: Fault,
  p: Primitive,
  points: FaultPoints,
  befalls: Befalls,
  isFirst: (source: string) => boolean,
): (() => void) | undefined {
  const { streams, maas, controller } = points;
  switch (p.point) {
    case 'agent.fate':
      return undefined;
    case 'controller.download': {
      if (!controller) return undefined;
      const left = new Map<number, number>();
      return controller.download.bind(({ machine, binary }) => {
        const whose = { index: machine, os: binary.release, arch: binary.arch };
        if (machine < 0 || !befalls(fault, whose)) return undefined;
        if (p.times === undefined) return p.effect;
        const times = left.get(machine) ?? p.times;
        left.set(machine, Math.max(0, times - 1));
        return times > 0 ? p.effect : undefined;
      });
    }
    case 'controller.call':
      return limited(controller?.call, p.match, p.effect, p.times);
    case 'controller.upgrade':
      return limited(controller?.upgrade, p.match, p.effect, p.times);
    case 'maas.request':
      return limited(maas?.request, p.match, given(p.effect), p.times);
    case 'maas.step':
      return limited(maas?.step, p.match, p.effect, p.times);
    case 'maas.clock-skew':
      return limited(maas?.clockSkewMs, undefined, p.effect.ms, undefined);
    case 'streams.request': {
      const { path, source, ...match } = p.match ?? {};
      const fits = (context: { source: string; path: string }) =>
        (source === FIRST_SOURCE
          ? isFirst(context.source)
          : source === undefined || context.source === source) &&
        (path === undefined || context.path.startsWith(path));
      return limited(streams?.request, match, p.effect, p.times, fits);
    }
    case 'streams.record':
      return limited(streams?.record, p.match, p.effect, undefined, ({ binary }) => {
        const { os, arch } = fault.scope;
        return (
          (os === undefined || os === osOf(binary.release)) &&
          (arch === undefined || arch === binary.arch)
        );
      });
  }
}

/** Binds an effect for contexts whose fields equal `match`, at most `times` times. */
function limited<C extends object, E>(
  point: InjectionPoint<C, E> | undefined,
  match: object | undefined,
  effect: E,
  times: number | undefined,
  fits: (context: C) => boolean = () => true,
): (() => void) | undefined {
  const wanted = Object.entries(match ?? {});
  let left = times ?? Number.POSITIVE_INFINITY;
  return point?.bind((context) => {
    if (left <= 0 || !fits(context)) return undefined;
    if (!wanted.every(([name, value]) => Reflect.get(context, name) === value)) return undefined;
    left--;
    return effect;
  });
}

/** Those that stay behind first, in the order of {@link STUCK_REASONS}; then those that heal. */
function byTruth(a: Fault, b: Fault): number {
  return rank(a) - rank(b) || (a.id < b.id ? -1 : 1);
}

function rank(fault: Fault): number {
  return 'stuck' in fault.truth ? STUCK_REASONS.indexOf(fault.truth.stuck) : STUCK_REASONS.length;
}

/** The same object without members that are undefined, as `exactOptionalPropertyTypes` wants it. */
function given<T extends object>(effect: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(effect).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
