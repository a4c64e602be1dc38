/**
 * `maasquerade replay FILE.yaml`: runs a scenario file again, exactly, and shows both what the
 * operator of the era saw and what could have been said. It is the part of `replay` that is about
 * scenarios; simulation tokens are handled beside it.
 */
import { FileError } from '../../sim/faults/yaml-file.ts';
import { type IncidentResult, incidentText, runScenario } from '../../sim/world/incident.ts';
import { type CommandContext, type CommandResult, CouldNotRunError, EXIT } from '../host.ts';

/** Whether `replay` was given a scenario rather than a token. */
export function isScenarioFile(what: string): boolean {
  return /\.ya?ml$/.test(what);
}

/**
 * @param file a scenario file
 * @param seed instead of the file's own, if given on the command line
 * @returns exit 0 if every expectation of the scenario held, else 1
 * @throws CouldNotRunError when the file cannot be read or does not fit
 */
export async function replayScenario(
  context: CommandContext,
  file: string,
  seed?: number,
): Promise<CommandResult> {
  let result: IncidentResult;
  try {
    result = await runScenario(file, seed);
  } catch (error) {
    if (error instanceof FileError) throw new CouldNotRunError(error.message);
    throw error;
  }
  const replay = `maasquerade replay ${file} --seed ${result.seed}`;
  context.note(`replay: ${replay}`);
  const { id, title, steps, problems, trace, ok } = result;
  return {
    exit: ok ? EXIT.held : EXIT.failed,
    json: { id, title, seed: result.seed, ok, steps, problems, traceHash: trace.hash, replay },
    text: `${incidentText(result)}\ntrace ${trace.hash}, again: ${replay}\n`,
  };
}
