/**
 * Images: those that MAAS imported, those that people upload in pieces, and where the former come
 * from (facts/maas-api 3.11, 6.8). What an upload contains is not kept, only how much of it came and
 * what it hashes to.
 */
import { createHash, type Hash } from 'node:crypto';
import type { MaasCore } from './core.ts';
import type { Fields } from './fields.ts';
import { choiceField, requiredField } from './form-fields.ts';
import { freshId } from './fresh-id.ts';
import type { BootResource } from './objects.ts';
import { fieldRefusal, notFound, refusal } from './refusal.ts';

/** The one file of an uploaded image. */
export interface Upload {
  readonly id: number;
  readonly resourceId: number;
  readonly filetype: string;
  readonly sha256: string;
  /** Bytes that it will have, and bytes that came. */
  readonly size: number;
  readonly received: number;
}

export interface BootSource {
  readonly id: number;
  readonly url: string;
  readonly keyringFilename: string;
  /** Base64. */
  readonly keyringData: string;
  readonly createdMs: number;
  readonly updatedMs: number;
}

export interface Selection {
  readonly id: number;
  readonly sourceId: number;
  readonly os: string;
  readonly release: string;
  readonly arches: readonly string[];
  readonly subarches: readonly string[];
  readonly labels: readonly string[];
}

const SOURCE = 'http://images.maas.io/ephemeral-v3/stable/';
const KEYRING = '/usr/share/keyrings/ubuntu-cloudimage-keyring.gpg';

export class Images {
  readonly uploads = new Map<number, Upload>();
  readonly sources = new Map<number, BootSource>();
  readonly selections = new Map<number, Selection>();
  /** Of uploads that are not complete yet. */
  readonly #hashes = new Map<number, Hash>();

  constructor(defaultSeries: string) {
    this.sources.set(1, {
      id: 1,
      url: SOURCE,
      keyringFilename: KEYRING,
      keyringData: '',
      createdMs: 0,
      updatedMs: 0,
    });
    this.selections.set(1, {
      id: 1,
      sourceId: 1,
      os: 'ubuntu',
      release: defaultSeries,
      arches: ['amd64'],
      subarches: ['*'],
      labels: ['*'],
    });
  }

  tables(): Iterable<unknown>[] {
    return [this.uploads, this.sources, this.selections];
  }

  uploadOf({ id }: BootResource): Upload | undefined {
    return [...this.uploads.values()].find(({ resourceId }) => resourceId === id);
  }

  /** Whether the image is all there, so that it can be deployed. */
  isComplete(resource: BootResource): boolean {
    const upload = this.uploadOf(resource);
    return !upload || upload.received === upload.size;
  }

  forget(resource: BootResource): void {
    const upload = this.uploadOf(resource);
    if (!upload) return;
    this.uploads.delete(upload.id);
    this.#hashes.delete(upload.id);
  }

  start(upload: Upload): void {
    this.uploads.set(upload.id, upload);
    this.#hashes.set(upload.id, createHash('sha256'));
  }

  /**
   * Takes the next piece of an upload.
   * @throws Refusal 400 for too much, for nothing, and for what does not hash to what was promised
   */
  append(upload: Upload, piece: Uint8Array): void {
    if (piece.byteLength === 0) throw refusal('invalid', 'Missing data.');
    if (upload.received === upload.size) {
      throw refusal('invalid', 'Cannot upload to a complete file.');
    }
    const received = upload.received + piece.byteLength;
    if (received > upload.size) {
      throw refusal('invalid', 'Too much data received.', {
        wanted: `${upload.size} bytes`,
        found: [`${received} bytes`],
      });
    }
    const hash = this.#hashes.get(upload.id)!.copy().update(piece);
    if (received === upload.size && hash.copy().digest('hex') !== upload.sha256) {
      throw refusal('invalid', 'Saved content does not match given SHA256 value.', {
        wanted: upload.sha256,
      });
    }
    this.#hashes.set(upload.id, hash);
    this.uploads.set(upload.id, { ...upload, received });
  }
}

const FILETYPES = [
  'tgz',
  'tbz',
  'txz',
  'ddtgz',
  'ddtbz',
  'ddtxz',
  'ddtar',
  'ddbz2',
  'ddgz',
  'ddxz',
  'ddraw',
];

/**
 * Makes an image, with its content or with the promise of it.
 * @param content the file that came with the request, if any
 * @throws Refusal 400
 */
export function createImage(
  core: MaasCore,
  fields: Fields,
  content: Uint8Array | undefined,
): BootResource {
  const name = requiredField(fields, 'name');
  if (!/^[\w.+-]+(\/[\w.+-]+)?$/.test(name)) {
    throw fieldRefusal('name', 'Enter a valid value.', { wanted: name });
  }
  const synced = [...core.bootResources.values()].some(
    (one) => one.type === 'Synced' && (one.name === name || one.name.split('/')[1] === name),
  );
  if (synced) throw fieldRefusal('name', `${name} is a reserved name.`, { wanted: name });
  requiredField(fields, 'architecture');
  const architectures = new Set(
    [...core.bootResources.values()].map((one) => `${one.architecture.split('/')[0]}/generic`),
  );
  const architecture = choiceField(fields, 'architecture', [...architectures].sort())!;
  const filetype = choiceField(fields, 'filetype', FILETYPES) ?? 'tgz';
  const promise = content ? promiseOf(content) : promised(fields);
  const before = [...core.bootResources.values()].find(
    (one) => one.type === 'Uploaded' && one.name === name && one.architecture === architecture,
  );
  if (before) core.images.forget(before);
  const resource: BootResource = {
    id: before?.id ?? freshId(core.bootResources),
    type: 'Uploaded',
    name,
    architecture,
    subarches: '',
    title: fields.text('title') || null,
    kflavor: null,
    ...(fields.text('base_image') === '' ? {} : { baseImage: fields.text('base_image') }),
  };
  core.bootResources.set(resource.id, resource);
  const upload: Upload = {
    id: freshId(core.images.uploads),
    resourceId: resource.id,
    filetype,
    received: 0,
    ...promise,
  };
  core.images.start(upload);
  if (content) core.images.append(upload, content);
  return resource;
}

function promiseOf(content: Uint8Array) {
  if (content.byteLength === 0) {
    throw fieldRefusal('content', 'The submitted file is empty.');
  }
  return {
    size: content.byteLength,
    sha256: createHash('sha256').update(content).digest('hex'),
  };
}

function promised(fields: Fields) {
  const sha256 = fields.text('sha256').toLowerCase();
  const size = fields.text('size');
  if (sha256 === '' || size === '') {
    const missing = sha256 === '' ? 'sha256' : 'size';
    throw fieldRefusal(missing, 'This field is required.', { wanted: 'content, or its promise' });
  }
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    throw fieldRefusal('sha256', 'Enter a valid value.', { wanted: sha256 });
  }
  if (!/^[1-9]\d{0,14}$/.test(size)) throw fieldRefusal('size', 'Enter a whole number.');
  return { size: Number(size), sha256 };
}

/** @throws Refusal 404; on removal the real one answers 500 (facts/maas-api 3.11) */
export function imageOf(core: MaasCore, id: string, removal = false): BootResource {
  const found = /^\d{1,9}$/.test(id) ? core.bootResources.get(Number(id)) : undefined;
  if (found) return found;
  if (removal) throw refusal('broken', 'BootResource matching query does not exist.');
  throw notFound('BootResource', id);
}

/** @throws Refusal 404 */
export function uploadOf(core: MaasCore, id: string, fileId: string): Upload {
  const resource = imageOf(core, id);
  const upload = core.images.uploadOf(resource);
  if (!upload || String(upload.id) !== fileId) throw notFound('BootResourceFile', fileId);
  return upload;
}

/** @throws Refusal 400 */
export function createSource(
  core: MaasCore,
  fields: Fields,
  keyring: Uint8Array | undefined,
): BootSource {
  const nowMs = core.clock.nowMs();
  const source: BootSource = {
    ...sourceOf(core, fields, keyring, undefined),
    id: freshId(core.images.sources),
    createdMs: nowMs,
    updatedMs: nowMs,
  };
  core.images.sources.set(source.id, source);
  return source;
}

/** @throws Refusal 400 */
export function updateSource(
  core: MaasCore,
  before: BootSource,
  fields: Fields,
  keyring: Uint8Array | undefined,
): BootSource {
  const changed = {
    ...before,
    ...sourceOf(core, fields, keyring, before),
    updatedMs: core.clock.nowMs(),
  };
  core.images.sources.set(before.id, changed);
  return changed;
}

function sourceOf(
  core: MaasCore,
  fields: Fields,
  keyring: Uint8Array | undefined,
  before: BootSource | undefined,
) {
  const url = fields.text('url') || (before?.url ?? '');
  if (url === '') throw fieldRefusal('url', 'This field is required.');
  if (!/^https?:\/\/[^\s/]+/.test(url)) throw fieldRefusal('url', 'Enter a valid URL.');
  for (const other of core.images.sources.values()) {
    if (other.url === url && other.id !== before?.id) {
      throw fieldRefusal('url', 'Boot source with this Url already exists.', { wanted: url });
    }
  }
  const keyringData = keyring
    ? Buffer.from(keyring).toString('base64')
    : (fields.optional('keyring_data') ?? before?.keyringData ?? '');
  const keyringFilename = fields.optional('keyring_filename') ?? before?.keyringFilename ?? '';
  if (keyringData !== '' && keyringFilename !== '' && !before) {
    throw fieldRefusal('__all__', 'Only one of keyring_filename or keyring_data can be specified.');
  }
  return { url, keyringFilename, keyringData };
}

/** Removes a source with its selections. */
export function deleteSource(core: MaasCore, source: BootSource): void {
  for (const selection of selectionsOf(core, source)) core.images.selections.delete(selection.id);
  core.images.sources.delete(source.id);
}

export function selectionsOf(core: MaasCore, { id }: BootSource): Selection[] {
  return [...core.images.selections.values()].filter(({ sourceId }) => sourceId === id);
}

/** @throws Refusal 400 */
export function createSelection(core: MaasCore, source: BootSource, fields: Fields): Selection {
  const id = freshId(core.images.selections);
  const selection = { ...selectionOf(core, source, fields, undefined), id };
  core.images.selections.set(id, selection);
  return selection;
}

/** @throws Refusal 400 */
export function updateSelection(
  core: MaasCore,
  source: BootSource,
  before: Selection,
  fields: Fields,
): Selection {
  const changed = { ...selectionOf(core, source, fields, before), id: before.id };
  core.images.selections.set(before.id, changed);
  return changed;
}

function selectionOf(
  core: MaasCore,
  source: BootSource,
  fields: Fields,
  before: Selection | undefined,
): Omit<Selection, 'id'> {
  const text = (name: 'os' | 'release') =>
    before && fields.text(name) === '' ? before[name] : requiredField(fields, name);
  const os = text('os');
  const release = text('release');
  const list = (name: 'arches' | 'subarches' | 'labels') =>
    fields.has(name) ? fields.all(name).filter((one) => one !== '') : (before?.[name] ?? ['*']);
  const twice = selectionsOf(core, source).some(
    (other) => other.id !== before?.id && other.os === os && other.release === release,
  );
  if (twice) {
    throw fieldRefusal(
      '__all__',
      'Boot source selection with this Boot source, Os and Release already exists.',
    );
  }
  return {
    sourceId: source.id,
    os,
    release,
    arches: list('arches'),
    subarches: list('subarches'),
    labels: list('labels'),
  };
}
