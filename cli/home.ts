/**
 * The folder where `up` leaves word of the world that runs, so that `client` finds it without being
 * told: `$MAASQUERADE_HOME`, by default a per-user data folder. The announcement holds secrets of a
 * throw-away world; only its owner may read it.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const announcementSchema = z.object({
  maas: z.object({ url: z.string(), apiKey: z.string() }),
  controller: z.object({
    address: z.string(),
    caCert: z.string(),
    user: z.string(),
    password: z.string(),
    uuid: z.string(),
  }),
  streams: z.object({ url: z.string() }),
  admin: z.object({ url: z.string() }),
  pid: z.number(),
});
export type AnnouncedWorld = z.output<typeof announcementSchema>;

export function homeFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.MAASQUERADE_HOME) return env.MAASQUERADE_HOME;
  const data = env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share');
  return join(data, 'maasquerade');
}

/** Leaves word of a running world; returns what takes it back, if it is still the one announced. */
export function announceWorld(world: AnnouncedWorld): () => void {
  const folder = homeFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'world.json'), `${JSON.stringify(world, null, 2)}\n`, { mode: 0o600 });
  return () => {
    if (announcedWorld()?.pid === world.pid) rmSync(join(folder, 'world.json'), { force: true });
  };
}

/** The world that was announced last and still runs, or undefined. */
export function announcedWorld(): AnnouncedWorld | undefined {
  let text: string;
  try {
    text = readFileSync(join(homeFolder(), 'world.json'), 'utf8');
  } catch {
    return undefined;
  }
  try {
    const world = announcementSchema.parse(JSON.parse(text));
    // Signal 0 only asks whether the process is there.
    process.kill(world.pid, 0);
    return world;
  } catch {
    return undefined;
  }
}
