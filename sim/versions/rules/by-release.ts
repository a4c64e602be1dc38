/**
 * A rule's history as data: a list of steps `[first release, value]` in ascending order. The value
 * of a release is that of the last step at or below it, so a fix that came to two lines at once is
 * two steps (`3.3.4` and `3.4.1`, with `3.4.0` back on the old value between them).
 */
import { type AgentVersion, compareVersions, parseVersion } from '../number.ts';

export type History<T> = readonly (readonly [from: string, value: T])[];

/** Compiles a history; `before` is the value of everything older than its first step. */
export function byRelease<T>(before: T, history: History<T>): (release: AgentVersion) => T {
  const steps = history.map(([from, value]) => ({ from: parseVersion(from), value }));
  return (release) => {
    const at = settled(release);
    let value = before;
    for (const step of steps) {
      if (compareVersions(step.from, at) > 0) break;
      value = step.value;
    }
    return value;
  };
}

/** A tagged build stands for the final of its minor (3.0-rc2 has the rules of 3.0.0); builds count for nothing. */
function settled(release: AgentVersion): AgentVersion {
  return { ...release, patch: release.tag === '' ? release.patch : 0, tag: '', build: 0 };
}
