/** Images and where they come from (facts/maas-api 6.8). */
import { createHash } from 'node:crypto';
import type { MaasCore } from '../../core/core.ts';
import { type BootSource, type Selection, selectionsOf, type Upload } from '../../core/images.ts';
import type { BootResource } from '../../core/objects.ts';
import { API_ROOT } from '../routes.ts';
import { bootResourceObject, isoDate } from './shared.ts';

/** An image with the sets of files that it consists of. */
export function imageWithSets(core: MaasCore, resource: BootResource) {
  const upload = core.images.uploadOf(resource);
  const set = upload ? uploadedSet(upload) : syncedSet(resource);
  // Both kinds are as old as the world: an image has one version here.
  const version = core.dateAt(0).toISOString().slice(0, 10).replaceAll('-', '');
  return { ...bootResourceObject(resource), sets: { [version]: { version, ...set } } };
}

function uploadedSet(upload: Upload) {
  const { size, received, sha256, filetype } = upload;
  const complete = received === size;
  const progress = complete ? {} : { progress: (received / size) * 100 };
  const filename = `root-${filetype === 'tgz' ? 'tgz' : filetype}`;
  return {
    label: 'uploaded',
    size,
    complete,
    ...progress,
    files: {
      [filename]: {
        filename,
        filetype: filetype === 'tgz' ? 'root-tgz' : `root-${filetype}`,
        sha256,
        filename_on_disk: sha256.slice(0, 8),
        size,
        complete,
        ...progress,
        ...(complete
          ? {}
          : {
              upload_uri: `${API_ROOT}boot-resources/${upload.resourceId}/upload/${upload.id}/`,
            }),
      },
    },
  };
}

const SYNCED_FILES = [
  ['boot-kernel', 14_000_000],
  ['boot-initrd', 60_000_000],
  ['squashfs', 250_000_000],
] as const;

/** Files of the usual kinds; hashes and sizes follow from the image, so that each has its own. */
function syncedSet(resource: BootResource) {
  const files = SYNCED_FILES.map(([filename, usual]) => {
    const sha256 = createHash('sha256')
      .update(`${resource.name} ${resource.architecture} ${filename}`)
      .digest('hex');
    const size = usual + (Number.parseInt(sha256.slice(0, 6), 16) % usual);
    const filetype = filename;
    const disk = sha256.slice(0, 8);
    return { filename, filetype, sha256, filename_on_disk: disk, size, complete: true };
  });
  return {
    label: 'stable',
    size: files.reduce((sum, { size }) => sum + size, 0),
    complete: true,
    files: Object.fromEntries(files.map((file) => [file.filename, file])),
  };
}

export function bootSourceObject(core: MaasCore, source: BootSource) {
  return {
    id: source.id,
    url: source.url,
    keyring_filename: source.keyringFilename,
    keyring_data: source.keyringData,
    created: isoDate(core, source.createdMs),
    updated: isoDate(core, source.updatedMs),
    resource_uri: `${API_ROOT}boot-sources/${source.id}/`,
  };
}

export function selectionObject(selection: Selection) {
  return {
    id: selection.id,
    boot_source_id: selection.sourceId,
    os: selection.os,
    release: selection.release,
    arches: selection.arches,
    subarches: selection.subarches,
    labels: selection.labels,
    resource_uri: `${API_ROOT}boot-sources/${selection.sourceId}/selections/${selection.id}/`,
  };
}

export function selectionObjects(core: MaasCore, source: BootSource) {
  return selectionsOf(core, source).map(selectionObject);
}
