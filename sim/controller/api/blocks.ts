/**
 * What an operator has switched off on a model (`juju disable-command`): destroying it, removing
 * things from it, or every change. Each kind stands for the weaker ones; a blocked call is refused
 * with the operator's own message (facts/juju-api 1.5 `operation is blocked`).
 */
import type { Model } from '../core/model.ts';
import { RpcError } from './rpc.ts';

/** Wire names of the blocks, and what each of them stops. */
const STOPS = {
  BlockDestroy: ['destroy'],
  BlockRemove: ['destroy', 'remove'],
  BlockChange: ['destroy', 'remove', 'change'],
} as const;

export type BlockType = keyof typeof STOPS;
export type Operation = 'destroy' | 'remove' | 'change';

export interface Block {
  readonly id: string;
  readonly type: BlockType;
  readonly message: string;
}

/** Longest message kept. */
const MOST_TEXT = 10_000;

export class Blocks {
  readonly #of = new Map<string, Map<BlockType, Block>>();
  #made = 0;

  of(model: Model): Block[] {
    return [...(this.#of.get(model.uuid)?.values() ?? [])];
  }

  /** @throws RpcError for a type that is no block, or one that is on already */
  switchOn(model: Model, type: string, message: string): void {
    const known = typeOf(type);
    const blocks = this.#of.get(model.uuid) ?? new Map<BlockType, Block>();
    if (blocks.has(known)) throw new RpcError(`block ${known} is already ON`, 'already exists');
    blocks.set(known, {
      id: String(this.#made++),
      type: known,
      message: message.slice(0, MOST_TEXT),
    });
    this.#of.set(model.uuid, blocks);
  }

  /** @throws RpcError for a type that is no block, or one that is off already */
  switchOff(model: Model, type: string): void {
    const known = typeOf(type);
    if (!this.#of.get(model.uuid)?.delete(known)) {
      throw new RpcError(`block ${known} is already OFF`, 'not found');
    }
  }

  /** @throws RpcError with the operator's message when the operation is blocked */
  requireNone(model: Model, operation: Operation): void {
    for (const { type, message } of this.of(model)) {
      const stops: readonly string[] = STOPS[type];
      if (stops.includes(operation)) throw new RpcError(message, 'operation is blocked');
    }
  }
}

function typeOf(type: string): BlockType {
  if (Object.hasOwn(STOPS, type)) return type as BlockType;
  throw new RpcError(`unknown block type "${type.slice(0, 80)}"`, 'not valid');
}
