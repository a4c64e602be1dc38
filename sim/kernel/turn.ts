/** Giving way: how a shell lets others have their turn between two pieces of work. */

/** Runs `run` once the process has looked at its sockets; no simulated time passes. */
export function nextTurn(run: () => void): void {
  setImmediate(run);
}
