/** Tags, and giving them to machines (facts/maas-api 3.9). */
import type { MaasCore } from '../../core/core.ts';
import type { Tag } from '../../core/objects.ts';
import { canView } from '../../core/permissions.ts';
import { fieldRefusal, notFound, refusal } from '../../core/refusal.ts';
import { checkDefinition, rebuildTag } from '../../core/tagging.ts';
import { type Answer, DELETED, json } from '../answers.ts';
import { deviceObject } from '../render/machine.ts';
import { tagObject } from '../render/shared.ts';
import type { Action, Resource, UserCall } from '../routes.ts';
import { machineList } from './machine-list.ts';

function tagOf({ core, path }: UserCall): Tag {
  const tag = core.tags.get(path.name!);
  if (!tag) throw notFound('Tag', path.name!);
  return tag;
}

function tagged(call: UserCall): Answer {
  const { name } = tagOf(call);
  return machineList(
    call,
    call.core.machines.filter(
      ({ state }) => state.tags.includes(name) && canView(call.user, state),
    ),
  );
}

const TAG_ACTIONS: readonly Action[] = [
  { method: 'GET', op: null, doc: 'Read one tag.', run: (call) => json(tagObject(tagOf(call))) },
  {
    method: 'PUT',
    op: null,
    doc: 'Change a tag.',
    admin: true,
    run: (call) => {
      const before = tagOf(call);
      const { core, params } = call;
      const after = {
        name: params.text('name') || before.name,
        comment: params.optional('comment') ?? before.comment,
        definition: params.optional('definition') ?? before.definition,
        kernelOpts: params.optional('kernel_opts') ?? before.kernelOpts,
      };
      checkTagName(core, after.name, before.name);
      checkDefinition(after.definition);
      core.tags.delete(before.name);
      core.tags.set(after.name, after);
      if (after.name !== before.name) {
        retag(core, (tags) => tags.map((tag) => (tag === before.name ? after.name : tag)));
      }
      if (after.definition !== before.definition) rebuildTag(core, after.name);
      return json(tagObject(after));
    },
  },
  {
    method: 'POST',
    op: 'rebuild',
    doc: 'Evaluate the definition of the tag on every machine again.',
    admin: true,
    run: (call) => {
      const { name } = tagOf(call);
      rebuildTag(call.core, name);
      return json({ rebuilding: name });
    },
  },
  {
    method: 'DELETE',
    op: null,
    doc: 'Remove a tag from everything.',
    admin: true,
    run: (call) => {
      const { name } = tagOf(call);
      call.core.tags.delete(name);
      retag(call.core, (tags) => tags.filter((tag) => tag !== name));
      return DELETED;
    },
  },
  { method: 'GET', op: 'machines', doc: 'Machines that have the tag.', run: tagged },
  { method: 'GET', op: 'nodes', doc: 'Everything that has the tag.', run: tagged },
  {
    method: 'GET',
    op: 'devices',
    doc: 'Devices that have the tag.',
    run: (call) => {
      const { name } = tagOf(call);
      const devices = [...call.core.devices.values()].filter(
        ({ state }) => state.tags.includes(name) && canView(call.user, state),
      );
      return json(devices.map((device) => deviceObject(call.core, device)));
    },
  },
  // Controllers have no tags here, so nobody has any.
  ...['rack_controllers', 'region_controllers'].map(
    (op): Action => ({
      method: 'GET',
      op,
      doc: 'Controllers that have the tag.',
      run: (call) => {
        tagOf(call);
        return json([]);
      },
    }),
  ),
  {
    method: 'POST',
    op: 'update_nodes',
    doc: 'Give the tag to machines and take it from others.',
    admin: true,
    run: (call) => {
      const { name, definition } = tagOf(call);
      const { core, params } = call;
      const sent = params.optional('definition');
      if (sent !== undefined && sent !== definition) {
        throw refusal(
          'conflict',
          `Definition supplied '${sent}' doesn't match current definition '${definition}'`,
        );
      }
      const find = (field: string) => params.all(field).flatMap((id) => core.findMachine(id) ?? []);
      const add = find('add');
      const remove = find('remove');
      for (const machine of add) {
        const tags = [...new Set([...machine.state.tags, name])].sort();
        core.change(machine, { tags });
      }
      for (const machine of remove) {
        core.change(machine, { tags: machine.state.tags.filter((tag) => tag !== name) });
      }
      return json({ added: add.length, removed: remove.length });
    },
  },
];

function retag(core: MaasCore, change: (tags: readonly string[]) => readonly string[]): void {
  for (const machine of core.machines) {
    const tags = change(machine.state.tags);
    if (
      tags.some((tag, i) => tag !== machine.state.tags[i]) ||
      tags.length !== machine.state.tags.length
    ) {
      core.change(machine, { tags });
    }
  }
}

function checkTagName(core: MaasCore, name: string, self: string | undefined): void {
  if (name === '') throw fieldRefusal('name', 'This field is required.');
  if (!/^[a-zA-Z0-9_-]{1,256}$/.test(name)) throw fieldRefusal('name', 'Enter a valid value.');
  if (name !== self && core.tags.has(name)) {
    throw fieldRefusal('name', 'Tag with this Name already exists.', { wanted: name });
  }
}

export const tagResources: readonly Resource[] = [
  {
    path: 'tags/',
    auth: {
      name: 'TagsHandler',
      actions: [
        {
          method: 'GET',
          op: null,
          doc: 'List the tags.',
          run: ({ core }) => json([...core.tags.values()].map(tagObject)),
        },
        {
          method: 'POST',
          op: null,
          doc: 'Add a tag.',
          admin: true,
          run: ({ core, params }) => {
            const name = params.text('name');
            checkTagName(core, name, undefined);
            const tag = {
              name,
              comment: params.text('comment'),
              definition: params.text('definition'),
              kernelOpts: params.text('kernel_opts'),
            };
            checkDefinition(tag.definition);
            core.tags.set(name, tag);
            rebuildTag(core, name);
            return json(tagObject(tag));
          },
        },
      ],
    },
    anon: null,
  },
  { path: 'tags/{name}/', auth: { name: 'TagHandler', actions: TAG_ACTIONS }, anon: null },
];
