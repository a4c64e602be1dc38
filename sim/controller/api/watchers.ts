/**
 * The notify watchers of one connection. Creating one counts as its first event, so the first `Next`
 * blocks until a real change; changes that nobody waits for coalesce into one; `Stop` is answered and
 * fails the pending `Next`; all die with the connection (facts/juju-api 5.1). A held `Next` costs
 * memory only, and their number on one connection is bounded.
 */
import { DISPATCH, type WireEra } from './eras.ts';
import { RpcError } from './rpc.ts';

interface Watcher {
  changed: boolean;
  waiting: { resolve(answer: object): void; reject(error: Error): void } | undefined;
  readonly unsubscribe: () => void;
}

const MOST = 1_000;

export class Watchers {
  readonly #era: WireEra;
  readonly #token: string;
  readonly #watchers = new Map<string, Watcher>();
  #made = 0;

  /** @param token prefix of the ids in 4.x, where they are not plain numbers */
  constructor(era: WireEra, token: string) {
    this.#era = era;
    this.#token = token;
  }

  /**
   * Starts a watcher on whatever `subscribe` tells it about; returns its id.
   * @throws RpcError when the connection has too many
   */
  add(subscribe: (changed: () => void) => () => void): string {
    if (this.#watchers.size >= MOST) throw new RpcError('too many watchers', 'try again');
    const id = this.#era === '4.0' ? `${this.#token}-${++this.#made}` : String(++this.#made);
    const watcher: Watcher = {
      changed: false,
      waiting: undefined,
      unsubscribe: subscribe(() => this.#notify(watcher)),
    };
    this.#watchers.set(id, watcher);
    return id;
  }

  /** Resolves at the next change. @throws RpcError for an unknown id, or once stopped. */
  next(id: string): Promise<object> {
    const watcher = this.#get(id);
    // Clients do not ask twice at a time; if one does, its first question is given up.
    watcher.waiting?.reject(DISPATCH.stoppedWatcher(this.#era));
    watcher.waiting = undefined;
    if (watcher.changed) {
      watcher.changed = false;
      return Promise.resolve({});
    }
    return new Promise((resolve, reject) => {
      watcher.waiting = { resolve, reject };
    });
  }

  /** Ends a watcher. @throws RpcError for an unknown id. */
  stop(id: string): void {
    const watcher = this.#get(id);
    this.#watchers.delete(id);
    this.#end(watcher);
  }

  stopAll(): void {
    for (const watcher of this.#watchers.values()) this.#end(watcher);
    this.#watchers.clear();
  }

  #get(id: string): Watcher {
    const watcher = this.#watchers.get(id);
    if (!watcher) throw DISPATCH.unknownWatcher(this.#era, id);
    return watcher;
  }

  #notify(watcher: Watcher): void {
    const { waiting } = watcher;
    watcher.changed = waiting === undefined;
    watcher.waiting = undefined;
    waiting?.resolve({});
  }

  #end(watcher: Watcher): void {
    watcher.unsubscribe();
    watcher.waiting?.reject(DISPATCH.stoppedWatcher(this.#era));
    watcher.waiting = undefined;
  }
}
