/**
 * Getting in with a name and a password, outside the API proper (facts/maas-api 1.1). python-libmaas
 * exchanges them for an API key; the other two are what a web page would use. Sessions are not kept:
 * nothing that is simulated is reached by a cookie.
 */
import type { MaasCore } from '../core/core.ts';
import { type Answer, HTML_TYPE, json } from './answers.ts';
import type { Params } from './params.ts';

/** The answer at `/MAAS/accounts/<page>/`, or undefined when there is no such page. */
export function loginAnswer(
  core: MaasCore,
  page: string,
  method: string,
  form: Params,
): Answer | undefined {
  switch (page) {
    case 'authenticate':
      return method === 'POST' ? authenticate(core, form) : notAllowed('POST');
    case 'login':
      if (method === 'GET') {
        const people = [...core.accounts.users.values()].filter(({ email }) => email !== '');
        return json({
          authenticated: false,
          external_auth_url: null,
          no_users: people.length === 0,
        });
      }
      return method === 'POST' ? login(core, form) : notAllowed('GET, POST');
    case 'logout':
      return method === 'POST' ? { status: 204, body: null } : notAllowed('POST');
    default:
      return undefined;
  }
}

function notAllowed(allow: string): Answer {
  return { status: 405, headers: { Allow: allow }, body: null };
}

function login(core: MaasCore, form: Params): Answer {
  const user = core.accounts.login(form.text('username'), form.text('password'));
  if (user) return { status: 204, body: null };
  const missing = ['username', 'password'].filter((name) => form.text(name) === '');
  if (missing.length > 0) {
    return json(Object.fromEntries(missing.map((n) => [n, ['This field is required.']])), 400);
  }
  const message =
    'Please enter a correct username and password. Note that both fields may be case-sensitive.';
  return json({ __all__: [message] }, 400);
}

/** The same consumer name gets the same key again, a new name a new one, none the oldest. */
function authenticate(core: MaasCore, form: Params): Answer {
  const user = core.accounts.login(form.text('username'), form.text('password'));
  if (!user) return { status: 403, contentType: HTML_TYPE, body: '' };
  const consumer = form.text('consumer');
  const own = core.accounts.tokensOf(user.username);
  const present = consumer === '' ? own[0] : own.find(({ name }) => name === consumer);
  const token = present ?? core.accounts.addToken(user.username, consumer);
  return json({
    consumer_key: token.consumerKey,
    name: token.name,
    token_key: token.tokenKey,
    token_secret: token.tokenSecret,
  });
}
