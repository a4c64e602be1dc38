/**
 * Lists in messages: complete, or with the number of what is hidden; in natural order, so that
 * machine-2 stands before machine-10 (facts/juju-versions-and-upgrades 11.3 H-7).
 */

const NATURAL = new Intl.Collator('en', { numeric: true });

/** At most `limit` items in natural order, then `and N more` where some are left out. */
export function boundedList(items: readonly string[], limit = 10): string[] {
  const sorted = [...items].sort(NATURAL.compare);
  if (sorted.length <= limit) return sorted;
  return [...sorted.slice(0, limit), `and ${sorted.length - limit} more`];
}
