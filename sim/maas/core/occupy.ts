/**
 * Machines that somebody deployed before the simulation began: a world in which Juju already runs
 * has them. They take the way of every deployment, refusals included, without its duration.
 */
import type { MaasCore } from './core.ts';
import { deploy, finishDeployment } from './deploy.ts';
import type { Machine, User } from './objects.ts';

export interface Occupation {
  /** What the client calls itself: Juju gives the model's UUID (facts/maas-api 11.2). */
  readonly agentName: string;
  /** The series, where this MAAS has an image of it; else MAAS's default one. */
  readonly series: string;
  /** What the client keeps with the machine: Juju's instance tags. */
  readonly ownerData: Readonly<Record<string, string>>;
}

/** Makes a Ready machine a Deployed one of this user. @throws Refusal as {@link deploy} does */
export function occupy(core: MaasCore, user: User, machine: Machine, by: Occupation): void {
  const images = [...core.bootResources.values()];
  const known = images.some((image) => image.name.endsWith(`/${by.series}`));
  deploy(core, user, machine, {
    distroSeries: known ? by.series : '',
    userData: '',
    hweKernel: '',
    agentName: by.agentName,
    bridges: { all: false, type: '', stp: false, forwardDelay: 0 },
    installRackd: false,
    vmHost: null,
    ephemeral: false,
    enableHwSync: false,
    enableKernelCrashDump: false,
  });
  finishDeployment(core, machine);
  core.change(machine, { ownerData: { ...by.ownerData } });
}
