/**
 * `maasquerade conform`: puts subjects to the suite, writes the report in every form and says in
 * the terminal what did not hold. Without services by URL, each subject gets a world of its own.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SingleBar } from 'cli-progress';
import { type Command, Option } from 'commander';
import { openComponent } from '../../conformance/components/runtime.ts';
import { startOwnWorld } from '../../conformance/own-world.ts';
import { provenanceOf } from '../../conformance/provenance.ts';
import { exitOf, type Progress, type Results, runConformance } from '../../conformance/run.ts';
import { DEFAULT_SUBJECTS, findSubject, SUBJECTS } from '../../conformance/subjects.ts';
import {
  type Profile,
  REPORT_FORMAT,
  type Report,
  type SubjectResult,
  type Target,
} from '../../conformance/types.ts';
import type { Runtime } from '../../conformance/world.ts';
import { terminalSummary } from '../../reports/summary.ts';
import { REPORT_FILES, writeReport } from '../../reports/write.ts';
import {
  type CommandContext,
  type CommandResult,
  CouldNotRunError,
  type DefineCommand,
  UsageError,
} from '../host.ts';
import { productVersion } from '../version.ts';

const PROFILES = ['maas', 'controller', 'agent', 'streams', 'client'] as const;
const DEFAULT_OUT = 'reports/out/conform';

export interface ConformFlags {
  readonly subject?: string;
  readonly profile?: string;
  readonly with?: string;
  readonly runtime: Runtime;
  readonly maasUrl?: string;
  readonly apiKey?: string;
  readonly streamsUrl?: string;
  readonly controller?: string;
  readonly controllerCa?: string;
  readonly controllerUser: string;
  readonly controllerUuid?: string;
  readonly selfTest: boolean;
  readonly out: string;
}

export const defineConform: DefineCommand = (program, host) => {
  program
    .command('conform')
    .summary('put real clients, or your own build of one, to the conformance suite')
    .description(
      'Puts subjects to the conformance suite: each meets a fresh world (or the services named by\n' +
        'URL), and every requirement is judged with evidence. Writes results.json, JUnit, SARIF,\n' +
        'Markdown and one HTML page.',
    )
    .option('--subject <ids>', `comma-separated; default: ${DEFAULT_SUBJECTS.join(',')}`)
    .option('--profile <names>', `comma-separated, of: ${PROFILES.join(', ')}`)
    .option('--with <path|image>', 'your own build of the one subject named by --subject')
    .addOption(
      new Option('--runtime <how>', 'where real clients run')
        .choices(['auto', 'docker', 'process'])
        .default('auto'),
    )
    .option('--maas-url <url>', 'ask this MAAS instead of a fake one, e.g. http://host:5240/MAAS/')
    .option('--api-key <key>', 'its API key (or MAAS_API_KEY in the environment)')
    .option('--controller <host:port>', 'ask this controller instead of a fake one')
    .option('--controller-ca <file>', 'PEM of its CA')
    .option('--controller-user <name>', 'user name on it', 'admin')
    .option('--controller-uuid <uuid>', 'its UUID, if it is to be checked')
    .option('--streams-url <url>', 'ask this agent metadata instead of one of our own')
    .option('--self-test', 'also put every saboteur to work: each requirement must notice', false)
    .option('--out <dir>', 'folder for the report', DEFAULT_OUT)
    .addHelpText('after', EXAMPLES)
    .action(
      host.action((context, flags: ConformFlags, _command: Command) => conform(context, flags)),
    );
};

/** What `conform` does, for the command itself and for `start`. */
export async function conform(
  context: CommandContext,
  flags: ConformFlags,
): Promise<CommandResult> {
  const subjects = subjectsOf(flags);
  const target = await targetOf(flags);
  const profiles = profilesOf(flags, target);
  const began = performance.now();
  const progress = progressOn(context);
  const results = await runConformance({
    subjects,
    ...(profiles ? { profiles } : {}),
    ...(flags.with === undefined ? {} : { with: flags.with }),
    ...(target ? { target } : {}),
    runtime: flags.runtime,
    seed: context.seed,
    selfTest: flags.selfTest,
    productVersion: productVersion(),
    startWorld: startOwnWorld,
    openComponent,
    signal: context.signal,
    onProgress: progress.show,
  }).finally(progress.stop);
  const report = await finish(results, began);
  const dir = resolve(flags.out);
  await writeReport(dir, report).catch((error: Error) => {
    throw new CouldNotRunError(`cannot write the report to ${dir}: ${error.message}`);
  });
  return {
    exit: exitOf(results, context.strict),
    json: answerOf(report, dir),
    text: `${terminalSummary(report)}\n\nReport: ${dir}/${REPORT_FILES.page}`,
  };
}

function subjectsOf(flags: ConformFlags): readonly string[] {
  const asked = flags.subject === undefined ? DEFAULT_SUBJECTS : words(flags.subject);
  if (asked.length === 0) throw new UsageError('--subject names nothing');
  for (const id of asked) {
    if (!findSubject(id)) {
      const known = SUBJECTS.map((one) => one.id).join(', ');
      throw new UsageError(`no subject has the id ${id}; known: ${known}`);
    }
  }
  if (flags.with !== undefined && (flags.subject === undefined || asked.length !== 1)) {
    throw new UsageError('--with takes the place of one subject: name it with --subject');
  }
  return [...new Set(asked)];
}

/** What was named, or else what the given services can be asked; undefined means all. */
function profilesOf(flags: ConformFlags, target: Target | undefined): Profile[] | undefined {
  if (flags.profile !== undefined) {
    return words(flags.profile).map((word) => {
      const profile = PROFILES.find((one) => one === word);
      if (profile) return profile;
      throw new UsageError(`no profile is called ${word}; known: ${PROFILES.join(', ')}`);
    });
  }
  if (!target) return undefined;
  return [
    ...(target.maas ? (['maas'] as const) : []),
    ...(target.controller ? (['controller', 'agent'] as const) : []),
    ...(target.streams ? (['streams'] as const) : []),
    ...(target.controller && target.streams ? (['client'] as const) : []),
  ];
}

async function targetOf(flags: ConformFlags): Promise<Target | undefined> {
  const apiKey = flags.apiKey ?? process.env.MAAS_API_KEY;
  const password = process.env.MAASQUERADE_CONTROLLER_PASSWORD;
  if (flags.maasUrl && !apiKey) throw new UsageError('--maas-url needs --api-key');
  if (flags.apiKey && !flags.maasUrl) throw new UsageError('--api-key needs --maas-url');
  if (flags.controller && !(flags.controllerCa && password)) {
    throw new UsageError(
      '--controller needs --controller-ca, and the password in MAASQUERADE_CONTROLLER_PASSWORD',
    );
  }
  for (const url of [flags.maasUrl, flags.streamsUrl]) {
    if (url !== undefined && !/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
      throw new UsageError(`${url} is no http or https URL`);
    }
  }
  const target: Target = {
    ...(flags.maasUrl && apiKey ? { maas: { url: flags.maasUrl, apiKey } } : {}),
    ...(flags.controller && flags.controllerCa && password
      ? {
          controller: {
            address: flags.controller,
            caCert: await readCa(flags.controllerCa),
            user: flags.controllerUser,
            password,
            uuid: flags.controllerUuid ?? '',
          },
        }
      : {}),
    ...(flags.streamsUrl ? { streams: { url: flags.streamsUrl } } : {}),
  };
  if (Object.keys(target).length === 0) return undefined;
  if (flags.selfTest) throw new UsageError('--self-test breaks services, so it makes its own');
  return target;
}

async function readCa(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: Error) => {
    throw new CouldNotRunError(`cannot read the CA certificate: ${error.message}`);
  });
}

async function finish(results: Results, began: number): Promise<Report> {
  const secretOptions = new Set(['--api-key']);
  const argv = process.argv.slice(2);
  const safe = argv.map((word, index) =>
    secretOptions.has(argv[index - 1] ?? '') ? 'KEY' : word.replace(/^(--api-key=).*/, '$1KEY'),
  );
  const provenance = await provenanceOf({
    command: `maasquerade ${safe.join(' ')}`,
    productVersion: productVersion(),
    wallMs: performance.now() - began,
  });
  return { format: REPORT_FORMAT, ...results, provenance };
}

/** What `--json` prints: the design's contract, whose evidence is the note; the rest is in files. */
function answerOf(report: Report, reportDir: string) {
  const subject = ({ requirements, ...one }: SubjectResult) => ({
    ...one,
    requirements: requirements.map(({ evidence, ...rest }) => ({
      ...rest,
      evidence: evidence.note,
    })),
  });
  return {
    subjects: report.subjects.map(subject),
    gaps: report.gaps,
    ...(report.selfTest ? { selfTest: report.selfTest } : {}),
    ...(report.broke.length > 0 ? { broke: report.broke } : {}),
    reportDir,
  };
}

/** A bar on a terminal, nothing elsewhere. */
function progressOn(context: CommandContext): {
  show: (progress: Progress) => void;
  stop: () => void;
} {
  if (!context.interactive) return { show: () => undefined, stop: () => undefined };
  const bar = new SingleBar({
    format: '  {bar} {value}/{total}  {doing}',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  let started = false;
  return {
    show: ({ done, total, doing }) => {
      if (!started) bar.start(total, 0, { doing });
      started = true;
      bar.update(done, { doing });
    },
    stop: () => bar.stop(),
  };
}

function words(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

const EXAMPLES = `
Examples:
  $ maasquerade conform
  $ maasquerade conform --subject jujulib,gomaasapi-v3 --out ./report
  $ maasquerade conform --subject gomaasapi-v3 --with ~/src/gomaasapi      your own checkout
  $ maasquerade conform --self-test                                       would a break be noticed?
  $ maasquerade conform --subject reference --maas-url http://10.0.0.2:5240/MAAS/ --api-key KEY

Against services by URL the suite leaves nothing behind that it knows of, but it allocates, deploys
and releases machines: do not point it at a MAAS that people use.`;
