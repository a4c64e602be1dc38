/**
 * `maasquerade streams publish|mirror|verify DIR`: agent metadata of one's own. Publishing writes a
 * tree that real clients read (`agent-metadata-url`, `--metadata-source`), with stand-in agents or
 * with an agent built elsewhere; mirroring copies a tree that somebody serves; verifying lists
 * everything that is wanting in a tree, which a client would only meet fault by fault.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  agentArchive,
  agentMatrix,
  archiveFault,
  createSigner,
  DirectoryStore,
  defaultSeries,
  type Finding,
  layoutOf,
  MirrorError,
  mirrorStreams,
  osOf,
  PUBLIC_KEY,
  type PublishAgent,
  PublishError,
  programName,
  publishAgents,
  type ReadFile,
  verifyStore,
} from '../../sim/streams/index.ts';
import {
  type AgentVersion,
  newest,
  parseVersion,
  parseVersionNonStrict,
  printBinary,
  printVersion,
  VersionError,
} from '../../sim/versions/number.ts';
import {
  type CommandResult,
  CouldNotRunError,
  type DefineCommand,
  EXIT,
  UsageError,
} from '../host.ts';

interface PublishFlags {
  readonly version: string;
  readonly os: string;
  readonly arch: string;
  readonly stream: string;
  readonly era?: string;
  readonly agent?: string;
  readonly sign?: boolean;
}

export const defineStreams: DefineCommand = (program, host) => {
  const streams = program
    .command('streams')
    .description('publish, mirror or verify agent metadata and agent binaries in a directory');

  streams
    .command('publish')
    .description('publish agent binaries into DIR, beside what it lists already')
    .argument('<dir>', 'where the tree lies or is to be made')
    .requiredOption('--version <versions>', 'agent-versions, joined by commas')
    .option('--os <systems>', 'systems, or series before 2.9, joined by commas', 'ubuntu')
    .option('--arch <arches>', 'architectures, joined by commas', 'amd64')
    .option('--stream <stream>', 'released, proposed, devel, testing, or your own', 'released')
    .option('--era <version>', 'whose layout to write (default: that of the newest version)')
    .option('--agent <file>', 'an agent of your own: a .tgz, a program, or a folder of files')
    .option('--sign', `also write signed metadata, and the public key as ${PUBLIC_KEY}`)
    .addHelpText(
      'after',
      `
Without --agent, small stand-ins with true sizes and digests are made.

Examples:
  maasquerade streams publish ./cache --version 3.6.28,3.6.20 --os ubuntu,centos --arch amd64,arm64
  maasquerade streams publish ./cache --version 1.24.5 --os centos7 --agent ./my-centos-agent.tgz

A real client reads the tree by URL (its setting agent-metadata-url), or from the directory itself.`,
    )
    .action(
      host.action(async (_context, dir: string, flags: PublishFlags) =>
        refusable(() => publish(dir, flags)),
      ),
    );

  streams
    .command('mirror')
    .description('copy a served or local tree into DIR, every agent file checked')
    .argument('<dir>', 'the copy')
    .requiredOption('--from <source>', 'a base URL, or a directory')
    .addHelpText(
      'after',
      '\nExamples:\n  maasquerade streams mirror ./cache --from http://127.0.0.1:8080/streams\n  maasquerade streams mirror ./copy --from ./cache',
    )
    .action(
      host.action(async (context, dir: string, { from }: { from: string }) => {
        const onAgent = (done: number, all: number) => {
          if (context.signal.aborted) throw new CouldNotRunError('interrupted while mirroring');
          if (done > 0 && done % 100 === 0) context.note(`${done} of ${all} agent files`);
        };
        const read = reader(from, context.signal);
        return refusable(async () => {
          const mirrored = await mirrorStreams(read, new DirectoryStore(dir), onAgent);
          const { agents, metadata, kept } = mirrored;
          const text = `${agents.length} agent files copied, ${kept} were there already, ${metadata.length} metadata files; check with: maasquerade streams verify ${dir}`;
          return { exit: EXIT.held, json: { ok: true, dir, from, ...mirrored }, text };
        });
      }),
    );

  streams
    .command('verify')
    .description('check sizes, digests, archives, index, products and signatures of DIR')
    .argument('<dir>', 'the tree')
    .option(
      '--key <file>',
      `armoured public key to check signatures by (default: ${PUBLIC_KEY} in DIR)`,
    )
    .addHelpText(
      'after',
      '\nExits 1 when a client could fail on something listed here.\n\nExamples:\n  maasquerade streams verify ./cache\n  maasquerade streams verify ./cache --json',
    )
    .action(
      host.action(async (_context, dir: string, { key }: { key?: string }) => {
        if (!existsSync(dir)) throw new CouldNotRunError(`there is no directory ${dir}`);
        const armoured = key === undefined ? undefined : readText(key);
        const verified = await verifyStore(new DirectoryStore(dir), armoured);
        const faults = verified.findings.filter(({ level }) => level === 'fault');
        const ok = faults.length === 0;
        return {
          exit: ok ? EXIT.held : EXIT.failed,
          json: { ok, dir, ...verified },
          text: [...verified.findings.map(line), summary(verified.agents, faults.length)].join(
            '\n',
          ),
        };
      }),
    );
};

async function publish(dir: string, flags: PublishFlags): Promise<CommandResult> {
  const versions = list(flags.version).map(version);
  const era = flags.era === undefined ? newest(versions)! : eraOf(flags.era);
  const releases = list(flags.os).map((name) => releaseOf(name, layoutOf(era).key));
  const arches = list(flags.arch);
  const stream = flags.stream;
  if (!/^[a-z][a-z0-9-]*$/.test(stream)) throw new UsageError(`"${stream}" is no name of a stream`);
  for (const arch of arches) {
    if (!/^[a-z0-9]+$/.test(arch)) throw new UsageError(`"${arch}" is no architecture`);
  }
  let agents: PublishAgent[] = agentMatrix({ versions, releases, arches, stream });
  if (flags.agent !== undefined) {
    if (agents.length !== 1) {
      throw new UsageError('--agent is one binary: give one --version, one --os and one --arch');
    }
    const archive = await ownAgent(flags.agent, releases[0]!);
    agents = agents.map((agent) => ({ ...agent, archive }));
  }
  const store = new DirectoryStore(dir);
  const updated = new Date();
  const signer = flags.sign ? await createSigner(updated) : undefined;
  const options = { era, updated, ...(signer ? { signer } : {}) };
  const published = await publishAgents(store, agents, options);
  if (signer) store.write(PUBLIC_KEY, new TextEncoder().encode(signer.publicKey));
  else store.remove(PUBLIC_KEY);
  const { metadata } = published;
  const written = published.agents.map(({ binary, ...rest }) => ({
    binary: printBinary(binary),
    ...rest,
  }));
  const text = [
    ...written.map(
      (agent) => `${agent.stream} ${agent.binary}: ${agent.path} (${agent.size} bytes)`,
    ),
    ...metadata.map((path) => `metadata: ${path}`),
    ...(signer
      ? [`public key: ${PUBLIC_KEY} (real clients trust only the key built into them)`]
      : []),
  ].join('\n');
  const json = {
    ok: true,
    dir,
    era: printVersion(era),
    agents: written,
    metadata,
    publicKey: signer ? PUBLIC_KEY : null,
  };
  return { exit: EXIT.held, json, text };
}

/** An agent of the user's own as an archive: taken as it is when it is one, else packed. */
async function ownAgent(path: string, release: string): Promise<Uint8Array> {
  try {
    if (statSync(path).isDirectory()) {
      const names = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile());
      const files = names
        .map(({ name }) => ({ name, bytes: readFileSync(join(path, name)) }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      return await usable(await agentArchive(files), path);
    }
    const bytes = readFileSync(path);
    // A gzip file is an archive already (RFC 1952: it begins 1f 8b); anything else is the program.
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) return await usable(bytes, path);
    return await agentArchive([{ name: programName(release), bytes }]);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new CouldNotRunError(`cannot read the agent ${path}: ${(error as Error).message}`);
  }
}

async function usable(archive: Uint8Array, path: string): Promise<Uint8Array> {
  const fault = await archiveFault(archive);
  if (fault) throw new UsageError(`${path} is no agent that a machine could unpack: ${fault}`);
  return archive;
}

/** Reads a tree over HTTP, or from a directory. */
function reader(from: string, signal: AbortSignal): ReadFile {
  if (!/^https?:\/\//.test(from)) {
    if (!existsSync(from)) throw new CouldNotRunError(`there is no directory ${from}`);
    const store = new DirectoryStore(from);
    return async (path) => store.read(path);
  }
  const base = from.replace(/\/+$/, '');
  return async (path) => {
    const url = `${base}/${path}`;
    let response: Response;
    try {
      response = await fetch(url, { signal });
    } catch (error) {
      const { message, cause } = error as Error;
      throw new CouldNotRunError(
        `cannot read ${url}: ${(cause as Error | undefined)?.message ?? message}`,
      );
    }
    if (response.status === 404) return undefined;
    if (!response.ok) throw new CouldNotRunError(`cannot read ${url}: ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  };
}

/** A refusal or a damaged source is a result (exit 1), with nothing of it written. */
async function refusable(work: () => Promise<CommandResult>): Promise<CommandResult> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PublishError || error instanceof MirrorError) {
      const why = error.message;
      return { exit: EXIT.failed, json: { ok: false, why }, text: `not done: ${why}` };
    }
    throw error;
  }
}

function list(text: string): string[] {
  const parts = [...new Set(text.split(',').map((part) => part.trim()))].filter(Boolean);
  if (parts.length === 0) throw new UsageError(`"${text}" names nothing`);
  return parts;
}

function version(text: string): AgentVersion {
  return parsed(() => parseVersion(text));
}

function eraOf(text: string): AgentVersion {
  return parsed(() => parseVersionNonStrict(text));
}

function parsed(parse: () => AgentVersion): AgentVersion {
  try {
    return parse();
  } catch (error) {
    if (error instanceof VersionError) throw new UsageError(error.message);
    throw error;
  }
}

/** A release as the era files it: a system is given its customary series before 2.9. */
function releaseOf(name: string, key: 'series' | 'os'): string {
  const release = key === 'series' ? (defaultSeries(name) ?? name) : (osOf(name) ?? name);
  // One archive for every Linux is a custom of the time since 2.9.
  if (osOf(release) === undefined && (release !== 'linux' || key === 'series')) {
    throw new UsageError(
      `no agent is filed under "${name}": try ubuntu, centos, windows or a series`,
    );
  }
  return release;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CouldNotRunError(`cannot read ${path}: ${(error as Error).message}`);
  }
}

function line({ level, file, what }: Finding): string {
  return `${level}: ${file} ${what}`;
}

function summary(agents: Readonly<Record<string, number>>, faults: number): string {
  const listed = Object.entries(agents).map(([stream, count]) => `${stream} ${count}`);
  const what = listed.length === 0 ? 'no agent binary is listed' : `listed: ${listed.join(', ')}`;
  return `${what}; ${faults === 0 ? 'nothing is wanting' : `${faults} fault${faults === 1 ? '' : 's'}`}`;
}
