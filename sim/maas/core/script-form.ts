/**
 * Adding and changing scripts (facts/maas-api 3.8). A script may describe itself in a comment block of
 * its own text, between two marker lines; what stands there wins over the fields of the request.
 */
import { parse } from 'yaml';
import type { MaasCore } from './core.ts';
import { type Fields, formFlag } from './fields.ts';
import { fieldRefusal } from './refusal.ts';
import { HARDWARE, type HardwareType, PLAIN, SCRIPT_TYPE, type Script } from './scripts.ts';

/** @throws Refusal 400 with form errors */
export function createScript(core: MaasCore, fields: Fields, text: string): Script {
  const described = description(text);
  const name = described.name ?? fields.text('name');
  if (name === '') throw fieldRefusal('name', 'This field is required.');
  checkName(core, name, undefined);
  if (text === '') throw fieldRefusal('script', 'This field is required.');
  const values = { ...PLAIN, ...fromFields(fields), ...described, name };
  const history = [core.scripts.revision(text, comment(fields), core.clock.nowMs())];
  return core.scripts.add({ ...values, history });
}

/** @param text the new text, or empty for the present one. @throws Refusal 400 with form errors */
export function updateScript(core: MaasCore, script: Script, fields: Fields, text: string): Script {
  const described = text === '' ? {} : description(text);
  const name = described.name ?? (fields.text('name') || script.name);
  if (script.isDefault && name !== script.name) {
    throw fieldRefusal('name', 'Not allowed to change on default scripts.', { wanted: name });
  }
  checkName(core, name, script);
  const history =
    text === ''
      ? script.history
      : [...script.history, core.scripts.revision(text, comment(fields), core.clock.nowMs())];
  const changed: Script = { ...script, ...fromFields(fields), ...described, name, history };
  core.scripts.byId.set(script.id, changed);
  return changed;
}

function comment(fields: Fields): string | null {
  return fields.text('comment') || null;
}

function checkName(core: MaasCore, name: string, self: Script | undefined): void {
  if (!/^[\w.-]{1,255}$/.test(name) || /^\d+$/.test(name)) {
    throw fieldRefusal('name', 'Enter a valid value.', { wanted: name });
  }
  const other = core.scripts.named(name);
  if (other && other.id !== self?.id) {
    throw fieldRefusal('name', 'Script with this Name already exists.', { wanted: name });
  }
}

type Described = { -readonly [K in keyof Omit<Script, 'id' | 'history'>]?: Script[K] };

function fromFields(fields: Fields): Described {
  const described: Described = {};
  for (const field of ['title', 'description'] as const) {
    const value = fields.optional(field);
    if (value !== undefined) described[field] = value;
  }
  const tags = fields.all('tags').flatMap((value) => value.split(','));
  if (fields.has('tags')) described.tags = cleanTags(tags);
  put(described, {
    type: fields.optional('type') || fields.optional('script_type'),
    hardware_type: fields.optional('hardware_type'),
    parallel: fields.optional('parallel'),
    timeout: fields.optional('timeout'),
  });
  if (fields.has('for_hardware')) {
    described.forHardware = fields.all('for_hardware').flatMap((value) => value.split(','));
  }
  if (fields.has('destructive')) described.destructive = formFlag(fields, 'destructive', false);
  if (fields.has('may_reboot')) described.mayReboot = formFlag(fields, 'may_reboot', false);
  if (fields.has('recommission')) described.recommission = formFlag(fields, 'recommission', false);
  if (fields.has('apply_configured_networking')) {
    described.applyNetworking = formFlag(fields, 'apply_configured_networking', false);
  }
  return described;
}

function cleanTags(tags: readonly string[]): string[] {
  return [...new Set(tags.map((tag) => tag.trim()).filter((tag) => tag !== ''))].sort();
}

const TYPE_NAMES: Readonly<Record<string, Script['type']>> = {
  commissioning: SCRIPT_TYPE.COMMISSIONING,
  testing: SCRIPT_TYPE.TESTING,
  test: SCRIPT_TYPE.TESTING,
  release: SCRIPT_TYPE.RELEASE,
  '0': SCRIPT_TYPE.COMMISSIONING,
  '2': SCRIPT_TYPE.TESTING,
  '3': SCRIPT_TYPE.RELEASE,
};
const HARDWARE_NAMES: Readonly<Record<string, HardwareType>> = {
  node: HARDWARE.NODE,
  machine: HARDWARE.NODE,
  cpu: HARDWARE.CPU,
  memory: HARDWARE.MEMORY,
  storage: HARDWARE.STORAGE,
  disk: HARDWARE.STORAGE,
  network: HARDWARE.NETWORK,
  gpu: HARDWARE.GPU,
  ...Object.fromEntries(Object.values(HARDWARE).map((number) => [String(number), number])),
};
const PARALLEL_NAMES: Readonly<Record<string, Script['parallel']>> = {
  disabled: 0,
  none: 0,
  instance: 1,
  any: 2,
  '0': 0,
  '1': 1,
  '2': 2,
};

/** Choices by name or number. @throws Refusal 400 for another word */
function put(described: Described, sent: Readonly<Record<string, unknown>>): void {
  const choose = <T>(field: string, names: Readonly<Record<string, T>>): T | undefined => {
    const value = sent[field];
    if (value === undefined || value === '' || value === null) return undefined;
    const word = String(value).toLowerCase();
    if (Object.hasOwn(names, word)) return names[word];
    throw fieldRefusal(
      field,
      `Select a valid choice. ${value} is not one of the available choices.`,
      { wanted: String(value), found: Object.keys(names) },
    );
  };
  const type = choose('type', TYPE_NAMES) ?? choose('script_type', TYPE_NAMES);
  const hardwareType = choose('hardware_type', HARDWARE_NAMES);
  const parallel = choose('parallel', PARALLEL_NAMES);
  const timeoutSeconds = seconds(sent.timeout);
  if (type !== undefined) described.type = type;
  if (hardwareType !== undefined) described.hardwareType = hardwareType;
  if (parallel !== undefined) described.parallel = parallel;
  if (timeoutSeconds !== undefined) described.timeoutSeconds = timeoutSeconds;
}

/** Seconds, or `hh:mm:ss`. @throws Refusal 400 for anything else */
function seconds(value: unknown): number | undefined {
  if (value === undefined || value === '' || value === null) return undefined;
  const text = String(value);
  const clock = /^(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})$/.exec(text);
  if (clock) return Number(clock[1] ?? 0) * 3600 + Number(clock[2]) * 60 + Number(clock[3]);
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw fieldRefusal('timeout', 'Enter a valid duration.', { wanted: text });
}

const BLOCK = /--- Start MAAS \d+\.\d+ script metadata ---\n([\s\S]*?)\n?[^\n]*--- End MAAS/;

/** What the text says about itself. @throws Refusal 400 when that is no YAML */
function description(text: string): Described {
  const block = BLOCK.exec(text.slice(0, 64 * 1024))?.[1];
  if (block === undefined) return {};
  const yaml = block.replace(/^\s*#\s?/gm, '');
  let data: unknown;
  try {
    data = parse(yaml, { maxAliasCount: 10 });
  } catch (error) {
    throw fieldRefusal('script', `Invalid YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return {};
  const sent = data as Readonly<Record<string, unknown>>;
  const described: Described = {};
  for (const field of ['name', 'title', 'description'] as const) {
    if (typeof sent[field] === 'string') described[field] = sent[field];
  }
  if (sent.tags !== undefined) {
    const tags = Array.isArray(sent.tags) ? sent.tags : String(sent.tags).split(',');
    described.tags = cleanTags(tags.map(String));
  }
  put(described, sent);
  if (typeof sent.destructive === 'boolean') described.destructive = sent.destructive;
  if (typeof sent.may_reboot === 'boolean') described.mayReboot = sent.may_reboot;
  if (typeof sent.recommission === 'boolean') described.recommission = sent.recommission;
  if (typeof sent.parameters === 'object' && sent.parameters !== null) {
    described.parameters = { ...sent.parameters };
  }
  return described;
}
