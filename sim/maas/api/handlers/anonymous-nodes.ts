/** What anybody may ask of any collection of nodes (facts/maas-api 1.4). */

import { isMac } from '../../core/mac.ts';
import { STATUS } from '../../core/status.ts';
import { type Answer, json } from '../answers.ts';
import type { AnonymousAction, Call, Handler } from '../routes.ts';

/** Whether a machine that is not retired, a device or a controller has the MAC address. */
export function isRegistered({ core, params }: Call): Answer {
  const owner = core.ownerOfMac(macParam(params));
  const retired =
    owner && 'status' in owner.node.state && owner.node.state.status === STATUS.RETIRED;
  return json(owner !== undefined && !retired);
}

function isActionInProgress({ core, params }: Call): Answer {
  const owner = core.ownerOfMac(macParam(params));
  const status = owner && 'status' in owner.node.state ? owner.node.state.status : undefined;
  return json(status !== undefined && WORKING.has(status));
}

const WORKING: ReadonlySet<number> = new Set([
  STATUS.COMMISSIONING,
  STATUS.TESTING,
  STATUS.DEPLOYING,
  STATUS.RELEASING,
]);

function macParam(params: Call['params']): string {
  const mac = params.mandatory('mac_address');
  return isMac(mac) ? mac.toLowerCase().replaceAll('-', ':') : mac;
}

/** The two questions by MAC address that need no key, for this handler and for `machines/`. */
export const byMacAddress: readonly AnonymousAction[] = [
  { method: 'GET', op: 'is_registered', doc: 'Whether a MAC address is known.', run: isRegistered },
  {
    method: 'GET',
    op: 'is_action_in_progress',
    doc: 'Whether the machine with a MAC address is being worked on.',
    run: isActionInProgress,
  },
];

export const anonymousNodes: Handler<AnonymousAction> = {
  name: 'AnonNodesHandler',
  actions: byMacAddress,
};
