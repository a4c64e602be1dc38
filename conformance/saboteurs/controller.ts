/** The saboteurs of the controller API, in the order of `requirements/controller-*.ts`. */
import { makeCertificates } from '../../sim/controller/api/certificates.ts';
import { type Json, rpc, rpcForgives, rpcResult, rpcRewords, type Saboteur } from './saboteur.ts';

const LOGIN = 'Admin.Login';
const STATUS = 'Client.FullStatus';
const CONFIG = 'ModelConfig.ModelGet';
const SUMMARIES = 'ModelManager.ListModelSummaries';
const UPGRADE = 'ModelUpgrader.UpgradeModel';
const NOWHERE = '00000000-0000-4000-8000-000000000000';

/** Calls by which people change things or see what they changed. */
const CHANGES =
  /^(UserManager|MachineManager|Annotations|KeyManager|Spaces|Subnets|Block|Cloud)\.|^ModelManager\.(ModifyModelAccess|CreateModel)$|^ModelConfig\.(ModelGet|GetModelConstraints)$|^Controller\.(GetControllerAccess|ControllerConfig|ControllerVersion)$/;
const REFUSALS =
  /^(Admin\.Login|UserManager\.|MachineManager\.|KeyManager\.)|^ModelManager\.(ModifyModelAccess|CreateModel|DestroyModels|ModelStatus)$|^ModelConfig\.ModelSet$/;

const machinesOf = (status: Json): Json[] => Object.values(status.machines ?? {});

export const CONTROLLER_SABOTEURS: readonly Saboteur[] = [
  {
    id: 'other-ca',
    does: 'announces the certificate of another authority',
    side: 'service',
    hooks: () => ({}),
    target: async (target) => {
      const { caCert } = await makeCertificates(new Date(), []);
      const controller = target.controller && { ...target.controller, caCert };
      return { target: controller ? { ...target, controller } : target, close: () => undefined };
    },
  },
  rpc('error-null', 'adds error: null to every success', '*', (reply) => {
    if (reply.error === undefined) reply.error = null;
    return undefined;
  }),
  rpc('request-id-text', 'sends request ids back as texts', '*', (reply) => {
    reply['request-id'] = String(reply['request-id']);
    return undefined;
  }),
  rpc(
    'list-models-swapped-id',
    'answers with the id of another',
    'ModelManager.ListModels',
    (reply) => {
      reply['request-id'] += 1;
      return undefined;
    },
  ),
  rpcResult('controller-tag-short', 'shortens the tag', LOGIN, (login) => {
    login['controller-tag'] = 'controller-1';
  }),
  rpcResult('server-version-word', 'says a word for the version', LOGIN, (login) => {
    login['server-version'] = 'three';
  }),
  rpcResult('login-without-identity', 'does not say who logged in', LOGIN, (login) => {
    if (login['user-info']) delete login['user-info'].identity;
  }),
  rpcResult('servers-other-port', 'names another port', LOGIN, (login) => {
    for (const server of login.servers?.flat() ?? []) server.port = 1;
  }),
  rpcResult('public-dns-name', 'adds a public name', LOGIN, (login) => {
    login['public-dns-name'] = 'controller.example.com';
  }),
  withoutFacade('login-without-model-manager', 'ModelManager'),
  withoutFacade('login-without-client', 'Client'),
  rpcResult('model-tag-everywhere', 'names a model on every connection', LOGIN, (login) => {
    login['model-tag'] = `model-${NOWHERE}`;
  }),
  rpcRewords('login-reworded', 'refuses logins in other words', LOGIN),
  rpcForgives('second-login-welcome', 'accepts every login', LOGIN),
  rpcRewords('dispatch-reworded', 'refuses everything in other words', '*'),
  rpcForgives('bad-params-welcome', 'accepts any parameters', 'ModelManager.ListModels'),
  rpc('ping-refused', 'refuses pings', 'Pinger.Ping', (reply) => ({
    'request-id': reply['request-id'],
    error: 'no pings today',
    'error-code': '',
    response: {},
  })),
  rpc('watch-garbled', 'tells changes without models and versions', '*', (reply, request) => {
    if (!/^All(Model)?Watcher$/.test(request.type)) return undefined;
    for (const delta of reply.response?.deltas ?? []) {
      if (delta[0] === 'model') delta[0] = 'charm';
      if (delta[2]['agent-status']) delta[2]['agent-status'].version = 3.6;
    }
    return undefined;
  }),
  rpcRewords('watch-next-reworded', 'ends watchers in other words', 'AllWatcher.Next'),
  rpcResult('model-uuid-short', 'shortens UUIDs', 'ModelManager.ListModels', (models) => {
    for (const one of models['user-models'] ?? []) one.model.uuid = '1';
  }),
  rpcResult('summary-version-number', 'says a number for a version', SUMMARIES, (summaries) => {
    for (const one of summaries.results ?? []) if (one.result) one.result['agent-version'] = 3.6;
  }),
  rpcResult('summary-error-null', 'says null for no error', SUMMARIES, (summaries) => {
    for (const one of summaries.results ?? []) one.error ??= null;
  }),
  rpcResult('model-info-without-controller', 'leaves it out', 'ModelManager.ModelInfo', (info) => {
    for (const one of info.results ?? []) delete one.result?.['controller-uuid'];
  }),
  rpcResult('status-version-object', 'gives the target in parts', STATUS, (status) => {
    status.model.version = { major: 3, minor: 6 };
  }),
  rpcResult('status-without-machines', 'hides machines', STATUS, (status) => {
    status.machines = {};
  }),
  rpcResult('status-machine-version-object', 'gives versions in parts', STATUS, (status) => {
    for (const one of machinesOf(status)) one['agent-status'].version = { major: 3, minor: 6 };
  }),
  rpcResult('status-containers-null', 'says null for none', STATUS, (status) => {
    for (const one of machinesOf(status)) one.containers = null;
  }),
  rpcResult('status-time-without-zone', 'gives times without zone', STATUS, (status) => {
    for (const one of machinesOf(status)) one['agent-status'].since = '2026-01-02 03:04:05';
  }),
  rpcResult('config-without-agent-version', 'leaves it out', CONFIG, (config) => {
    delete config.config['agent-version'];
  }),
  rpcResult('config-other-uuid', 'answers for another model', CONFIG, (config) => {
    config.config.uuid.value = NOWHERE;
  }),
  rpcResult('upgrade-without-choice', 'does not say what it chose', UPGRADE, (result) => {
    delete result['chosen-version'];
  }),
  {
    id: 'config-version-jumps',
    does: 'shows another target each time it is asked',
    side: 'service',
    hooks: () => {
      let asked = 0;
      return rpcResult('', '', CONFIG, (config) => {
        config.config['agent-version'].value = `9.9.${asked++}`;
      }).hooks();
    },
  },
  rpc('upgrade-always-welcome', 'accepts every upgrade', UPGRADE, (reply, request) => ({
    'request-id': reply['request-id'],
    response: { 'chosen-version': request.params?.['target-version'] ?? '0.0.0' },
  })),
  rpcResult('upgrade-refused', 'refuses every upgrade', UPGRADE, (result) => {
    result.error = { message: 'not today', code: 'not supported' };
  }),
  rpcResult('status-version-frozen', 'never shows a new target', STATUS, (status) => {
    status.model.version = '0.0.1';
  }),
  rpc('changes-emptied', 'tells people nothing of what they change', '*', (reply, request) => {
    const told = CHANGES.test(`${request.type}.${request.request}`);
    if (!told || reply.error !== undefined) return undefined;
    // A model's UUID stays, or nothing else in the model could be asked for.
    const { uuid } = reply.response;
    reply.response = request.request === 'CreateModel' ? { uuid } : {};
    return undefined;
  }),
  rpc('changes-welcome', 'refuses nothing that people change', '*', (reply, request) => {
    if (!REFUSALS.test(`${request.type}.${request.request}`)) return undefined;
    const { 'request-id': id, response } = reply;
    if (reply.error !== undefined) return { 'request-id': id, response: response ?? {} };
    for (const one of [...(response.results ?? []), ...(response.models ?? [])]) delete one.error;
    return undefined;
  }),
  rpcResult('status-machines-elsewhere', 'shows versions nobody asked for', STATUS, (status) => {
    for (const one of machinesOf(status)) one['agent-status'].version = '1.2.3';
  }),
];

function withoutFacade(id: string, name: string): Saboteur {
  return rpcResult(id, `does not offer ${name}`, LOGIN, (login) => {
    login.facades = login.facades?.filter((facade: Json) => facade.name !== name);
  });
}
