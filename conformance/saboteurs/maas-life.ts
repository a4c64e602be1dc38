/** The saboteurs of a machine's life, in the order of `requirements/maas-life.ts`. */
import { headersOf, type Json, maasAnswer, type Route, type Saboteur } from './saboteur.ts';

const ON_MACHINES: Route = { method: 'POST', path: /^machines\// };
const INSIDE = /^(nodes\/[^/]+\/results\/|events\/|scripts\/|tags\/$|machines\/[^/]+\/$)/;

export const MAAS_LIFE_SABOTEURS: readonly Saboteur[] = [
  both('machine-refusals-reworded', 'refuses in words of its own', async (answer) =>
    answer.status >= 400 ? new Response('Refused.', { status: answer.status }) : answer,
  ),
  both('machine-status-stuck', 'shows every machine as New and nobody’s notes', async (answer) => {
    if (!answer.ok) return answer;
    const body = (await answer.clone().json()) as Json;
    if (body === null || typeof body !== 'object' || Array.isArray(body)) return answer;
    body.status_name = 'New';
    body.workload_annotations = {};
    return Response.json(body, { headers: headersOf(answer) });
  }),
  {
    id: 'machine-inside-empty',
    does: 'knows no results, events, scripts or details',
    side: 'service',
    hooks: () => ({
      maas: (next) => async (request) => {
        const url = new URL(request.url);
        const path = url.pathname.replace(/^.*\/api\/2\.0\//, '');
        const asked = url.searchParams.get('op') ?? '';
        const machine = path.startsWith('machines/') && asked !== 'details';
        return INSIDE.test(path) && !machine ? Response.json([]) : next(request);
      },
    }),
  },
];

/** Changes the answers to whatever is posted to machines, and to asking after one. */
function both(id: string, does: string, change: (answer: Response) => Promise<Response>): Saboteur {
  const posted = maasAnswer(id, does, ON_MACHINES, change);
  const asked = maasAnswer(id, does, { method: 'GET', path: /^machines\/[^/]+\/$/ }, change);
  return {
    ...posted,
    hooks: () => {
      const [outer, inner] = [posted.hooks().maas!, asked.hooks().maas!];
      return { maas: (next) => outer(inner(next)) };
    },
  };
}
