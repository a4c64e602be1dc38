/** Scripts and what came of running them (facts/maas-api 3.7, 3.8). */
import type { MaasCore } from '../../core/core.ts';
import type { Machine } from '../../core/objects.ts';
import { combined, outputOf } from '../../core/script-output.ts';
import { overallStatus, type ScriptResult, type ScriptSet } from '../../core/script-results.ts';
import type { Script } from '../../core/scripts.ts';
import { scriptStatusName } from '../../core/status.ts';
import { API_ROOT } from '../routes.ts';
import { duration, isoDate, scriptDate } from './shared.ts';

const SCRIPT_TYPE_NAME: Readonly<Record<number, string>> = {
  0: 'Commissioning script',
  2: 'Testing script',
  3: 'Release script',
};
const HARDWARE_NAME = ['Node', 'CPU', 'Memory', 'Storage', 'Network', 'GPU'];
const PARALLEL_NAME = [
  'Disabled',
  'Run along other instances of this script',
  'Run along any other script',
];

/** @param withText also the text of every revision, base64 */
export function scriptObject(core: MaasCore, script: Script, withText: boolean) {
  return {
    id: script.id,
    name: script.name,
    title: script.title,
    description: script.description,
    tags: script.tags,
    type: script.type,
    type_name: SCRIPT_TYPE_NAME[script.type],
    hardware_type: script.hardwareType,
    hardware_type_name: HARDWARE_NAME[script.hardwareType],
    parallel: script.parallel,
    parallel_name: PARALLEL_NAME[script.parallel],
    results: {},
    parameters: script.parameters,
    packages: {},
    timeout: duration(script.timeoutSeconds),
    destructive: script.destructive,
    default: script.isDefault,
    for_hardware: script.forHardware,
    may_reboot: script.mayReboot,
    recommission: script.recommission,
    apply_configured_networking: script.applyNetworking,
    history: [...script.history].reverse().map((revision) => ({
      id: revision.id,
      comment: revision.comment,
      created: scriptDate(core, revision.createdMs),
      ...(withText ? { data: base64(revision.text) } : {}),
    })),
    resource_uri: `${API_ROOT}scripts/${script.name}`,
  };
}

const SET_TYPE_NAME = ['Commissioning', 'Installation', 'Testing', 'Release'];

/** @param results those of the set that are wanted */
export function scriptSetObject(
  core: MaasCore,
  machine: Machine,
  set: ScriptSet,
  results: readonly ScriptResult[],
  withOutput: boolean,
) {
  const status = overallStatus(set.results);
  const ends = set.results.map(({ endedMs }) => endedMs);
  const ended = ends.includes(null) ? null : Math.max(set.startedMs, ...(ends as number[]));
  return {
    id: set.id,
    system_id: machine.systemId,
    type: set.type,
    type_name: SET_TYPE_NAME[set.type],
    last_ping: scriptDate(core, ended ?? core.clock.nowMs()),
    status,
    status_name: scriptStatusName(status),
    started: scriptDate(core, set.startedMs),
    ended: ended === null ? null : scriptDate(core, ended),
    runtime: ended === null ? '' : duration((ended - set.startedMs) / 1000),
    results: results.map((result) => resultObject(core, machine, result, withOutput)),
    resource_uri: `${API_ROOT}nodes/${machine.systemId}/results/${set.id}/`,
  };
}

function resultObject(core: MaasCore, machine: Machine, result: ScriptResult, withOutput: boolean) {
  const { startedMs, endedMs, script, disk } = result;
  const stamp = (ms: number | null) => (ms === null ? null : scriptDate(core, ms));
  // Whole seconds, so that equal runs give answers of equal length.
  const seconds = (ms: number | null) =>
    ms === null ? null : Math.floor(core.dateAt(ms).getTime() / 1000);
  const output = outputOf(machine, result);
  const revision = script?.history.at(-1);
  return {
    id: result.id,
    created: stamp(startedMs),
    updated: stamp(endedMs ?? startedMs),
    name: result.name,
    status: result.status,
    status_name: scriptStatusName(result.status),
    exit_status: result.exitStatus,
    started: stamp(startedMs),
    ended: stamp(endedMs),
    runtime: startedMs === null || endedMs === null ? '' : duration((endedMs - startedMs) / 1000),
    starttime: seconds(startedMs),
    endtime: seconds(endedMs),
    estimated_runtime:
      script && script.timeoutSeconds > 0 ? duration(script.timeoutSeconds) : 'Unknown',
    parameters:
      disk === null ? {} : { storage: { type: 'storage', value: diskValue(machine, disk) } },
    script_id: script?.id ?? null,
    script_revision_id: revision?.id ?? null,
    suppressed: result.suppressed,
    ...(withOutput
      ? {
          output: base64(combined(output)),
          stdout: base64(output.stdout),
          stderr: base64(output.stderr),
          result: base64(output.result),
        }
      : {}),
  };
}

function diskValue(machine: Machine, name: string) {
  const disk = machine.state.blockDevices.find((candidate) => candidate.name === name);
  return {
    name,
    model: disk?.model ?? '',
    serial: disk?.serial ?? '',
    id_path: disk?.idPath ?? '',
    physical_blockdevice_id: disk?.id ?? null,
  };
}

/** The old flat form of results; stderr is an entry of its own (facts/maas-api 3.7). */
export function flatResultObjects(
  core: MaasCore,
  machine: Machine,
  set: ScriptSet,
  result: ScriptResult,
) {
  const { stdout, stderr } = outputOf(machine, result);
  const one = (name: string, text: string) => ({
    created: isoDate(core, result.startedMs ?? set.startedMs),
    updated: isoDate(core, result.endedMs ?? set.startedMs),
    id: result.id,
    name,
    script_result: result.exitStatus,
    result_type: set.type,
    node: { system_id: machine.systemId },
    data: base64(text),
    resource_uri: `${API_ROOT}commissioning-scripts/`,
  });
  return stderr === ''
    ? [one(result.name, stdout)]
    : [one(result.name, stdout), one(`${result.name}.err`, stderr)];
}

export function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
