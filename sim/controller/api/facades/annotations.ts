/** `Annotations`: texts that dashboards keep on models, machines, applications and units. */
import { z } from 'zod';
import type { Model } from '../../core/model.ts';
import { type Call, type Facade, method, modelOf } from '../facade.ts';
import { entities, list, struct, text } from '../params.ts';
import { RpcError } from '../rpc.ts';
import { bulk } from '../wire-error.ts';
import { changeableModel } from './access.ts';

/** The key under which an entity's annotations are kept. @throws RpcError for one that is not there */
function entityKey({ host }: Call, model: Model, tag: string): string {
  const application = /^application-(.+)$/.exec(tag)?.[1];
  const there =
    tag === `model-${model.uuid}` ||
    (application !== undefined && model.applications.has(application)) ||
    host.core.findAgent(model.uuid, tag) >= 0;
  if (!there) throw new RpcError(`entity "${tag.slice(0, 200)}" not found`, 'not found');
  return `${model.uuid} ${tag}`;
}

export const annotations: Facade = {
  name: 'Annotations',
  place: 'model',
  role: 'user',
  methods: {
    Get: method(entities(), ({ entities: wanted }, call) =>
      bulk(call.host, wanted, ({ tag }) => ({
        entity: tag,
        annotations: call.host.annotations.get(entityKey(call, modelOf(call), tag)),
      })),
    ),
    Set: method(
      struct({
        annotations: list(
          struct({
            entity: text(),
            annotations: z
              .record(z.string(), z.string())
              .nullish()
              .transform((value) => value ?? {}),
          }),
        ),
      }),
      (params, call) => {
        const model = changeableModel(call);
        return bulk(call.host, params.annotations, ({ entity, annotations: wanted }) => {
          call.host.annotations.set(entityKey(call, model, entity), wanted);
          return {};
        });
      },
    ),
  },
};
