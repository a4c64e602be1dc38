/** Ids for rows of tables: no id is given twice, as a database's sequence would have it. */
const last = new WeakMap<ReadonlyMap<number, unknown>, number>();

/** An id that no row of the table has or had. @param first the first one of an empty table */
export function freshId(table: ReadonlyMap<number, unknown>, first = 1): number {
  const id = Math.max(first - 1, last.get(table) ?? 0, ...table.keys()) + 1;
  last.set(table, id);
  return id;
}
