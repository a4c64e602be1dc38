/**
 * The controller's own settings (`juju controller-config`). The two of the login limit are acted on
 * (facts/juju-api 2.2); the others are kept and shown. What a controller was made with cannot change.
 */
import type { ControllerCore } from '../core/controller.ts';
import { RpcError } from './rpc.ts';

/** Settings that `ConfigSet` takes; upstream has more, all of them of parts that are not here. */
const SETTABLE: Readonly<Record<string, 'number' | 'string' | 'boolean' | 'duration'>> = {
  'agent-ratelimit-max': 'number',
  'agent-ratelimit-rate': 'duration',
  'audit-log-capture-args': 'boolean',
  'audit-log-max-backups': 'number',
  'audit-log-max-size': 'string',
  'auditing-enabled': 'boolean',
  'controller-name': 'string',
  'juju-ha-space': 'string',
  'juju-mgmt-space': 'string',
  'max-debug-log-duration': 'duration',
  'model-logfile-max-backups': 'number',
  'model-logfile-max-size': 'string',
};

/** Nanoseconds per unit of a Go duration. */
const UNITS = { h: 3.6e12, m: 6e10, s: 1e9, ms: 1e6, us: 1e3, ns: 1 } as const;

export class ControllerConfig {
  readonly #own = new Map<string, unknown>([
    ['controller-name', 'maasquerade'],
    ['agent-ratelimit-max', 0],
    ['agent-ratelimit-rate', 250e6],
  ]);

  all(host: { core: ControllerCore; caCert: string; port: number }): Record<string, unknown> {
    return {
      ...Object.fromEntries([...this.#own].map(([key, value]) => [key, shown(key, value)])),
      'controller-uuid': host.core.uuid,
      'ca-cert': host.caCert,
      'api-port': host.port,
    };
  }

  /** How many agents may log in at once, and after how many milliseconds one more; 0 is no limit. */
  loginLimit(): { most: number; everyMs: number } {
    return {
      most: this.#own.get('agent-ratelimit-max') as number,
      everyMs: (this.#own.get('agent-ratelimit-rate') as number) / 1e6,
    };
  }

  /** @throws RpcError for a setting that cannot be set, or not to that; nothing has changed then */
  set(config: Readonly<Record<string, unknown>>): void {
    const read = Object.entries(config).map(
      ([key, value]) => [key, readSetting(key, value)] as const,
    );
    for (const [key, value] of read) this.#own.set(key, value);
  }
}

/** Durations are texts on the wire, in Go's form. */
function shown(key: string, value: unknown): unknown {
  if (SETTABLE[key] !== 'duration') return value;
  const ms = (value as number) / UNITS.ms;
  return ms !== 0 && ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}

function readSetting(key: string, value: unknown): unknown {
  const type = Object.hasOwn(SETTABLE, key) ? SETTABLE[key] : undefined;
  if (!type) throw new RpcError(`can not change "${key.slice(0, 80)}" after bootstrap`);
  const bad = new RpcError(`${key}: expected ${type}, got ${JSON.stringify(value)?.slice(0, 80)}`);
  if (type === 'duration') {
    const read = typeof value === 'number' ? value : duration(String(value));
    if (!(read >= 0)) throw bad;
    return read;
  }
  if (type === 'number') {
    const read = typeof value === 'string' && value !== '' ? Number(value) : value;
    if (!Number.isSafeInteger(read) || (read as number) < 0) throw bad;
    return read;
  }
  const read = type === 'boolean' && typeof value === 'string' ? value === 'true' : value;
  if (typeof read !== type || String(read).length > 1_000) throw bad;
  return read;
}

/** Nanoseconds of a Go duration such as `1m30s`; NaN for anything else. */
function duration(text: string): number {
  if (!/^(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|ns)){1,6}$/.test(text)) return Number.NaN;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|ns)/g)) {
    total += Number(count) * UNITS[unit as keyof typeof UNITS];
  }
  return total;
}
