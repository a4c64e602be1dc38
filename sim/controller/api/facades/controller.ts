/** `Controller`: the controller as a whole (facts/juju-api 3.1 `show-controller`, 3.2). */
import { printVersion } from '../../../versions/number.ts';
import type { Model } from '../../core/model.ts';
import type { ControllerAccess } from '../accounts.ts';
import { type Call, type Facade, method } from '../facade.ts';
import { knownUser, modifyAccess } from '../grants.ts';
import { attributes, entities, list, nothing, struct, text } from '../params.ts';
import { RpcError } from '../rpc.ts';
import { settingsOf } from '../settings.ts';
import { watchDeltas, watchSummaries } from '../watch-models.ts';
import { bulk } from '../wire-error.ts';
import { requireSuperuser } from './access.ts';
import { modelByTag, modelStatuses, visibleModels } from './model-manager.ts';

/** From this version on owners are bare qualifiers (4.x shapes). */
const QUALIFIED_SINCE = 13;

function watchingSummaries({ host, session }: Call, wanted: (model: Model) => boolean): object {
  if (host.era === '4.0')
    throw new RpcError('model summary watching is not supported', 'not supported');
  const id = session.watchers.open('ModelSummaryWatcher', watchSummaries(host, wanted));
  return { 'watcher-id': id };
}

export const controller: Facade = {
  name: 'Controller',
  place: 'controller',
  role: 'user',
  methods: {
    AllModels: method(nothing(), (_, call) => {
      requireSuperuser(call);
      return visibleModels(call, call.version >= QUALIFIED_SINCE);
    }),
    ModelStatus: method(entities(), ({ entities }, call) =>
      modelStatuses(call, entities, call.version >= QUALIFIED_SINCE),
    ),
    GetControllerAccess: method(entities(), ({ entities }, call) => {
      const { host, session } = call;
      return bulk(host, entities, ({ tag }) => {
        const name = tag.replace(/^user-/, '');
        if (name !== session.user) requireSuperuser(call);
        const user = host.accounts.user(name);
        if (!user) throw new RpcError(`user "${name}" not found`, 'user not found');
        return { result: { 'user-tag': tag, access: user.access } };
      });
    }),
    ControllerVersion: method(
      nothing(),
      (_, { host }) => ({ version: printVersion(host.core.runningVersion()), 'git-commit': '' }),
      { since: 8 },
    ),
    ControllerConfig: method(nothing(), (_, { host }) => ({ config: host.config.all(host) })),
    ConfigSet: method(
      struct({ config: attributes() }),
      ({ config }, call) => {
        requireSuperuser(call);
        call.host.config.set(config);
        return {};
      },
      { since: 5 },
    ),
    ModifyControllerAccess: method(
      struct({ changes: list(struct({ 'user-tag': text(), action: text(), access: text() })) }),
      ({ changes }, call) => {
        requireSuperuser(call);
        return bulk(call.host, changes, (change) => {
          const { accounts } = call.host;
          const name = knownUser(accounts, change['user-tag']);
          const granted = {
            what: 'controller',
            words: ['login', 'superuser'] as const,
            get: () => accounts.user(name)?.access || undefined,
            set: (access: ControllerAccess | undefined) =>
              accounts.setControllerAccess(name, access ?? ''),
          };
          modifyAccess(granted, change.action, change.access);
          return {};
        });
      },
    ),
    ModelConfig: method(
      nothing(),
      (_, call) => {
        requireSuperuser(call);
        return { config: settingsOf(call.host.core.controllerModel) };
      },
      { until: 11 },
    ),
    MongoVersion: method(nothing(), (_, { host }) =>
      host.era === '4.0' ? { result: '' } : { result: '4.4.24' },
    ),
    IdentityProviderURL: method(nothing(), () => ({ result: '' })),
    WatchAllModels: method(
      nothing(),
      (_, call) => {
        requireSuperuser(call);
        const { host, session } = call;
        const source = watchDeltas(host, () => true);
        return { 'watcher-id': session.watchers.open('AllModelWatcher', source) };
      },
      { eras: ['2.9', '3.6'] },
    ),
    WatchModelSummaries: method(nothing(), (_, call) => {
      const user = call.session.user ?? '';
      return watchingSummaries(
        call,
        (model) => call.host.accounts.grantOf(user, model) !== undefined,
      );
    }),
    WatchAllModelSummaries: method(nothing(), (_, call) => {
      requireSuperuser(call);
      return watchingSummaries(call, () => true);
    }),
    ControllerAPIInfoForModels: method(entities(), ({ entities }, { host }) =>
      bulk(host, entities, ({ tag }) => {
        modelByTag(host, tag);
        return { addresses: [`${host.hostname}:${host.port}`], cacert: host.caCert };
      }),
    ),
  },
};
