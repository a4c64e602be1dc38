/**
 * Agent binaries as files: real gzipped tar archives, small, and byte for byte the same on every
 * machine. For that the tar headers carry a fixed time and owner, and gzip stores instead of
 * compressing: what deflate makes of the same input depends on the processor and the zlib build.
 * What an archive may hold is the agent's own rule (facts/juju-versions-and-upgrades 4.3): regular
 * files only, no slash or backslash in a name.
 */
import { createHash } from 'node:crypto';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { type AgentBinary, printBinary } from '../versions/number.ts';
import { osOf } from './series.ts';

/** The largest archive that is unpacked for a check; a real agent is below 200 MiB. */
const MAX_UNPACKED = 512 * 2 ** 20;
/** The day of the original post; any constant would do. */
const FIXED_TIME = new Date(Date.UTC(2015, 8, 1));

/** One file in an agent archive. */
export interface ArchiveFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A stand-in agent: the archive of one text file that says which binary it stands for. */
export async function standInArchive(binary: AgentBinary): Promise<Uint8Array> {
  const text = `#!/bin/sh\n# Stand-in for the agent ${printBinary(binary)}.\necho ${printBinary(binary)}\n`;
  const name = programName(binary.release);
  return agentArchive([{ name, bytes: new TextEncoder().encode(text) }]);
}

/** A gzipped tar archive of these files, all executable, in the given order. */
export async function agentArchive(files: readonly ArchiveFile[]): Promise<Uint8Array> {
  const archive = pack();
  for (const { name, bytes } of files) {
    archive.entry(
      { name, mode: 0o755, mtime: FIXED_TIME, uid: 0, gid: 0, uname: 'root', gname: 'root' },
      // tar-stream counts lengths by its own Buffer rules; a view is copied once here.
      Buffer.from(bytes),
    );
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  const zipped = gzipSync(Buffer.concat(chunks), { level: constants.Z_NO_COMPRESSION });
  // Byte 9 of a gzip header names the writer's system; 255 is "unknown" (RFC 1952 2.3.1).
  zipped[9] = 255;
  return zipped;
}

/**
 * What is wrong with an agent archive, as one clause, or undefined when an agent could unpack and
 * start it.
 */
export async function archiveFault(bytes: Uint8Array): Promise<string | undefined> {
  let unzipped: Buffer;
  try {
    unzipped = gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED });
  } catch (error) {
    return `not a gzip file (${(error as Error).message})`;
  }
  const names: string[] = [];
  try {
    const reader = extract();
    reader.end(unzipped);
    for await (const entry of reader) {
      const { name, type } = entry.header;
      if (type !== 'file') return `holds "${name}", which is no regular file`;
      if (/[/\\]/.test(name)) return `holds "${name}": a name with a slash`;
      names.push(name);
      entry.resume();
    }
  } catch (error) {
    return `not a tar archive (${(error as Error).message})`;
  }
  if (names.some((name) => name === PROGRAM || name === `${PROGRAM}.exe`)) return undefined;
  return names.length === 0 ? 'holds no file' : `holds no agent program, only ${names.join(', ')}`;
}

/** Lower-case hexadecimal SHA-256. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The agent's file name in an archive for this release, a wire name. */
export function programName(release: string): string {
  return osOf(release) === 'windows' ? `${PROGRAM}.exe` : PROGRAM;
}

const PROGRAM = 'jujud';
