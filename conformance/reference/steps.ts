/**
 * How the suite's own clients report: as the drivers of the real clients do, one observation a
 * step, so that the same kind of judge reads both. A step that throws is an observation, not the
 * end of the run.
 */
import type { Observation } from '../types.ts';

/** Runs one step and keeps what came of it. */
export type Take = (step: string, work: () => Promise<unknown>) => Promise<void>;

export function collectSteps(): { observations: Observation[]; take: Take } {
  const observations: Observation[] = [];
  const take: Take = async (step, work) => {
    try {
      observations.push({ step, ok: true, value: await work() });
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      observations.push({ step, ok: false, error: String((cause as Error).message ?? cause) });
    }
  };
  return { observations, take };
}
