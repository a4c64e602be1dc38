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
const NEXT = 0;
const PREV = 1;
const SLOT = 2;
/** The event's time within its block of level 2; the block itself is known when it is spread. */
const WITHIN = 3;
const STRIDE = 4;

export class TimingWheel {
  /** Current virtual time in milliseconds. */
  nowMs = 0;
  /** Number of scheduled events. */
  size = 0;

  #head = new Int32Array(LEVELS * SLOTS).fill(NONE);
  #tail = new Int32Array(LEVELS * SLOTS).fill(NONE);
  #bits = new Int32Array(LEVELS * WORDS);
  /** For each event NEXT, PREV, SLOT and WITHIN side by side: one memory access for all. */
  #links: Int32Array;
  /** Where the present block of level 0 ends, and where that of level 2 begins. */
  #end0Ms = SLOTS;
  #block2Ms = 0;

  /** @param capacity how many event ids (0 to capacity - 1) exist; grows on demand. */
  constructor(capacity: number) {
    this.#links = new Int32Array(capacity * STRIDE).fill(NONE);
  }

  isScheduled(id: number): boolean {
    const at = id * STRIDE + SLOT;
    return at < this.#links.length && this.#links[at] !== NONE;
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
    if (
      atMs >= this.#block2Ms + LEVEL_SPAN_MS[2] &&
      Math.floor(atMs / HORIZON_MS) !== Math.floor(this.nowMs / HORIZON_MS)
    ) {
      throw new RangeError(`cannot schedule event ${id} at ${atMs} ms: beyond the wheel's horizon`);
    }
    if (id * STRIDE >= this.#links.length) this.#grow(id + 1);
    if (this.#links[id * STRIDE + SLOT] !== NONE)
      throw new RangeError(`event ${id} is already scheduled`);
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
      const slot0 = this.#nextOccupied(0, (this.nowMs - this.#end0Ms + SLOTS) | 0);
      if (slot0 !== NONE) {
        const id = this.#head[slot0]!;
        // In level 0 a slot is one millisecond, so it tells the time by itself.
        const atMs = this.#end0Ms - SLOTS + slot0;
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
    const withinMs = atMs - this.#block2Ms;
    let slot: number;
    let within: number;
    if (withinMs < LEVEL_SPAN_MS[2]) {
      within = withinMs | 0;
      slot = atMs < this.#end0Ms ? within & (SLOTS - 1) : SLOTS + (within >>> SLOT_BITS);
    } else {
      within = withinMs % LEVEL_SPAN_MS[2];
      slot = 2 * SLOTS + (Math.floor(atMs / LEVEL_SPAN_MS[2]) % SLOTS);
    }
    const tail = this.#tail[slot]!;
    const links = this.#links;
    links[id * STRIDE + NEXT] = NONE;
    links[id * STRIDE + PREV] = tail;
    links[id * STRIDE + SLOT] = slot;
    links[id * STRIDE + WITHIN] = within;
    if (tail === NONE) this.#head[slot] = id;
    else links[tail * STRIDE + NEXT] = id;
    this.#tail[slot] = id;
    // Slots and bits are numbered alike through all levels.
    this.#bits[slot >>> 5]! |= 1 << (slot & 31);
  }

  #unlink(id: number): void {
    const links = this.#links;
    const slot = links[id * STRIDE + SLOT]!;
    const next = links[id * STRIDE + NEXT]!;
    const prev = links[id * STRIDE + PREV]!;
    if (prev === NONE) this.#head[slot] = next;
    else links[prev * STRIDE + NEXT] = next;
    if (next === NONE) this.#tail[slot] = prev;
    else links[next * STRIDE + PREV] = prev;
    links[id * STRIDE + SLOT] = NONE;
    if (prev === NONE && next === NONE) {
      this.#bits[slot >>> 5]! &= ~(1 << (slot & 31));
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
      this.#moveTo(Math.max(this.nowMs, blockStart));
      this.#spread(slot);
      return true;
    }
    return false;
  }

  /** Places the events of a slot anew; the present is in their block of level 2. */
  #spread(slot: number): void {
    let id = this.#head[slot]!;
    while (id !== NONE) {
      const next = this.#links[id * STRIDE + NEXT]!;
      const atMs = this.#block2Ms + this.#links[id * STRIDE + WITHIN]!;
      this.#unlink(id);
      this.#place(id, atMs);
      id = next;
    }
  }

  /** Moves the time without an event; blocks that begin meanwhile are spread as they are entered. */
  #advanceTo(ms: number): void {
    this.#moveTo(ms);
    for (let level = LEVELS - 1; level > 0; level--) {
      const slot = level * SLOTS + (Math.floor(ms / LEVEL_SPAN_MS[level]!) % SLOTS);
      if (this.#head[slot] !== NONE) this.#spread(slot);
    }
  }

  #moveTo(ms: number): void {
    this.nowMs = ms;
    if (ms < this.#end0Ms) return;
    this.#end0Ms = (Math.floor(ms / SLOTS) + 1) * SLOTS;
    this.#block2Ms = Math.floor(ms / LEVEL_SPAN_MS[2]) * LEVEL_SPAN_MS[2];
  }

  #grow(atLeast: number): void {
    const capacity = Math.max(atLeast, (this.#links.length / STRIDE) * 2, 64);
    const links = new Int32Array(capacity * STRIDE).fill(NONE);
    links.set(this.#links);
    this.#links = links;
  }
}
