/**
 * The trace: what happened, in order, one line an event, and a rolling hash over it. Two runs are
 * the same run if and only if their hashes are equal. Numbers go in on the fast path (no text is
 * made unless somebody listens), so that a fleet of a million can be traced.
 */
import { hashText, mix32 } from './hash.ts';

/** One kind of event: a name, and how its three numbers read. */
export interface TraceKind {
  readonly name: string;
  readonly nameHash: number;
  readonly render: (entity: number, a: number, b: number) => string;
}

/** Defines a kind of trace event. `render` turns its numbers into the rest of the line. */
export function traceKind(name: string, render: TraceKind['render'] = plain): TraceKind {
  return { name, nameHash: hashText(name), render };
}

function plain(entity: number, a: number, b: number): string {
  return `${entity} ${a} ${b}`;
}

export class Trace {
  /** Number of events so far. */
  events = 0;
  #low = 0x243f6a88;
  #high = 0x13198a2e;
  #sink: ((line: string) => void) | undefined;
  #checkpointMinute = 0;
  #minuteEndMs = 60_000;
  /** The hash at the end of each virtual minute that saw an event: where two runs part is bisected. */
  readonly checkpoints: { minute: number; hash: string }[] = [];

  /** @param sink gets each event as one readable line; without it no text is made. */
  constructor(sink?: (line: string) => void) {
    this.#sink = sink;
  }

  /** Records an event made of numbers: virtual milliseconds, kind, entity and two values. */
  emit(atMs: number, kind: TraceKind, entity: number, a = 0, b = 0): void {
    this.#minute(atMs);
    this.#add(atMs, kind.nameHash, entity);
    this.#add(a, b, this.events);
    this.events++;
    this.#sink?.(`${seconds(atMs)} ${kind.name} ${kind.render(entity, a, b)}`);
  }

  /** Records an event made of text; `fields` must hold no secret. Rare events only. */
  say(
    atMs: number,
    name: string,
    fields: Readonly<Record<string, string | number | boolean>>,
  ): void {
    const text = Object.entries(fields)
      .map(([key, value]) => `${key}=${value}`)
      .join(' ');
    this.#minute(atMs);
    this.#add(atMs, hashText(name), hashText(text));
    this.events++;
    this.#sink?.(`${seconds(atMs)} ${name} ${text}`);
  }

  /** 16 hexadecimal digits over everything recorded so far. */
  get hash(): string {
    return hex(this.#low) + hex(this.#high);
  }

  #add(x: number, y: number, z: number): void {
    this.#low = mix32(this.#low ^ x, y + z);
    this.#high = mix32(this.#high + z, this.#low ^ y);
  }

  #minute(atMs: number): void {
    if (atMs < this.#minuteEndMs) return;
    this.checkpoints.push({ minute: this.#checkpointMinute, hash: this.hash });
    this.#checkpointMinute = Math.floor(atMs / 60_000);
    this.#minuteEndMs = (this.#checkpointMinute + 1) * 60_000;
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)}s`;
}

function hex(n: number): string {
  return (n >>> 0).toString(16).padStart(8, '0');
}
