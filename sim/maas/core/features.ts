/**
 * Which MAAS the fake is: releases differ in the keys of their objects, in a few endpoints and in
 * how dates read (facts/maas-api 1.6, 8.2, 15). The differences stand here as one record a release,
 * so that renderers and handlers ask for a feature and never compare versions.
 */
import { parse } from 'semver';

export const MAAS_RELEASES = ['2.9', '3.4', '3.5', '3.6', '3.7'] as const;
export type MaasRelease = (typeof MAAS_RELEASES)[number];

export interface MaasFeatures {
  /** As `version/` shows it, e.g. `3.7.3`. */
  readonly version: string;
  /** Build information in `version/`; empty since 3.0. */
  readonly subversion: string;
  /** Keys that machine objects of this release lack. */
  readonly machineLacks: ReadonlySet<string>;
  /** Keys that device objects lack. */
  readonly deviceLacks: ReadonlySet<string>;
  readonly subnetLacks: ReadonlySet<string>;
  readonly spaceLacks: ReadonlySet<string>;
  /** VM hosts tell the version of what runs them. */
  readonly vmHostVersion: boolean;
  /** 2.9 still lists iSCSI disks, always none. */
  readonly iscsiList: boolean;
  /** Model timestamps end in `Z`. */
  readonly zonedDates: boolean;
  /** The op may be a path segment, `machines/op-allocate`. */
  readonly opInPath: boolean;
  /** `set_workload_annotations` exists, and the interface rules of the same age. */
  readonly workloadAnnotations: boolean;
  /** Interfaces may be changed in status New. */
  readonly interfacesInNew: boolean;
  /** Releasing a machine whose commissioning never passed leads to New. */
  readonly releaseToNew: boolean;
  /** A machine may run scripts of its own choice while it is released. */
  readonly releaseScripts: boolean;
  /** Malformed OAuth data is 400, not 401. */
  readonly badOauthIs400: boolean;
  /** Deploying a machine as a rack controller is refused: from 3.4.10, 3.6.5 and 3.7.3 on (1.6). */
  readonly refusesRackd: boolean;
  /** A VM host in memory is refused in the words of 3.4. */
  readonly oldVmHostText: boolean;
  /** `allocate` that finds nothing names the one machine that was asked for. */
  readonly noMatchNamesMachine: boolean;
  /** Addresses may be reserved for a MAC address (`reservedips/`). */
  readonly reservedIps: boolean;
  /** A conflict that the database finds is answered with `Retry-After`. */
  readonly conflictRetryAfter: boolean;
  /** The default series of deployments. */
  readonly defaultSeries: string;
  /** The Ubuntu releases that a fresh installation has images of, by series and number. */
  readonly ubuntu: readonly (readonly [series: string, number: string])[];
}

const LACKS_2_9 = [
  'last_sync',
  'next_sync',
  'sync_interval',
  'enable_hw_sync',
  'ephemeral_deploy',
  'workload_annotations',
  'error_description',
  'parent',
  'is_dpu',
  'enable_kernel_crash_dump',
];

const MACHINE_LACKS: Readonly<Record<MaasRelease, readonly string[]>> = {
  '2.9': LACKS_2_9,
  '3.4': ['is_dpu', 'error_description', 'enable_kernel_crash_dump'],
  '3.5': ['is_dpu', 'enable_kernel_crash_dump'],
  '3.6': ['is_dpu'],
  '3.7': [],
};

/**
 * The features of one version.
 * @param version e.g. `3.7.3`, `3.6` or `2.9.2`
 * @throws RangeError for a release that is not simulated
 */
export function maasFeatures(version: string): MaasFeatures {
  const parsed = parse(/^\d+\.\d+$/.test(version) ? `${version}.0` : version);
  const release = MAAS_RELEASES.find((known) => known === `${parsed?.major}.${parsed?.minor}`);
  if (!release) {
    throw new RangeError(`MAAS ${version} is not simulated; there are ${MAAS_RELEASES.join(', ')}`);
  }
  const index = MAAS_RELEASES.indexOf(release);
  const old = release === '2.9';
  const short = /^\d+\.\d+$/.test(version);
  const patch = short ? NEWEST_PATCH[release] : parsed!.patch;
  return {
    version: short ? `${version}.${patch}` : version,
    subversion: old ? '9165-g.c3e7848d1' : '',
    machineLacks: new Set(MACHINE_LACKS[release]),
    deviceLacks: new Set(old ? ['workload_annotations'] : []),
    subnetLacks: new Set(old ? ['disabled_boot_architectures'] : []),
    spaceLacks: new Set(old ? ['description'] : []),
    vmHostVersion: !old,
    iscsiList: old,
    zonedDates: index >= MAAS_RELEASES.indexOf('3.6'),
    opInPath: !old,
    workloadAnnotations: !old,
    interfacesInNew: !old,
    releaseToNew: !old,
    releaseScripts: index >= MAAS_RELEASES.indexOf('3.5'),
    badOauthIs400: index >= MAAS_RELEASES.indexOf('3.5'),
    refusesRackd: patch >= (RACKD_REFUSED_FROM[release] ?? Number.POSITIVE_INFINITY),
    oldVmHostText: release === '3.4',
    noMatchNamesMachine: !old,
    reservedIps: index >= MAAS_RELEASES.indexOf('3.6'),
    conflictRetryAfter: !old,
    defaultSeries: old ? 'focal' : index >= MAAS_RELEASES.indexOf('3.6') ? 'noble' : 'jammy',
    ubuntu: old ? [BIONIC, FOCAL] : [FOCAL, JAMMY, NOBLE],
  };
}

const BIONIC = ['bionic', '18.04'] as const;
const FOCAL = ['focal', '20.04'] as const;
const JAMMY = ['jammy', '22.04'] as const;
const NOBLE = ['noble', '24.04'] as const;

/** The patch release of each that refuses for the first time; 3.5 and 2.9 never do. */
const RACKD_REFUSED_FROM: Readonly<Partial<Record<MaasRelease, number>>> = {
  '3.4': 10,
  '3.6': 5,
  '3.7': 3,
};

// The patch releases that the facts were read from.
const NEWEST_PATCH: Readonly<Record<MaasRelease, number>> = {
  '2.9': 2,
  '3.4': 10,
  '3.5': 13,
  '3.6': 5,
  '3.7': 3,
};
