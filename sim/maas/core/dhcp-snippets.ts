/** Pieces of DHCP configuration that people add (facts/maas-api 3.13, 6.8). */
import type { MaasCore } from './core.ts';
import { type Fields, formFlag } from './fields.ts';
import { NO_CHOICE, requiredField } from './form-fields.ts';
import { freshId } from './fresh-id.ts';
import { fieldRefusal, notFound, refusal } from './refusal.ts';

export interface DhcpSnippet {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  /** system_id. */
  readonly node: string | null;
  readonly subnetId: number | null;
  readonly ipRangeId: number | null;
  /** Every text that it had, the present one last. */
  readonly history: readonly {
    readonly id: number;
    readonly value: string;
    readonly atMs: number;
  }[];
}

/** By id or name. @throws Refusal 404 */
export function snippetOf(core: MaasCore, text: string): DhcpSnippet {
  for (const one of core.dhcpSnippets.values()) {
    if (String(one.id) === text || one.name === text) return one;
  }
  throw notFound('DHCPSnippet', text);
}

/** @throws Refusal 400 */
export function createSnippet(core: MaasCore, fields: Fields): DhcpSnippet {
  const name = requiredField(fields, 'name');
  const value = requiredField(fields, 'value');
  const made: DhcpSnippet = {
    id: freshId(core.dhcpSnippets),
    name,
    description: fields.text('description'),
    enabled: formFlag(fields, 'enabled', true),
    ...scopeOf(core, fields, undefined),
    history: [{ id: 1, value, atMs: core.clock.nowMs() }],
  };
  core.dhcpSnippets.set(made.id, made);
  return made;
}

/** @throws Refusal 400 */
export function updateSnippet(core: MaasCore, before: DhcpSnippet, fields: Fields): DhcpSnippet {
  const value = fields.text('value');
  const present = before.history.at(-1)!;
  const changed: DhcpSnippet = {
    ...before,
    name: fields.text('name') || before.name,
    description: fields.optional('description') ?? before.description,
    enabled: formFlag(fields, 'enabled', before.enabled),
    ...scopeOf(core, fields, before),
    history:
      value === '' || value === present.value
        ? before.history
        : [...before.history, { id: present.id + 1, value, atMs: core.clock.nowMs() }],
  };
  core.dhcpSnippets.set(before.id, changed);
  return changed;
}

/** Goes back to a former text, by its id or so many steps. @throws Refusal 400 */
export function revertSnippet(core: MaasCore, before: DhcpSnippet, to: string): DhcpSnippet {
  if (!/^-?\d{1,9}$/.test(to)) {
    throw refusal('invalid', `Invalid to: ${to} is not an integer`, { wanted: to });
  }
  const { history } = before;
  const wanted = Number(to);
  const index =
    wanted < 0 ? history.length - 1 + wanted : history.findIndex(({ id }) => id === wanted);
  if (!history[index]) {
    throw refusal('invalid', wanted < 0 ? `Goes back too far.` : `${to} not found in history.`, {
      wanted: to,
      found: history.map(({ id }) => String(id)),
    });
  }
  const changed = { ...before, history: history.slice(0, index + 1) };
  core.dhcpSnippets.set(before.id, changed);
  return changed;
}

/** What it is for: everything, or one node, subnet or range. */
function scopeOf(core: MaasCore, fields: Fields, before: DhcpSnippet | undefined) {
  const scope = {
    node: before?.node ?? null,
    subnetId: before?.subnetId ?? null,
    ipRangeId: before?.ipRangeId ?? null,
  };
  if (formFlag(fields, 'global_snippet', false)) {
    return { node: null, subnetId: null, ipRangeId: null };
  }
  const node = fields.text('node');
  const subnet = fields.text('subnet');
  const range = fields.text('iprange');
  if (node === '' && subnet === '' && range === '') return scope;
  if (node !== '' && subnet !== '') {
    throw fieldRefusal('__all__', 'Cannot set a subnet and a node at the same time.');
  }
  if (node !== '') {
    const known =
      core.findMachine(node) ??
      core.devices.get(node) ??
      core.rackControllers.find(({ systemId }) => systemId === node);
    if (!known) throw fieldRefusal('node', NO_CHOICE, { wanted: node });
    return { node, subnetId: null, ipRangeId: null };
  }
  const [found] = subnet === '' ? [] : core.network.subnetsBySpecifier(subnet);
  if (subnet !== '' && !found) throw fieldRefusal('subnet', NO_CHOICE, { wanted: subnet });
  const kept = range === '' ? undefined : core.network.ipRanges.get(Number(range));
  if (range !== '' && !kept) throw fieldRefusal('iprange', NO_CHOICE, { wanted: range });
  return { node: null, subnetId: found?.id ?? kept?.subnetId ?? null, ipRangeId: kept?.id ?? null };
}
