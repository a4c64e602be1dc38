/**
 * The live driver: one agent on a real socket, with the same transition function as the fleet. It
 * logs in, reports, watches, asks, downloads and checks the SHA-256 for real; unpacking, restarting
 * and the upgrade steps take as long as the fleet draws them, on the world's clock. Wire shapes:
 * facts/juju-api 6.1, 6.2, 6.3, 6.5.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Clock, Timer } from '../kernel/clock.ts';
import type { Randomness } from '../kernel/random.ts';
import { archiveFault } from '../streams/index.ts';
import {
  type AgentVersion,
  equalVersions,
  printVersion,
  tryParseVersion,
} from '../versions/number.ts';
import { DELAY, EFFECT, effectOf, FLAG, INPUT, next, STATE, stateOf } from './agent.ts';
import { LATENCY } from './latency.ts';
import { AgentConnection, CallError, fetchBinary, LostError } from './rpc.ts';
import { eraFlags, judge, MOST_REPEATS, stepsAreDue, workerDelayMs } from './traits.ts';

export interface LiveAgentOptions {
  readonly clock: Clock;
  readonly random: Randomness;
  readonly target: { readonly address: string; readonly caCert: string };
  readonly credentials: {
    readonly tag: string;
    readonly modelUuid: string;
    readonly password: string;
    readonly nonce: string;
  };
  /** Index in the machine table: what its draws go by. */
  readonly machine: number;
  readonly os: string;
  readonly arch: string;
  /** The version that it runs at first. */
  readonly version: AgentVersion;
  readonly onTransition?: (state: number, input: number, effect: number) => void;
}

interface Offer {
  readonly url: string;
  readonly sha256: string;
}

const ITEM_ERROR = z.looseObject({ message: z.string(), code: z.string().default('') });
const ERRORS = z.looseObject({
  results: z.array(z.looseObject({ error: ITEM_ERROR.nullish() })).min(1),
});
const ENTITIES = z.looseObject({
  entities: z
    .array(z.looseObject({ life: z.string().nullish(), error: ITEM_ERROR.nullish() }))
    .min(1),
});
const WATCH = z.looseObject({
  results: z
    .array(z.looseObject({ NotifyWatcherId: z.string(), error: ITEM_ERROR.nullish() }))
    .min(1),
});
const DESIRED = z.looseObject({
  results: z
    .array(z.looseObject({ version: z.string().nullish(), error: ITEM_ERROR.nullish() }))
    .min(1),
});
const OFFER = z.looseObject({ version: z.string(), url: z.string(), sha256: z.string() });
const TOOLS = z.looseObject({
  results: z
    .array(z.looseObject({ tools: z.array(OFFER).nullish(), error: ITEM_ERROR.nullish() }))
    .min(1),
});
const ANYTHING = z.unknown();

export class LiveAgent {
  readonly #o: LiveAgentOptions;
  readonly #drawn: ReturnType<Randomness['draws']>;
  #draws = 0;
  #state: number = STATE.down;
  #running: AgentVersion;
  #link: AgentVersion;
  #upgradedTo: AgentVersion;
  #wanted: AgentVersion | undefined;
  #offers: readonly Offer[] = [];
  #bytes: Buffer | undefined;
  #unpacked = false;
  #connection: AgentConnection | undefined;
  #watcher: string | undefined;
  #repeats = 0;
  #workerUpMs = 0;
  #timer: Timer | undefined;
  /** Counts transitions, so that what comes of an effect that was overtaken is dropped. */
  #turn = 0;
  #onWire = false;

  constructor(options: LiveAgentOptions) {
    this.#o = options;
    this.#drawn = options.random.draws('agent.latency');
    this.#running = options.version;
    this.#link = options.version;
    this.#upgradedTo = options.version;
  }

  get state(): number {
    return this.#state;
  }

  /** The version that it runs. */
  get running(): AgentVersion {
    return this.#running;
  }

  /** Whether it waits for an answer from the network, and not for time to pass or a change. */
  get busy(): boolean {
    return this.#onWire;
  }

  start(): void {
    this.happen(INPUT.started);
  }

  /** Ends for good, as when the machine is switched off. */
  stop(): void {
    this.happen(INPUT.powerLost);
    this.#connection?.close();
  }

  /** Something happens to the agent from outside, whatever it is doing. */
  happen(input: number): void {
    const step = next(this.#state, input, this.#flags());
    if (stateOf(step) === this.#state && effectOf(step) === EFFECT.none) return;
    this.#apply(input, step);
  }

  #apply(input: number, step: number): void {
    this.#timer?.cancel();
    const turn = ++this.#turn;
    const effect = effectOf(step);
    this.#o.onTransition?.(this.#state, input, effect);
    this.#state = stateOf(step);
    this.#onWire = false;
    if (effect === EFFECT.none) return;
    const delayMs = this.#delayOf(effect);
    if (delayMs > 0) {
      this.#timer = this.#o.clock.after(delayMs, () => void this.#carryOut(effect, turn));
    } else {
      void this.#carryOut(effect, turn);
    }
  }

  async #carryOut(effect: number, turn: number): Promise<void> {
    // A long poll is no work under way: it may last for ever.
    this.#onWire = effect !== EFFECT.watch;
    let input: number;
    try {
      input = await this.#perform(effect);
    } catch (error) {
      input = error instanceof CallError ? INPUT.requestFailed : INPUT.connectionLost;
      if (!(error instanceof CallError || error instanceof LostError)) throw error;
    }
    if (turn !== this.#turn) return;
    this.#apply(input, next(this.#state, input, this.#flags()));
  }

  /** How long an effect takes apart from what the network takes, in simulated milliseconds. */
  #delayOf(effect: number): number {
    switch (effect) {
      case EFFECT.unpack:
        return this.#draw(LATENCY.unpack);
      case EFFECT.switch:
        return this.#draw(LATENCY.switch);
      case EFFECT.restart:
        this.#disconnect();
        return this.#draw(LATENCY.restart);
      case EFFECT.retryIn5s:
        return DELAY.retryMs;
      case EFFECT.retryIn60s:
        return DELAY.diskMs;
      case EFFECT.waitForSteps:
        return DELAY.stepsMs;
      case EFFECT.restartWorker:
      case EFFECT.reconnect:
        return this.#workerDelay();
      default:
        return 0;
    }
  }

  async #perform(effect: number): Promise<number> {
    switch (effect) {
      case EFFECT.connect:
        return await this.#connect();
      case EFFECT.report:
        return await this.#report();
      case EFFECT.runSteps:
        return await this.#runSteps();
      case EFFECT.watch:
        await this.#wired().call('NotifyWatcher', 'Next', {}, ANYTHING, this.#watcher);
        return INPUT.wake;
      case EFFECT.ask:
        return await this.#ask();
      case EFFECT.find:
        return await this.#find();
      case EFFECT.checkDisk:
        return INPUT.diskEnough;
      case EFFECT.download:
        return await this.#download();
      case EFFECT.unpack:
        if (await archiveFault(this.#bytes!)) return INPUT.unpackFailed;
        this.#unpacked = true;
        return INPUT.unpacked;
      case EFFECT.switch:
        this.#link = this.#wanted!;
        return INPUT.switched;
      case EFFECT.restart:
        if (!equalVersions(this.#running, this.#link)) this.#unpacked = false;
        this.#running = this.#link;
        return INPUT.started;
      default:
        return INPUT.timer;
    }
  }

  async #connect(): Promise<number> {
    const { target, credentials } = this.#o;
    const { tag, modelUuid, password, nonce } = credentials;
    this.#disconnect();
    const connection = await AgentConnection.open(target, modelUuid, () => {
      if (this.#connection === connection) this.happen(INPUT.connectionLost);
    });
    this.#connection = connection;
    const login = { 'auth-tag': tag, credentials: password, nonce };
    const version = printVersion(this.#running);
    try {
      await connection.login({ ...login, 'client-version': version });
      const who = { entities: [{ tag }] };
      const found = await connection.call('Agent', 'GetEntities', who, ENTITIES);
      throwItem(found.entities[0]);
      if (found.entities[0]!.life === 'dead') return INPUT.loginRefused;
      // Always called: with the same password when the current one worked.
      const changes = { changes: [{ tag, password }] };
      throwItem((await connection.call('Agent', 'SetPasswords', changes, ERRORS)).results[0]);
      return INPUT.loginOk;
    } catch (error) {
      this.#disconnect();
      if (!(error instanceof CallError)) throw error;
      return FINAL.has(error.code) ? INPUT.loginRefused : INPUT.loginTryAgain;
    }
  }

  async #report(): Promise<number> {
    const { credentials, os, arch } = this.#o;
    const { tag } = credentials;
    const version = `${printVersion(this.#running)}-${os}-${arch}`;
    const tools = { 'agent-tools': [{ tag, tools: { version } }] };
    throwItem((await this.#wired().call('Upgrader', 'SetTools', tools, ERRORS)).results[0]);
    // Watched from here on, so that no change between the next question and the wait is lost.
    this.#watcher ??= await this.#watch(tag);
    return INPUT.reported;
  }

  async #watch(tag: string): Promise<string> {
    const who = { entities: [{ tag }] };
    const { results } = await this.#wired().call('Upgrader', 'WatchAPIVersion', who, WATCH);
    throwItem(results[0]);
    return results[0]!.NotifyWatcherId;
  }

  async #ask(): Promise<number> {
    const who = { entities: [{ tag: this.#o.credentials.tag }] };
    const { results } = await this.#wired().call('Upgrader', 'DesiredVersion', who, DESIRED);
    throwItem(results[0]);
    const wanted = tryParseVersion(results[0]!.version ?? '');
    if (!wanted) return INPUT.requestFailed;
    const before = this.#stepsPending() ? this.#upgradedTo : undefined;
    const verdict = judge(this.#running, wanted, before);
    if (verdict === INPUT.desiredOther && !(this.#wanted && equalVersions(wanted, this.#wanted))) {
      this.#wanted = wanted;
      this.#unpacked = false;
    }
    return verdict;
  }

  async #find(): Promise<number> {
    const who = { entities: [{ tag: this.#o.credentials.tag }] };
    const { results } = await this.#wired().call('Upgrader', 'Tools', who, TOOLS);
    const { tools, error } = results[0]!;
    // A lookup that fails ends the worker, whatever the reason.
    if (error || !tools?.length) return INPUT.binaryMissing;
    this.#offers = tools;
    return INPUT.binaryFound;
  }

  /** Tries each offered address in turn; the last failure is what counts. */
  async #download(): Promise<number> {
    let outcome: number = INPUT.downloadFailed;
    for (const { url, sha256 } of this.#offers) {
      try {
        const bytes = await fetchBinary(url);
        const got = createHash('sha256').update(bytes).digest('hex');
        if (got === sha256) {
          this.#bytes = bytes;
          return INPUT.downloaded;
        }
        outcome = INPUT.digestMismatch;
      } catch (error) {
        if (!(error instanceof CallError || error instanceof LostError)) throw error;
        outcome = INPUT.downloadFailed;
      }
    }
    return outcome;
  }

  async #runSteps(): Promise<number> {
    await this.#setStatus(`upgrading to ${printVersion(this.#running)}`);
    await this.#pause(this.#draw(LATENCY.steps));
    await this.#setStatus('');
    this.#upgradedTo = this.#running;
    return INPUT.stepsDone;
  }

  async #setStatus(info: string): Promise<void> {
    const { tag } = this.#o.credentials;
    const entities = [{ tag, status: 'started', info, data: {} }];
    const { results } = await this.#wired().call('Machiner', 'SetStatus', { entities }, ERRORS);
    throwItem(results[0]);
  }

  /** Waits on the world's clock; meanwhile the network is not waited for. */
  async #pause(ms: number): Promise<void> {
    this.#onWire = false;
    await new Promise<void>((resolve) => {
      this.#timer = this.#o.clock.after(ms, resolve);
    });
    this.#onWire = true;
  }

  #wired(): AgentConnection {
    if (!this.#connection) throw new LostError('not connected');
    return this.#connection;
  }

  #disconnect(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#watcher = undefined;
    connection?.close();
  }

  #stepsPending(): boolean {
    return stepsAreDue(this.#upgradedTo, this.#running);
  }

  #flags(): number {
    return (
      eraFlags(this.#running) |
      (this.#stepsPending() ? FLAG.stepsPending : 0) |
      (this.#unpacked ? FLAG.unpacked : 0)
    );
  }

  #workerDelay(): number {
    const nowMs = this.#o.clock.nowMs();
    const repeat = nowMs > this.#workerUpMs + DELAY.workerCalmMs ? 0 : this.#repeats;
    const delayMs = workerDelayMs(this.#running, repeat);
    this.#repeats = Math.min(repeat + 1, MOST_REPEATS);
    this.#workerUpMs = nowMs + delayMs;
    return delayMs;
  }

  #draw(range: readonly [number, number]): number {
    return this.#drawn.int(this.#o.machine, this.#draws++, range[0], range[1]);
  }
}

/** Login refusals after which an agent gives up for good (6.1 step 3b). */
const FINAL: ReadonlySet<string> = new Set(['unauthorized access', 'not provisioned']);

/** @throws CallError when the item of a bulk answer is an error */
function throwItem(
  item: { error?: { message: string; code: string } | null | undefined } | undefined,
): void {
  if (item?.error) throw new CallError(item.error.message, item.error.code);
}
