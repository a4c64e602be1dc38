/**
 * The reference client's output, word for word what the straw man asks for: `Client 1.25.2`, one a
 * line, and where the ACTUAL versions differ from the model's, how many agents run what.
 */
import { boundedList } from '../problems/list.ts';
import { equalVersions, printVersion } from '../versions/number.ts';
import type { Versions } from './commands.ts';
import { describeRunning, type ModelState } from './lookup.ts';

export type Body = 'client' | 'server' | 'agent';

const NONE = 'none (no controller)';

/** `Client 1.25.2`, `Server 1.25.1`, `Agent 1.24.5`, one a line; only the bodies asked for. */
export function versionText(
  versions: Versions,
  bodies: readonly Body[] = ['client', 'server', 'agent'],
): string {
  const line: Readonly<Record<Body, () => string>> = {
    client: () => `Client ${printVersion(versions.client)}`,
    server: () => `Server ${versions.server ? printVersion(versions.server) : NONE}`,
    agent: () => `Agent ${versions.agent ? agentText(versions.agent) : NONE}`,
  };
  return bodies.map((body) => line[body]()).join('\n');
}

/** `1.24.5`, or `1.24.5 (running 1.24.5: 700, 1.23.3: 300)` where agents differ from their model. */
export function agentText({ model, running }: ModelState): string {
  const target = printVersion(model.agentVersion);
  const same = running.every((r) => r.version && equalVersions(r.version, model.agentVersion));
  return same ? target : `${target} (running ${describeRunning(running)})`;
}

const NOTABLE = 20;

/** One line a model, then the agents that have something to say, at most twenty of each model. */
export function statusText(models: readonly ModelState[]): string {
  const rows = [
    ['MODEL', 'AGENT-VERSION', 'RUNNING'],
    ...models.map(({ model, running }) => [
      model.name,
      printVersion(model.agentVersion),
      describeRunning(running),
    ]),
  ];
  return [...table(rows), ...models.flatMap(notable)].join('\n');
}

function notable({ model, agents }: ModelState): string[] {
  const lines = agents
    .filter((agent) => agent.message !== '' || agent.status === 'down')
    .map((agent) => `  ${agent.name}: ${[agent.status, agent.message].filter(Boolean).join(', ')}`);
  return lines.length === 0 ? [] : ['', `${model.name}:`, ...boundedList(lines, NOTABLE)];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}
