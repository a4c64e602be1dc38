/** `Block`: which changes an operator has blocked, on and off (facts/juju-api 1.5, 8). */
import { type Facade, method, modelOf } from '../facade.ts';
import { nothing, struct, text } from '../params.ts';
import { RpcError } from '../rpc.ts';
import { modelTag } from '../shapes.ts';
import { adminModel } from './access.ts';

const change = () => struct({ type: text(), message: text() });

export const block: Facade = {
  name: 'Block',
  place: 'model',
  role: 'user',
  methods: {
    List: method(nothing(), (_, call) => {
      const model = modelOf(call);
      const blocks = call.host.blocks.of(model);
      const results = blocks.map((one) => ({ result: { ...one, tag: modelTag(model) } }));
      return { results };
    }),
    SwitchBlockOn: method(change(), ({ type, message }, call) =>
      result(() => call.host.blocks.switchOn(adminModel(call), type, message)),
    ),
    SwitchBlockOff: method(change(), ({ type }, call) =>
      result(() => call.host.blocks.switchOff(adminModel(call), type)),
    ),
  },
};

/** A single result: what went wrong stands inside it. */
function result(change: () => void): object {
  try {
    change();
    return {};
  } catch (error) {
    if (error instanceof RpcError && error.code !== 'unauthorized access') {
      return { error: error.item() };
    }
    throw error;
  }
}
