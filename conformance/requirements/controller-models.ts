/**
 * What a controller must tell the JavaScript client library of models, machines, config and
 * upgrades. Sources are sections of facts/juju-api; shapes that a library test by key presence or
 * a strict decoder reads are MUSTs, as the golden rules say (section 0).
 */
import { group } from './requirement.ts';

export const CONTROLLER_MODELS = group(
  { profile: 'controller', oracle: 'released-client', subjects: ['jujulib'] },
  [
    {
      id: 'controller.models.list',
      title:
        'Every model is listed with name, real UUID, type and owner, the controller model too.',
      level: 'MUST',
      source: 'facts/juju-api 3.2, 8 A, G18',
      saboteur: 'model-uuid-short',
    },
    {
      id: 'controller.models.summaries',
      title: 'Each summary has the model’s agent-version as a text.',
      level: 'MUST',
      source: 'facts/juju-api 3.2, G15',
      saboteur: 'summary-version-number',
    },
    {
      id: 'controller.models.no-null-errors',
      title: 'The error of a result that went well is omitted, never null.',
      level: 'MUST',
      source: 'facts/juju-api G3',
      saboteur: 'summary-error-null',
    },
    {
      id: 'controller.models.info',
      title: 'ModelInfo tells the controller’s UUID, the owner and the agent-version.',
      level: 'MUST',
      source: 'facts/juju-api 3.2',
      saboteur: 'model-info-without-controller',
    },
    {
      id: 'controller.status.model-version',
      title: 'Status gives the model’s target agent-version as a text.',
      level: 'MUST',
      source: 'facts/juju-api 5.5, G15',
      saboteur: 'status-version-object',
    },
    {
      id: 'controller.status.machines',
      title: 'Status lists the model’s machines under their numbers.',
      level: 'MUST',
      source: 'facts/juju-api 5.5',
      saboteur: 'status-without-machines',
    },
    {
      id: 'controller.status.actual-versions',
      title: 'Each machine has its ACTUAL agent-version in agent-status.',
      level: 'MUST',
      source: 'facts/juju-api 5.5',
      saboteur: 'status-machine-version-object',
    },
    {
      id: 'controller.status.required-keys',
      title: 'Machines have containers, constraints and hardware, if only empty ones.',
      level: 'MUST',
      source: 'facts/juju-api 5.5, G16',
      saboteur: 'status-containers-null',
    },
    {
      id: 'controller.status.times',
      title: 'Times are RFC 3339 with a zone.',
      level: 'MUST',
      source: 'facts/juju-api G17',
      saboteur: 'status-time-without-zone',
    },
    {
      id: 'controller.status.controller-model',
      title: 'The controller model has the controller’s own machine.',
      level: 'MUST',
      source: 'facts/juju-api 5.5',
      saboteur: 'status-without-machines',
    },
    {
      id: 'controller.config.agent-version',
      title: 'Model config holds agent-version, uuid and name of the model.',
      level: 'MUST',
      source: 'facts/juju-api 3.4, 8 C',
      saboteur: 'config-without-agent-version',
    },
    {
      id: 'controller.config.on-controller',
      title: 'ModelGet on the controller connection answers for the controller model.',
      level: 'MUST',
      source: 'facts/juju-api 3.4 (traps)',
      saboteur: 'config-other-uuid',
    },
    {
      id: 'controller.upgrade.dry-run',
      title: 'A dry run says which agent-version would be chosen.',
      level: 'MUST',
      source: 'facts/juju-api 3.4',
      saboteur: 'upgrade-without-choice',
    },
    {
      id: 'controller.upgrade.dry-run-changes-nothing',
      title: 'A dry run leaves the model’s target alone.',
      level: 'MUST',
      source: 'facts/juju-api 3.4',
      saboteur: 'config-version-jumps',
    },
    {
      id: 'controller.upgrade.missing',
      title: 'An agent-version that no agent binary has is refused.',
      level: 'MUST',
      source: 'facts/juju-api 3.4',
      saboteur: 'upgrade-always-welcome',
    },
    {
      id: 'controller.upgrade.above-controller',
      title: 'An agent-version above the controller’s is refused.',
      level: 'MUST',
      source: 'facts/juju-api 3.4',
      saboteur: 'upgrade-always-welcome',
    },
    {
      id: 'controller.upgrade.downgrade',
      title: 'A lower agent-version is refused.',
      level: 'MUST',
      source: 'facts/juju-api 3.4',
      saboteur: 'upgrade-always-welcome',
    },
    {
      id: 'controller.upgrade.unknown-model',
      title: 'Upgrading a model that does not exist is refused.',
      level: 'MUST',
      source: 'facts/juju-api 3.4',
      saboteur: 'upgrade-always-welcome',
    },
    {
      id: 'controller.upgrade.refusals-change-nothing',
      title: 'Refused upgrades leave the model’s target alone.',
      level: 'MUST',
      source: 'facts/juju-api 3.4; issue text: a refusal leaves the state unchanged',
      saboteur: 'config-version-jumps',
    },
    {
      id: 'controller.upgrade.accepted',
      title: 'An upgrade within the rules is accepted and names the chosen agent-version.',
      level: 'MUST',
      source: 'facts/juju-api 3.4, 8 C',
      saboteur: 'upgrade-refused',
    },
    {
      id: 'controller.upgrade.target-at-once',
      title: 'The new target shows in status at once.',
      level: 'MUST',
      source: 'facts/juju-api 8 C',
      saboteur: 'status-version-frozen',
    },
    {
      id: 'controller.upgrade.agents-follow',
      title: 'After that each machine still runs the old agent-version or already the new one.',
      level: 'MUST',
      source: 'facts/juju-api 8 (whole cycle)',
      saboteur: 'status-machines-elsewhere',
    },
  ],
);
