/**
 * Machine statuses: their numbers, names, and which may follow which (facts/maas-api 4.1, 4.2).
 * libmaas compares the numbers, Terraform the names literally, Juju the names in lower case, so
 * both are wire values. The transition table is enforced on every change of status, in one place
 * (`MaasCore.moveTo`); the texts of refusals are made there.
 */

export const STATUS = {
  NEW: 0,
  COMMISSIONING: 1,
  FAILED_COMMISSIONING: 2,
  MISSING: 3,
  READY: 4,
  RESERVED: 5,
  DEPLOYED: 6,
  RETIRED: 7,
  BROKEN: 8,
  DEPLOYING: 9,
  ALLOCATED: 10,
  FAILED_DEPLOYMENT: 11,
  RELEASING: 12,
  FAILED_RELEASING: 13,
  DISK_ERASING: 14,
  FAILED_DISK_ERASING: 15,
  RESCUE_MODE: 16,
  ENTERING_RESCUE_MODE: 17,
  FAILED_ENTERING_RESCUE_MODE: 18,
  EXITING_RESCUE_MODE: 19,
  FAILED_EXITING_RESCUE_MODE: 20,
  TESTING: 21,
  FAILED_TESTING: 22,
} as const;

/** A status by its number on the wire. */
export type Status = (typeof STATUS)[keyof typeof STATUS];

const S = STATUS;

const NAMES: Readonly<Record<Status, string>> = {
  [S.NEW]: 'New',
  [S.COMMISSIONING]: 'Commissioning',
  [S.FAILED_COMMISSIONING]: 'Failed commissioning',
  [S.MISSING]: 'Missing',
  [S.READY]: 'Ready',
  [S.RESERVED]: 'Reserved',
  [S.DEPLOYED]: 'Deployed',
  [S.RETIRED]: 'Retired',
  [S.BROKEN]: 'Broken',
  [S.DEPLOYING]: 'Deploying',
  [S.ALLOCATED]: 'Allocated',
  [S.FAILED_DEPLOYMENT]: 'Failed deployment',
  [S.RELEASING]: 'Releasing',
  [S.FAILED_RELEASING]: 'Releasing failed',
  [S.DISK_ERASING]: 'Disk erasing',
  [S.FAILED_DISK_ERASING]: 'Failed disk erasing',
  [S.RESCUE_MODE]: 'Rescue mode',
  [S.ENTERING_RESCUE_MODE]: 'Entering rescue mode',
  [S.FAILED_ENTERING_RESCUE_MODE]: 'Failed to enter rescue mode',
  [S.EXITING_RESCUE_MODE]: 'Exiting rescue mode',
  [S.FAILED_EXITING_RESCUE_MODE]: 'Failed to exit rescue mode',
  [S.TESTING]: 'Testing',
  [S.FAILED_TESTING]: 'Failed testing',
};

/** How the scripts of a kind stand on a machine (facts/maas-api 4.1). */
export const SCRIPT = {
  NONE: -1,
  PENDING: 0,
  RUNNING: 1,
  PASSED: 2,
  FAILED: 3,
  TIMED_OUT: 4,
  ABORTED: 5,
} as const;

const SCRIPT_NAMES: ReadonlyMap<number, string> = new Map([
  [SCRIPT.NONE, 'Unknown'],
  [SCRIPT.PENDING, 'Pending'],
  [SCRIPT.RUNNING, 'Running'],
  [SCRIPT.PASSED, 'Passed'],
  [SCRIPT.FAILED, 'Failed'],
  [SCRIPT.TIMED_OUT, 'Timed out'],
  [SCRIPT.ABORTED, 'Aborted'],
]);

/** The name of a script's status, e.g. `Timed out`. */
export function scriptStatusName(status: number): string {
  return SCRIPT_NAMES.get(status) ?? 'Unknown';
}

/** The name in `status_name`, e.g. `Failed deployment`. */
export function statusName(status: Status): string {
  return NAMES[status];
}

/** Every status by the lower-case name that the `status` filter takes, e.g. `failed_testing`. */
export const STATUS_BY_FILTER_NAME: ReadonlyMap<string, Status> = new Map(
  Object.entries(STATUS).map(([key, value]) => [key.toLowerCase(), value]),
);

const SIMPLE: Readonly<Partial<Record<Status, string>>> = {
  [S.NEW]: 'New',
  [S.COMMISSIONING]: 'Commissioning',
  [S.READY]: 'Ready',
  [S.DEPLOYED]: 'Deployed',
  [S.BROKEN]: 'Broken',
  [S.DEPLOYING]: 'Deploying',
  [S.ALLOCATED]: 'Allocated',
  [S.RELEASING]: 'Releasing',
  [S.DISK_ERASING]: 'Releasing',
  [S.RESCUE_MODE]: 'Rescue Mode',
  [S.ENTERING_RESCUE_MODE]: 'Rescue Mode',
  [S.EXITING_RESCUE_MODE]: 'Rescue Mode',
  [S.TESTING]: 'Testing',
};

/** The few words that a person needs (facts/maas-api 4.1): every failure is `Failed`. */
export function simpleStatusOf(status: Status): string {
  return SIMPLE[status] ?? (NAMES[status].includes('ailed') ? 'Failed' : 'Other');
}

/** Every simple status in lower case. */
export const SIMPLE_STATUSES: ReadonlySet<string> = new Set(
  [...Object.values(SIMPLE), 'Failed', 'Other'].map((name) => name!.toLowerCase()),
);

/** The statuses from which `release` starts (facts/maas-api 4.2, 4.6). */
export const RELEASABLE: ReadonlySet<Status> = new Set([
  S.ALLOCATED,
  S.RESERVED,
  S.BROKEN,
  S.DEPLOYING,
  S.DEPLOYED,
  S.FAILED_DEPLOYMENT,
  S.FAILED_DISK_ERASING,
  S.FAILED_RELEASING,
]);

/** Where a step ends that failed or timed out (facts/maas-api 4.2, failure map). */
export const FAILED_STATUS: ReadonlyMap<Status, Status> = new Map<Status, Status>([
  [S.COMMISSIONING, S.FAILED_COMMISSIONING],
  [S.DEPLOYING, S.FAILED_DEPLOYMENT],
  [S.RELEASING, S.FAILED_RELEASING],
  [S.DISK_ERASING, S.FAILED_DISK_ERASING],
  [S.ENTERING_RESCUE_MODE, S.FAILED_ENTERING_RESCUE_MODE],
  [S.EXITING_RESCUE_MODE, S.FAILED_EXITING_RESCUE_MODE],
  [S.TESTING, S.FAILED_TESTING],
]);

/** The statuses in which `test` may start (facts/maas-api 4.8). */
export const TESTABLE: ReadonlySet<Status> = new Set([
  S.FAILED_COMMISSIONING,
  S.NEW,
  S.READY,
  S.RESERVED,
  S.ALLOCATED,
  S.FAILED_DEPLOYMENT,
  S.DEPLOYED,
  S.MISSING,
  S.RETIRED,
  S.BROKEN,
  S.RESCUE_MODE,
  S.FAILED_RELEASING,
  S.FAILED_DISK_ERASING,
  S.FAILED_ENTERING_RESCUE_MODE,
  S.FAILED_EXITING_RESCUE_MODE,
  S.FAILED_TESTING,
]);

/** Where a passed test leads when that is not the status before it (facts/maas-api 4.8). */
export function statusAfterTest(before: Status): Status {
  if (before === S.FAILED_COMMISSIONING) return S.NEW;
  return TESTED_READY.has(before) ? S.READY : before;
}

const TESTED_READY: ReadonlySet<Status> = new Set([
  S.NEW,
  S.COMMISSIONING,
  S.FAILED_DEPLOYMENT,
  S.MISSING,
  S.RETIRED,
  S.BROKEN,
  S.FAILED_RELEASING,
  S.FAILED_DISK_ERASING,
  S.FAILED_ENTERING_RESCUE_MODE,
  S.FAILED_EXITING_RESCUE_MODE,
  S.FAILED_TESTING,
]);
