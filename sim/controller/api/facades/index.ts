/** Every facade that the fake controller serves; the eras say in which versions. */
import type { Facade } from '../facade.ts';
import { agent, machiner, upgrader } from './agents.ts';
import { annotations } from './annotations.ts';
import { block } from './block.ts';
import { client } from './client.ts';
import { cloud } from './cloud.ts';
import { controller } from './controller.ts';
import { keyManager } from './key-manager.ts';
import { machineManager } from './machine-manager.ts';
import { modelConfig } from './model-config.ts';
import { modelManager } from './model-manager.ts';
import { modelUpgrader } from './model-upgrader.ts';
import { spaces, subnets } from './networks.ts';
import { pinger } from './pinger.ts';
import { storage } from './storage.ts';
import { userManager } from './user-manager.ts';
import { watcherFacades } from './watcher-facades.ts';

export const FACADES: ReadonlyMap<string, Facade> = new Map(
  [
    agent,
    annotations,
    block,
    client,
    cloud,
    controller,
    keyManager,
    machineManager,
    machiner,
    modelConfig,
    modelManager,
    modelUpgrader,
    pinger,
    spaces,
    storage,
    subnets,
    upgrader,
    userManager,
    ...watcherFacades,
  ].map((facade) => [facade.name, facade]),
);
