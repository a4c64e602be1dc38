/**
 * The metadata service: what a machine asks its MAAS while it boots, and what it tells (facts/maas-api
 * 10). A machine is known by an OAuth key of its own. Whoever comes without credentials is taken for a
 * machine that is being enlisted. It stands beside the API on the same port; paths below
 * `/MAAS/metadata/` may have slashes to spare.
 */
import type { GapJournal } from '../../kernel/journal.ts';
import { type Answer, HTML_TYPE, refusalAnswer, text } from '../api/answers.ts';
import { MAX_BODY_BYTES, parseBody, parseUrlEncoded, readBody } from '../api/body.ts';
import type { OAuth } from '../api/oauth.ts';
import { Params } from '../api/params.ts';
import type { MaasCore } from '../core/core.ts';
import type { Machine } from '../core/objects.ts';
import { Refusal, refusal } from '../core/refusal.ts';
import { type Asker, enlistPreseed, itemAt, preseed } from './items.ts';
import { signal } from './signal.ts';
import { receiveStatus } from './status-message.ts';

/** Where the service stands. */
export const METADATA_ROOT = '/MAAS/metadata/';
const VERSIONS: ReadonlySet<string> = new Set(['2012-03-01', 'latest']);
const ENLISTING: Asker = { kind: 'enlisting' };

export interface MetadataOptions {
  readonly core: MaasCore;
  readonly journal: GapJournal;
  readonly oauth: OAuth;
}

/** What a request of the service is answered with; never rejects for what was sent. */
export type Metadata = (request: Request) => Promise<Answer>;

export function createMetadata({ core, journal, oauth }: MetadataOptions): Metadata {
  const gap = (request: Request, answer: Answer): Answer => {
    const { pathname, search } = new URL(request.url);
    const answered = `${answer.status} ${typeof answer.body === 'string' ? answer.body : ''}`;
    journal.note({ where: 'maas', what: `${request.method} ${pathname}${search}`, answered });
    return answer;
  };

  /** Whom the credentials belong to, or the answer that they are no good. */
  const askerOf = (request: Request, query: Params, form: Params): Asker | Answer => {
    const asked = { method: request.method, path: '', op: undefined, authorizations: 1 };
    const header = request.headers.get('authorization');
    const who = oauth.authenticate(header, query, form, asked);
    if (who.kind === 'anonymous') return ENLISTING;
    if (who.kind === 'malformed') return text(who.text, core.features.badOauthIs400 ? 400 : 500);
    if (who.kind === 'refused') {
      return {
        status: 401,
        contentType: HTML_TYPE,
        headers: { 'WWW-Authenticate': 'OAuth realm="OAuth"' },
        body: who.text,
      };
    }
    const machine = core.findMachine(core.accounts.machineOfToken(who.tokenKey) ?? '');
    return machine ? { kind: 'machine', machine } : text('Not authenticated as a known node.', 403);
  };

  const below = (
    request: Request,
    rest: readonly string[],
    query: Params,
    form: Params,
  ): Answer => {
    const [version = '', ...item] = rest;
    if (!VERSIONS.has(version)) {
      return gap(request, text(`Unknown metadata version: ${version}`, 404));
    }
    const op = query.text('op') || form.text('op');
    const open = withoutCredentials(core, request.method, item, op);
    if (open) return open;
    const asker = askerOf(request, query, form);
    if (!('kind' in asker)) return asker;
    if (request.method === 'GET') {
      const answer = itemAt(core, asker, item.filter((part) => part !== '').join('/'));
      return answer ?? gap(request, text(`Unknown metadata attribute: ${item[0]}`, 404));
    }
    if (request.method !== 'POST') {
      return gap(request, { status: 405, headers: { Allow: 'GET, POST' }, body: null });
    }
    if (asker.kind !== 'machine') return text('Forbidden', 401);
    const answer = told(core, asker.machine, op, form);
    return (
      answer ?? gap(request, text(`Unrecognised signature: method=POST op=${op || 'None'}`, 400))
    );
  };

  return async (request) => {
    const url = new URL(request.url);
    const bytes = await readBody(request);
    if (!bytes) return text(`Request body is larger than ${MAX_BODY_BYTES} bytes.`, 413);
    const [first = '', ...rest] = url.pathname
      .slice(METADATA_ROOT.length)
      .replace(/^\/+/, '')
      .split('/');
    try {
      if (first === 'status') {
        if (request.method !== 'POST') {
          return gap(request, { status: 405, headers: { Allow: 'POST' }, body: null });
        }
        return receiveStatus(core, request.headers.get('authorization'), Buffer.from(bytes));
      }
      if (first === '') return text('2012-03-01\nlatest');
      const form =
        request.method === 'POST'
          ? parseBody(request.headers.get('content-type') ?? '', bytes).form
          : new Params();
      const parts = first === 'curtin' ? rest : [first, ...rest];
      return below(request, parts, parseUrlEncoded(url.search), form);
    } catch (error) {
      if (error instanceof Refusal) return refusalAnswer(error);
      throw error;
    }
  };
}

/** What is served to anybody: the texts for the installer, and the end of booting from the network. */
function withoutCredentials(
  core: MaasCore,
  method: string,
  [what = '', systemId = '']: readonly string[],
  op: string,
): Answer | undefined {
  if (what === 'enlist-preseed' && method === 'GET') {
    return op === 'get_enlist_preseed' ? text(enlistPreseed()) : undefined;
  }
  if (what !== 'by-id') return undefined;
  const machine = core.findMachine(systemId);
  if (!machine)
    throw refusal('not-found', 'No Node matches the given query.', { wanted: systemId });
  if (method === 'GET' && op === 'get_preseed') return text(preseed(core, machine));
  if (method === 'POST' && op === 'netboot_off') return netboot(core, machine, false);
  return undefined;
}

function told(core: MaasCore, machine: Machine, op: string, form: Params): Answer | undefined {
  switch (op) {
    case 'signal':
      signal(core, machine, form);
      return text('OK');
    case 'netboot_off':
      return netboot(core, machine, false);
    case 'netboot_on':
      return netboot(core, machine, true);
    default:
      return undefined;
  }
}

function netboot(core: MaasCore, machine: Machine, on: boolean): Answer {
  core.change(machine, { netboot: on });
  return text('OK');
}
