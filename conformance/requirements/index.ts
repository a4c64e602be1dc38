/** Every requirement, in the order in which reports list them. */
import type { Requirement } from '../types.ts';
import { AGENT_BINARIES } from './agent-binaries.ts';
import { CLIENT } from './client.ts';
import { CLOUD_INIT } from './cloud-init.ts';
import { CONTROLLER_CHANGES } from './controller-changes.ts';
import { CONTROLLER_MODELS } from './controller-models.ts';
import { CONTROLLER_SESSION } from './controller-session.ts';
import { JUJU_MAAS_PROVIDER } from './juju-maas-provider.ts';
import { MAAS_LIFE } from './maas-life.ts';
import { MAAS_LIFECYCLE } from './maas-lifecycle.ts';
import { MAAS_READING } from './maas-reading.ts';
import { PYTHON_LIBMAAS } from './python-libmaas.ts';
import { REFERENCE } from './reference.ts';

export const REQUIREMENTS: readonly Requirement[] = [
  ...MAAS_READING,
  ...MAAS_LIFECYCLE,
  ...MAAS_LIFE,
  ...CONTROLLER_CHANGES,
  ...CONTROLLER_SESSION,
  ...CLIENT,
  ...CONTROLLER_MODELS,
  ...AGENT_BINARIES,
  ...JUJU_MAAS_PROVIDER,
  ...CLOUD_INIT,
  ...PYTHON_LIBMAAS,
  ...REFERENCE,
].sort((a, b) => (a.id < b.id ? -1 : 1));
