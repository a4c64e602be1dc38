/** Files that clients keep in MAAS (facts/maas-api 3.12). */
import { fieldRefusal, notFound, refusal } from '../../core/refusal.ts';
import { uuid } from '../../core/uuid.ts';
import { type Answer, DELETED, HTML_TYPE, json, TEXT_TYPE } from '../answers.ts';
import { fileObject } from '../render/shared.ts';
import type { Resource, UserCall } from '../routes.ts';

export const fileResources: readonly Resource[] = [
  {
    path: 'files/',
    auth: {
      name: 'FilesHandler',
      actions: [
        {
          method: 'GET',
          op: null,
          doc: "List the caller's files.",
          run: ({ core, user, params }) => {
            const prefix = params.text('prefix');
            const own = [...core.files.values()].filter((file) => file.owner === user.username);
            const wanted = own.filter((file) => file.filename.startsWith(prefix));
            return json(wanted.sort((a, b) => (a.filename < b.filename ? -1 : 1)).map(fileObject));
          },
        },
        { method: 'POST', op: null, doc: 'Store a file.', run: storeFile },
        {
          method: 'DELETE',
          op: null,
          doc: 'Remove a file.',
          run: (call) => removeFile(call, call.params.mandatory('filename')),
        },
        {
          method: 'GET',
          op: 'get',
          doc: 'The content of a file.',
          run: (call) => {
            const file = ownFile(call, call.params.mandatory('filename'));
            if (!file) throw refusal('not-found', 'File not found');
            return content(file.content);
          },
        },
      ],
    },
    anon: {
      name: 'AnonFilesHandler',
      actions: [
        {
          method: 'GET',
          op: 'get_by_key',
          doc: 'The content of a file by its secret key.',
          run: ({ core, params }) => {
            const key = params.mandatory('key');
            const file = [...core.files.values()].find((candidate) => candidate.key === key);
            if (!file) throw notFound('FileStorage', 'that key');
            return content(file.content);
          },
        },
      ],
    },
  },
  {
    path: 'files/{filename*}/',
    auth: {
      name: 'FileHandler',
      actions: [
        {
          method: 'GET',
          op: null,
          doc: 'A file with its content.',
          run: (call) => {
            const file = ownFile(call, call.path.filename!);
            if (!file) {
              return {
                status: 404,
                contentType: HTML_TYPE,
                headers: { Workaround: 'bug1123986' },
                body: 'Not Found',
              };
            }
            return json({
              ...fileObject(file),
              content: Buffer.from(file.content).toString('base64'),
            });
          },
        },
        {
          method: 'DELETE',
          op: null,
          doc: 'Remove a file.',
          run: (call) => removeFile(call, call.path.filename!),
        },
      ],
    },
    anon: null,
  },
];

function fileKey(owner: string, filename: string): string {
  return `${owner}\n${filename}`;
}

function ownFile({ core, user }: UserCall, filename: string) {
  return core.files.get(fileKey(user.username, filename));
}

function storeFile({ core, user, params, files }: UserCall): Answer {
  const filename = params.text('filename');
  if (filename === '') throw refusal('invalid', 'Filename not supplied');
  if (files.length === 0) throw refusal('invalid', 'File not supplied');
  if (files.length > 1) throw refusal('invalid', 'Exactly one file must be supplied');
  if (filename.length > 255) {
    throw fieldRefusal('filename', 'Ensure this value has at most 255 characters.');
  }
  const stored = [...core.files.values()].reduce((sum, file) => sum + file.content.length, 0);
  if (stored > MAX_STORED_BYTES) {
    throw refusal('unavailable', 'No space left for files.', { permanence: 'permanent' });
  }
  core.files.set(fileKey(user.username, filename), {
    filename,
    owner: user.username,
    key: uuid(core.stream('maas.file-key')),
    content: files[0]!.content,
  });
  return { status: 201, contentType: TEXT_TYPE, body: '' };
}

// A bound that the real one does not have: memory must stay bounded whoever uploads.
const MAX_STORED_BYTES = 256 * 1024 * 1024;

function removeFile(call: UserCall, filename: string): Answer {
  if (!ownFile(call, filename)) throw notFound('FileStorage', filename);
  call.core.files.delete(fileKey(call.user.username, filename));
  return DELETED;
}

function content(bytes: Uint8Array): Answer {
  return { status: 200, contentType: HTML_TYPE, body: new Uint8Array(bytes) };
}
