/**
 * From a request to the answer of a facade's method, with everything that stands in between, in the
 * real server's order: is there a model, is it Admin, is anybody logged in, may a client of this
 * version call (C-4), is the controller upgrading, is it the right kind of connection, is the
 * version known, is the method, may this role (facts/juju-api 1.4, 2.2, 2.6). Whatever is not known
 * is answered exactly as the era does, and always noted in the gap journal.
 */
import type { AgentVersion } from '../../versions/number.ts';
import { printVersion } from '../../versions/number.ts';
import { checkCall } from '../../versions/rules/caller.ts';
import { DISPATCH, placeIn, versionsIn } from './eras.ts';
import { type Facade, type Host, hasMethod, type Method, type Session } from './facade.ts';
import { FACADES } from './facades/index.ts';
import { FOR_ANYBODY, login, redirectParams, redirectTarget } from './login.ts';
import { readParams } from './params.ts';
import { RpcError, type RpcRequest } from './rpc.ts';

/** What a logged-in user may still call while the controller upgrades itself (C-5). */
const WHILE_UPGRADING = new Set([
  'Client.FullStatus',
  'Client.FindTools',
  'Client.AbortCurrentUpgrade',
  'Pinger.Ping',
]);

/** One connection's way to the facades. */
export class Dispatcher {
  readonly #host: Host;
  readonly #session: Session;
  /** The model that the connection's path names; differs from the session's when there is none such. */
  readonly #modelUuid: string | undefined;
  readonly #address: string;
  #clientVersion: AgentVersion | undefined;

  /** @param address the address that the client dialled */
  constructor(host: Host, session: Session, modelUuid: string | undefined, address: string) {
    this.#host = host;
    this.#session = session;
    this.#modelUuid = modelUuid;
    this.#address = address;
  }

  get loggedIn(): boolean {
    return this.#session.tag !== '';
  }

  /** @throws RpcError, ControllerRefusal */
  async call(request: RpcRequest): Promise<unknown> {
    if (this.#modelUuid !== undefined && !this.#session.model) {
      throw DISPATCH.unknownModel(this.#modelUuid);
    }
    if (request.facade === 'Admin' && !this.loggedIn) return this.#admin(request);
    if (!this.loggedIn) throw this.#unserved(request);
    if (this.#session.anonymous && !FOR_ANYBODY.has(request.facade)) {
      throw DISPATCH.notForAnybody(request.facade);
    }
    this.#requireCompatible(request);
    this.#requireNoUpgrade(request);
    const [facade, method] = this.#find(request);
    this.#requireRole(facade);
    const params = readParams(method.params, request.params);
    this.#host.reached++;
    const { version, id } = request;
    return method.handle(params, { host: this.#host, session: this.#session, version, id });
  }

  #admin(request: RpcRequest): object {
    if (request.version !== 3) throw DISPATCH.oldClient();
    if (request.method === 'Login') {
      this.#host.reached++;
      const done = login(this.#host, this.#session, request.params, this.#address);
      this.#clientVersion = done.clientVersion;
      if (this.#session.agent >= 0) this.#host.core.setPresence(this.#session.agent, true);
      return done.result;
    }
    if (request.method === 'RedirectInfo') {
      readParams(redirectParams, request.params);
      const moved = this.#host.redirects.get(this.#modelUuid ?? '');
      if (moved) return redirectTarget(moved);
      throw new RpcError('not redirected');
    }
    throw this.#noted(request, DISPATCH.unknownMethod(this.#host.era, 'Admin', 3, request.method));
  }

  /** C-4: callers of another major, in the releases that judge them; controller machines are exempt. */
  #requireCompatible({ facade, method }: RpcRequest): void {
    const { core } = this.#host;
    const { agent } = this.#session;
    if (agent >= 0 && core.machines.isController(agent)) return;
    const server = core.runningVersion();
    const verdict = checkCall(core.rules, {
      caller: this.#clientVersion,
      kind: agent >= 0 ? 'agent' : 'client',
      server,
      facade,
      method,
    });
    if (verdict.ok) return;
    const version = printVersion(server);
    throw new RpcError(`client incompatible with server ${version}`, 'incompatible client', {
      'server-version': version,
    });
  }

  #requireNoUpgrade({ facade, method }: RpcRequest): void {
    if (this.#host.core.life.state !== 'upgrading' || this.#session.user === undefined) return;
    if (!WHILE_UPGRADING.has(`${facade}.${method}`)) throw DISPATCH.upgrading();
  }

  #find(request: RpcRequest): [Facade, Method] {
    const { era } = this.#host;
    const { facade: name, version, method: called } = request;
    const place = this.#session.model ? 'model' : 'controller';
    if (name === 'Admin') throw this.#secondLogin(version, place);
    const facade = FACADES.get(name);
    const release = this.#host.core.runningVersion();
    const versions = versionsIn(era, name, release);
    if (!facade || versions.length === 0) throw this.#unserved(request);
    const where = placeIn(facade, release);
    if (where !== 'both' && where !== place) throw DISPATCH.wrongPlace(name, place);
    if (!versions.includes(version)) {
      throw this.#noted(request, DISPATCH.unknownVersion(era, name, version));
    }
    const method = Object.hasOwn(facade.methods, called) ? facade.methods[called] : undefined;
    if (!method || !hasMethod(method, version, era)) {
      throw this.#noted(request, DISPATCH.unknownMethod(era, name, version, called));
    }
    return [facade, method];
  }

  #secondLogin(version: number, place: 'controller' | 'model'): RpcError {
    if (place === 'controller') return DISPATCH.wrongPlace('Admin', place);
    return DISPATCH.unknownVersion(this.#host.era, 'Admin', version);
  }

  #requireRole(facade: Facade): void {
    const role = this.#session.agent >= 0 ? 'agent' : 'user';
    if (facade.role !== 'any' && facade.role !== role) throw DISPATCH.permission();
  }

  #unserved(request: RpcRequest): RpcError {
    const { facade, version } = request;
    return this.#noted(request, DISPATCH.unknownFacade(this.#host.era, facade, version));
  }

  /** Notes what was asked in vain; names come from outside, so they are cut. */
  #noted(request: RpcRequest, error: RpcError): RpcError {
    const what = `${request.facade}(${request.version}).${request.method}`.slice(0, 120);
    this.#host.core.journal.note({
      where: 'controller',
      what,
      answered: error.message.slice(0, 200),
    });
    return error;
  }
}

/** Every method that can be called, with where and in which versions of an era, for tests that call all. */
export function listMethods(
  era: Host['era'],
): { facade: string; version: number; method: string; place: Facade['place'] }[] {
  const all: { facade: string; version: number; method: string; place: Facade['place'] }[] = [];
  for (const facade of FACADES.values()) {
    for (const version of versionsIn(era, facade.name)) {
      for (const [name, method] of Object.entries(facade.methods)) {
        if (!hasMethod(method, version, era)) continue;
        all.push({ facade: facade.name, version, method: name, place: facade.place });
      }
    }
  }
  return all;
}
