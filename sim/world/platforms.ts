/**
 * Which systems and architectures the machines of a simulated fleet have. Most are Ubuntu on amd64,
 * as in life; a few of everything else that the era has agents for make faults of agent metadata
 * bite. Windows machines stand in no model from 3.0 on (validator P-5 refuses them), CentOS machines
 * in none from 4.0 on (facts/juju-versions-and-upgrades 3.5). The shares are our own choice.
 */
import type { AgentVersion } from '../versions/number.ts';
import { apportion } from './mix.ts';

export interface Platform {
  readonly os: string;
  readonly arch: string;
}

export interface PlatformCount extends Platform {
  readonly count: number;
}

const PLATFORMS: readonly (Platform & { weight: number; before: number })[] = [
  { os: 'ubuntu', arch: 'amd64', weight: 97, before: Number.POSITIVE_INFINITY },
  { os: 'ubuntu', arch: 'arm64', weight: 1, before: Number.POSITIVE_INFINITY },
  { os: 'ubuntu', arch: 'ppc64el', weight: 0.25, before: Number.POSITIVE_INFINITY },
  { os: 'ubuntu', arch: 's390x', weight: 0.25, before: Number.POSITIVE_INFINITY },
  { os: 'centos', arch: 'amd64', weight: 1, before: 4 },
  { os: 'windows', arch: 'amd64', weight: 0.5, before: 3 },
];

/** The platforms that agents of this version exist for. */
export function platformsOf(version: AgentVersion): readonly Platform[] {
  return PLATFORMS.filter(({ before }) => version.major < before);
}

/** Deals a model's machines out over the platforms; those without a machine are left out. */
export function dealPlatforms(machines: number, version: AgentVersion): PlatformCount[] {
  const known = PLATFORMS.filter(({ before }) => version.major < before);
  const counts = apportion(
    machines,
    known.map(({ weight }) => weight),
  );
  return known
    .map(({ os, arch }, i) => ({ os, arch, count: counts[i]! }))
    .filter(({ count }) => count > 0);
}
