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
import { dealMix, type Share } from './mix.ts';

/** Free machines: one for every ten with an agent, and never fewer than this. */
const LEAST_FREE = 20;

/** What the Juju model's machines are deployed with, where MAAS has it. */
const SERIES = 'jammy';

/** How many machines a MAAS needs behind so many agents: the controller's and the free ones too. */
export function machinesFor(agents: number): number {
  return agents + 1 + Math.max(LEAST_FREE, Math.ceil(agents / 10));
}

export interface PopulateOptions {
  readonly maas: Maas;
  readonly agents: number;
  readonly mix: readonly Share[];
  /** Makes the controller's core for the machine that it is to run on. */
  readonly bootstrap: (on: Pick<ControllerOptions, 'arch' | 'instance'>) => ControllerCore;
}

/**
 * Bootstraps a controller on a machine of the MAAS and gives its models the machines of the mix,
 * each version in a model of its own.
 * @throws MixError; RangeError when the MAAS has too few machines that can be deployed
 */
export function populate({ maas, agents, mix, bootstrap }: PopulateOptions): ControllerCore {
  const free = maas.core.machines;
  if (free.length <= agents) {
    throw new RangeError(`${free.length} machines cannot carry ${agents} agents and a controller`);
  }
  const own = free[0]!;
  const core = bootstrap({ arch: archOf(own), instance: () => instanceOf(maas, own) });
  take(maas, core, own, core.controllerModel.uuid, {
    'juju-is-controller': 'true',
    'juju-machine-id': 'controller-machine-0',
  });
  let next = 1;
  for (const dealt of dealMix(agents, mix)) {
    const model = core.createModel({ name: dealt.name, agentVersion: dealt.version });
    const machines = free.slice(next, next + dealt.machines);
    next += dealt.machines;
    for (const [arch, alike] of Map.groupBy(machines, archOf)) {
      const { first } = core.addMachines(model.uuid, alike.length, {
        os: 'ubuntu',
        arch,
        version: dealt.version,
        instance: (i) => instanceOf(maas, alike[i]!),
      });
      alike.forEach((machine, i) => {
        const id = `${model.name}-machine-${core.machines.number(first + i)}`;
        take(maas, core, machine, model.uuid, { 'juju-machine-id': id });
      });
    }
  }
  return core;
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
