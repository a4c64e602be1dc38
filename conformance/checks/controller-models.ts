/** How `requirements/controller-models.ts` is shown, from what jujulib got verbatim. */
import type { Seen, Verdict } from '../types.ts';
import { isVersion, UUID } from './controller-session.ts';
import {
  at,
  type Check,
  every,
  failed,
  has,
  isText,
  list,
  mustGoWell,
  passed,
  same,
  sending,
  short,
  text,
  valueIn,
  values,
  withStep,
} from './judge.ts';

const LIST = /ListModels$/;
const SUMMARIES = /ListModelSummaries$/;
const STATUS = /FullStatus$/;
const CONFIG = /ModelGet$/;
const UPGRADE = /UpgradeModel$/;

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

const machines = (status: unknown) => values(status, 'machines');
const versionOf = (machine: unknown) => at(machine, 'agent-status', 'version');
const configured = (config: unknown) => at(config, 'config', 'agent-version', 'value');

export const CONTROLLER_MODELS_CHECKS: Readonly<Record<string, Check>> = {
  'controller.models.list': mustGoWell('list-models', LIST, (value) => {
    const models = list(value, 'user-models').map((one) => at(one, 'model'));
    if (!models.some((one) => at(one, 'name') === 'controller')) return 'no model named controller';
    return every(
      models,
      'model',
      (one) =>
        isText(at(one, 'uuid'), 'uuid', new RegExp(`^${UUID.source}$`)) ??
        isText(at(one, 'name'), 'name', /./) ??
        isText(at(one, 'type'), 'type', /^(iaas|caas)$/) ??
        isText(at(one, 'owner-tag'), 'owner-tag', /^user-/),
    );
  }),
  'controller.models.summaries': mustGoWell('model-summaries', SUMMARIES, (value) =>
    every(list(value, 'results'), 'summary', (one) =>
      isVersion(at(one, 'result', 'agent-version'), 'agent-version'),
    ),
  ),
  'controller.models.no-null-errors': mustGoWell('model-summaries', SUMMARIES, (value) =>
    every(list(value, 'results'), 'summary', (one) =>
      'error' in Object(one) && at(one, 'error') == null ? 'its error is null' : undefined,
    ),
  ),
  'controller.models.info': mustGoWell('model-info', /ModelInfo$/, (value) =>
    every(list(value, 'results'), 'result', (one) => {
      const info = at(one, 'result');
      return (
        isText(at(info, 'controller-uuid'), 'controller-uuid', new RegExp(`^${UUID.source}$`)) ??
        isText(at(info, 'owner-tag'), 'owner-tag', /^user-/) ??
        isVersion(at(info, 'agent-version'), 'agent-version')
      );
    }),
  ),
  'controller.status.model-version': mustGoWell('full-status', STATUS, (value) =>
    isVersion(at(value, 'model', 'version'), 'model.version'),
  ),
  'controller.status.machines': mustGoWell('full-status', STATUS, (value) =>
    every(Object.entries(Object(at(value, 'machines'))), 'machine', (entry) =>
      same(at(entry, 1, 'id'), at(entry, 0), 'id'),
    ),
  ),
  'controller.status.actual-versions': mustGoWell('full-status', STATUS, (value) =>
    every(machines(value), 'machine', (one) => isVersion(versionOf(one), 'agent-status.version')),
  ),
  'controller.status.required-keys': mustGoWell('full-status', STATUS, (value) =>
    every(machines(value), 'machine', (one) => {
      const containers = at(one, 'containers');
      if (containers === null || typeof containers !== 'object') return 'containers is no map';
      return (
        isText(at(one, 'constraints'), 'constraints') ?? isText(at(one, 'hardware'), 'hardware')
      );
    }),
  ),
  'controller.status.times': mustGoWell('full-status', STATUS, (value) =>
    every(machines(value), 'machine', (one) =>
      isText(at(one, 'agent-status', 'since'), 'agent-status.since', RFC3339),
    ),
  ),
  'controller.status.controller-model': mustGoWell('full-status-controller', STATUS, (value) =>
    machines(value).length > 0 ? undefined : 'the controller model has no machine',
  ),
  'controller.config.agent-version': mustGoWell('model-get', CONFIG, (value, seen) => {
    const asked = at(valueIn(seen, 'connect-model'), 'asked');
    return (
      isVersion(configured(value), 'agent-version') ??
      same(at(value, 'config', 'uuid', 'value'), asked, 'uuid') ??
      isText(at(value, 'config', 'name', 'value'), 'name', /./)
    );
  }),
  'controller.config.on-controller': mustGoWell('model-get-controller', CONFIG, (value, seen) => {
    const own = list(valueIn(seen, 'list-models'), 'user-models')
      .map((one) => at(one, 'model'))
      .find((one) => at(one, 'name') === 'controller');
    return same(at(value, 'config', 'uuid', 'value'), at(own, 'uuid'), 'uuid');
  }),
  'controller.upgrade.dry-run': sending(
    /"dry-run":true/,
    mustGoWell('upgrade-dry-run', UPGRADE, (value) =>
      isVersion(at(value, 'chosen-version'), 'chosen-version'),
    ),
  ),
  'controller.upgrade.dry-run-changes-nothing': mustGoWell(
    'model-get-after-dry-run',
    CONFIG,
    unchanged,
  ),
  'controller.upgrade.missing': refusal(
    'upgrade-missing',
    /not found|not available|no matching|greater/,
  ),
  'controller.upgrade.above-controller': refusal(
    'upgrade-above-controller',
    /greater than that of the controller|while the controller is|no matching|not available|not found/,
  ),
  'controller.upgrade.downgrade': refusal(
    'upgrade-downgrade',
    /downgrade|lower than|no upgrades available|no matching|not available|not found/,
  ),
  'controller.upgrade.unknown-model': refusal('upgrade-unknown-model', /not found|unknown model/),
  'controller.upgrade.refusals-change-nothing': mustGoWell(
    'model-get-after-refusals',
    CONFIG,
    unchanged,
  ),
  'controller.upgrade.accepted': mustGoWell('upgrade', UPGRADE, (value) => {
    const refused = text(value, 'result', 'error', 'message');
    if (refused) return `refused: ${refused}`;
    return isVersion(at(value, 'result', 'chosen-version'), 'chosen-version');
  }),
  'controller.upgrade.target-at-once': mustGoWell(
    'full-status-after-upgrade',
    STATUS,
    (value, seen) => same(at(value, 'model', 'version'), chosen(seen), 'model.version'),
  ),
  'controller.upgrade.agents-follow': mustGoWell(
    'full-status-after-upgrade',
    STATUS,
    (value, seen) => {
      const legal = [chosen(seen), at(valueIn(seen, 'upgrade'), 'asked', 'before')];
      return every(machines(value), 'machine', (one) =>
        legal.includes(versionOf(one))
          ? undefined
          : `it runs ${JSON.stringify(versionOf(one))}, neither of ${legal.join(', ')}`,
      );
    },
  ),
};

function chosen(seen: Seen): unknown {
  return at(valueIn(seen, 'upgrade'), 'result', 'chosen-version');
}

function unchanged(config: unknown, seen: Seen): string | undefined {
  return same(configured(config), configured(valueIn(seen, 'model-get')), 'agent-version');
}

/** A refusal comes as a failed call or as the `error` of a successful one; both count. */
function refusal(step: string, words: RegExp): Check {
  return {
    wire: UPGRADE,
    step,
    judge: (seen): Verdict =>
      withStep(seen, step, (found) => {
        const error = found.ok ? text(found.value, 'error', 'message') : (found.error ?? '');
        if (error === '') return failed(`${step} should have been refused and went well`);
        const complaint = has(error, words);
        return complaint ? failed(complaint) : passed(`refused, as it must be: ${short(error)}`);
      }),
  };
}
