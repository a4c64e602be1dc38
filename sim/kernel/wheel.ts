/**
 * A hierarchical timing wheel over integer event ids: three levels of 2,048 slots (99 virtual
 * days), one millisecond wide in the lowest, and an occupancy bitmap per level. A slot is a chain
 * of small pages with ids in order of arrival: what is due next stands side by side and can be read
 * ahead ({@link TimingWheel.ahead}), which a list that is linked through the events forbids. At a
 * fleet's size waiting for memory is most of an event's cost (facts/anchors 4.2, `npm run bench`).
 *
 * Order is total without a sequence number: by millisecond, and first-in-first-out within one.
 * That holds because an event is placed by the block its time falls in, never by its distance, so
 * an event that cascades down arrives before any event that is put straight into the lower level.
 *
 * Here and wherever an event passes, `private` stands for `#`: the engine checks `#` methods at each
 * call, which is a tenth of a fleet's time.
 */
const SLOT_BITS = 11;
const SLOTS = 1 << SLOT_BITS;
const LEVELS = 3;
const WORDS = SLOTS / 32;
const LEVEL_SPAN_MS = [1, SLOTS, SLOTS * SLOTS] as const;

/** How far ahead of the present an event may be scheduled, in milliseconds (99 days). */
export const HORIZON_MS = SLOTS * SLOTS * SLOTS;

const NONE = -1;

/** Words of a page: the start of the next page, one unused, then entries of an id and its time. */
const PAGE = 64;
const IN_PAGE = PAGE - 1;
const HEAD = 2;
/** An entry is an id (NONE when it was cancelled) and its time within its block of level 2. */
const ENTRY = 2;
/** Cancelled entries are left where they are until there are so many more of them than others. */
const MOST_CANCELLED = 4_096;

export class TimingWheel {
  /** Current virtual time in milliseconds. */
  nowMs = 0;
  /** Number of scheduled events. */
  size = 0;
  /** What was read ahead; kept, so that no compiler drops reads whose values nobody wants. */
  read = 0;
  /**
   * Called with the entries that are about to be taken: every second word of `words` from `from`
   * to `to` (exclusive) is an id, or -1. Whoever keeps data of these events may read it here, all
   * at once, so that the waits for memory overlap.
   */
  ahead: ((words: Int32Array, from: number, to: number) => void) | undefined;

  /** All pages; the first one serves nobody, so that 0 can mean none. */
  private pages = new Int32Array(64 * PAGE);
  private used = PAGE;
  private free = 0;
  /** For each slot its first page, and where the next entry goes (0 when it is empty). */
  private first = new Int32Array(LEVELS * SLOTS);
  private end = new Int32Array(LEVELS * SLOTS);
  private bits = new Int32Array(LEVELS * WORDS);
  /** Where each event's entry is, 0 when it is not scheduled. */
  private where: Int32Array;
  private cancelled = 0;
  /** The slot of level 0 that is being emptied, and how far; {@link NONE} and 0 between slots. */
  private open = NONE;
  private cursor = 0;
  /** Where the present block of level 2 begins; times within it are small integers. */
  private block2Ms = 0;
  private now = 0;
  /** Where the present block of level 0 ends. */
  private end0 = SLOTS;

  /** @param capacity how many event ids (0 to capacity - 1) exist; grows on demand. */
  constructor(capacity: number) {
    this.where = new Int32Array(capacity);
  }

  isScheduled(id: number): boolean {
    return id < this.where.length && this.where[id] !== 0;
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
    const within = atMs - this.block2Ms;
    if (within < LEVEL_SPAN_MS[2]) {
      this.place(id, within | 0);
      return;
    }
    if (Math.floor(atMs / HORIZON_MS) !== Math.floor(this.nowMs / HORIZON_MS)) {
      throw new RangeError(`cannot schedule event ${id} at ${atMs} ms: beyond the wheel's horizon`);
    }
    this.enter(id);
    const slot = 2 * SLOTS + (Math.floor(atMs / LEVEL_SPAN_MS[2]) % SLOTS);
    this.append(slot, id, within % LEVEL_SPAN_MS[2]);
  }

  /** As {@link schedule}, `delayMs` from now. */
  scheduleIn(id: number, delayMs: number): void {
    const within = this.now + delayMs;
    // The short way for nearly every event: no arithmetic but on small integers.
    if (
      delayMs >= 0 &&
      within < LEVEL_SPAN_MS[2] &&
      within === (within | 0) &&
      this.where[id] === 0
    ) {
      this.size++;
      this.append(this.slotOf(within), id, within);
    } else {
      this.schedule(id, this.nowMs + delayMs);
    }
  }

  /** Removes event `id`; returns whether it was scheduled. */
  cancel(id: number): boolean {
    if (!this.isScheduled(id)) return false;
    this.pages[this.where[id]!] = NONE;
    this.where[id] = 0;
    this.size--;
    if (++this.cancelled > this.size + MOST_CANCELLED) this.sweep();
    return true;
  }

  /**
   * Takes the earliest event not later than `limitMs` and moves {@link nowMs} to its time.
   * Returns -1 when there is none; then the time moves to `limitMs` if that is finite.
   */
  pop(limitMs = Number.POSITIVE_INFINITY): number {
    while (this.size > 0) {
      if (this.open !== NONE) {
        if (this.nowMs > limitMs) break;
        const id = this.take();
        if (id !== NONE) return id;
      }
      const slot = this.nextOccupied(0, this.now - this.end0 + SLOTS);
      if (slot !== NONE) {
        // In level 0 a slot is one millisecond, so it tells the time by itself.
        const within = this.end0 - SLOTS + slot;
        const atMs = this.block2Ms + within;
        if (atMs > limitMs) break;
        this.nowMs = atMs;
        this.now = within;
        this.openSlot(slot);
      } else if (!this.cascade(limitMs)) break;
    }
    if (Number.isFinite(limitMs) && limitMs > this.nowMs) this.advanceTo(limitMs);
    return NONE;
  }

  /** The next entry of the open slot; without one it closes the slot and returns {@link NONE}. */
  private take(): number {
    const end = this.end[this.open]!;
    let cursor = this.cursor;
    while (cursor !== end) {
      if ((cursor & IN_PAGE) === 0) cursor = this.turnPage(cursor - PAGE, end);
      const id = this.pages[cursor]!;
      cursor += ENTRY;
      if (id === NONE) {
        this.cancelled--;
        continue;
      }
      this.cursor = cursor;
      this.where[id] = 0;
      this.size--;
      return id;
    }
    this.close();
    return NONE;
  }

  private openSlot(slot: number): void {
    this.open = slot;
    this.cursor = this.first[slot]! + HEAD;
    this.lookAhead(this.cursor, this.end[slot]!);
  }

  /** Frees a page that was read to its end; returns where the next one's entries begin. */
  private turnPage(page: number, end: number): number {
    const cursor = this.pages[page]! + HEAD;
    this.first[this.open] = cursor - HEAD;
    this.release(page);
    this.lookAhead(cursor, end);
    return cursor;
  }

  private lookAhead(from: number, slotEnd: number): void {
    const pageEnd = (from | IN_PAGE) + 1;
    const to = slotEnd > from && slotEnd < pageEnd ? slotEnd : pageEnd;
    const pages = this.pages;
    const where = this.where;
    let sum = 0;
    for (let at = from; at < to; at += ENTRY) {
      const id = pages[at]!;
      if (id >= 0) sum ^= where[id]!;
    }
    this.read = sum;
    this.ahead?.(pages, from, to);
  }

  private close(): void {
    const slot = this.open;
    this.release(this.first[slot]!);
    this.clear(slot);
    this.open = NONE;
  }

  /** An id about to be placed: not scheduled yet, and within the wheel's memory. */
  private enter(id: number): void {
    if (id >= this.where.length) this.growIds(id + 1);
    if (this.where[id] !== 0) throw new RangeError(`event ${id} is already scheduled`);
    this.size++;
  }

  private place(id: number, within: number): void {
    this.enter(id);
    this.append(this.slotOf(within), id, within);
  }

  /** The slot of a time in the present block of level 2. */
  private slotOf(within: number): number {
    // Without a branch, since a processor would guess wrong at random: far is -1 or 0.
    const far = (this.end0 - 1 - within) >> 31;
    return (within & (SLOTS - 1) & ~far) | ((SLOTS + (within >>> SLOT_BITS)) & far);
  }

  private append(slot: number, id: number, within: number): void {
    let at = this.end[slot]!;
    if ((at & IN_PAGE) === 0) at = this.addPage(slot, at);
    const pages = this.pages;
    pages[at] = id;
    pages[at + 1] = within;
    this.where[id] = at;
    this.end[slot] = at + ENTRY;
  }

  /** Gives a slot a page more; returns where its entries begin. */
  private addPage(slot: number, end: number): number {
    const page = this.newPage();
    if (end === 0) {
      this.first[slot] = page;
      // Slots and bits are numbered alike through all levels.
      this.bits[slot >>> 5]! |= 1 << (slot & 31);
    } else {
      this.pages[end - PAGE] = page;
    }
    return page + HEAD;
  }

  private newPage(): number {
    const page = this.free;
    if (page !== 0) {
      this.free = this.pages[page]!;
      return page;
    }
    if (this.used === this.pages.length) this.growPages();
    this.used += PAGE;
    return this.used - PAGE;
  }

  private release(page: number): void {
    this.pages[page] = this.free;
    this.free = page;
  }

  private clear(slot: number): void {
    this.end[slot] = 0;
    this.bits[slot >>> 5]! &= ~(1 << (slot & 31));
  }

  /** The first occupied slot of `level` at or after `from`, as an absolute slot number. */
  private nextOccupied(level: number, from: number): number {
    const base = level * WORDS;
    let word = from >>> 5;
    let bits = this.bits[base + word]! & (-1 << (from & 31));
    while (true) {
      if (bits !== 0) {
        return level * SLOTS + (word << 5) + (31 - Math.clz32(bits & -bits));
      }
      if (++word >= WORDS) return NONE;
      bits = this.bits[base + word]!;
    }
  }

  /** Moves the time to the next occupied block of a higher level and spreads that block downwards. */
  private cascade(limitMs: number): boolean {
    for (let level = 1; level < LEVELS; level++) {
      const span = LEVEL_SPAN_MS[level]!;
      const current = Math.floor(this.nowMs / span) % SLOTS;
      const slot = this.nextOccupied(level, current);
      if (slot === NONE) continue;
      const blockStart = (Math.floor(this.nowMs / span) - current + (slot & (SLOTS - 1))) * span;
      if (blockStart > limitMs) return false;
      this.moveTo(Math.max(this.nowMs, blockStart));
      this.empty(slot, false);
      return true;
    }
    return false;
  }

  /**
   * Takes all entries out of a slot and places them anew, in order and without the cancelled ones:
   * into the same slot, or where their time belongs now that the present is in their block.
   */
  private empty(slot: number, same: boolean): void {
    let at = slot === this.open ? this.cursor : this.first[slot]! + HEAD;
    const end = this.end[slot]!;
    this.clear(slot);
    while (at !== end) {
      if ((at & IN_PAGE) === 0) {
        const page = at - PAGE;
        at = this.pages[page]! + HEAD;
        this.release(page);
      }
      const id = this.pages[at]!;
      const within = this.pages[at + 1]!;
      at += ENTRY;
      if (id === NONE) this.cancelled--;
      else this.append(same ? slot : this.slotOf(within), id, within);
    }
    this.release((at - 1) & ~IN_PAGE);
  }

  /** Drops the cancelled entries of all slots, so that timers set and cancelled take no room. */
  private sweep(): void {
    for (let slot = 0; slot < LEVELS * SLOTS; slot++) {
      if (this.end[slot] !== 0) this.empty(slot, true);
    }
    if (this.open === NONE) return;
    if (this.end[this.open] === 0) this.open = NONE;
    else this.cursor = this.first[this.open]! + HEAD;
  }

  /** Moves the time without an event; blocks that begin meanwhile are spread as they are entered. */
  private advanceTo(ms: number): void {
    // Nothing but cancelled entries can be left in it.
    if (this.open !== NONE) this.take();
    this.moveTo(ms);
    for (let level = LEVELS - 1; level > 0; level--) {
      const slot = level * SLOTS + (Math.floor(ms / LEVEL_SPAN_MS[level]!) % SLOTS);
      if (this.end[slot] !== 0) this.empty(slot, false);
    }
  }

  private moveTo(ms: number): void {
    this.nowMs = ms;
    this.block2Ms = Math.floor(ms / LEVEL_SPAN_MS[2]) * LEVEL_SPAN_MS[2];
    this.now = (ms - this.block2Ms) | 0;
    this.end0 = ((this.now >>> SLOT_BITS) + 1) * SLOTS;
  }

  private growIds(atLeast: number): void {
    const where = new Int32Array(Math.max(atLeast, this.where.length * 2, 64));
    where.set(this.where);
    this.where = where;
  }

  private growPages(): void {
    const pages = new Int32Array(this.pages.length * 2);
    pages.set(this.pages);
    this.pages = pages;
  }
}
