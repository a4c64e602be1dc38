/** Boot images, and where they come from (facts/maas-api 3.11). */
import {
  type BootSource,
  createImage,
  createSelection,
  createSource,
  deleteSource,
  imageOf,
  type Selection,
  selectionsOf,
  updateSelection,
  updateSource,
  uploadOf,
} from '../../core/images.ts';
import { rowOf } from '../../core/ip-ranges.ts';
import { notFound, refusal } from '../../core/refusal.ts';
import { json, text } from '../answers.ts';
import {
  bootSourceObject,
  imageWithSets,
  selectionObject,
  selectionObjects,
} from '../render/images.ts';
import { bootResourceObject } from '../render/shared.ts';
import type { Resource, UserCall } from '../routes.ts';
import { get, post, put, remove, resource } from './crud.ts';

const sourceOf = ({ core, path }: UserCall): BootSource =>
  rowOf(core.images.sources, path.boot_source_id ?? path.id!, 'BootSource');

function selectionOf(call: UserCall): Selection {
  const found = selectionsOf(call.core, sourceOf(call)).find(
    ({ id }) => String(id) === call.path.id,
  );
  if (!found) throw notFound('BootSourceSelection', call.path.id!);
  return found;
}

const fileOf = ({ files }: UserCall, field: string) =>
  files.find((file) => file.field === field)?.content;

const images = resource(
  'boot-resources/',
  'BootResourcesHandler',
  get('List the images.', ({ core, params }) => {
    const type = params.text('type') || 'all';
    if (!['all', 'synced', 'uploaded'].includes(type)) {
      throw refusal('invalid', `'${type}' is not a valid type.`, { wanted: type });
    }
    const resources = [...core.bootResources.values()];
    return resources
      .filter((one) => type === 'all' || one.type.toLowerCase() === type)
      .map(bootResourceObject);
  }),
  {
    method: 'POST',
    op: null,
    doc: 'Add an image, with its content or with the promise of it.',
    admin: true,
    run: (call) => {
      const { core, params } = call;
      // Some clients send the content as a field without a file name.
      const field = params.has('content') ? Buffer.from(params.text('content')) : undefined;
      const image = createImage(core, params, fileOf(call, 'content') ?? field);
      return json(imageWithSets(core, image), 201);
    },
  },
  get('Whether images are being imported.', () => false, 'is_importing'),
  {
    method: 'POST',
    op: 'import',
    doc: 'Import images. They are all there, so nothing is done.',
    admin: true,
    run: () => text('Import of boot resources started'),
  },
  {
    method: 'POST',
    op: 'stop_import',
    doc: 'Stop importing.',
    admin: true,
    run: () => text('Import of boot resources is being stopped'),
  },
);

const image = resource(
  'boot-resources/{id}/',
  'BootResourceHandler',
  get('Read one image with its files.', ({ core, path }) =>
    imageWithSets(core, imageOf(core, path.id!)),
  ),
  remove('Remove an image.', ({ core, path }) => {
    const found = imageOf(core, path.id!, true);
    core.images.forget(found);
    core.bootResources.delete(found.id);
  }),
);

const upload: Resource = {
  ...resource('boot-resources/{id}/upload/{file_id}/', 'BootResourceFileUploadHandler', {
    method: 'PUT',
    op: null,
    doc: 'The next piece of an image.',
    admin: true,
    run: ({ core, path, raw }) => {
      core.images.append(uploadOf(core, path.id!, path.file_id!), raw);
      return text('OK');
    },
  }),
  hidden: true,
};

const sources: Resource = {
  ...resource(
    'boot-sources/',
    'BootSourcesHandler',
    get('List where images come from.', ({ core }) =>
      [...core.images.sources.values()].map((source) => bootSourceObject(core, source)),
    ),
    post(
      'Add a source of images.',
      (call) =>
        bootSourceObject(
          call.core,
          createSource(call.core, call.params, fileOf(call, 'keyring_data')),
        ),
      { status: 201 },
    ),
  ),
  adminOnly: true,
};

const source: Resource = {
  ...resource(
    'boot-sources/{id}/',
    'BootSourceHandler',
    get('Read one source.', (call) => bootSourceObject(call.core, sourceOf(call))),
    put('Change a source.', (call) =>
      bootSourceObject(
        call.core,
        updateSource(call.core, sourceOf(call), call.params, fileOf(call, 'keyring_data')),
      ),
    ),
    remove('Remove a source.', (call) => deleteSource(call.core, sourceOf(call))),
  ),
  adminOnly: true,
};

const selections: Resource = {
  ...resource(
    'boot-sources/{boot_source_id}/selections/',
    'BootSourceSelectionsHandler',
    get('List what is taken of a source.', (call) => selectionObjects(call.core, sourceOf(call))),
    post(
      'Take more of a source.',
      (call) => selectionObject(createSelection(call.core, sourceOf(call), call.params)),
      { status: 201 },
    ),
  ),
  adminOnly: true,
};

const selection: Resource = {
  ...resource(
    'boot-sources/{boot_source_id}/selections/{id}/',
    'BootSourceSelectionHandler',
    get('Read one selection.', (call) => selectionObject(selectionOf(call))),
    put('Change a selection.', (call) =>
      selectionObject(updateSelection(call.core, sourceOf(call), selectionOf(call), call.params)),
    ),
    remove('Take it no longer.', (call) => {
      call.core.images.selections.delete(selectionOf(call).id);
    }),
  ),
  adminOnly: true,
};

export const imageResources: readonly Resource[] = [
  images,
  image,
  upload,
  sources,
  source,
  selections,
  selection,
];
