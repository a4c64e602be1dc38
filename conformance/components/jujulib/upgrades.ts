/**
 * Upgrades as a user of the library asks for them: what must be refused first, then the one that
 * must be taken, with the model's own configuration and status read between. The version numbers
 * are worked out from what the controller itself said.
 */
import {
  type AgentVersion,
  compareVersions,
  printVersion,
  tryParseVersion,
} from '../../../sim/versions/number.ts';
import type { KnownModel, Session, Sessions } from './session.ts';
import { call, need, step } from './steps.ts';

const UNKNOWN_MODEL = '6d616173-7175-4572-8164-65000000dead';

export async function upgrades(
  session: Session | undefined,
  model: Session | undefined,
  models: readonly KnownModel[],
  sessions: Sessions,
): Promise<void> {
  const hosted = models.filter((one) => !one.isController);
  const first = hosted[0];
  const ask = (uuid: string, target: string, dryRun: boolean) =>
    call(need(session, 'login').connection, 'modelUpgrader', 'upgradeModel', {
      'model-tag': `model-${uuid}`,
      'target-version': target,
      'agent-stream': '',
      'ignore-agent-versions': false,
      'dry-run': dryRun,
    });
  const modelGet = () => call(need(model, 'connect-model').connection, 'modelConfig', 'modelGet');

  await step('upgrade-dry-run', () => ask(need(first, 'list-models').uuid, '0.0.0', true));
  await step('model-get-after-dry-run', modelGet);
  const refused = (
    name: string,
    target: (model: AgentVersion, server: AgentVersion) => AgentVersion,
  ) =>
    step(name, () => {
      const { uuid, version } = need(first, 'list-models');
      const own = need(tryParseVersion(version), 'model-summaries');
      const wanted = target(own, need(serverVersion(session), 'login'));
      return ask(uuid, printVersion(wanted), false);
    });
  await refused('upgrade-missing', (own) => ({ ...own, patch: 999 }));
  await refused('upgrade-above-controller', (_, server) => ({
    ...server,
    patch: server.patch + 500,
  }));
  await refused('upgrade-downgrade', (own) => ({ ...own, patch: 1 }));
  await step('upgrade-unknown-model', () => ask(UNKNOWN_MODEL, '0.0.0', false));
  await step('model-get-after-refusals', modelGet);

  let upgraded: string | undefined;
  await step('upgrade', async () => {
    const server = need(serverVersion(session), 'login');
    const below = hosted.find(({ version }) => {
      const own = tryParseVersion(version);
      return own !== undefined && compareVersions(own, server) < 0;
    });
    if (!below) throw new Error('no hosted model is below the controller');
    const asked = { modelTag: `model-${below.uuid}`, before: below.version };
    const result = await ask(below.uuid, '0.0.0', false);
    upgraded = below.uuid;
    return { asked, result };
  });
  await step('full-status-after-upgrade', async () => {
    const { connection } = await sessions.login(need(upgraded, 'upgrade'));
    return call(connection, 'client', 'fullStatus', { patterns: [] });
  });
}

function serverVersion(session: Session | undefined): AgentVersion | undefined {
  const text = session?.connection.info.serverVersion;
  return typeof text === 'string' ? tryParseVersion(text) : undefined;
}
