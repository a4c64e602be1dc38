/**
 * The controller as the agents of a fleet see it, in memory: the typed messages of the facades
 * `Admin`, `Upgrader` and `Machiner` and of the agent-binary download. It has the shape of the
 * agents' port without importing it, since controller and agents know each other only by messages.
 * Nothing here allocates per call once a binary is known: contexts and answers are reused objects
 * (read them before the next call) and versions are ids. The API server asks the same core.
 * Source: facts/juju-api 6.1, 6.2, 6.5; facts/juju-versions-and-upgrades 4.1 (A-1 to A-3b).
 */
import { mix32 } from '../../kernel/hash.ts';
import { checkCall } from '../../versions/rules/caller.ts';
import type { CallContext, DownloadEffect } from '../points.ts';
import type { CachedBinary } from './binaries.ts';
import type { ControllerCore } from './controller.ts';
import { NO_VERSION } from './machines.ts';
import { streamOf } from './model.ts';

/** Answers that are no success; `sim/world` holds them equal to the agents' own list. */
export const REFUSED = {
  unreachable: -1,
  tryAgain: -2,
  unauthorized: -3,
  noBinary: -4,
  digestMismatch: -5,
  badDownload: -6,
} as const;

/** Download time on a healthy link: one to ten seconds, fixed for a machine and version [own]. */
const FASTEST_MS = 1_000;
const SPREAD_MS = 9_000;

export class InMemoryAgentPort {
  readonly #core: ControllerCore;
  readonly #call: PortCall;
  readonly #answer = { outcome: 0, durationMs: 0 };
  /** Binaries by stream, then by version id and OS-and-architecture key: a lookup without texts. */
  readonly #known = new Map<string, Map<number, CachedBinary>>();
  /** Whether the agents of a version may call the controller (G-2), by version id and server. */
  readonly #mayCall = new Map<string, boolean>();

  constructor(core: ControllerCore) {
    this.#core = core;
    this.#call = new PortCall(core);
  }

  login(machine: number): number {
    const refused = this.#refused(machine, 'Admin', 'Login');
    if (refused) return refused;
    const { life, machines } = this.#core;
    if (machines.isRetired(machine)) return REFUSED.unauthorized;
    const exempt = machines.isController(machine);
    if (life.state === 'upgrading' && !exempt) return REFUSED.tryAgain;
    if (!exempt && !this.#versionMayCall(machines.version(machine))) return REFUSED.tryAgain;
    machines.setLost(machine, false);
    return 0;
  }

  reportVersion(machine: number, version: number): number {
    const refused = this.#refused(machine, 'Upgrader', 'SetTools');
    if (refused) return refused;
    this.#core.recordVersion(machine, version);
    return 0;
  }

  desiredVersion(machine: number): number {
    return this.#refused(machine, 'Upgrader', 'DesiredVersion') || this.#core.toldVersion(machine);
  }

  findBinary(machine: number, version: number): number {
    const refused = this.#refused(machine, 'Upgrader', 'Tools');
    if (refused) return refused;
    if (this.#lookUp(machine, version)) return 0;
    const { machines, versions, cache } = this.#core;
    const stream = streamOf(this.#core.models()[machines.model(machine)]!);
    const [os, arch] = [machines.os(machine), machines.arch(machine)];
    const { found } = cache.describe(stream, versions.at(version), os, arch);
    return found.length > 0 ? 0 : REFUSED.noBinary;
  }

  /** The answer is one reused object. */
  download(machine: number, version: number): { outcome: number; durationMs: number } {
    const answer = this.#answer;
    const { machines, versions, cache, clock, random, points } = this.#core;
    answer.durationMs = FASTEST_MS + ((mix32(random.seed ^ machine, version) >>> 0) % SPREAD_MS);
    answer.outcome = this.#core.life.state === 'down' ? REFUSED.unreachable : 0;
    if (answer.outcome !== 0) return answer;
    let entry = this.#lookUp(machine, version);
    if (!entry) {
      const stream = streamOf(this.#core.models()[machines.model(machine)]!);
      const got = cache.get(
        stream,
        versions.at(version),
        machines.os(machine),
        machines.arch(machine),
      );
      if (!got.ok) {
        // Whatever was wrong with what it fetched, the controller answers with an HTTP error.
        answer.outcome = got.refusal === 'missing' ? REFUSED.noBinary : REFUSED.badDownload;
        return answer;
      }
      entry = got.entry;
      this.#keep(stream, this.#key(machine, version), entry);
    }
    answer.durationMs += Math.max(0, entry.readyAtMs - clock.nowMs());
    // Asked at each download: agents of 1.x try again without a new look-up (facts 4.2, A-8).
    const effect = points.download.ask({ machine, binary: entry.binary });
    if (effect) answer.outcome = outcomeOf(effect);
    return answer;
  }

  setStatus(machine: number, status: number, version: number): number {
    const refused = this.#refused(machine, 'Machiner', 'SetStatus');
    if (refused) return refused;
    this.#core.machines.setStatus(machine, status, version, this.#core.clock.nowMs());
    return 0;
  }

  /** What stands before every call: is there a controller, and does a fault answer for it? */
  #refused(machine: number, facade: string, method: string): number {
    if (this.#core.life.state === 'down') return REFUSED.unreachable;
    const effect = this.#core.points.call.ask(this.#call.of(machine, facade, method));
    switch (effect?.kind) {
      case undefined:
      case 'delay':
        return 0;
      case 'disconnect':
        return REFUSED.unreachable;
      case 'error':
        return effect.code === 'unauthorized access' ? REFUSED.unauthorized : REFUSED.tryAgain;
    }
  }

  #versionMayCall(version: number): boolean {
    const { rules, versions, life } = this.#core;
    if (!rules.callerCheck || version === NO_VERSION) return true;
    const key = `${version}/${versions.intern(life.version)}`;
    let verdict = this.#mayCall.get(key);
    if (verdict === undefined) {
      verdict = checkCall(rules, {
        caller: versions.at(version),
        kind: 'agent',
        server: life.version,
        facade: 'Upgrader',
        method: 'DesiredVersion',
      }).ok;
      this.#mayCall.set(key, verdict);
    }
    return verdict;
  }

  #lookUp(machine: number, version: number): CachedBinary | undefined {
    const model = this.#core.models()[this.#core.machines.model(machine)]!;
    return this.#known.get(streamOf(model))?.get(this.#key(machine, version));
  }

  #keep(stream: string, key: number, entry: CachedBinary): void {
    let known = this.#known.get(stream);
    if (!known) {
      known = new Map();
      this.#known.set(stream, known);
    }
    known.set(key, entry);
  }

  #key(machine: number, version: number): number {
    return version * 65_536 + this.#core.machines.osArchKey(machine);
  }
}

function outcomeOf(effect: DownloadEffect): number {
  switch (effect.kind) {
    case 'missing':
      return REFUSED.noBinary;
    case 'corrupt':
      return REFUSED.digestMismatch;
    default:
      return REFUSED.badDownload;
  }
}

/** The context of a call, reused; the caller's tag is made only when a fault asks for it. */
class PortCall implements CallContext {
  facade = '';
  method = '';
  readonly #core: ControllerCore;
  #machine = 0;

  constructor(core: ControllerCore) {
    this.#core = core;
  }

  get caller(): string {
    return this.#core.machines.tag(this.#machine);
  }

  of(machine: number, facade: string, method: string): this {
    this.#machine = machine;
    this.facade = facade;
    this.method = method;
    return this;
  }
}
