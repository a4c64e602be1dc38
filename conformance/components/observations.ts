/**
 * What a driver printed, as observations. A driver is foreign code as soon as a contributor brings
 * their own, so nothing it prints is trusted: a line that is no step is dropped and counted, and an
 * ending that is no good ending (a non-zero exit, too long a run) becomes a step named `driver` that
 * failed, so that it can be seen where the missing steps are looked for.
 */
import { z } from 'zod';
import type { Observation } from '../types.ts';

/** Longest run of a driver, in milliseconds. */
export const RUN_MAX_MS = 300_000;

/** Most bytes that are read of a driver's output; the rest is dropped. */
export const OUTPUT_MAX = 64 * 1024 * 1024;

export interface DriverEnd {
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined when it was stopped because it ran too long. */
  readonly exitCode: number | undefined;
}

const Step = z.object({
  step: z.string().min(1),
  ok: z.boolean(),
  value: z.unknown().optional(),
  error: z.string().optional(),
});

export function readObservations({ stdout, stderr, exitCode }: DriverEnd): Observation[] {
  const observations: Observation[] = [];
  let foreign = 0;
  for (const line of stdout.split('\n')) {
    if (line.trim() === '') continue;
    const step = parse(line);
    if (step) observations.push(step);
    else foreign += 1;
  }
  const complaint = complaintOf(exitCode, foreign);
  if (complaint) {
    const said = stderr.trim().slice(-500);
    observations.push({
      step: 'driver',
      ok: false,
      error: said === '' ? complaint : `${complaint}: ${said}`,
    });
  }
  return observations;
}

function complaintOf(exitCode: number | undefined, foreign: number): string | undefined {
  if (exitCode === undefined) return `did not end within ${RUN_MAX_MS / 1000} seconds`;
  if (exitCode !== 0) return `ended with exit code ${exitCode}`;
  if (foreign > 0) return `printed ${foreign} lines that are no steps`;
  return undefined;
}

function parse(line: string): Observation | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  const found = Step.safeParse(json);
  if (!found.success) return undefined;
  const { step, ok, value, error } = found.data;
  return {
    step,
    ok,
    ...(value !== undefined && { value }),
    ...(error !== undefined && { error }),
  };
}
