/** The saboteurs that only the suite's own clients can notice, in the order of their requirements. */
import { type ProxyBreak, proxied } from './proxy.ts';
import {
  headersOf,
  type Json,
  maasAnswer,
  maasStatus,
  type Route,
  rpc,
  rpcResult,
  type Saboteur,
  streamsAnswer,
  streamsJson,
} from './saboteur.ts';

const route = (method: string, path: RegExp, op?: string): Route => ({
  method,
  path,
  ...(op === undefined ? {} : { op }),
});
const INDEX = /index2\.json$/;
const PRODUCTS = /streams\/v1\/(?!index).*\.json$/;

export const REFERENCE_SABOTEURS: readonly Saboteur[] = [
  anyMaas('old-api-404', 'answers 404', async (answer, url) =>
    url.pathname.includes('/api/1.0/') ? new Response('', { status: 404 }) : answer,
  ),
  anyMaas('slash-redirect', 'redirects to the path with its slash', async (answer, url) =>
    url.pathname.endsWith('/')
      ? answer
      : new Response(null, { status: 301, headers: { location: `${url.pathname}/` } }),
  ),
  anyMaas('unknown-op-404', 'answers 404', async (answer, url) =>
    url.searchParams.get('op') === 'nosuchop' ? new Response('', { status: 404 }) : answer,
  ),
  retyped('describe-charset', /^describe\/$/, 'application/json; charset=utf-8'),
  retyped('json-as-text', /^zones\/$/, 'text/plain; charset=utf-8'),
  anyMaas('unsigned-403', 'answers 403 to whoever is not known', async (answer) =>
    answer.status === 401 || answer.status === 400 ? new Response('', { status: 403 }) : answer,
  ),
  anyMaas('method-404', 'answers 404', async (answer) =>
    answer.status === 405 ? new Response('', { status: 404 }) : answer,
  ),
  maasStatus('create-201', 'answers 201', route('POST', /^zones\/$/), (s) => s === 200, 201),
  maasAnswer('form-errors-as-text', 'answers text', route('POST', /^zones\/$/), async (answer) =>
    answer.status === 400 ? new Response('Name is taken', { status: 400 }) : answer,
  ),
  maasAnswer('missing-object-html', 'answers HTML', route('GET', /no-such/), async () => {
    return new Response('<h1>Not Found</h1>', {
      status: 404,
      headers: { 'content-type': 'text/html' },
    });
  }),
  maasAnswer('delete-200', 'answers 200', route('DELETE', /^zones\//), async () => {
    return Response.json({});
  }),
  maasAnswer(
    'multipart-refused',
    'reads no base64',
    route('POST', /^zones\/$/),
    (answer, request) =>
      refuseIf(answer, (request.headers.get('content-type') ?? '').startsWith('multipart/')),
  ),
  maasAnswer('op-in-body-refused', 'reads no op', route('POST', /^machines\/$/, ''), (answer) =>
    refuseIf(answer, true),
  ),
  bulkReleasePartly(),
  rpc('error-without-response', 'leaves response out of failures', '*', (reply) => {
    if (reply.error !== undefined) delete reply.response;
    return undefined;
  }),
  rpc('error-without-code', 'leaves the code out of failures', '*', (reply) => {
    delete reply['error-code'];
    return undefined;
  }),
  behindProxy('proxy-deaf', 'keeps quiet about bad frames', { deaf: true }),
  behindProxy('proxy-health-starting', 'is never healthy', {
    answer: (path) => (path === '/health' ? { status: 503, body: 'starting' } : undefined),
  }),
  behindProxy('proxy-download-truncated', 'cuts downloads', {
    change: (path, body) => (path.includes('/tools/') ? body.subarray(0, 20) : body),
  }),
  behindProxy('proxy-download-html', 'answers downloads with HTML', {
    answer: (path) =>
      path.includes('/tools/') ? { status: 400, body: '<h1>Bad Request</h1>' } : undefined,
  }),
  streamsJson('index-format', 'says another format', INDEX, (index) => {
    index.format = 'index:2.0';
  }),
  streamsJson('index-lists-nobody', 'lists no products', INDEX, (index) => {
    for (const entry of Object.values(index.index) as Json[]) entry.products = ['nobody'];
  }),
  streamsJson('products-format', 'says another format', PRODUCTS, (products) => {
    products.format = 'products:2.0';
  }),
  streamsJson('items-without-digest', 'states no digest', PRODUCTS, (products) => {
    for (const items of everyItems(products)) {
      for (const item of Object.values(items) as Json[]) delete item.sha256;
    }
  }),
  streamsJson(
    'metadata-lists-everything',
    'lists releases that never were',
    PRODUCTS,
    (products) => {
      for (const items of everyItems(products)) {
        for (const [name, item] of Object.entries(items) as [string, Json][]) {
          items[`${name}-never`] = { ...item, version: item.version.replace(/\d+$/, '999') };
        }
      }
    },
  ),
  metadataShrinks(),
  {
    id: 'summary-version-jumps',
    does: 'shows another target each time it is asked',
    side: 'service',
    hooks: () => {
      let asked = 0;
      return rpcResult('', '', 'ModelManager.ListModelSummaries', (summaries) => {
        for (const one of summaries.results ?? []) one.result['agent-version'] = `3.6.${asked++}`;
      }).hooks();
    },
  },
  streamsAnswer('files-truncated', 'cuts files', /\.tgz$/, async (answer) => {
    const body = new Uint8Array(await answer.arrayBuffer());
    return new Response(body.subarray(0, 20), {
      status: answer.status,
      headers: headersOf(answer),
    });
  }),
  streamsAnswer('missing-200', 'finds everything', /no-such/, async () => new Response('{}')),
];

function anyMaas(
  id: string,
  does: string,
  change: (answer: Response, url: URL) => Promise<Response>,
): Saboteur {
  return {
    id,
    does,
    side: 'service',
    hooks: () => ({
      maas: (next) => async (request) => change(await next(request), new URL(request.url)),
    }),
  };
}

function retyped(id: string, path: RegExp, contentType: string): Saboteur {
  return maasAnswer(id, `says ${contentType}`, route('GET', path), async (answer) => {
    const headers = headersOf(answer);
    headers.set('content-type', contentType);
    return new Response(await answer.text(), { status: answer.status, headers });
  });
}

async function refuseIf(answer: Response, refuse: boolean): Promise<Response> {
  return refuse ? new Response('Unrecognised signature', { status: 400 }) : answer;
}

/** Machines of a refused bulk release look Ready afterwards, as if it had been carried out partly. */
function bulkReleasePartly(): Saboteur {
  const id = 'bulk-release-partly';
  return maasAnswer(id, 'releases some', route('GET', /^machines\/[^/]+\/$/), async (answer) => {
    if (!answer.ok) return answer;
    const machine: Json = await answer.json();
    return Response.json({ ...machine, status_name: 'Ready' }, { headers: headersOf(answer) });
  });
}

function behindProxy(id: string, does: string, broken: ProxyBreak): Saboteur {
  return { id, does, side: 'service', hooks: () => ({}), target: proxied(broken) };
}

/** The items of every version of every product. */
function everyItems(products: Json): Json[] {
  return (Object.values(products.products) as Json[]).flatMap((product) =>
    (Object.values(product.versions) as Json[]).map((version) => version.items),
  );
}

/** Lists everything to whoever reads first, and one minor only from then on. */
function metadataShrinks(): Saboteur {
  return {
    id: 'metadata-shrinks',
    does: 'forgets all but one minor after it was read once',
    side: 'service',
    hooks: () => {
      let read = 0;
      return streamsJson('', '', PRODUCTS, (products) => {
        if (read++ === 0) return;
        for (const items of everyItems(products)) {
          for (const [name, item] of Object.entries(items) as [string, Json][]) {
            if (!item.version.startsWith('3.6.')) delete items[name];
          }
        }
      }).hooks();
    },
  };
}
