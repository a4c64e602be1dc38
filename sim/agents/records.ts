/**
 * What a fleet knows of each agent, as one record of one cache line in a single buffer. A machine's
 * next event comes when its line has long left the cache, so an event costs about as many memory
 * accesses as it touches lines: one here, where a typed array for each field would cost a dozen
 * (measured by `npm run bench`; facts/anchors 4.2 names the same limit). {@link AT} gives each
 * field's place in the view that fits its width.
 */

const BYTES = 64;

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
  // u16 (from byte 8)
  marks: 4,
  /** Versions as ids: run now, named by the link, asked for, steps done for, aimed at, last reported. */
  running: 5,
  link: 6,
  wanted: 7,
  upgradedTo: 8,
  aim: 9,
  reported: 10,
  // i32 (from byte 24)
  /** Number of draws made, which tells a machine's draws apart. */
  drawn: 6,
  /** Outcome of the download under way. */
  download: 7,
  // f64 (from byte 32)
  /** When the worker that last ended in an error was started again. */
  workerUpMs: 4,
  /** Downloads take so many times as long. */
  slow: 5,
} as const;

export class AgentRecords {
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
  readonly f64: Float64Array;

  /** Records for `count` machines, all zero. */
  constructor(count: number) {
    const buffer = new ArrayBuffer(count * BYTES);
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }
}
