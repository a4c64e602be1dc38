/** Shared parts of the requirement records: what all records of one file have in common. */
import type { Requirement } from '../types.ts';

type Common = 'profile' | 'oracle' | 'subjects';

/** Records that share profile, oracle and subjects. */
export function group(
  common: Pick<Requirement, Common>,
  records: readonly Omit<Requirement, Common>[],
): Requirement[] {
  return records.map((record) => ({ ...record, ...common }));
}
