/**
 * A hierarchical timing wheel over integer event ids: three levels of 2,048 one-millisecond slots
 * (99 virtual days), intrusive doubly linked lists on typed arrays, an occupancy bitmap per level.
 *
 * Order is total without a sequence number: by millisecond, and first-in-first-out within one.
 * That holds because an event is placed by the block its time falls in, never by its distance, so
 * an event that cascades down arrives before any event that is put straight into the lower level.
 */
const SLOT_BITS = 11;
const SLOTS = 1 << SLOT_BITS;
const LEVELS = 3;
const WORDS = SLOTS / 32;
const LEVEL_SPAN_MS = [1, SLOTS, SLOTS * SLOTS] as const;

/** How far ahead of the present an event may be scheduled, in milliseconds (99 days). */
export const HORIZON_MS = SLOTS * SLOTS * SLOTS;

const NONE = -1;

export class TimingWheel {
  /** Current virtual time in milliseconds. */
  nowMs = 0;
  /** Number of scheduled events. */
  size = 0;

  #head = new Int32Array(LEVELS * SLOTS).fill(NONE);
  #tail = new Int32Array(LEVELS * SLOTS).fill(NONE);
  #bits = new Int32Array(LEVELS * WORDS);
  #next: Int32Array;
  #prev: Int32Array;
  #slotOf: Int32Array;
  #atMs: Float64Array;

  /** @param capacity how many event ids (0 to capacity - 1) exist; grows on demand. */
  constructor(capacity: number) {
    this.#next = new Int32Array(capacity).fill(NONE);
    this.#prev = new Int32Array(capacity).fill(NONE);
    this.#slotOf = new Int32Array(capacity).fill(NONE);
    this.#atMs = new Float64Array(capacity);
  }

  isScheduled(id: number): boolean {
    return id < this.#slotOf.length && this.#slotOf[id] !== NONE;
  }

  /**
   * Schedules event `id` at `atMs` (a whole number of milliseconds, not in the past).
   * @throws RangeError if the time is past, fractional, beyond {@link HORIZON_MS}, or the id is
   *   already scheduled.
   */
  schedule(id: number, atMs: number): void {
    if (!Number.isSafeInteger(atMs) || atMs < this.nowMs) {
      throw new RangeError(`cannot schedule event ${id} at ${atMs} ms: now is ${this.nowMs} ms`);
    }
    if (Math.floor(atMs / HORIZON_MS) !== Math.floor(this.nowMs / HORIZON_MS)) {
      throw new RangeError(`cannot schedule event ${id} at ${atMs} ms: beyond the wheel's horizon`);
    }
    if (id >= this.#next.length) this.#grow(id + 1);
    if (this.#slotOf[id] !== NONE) throw new RangeError(`event ${id} is already scheduled`);
    this.#atMs[id] = atMs;
    this.#place(id, atMs);
    this.size++;
  }

  /** Removes event `id`; returns whether it was scheduled. */
  cancel(id: number): boolean {
    if (!this.isScheduled(id)) return false;
    this.#unlink(id);
    this.size--;
    return true;
  }

  /**
   * Takes the earliest event not later than `limitMs` and moves {@link nowMs} to its time.
   * Returns -1 when there is none; then the time moves to `limitMs` if that is finite.
   */
  pop(limitMs = Number.POSITIVE_INFINITY): number {
    while (this.size > 0) {
      const slot0 = this.#nextOccupied(0, this.nowMs % SLOTS);
      if (slot0 !== NONE) {
        const id = this.#head[slot0]!;
        const atMs = this.#atMs[id]!;
        if (atMs > limitMs) break;
        this.nowMs = atMs;
        this.#unlink(id);
        this.size--;
        return id;
      }
      if (!this.#cascade(limitMs)) break;
    }
    if (Number.isFinite(limitMs) && limitMs > this.nowMs) this.#advanceTo(limitMs);
    return NONE;
  }

  #place(id: number, atMs: number): void {
    let level = 0;
    while (
      level < LEVELS - 1 &&
      Math.floor(atMs / LEVEL_SPAN_MS[level + 1]!) !==
        Math.floor(this.nowMs / LEVEL_SPAN_MS[level + 1]!)
    ) {
      level++;
    }
    const index = Math.floor(atMs / LEVEL_SPAN_MS[level]!) % SLOTS;
    const slot = level * SLOTS + index;
    const tail = this.#tail[slot]!;
    this.#next[id] = NONE;
    this.#prev[id] = tail;
    if (tail === NONE) this.#head[slot] = id;
    else this.#next[tail] = id;
    this.#tail[slot] = id;
    this.#slotOf[id] = slot;
    this.#bits[level * WORDS + (index >>> 5)]! |= 1 << (index & 31);
  }

  #unlink(id: number): void {
    const slot = this.#slotOf[id]!;
    const next = this.#next[id]!;
    const prev = this.#prev[id]!;
    if (prev === NONE) this.#head[slot] = next;
    else this.#next[prev] = next;
    if (next === NONE) this.#tail[slot] = prev;
    else this.#prev[next] = prev;
    this.#slotOf[id] = NONE;
    if (this.#head[slot] === NONE) {
      const level = slot >>> SLOT_BITS;
      const index = slot & (SLOTS - 1);
      this.#bits[level * WORDS + (index >>> 5)]! &= ~(1 << (index & 31));
    }
  }

  /** The first occupied slot of `level` at or after `from`, as an absolute slot number. */
  #nextOccupied(level: number, from: number): number {
    const base = level * WORDS;
    let word = from >>> 5;
    let bits = this.#bits[base + word]! & (-1 << (from & 31));
    while (true) {
      if (bits !== 0) {
        return level * SLOTS + (word << 5) + (31 - Math.clz32(bits & -bits));
      }
      if (++word >= WORDS) return NONE;
      bits = this.#bits[base + word]!;
    }
  }

  /** Moves the time to the next occupied block of a higher level and spreads that block downwards. */
  #cascade(limitMs: number): boolean {
    for (let level = 1; level < LEVELS; level++) {
      const span = LEVEL_SPAN_MS[level]!;
      const current = Math.floor(this.nowMs / span) % SLOTS;
      const slot = this.#nextOccupied(level, current);
      if (slot === NONE) continue;
      const blockStart = (Math.floor(this.nowMs / span) - current + (slot & (SLOTS - 1))) * span;
      if (blockStart > limitMs) return false;
      this.nowMs = Math.max(this.nowMs, blockStart);
      this.#spread(slot);
      return true;
    }
    return false;
  }

  #spread(slot: number): void {
    let id = this.#head[slot]!;
    while (id !== NONE) {
      const next = this.#next[id]!;
      this.#unlink(id);
      this.#place(id, this.#atMs[id]!);
      id = next;
    }
  }

  /** Moves the time without an event; blocks that begin meanwhile are spread as they are entered. */
  #advanceTo(ms: number): void {
    this.nowMs = ms;
    for (let level = LEVELS - 1; level > 0; level--) {
      const slot = level * SLOTS + (Math.floor(ms / LEVEL_SPAN_MS[level]!) % SLOTS);
      if (this.#head[slot] !== NONE) this.#spread(slot);
    }
  }

  #grow(atLeast: number): void {
    const capacity = Math.max(atLeast, this.#next.length * 2, 64);
    const grow = (old: Int32Array) => {
      const grown = new Int32Array(capacity).fill(NONE);
      grown.set(old);
      return grown;
    };
    this.#next = grow(this.#next);
    this.#prev = grow(this.#prev);
    this.#slotOf = grow(this.#slotOf);
    const at = new Float64Array(capacity);
    at.set(this.#atMs);
    this.#atMs = at;
  }
}
