/**
 * What happened to machines, for `events/` and for the status messages that clients show as progress
 * (facts/maas-api 4.3, 8.4). Only the newest are kept: memory must stay bounded however long a world
 * runs.
 */

export const EVENT_LEVELS = {
  AUDIT: 0,
  DEBUG: 10,
  INFO: 20,
  WARNING: 30,
  ERROR: 40,
  CRITICAL: 50,
} as const;
export type EventLevel = keyof typeof EVENT_LEVELS;

export interface MaasEvent {
  readonly id: number;
  readonly systemId: string;
  readonly hostname: string;
  /** Empty when nobody in particular caused it. */
  readonly username: string;
  readonly level: EventLevel;
  /** What kind of thing happened, e.g. `Deploying`. */
  readonly type: string;
  readonly description: string;
  /** Simulated milliseconds since the start of the world. */
  readonly atMs: number;
}

const MAX_EVENTS = 50_000;

export class EventLog {
  #events: MaasEvent[] = [];
  #nextId = 1;

  /** The events that are kept, oldest first. */
  get all(): readonly MaasEvent[] {
    return this.#events;
  }

  add(event: Omit<MaasEvent, 'id'>): void {
    this.#events.push({ id: this.#nextId++, ...event });
    // Twice as many before the older half goes, so that dropping costs little per event.
    if (this.#events.length >= 2 * MAX_EVENTS) this.#events = this.#events.slice(MAX_EVENTS);
  }
}
