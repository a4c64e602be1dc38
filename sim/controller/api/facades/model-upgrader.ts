/**
 * `ModelUpgrader`: sets a model's target, the controller's own model too. Business refusals travel
 * inside the result beside what had been chosen so far, the others as top-level errors
 * (facts/juju-api 3.4); which is which is said in `../texts.ts`.
 */
import { type AgentVersion, printVersion, ZERO } from '../../../versions/number.ts';
import { ControllerRefusal } from '../../core/refusal.ts';
import { DISPATCH } from '../eras.ts';
import { type Call, type Facade, method } from '../facade.ts';
import { flag, readVersion, struct, text } from '../params.ts';
import { RpcError } from '../rpc.ts';
import { wireRefusal } from '../texts.ts';

const upgrade = struct({
  'model-tag': text(),
  'target-version': text(),
  'agent-stream': text(),
  'ignore-agent-versions': flag(),
  'dry-run': flag(),
});

/** The model of a tag, if this user may change it. */
function target(tag: string, { host, session }: Call): string {
  const uuid = /^model-([0-9a-f-]{36})$/.exec(tag)?.[1];
  if (!uuid) throw new RpcError(`"${tag}" is not a valid model tag`);
  const model = host.core.model(uuid);
  if (model && !host.accounts.mayUse(session.user ?? '', model, 'write')) {
    throw host.era === '4.0'
      ? new RpcError('unauthorized to upgrade model', 'unauthorized access')
      : DISPATCH.permission();
  }
  return uuid;
}

function answer(chosen: AgentVersion, error?: RpcError): object {
  const result = { 'chosen-version': printVersion(chosen) };
  return error ? { ...result, error: error.item() } : result;
}

export const modelUpgrader: Facade = {
  name: 'ModelUpgrader',
  place: 'controller',
  role: 'user',
  methods: {
    UpgradeModel: method(upgrade, (params, call) => {
      const { core, text } = call.host;
      try {
        const { chosen } = core.upgradeModel({
          modelUuid: target(params['model-tag'], call),
          target: readVersion(params['target-version']),
          stream: params['agent-stream'],
          ignoreAgentVersions: params['ignore-agent-versions'],
          dryRun: params['dry-run'],
        });
        return answer(chosen);
      } catch (error) {
        if (!(error instanceof ControllerRefusal)) throw error;
        const refusal = wireRefusal(error, core.rules, text);
        if (!refusal.inResult) throw refusal.error;
        return answer(error.details.chosen ?? ZERO, refusal.error);
      }
    }),
    AbortModelUpgrade: method(struct({ 'model-tag': text() }), (params, call) => {
      if (call.host.era === '4.0') {
        throw new RpcError('aborting model upgrades is not supported', 'not supported');
      }
      target(params['model-tag'], call);
      call.host.core.abortUpgrade();
      return {};
    }),
  },
};
