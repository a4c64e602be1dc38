/** Small breaks of the metadata service that a booting machine must notice. */
import type { FetchHandler } from '../world.ts';
import { maasEach, type Saboteur } from './saboteur.ts';

const ITEM = /\/metadata\/2012-03-01\//;
const STATUS = /\/metadata\/status\//;

/** Answers in the place of the service, where the path matches; undefined leaves the answer alone. */
function metadata(
  id: string,
  does: string,
  path: RegExp,
  change: (answer: Response, path: string) => Response | undefined,
): Saboteur {
  return {
    id,
    does,
    side: 'service',
    hooks: () => ({
      maas: (next: FetchHandler) => async (request) => {
        const { pathname } = new URL(request.url);
        if (!path.test(pathname)) return next(request);
        const answer = await next(request);
        return change(answer, pathname) ?? answer;
      },
    }),
  };
}

/** What another machine would be told. */
const ANOTHERS: Readonly<Record<string, string>> = {
  'instance-id': 'xxxxxx',
  'local-hostname': 'somebody-else.maas',
  'public-keys': 'ssh-ed25519 AAAA nobody@example.com',
  'vendor-data': 'maas: nothing that cloud-init reads\n',
  'user-data': '#!/bin/sh\ntrue\n',
};

export const CLOUD_INIT_SABOTEURS: readonly Saboteur[] = [
  {
    id: 'metadata-500',
    does: 'has no metadata for anybody',
    side: 'service',
    hooks: () => ({
      maas: (next) => async (request) =>
        ITEM.test(new URL(request.url).pathname)
          ? new Response('oops', { status: 500 })
          : next(request),
    }),
  },
  metadata('metadata-of-another', 'takes the machine for another one', ITEM, (answer, path) => {
    const text = ANOTHERS[path.split('/').at(-1) ?? ''];
    return answer.ok && text !== undefined ? new Response(text) : undefined;
  }),
  maasEach(
    'deployed-unheard',
    'calls a machine Deployed before it was heard',
    { method: 'GET', path: /^machines\/[^/]+\/$/, op: '' },
    (machine) => {
      if (machine.status_name === 'Deploying') machine.status_name = 'Deployed';
    },
  ),
  {
    id: 'metadata-any-signature',
    does: 'takes any signature of a machine for good',
    side: 'service',
    hooks: () => {
      let secret = '';
      return {
        maas: (next) => async (request) => {
          const url = new URL(request.url);
          if (ITEM.test(url.pathname)) {
            const headers = new Headers(request.headers);
            const signed = headers.get('authorization')?.replace('%26wrong', `%26${secret}`);
            if (signed) headers.set('authorization', signed);
            return next(new Request(request.url, { method: request.method, headers }));
          }
          const answer = await next(request);
          if (url.searchParams.get('op') === 'get_token' && answer.ok) {
            const token = (await answer.clone().json()) as { token_secret?: string } | null;
            secret = token?.token_secret ?? '';
          }
          return answer;
        },
      };
    },
  },
  {
    id: 'status-messages-400',
    does: 'refuses every report',
    side: 'service',
    hooks: () => ({
      maas: (next) => async (request) =>
        STATUS.test(new URL(request.url).pathname)
          ? new Response('Status payload is not valid JSON', { status: 400 })
          : next(request),
    }),
  },
];
