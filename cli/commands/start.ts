/**
 * `maasquerade start`, which is `npm start`: the main job on the embedded default. The reference
 * client and a real client that ships in npm are put to the suite against fresh fakes, a thousand
 * machines with mixed agent-versions are upgraded under every fault, and a report is written. It
 * needs nothing but Node; what wants a container engine says that it was not run.
 */
import { type CommandResult, type DefineCommand, EXIT } from '../host.ts';
import { conform } from './conform.ts';
import { readOptions, runSimulation } from './simulate.ts';

const OUT = 'reports/out/start';
const FLEET = { machines: 1000, agents: '1.24.5=70,1.23.3=30', to: '1.25.2', faults: 'all' };
/** The reference client, a real client of the controller, and one of MAAS (wants a container engine). */
const SUBJECTS = 'reference,jujulib,gomaasapi-v3';

export const defineStart: DefineCommand = (program, host) => {
  program
    .command('start')
    .summary('the main job: clients put to the suite, a fleet upgraded under faults, a report')
    .description(
      'The main job on the embedded default: clients are put to the conformance suite against\n' +
        'fresh fakes, a thousand machines are upgraded under every fault, a report is written.',
    )
    .option('--subject <ids>', 'clients to put to the suite', SUBJECTS)
    .option('--out <dir>', 'folder for the report', OUT)
    .addHelpText('after', '\nExample:\n  $ maasquerade start --subject jujulib --out ./report')
    .action(
      host.action(async (context, flags: { subject: string; out: string }) => {
        context.note(`1/2 ${flags.subject.replaceAll(',', ', ')} against fresh fakes`);
        const suite = await conform(context, {
          subject: flags.subject,
          runtime: 'auto',
          controllerUser: 'admin',
          selfTest: false,
          out: flags.out,
        });
        context.note(
          `2/2 ${FLEET.machines} machines (${FLEET.agents}) to ${FLEET.to} under all faults`,
        );
        const fleet = await runSimulation(readOptions({ ...FLEET, seed: context.seed }), context);
        return {
          exit: worse(suite, fleet),
          json: { conform: suite.json, simulate: fleet.json },
          text: `${heading('Fleet')}${fleet.text}\n\n${heading('Conformance')}${suite.text}`,
        };
      }),
    );
};

/** A failure outranks what was not run. */
function worse(...results: readonly CommandResult[]): number {
  const exits = results.map((one) => one.exit);
  return (
    exits.find((exit) => exit === EXIT.failed) ??
    exits.find((exit) => exit !== EXIT.held) ??
    EXIT.held
  );
}

function heading(title: string): string {
  return `${title}\n${'-'.repeat(title.length)}\n`;
}
