/** Any error of a handler as the RPC error that goes out; what is no refusal is a bug and stays one. */
import { ControllerRefusal } from '../core/refusal.ts';
import type { Host } from './facade.ts';
import { RpcError } from './rpc.ts';
import { wireRefusal } from './texts.ts';

/** The error on the wire, or undefined for an error that nobody foresaw. */
export function asRpcError(host: Host, error: unknown): RpcError | undefined {
  if (error instanceof RpcError) return error;
  if (error instanceof ControllerRefusal) {
    return wireRefusal(error, host.core.rules, host.text).error;
  }
  return undefined;
}

/**
 * Runs `one` for each item of a bulk call; a refusal becomes that item's `error`.
 */
export function bulk<T>(
  host: Host,
  items: readonly T[],
  one: (item: T) => object,
): { results: object[] } {
  const results = items.map((item) => {
    try {
      return one(item);
    } catch (error) {
      const rpc = asRpcError(host, error);
      if (!rpc) throw error;
      return { error: rpc.item() };
    }
  });
  return { results };
}
