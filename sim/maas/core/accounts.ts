/**
 * Users and what opens the door for them: API keys and passwords; and the keys that MAAS puts on the
 * machines they deploy (facts/maas-api 2.1, 3.12). Machines have API keys too, for the metadata
 * service; those belong to a user of MAAS's own.
 */
import type { Secrets } from '../../kernel/secrets.ts';
import type { Machine, User } from './objects.ts';

/** An API key's parts. The secret never enters trace, hash or evidence. */
export interface Token {
  readonly consumerKey: string;
  readonly tokenKey: string;
  readonly tokenSecret: string;
  readonly name: string;
  readonly username: string;
}

/** An SSH or SSL public key that a user stored. */
export interface UserKey {
  readonly id: number;
  readonly username: string;
  readonly key: string;
  /** `lp:user` or `gh:user` for an imported SSH key, else empty. */
  readonly source: string;
}

/** Whom the machines' own keys belong to, as in the real one. */
const MACHINES_USER = 'maas-init-node';

export class Accounts {
  readonly users = new Map<string, User>();
  /** By token key. */
  readonly tokens = new Map<string, Token>();
  readonly sshKeys = new Map<number, UserKey>();
  readonly sslKeys = new Map<number, UserKey>();
  readonly #secrets: Secrets;
  readonly #passwords = new Map<string, string>();
  readonly #consumers = new Set<string>();
  readonly #ofMachines = new Map<string, Token>();
  /** By token key. */
  readonly #machineTokens = new Map<string, { readonly token: Token; readonly systemId: string }>();
  #nextKeyId = 1;

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
    // Internal users appear in the list, as in the real one (facts/maas-api 3.12).
    for (const username of ['MAAS', MACHINES_USER]) {
      this.users.set(username, { username, email: '', isSuperuser: false });
    }
  }

  /** @param password what the user logs in with; without one nobody can */
  addUser(user: User, password?: string): User {
    this.users.set(user.username, user);
    if (password !== undefined) {
      this.#passwords.set(user.username, this.#secrets.remember(password));
    }
    return user;
  }

  /** The user whose password this is. */
  login(username: string, password: string): User | undefined {
    return this.#passwords.get(username) === password ? this.users.get(username) : undefined;
  }

  /** Removes a user and all keys. */
  removeUser(username: string): void {
    this.users.delete(username);
    this.#passwords.delete(username);
    for (const token of this.tokens.values()) {
      if (token.username === username) this.removeToken(token);
    }
    for (const keys of [this.sshKeys, this.sslKeys]) {
      for (const key of keys.values()) if (key.username === username) keys.delete(key.id);
    }
  }

  /** Makes an API key for a user (facts/maas-api 2.1: 18, 18 and 32 characters). */
  addToken(username: string, name = ''): Token {
    const token = this.#newToken(username, name);
    this.tokens.set(token.tokenKey, token);
    return token;
  }

  tokensOf(username: string): Token[] {
    return [...this.tokens.values()].filter((token) => token.username === username);
  }

  renameToken(token: Token, name: string): void {
    this.tokens.set(token.tokenKey, { ...token, name });
  }

  removeToken(token: Token): void {
    this.tokens.delete(token.tokenKey);
    this.#consumers.delete(token.consumerKey);
  }

  /** Whether any API key, of a user or a machine, has this consumer key. */
  knowsConsumer(key: string): boolean {
    return this.#consumers.has(key);
  }

  /** The key that a machine itself asks the metadata service with; made when first asked for. */
  machineToken(machine: Machine): Token {
    const present = this.#ofMachines.get(machine.systemId);
    if (present) return present;
    const token = this.#newToken(MACHINES_USER, '');
    this.#ofMachines.set(machine.systemId, token);
    this.#machineTokens.set(token.tokenKey, { token, systemId: machine.systemId });
    return token;
  }

  /** As {@link machineToken}, if one was made. */
  knownMachineToken(machine: Machine): Token | undefined {
    return this.#ofMachines.get(machine.systemId);
  }

  /** The token of a user or a machine that has this key. */
  tokenOf(tokenKey: string): Token | undefined {
    return this.tokens.get(tokenKey) ?? this.#machineTokens.get(tokenKey)?.token;
  }

  /** The system_id of the machine that has this token key. */
  machineOfToken(tokenKey: string): string | undefined {
    return this.#machineTokens.get(tokenKey)?.systemId;
  }

  forgetMachine(machine: Machine): void {
    const token = this.#ofMachines.get(machine.systemId);
    if (token) {
      this.#consumers.delete(token.consumerKey);
      this.#machineTokens.delete(token.tokenKey);
    }
    this.#ofMachines.delete(machine.systemId);
  }

  addKey(kind: 'ssh' | 'ssl', username: string, key: string, source = ''): UserKey {
    const made: UserKey = { id: this.#nextKeyId++, username, key, source };
    (kind === 'ssh' ? this.sshKeys : this.sslKeys).set(made.id, made);
    return made;
  }

  #newToken(username: string, name: string): Token {
    const token: Token = {
      consumerKey: this.#secrets.token(18),
      tokenKey: this.#secrets.token(18),
      tokenSecret: this.#secrets.token(32),
      name,
      username,
    };
    this.#consumers.add(token.consumerKey);
    return token;
  }
}
