/**
 * Where a step leaves a machine. One that comes to rest in Ready or New is nobody's any more: owner,
 * annotations, installed system, addresses of AUTO links and acquired bridges are gone, whichever way
 * it came (facts/maas-api 4.3, 4.8).
 */
import { withoutAcquiredBridges } from './acquired-bridges.ts';
import type { MaasCore } from './core.ts';
import type { Link, Machine, MachineState, NetworkInterface } from './objects.ts';
import { STATUS, type Status } from './status.ts';
import { storageAfterRelease } from './storage/editor.ts';

/** Changes the status as `MaasCore.moveTo` does. @throws Refusal 409 for an illegal transition */
export function comeToRest(
  core: MaasCore,
  machine: Machine,
  status: Status,
  patch: Partial<MachineState> = {},
  event?: string,
): void {
  core.checkTransition(machine, status);
  const free = status === STATUS.READY || status === STATUS.NEW;
  core.moveTo(machine, status, free ? { ...patch, ...freed(core, machine) } : patch, event);
}

/** What a machine loses with its owner. */
export function nobodys(core: MaasCore, machine: Machine): Partial<MachineState> {
  return {
    owner: null,
    ownerData: {},
    agentName: '',
    interfaces: giveBackAddresses(core, withoutAcquiredBridges(machine.state.interfaces)),
    ...storageAfterRelease(machine.state),
  };
}

/** What a machine loses with what was installed on it. */
export const UNINSTALLED: Partial<MachineState> = {
  osystem: '',
  distroSeries: '',
  hweKernel: null,
  netboot: true,
  enableHwSync: false,
  lastSyncMs: null,
  userData: null,
};

function freed(core: MaasCore, machine: Machine): Partial<MachineState> {
  return { ...UNINSTALLED, ...nobodys(core, machine) };
}

function giveBackAddresses(
  core: MaasCore,
  interfaces: readonly NetworkInterface[],
): NetworkInterface[] {
  const isAuto = (link: Link) => link.mode === 'auto';
  core.network.release(interfaces.flatMap((iface) => iface.links.filter(isAuto)));
  return interfaces.map((iface) => ({
    ...iface,
    links: iface.links.map((link) => (isAuto(link) ? { ...link, ip: null } : link)),
  }));
}

/** The power state after MAAS turned a machine off, which it cannot tell of a manual one. */
export function powerOff({ state }: Machine) {
  return state.powerType === 'manual' ? state.powerState : 'off';
}
