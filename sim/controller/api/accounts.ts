/**
 * Who may log in: users with passwords, and agents with passwords and nonces. Secrets come from the
 * kernel's secret source, are made on demand (a fleet of a hundred thousand needs none until it
 * speaks), and never leave this folder except to the world that starts the agents
 * (facts/juju-api 2.1, 6.1).
 */
import type { Secrets } from '../../kernel/secrets.ts';
import type { ControllerCore } from '../core/controller.ts';
import { AGENT_KIND } from '../core/machines.ts';

export interface User {
  readonly name: string;
  readonly displayName: string;
  readonly access: 'login' | 'superuser';
  readonly createdMs: number;
}

export interface AgentCredentials {
  readonly tag: string;
  readonly modelUuid: string;
  readonly password: string;
  /** Empty for units, which have none. */
  readonly nonce: string;
}

export class Accounts {
  readonly #core: ControllerCore;
  readonly #secrets: Secrets;
  readonly #users = new Map<string, User & { password: string }>();
  readonly #agents = new Map<number, { password: string; nonce: string }>();

  constructor(core: ControllerCore, secrets: Secrets) {
    this.#core = core;
    this.#secrets = secrets;
  }

  /** Adds a user and returns the password. */
  addUser(name: string, access: User['access'], displayName = name): string {
    const password = this.#secrets.token(24);
    const createdMs = this.#core.clock.nowMs();
    this.#users.set(name, { name, displayName, access, createdMs, password });
    return password;
  }

  user(name: string): User | undefined {
    return this.#users.get(name);
  }

  users(): User[] {
    return [...this.#users.values()];
  }

  passwordFits(user: string, password: string): boolean {
    return this.#users.get(user)?.password === password;
  }

  /** Whether this user may see, and may change, a model: superusers all, others their own. */
  mayUse(user: string, model: { owner: string }): boolean {
    return this.#users.get(user)?.access === 'superuser' || model.owner === user;
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
