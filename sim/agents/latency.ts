/**
 * How long things take that no upstream rule fixes: our own choices, the same for both drivers.
 * Delays that upstream does fix stand in `agent.ts`.
 */

/** Simulated latencies in milliseconds, drawn evenly between the two; own choices, no upstream rule. */
export const LATENCY = {
  request: [2, 40],
  /** From a change of the model's configuration until an agent's watcher fires. */
  wake: [0, 5_000],
  unpack: [200, 2_000],
  switch: [5, 50],
  restart: [2_000, 8_000],
  controllerRestart: [10_000, 30_000],
  steps: [1_000, 10_000],
  /** From the request for a new machine until its set-up script first runs. */
  setUp: [120_000, 600_000],
} as const;
