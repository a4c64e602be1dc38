/**
 * The RPC envelope of Juju's API: one JSON object a text frame (facts/juju-api 1.3). Keys are matched
 * case-blind on the way in (golden rule G5); on the way out a success has no `error` key at all and
 * a failure has `error`, `error-code`, `error-info` where there is one, and an empty `response` (G1, G2).
 */

/** A request as understood; `params` is still raw. */
export interface RpcRequest {
  readonly requestId: number;
  readonly facade: string;
  readonly version: number;
  readonly id: string;
  readonly method: string;
  readonly params: unknown;
}

/** A reply as it goes out. */
export interface RpcReply {
  readonly 'request-id': number;
  readonly response?: unknown;
  readonly error?: string;
  readonly 'error-code'?: string;
  readonly 'error-info'?: Readonly<Record<string, unknown>>;
}

/** An error with a code, as a top-level reply or as an item of a result. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: string;
  readonly info: Readonly<Record<string, unknown>> | undefined;

  constructor(message: string, code = '', info?: Readonly<Record<string, unknown>>) {
    super(message);
    this.code = code;
    this.info = info;
  }

  /** The error as an item of a result (facts/juju-api 1.5). */
  item(): { message: string; code: string; info?: Readonly<Record<string, unknown>> } {
    const { message, code, info } = this;
    return info ? { message, code, info } : { message, code };
  }
}

export function successReply(requestId: number, response: unknown): RpcReply {
  return { 'request-id': requestId, response: response ?? {} };
}

export function errorReply(requestId: number, error: RpcError): RpcReply {
  const { message, code, info } = error;
  const failed = { 'request-id': requestId, error: message, 'error-code': code, response: {} };
  return info ? { ...failed, 'error-info': info } : failed;
}

/**
 * Reads one frame. Undefined for everything on which the real server closes the connection: no
 * JSON, no object, fields of other types, or no positive request id (the framing of old clients).
 */
export function parseRequest(frame: string): RpcRequest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const fields = new Map(Object.entries(value).map(([key, field]) => [key.toLowerCase(), field]));
  const requestId = fields.get('request-id');
  const version = fields.get('version') ?? 0;
  const facade = fields.get('type') ?? '';
  const id = fields.get('id') ?? '';
  const method = fields.get('request') ?? '';
  if (!isCount(requestId) || requestId === 0 || !Number.isSafeInteger(version)) return undefined;
  if (typeof facade !== 'string' || typeof id !== 'string' || typeof method !== 'string') {
    return undefined;
  }
  return {
    requestId,
    facade,
    version: version as number,
    id,
    method,
    params: fields.get('params'),
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
