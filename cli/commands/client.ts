/**
 * `maasquerade client …`: the reference client's commands. Where no world runs, `version` and
 * `bootstrap` meet an embedded world without a controller, every other command one whose controller
 * is of the client's version; `--server-version` and `--agents` describe another.
 */
import { type Command, InvalidArgumentError } from 'commander';
import { bootstrap, createModel, status, versions } from '../../sim/client/commands.ts';
import { ConnectionError } from '../../sim/client/connection.ts';
import type { ModelState } from '../../sim/client/lookup.ts';
import { ControllerError } from '../../sim/client/port.ts';
import { type Body, statusText, versionText } from '../../sim/client/text.ts';
import { upgrade } from '../../sim/client/upgrade.ts';
import { ProblemError } from '../../sim/problems/problem.ts';
import { renderProblem } from '../../sim/problems/render.ts';
import { type AgentVersion, printVersion, tryParseVersion } from '../../sim/versions/number.ts';
import { ruleSet } from '../../sim/versions/rules/rule-set.ts';
import { MixError, parseMix, type Share } from '../../sim/world/mix.ts';
import { type ClientFlags, type ClientSession, openClient } from '../client-world.ts';
import {
  type CommandContext,
  type CommandResult,
  CouldNotRunError,
  type DefineCommand,
  EXIT,
  type Host,
} from '../host.ts';
import { whole } from '../options.ts';

export const defineClient: DefineCommand = (program, host) => {
  // `client bootstrap --version X` means X, not the program's own --version.
  program.enablePositionalOptions();
  const client = program
    .command('client')
    .description('the reference client: commands that say which version runs where, and why not')
    .addHelpText('after', EXAMPLES);
  defineBootstrap(client, host);
  defineAddModel(client, host);
  defineUpgrade(client, host);
  defineVersion(client, host);
  defineStatus(client, host);
  defineExplain(client, host);
};

interface BootstrapFlags extends ClientFlags {
  readonly version?: AgentVersion;
  readonly os: string;
  readonly arch: string;
}

function defineBootstrap(client: Command, host: Host): void {
  shared(client.command('bootstrap'))
    .description('start a controller of the client’s version, or of X')
    .option('--version <x>', 'version of the controller', version)
    .option('--os <os>', 'operating system of its machine: ubuntu, centos or windows', 'ubuntu')
    .option('--arch <arch>', 'architecture of its machine', 'amd64')
    .action(
      host.action((context, flags: BootstrapFlags) =>
        run(flags, context, 'no-controller', async ({ client, embedded }) => {
          const { os, arch } = flags;
          const { server } = await bootstrap(client, {
            platform: { os, arch },
            ...(flags.version ? { version: flags.version } : {}),
          });
          if (embedded)
            context.note('it ends with this command; "maasquerade up" runs one that stays');
          return held(
            { server: printVersion(server), os, arch, embedded },
            `Controller ${printVersion(server)} started on ${os} (${arch})`,
          );
        }),
      ),
    );
}

interface AddModelFlags extends ClientFlags {
  readonly version?: AgentVersion;
}

function defineAddModel(client: Command, host: Host): void {
  shared(client.command('create-environment'))
    .alias('add-model')
    .description('create a model with the controller’s version, or with X')
    .argument('<name>', 'name of the model')
    .option('--version <x>', 'agent-version of the model', version)
    .action(
      host.action((context, name: string, flags: AddModelFlags) =>
        run(flags, context, 'controller', async ({ client }) => {
          const model = await createModel(client, {
            name,
            ...(flags.version ? { version: flags.version } : {}),
          });
          const agentVersion = printVersion(model.agentVersion);
          return held(
            { model: { name: model.name, uuid: model.uuid, agentVersion } },
            `Model ${model.name} created with agent-version ${agentVersion}`,
          );
        }),
      ),
    );
}

interface UpgradeFlags extends ClientFlags {
  readonly version?: AgentVersion;
  readonly model?: string;
  readonly ignoreAgentVersions?: boolean;
  readonly dryRun?: boolean;
}

function defineUpgrade(client: Command, host: Host): void {
  shared(client.command('upgrade'))
    .description('take a model to another version: the controller’s choice, or X')
    .option('--model <name>', 'the model (default: the first that is not the controller’s own)')
    .option('--version <x>', 'agent-version to go to', version)
    .option('--ignore-agent-versions', 'go on although some agents are behind')
    .option('--dry-run', 'only say what would be done')
    .action(
      host.action((context, flags: UpgradeFlags) =>
        run(flags, context, 'controller', async ({ client }) => {
          const { dryRun = false } = flags;
          const done = await upgrade(client, flags);
          const [from, to] = [printVersion(done.from), printVersion(done.to)];
          const verb = dryRun ? 'would go' : 'goes';
          const text =
            from === to
              ? `Model ${done.model.name} is at ${to} already`
              : `Model ${done.model.name} ${verb} from ${from} to ${to}`;
          return held({ model: done.model.name, from, to, dryRun }, text);
        }),
      ),
    );
}

interface VersionFlags extends ClientFlags {
  readonly client?: boolean;
  readonly server?: boolean;
  readonly agent?: boolean;
  readonly model?: string;
}

const BODIES: readonly Body[] = ['client', 'server', 'agent'];

function defineVersion(client: Command, host: Host): void {
  shared(client.command('version'))
    .description('show the versions of client, server and agent, one a line')
    .option('--client', 'only that of the client')
    .option('--server', 'only that of the controller')
    .option('--agent', 'only that of the model’s agents')
    .option('--model <name>', 'the model whose agents are meant')
    .action(
      host.action((context, flags: VersionFlags) =>
        run(flags, context, 'no-controller', async ({ client }) => {
          const found = await versions(client, flags);
          const only = BODIES.filter((body) => flags[body]);
          const json = {
            client: printVersion(found.client),
            server: found.server ? printVersion(found.server) : null,
            agent: found.agent ? modelJson(found.agent) : null,
          };
          return held(json, versionText(found, only.length > 0 ? only : BODIES));
        }),
      ),
    );
}

function defineStatus(client: Command, host: Host): void {
  shared(client.command('status'))
    .description('show every model, its version, and what its agents ACTUALLY run')
    .option('--model <name>', 'only this model')
    .action(
      host.action((context, flags: ClientFlags & { model?: string }) =>
        run(flags, context, 'controller', async ({ client }) => {
          const found = await status(client, flags);
          if (!found) return held({ server: null, models: [] }, 'no controller');
          const json = { server: printVersion(found.server), models: found.models.map(modelJson) };
          return held(json, statusText(found.models));
        }),
      ),
    );
}

function defineExplain(client: Command, host: Host): void {
  shared(client.command('explain'))
    .description('tell how an agent gets to a machine in this world, and where it stops')
    .option('--version <x>', 'agent-version to explain (default: that of the model)', version)
    .option('--model <name>', 'the model (default: the first that is not the controller’s own)')
    .action(
      host.action((context, flags: ClientFlags & { model?: string; version?: AgentVersion }) =>
        run(flags, context, 'controller', async (session) => {
          const explained = await session.explain(flags);
          return held(explained, explained.text.trimEnd());
        }),
      ),
    );
}

/** Opens the world, does the work in it, and turns what was refused into exit 1 with its problem. */
async function run(
  flags: ClientFlags,
  context: CommandContext,
  embeddedHas: 'controller' | 'no-controller',
  work: (session: ClientSession) => Promise<CommandResult>,
): Promise<CommandResult> {
  let session: ClientSession | undefined;
  try {
    session = await openClient(flags, context, embeddedHas === 'controller');
    return await work(session);
  } catch (error) {
    if (error instanceof ProblemError) {
      const { problem } = error;
      return { exit: EXIT.failed, json: { problem }, text: renderProblem(problem, 'long') };
    }
    if (error instanceof ConnectionError || error instanceof ControllerError) {
      throw new CouldNotRunError(
        `the announced world does not serve this client: ${error.message}`,
      );
    }
    throw error;
  } finally {
    await session?.close();
  }
}

function held(json: unknown, text: string): CommandResult {
  return { exit: EXIT.held, json, text };
}

function modelJson({ model, running }: ModelState) {
  const counts = running.map(({ version: v, count }) => [
    v ? printVersion(v) : 'not reported',
    count,
  ]);
  return {
    model: model.name,
    version: printVersion(model.agentVersion),
    running: Object.fromEntries(counts),
  };
}

/** Options that every client command takes. */
function shared(command: Command): Command {
  const own = ruleSet('3.x').release;
  return command
    .option('--client-version <v>', 'the client’s own version', version, own)
    .option('--server-version <v>', 'embedded world: version of its controller', version)
    .option('--agent-version <v>', 'embedded world: version of its model', version)
    .option(
      '--agents <mix>',
      'embedded world: what its machines run, e.g. 1.24.5=70,1.23.3=30',
      mix,
    )
    .option('--machines <n>', 'embedded world: number of its machines', whole(10_000_000), 10);
}

function version(text: string): AgentVersion {
  const parsed = tryParseVersion(text);
  if (parsed) return parsed;
  throw new InvalidArgumentError('an agent-version looks like 1.24.5, 3.0-rc1 or 2.9.42.1.');
}

function mix(text: string): Share[] {
  try {
    return parseMix(text);
  } catch (error) {
    if (error instanceof MixError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

const EXAMPLES = `
Examples:
  $ maasquerade client version                                  Client, Server and Agent, one a line
  $ maasquerade client version --server
  $ maasquerade client version --client-version 1.25.2 --server-version 1.25.1 --agents 1.24.5=70,1.23.3=30
  $ maasquerade client bootstrap --version 3.6.20 --os centos
  $ maasquerade client create-environment prod --version 3.6.20
  $ maasquerade client upgrade --model prod --dry-run
  $ maasquerade client explain --version 3.6.28

They talk to the world that "maasquerade up" announced in $MAASQUERADE_HOME; where none runs, to an
embedded one that ends with the command.`;
