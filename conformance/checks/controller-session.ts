/** How `requirements/controller-session.ts` is shown, from what jujulib got verbatim. */
import { tryParseVersion } from '../../sim/versions/number.ts';
import {
  at,
  type Check,
  every,
  has,
  isText,
  list,
  mustFail,
  mustGoWell,
  same,
  text,
  values,
} from './judge.ts';

const LOGIN = /^Admin\(\d+\)\.Login$/;
const ANY = /./;

/** A tag's UUID part must be a real UUID: Go clients check it (G18). */
export const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** Complains unless the value is an agent-version in strict form, as a text (G15). */
export function isVersion(value: unknown, what: string): string | undefined {
  return (
    isText(value, what) ??
    (tryParseVersion(value as string) ? undefined : `${what} is ${JSON.stringify(value)}`)
  );
}

export const CONTROLLER_SESSION_CHECKS: Readonly<Record<string, Check>> = {
  'controller.tls.chain': mustGoWell('connect', LOGIN),
  'controller.envelope.no-error-key': mustGoWell('login', LOGIN),
  'controller.envelope.request-id': mustGoWell('login', LOGIN),
  'controller.envelope.parallel': mustGoWell('parallel', /ListModels$/, (value) =>
    list(value).length === 20
      ? every(list(value), 'result', (one) => same(one, at(value, 0), 'the result'))
      : `${list(value).length} of 20 were answered`,
  ),
  'controller.login.controller-tag': mustGoWell('login', LOGIN, (value, seen) => {
    const wanted = seen.target.controller?.uuid;
    const tag = text(value, 'info', 'controllerTag');
    return (
      isText(tag, 'controller-tag', new RegExp(`^controller-${UUID.source}$`)) ??
      (wanted ? same(tag, `controller-${wanted}`, 'controller-tag') : undefined)
    );
  }),
  'controller.login.server-version': mustGoWell('login', LOGIN, (value) =>
    isVersion(at(value, 'info', 'serverVersion'), 'server-version'),
  ),
  'controller.login.user-info': mustGoWell('login', LOGIN, (value, seen) => {
    const user = at(value, 'info', 'user');
    return (
      same(at(user, 'identity'), `user-${seen.target.controller?.user}`, 'identity') ??
      isText(at(user, 'controller-access'), 'controller-access', /^(login|superuser)$/)
    );
  }),
  'controller.login.servers': mustGoWell('login', LOGIN, (value, seen) => {
    const dialled = seen.target.controller?.address ?? '';
    const servers = list(value, 'info', 'servers').flatMap((one) => list(one));
    const own = servers.find((one) => `${at(one, 'value')}:${at(one, 'port')}` === dialled);
    if (!own) return `${dialled} is not among ${JSON.stringify(servers)}`;
    return isText(at(own, 'scope'), 'its scope', /^(public|local-cloud)$/);
  }),
  'controller.login.facades': mustGoWell('login', LOGIN, (value) =>
    facadesAre(value, ['modelManager', 'pinger', 'modelUpgrader']),
  ),
  'controller.login.model-facades': mustGoWell('connect-model', LOGIN, (value) =>
    at(value, 'facades', 'modelManager') === undefined
      ? facadesAre(value, ['client', 'modelConfig', 'allWatcher', 'pinger'])
      : 'a model connection offers ModelManager',
  ),
  'controller.login.wrong-password': mustFail('login-wrong-password', LOGIN, (error) =>
    // The library replaces the controller's words, if and only if it knows them, by its own.
    has(error, 'Have you been granted permission to a model'),
  ),
  'controller.login.again': mustFail('login-again', LOGIN, (error) =>
    has(error, /not supported|already logged in|not implemented/),
  ),
  'controller.login.unknown-model': mustFail('connect-unknown-model', LOGIN, (error) =>
    has(error, new RegExp(`unknown model: "${UUID.source}"`)),
  ),
  'controller.dispatch.before-login': mustFail('call-before-login', ANY, (error) =>
    has(error, /^unknown (version|object type|facade type)/),
  ),
  'controller.dispatch.unknown-facade': mustFail('unknown-facade', /NoSuchFacade/, (error) =>
    has(error, /^unknown (version|object type|facade type).*NoSuchFacade/),
  ),
  'controller.dispatch.unknown-version': mustFail('unknown-version', /\(999\)/, (error) =>
    has(error, /^unknown version \(?999\)? .*"ModelManager"$/),
  ),
  'controller.dispatch.unknown-method': mustFail('unknown-method', /NoSuchMethod/, (error) =>
    has(
      error,
      /^(no such request - method ModelManager\(\d+\)\.NoSuchMethod is not implemented|unknown method "NoSuchMethod" at version \d+ for facade type "ModelManager")$/,
    ),
  ),
  'controller.dispatch.bad-params': {
    wire: /ListModels$/,
    sent: /"tag":7/,
    step: 'bad-params',
    judge: (seen) => {
      const refused = mustFail('bad-params', ANY, () => undefined).judge(seen);
      if (refused.outcome !== 'passed') return refused;
      return mustGoWell('ping-after-bad-params', ANY).judge(seen);
    },
  },
  'controller.dispatch.model-facade-on-controller': mustFail(
    'model-facade-on-controller',
    /FullStatus$/,
    (error) => has(error, 'facade "Client" not supported for controller API connection'),
  ),
  'controller.dispatch.controller-facade-on-model': mustFail(
    'controller-facade-on-model',
    /ListModels$/,
    (error) => has(error, 'facade "ModelManager" not supported for model API connection'),
  ),
  'controller.ping': mustGoWell('ping', /Ping$/),
  'controller.watch.first-batch': mustGoWell('watch-model', /Watch|Next/, (value) => {
    const kinds = new Set(list(value, 'deltas').map((delta) => at(delta, 0)));
    if (!kinds.has('model')) return 'the model is not in it';
    return kinds.has('machine') ? undefined : 'no machine is in it';
  }),
  'controller.watch.versions': mustGoWell('watch-model', /Watch|Next/, (value) =>
    every(
      list(value, 'deltas').filter((delta) => at(delta, 0) === 'machine'),
      'machine',
      (delta) => isVersion(at(delta, 2, 'agent-status', 'version'), 'agent-status.version'),
    ),
  ),
  'controller.watch.later-batch': mustGoWell('watch-model-change', /Next|ModelSet/, (value) => {
    const deltas = list(value, 'next', 'deltas');
    const model = deltas.find((delta) => at(delta, 0) === 'model');
    if (!model) return 'the changed model is not in it';
    return same(at(model, 2, 'config', 'logging-config'), at(value, 'asked'), 'its logging-config');
  }),
  'controller.watch.stop': mustGoWell('watch-model-stop', /AllWatcher/, (value) =>
    isText(at(value, 'pending'), 'the end of the pending Next', /stopped/),
  ),
  'controller.watch.all-models': mustGoWell('watch-controller', /WatchAllModels|Next/, (value) =>
    list(value, 'deltas').some((delta) => at(delta, 0) === 'model')
      ? undefined
      : 'no model is in its first batch',
  ),
  'controller.watch.unknown': mustFail('watch-unknown', /Watcher.*Next/, (error) =>
    has(error, /unknown watcher id|not found/),
  ),
};

function facadesAre(value: unknown, wanted: readonly string[]): string | undefined {
  if (values(value, 'facades').length === 0) return 'no facade is offered';
  const missing = wanted.filter((name) => at(value, 'facades', name) === undefined);
  return missing.length === 0 ? undefined : `not offered: ${missing.join(', ')}`;
}
