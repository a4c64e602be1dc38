/**
 * What every command of the reference client begins with: the controller in use, the model that is
 * meant, and what its agents run.
 */
import { type AgentVersion, compareVersions, printVersion } from '../versions/number.ts';
import type { AgentRecord, ClientWorld, ControllerApi, ModelSummary } from './port.ts';
import { noController, noSuchModel } from './problems.ts';

export interface Client {
  /** The client's own version. */
  readonly version: AgentVersion;
  readonly world: ClientWorld;
  /** Where a controller is looked for, for people: a folder, usually. */
  readonly place: string;
  /** Flags that a command must repeat to reach the same world, e.g. ` --client-version 1.25.2`. */
  readonly repeat?: string;
}

/** How many agents run a version; undefined stands for agents that have reported none. */
export interface RunningCount {
  readonly version: AgentVersion | undefined;
  readonly count: number;
}

export interface ModelState {
  readonly model: ModelSummary;
  readonly running: readonly RunningCount[];
  readonly agents: readonly AgentRecord[];
}

/** @throws ProblemError `no-controller` */
export async function theController(
  client: Client,
  operation: string,
  wanted: string,
): Promise<ControllerApi> {
  const controller = await client.world.controller();
  if (!controller) throw noController(client.version, operation, wanted, client.place);
  return controller;
}

/** The model of that name, or the one in use: the first hosted one, else the controller's own. */
export async function theModel(
  client: Client,
  controller: ControllerApi,
  operation: string,
  name: string | undefined,
): Promise<ModelSummary> {
  const models = await controller.models();
  const found =
    name === undefined
      ? (models.find((model) => !model.isController) ?? models[0])
      : models.find((model) => model.name === name || `${model.owner}/${model.name}` === name);
  if (found) return found;
  const names = models.map((model) => model.name);
  const where = `controller ${controller.address}`;
  throw noSuchModel(client.version, operation, name ?? 'in use', where, names);
}

export async function stateOf(controller: ControllerApi, model: ModelSummary): Promise<ModelState> {
  const agents = await controller.agents(model);
  return { model, agents, running: countVersions(agents) };
}

/** Counts what agents run, newest version first, those without a report last. */
export function countVersions(agents: readonly AgentRecord[]): RunningCount[] {
  const counts = new Map<string, { version: AgentVersion | undefined; count: number }>();
  for (const { version } of agents) {
    const key = version ? printVersion(version) : '';
    const known = counts.get(key);
    if (known) known.count++;
    else counts.set(key, { version, count: 1 });
  }
  return [...counts.values()].sort((a, b) => {
    if (!a.version || !b.version) return a.version ? -1 : 1;
    return compareVersions(b.version, a.version);
  });
}

/** `1.24.5: 700, 1.23.3: 300, not reported: 2`, or `nothing` without agents. */
export function describeRunning(running: readonly RunningCount[]): string {
  if (running.length === 0) return 'nothing';
  return running
    .map(({ version, count }) => `${version ? printVersion(version) : 'not reported'}: ${count}`)
    .join(', ');
}
