/** Scripts for commissioning, testing and releasing (facts/maas-api 3.8). */
import { notFound, refusal } from '../../core/refusal.ts';
import { createScript, updateScript } from '../../core/script-form.ts';
import { SCRIPT_TYPE, type Script } from '../../core/scripts.ts';
import { type Answer, DELETED, json } from '../answers.ts';
import { base64, scriptObject } from '../render/scripts.ts';
import { type Action, API_ROOT, type Call, type Resource, type UserCall } from '../routes.ts';

/** The text of a script: an uploaded file, or a field. */
function scriptText({ params, files }: Call, field: string): string {
  const file = files.find((candidate) => candidate.field === field) ?? files[0];
  return file ? Buffer.from(file.content).toString('utf8') : params.text(field);
}

function scriptOf({ core, path }: Call): Script {
  const script = core.scripts.find(path.name!);
  if (!script) throw notFound('Script', path.name!);
  return script;
}

function bytes(text: string): Answer {
  return { status: 200, contentType: 'application/binary', body: text };
}

const TYPE_OF: Readonly<Record<string, number>> = {
  commissioning: SCRIPT_TYPE.COMMISSIONING,
  testing: SCRIPT_TYPE.TESTING,
  release: SCRIPT_TYPE.RELEASE,
};

const collection: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'List the scripts.',
    run: ({ core, params }) => {
      const type = params.text('type');
      const hardware = params.text('hardware_type');
      const filters = params.all('filters').flatMap((value) => value.split(','));
      const names = filters.filter((name) => name !== '');
      const scripts = [...core.scripts.byId.values()].filter(
        (script) =>
          (type === '' || script.type === (TYPE_OF[type] ?? Number(type))) &&
          (hardware === '' || String(script.hardwareType) === hardware) &&
          (names.length === 0 ||
            names.some((name) => name === script.name || script.tags.includes(name))),
      );
      const withText = params.text('include_script') !== '';
      return json(
        scripts
          .sort((a, b) => (a.name < b.name ? -1 : 1))
          .map((script) => scriptObject(core, script, withText)),
      );
    },
  },
  {
    method: 'POST',
    op: null,
    doc: 'Add a script.',
    admin: true,
    run: (call) => {
      const script = createScript(call.core, call.params, scriptText(call, 'script'));
      return json(scriptObject(call.core, script, false));
    },
  },
];

function tagOp(op: 'add_tag' | 'remove_tag'): Action {
  return {
    method: 'POST',
    op,
    doc: 'Change the tags of a script.',
    admin: true,
    run: (call) => {
      const script = scriptOf(call);
      const tag = call.params.mandatory('tag');
      const others = script.tags.filter((present) => present !== tag);
      const tags = op === 'add_tag' ? [...others, tag].sort() : others;
      const changed = { ...script, tags };
      call.core.scripts.byId.set(script.id, changed);
      return json(scriptObject(call.core, changed, false));
    },
  };
}

const single: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'Read one script.',
    run: (call) =>
      json(scriptObject(call.core, scriptOf(call), call.params.text('include_script') !== '')),
  },
  {
    method: 'PUT',
    op: null,
    doc: 'Change a script.',
    admin: true,
    run: (call) => {
      const script = scriptOf(call);
      const changed = updateScript(call.core, script, call.params, scriptText(call, 'script'));
      return json(scriptObject(call.core, changed, false));
    },
  },
  { method: 'DELETE', op: null, doc: 'Remove a script.', admin: true, run: removeScript },
  {
    method: 'GET',
    op: 'download',
    doc: 'The text of a script.',
    run: (call) => {
      const script = scriptOf(call);
      const wanted = call.params.text('revision');
      const revision =
        wanted === '' ? script.history.at(-1) : script.history.find((r) => String(r.id) === wanted);
      if (!revision) throw notFound('VersionedTextFile', wanted);
      return bytes(revision.text);
    },
  },
  {
    method: 'POST',
    op: 'revert',
    doc: 'Go back to an earlier text.',
    admin: true,
    run: (call) => {
      const script = scriptOf(call);
      const to = call.params.mandatory('to');
      const number = /^-?\d{1,9}$/.test(to) ? Number(to) : Number.NaN;
      // A negative number counts back from the present text; any other is a revision's id.
      const at =
        number < 0
          ? script.history.length - 1 + number
          : script.history.findIndex(({ id }) => id === number);
      if (!script.history[at]) {
        throw refusal('invalid', `${to} is not a revision of this script.`, { wanted: to });
      }
      const changed = { ...script, history: script.history.slice(0, at + 1) };
      call.core.scripts.byId.set(script.id, changed);
      return json(scriptObject(call.core, changed, false));
    },
  },
  tagOp('add_tag'),
  tagOp('remove_tag'),
];

function removeScript(call: UserCall): Answer {
  const script = scriptOf(call);
  if (script.isDefault) {
    throw refusal('invalid', 'Unable to delete default script.', { wanted: script.name });
  }
  call.core.scripts.byId.delete(script.id);
  return DELETED;
}

// --- the old form, which only administrators may see (facts/maas-api 2.3) -----------------------

function oldObject(script: Script) {
  return {
    name: script.name,
    content: base64(script.history.at(-1)?.text ?? ''),
    deprecated: 'The commissioning-scripts endpoint is deprecated; use scripts.',
    resource_uri: `${API_ROOT}commissioning-scripts/${script.name}`,
  };
}

const oldCollection: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'List the names of the commissioning scripts.',
    run: ({ core }) =>
      json(
        core.scripts
          .ofType(SCRIPT_TYPE.COMMISSIONING)
          .map(({ name }) => name)
          .sort(),
      ),
  },
  {
    method: 'POST',
    op: null,
    doc: 'Add a commissioning script.',
    run: (call) => {
      call.params.mandatory('name');
      const made = createScript(call.core, call.params, scriptText(call, 'content'));
      const script = { ...made, type: SCRIPT_TYPE.COMMISSIONING };
      call.core.scripts.byId.set(script.id, script);
      return json(oldObject(script));
    },
  },
];

const oldSingle: readonly Action[] = [
  {
    method: 'GET',
    op: null,
    doc: 'The text of a commissioning script.',
    run: (call) => bytes(scriptOf(call).history.at(-1)?.text ?? ''),
  },
  {
    method: 'PUT',
    op: null,
    doc: 'Replace the text of a commissioning script.',
    run: (call) => {
      const script = scriptOf(call);
      return json(
        oldObject(updateScript(call.core, script, call.params, scriptText(call, 'content'))),
      );
    },
  },
  { method: 'DELETE', op: null, doc: 'Remove a commissioning script.', run: removeScript },
];

export const scriptResources: readonly Resource[] = [
  { path: 'scripts/', auth: { name: 'NodeScriptsHandler', actions: collection }, anon: null },
  { path: 'scripts/{name}', auth: { name: 'NodeScriptHandler', actions: single }, anon: null },
  {
    path: 'commissioning-scripts/',
    auth: { name: 'CommissioningScriptsHandler', actions: oldCollection },
    anon: null,
    adminOnly: true,
  },
  {
    path: 'commissioning-scripts/{name}',
    auth: { name: 'CommissioningScriptHandler', actions: oldSingle },
    anon: null,
    adminOnly: true,
  },
];
