import { describe, expect, it } from 'vitest';
import { Trace, traceKind } from './trace.ts';

const KIND = traceKind('moved', (entity, a, b) => `${entity} from ${a} to ${b}`);
const OTHER = traceKind('stopped');

function hashOf(fill: (trace: Trace) => void): string {
  const trace = new Trace();
  fill(trace);
  return trace.hash;
}

describe('the trace', () => {
  it('hashes every part of an event and their order', () => {
    const one = (t: Trace) => t.emit(5, KIND, 1, 2, 3);
    const hashes = [
      hashOf(() => {}),
      hashOf(one),
      hashOf((t) => t.emit(6, KIND, 1, 2, 3)),
      hashOf((t) => t.emit(5, OTHER, 1, 2, 3)),
      hashOf((t) => t.emit(5, KIND, 2, 2, 3)),
      hashOf((t) => t.emit(5, KIND, 1, 3, 3)),
      hashOf((t) => t.emit(5, KIND, 1, 2, 4)),
      hashOf((t) => t.say(5, 'moved', { who: 1 })),
      hashOf((t) => t.say(5, 'moved', { who: 2 })),
      hashOf((t) => {
        one(t);
        t.emit(5, OTHER, 1);
      }),
      hashOf((t) => {
        t.emit(5, OTHER, 1);
        one(t);
      }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hashOf(one)).toBe(hashes[1]);
    expect(hashes[1]).toMatch(/^[0-9a-f]{16}$/);
  });

  it('hashes the same with and without a reader', () => {
    const lines: string[] = [];
    const read = new Trace((line) => lines.push(line));
    const unread = new Trace();
    for (const trace of [read, unread]) {
      trace.emit(1_234, KIND, 7, 1, 2);
      trace.say(2_000, 'upgrade', { model: 'default', to: '1.25.2' });
    }
    expect(read.hash).toBe(unread.hash);
    expect(lines).toEqual(['1.234s moved 7 from 1 to 2', '2.000s upgrade model=default to=1.25.2']);
    expect(unread.events).toBe(2);
  });

  it('keeps the hash of each virtual minute, so that two runs can be bisected', () => {
    const run = (late: number) => {
      const trace = new Trace();
      trace.emit(1_000, KIND, 1);
      trace.emit(61_000, KIND, 1);
      trace.emit(130_000, KIND, late);
      trace.emit(200_000, KIND, 1);
      return trace.checkpoints;
    };
    const [a, b] = [run(1), run(2)];
    expect(a.map((checkpoint) => checkpoint.minute)).toEqual([0, 1, 2]);
    expect(a.map((checkpoint, i) => checkpoint.hash === b[i]!.hash)).toEqual([true, true, false]);
  });
});
