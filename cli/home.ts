/**
 * The folder where `up` leaves word of the worlds that run, one file for each, so that `client`
 * finds the newest without being told: `$MAASQUERADE_HOME`, by default a per-user data folder. An
 * announcement holds secrets of a throw-away world; only its owner may read it.
 */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { writePrivate } from './private-file.ts';

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

/** Leaves word of a running world; returns what takes it back. */
export function announceWorld(world: AnnouncedWorld): () => void {
  const path = join(homeFolder(), `world-${world.pid}.json`);
  writePrivate(path, `${JSON.stringify(world, null, 2)}\n`);
  return () => rmSync(path, { force: true });
}

/** The world that was announced last of those that still run, or undefined. */
export function announcedWorld(): AnnouncedWorld | undefined {
  const folder = homeFolder();
  const running = filesIn(folder).flatMap((path) => {
    try {
      const world = announcementSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
      // Signal 0 only asks whether the process is there.
      process.kill(world.pid, 0);
      return [{ world, sinceMs: statSync(path).mtimeMs }];
    } catch {
      // Of a world that was killed, or taken back meanwhile.
      return [];
    }
  });
  return running.sort((a, b) => b.sinceMs - a.sinceMs)[0]?.world;
}

function filesIn(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => /^world-\d+\.json$/.test(name));
    return names.map((name) => join(folder, name));
  } catch {
    return [];
  }
}
