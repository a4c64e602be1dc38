/**
 * `maasquerade up`: a fake MAAS, a fake controller and an agent-metadata store on loopback until a
 * signal comes. `--write DIR` leaves the files that make real clients use them.
 */
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { ERAS, type WireEra } from '../../sim/controller/api/eras.ts';
import { UnknownFaultError } from '../../sim/faults/load.ts';
import { FileError } from '../../sim/faults/yaml-file.ts';
import { ProblemError } from '../../sim/problems/problem.ts';
import { renderProblem } from '../../sim/problems/render.ts';
import { VersionError } from '../../sim/versions/number.ts';
import { clientFiles } from '../../sim/world/client-files.ts';
import { MixError } from '../../sim/world/mix.ts';
import { loadScenario } from '../../sim/world/scenario.ts';
import { type RunningWorld, startWorld } from '../../sim/world/up.ts';
import { MOST_AGENTS, WorldOptionsError } from '../../sim/world/up-plan.ts';
import { announceWorld } from '../home.ts';
import { CouldNotRunError, type DefineCommand, EXIT, UsageError } from '../host.ts';
import { positive, whole } from '../options.ts';
import { makeFolder, writePrivate } from '../private-file.ts';

interface UpFlags {
  readonly machines: number;
  readonly agents?: string;
  readonly liveAgents: number;
  readonly era?: WireEra;
  readonly maasVersion?: string;
  readonly jujuVersion?: string;
  readonly scenario?: string;
  readonly fault?: string;
  readonly speed: number;
  readonly port: number;
  readonly write?: string;
}

/** Three more ports follow the first. */
const LAST_PORT = 65_535 - 3;

/** Each holds two ends of a TLS connection in this process. */
const MOST_LIVE = 10_000;

export const defineUp: DefineCommand = (program, host) => {
  program
    .command('up')
    .summary('run the fakes until a signal comes')
    .description(
      'A fake MAAS, a fake controller and agent metadata on loopback, until a signal comes.',
    )
    .option(
      '--machines <n>',
      'machines with an agent; MAAS has them, and a few free ones',
      whole(MOST_AGENTS),
      20,
    )
    .option('--agents <mix>', 'ACTUAL agent-versions by share, e.g. 3.6.28=70,3.6.20=30')
    .option(
      '--live-agents <n>',
      'so many of the agents come over real sockets',
      whole(MOST_LIVE),
      0,
    )
    .addOption(
      new Option(
        '--era <era>',
        'wire era of the controller (default: 3.6, or the scenario’s)',
      ).choices(ERAS),
    )
    .option('--maas-version <v>', 'version of the MAAS: 2.9, 3.4, 3.5, 3.6 or 3.7')
    .option('--juju-version <v>', 'version of the controller (default: newest of the mix)')
    .addOption(
      new Option(
        '--scenario <file>',
        'machines, versions and agent metadata as a scenario has them',
      ).conflicts(['machines', 'agents', 'jujuVersion']),
    )
    .option('--fault <ids>', 'faults in force from the start, comma-separated, or all')
    .option('--speed <x>', 'simulated seconds per real second', positive, 1)
    .option(
      '--port <p>',
      'first of four consecutive ports (default: free ones)',
      whole(LAST_PORT),
      0,
    )
    .option('--write <dir>', 'write JUJU_DATA, a MAAS profile and Terraform variables there')
    .addHelpText('after', EXAMPLES)
    .action(
      host.action(async (context, flags: UpFlags, command: Command) => {
        // Before anything runs: a folder that cannot be made is known at once.
        if (flags.write) makeFolder(resolve(flags.write));
        const asked = command.getOptionValueSource('seed') === 'cli';
        const world = await start(flags, context.seed, asked);
        try {
          const announced = {
            maas: world.maas,
            controller: world.controller,
            streams: world.streams,
            admin: world.admin,
            dashboard: world.dashboard,
            pid: process.pid,
          };
          const takeBack = announceWorld(announced);
          try {
            if (flags.write) write(resolve(flags.write), world);
            context.announce(announced, greeting(world, flags));
            await aborted(context.signal);
          } finally {
            takeBack();
          }
        } finally {
          await world.stop();
        }
        return { exit: EXIT.held, json: undefined, text: '', endsWellBySignal: true };
      }),
    );
};

/** @param asked whether the seed was asked for; else a scenario brings its own */
async function start(flags: UpFlags, seed: number, asked: boolean): Promise<RunningWorld> {
  const { machines, agents, liveAgents, era, maasVersion, jujuVersion, scenario, fault } = flags;
  const { speed, port } = flags;
  try {
    const file = scenario === undefined ? undefined : loadScenario(scenario);
    return await startWorld({
      seed: file && !asked ? file.seed : seed,
      machines,
      liveAgents,
      speed,
      port,
      ...(era !== undefined ? { era } : {}),
      ...(file !== undefined ? { scenario: file } : {}),
      ...(agents !== undefined ? { agents } : {}),
      ...(maasVersion !== undefined ? { maasVersion } : {}),
      ...(jujuVersion !== undefined ? { jujuVersion } : {}),
      ...(fault !== undefined ? { faults: fault } : {}),
    });
  } catch (error) {
    if (error instanceof FileError) throw new CouldNotRunError(error.message);
    if (error instanceof ProblemError) throw new UsageError(renderProblem(error.problem, 'long'));
    const usage =
      error instanceof WorldOptionsError ||
      error instanceof MixError ||
      error instanceof UnknownFaultError ||
      error instanceof VersionError;
    if (usage) throw new UsageError(error.message);
    throw error;
  }
}

function write(folder: string, world: RunningWorld): void {
  for (const [name, text] of Object.entries(clientFiles(world))) {
    writePrivate(join(folder, name), text);
  }
}

function greeting(world: RunningWorld, flags: UpFlags): string {
  const lines = [
    `MAAS            ${world.maas.url}  (key ${world.maas.apiKey})`,
    `controller      ${world.controller.address}  (user ${world.controller.user}, password ${world.controller.password})`,
    `agent metadata  ${world.streams.url}`,
    `admin           ${world.admin.url}`,
  ];
  if (flags.write) lines.push('', `export JUJU_DATA=${join(resolve(flags.write), 'juju')}`);
  lines.push('', 'ready; stop with Ctrl-C');
  return lines.join('\n');
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => signal.addEventListener('abort', () => done(), { once: true }));
}

const EXAMPLES = `
Examples:
  $ maasquerade up --machines 100 --write ./out     then: export JUJU_DATA=./out/juju; juju status
  $ maasquerade up --json --seed 7                  one line of JSON once ready
  $ maasquerade up --live-agents 50                 fifty of the agents on real sockets
  $ maasquerade up --speed 60 --fault maas-503      an hour a minute, and a MAAS that stumbles`;
