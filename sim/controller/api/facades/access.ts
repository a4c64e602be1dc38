/** Who may do what, asked by several facades: each gives the thing or refuses as the dispatcher does. */
import type { Model } from '../../core/model.ts';
import type { ModelAccess } from '../accounts.ts';
import { DISPATCH } from '../eras.ts';
import { type Call, modelOf } from '../facade.ts';

/** The model of the call, if this user has that access to it. @throws RpcError */
export function modelWith(call: Call, least: ModelAccess): Model {
  const model = modelOf(call);
  if (!call.host.accounts.mayUse(call.session.user ?? '', model, least)) {
    throw DISPATCH.permission();
  }
  return model;
}

/** @throws RpcError unless the user administers the model */
export function adminModel(call: Call): Model {
  return modelWith(call, 'admin');
}

/** @throws RpcError unless the user may change the model, and nobody has blocked changes */
export function changeableModel(call: Call): Model {
  const model = modelWith(call, 'write');
  call.host.blocks.requireNone(model, 'change');
  return model;
}

/** @throws RpcError unless the user administers the controller */
export function requireSuperuser({ host, session }: Call): void {
  if (!host.accounts.isSuperuser(session.user ?? '')) throw DISPATCH.permission();
}
