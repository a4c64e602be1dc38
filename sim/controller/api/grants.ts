/**
 * Granting and revoking access, the same for models, the controller and the cloud: only those who
 * administer the thing may, a grant that changes nothing is refused, and revoking a word leaves the
 * next weaker one (facts/juju-api 2.1, 3.2 `ModifyModelAccess`).
 */
import type { Accounts } from './accounts.ts';
import { RpcError } from './rpc.ts';

/** One thing that access can be given to, for one user. */
export interface Granted<A extends string> {
  /** What it is called in messages: `model`, `controller`, `cloud`. */
  readonly what: string;
  /** The words, the weakest first. */
  readonly words: readonly A[];
  get(): A | undefined;
  set(access: A | undefined): void;
}

/** A user by tag. @throws RpcError for a tag of nobody */
export function knownUser(accounts: Accounts, tag: string): string {
  const name = userName(tag);
  if (!accounts.user(name)) throw new RpcError(`user "${name}" not found`, 'user not found');
  return name;
}

/** The name in a user's tag, without the domain of local users. */
export function userName(tag: string): string {
  return tag.replace(/^user-/, '').replace(/@local$/, '');
}

/** Carries out one `grant` or `revoke`. @throws RpcError when it makes no sense; nothing changed then */
export function modifyAccess<A extends string>(
  granted: Granted<A>,
  action: string,
  access: string,
): void {
  const { what, words } = granted;
  const level = words.indexOf(access as A);
  if (level < 0) throw new RpcError(`"${access}" ${what} access not valid`, 'not valid');
  const now = granted.get();
  const has = now === undefined ? -1 : words.indexOf(now);
  if (action === 'grant') {
    if (has >= level) {
      throw new RpcError(
        `could not grant ${what} access: user already has "${now}" access or greater`,
      );
    }
    granted.set(words[level]);
  } else if (action === 'revoke') {
    if (has < 0) {
      throw new RpcError(`could not look up ${what} access for user: not found`, 'not found');
    }
    if (has >= level) granted.set(words[level - 1]);
  } else {
    throw new RpcError(`unknown action "${action}"`);
  }
}
