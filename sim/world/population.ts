/**
 * Who is in a world on the wire: machines that MAAS deployed for Juju, the controller on one of them
 * and an agent on each of the others, so that the two fakes speak of the same machines: a system id
 * of MAAS is an instance id of the controller, with its hostname and its addresses. More machines
 * stay free, for whatever a client is going to allocate.
 */
import type { ControllerCore, ControllerOptions } from '../controller/core/controller.ts';
import type { Instance } from '../controller/core/machines.ts';
import type { Machine } from '../maas/core/objects.ts';
import { occupy } from '../maas/core/occupy.ts';
import type { Maas } from '../maas/index.ts';
import type { AgentVersion } from '../versions/number.ts';
import { dealMix, type Share } from './mix.ts';

/** Free machines: one for every ten with an agent, and never fewer than this. */
const LEAST_FREE = 20;

/** What the Juju model's machines are deployed with, where MAAS has it. */
const SERIES = 'jammy';

/** Machines alike of one model. */
interface Group {
  readonly count: number;
  readonly os: string;
  /** Any architecture without it. */
  readonly arch?: string;
  /** What their agents ACTUALLY run. */
  readonly version: AgentVersion;
}

/** A model to be made, as a scenario describes it; `controller` is there already. */
export interface PlannedModel {
  readonly name: string;
  readonly agentVersion: AgentVersion;
  readonly machines: readonly Group[];
}

/** The models of a mix: each version in a model of its own. @throws MixError */
export function modelsOfMix(agents: number, mix: readonly Share[]): PlannedModel[] {
  return dealMix(agents, mix).map(({ name, version, machines }) => ({
    name,
    agentVersion: version,
    machines: [{ count: machines, os: 'ubuntu', version }],
  }));
}

/**
 * How many machines a MAAS needs for these models: the controller's and the free ones too. Models
 * that are particular about the architecture need a larger choice.
 */
export function machinesFor(models: readonly PlannedModel[]): number {
  const groups = models.flatMap(({ machines }) => machines);
  const particular = sum(groups.filter(({ arch }) => arch !== undefined));
  const agents = agentsOf(models);
  return agents + particular + 1 + Math.max(LEAST_FREE, Math.ceil(agents / 10));
}

/** How many machines with an agent these models have. */
export function agentsOf(models: readonly PlannedModel[]): number {
  return sum(models.flatMap(({ machines }) => machines));
}

function sum(groups: readonly Group[]): number {
  return groups.reduce((total, { count }) => total + count, 0);
}

export interface PopulateOptions {
  readonly maas: Maas;
  readonly models: readonly PlannedModel[];
  /** Architecture of the controller's machine. */
  readonly arch?: string | undefined;
  /** Makes the controller's core for the machine that it is to run on. */
  readonly bootstrap: (on: Pick<ControllerOptions, 'arch' | 'instance'>) => ControllerCore;
}

/**
 * Bootstraps a controller on a machine of the MAAS and gives its models their machines.
 * @throws RangeError when the MAAS has too few of them
 */
export function populate({ maas, models, arch, bootstrap }: PopulateOptions): ControllerCore {
  const free = new FreeMachines(maas);
  const [own] = free.take(1, arch) as [Machine];
  const core = bootstrap({ arch: archOf(own), instance: () => instanceOf(maas, own) });
  take(maas, core, own, core.controllerModel.uuid, {
    'juju-is-controller': 'true',
    'juju-machine-id': 'controller-machine-0',
  });
  for (const { name, agentVersion, machines } of models) {
    const known = core.models().find((model) => model.name === name);
    const model = known ?? core.createModel({ name, agentVersion });
    for (const group of machines) {
      const taken = free.take(group.count, group.arch);
      for (const [arch, alike] of Map.groupBy(taken, archOf)) {
        const { first } = core.addMachines(model.uuid, alike.length, {
          os: group.os,
          arch,
          version: group.version,
          instance: (i) => instanceOf(maas, alike[i]!),
        });
        alike.forEach((machine, i) => {
          const id = `${model.name}-machine-${core.machines.number(first + i)}`;
          take(maas, core, machine, model.uuid, { 'juju-machine-id': id });
        });
      }
    }
  }
  return core;
}

/**
 * The machines of a MAAS that nobody has yet, from the end of its inventory, so that a list begins
 * with those that are free.
 */
class FreeMachines {
  readonly #machines: readonly Machine[];
  readonly #taken = new Set<Machine>();
  /** How far the inventory has been looked through, by architecture wanted. */
  readonly #next = new Map<string | undefined, number>();

  constructor(maas: Maas) {
    this.#machines = maas.core.machines.toReversed();
  }

  /** @throws RangeError when there are fewer */
  take(count: number, arch: string | undefined): Machine[] {
    const found: Machine[] = [];
    let i = this.#next.get(arch) ?? 0;
    for (; i < this.#machines.length && found.length < count; i++) {
      const machine = this.#machines[i]!;
      if (this.#taken.has(machine) || (arch !== undefined && archOf(machine) !== arch)) continue;
      found.push(machine);
      this.#taken.add(machine);
    }
    this.#next.set(arch, i);
    if (found.length === count) return found;
    throw new RangeError(
      `MAAS has ${found.length} free machines of ${arch ?? 'any architecture'}, not ${count}`,
    );
  }
}

/** Deploys a machine as Juju's provider does, its instance tags included (facts/maas-api 11.2). */
function take(
  maas: Maas,
  core: ControllerCore,
  machine: Machine,
  modelUuid: string,
  tags: Readonly<Record<string, string>>,
): void {
  occupy(maas.core, maas.user, machine, {
    agentName: modelUuid,
    series: SERIES,
    ownerData: {
      'juju-controller-uuid': core.uuid,
      'juju-model-uuid': modelUuid,
      ...tags,
    },
  });
}

/** Read anew each time: a released machine keeps its id and loses its addresses. */
function instanceOf(maas: Maas, machine: Machine): Instance {
  const { interfaces, hostname, cpuCount, memory, zoneId } = machine.state;
  const zone = maas.core.zones.get(zoneId)?.name ?? 'default';
  const links = interfaces.flatMap((one) => one.links);
  return {
    id: machine.systemId,
    hostname,
    addresses: links.flatMap(({ ip }) => (ip === null ? [] : [ip])),
    hardware: `cores=${cpuCount} mem=${memory}M availability-zone=${zone}`,
  };
}

function archOf(machine: Machine): string {
  return machine.state.architecture.split('/')[0]!;
}
