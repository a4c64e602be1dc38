/**
 * The watchers of one connection, of every kind. A watcher has a source that says what changed since
 * it was last asked; `Next` answers at once when something did and blocks until then. Changes that
 * nobody waits for coalesce into one answer, and so do those of one moment; `Stop` is answered and
 * fails the pending `Next`; all die with the connection (facts/juju-api 5.1). An id asked through
 * another kind's facade is as unknown as one that never was. A held `Next` costs memory only, and
 * their number on one connection is bounded.
 */
import { DISPATCH, type WireEra } from './eras.ts';
import { RpcError } from './rpc.ts';

export type WatcherKind =
  | 'NotifyWatcher'
  | 'StringsWatcher'
  | 'AllWatcher'
  | 'AllModelWatcher'
  | 'ModelSummaryWatcher';

/** What a watcher tells of. */
export interface WatchSource {
  /** What `Next` answers for all that changed since the last time; undefined for nothing. */
  take(): object | undefined;
  close(): void;
}

interface Watcher {
  readonly kind: WatcherKind;
  readonly source: WatchSource;
  waiting: { resolve(answer: object): void; reject(error: Error): void } | undefined;
  /** Whether a look at the source is due already. */
  due: boolean;
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
   * Starts a watcher; `open` gets what to call whenever something changed. Returns its id.
   * @throws RpcError when the connection has too many
   */
  open(kind: WatcherKind, open: (changed: () => void) => WatchSource): string {
    if (this.#watchers.size >= MOST) throw new RpcError('too many watchers', 'try again');
    const id = this.#era === '4.0' ? `${this.#token}-${++this.#made}` : String(++this.#made);
    const watcher: Watcher = {
      kind,
      source: open(() => this.#look(watcher)),
      waiting: undefined,
      due: false,
    };
    this.#watchers.set(id, watcher);
    return id;
  }

  /** Starts a notify watcher on whatever `subscribe` tells it about; creating it was its first event. */
  notify(subscribe: (changed: () => void) => () => void): string {
    return this.open('NotifyWatcher', (changed) => {
      let some = false;
      const close = subscribe(() => {
        some = true;
        changed();
      });
      const take = () => {
        const answer = some ? {} : undefined;
        some = false;
        return answer;
      };
      return { take, close };
    });
  }

  /** Resolves at the next change. @throws RpcError for an unknown id, or once stopped. */
  next(kind: WatcherKind, id: string): Promise<object> {
    const watcher = this.#get(kind, id);
    // Clients do not ask twice at a time; if one does, its first question is given up.
    watcher.waiting?.reject(DISPATCH.stoppedWatcher(this.#era));
    watcher.waiting = undefined;
    const answer = watcher.source.take();
    if (answer) return Promise.resolve(answer);
    return new Promise((resolve, reject) => {
      watcher.waiting = { resolve, reject };
    });
  }

  /** Ends a watcher. @throws RpcError for an unknown id. */
  stop(kind: WatcherKind, id: string): void {
    const watcher = this.#get(kind, id);
    this.#watchers.delete(id);
    this.#end(watcher);
  }

  stopAll(): void {
    for (const watcher of this.#watchers.values()) this.#end(watcher);
    this.#watchers.clear();
  }

  #get(kind: WatcherKind, id: string): Watcher {
    const watcher = this.#watchers.get(id);
    if (watcher?.kind !== kind) throw DISPATCH.unknownWatcher(this.#era, id);
    return watcher;
  }

  /** Looks at a source once all that happens in this moment has happened. */
  #look(watcher: Watcher): void {
    if (watcher.due || !watcher.waiting) return;
    watcher.due = true;
    queueMicrotask(() => {
      watcher.due = false;
      const { waiting } = watcher;
      const answer = waiting && watcher.source.take();
      if (!answer) return;
      watcher.waiting = undefined;
      waiting.resolve(answer);
    });
  }

  #end(watcher: Watcher): void {
    watcher.source.close();
    watcher.waiting?.reject(DISPATCH.stoppedWatcher(this.#era));
    watcher.waiting = undefined;
  }
}
