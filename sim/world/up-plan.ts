/**
 * What the options of a world on the wire mean together: which wire era, which version, who is there
 * and which faults are on. Everything that a person may have got wrong is told here, before anything
 * is made, so that an error that comes later is ours.
 */
import { ERAS, type WireEra } from '../controller/api/eras.ts';
import type { Fault } from '../faults/fault.ts';
import { loadFaults, selectFaults } from '../faults/load.ts';
import { maasFeatures } from '../maas/core/features.ts';
import {
  type AgentVersion,
  compareVersions,
  newest,
  parseVersion,
  printVersion,
} from '../versions/number.ts';
import { parseMix } from './mix.ts';
import { agentsOf, modelsOfMix, type PlannedModel } from './population.ts';
import type { Scenario } from './scenario.ts';

/** Most machines with an agent: the fake MAAS has addresses for no more, and each is kept whole. */
export const MOST_AGENTS = 120_000;

/** Options that make no world; the message says which and why. */
export class WorldOptionsError extends Error {
  override readonly name = 'WorldOptionsError';
}

export interface WorldWishes {
  readonly machines?: number;
  readonly agents?: string;
  readonly liveAgents?: number;
  readonly era?: WireEra;
  readonly maasVersion?: string;
  readonly scenario?: Scenario;
  readonly jujuVersion?: string;
  readonly faults?: string;
}

export interface WorldPlan {
  readonly era: WireEra;
  /** What the controller runs. */
  readonly controller: AgentVersion;
  readonly models: readonly PlannedModel[];
  /** Absent for the default one. */
  readonly maasVersion?: string;
  /** Every fault that there is, and those that are on from the start. */
  readonly known: readonly Fault[];
  readonly faults: readonly Fault[];
}

/** The mix of each era unless told otherwise; the newest of it is what the controller runs. */
const DEFAULT_AGENTS: Readonly<Record<WireEra, string>> = {
  '2.9': '2.9.53=70,2.9.43=30',
  '3.6': '3.6.28=70,3.6.20=30',
  '4.0': '4.0.15=70,4.0.5=30',
};

const ERA_OF_MAJOR: Readonly<Record<number, WireEra>> = { 2: '2.9', 3: '3.6', 4: '4.0' };

/** @throws WorldOptionsError, MixError, UnknownFaultError, VersionError */
export function planWorld(wishes: WorldWishes): WorldPlan {
  const { scenario, liveAgents = 0 } = wishes;
  const wanted = wishes.era ?? scenario?.era;
  const mix = parseMix(wishes.agents ?? DEFAULT_AGENTS[wanted ?? '3.6']);
  const controller =
    wishes.jujuVersion !== undefined
      ? parseVersion(wishes.jujuVersion)
      : (scenario?.controller.version ?? newest(mix.map((share) => share.version))!);
  const models = scenario?.models ?? modelsOfMix(wishes.machines ?? 20, mix);
  for (const model of models) {
    if (compareVersions(model.agentVersion, controller) <= 0) continue;
    throw new WorldOptionsError(
      `agents ${printVersion(model.agentVersion)} are newer than the controller ${printVersion(controller)}: no model may be`,
    );
  }
  const agents = agentsOf(models);
  if (agents > MOST_AGENTS) {
    throw new WorldOptionsError(`${agents} machines are too many: at most ${MOST_AGENTS} fit`);
  }
  if (liveAgents > agents) {
    throw new WorldOptionsError(
      `${liveAgents} live agents need as many machines; there are ${agents}`,
    );
  }
  const maasVersion = wishes.maasVersion ?? scenario?.maasVersion;
  const known = loadFaults();
  const asked = [wishes.faults ?? 'none', ...(scenario?.faults ?? [])].filter(
    (id) => id !== 'none',
  );
  return {
    era: eraOf(controller, wanted),
    controller,
    models,
    ...(maasVersion !== undefined ? { maasVersion: simulated(maasVersion) } : {}),
    known,
    faults: [...new Set(asked.flatMap((ids) => selectFaults(known, ids)))],
  };
}

/** A release speaks the wire of its own major version, whatever else is wished. */
function eraOf(controller: AgentVersion, wanted: WireEra | undefined): WireEra {
  const era = ERA_OF_MAJOR[controller.major];
  if (!era) {
    throw new WorldOptionsError(
      `controller ${printVersion(controller)} has no wire here (${ERAS.join(', ')} have): simulate it, or replay its scenario`,
    );
  }
  if (wanted !== undefined && wanted !== era) {
    throw new WorldOptionsError(
      `controller ${printVersion(controller)} speaks as ${era} does, not as ${wanted}`,
    );
  }
  return era;
}

function simulated(maasVersion: string): string {
  try {
    maasFeatures(maasVersion);
  } catch (error) {
    throw new WorldOptionsError((error as Error).message);
  }
  return maasVersion;
}
