/**
 * What a fleet knows of each agent, as one record of half a cache line in a single buffer. A
 * machine's next event comes when its line has long left the cache, so an event costs about as many
 * memory accesses as it touches lines: one here, where a typed array for each field would cost a
 * dozen (measured by `npm run bench`; facts/anchors 4.2 names the same limit). {@link AT} gives each
 * field's place in the view that fits its width.
 */

const BYTES = 32;

/** Multiply a machine's index with one of these to find its record in the view of that width. */
export const U8 = BYTES;
export const U16 = BYTES / 2;
export const I32 = BYTES / 4;
export const F64 = BYTES / 8;

/** Places within a record, counted in units of the field's own width. */
export const AT = {
  // u8
  state: 0,
  /** The effect under way. */
  effect: 1,
  flags: 2,
  /** The last input that told of a failure; 0 for none. */
  failure: 3,
  /** Failed attempts of the upgrade steps, and how many are going to fail. */
  attempts: 4,
  stepsFail: 5,
  /** How often a worker ended in an error without a minute of calm. */
  repeats: 6,
  /** Restarts into another version for the present target. */
  activations: 7,
  /** Versions as ids: run now, named by the link, asked for, steps done for, aimed at, last reported. */
  running: 8,
  link: 9,
  wanted: 10,
  upgradedTo: 11,
  aim: 12,
  reported: 13,
  /** What came of the download under way: 0, or a refusal without its sign. */
  download: 22,
  // u16
  marks: 7,
  /** How many times as long downloads take, in hundredths. */
  slow: 10,
  // i32
  /** Number of draws made, which tells a machine's draws apart. */
  drawn: 4,
  // f64
  /** When the worker that last ended in an error was started again. */
  workerUpMs: 3,
} as const;

/** Bits of the field `marks`. */
export const MARK = {
  /** The watcher fired while nobody was listening. */
  notified: 1,
  /** The bytes of the wanted version passed the digest check here. */
  verified: 2,
  dead: 4,
  diskFull: 8,
  crashDownloading: 16,
  crashUnpacking: 32,
  crashSwitching: 64,
  crashSteps: 128,
  controller: 256,
  wedged: 512,
} as const;

export class AgentRecords {
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  /** Keeps the compiler from dropping reads whose values nobody wants. */
  read = 0;

  /** Records for `count` machines, all zero. */
  constructor(count: number) {
    const buffer = new ArrayBuffer(count * BYTES);
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }

  /** Brings the records of timers that are due next into the cache. */
  readAhead(words: Int32Array, from: number, to: number, first: number): void {
    const { i32 } = this;
    let sum = 0;
    for (let at = from; at < to; at += 2) {
      const record = (words[at]! - first) * I32;
      if (record >= 0 && record < i32.length) sum ^= i32[record]!;
    }
    this.read = sum;
  }
}
