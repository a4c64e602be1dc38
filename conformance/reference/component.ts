/**
 * The subject `reference`: the suite's own clients, run in this process. It looks to the engine as
 * any component does.
 */
import type { Observation, Target } from '../types.ts';
import { clientSteps } from './client.ts';
import { controllerSteps } from './controller.ts';
import { maasSteps } from './maas.ts';
import { collectSteps } from './steps.ts';
import { streamsSteps } from './streams.ts';

/**
 * Takes the steps of every service that the target names.
 * @param version what the suite calls its own version
 */
export async function runReference(target: Target, version: string): Promise<Observation[]> {
  const { observations, take } = collectSteps();
  await take('client', async () => ({ library: 'maasquerade', version }));
  await maasSteps(target, take);
  await controllerSteps(target, take);
  const published = await streamsSteps(target, take);
  await clientSteps(target, published, take);
  return observations;
}
