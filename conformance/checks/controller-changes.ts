/** How `requirements/controller-changes.ts` is shown, from what jujulib got verbatim. */
import type { Seen, Verdict } from '../types.ts';
import { isVersion, UUID } from './controller-session.ts';
import {
  at,
  type Check,
  failed,
  has,
  isText,
  list,
  mustFail,
  mustGoWell,
  passed,
  same,
  short,
  text,
  valueIn,
  withStep,
} from './judge.ts';

const first = (value: unknown) => list(value, 'results')[0];
const machineOf = (value: unknown, ...path: string[]) => at(value, 'machines', ...path);
const INTERVAL = 'update-status-hook-interval';

/** One result, and nothing wrong with it. */
function oneResult(value: unknown): string | undefined {
  const results = list(value, 'results');
  if (results.length !== 1) return `${results.length} results for one change`;
  const message = text(results[0], 'error', 'message');
  return message ? `refused: ${message}` : undefined;
}

/** The item that `pick` finds must carry an error with one of these codes or words. */
function refusedItem(
  step: string,
  wire: RegExp,
  expected: RegExp,
  pick: (value: unknown) => unknown = first,
): Check {
  return {
    wire,
    step,
    judge: (seen): Verdict =>
      withStep(seen, step, (found) => {
        if (!found.ok) return failed(`${step} failed as a whole: ${short(found.error)}`);
        const error = at(pick(found.value), 'error');
        const told = `${text(error, 'code')} ${text(error, 'message')}`;
        if (told.trim() === '') return failed(`${step} should have been refused and went well`);
        const complaint = has(told, expected);
        return complaint ? failed(complaint) : passed(`refused, as it must be: ${short(told)}`);
      }),
  };
}

/** The step must end without complaint, and the answer must be there at all. */
function answered(
  step: string,
  wire: RegExp,
  look: (value: unknown, seen: Seen) => string | undefined,
) {
  return mustGoWell(step, wire, look);
}

/** The words of the controller, or those that the library puts in their place. */
const ON_MODEL =
  'unauthorized access|permission denied|granted permission|been given .login. permission';

const CHECKS: Readonly<Record<string, Check>> = {
  'user.add': answered('user-add', /AddUser$/, (value) =>
    isText(at(first(value), 'tag'), 'the tag', /^user-suite-user$/),
  ),
  'user.add-again': refusedItem('user-add-again', /AddUser$/, /already exists/),
  'user.info': answered('user-info', /UserInfo$/, (value) => {
    const user = at(first(value), 'result');
    return (
      same(at(user, 'username'), 'suite-user', 'username') ??
      same(at(user, 'display-name'), 'Suite', 'display-name') ??
      same(at(user, 'access'), 'login', 'access')
    );
  }),
  'user.no-access': mustFail('user-login-without-access', /Login$/, (error) =>
    has(error, new RegExp(ON_MODEL)),
  ),
  'user.grant': answered('grant-read', /ModifyModelAccess$/, oneResult),
  'user.grant-again': refusedItem(
    'grant-read-again',
    /ModifyModelAccess$/,
    /user already has "read" access or greater/,
  ),
  'user.model-access': answered('user-login', /Login$|ModifyModelAccess$/, (value, seen) => {
    // Without the grant's own answer nothing says that the access was granted before it was told.
    const granted = oneResult(valueIn(seen, 'grant-read'));
    return granted ?? same(at(value, 'info', 'user', 'model-access'), 'read', 'model-access');
  }),
  'user.reads': answered('user-status', /FullStatus$|ModifyModelAccess$/, (value, seen) => {
    const granted = oneResult(valueIn(seen, 'grant-read'));
    return granted ?? isVersion(at(value, 'model', 'version'), 'model.version');
  }),
  'user.may-not-write': mustFail('user-may-not-write', /ModelSet$/, (error) =>
    has(error, /permission denied/),
  ),
  'user.may-write': answered('user-may-write', /ModelSet$|ModifyModelAccess$/, (_, seen) =>
    oneResult(valueIn(seen, 'grant-write')),
  ),
  'user.disabled': mustFail('user-login-disabled', /DisableUser$|Login$/, (error) =>
    has(error, new RegExp(`${ON_MODEL}|invalid entity name`)),
  ),
  'user.removed': refusedItem('user-info-removed', /RemoveUser$|UserInfo$/, /not found/),
  'controller-access': answered('controller-access', /GetControllerAccess$/, (value) =>
    isText(at(first(value), 'result', 'access'), 'access', /^(login|superuser)$/),
  ),
  clouds: answered('clouds', /Clouds$/, (value) => {
    const maas = at(value, 'clouds', 'cloud-maas');
    return (
      same(at(maas, 'type'), 'maas', 'type') ??
      isText(at(list(maas, 'regions')[0], 'name'), 'the region’s name', /./)
    );
  }),
  credentials: answered('credentials', /UserCredentials$/, (value) =>
    isText(list(first(value), 'result')[0], 'the credential', /^cloudcred-maas_/),
  ),
  'controller-config': answered('controller-config', /ControllerConfig$/, (value) => {
    const config = at(value, 'config');
    return (
      isText(at(config, 'controller-uuid'), 'controller-uuid', UUID) ??
      isText(at(config, 'ca-cert'), 'ca-cert', /BEGIN CERTIFICATE/) ??
      (typeof at(config, 'api-port') === 'number' ? undefined : 'api-port is no number')
    );
  }),
  'controller-version': answered('controller-version', /ControllerVersion$/, (value, seen) =>
    same(at(value, 'version'), at(valueIn(seen, 'login'), 'info', 'serverVersion'), 'version'),
  ),
  'model.create': answered('model-create', /CreateModel$/, (value) => {
    const uuid = isText(at(value, 'uuid'), 'uuid', new RegExp(`^${UUID.source}$`));
    return uuid ?? same(at(value, 'life'), 'alive', 'life');
  }),
  'model.create-again': mustFail('model-create-again', /CreateModel$/, (error) =>
    has(error, /already exists/),
  ),
  'model.destroyed': refusedItem(
    'model-status-destroyed',
    /DestroyModels$|ModelStatus$/,
    /not found/,
    (value) => list(value, 'models')[0] ?? first(value),
  ),
  'machine.add': answered('machine-add', /AddMachines$/, (value) =>
    same(at(list(value, 'machines')[0], 'machine'), '0', 'the machine'),
  ),
  'machine.container': answered('container-add', /AddMachines$/, (value) =>
    same(at(list(value, 'machines')[0], 'machine'), '0/lxd/0', 'the container'),
  ),
  'machine.pending': answered('status-after-add', /AddMachines$|FullStatus$/, (value, seen) => {
    const asked = at(list(valueIn(seen, 'machine-add'), 'machines')[0], 'machine');
    const status = machineOf(value, String(asked), 'agent-status');
    return (
      same(at(status, 'status'), 'pending', 'agent-status.status') ??
      same(at(status, 'version'), '', 'agent-status.version')
    );
  }),
  'machine.hosting': refusedItem(
    'machine-remove-hosting',
    /DestroyMachineWithParams$/,
    /hosting containers/,
  ),
  'machine.dry-run': answered('machine-remove-dry-run', /DestroyMachineWithParams$/, (value) =>
    same(at(first(value), 'info', 'machine-id'), '0', 'machine-id'),
  ),
  'machine.removed': answered(
    'status-after-remove',
    /DestroyMachineWithParams$|FullStatus$/,
    (value, seen) => {
      const removed = oneResult(valueIn(seen, 'machine-remove'));
      return removed ?? (machineOf(value, '0') === undefined ? undefined : 'it is still there');
    },
  ),
  'setting.set': answered('setting', /ModelSet$|ModelGet$/, (value) => {
    const setting = at(value, 'config', INTERVAL);
    return (
      same(at(setting, 'value'), '7m', 'the value') ??
      same(at(setting, 'source'), 'model', 'its source')
    );
  }),
  'setting.reset': answered('setting-reset', /ModelUnset$|ModelGet$/, (value) => {
    if (at(value, 'config', 'uuid') === undefined) return 'the model has no settings at all';
    const source = at(value, 'config', INTERVAL, 'source');
    return source === 'model' ? 'it is still the model’s own' : undefined;
  }),
  'setting.agent-version': mustFail('setting-agent-version', /ModelSet$/, (error) =>
    has(error, /agent-version cannot be changed/),
  ),
  constraints: answered('constraints', /ModelConstraints$/, (value) => {
    const cores = same(at(value, 'constraints', 'cores'), 2, 'cores');
    return cores ?? same(at(value, 'constraints', 'mem'), 4096, 'mem');
  }),
  annotations: answered('annotate', /^Annotations/, (value) => {
    const entity = isText(at(first(value), 'entity'), 'entity', /^model-/);
    return entity ?? same(at(first(value), 'annotations', 'suite'), '1', 'the annotation');
  }),
  'keys.add': refusedItem('key-add', /AddKeys$/, /invalid ssh key/, (value) =>
    at(list(value, 'results')[1]),
  ),
  'keys.list': answered('keys', /ListKeys$/, (value) => {
    const keys = list(first(at(value, 'listed')), 'result');
    return keys.includes(at(value, 'asked')) ? undefined : 'the key that was added is not there';
  }),
  spaces: answered('spaces', /ListSpaces$/, (value) =>
    isText(at(first(value), 'name'), 'the space’s name', /./),
  ),
  subnets: answered('subnets', /ListSubnets$/, (value) => {
    const cidr = isText(at(first(value), 'cidr'), 'cidr', /^[\d.]+\/\d+$/);
    return cidr ?? isText(at(first(value), 'space-tag'), 'space-tag', /^space-/);
  }),
  'block.on': answered('block', /^Block/, (value) => {
    const block = at(first(value), 'result');
    return (
      same(at(block, 'type'), 'BlockDestroy', 'type') ??
      same(at(block, 'message'), 'kept for the suite', 'message')
    );
  }),
  'block.stops': refusedItem('destroy-blocked', /DestroyModels$/, /kept for the suite/),
  'block.off': answered('unblock', /^Block/, (value) =>
    Array.isArray(at(value, 'results')) && list(value, 'results').length === 0
      ? undefined
      : 'the list of blocks is not an empty one',
  ),
};

export const CONTROLLER_CHANGES_CHECKS: Readonly<Record<string, Check>> = Object.fromEntries(
  Object.entries(CHECKS).map(([id, check]) => [`controller.change.${id}`, check]),
);
