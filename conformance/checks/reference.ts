/** How `requirements/reference.ts` is shown, from what the suite's own clients got verbatim. */
import {
  at,
  type Check,
  every,
  has,
  isText,
  list,
  mustGoWell,
  same,
  text,
  valueIn,
} from './judge.ts';

const type = (answer: unknown) => text(answer, 'headers', 'content-type');
const status = (answer: unknown, wanted: number) =>
  same(at(answer, 'status'), wanted, 'the status');
const body = (answer: unknown) => text(answer, 'body');
const JSON_TYPE = 'application/json; charset=utf-8';
const UNAUTHORIZED = 401;

const refusedBySignature = (answer: unknown) =>
  status(answer, UNAUTHORIZED) ?? has(body(answer), /^Authorization Error: /);

const MAAS: Readonly<Record<string, Check>> = {
  'maas.raw.old-api-gone': mustGoWell(
    'raw-old-api',
    /api\/1\.0\//,
    (value) => status(value, 410) ?? has(body(value), /2\.0/),
  ),
  'maas.raw.no-redirect': mustGoWell(
    'raw-no-slash',
    /\/machines$/,
    (value) => status(value, 404) ?? has(body(value), /^Unknown API endpoint: .*\/machines\.$/),
  ),
  'maas.raw.unknown-op': mustGoWell(
    'raw-unknown-op',
    /op=nosuchop/,
    (value) =>
      status(value, 400) ??
      same(body(value), 'Unrecognised signature: method=POST op=nosuchop', 'the body') ??
      has(type(value), /^text\/plain/),
  ),
  'maas.raw.describe-type': mustGoWell(
    'raw-describe',
    /\/describe\//,
    (value) => status(value, 200) ?? same(type(value), 'application/json', 'the content type'),
  ),
  'maas.raw.json-type': mustGoWell(
    'raw-list',
    /GET \S*\/zones\/$/,
    (value) => status(value, 200) ?? same(type(value), JSON_TYPE, 'the content type'),
  ),
  'maas.raw.anonymous-half': mustGoWell(
    'raw-anonymous-half',
    /GET \S*\/machines\/$/,
    (value) =>
      status(value, 400) ??
      same(body(value), 'Unrecognised signature: method=GET op=None', 'the body'),
  ),
  'maas.raw.unsigned': mustGoWell(
    'raw-unsigned',
    /GET \S*\/zones\/$/,
    (value) => status(value, UNAUTHORIZED) ?? has(type(value), /^text\/plain/),
  ),
  'maas.raw.bad-signature': mustGoWell(
    'raw-bad-signature',
    /GET \S*\/zones\/$/,
    (value) =>
      refusedBySignature(value) ?? has(text(value, 'headers', 'www-authenticate'), /^OAuth realm=/),
  ),
  'maas.raw.stale-timestamp': mustGoWell('raw-stale', /GET \S*\/zones\/$/, refusedBySignature),
  'maas.raw.nonce-reuse': mustGoWell(
    'raw-nonce-twice',
    /GET \S*\/zones\/$/,
    (value) => status(at(value, 'first'), 200) ?? refusedBySignature(at(value, 'second')),
  ),
  'maas.raw.method': mustGoWell(
    'raw-method',
    /^PATCH /,
    (value) => status(value, 405) ?? same(body(value), '', 'the body'),
  ),
  'maas.raw.create-200': mustGoWell(
    'raw-create',
    /POST \S*\/zones\//,
    (value) => status(value, 200) ?? same(type(value), JSON_TYPE, 'the content type'),
  ),
  'maas.raw.form-errors': mustGoWell(
    'raw-create-again',
    /POST \S*\/zones\//,
    (value) => status(value, 400) ?? has(body(value), /^\{\s*"name":\s*\[\s*"[^"]+"\s*\]\s*\}$/),
  ),
  'maas.raw.missing-object': mustGoWell(
    'raw-missing-object',
    /no-such-zone/,
    (value) =>
      status(value, 404) ??
      has(type(value), /^text\/plain/) ??
      same(body(value), 'No Zone matches the given query.', 'the body'),
  ),
  'maas.raw.delete-204': mustGoWell(
    'raw-delete',
    /DELETE \S*\/zones\//,
    (value) => status(value, 204) ?? same(body(value), '', 'the body'),
  ),
  'maas.raw.multipart-base64': mustGoWell(
    'raw-multipart',
    /POST \S*\/zones\//,
    (value) => status(value, 200) ?? has(body(value), /"description": "grüße"/),
  ),
  'maas.raw.op-in-body': mustGoWell(
    'raw-op-in-body',
    /POST \S*\/machines\/$/,
    (value) => status(value, 200) ?? has(body(value), /"system_id"/),
  ),
  'maas.raw.rollback': mustGoWell(
    'raw-bulk-release',
    /op=release/,
    (value) =>
      status(at(value, 'refused'), 400) ??
      same(at(value, 'after'), 'Allocated', 'the status of the other machine'),
  ),
};

const code = (wanted: string) => (reply: unknown) =>
  same(at(reply, 'error-code'), wanted, 'error-code');

const CONTROLLER: Readonly<Record<string, Check>> = {
  'controller.raw.tls': mustGoWell(
    'raw-tls',
    /^$/,
    (value) =>
      has(text(value, 'names'), 'DNS:juju-apiserver') ??
      isText(at(value, 'protocol'), 'protocol', /^TLSv1\.[23]$/),
  ),
  'controller.raw.success-keys': mustGoWell('raw-login', /\.Login$/, (value) =>
    same(Object.keys(Object(value)).sort(), ['request-id', 'response'], 'the list of keys'),
  ),
  'controller.raw.error-keys': mustGoWell('raw-error', /NoSuchFacade/, (value) => {
    const keys = new Set(Object.keys(Object(value)));
    const missing = ['error', 'error-code', 'request-id', 'response'].find((key) => !keys.has(key));
    return missing ? `there is no ${missing}` : same(at(value, 'response'), {}, 'response');
  }),
  'controller.raw.not-implemented': mustGoWell(
    'raw-error',
    /NoSuchFacade/,
    code('not implemented'),
  ),
  'controller.raw.wrong-password': mustGoWell(
    'raw-wrong-password',
    /\.Login$/,
    code('unauthorized access'),
  ),
  'controller.raw.unknown-model': mustGoWell(
    'raw-unknown-model',
    /\.Login$/,
    code('model not found'),
  ),
  'controller.raw.no-public-name': mustGoWell('raw-login', /\.Login$/, (value) =>
    same(at(value, 'response', 'public-dns-name'), undefined, 'public-dns-name'),
  ),
  'controller.raw.model-tag': mustGoWell('raw-model-login', /\.Login$/, (value, seen) => {
    const onController = at(valueIn(seen, 'raw-login'), 'response', 'model-tag') ?? '';
    return (
      same(onController, '', 'model-tag on the controller connection') ??
      same(at(value, 'tag'), `model-${at(value, 'asked')}`, 'model-tag on the model connection')
    );
  }),
  'controller.raw.key-case': mustGoWell('raw-case', /\.Ping$/, noError),
  'controller.raw.no-params': mustGoWell('raw-no-params', /\.Ping$/, noError),
  'controller.raw.malformed': mustGoWell('raw-malformed', /^$/, (value) =>
    typeof at(value, 'closed') === 'number' ? undefined : 'the connection stayed open',
  ),
  'controller.raw.health': mustGoWell(
    'raw-health',
    /^$/,
    (value) => status(value, 200) ?? has(body(value), /^running\s*$/),
  ),
};

const AGENT: Readonly<Record<string, Check>> = {
  'agent.download.answers': mustGoWell(
    'agent-download',
    /^$/,
    (value) =>
      status(value, 200) ??
      same(text(value, 'headers', 'content-length'), `${at(value, 'size')}`, 'content-length') ??
      (Number(at(value, 'unpackedBytes')) > 0 ? undefined : 'it is no gzip file'),
  ),
  'agent.download.digest': mustGoWell('agent-download', /^$/, (value, seen) => {
    const [version] = text(value, 'binary').split(/-(?=ubuntu)/);
    const digests = list(valueIn(seen, 'streams-items'))
      .filter((item) => at(item, 'version') === version)
      .map((item) => at(item, 'sha256'));
    if (digests.length === 0) return `the agent metadata has no ${version}`;
    return digests.includes(at(value, 'sha256')) ? undefined : 'its digest is in no item';
  }),
  'agent.download.missing': mustGoWell('agent-download-missing', /^$/, jsonError),
  'agent.download.malformed': mustGoWell('agent-download-malformed', /^$/, jsonError),
};

const STREAMS: Readonly<Record<string, Check>> = {
  'streams.index.format': mustGoWell(
    'streams-index',
    /index2\.json/,
    (value) =>
      same(at(value, 'format'), 'index:1.0', 'format') ??
      (Object.keys(Object(at(value, 'index'))).length > 0 ? undefined : 'it names no stream'),
  ),
  'streams.index.products': mustGoWell('streams-products', /\.json$/, (value) =>
    every(list(value), 'entry', (one) =>
      same(
        list(one, 'listed').toSorted(),
        list(one, 'products').toSorted(),
        'its list of products',
      ),
    ),
  ),
  'streams.products.format': mustGoWell('streams-products', /\.json$/, (value) =>
    every(list(value), 'products file', (one) =>
      Number(at(one, 'items')) > 0
        ? same(at(one, 'format'), 'products:1.0', 'format')
        : 'it holds no item',
    ),
  ),
  'streams.items.fields': mustGoWell('streams-items', /\.json$/, (value) =>
    every(
      list(value),
      'item',
      (one) =>
        isText(at(one, 'version'), 'version', /^\d+\.\d+/) ??
        isText(at(one, 'path'), 'path', /./) ??
        isText(at(one, 'sha256'), 'sha256', /^[0-9a-f]{64}$/) ??
        isText(at(one, 'ftype'), 'ftype', /^tar\.gz$/) ??
        (Number(at(one, 'size')) > 0 ? undefined : 'it states no size'),
    ),
  ),
  'streams.files.size': files((one) =>
    same(at(one, 'found', 'size'), at(one, 'wanted', 'size'), 'size'),
  ),
  'streams.files.digest': files((one) =>
    same(at(one, 'found', 'sha256'), at(one, 'wanted', 'sha256'), 'sha256'),
  ),
  'streams.files.archive': files((one) =>
    at(one, 'archive') === true ? undefined : 'it is no gzipped tar file',
  ),
  'streams.missing': mustGoWell('streams-missing', /no-such-file/, (value) => status(value, 404)),
};

export const REFERENCE_CHECKS: Readonly<Record<string, Check>> = {
  ...MAAS,
  ...CONTROLLER,
  ...AGENT,
  ...STREAMS,
};

function noError(reply: unknown): string | undefined {
  const error = at(reply, 'error');
  return error === undefined ? undefined : `refused: ${JSON.stringify(error)}`;
}

/** 400 to 3.x, 404 in 4.x (facts/juju-api 6.5). */
function jsonError(answer: unknown): string | undefined {
  if (at(answer, 'status') !== 400 && at(answer, 'status') !== 404) {
    return `the status is ${at(answer, 'status')}, wanted 400 or 404`;
  }
  return has(body(answer), /^\{"error":\s*\{.*"message":/);
}

function files(look: (file: unknown) => string | undefined): Check {
  return mustGoWell('streams-files', /\.tgz$/, (value) =>
    every(list(value), 'file', (one) => look(one) ?? status(one, 200)),
  );
}
