import { describe, expect, it } from 'vitest';
import { parseVersion } from '../../versions/number.ts';
import { placeIn, versionsIn, type WireEra } from './eras.ts';
import { FACADES } from './facades/index.ts';
import { announced } from './login.ts';
import { RawClient, testServer } from './testing.ts';

describe('the facade versions of a release', () => {
  it.each([
    ['3.1.10', '3.6', 'Client', [6]],
    ['3.3.7', '3.6', 'Client', [6, 7]],
    ['3.5.7', '3.6', 'Client', [6, 7]],
    ['3.6.0', '3.6', 'Client', [6, 7, 8]],
    ['3.5.7', '3.6', 'Controller', [11]],
    ['3.4.6', '3.6', 'ModelManager', [9]],
    ['3.5.7', '3.6', 'ModelManager', [9, 10]],
    ['3.6.9', '3.6', 'Storage', [6]],
    ['3.6.10', '3.6', 'Storage', [6, 7]],
    ['4.0.0', '4.0', 'Controller', [12, 13]],
    ['4.0.10', '4.0', 'Cloud', [7]],
    ['4.0.15', '4.0', 'Cloud', [7, 8]],
    ['2.9.53', '2.9', 'Client', [1, 2, 3, 4, 5, 6]],
  ] as const)('of %s (%s) of %s are %j', (release, era, facade, versions) => {
    expect(versionsIn(era as WireEra, facade, parseVersion(release))).toEqual(versions);
  });

  it('put ModelUpgrader on model connections in early 4.0, and only there', () => {
    const upgrader = FACADES.get('ModelUpgrader')!;
    const where = (release: string) => placeIn(upgrader, parseVersion(release));
    expect(['3.6.28', '4.0.3', '4.0.10', '4.0.15'].map(where)).toEqual([
      'controller',
      'model',
      'model',
      'controller',
    ]);
    const names = announced('4.0', undefined, parseVersion('4.0.3')).map((one) => one.name);
    expect(names).not.toContain('ModelUpgrader');
  });

  it('are served where they are announced', async () => {
    const { served, model } = await testServer('4.0.3', '4.0');
    const onModel = await RawClient.admin(served, `/model/${model}/api`);
    const target = { 'model-tag': `model-${model}`, 'target-version': '4.0.3' };
    const asked = await onModel.call('ModelUpgrader', 1, 'UpgradeModel', target);
    expect(asked['error-code']).not.toBe('not implemented');
    const onController = await RawClient.admin(served);
    expect((await onController.call('ModelUpgrader', 1, 'UpgradeModel', target)).error).toBe(
      'facade "ModelUpgrader" not supported for controller API connection',
    );
    onModel.close();
    onController.close();
    await served.close();
  });
});
