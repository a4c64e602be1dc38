/** Every saboteur, by its id. */
import { AGENT_BINARIES_SABOTEURS } from './agent-binaries.ts';
import { CLOUD_INIT_SABOTEURS } from './cloud-init.ts';
import { CONTROLLER_SABOTEURS } from './controller.ts';
import { JUJU_MAAS_PROVIDER_SABOTEURS } from './juju-maas-provider.ts';
import { MAAS_SABOTEURS } from './maas.ts';
import { MAAS_LIFE_SABOTEURS } from './maas-life.ts';
import { PYTHON_LIBMAAS_SABOTEURS } from './python-libmaas.ts';
import { REFERENCE_SABOTEURS } from './reference.ts';
import type { Saboteur } from './saboteur.ts';

export const SABOTEURS: ReadonlyMap<string, Saboteur> = new Map(
  [
    ...MAAS_SABOTEURS,
    ...MAAS_LIFE_SABOTEURS,
    ...CONTROLLER_SABOTEURS,
    ...AGENT_BINARIES_SABOTEURS,
    ...JUJU_MAAS_PROVIDER_SABOTEURS,
    ...CLOUD_INIT_SABOTEURS,
    ...PYTHON_LIBMAAS_SABOTEURS,
    ...REFERENCE_SABOTEURS,
  ].map((one) => [one.id, one]),
);
