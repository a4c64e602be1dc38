/**
 * A mix of ACTUAL agent-versions, as `--agents 1.24.5=70,1.23.3=30` says it, and how it is dealt into
 * models. At rest a model is uniform in life (its agents all reached its target), so versions are
 * spread over models, never over the machines of one model (design 4).
 */
import {
  type AgentVersion,
  equalVersions,
  parseVersion,
  printVersion,
} from '../versions/number.ts';

export interface Share {
  readonly version: AgentVersion;
  /** Relative weight; the shares of a mix need not add up to 100. */
  readonly weight: number;
}

/** A model to be made: all its machines run this version. */
export interface DealtModel {
  readonly name: string;
  readonly version: AgentVersion;
  readonly machines: number;
}

/** A mix that cannot be read; the message says what is wrong with it and how one looks. */
export class MixError extends Error {
  override readonly name = 'MixError';
}

/**
 * Reads `VERSION[=WEIGHT],…`; a missing weight is 1.
 * @throws MixError
 */
export function parseMix(text: string): Share[] {
  const shares: Share[] = [];
  for (const part of text.split(',')) {
    const [name = '', weightText = '1', ...rest] = part.trim().split('=');
    const weight = Number(weightText);
    if (rest.length > 0 || !/^\d+(\.\d+)?$/.test(weightText) || !(weight > 0)) {
      throw new MixError(`"${part.trim()}" is no share: write VERSION=WEIGHT, e.g. 1.24.5=70`);
    }
    let version: AgentVersion;
    try {
      version = parseVersion(name);
    } catch {
      throw new MixError(`"${name}" in the mix is no agent-version, e.g. 1.24.5 or 1.25-alpha1`);
    }
    if (shares.some((share) => equalVersions(share.version, version))) {
      throw new MixError(`${printVersion(version)} stands in the mix twice`);
    }
    shares.push({ version, weight });
  }
  return shares;
}

/** The mix as one reads it: `1.24.5=70,1.23.3=30`. */
export function printMix(mix: readonly Share[]): string {
  return mix.map(({ version, weight }) => `${printVersion(version)}=${weight}`).join(',');
}

/**
 * Deals machines into models, each uniform. Versions get machines by weight (largest remainder,
 * earlier shares first on a tie), and a version's machines are spread evenly over its models.
 * @param models how many models; at least one for each version, which is also the default
 * @throws MixError when there are fewer models than versions
 */
export function dealMix(
  machines: number,
  mix: readonly Share[],
  models = mix.length,
): DealtModel[] {
  if (models < mix.length) {
    throw new MixError(
      `${models} models cannot hold ${mix.length} versions: each model is uniform, so give at least ${mix.length}`,
    );
  }
  const weights = mix.map((share) => share.weight);
  const machinesOf = apportion(machines, weights);
  const extraModels = apportion(models - mix.length, weights);
  return mix.flatMap(({ version }, i) => {
    const count = 1 + extraModels[i]!;
    const name = `m-${printVersion(version).replaceAll('.', '-')}`;
    return apportion(machinesOf[i]!, new Array<number>(count).fill(1)).map((size, k) => ({
      name: count === 1 ? name : `${name}-${k}`,
      version,
      machines: size,
    }));
  });
}

/** Splits a whole number by weights into whole numbers that add up to it. */
export function apportion(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  const exact = weights.map((weight) => (total * weight) / sum);
  const whole = exact.map(Math.floor);
  const left = total - whole.reduce((a, b) => a + b, 0);
  const byRemainder = exact
    .map((value, i) => ({ i, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.i - b.i);
  for (const { i } of byRemainder.slice(0, left)) whole[i]!++;
  return whole;
}
