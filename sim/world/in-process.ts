/**
 * The fakes without a server: request handlers for Mock Service Worker, so that a test of a program
 * that speaks to MAAS needs no port and no second process. The handlers give MSW exactly the `fetch`
 * handler that a server would be given; nothing is simulated twice. MSW itself is the caller's: this
 * file is only loaded by those who use it.
 */
import { HttpResponse, http } from 'msw';
import type { Maas } from '../maas/index.ts';

/**
 * Handlers that answer for a MAAS at `baseUrl`.
 * @param baseUrl where the client believes MAAS to be, e.g. `http://maas.example:5240/MAAS/`; only
 *   its origin counts, the path is always `/MAAS/`
 */
export function maasHandlers(maas: Pick<Maas, 'fetch'>, baseUrl: string) {
  const { origin } = new URL(baseUrl);
  return [
    http.all(`${origin}/MAAS/*`, async ({ request }) => {
      try {
        return await maas.fetch(request);
      } catch (error) {
        // A connection that a fault dropped is a network error for the client, not an answer.
        if (error instanceof TypeError) return HttpResponse.error();
        throw error;
      }
    }),
  ];
}
