/**
 * Who may log in and what they may do: users with passwords and grants, agents with passwords and
 * nonces. Secrets come from the kernel's secret source, are made on demand (a fleet of a hundred
 * thousand needs none until it speaks), and never leave this folder except to the world that starts
 * the agents (facts/juju-api 2.1, 6.1). Each access word of a model includes the weaker ones.
 */
import type { Secrets } from '../../kernel/secrets.ts';
import type { ControllerCore } from '../core/controller.ts';
import { AGENT_KIND } from '../core/machines.ts';
import type { Model } from '../core/model.ts';

export type ControllerAccess = 'login' | 'superuser';

/** Access to a model, the weakest first. */
export const MODEL_ACCESS = ['read', 'write', 'admin'] as const;
export type ModelAccess = (typeof MODEL_ACCESS)[number];

export interface User {
  readonly name: string;
  readonly displayName: string;
  /** Access to the controller; empty when it was taken away. */
  readonly access: ControllerAccess | '';
  readonly createdMs: number;
  readonly createdBy: string;
  readonly disabled: boolean;
}

export interface AgentCredentials {
  readonly tag: string;
  readonly modelUuid: string;
  readonly password: string;
  /** Empty for units, which have none. */
  readonly nonce: string;
}

/** There are as many users as this controller takes. */
export class AccountsFull extends Error {
  override readonly name = 'AccountsFull';
}

const MOST_USERS = 100_000;

type Account = { -readonly [K in keyof User]: User[K] } & { password: string };

export class Accounts {
  readonly #core: ControllerCore;
  readonly #secrets: Secrets;
  readonly #users = new Map<string, Account>();
  readonly #agents = new Map<number, { password: string; nonce: string }>();
  /** Grants by model, then by user. */
  readonly #grants = new Map<string, Map<string, ModelAccess>>();

  /** Who was granted `add-model` or `admin` on the cloud. */
  readonly cloudUsers = new Map<string, 'add-model' | 'admin'>();

  constructor(core: ControllerCore, secrets: Secrets) {
    this.#core = core;
    this.#secrets = secrets;
  }

  /**
   * Adds a user and returns the password, made up unless one is given.
   * @throws AccountsFull
   */
  addUser(
    name: string,
    access: ControllerAccess,
    o: { displayName?: string; password?: string; createdBy?: string } = {},
  ): string {
    if (this.#users.size >= MOST_USERS) throw new AccountsFull('too many users');
    const password = o.password ? this.#secrets.remember(o.password) : this.#secrets.token(24);
    this.#users.set(name, {
      name,
      displayName: o.displayName || name,
      access,
      createdMs: this.#core.clock.nowMs(),
      createdBy: o.createdBy ?? name,
      disabled: false,
      password,
    });
    return password;
  }

  removeUser(name: string): boolean {
    for (const grants of this.#grants.values()) grants.delete(name);
    this.cloudUsers.delete(name);
    return this.#users.delete(name);
  }

  /** A new key for a user to register with, in base64; the old password is no good any more. */
  registrationKey(name: string): string {
    this.setPassword(name, this.#secrets.token(24));
    return Buffer.from(this.#secrets.hex(32), 'hex').toString('base64');
  }

  /** Returns whether there is such a user. */
  setDisabled(name: string, disabled: boolean): boolean {
    const user = this.#users.get(name);
    if (user) user.disabled = disabled;
    return user !== undefined;
  }

  /** Returns whether there is such a user. */
  setPassword(name: string, password: string): boolean {
    const user = this.#users.get(name);
    if (user) user.password = this.#secrets.remember(password);
    return user !== undefined;
  }

  setControllerAccess(name: string, access: User['access']): void {
    const user = this.#users.get(name);
    if (user) user.access = access;
  }

  user(name: string): User | undefined {
    return this.#users.get(name);
  }

  users(): User[] {
    return [...this.#users.values()];
  }

  /** Whether this is the password of a user who is not disabled. */
  passwordFits(name: string, password: string): boolean {
    const user = this.#users.get(name);
    return user !== undefined && !user.disabled && user.password === password;
  }

  isSuperuser(name: string): boolean {
    return this.#users.get(name)?.access === 'superuser';
  }

  /** What a user was granted on a model; its owner has `admin`. */
  grantOf(name: string, model: Pick<Model, 'uuid' | 'owner'>): ModelAccess | undefined {
    if (model.owner === name) return 'admin';
    return this.#grants.get(model.uuid)?.get(name);
  }

  setGrant(name: string, modelUuid: string, access: ModelAccess | undefined): void {
    const grants = this.#grants.get(modelUuid) ?? new Map<string, ModelAccess>();
    if (access) grants.set(name, access);
    else grants.delete(name);
    this.#grants.set(modelUuid, grants);
  }

  /** Access that counts: superusers have `admin` everywhere; undefined is none (facts/juju-api 2.1). */
  accessTo(name: string, model: Pick<Model, 'uuid' | 'owner'>): ModelAccess | undefined {
    return this.isSuperuser(name) ? 'admin' : this.grantOf(name, model);
  }

  /** Whether a user may add models to the cloud. */
  mayAddModels(name: string): boolean {
    return this.isSuperuser(name) || this.cloudUsers.has(name);
  }

  /** Whether this user has at least that access to a model. */
  mayUse(name: string, model: Pick<Model, 'uuid' | 'owner'>, least: ModelAccess = 'read'): boolean {
    const has = this.accessTo(name, model);
    return has !== undefined && MODEL_ACCESS.indexOf(has) >= MODEL_ACCESS.indexOf(least);
  }

  /** Users with a grant on a model, its owner first. */
  usersOf(model: Pick<Model, 'uuid' | 'owner'>): { name: string; access: ModelAccess }[] {
    const others = [...(this.#grants.get(model.uuid) ?? [])].filter(
      ([name]) => name !== model.owner,
    );
    return [
      { name: model.owner, access: 'admin' },
      ...others.map(([name, access]) => ({ name, access })),
    ];
  }

  adminsOf(model: Pick<Model, 'uuid' | 'owner'>): string[] {
    return this.usersOf(model)
      .filter(({ access }) => access === 'admin')
      .map(({ name }) => name);
  }

  /** What an agent needs to log in; made on the first call. */
  agentCredentials(row: number): AgentCredentials {
    const { machines } = this.#core;
    const secret = this.#agent(row);
    return {
      tag: machines.tag(row),
      modelUuid: this.#core.models()[machines.model(row)]!.uuid,
      ...secret,
    };
  }

  setAgentPassword(row: number, password: string): void {
    this.#agent(row).password = this.#secrets.remember(password);
  }

  #agent(row: number): { password: string; nonce: string } {
    let agent = this.#agents.get(row);
    if (!agent) {
      const unit = this.#core.machines.kind(row) === AGENT_KIND.unit;
      const nonce = unit ? '' : `machine-0:${this.#secrets.hex(16)}`;
      agent = { password: this.#secrets.token(24), nonce };
      this.#agents.set(row, agent);
    }
    return agent;
  }
}
