/**
 * The trace: what happened, in order, one line an event, and a rolling hash over it. Two runs are
 * the same run if and only if their hashes are equal. Numbers go in on the fast path (no text is
 * made unless somebody listens), so that a fleet of a million can be traced.
 */
import { hashText } from './hash.ts';

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
  private low = 0x243f6a88;
  private high = 0x13198a2e;
  private sink: ((line: string) => void) | undefined;
  private checkpointMinute = 0;
  private minuteEndMs = 60_000;
  /** The hash at the end of each virtual minute that saw an event: where two runs part is bisected. */
  readonly checkpoints: { minute: number; hash: string }[] = [];

  /** @param sink gets each event as one readable line; without it no text is made. */
  constructor(sink?: (line: string) => void) {
    this.sink = sink;
  }

  /** Records an event made of numbers: virtual milliseconds, kind, entity and two values. */
  emit(atMs: number, kind: TraceKind, entity: number, a = 0, b = 0): void {
    this.minute(atMs);
    this.add(atMs, entity, a, b ^ kind.nameHash);
    this.sink?.(`${seconds(atMs)} ${kind.name} ${kind.render(entity, a, b)}`);
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
    this.minute(atMs);
    this.add(atMs, hashText(name), hashText(text), 0);
    this.sink?.(`${seconds(atMs)} ${name} ${text}`);
  }

  /** 16 hexadecimal digits over everything recorded so far. */
  get hash(): string {
    return hex(this.low) + hex(this.high);
  }

  /**
   * Two independent halves. Each multiplies the event's numbers by odd constants, so that no single
   * one can change unnoticed, and only then mixes them into what came before: the less of the work
   * waits for the event before, the less a traced event costs.
   */
  private add(w: number, x: number, y: number, z: number): void {
    const { imul } = Math;
    const low =
      (imul(w, 0x85ebca6b) + imul(x, 0xc2b2ae35) + imul(y, 0x27d4eb2f) + imul(z, 0x165667b1)) | 0;
    const high =
      (imul(w, 0x9e3779b1) + imul(x, 0x846ca68b) + imul(y, 0x7feb352d) + imul(z, 0xcc9e2d51)) | 0;
    const l = imul(this.low ^ low, 0x1b873593);
    const h = imul(this.high ^ high, 0xe6546b65);
    this.low = l ^ (l >>> 15);
    this.high = h ^ (h >>> 16);
    this.events++;
  }

  private minute(atMs: number): void {
    if (atMs < this.minuteEndMs) return;
    this.checkpoints.push({ minute: this.checkpointMinute, hash: this.hash });
    this.checkpointMinute = Math.floor(atMs / 60_000);
    this.minuteEndMs = (this.checkpointMinute + 1) * 60_000;
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)}s`;
}

function hex(n: number): string {
  return (n >>> 0).toString(16).padStart(8, '0');
}
