/** What scripts found on machines (facts/maas-api 3.7). */
import type { MaasCore } from '../../core/core.ts';
import type { Machine } from '../../core/objects.ts';
import { canView } from '../../core/permissions.ts';
import { notFound, refusal } from '../../core/refusal.ts';
import { combined, outputOf } from '../../core/script-output.ts';
import { RESULT_TYPE, type ScriptResult, type ScriptSet } from '../../core/script-results.ts';
import { type Answer, DELETED, json, text } from '../answers.ts';
import type { Params } from '../params.ts';
import { flatResultObjects, scriptSetObject } from '../render/scripts.ts';
import type { Action, Resource, UserCall } from '../routes.ts';

const TYPES: Readonly<Record<string, number>> = {
  commissioning: RESULT_TYPE.COMMISSIONING,
  installation: RESULT_TYPE.INSTALLATION,
  testing: RESULT_TYPE.TESTING,
  release: RESULT_TYPE.RELEASE,
};

/** Any text at all counts as true, `false` included (facts/maas-api 3.7). */
function included(params: Params, name: string): boolean {
  return params.text(name) !== '';
}

/** The results of a set that the `filters` ask for: by script name, tag or id. */
function wanted(params: Params, set: ScriptSet): readonly ScriptResult[] {
  const filters = params.all('filters').flatMap((value) => value.split(','));
  const names = filters.filter((name) => name !== '');
  if (names.length === 0) return set.results;
  return set.results.filter(({ id, name, script }) =>
    names.some((n) => n === name || n === String(id) || script?.tags.includes(n)),
  );
}

function listSets({ core, user, path, params }: UserCall): Answer {
  const machine = core.machine(user, path.system_id!);
  const type = params.text('type');
  if (type !== '' && !(type in TYPES)) {
    throw refusal('invalid', { type: [`Unknown type ${type}`] }, { wanted: type });
  }
  const hardware = params.text('hardware_type');
  const sets = core.results.of(machine).filter((set) => type === '' || set.type === TYPES[type]);
  return json(
    [...sets].reverse().flatMap((set) => {
      const results = wanted(params, set).filter(
        ({ script }) => hardware === '' || String(script?.hardwareType) === hardware,
      );
      return results.length === 0 && hardware !== ''
        ? []
        : [scriptSetObject(core, machine, set, results, included(params, 'include_output'))];
    }),
  );
}

const CURRENT: Readonly<Record<string, (machine: Machine) => number | null>> = {
  'current-commissioning': ({ state }) => state.commissioningResultId,
  'current-testing': ({ state }) => state.testingResultId,
  'current-installation': ({ state }) => state.installationResultId,
};

function setOf(core: MaasCore, machine: Machine, id: string): ScriptSet {
  const current = Object.hasOwn(CURRENT, id) ? CURRENT[id] : undefined;
  if (!current && !/^\d{1,12}$/.test(id)) {
    throw refusal(
      'invalid',
      `Unknown id "${id}" must be ${Object.keys(CURRENT)
        .join(', ')
        .replace(/, ([^,]*)$/, ', or $1')}.`,
      { wanted: id },
    );
  }
  const number = current ? current(machine) : Number(id);
  if (number === null) {
    const kind = id.slice('current-'.length);
    throw refusal('invalid', `No current ${kind} script set exists for this node.`, { wanted: id });
  }
  const found = core.results.of(machine).find((set) => set.id === number);
  if (!found) throw notFound('ScriptSet', id);
  return found;
}

const setActions: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'Read one set of results.',
    run: ({ core, user, path, params }) => {
      const machine = core.machine(user, path.system_id!);
      const set = setOf(core, machine, path.id!);
      const output = included(params, 'include_output');
      return json(scriptSetObject(core, machine, set, wanted(params, set), output));
    },
  },
  {
    method: 'PUT',
    op: null,
    doc: 'Count results as suppressed, or no longer so.',
    admin: true,
    run: ({ core, user, path, params }) => {
      const machine = core.machine(user, path.system_id!);
      const set = setOf(core, machine, path.id!);
      const chosen = new Set(wanted(params, set).map(({ id }) => id));
      const suppressed = params.optional('suppressed') && params.flag('suppressed');
      if (suppressed !== undefined && suppressed !== '') {
        core.results.change(machine, set.id, (result) =>
          chosen.has(result.id) ? { ...result, suppressed } : result,
        );
      }
      const now = setOf(core, machine, String(set.id));
      const results = now.results.filter(({ id }) => chosen.has(id));
      return json(scriptSetObject(core, machine, now, results, false));
    },
  },
  {
    method: 'DELETE',
    op: null,
    doc: 'Remove a set of results.',
    admin: true,
    run: ({ core, user, path }) => {
      const machine = core.machine(user, path.system_id!);
      core.results.remove(machine, setOf(core, machine, path.id!).id);
      return DELETED;
    },
  },
  {
    method: 'GET',
    op: 'download',
    doc: 'What the scripts printed.',
    run: ({ core, user, path, params }) => {
      const machine = core.machine(user, path.system_id!);
      const set = setOf(core, machine, path.id!);
      const kind = params.text('output') || 'combined';
      if (!['combined', 'stdout', 'stderr', 'result', 'all'].includes(kind)) {
        throw refusal('invalid', `Unknown output "${kind}".`, { wanted: kind });
      }
      const filetype = params.text('filetype') || 'txt';
      if (filetype !== 'txt') {
        throw refusal('invalid', `Unknown filetype "${filetype}".`, { wanted: filetype });
      }
      const results = wanted(params, set);
      const parts = results.map((result) => printed(machine, result, kind));
      // One result is shown as it is, several each under its name.
      const [only] = parts;
      return text(
        parts.length === 1
          ? only!
          : parts.map((part, i) => `${banner(results[i]!.name)}${part}\n`).join(''),
      );
    },
  },
];

function printed(machine: Machine, result: ScriptResult, kind: string): string {
  const output = outputOf(machine, result);
  if (kind === 'stdout' || kind === 'stderr' || kind === 'result') return output[kind];
  return combined(output);
}

function banner(name: string): string {
  const line = '-'.repeat(name.length + 4);
  return `${line}\n| ${name} |\n${line}\n`;
}

/** `commissioning-results/`, by its two names: the flat list of before 2.3. */
const flatList: Action = {
  method: 'GET',
  op: null,
  doc: 'List results of commissioning and installing, in the old form.',
  run: ({ core, user, params }) => {
    const ids = params.all('system_id').filter((id) => id !== '');
    const names = params.all('name').filter((name) => name !== '');
    const type = params.text('result_type');
    if (type !== '' && !['0', '1', '2'].includes(type)) {
      throw refusal('invalid', {
        result_type: [`Select a valid choice. ${type} is not one of the available choices.`],
      });
    }
    const machines = core.machines.filter(
      ({ systemId, state }) => canView(user, state) && (ids.length === 0 || ids.includes(systemId)),
    );
    return json(
      machines.flatMap((machine) =>
        core.results
          .of(machine)
          .filter((set) => type === '' || set.type === Number(type))
          .flatMap((set) =>
            set.results
              .filter(({ endedMs }) => endedMs !== null)
              .flatMap((result) => flatResultObjects(core, machine, set, result)),
          )
          .filter(({ name }) => names.length === 0 || names.includes(name)),
      ),
    );
  },
};

export const resultResources: readonly Resource[] = [
  {
    path: 'nodes/{system_id}/results/',
    auth: {
      name: 'NodeScriptResultsHandler',
      actions: [
        { method: 'GET', op: null, doc: 'List the sets of results of a machine.', run: listSets },
      ],
    },
    anon: null,
  },
  {
    path: 'nodes/{system_id}/results/{id}/',
    auth: { name: 'NodeScriptResultHandler', actions: setActions },
    anon: null,
  },
  ...['installation-results/', 'commissioning-results/'].map(
    (path): Resource => ({
      path,
      auth: { name: 'NodeResultsHandler', actions: [flatList] },
      anon: null,
    }),
  ),
];
