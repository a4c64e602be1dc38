/** The check of every requirement, by the requirement's id. */
import { AGENT_BINARIES_CHECKS } from './agent-binaries.ts';
import { CLIENT_CHECKS } from './client.ts';
import { CLOUD_INIT_CHECKS } from './cloud-init.ts';
import { CONTROLLER_CHANGES_CHECKS } from './controller-changes.ts';
import { CONTROLLER_MODELS_CHECKS } from './controller-models.ts';
import { CONTROLLER_SESSION_CHECKS } from './controller-session.ts';
import type { Check } from './judge.ts';
import { JUJU_MAAS_PROVIDER_CHECKS } from './juju-maas-provider.ts';
import { MAAS_LIFE_CHECKS } from './maas-life.ts';
import { MAAS_LIFECYCLE_CHECKS } from './maas-lifecycle.ts';
import { MAAS_READING_CHECKS } from './maas-reading.ts';
import { PYTHON_LIBMAAS_CHECKS } from './python-libmaas.ts';
import { REFERENCE_CHECKS } from './reference.ts';

export const CHECKS: Readonly<Record<string, Check>> = {
  ...MAAS_READING_CHECKS,
  ...MAAS_LIFECYCLE_CHECKS,
  ...MAAS_LIFE_CHECKS,
  ...CONTROLLER_CHANGES_CHECKS,
  ...CONTROLLER_SESSION_CHECKS,
  ...CLIENT_CHECKS,
  ...CONTROLLER_MODELS_CHECKS,
  ...AGENT_BINARIES_CHECKS,
  ...JUJU_MAAS_PROVIDER_CHECKS,
  ...CLOUD_INIT_CHECKS,
  ...PYTHON_LIBMAAS_CHECKS,
  ...REFERENCE_CHECKS,
};
