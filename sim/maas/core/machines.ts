/**
 * Adding machines by hand (or by enlistment) and changing what is known about them (facts/maas-api
 * 3.1, 3.2). What commissioning would find out is not invented: a machine added so has the hardware
 * that the request names.
 */

import { commission, commissionRequest } from './commission.ts';
import type { MaasCore } from './core.ts';
import type { Fields } from './fields.ts';
import { freshState, unknownHardware } from './fresh-machine.ts';
import {
  architectureOf,
  commonFields,
  kernelOf,
  macComplaint,
  newHostname,
  plainInterface,
  powerParametersOf,
  wholeNumber,
} from './machine-form.ts';
import type { Machine, User } from './objects.ts';
import { checkPower } from './power-types.ts';
import { fieldRefusal, Refusal } from './refusal.ts';
import { STATUS } from './status.ts';
import { uuid } from './uuid.ts';

/**
 * Creates a machine. An administrator's is commissioned at once unless told otherwise; an anonymous
 * caller's (enlistment) waits in New. @throws Refusal 400 with form errors
 */
export function createMachine(core: MaasCore, user: User | undefined, fields: Fields): Machine {
  const macs = fields.all('mac_addresses').filter((mac) => mac !== '');
  const powerType = fields.text('power_type');
  const deployed = fields.flag('deployed');
  if (macs.length === 0 && powerType !== 'ipmi' && !(deployed && powerType === '')) {
    throw fieldRefusal('mac_addresses', 'This field is required.', { wanted: 'a MAC address' });
  }
  const complaints = macs.flatMap((mac) => macComplaint(core, mac) ?? []);
  if (complaints.length > 0) {
    const message =
      macs.length === 1
        ? complaints
        : [`One or more MAC addresses is invalid. (${complaints.slice(0, 10).join(' — ')})`];
    throw fieldRefusal('mac_addresses', message, { wanted: macs.join(', ') });
  }
  const architecture = architectureOf(core, fields, powerType);
  const hostname = newHostname(core, fields.text('hostname'));
  const patch = commonFields(core, fields);
  const memory = wholeNumber(fields, 'memory') ?? 0;
  const cpuCount = wholeNumber(fields, 'cpu_count') ?? 0;
  const powerParameters = powerParametersOf(fields);
  checkPower(powerType, powerParameters, fields.flag('power_parameters_skip_check'));
  const minHweKernel = kernelOf(fields) ?? '';
  const shouldCommission =
    user?.isSuperuser === true && !deployed && fields.flag('commission', true);

  const stream = core.stream('maas.enlisted');
  const vlanId = core.network.fabrics.get(0)!.defaultVlanId;
  const machine = core.addMachine(
    unknownHardware(uuid(stream)),
    freshState({
      hostname,
      architecture,
      cpuCount,
      memory,
      powerType,
      powerParameters,
      powerState: deployed ? 'unknown' : 'off',
      interfaces: macs.map((mac, i) => plainInterface(core, mac, i, vlanId)),
      status: deployed ? STATUS.DEPLOYED : STATUS.NEW,
      owner: deployed ? (user?.username ?? null) : null,
      minHweKernel,
      domainId: core.dns.defaultDomainId,
      ...patch,
    }),
  );
  core.event(machine, deployed ? 'Deployed' : 'New');
  if (shouldCommission) {
    try {
      commission(core, user, machine, commissionRequest(core, fields));
    } catch (error) {
      // The real one swallows a refused commission: the machine is there, in New.
      if (!(error instanceof Refusal)) throw error;
    }
  }
  return machine;
}

/** Changes a machine. Unknown fields are ignored, as in the real one. @throws Refusal 400 */
export function updateMachine(core: MaasCore, machine: Machine, fields: Fields): void {
  const hostname = fields.text('hostname');
  const renamed =
    hostname !== '' && hostname !== machine.state.hostname
      ? { hostname: newHostname(core, hostname) }
      : {};
  const numbers = {
    cpuCount: wholeNumber(fields, 'cpu_count'),
    memory: wholeNumber(fields, 'memory'),
    swapSize: wholeNumber(fields, 'swap_size'),
  };
  const architecture = fields.text('architecture')
    ? { architecture: architectureOf(core, fields, machine.state.powerType) }
    : {};
  const minHweKernel = kernelOf(fields);
  const powerType = fields.optional('power_type');
  const kept = powerType === undefined || powerType === machine.state.powerType;
  // Another way to switch has parameters of its own.
  const powerParameters = {
    ...(kept ? machine.state.powerParameters : {}),
    ...powerParametersOf(fields),
  };
  if (fields.has('power_type') || fields.has('power_parameters')) {
    const skip = fields.flag('power_parameters_skip_check');
    checkPower(powerType ?? machine.state.powerType, powerParameters, skip);
  }
  core.change(machine, {
    ...commonFields(core, fields),
    ...renamed,
    ...architecture,
    ...(numbers.cpuCount === undefined ? {} : { cpuCount: numbers.cpuCount }),
    ...(numbers.memory === undefined ? {} : { memory: numbers.memory }),
    ...(numbers.swapSize === undefined ? {} : { swapSize: numbers.swapSize }),
    ...(powerType === undefined ? {} : { powerType }),
    ...(minHweKernel === undefined ? {} : { minHweKernel }),
    powerParameters,
  });
}
