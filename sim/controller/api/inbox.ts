/**
 * What one client has sent and nobody has looked at yet. A request a turn is taken up, so that one
 * client with a thousand questions does not make the others wait, and none is taken up while answers
 * lie unread or once the client is gone: work and memory go to whoever takes the answers. Answers
 * that come later, as a watcher's, hold nothing up.
 */
import type { WebSocket } from 'ws';
import { nextTurn } from '../../kernel/turn.ts';
import type { RpcRequest } from './rpc.ts';

/** Requests that may wait before the client's socket is no longer read. */
const MOST_WAITING = 32;
/** Unread bytes of answers from which on no request is taken up. */
const MOST_UNREAD = 8 * 1024 * 1024;

export class Inbox {
  readonly #ws: WebSocket;
  readonly #serve: (request: RpcRequest) => void;
  readonly #waiting: RpcRequest[] = [];
  #due = false;

  constructor(ws: WebSocket, serve: (request: RpcRequest) => void) {
    this.#ws = ws;
    this.#serve = serve;
  }

  /** Takes a request up at once when it is the turn's first, else when its turn comes. */
  push(request: RpcRequest): void {
    this.#waiting.push(request);
    if (this.#waiting.length >= MOST_WAITING) this.#ws.pause();
    if (!this.#due) this.#next();
  }

  /** Some of the answers have been read. */
  drained(): void {
    if (!this.#due) this.#next();
  }

  #next(): void {
    if (this.#ws.readyState !== this.#ws.OPEN) {
      this.#waiting.length = 0;
      return;
    }
    if (this.#ws.bufferedAmount > MOST_UNREAD) return;
    const request = this.#waiting.shift();
    if (!request) return;
    if (this.#ws.isPaused && this.#waiting.length < MOST_WAITING / 2) this.#ws.resume();
    this.#due = true;
    nextTurn(() => {
      this.#due = false;
      this.#next();
    });
    this.#serve(request);
  }
}
