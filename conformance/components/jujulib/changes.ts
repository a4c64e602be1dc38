/**
 * What people change on a controller apart from upgrades: a model of its own is made, gets machines,
 * settings, constraints, annotations, keys and a block, and is destroyed (facts/juju-api 3.1, 8 D, E).
 */
import type { KnownModel, Session, Sessions } from './session.ts';
import { call, need, step } from './steps.ts';

const NAME = 'suite-model';
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP suite@example';
const MACHINE = {
  base: { name: 'ubuntu', channel: '22.04/stable' },
  constraints: {},
  jobs: ['JobHostUnits'],
  'parent-id': '',
  'container-type': '',
  'instance-id': '',
  nonce: '',
  'hardware-characteristics': {},
  addresses: [],
};

export async function modelChanges(
  session: Session | undefined,
  hosted: KnownModel | undefined,
  sessions: Sessions,
  self: string,
): Promise<void> {
  const controller = (facade: string, method: string, params: unknown = {}) =>
    call(need(session, 'login').connection, facade, method, params);
  let uuid: string | undefined;
  let own: Session | undefined;
  const model = (facade: string, method: string, params: unknown = {}) =>
    call(need(own, 'model-create').connection, facade, method, params);
  const tagged = () => `model-${need(uuid, 'model-create')}`;
  const status = () => model('client', 'fullStatus', { patterns: [] });
  const destroy = () =>
    controller('modelManager', 'destroyModels', {
      models: [{ 'model-tag': tagged(), 'destroy-storage': true }],
    });

  await step('clouds', () => controller('cloud', 'clouds'));
  await step('credentials', () =>
    controller('cloud', 'userCredentials', {
      'user-clouds': [{ 'user-tag': `user-${self}`, 'cloud-tag': 'cloud-maas' }],
    }),
  );
  await step('controller-config', () => controller('controller', 'controllerConfig'));
  await step('controller-version', () => controller('controller', 'controllerVersion'));
  const wanted = { name: NAME, 'owner-tag': `user-${self}`, qualifier: self, config: {} };
  await step('model-create', async () => {
    const made = (await controller('modelManager', 'createModel', wanted)) as { uuid: string };
    uuid = made.uuid;
    own = await sessions.login(uuid);
    return made;
  });
  await step('model-create-again', () => controller('modelManager', 'createModel', wanted));
  await step('machine-add', () => model('machineManager', 'addMachines', { params: [MACHINE] }));
  await step('container-add', () =>
    model('machineManager', 'addMachines', {
      params: [{ ...MACHINE, placement: { scope: 'lxd', directive: '0' } }],
    }),
  );
  await step('status-after-add', status);
  const remove = (how: object) =>
    model('machineManager', 'destroyMachineWithParams', { 'machine-tags': ['machine-0'], ...how });
  await step('machine-remove-hosting', () => remove({}));
  await step('machine-remove-dry-run', () => remove({ force: true, 'dry-run': true }));
  await step('machine-remove', () => remove({ force: true }));
  await step('status-after-remove', status);
  await step('setting', async () => {
    await model('modelConfig', 'modelSet', { config: { 'update-status-hook-interval': '7m' } });
    return await model('modelConfig', 'modelGet');
  });
  await step('setting-reset', async () => {
    await model('modelConfig', 'modelUnset', { keys: ['update-status-hook-interval'] });
    return await model('modelConfig', 'modelGet');
  });
  await step('setting-agent-version', () =>
    model('modelConfig', 'modelSet', { config: { 'agent-version': '9.9.9' } }),
  );
  await step('constraints', async () => {
    const constraints = { cores: 2, mem: 4096 };
    await model('modelConfig', 'setModelConstraints', { application: '', constraints });
    return await model('modelConfig', 'getModelConstraints');
  });
  await step('annotate', async () => {
    const entity = tagged();
    await model('annotations', 'set', { annotations: [{ entity, annotations: { suite: '1' } }] });
    return await model('annotations', 'get', { entities: [{ tag: entity }] });
  });
  await step('key-add', () =>
    model('keyManager', 'addKeys', { user: self, 'ssh-keys': [KEY, 'nonsense'] }),
  );
  await step('keys', async () => ({
    asked: KEY,
    listed: await model('keyManager', 'listKeys', {
      entities: { entities: [{ tag: `user-${self}` }] },
      mode: true,
    }),
  }));
  await step('spaces', () => model('spaces', 'listSpaces'));
  await step('subnets', async () => {
    const { connection } = await sessions.login(need(hosted, 'list-models').uuid);
    return await call(connection, 'subnets', 'listSubnets', { 'space-tag': '', zone: '' });
  });
  const block = { type: 'BlockDestroy', message: 'kept for the suite' };
  await step('block', async () => {
    await model('block', 'switchBlockOn', block);
    return await model('block', 'list');
  });
  await step('destroy-blocked', destroy);
  await step('unblock', async () => {
    await model('block', 'switchBlockOff', block);
    return await model('block', 'list');
  });
  await step('destroy', destroy);
  await step('model-status-destroyed', () =>
    controller('modelManager', 'modelStatus', { entities: [{ tag: tagged() }] }),
  );
}
