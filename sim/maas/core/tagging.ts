/**
 * Tags that hold by definition: an XPath expression over a machine's hardware description says which
 * machines have the tag (facts/maas-api 3.9). Machines get them when they are commissioned and, some
 * time after the request, when a definition is new or is to be evaluated again.
 */
import type { MaasCore } from './core.ts';
import { lldpTree, lshwTree } from './lshw.ts';
import type { Machine, Tag } from './objects.ts';
import { fieldRefusal } from './refusal.ts';
import { element, type XmlElement } from './xml.ts';
import { XmlDocument } from './xpath.ts';
import { type Expr, parseXPath, XPathError } from './xpath-parse.ts';

/** How long the racks take for a rebuild, in simulated milliseconds. */
const REBUILD_MS = 1000;
/** So many machines are looked at in one go, that requests between need not wait for all. */
const BATCH = 500;

/** @throws Refusal 400 for a definition that is not XPath */
export function checkDefinition(definition: string): void {
  if (definition.trim() === '') return;
  try {
    parseXPath(definition);
  } catch (error) {
    if (!(error instanceof XPathError)) throw error;
    throw fieldRefusal('definition', `Invalid XPath expression: ${error.message}`, {
      wanted: definition,
    });
  }
}

/** Gives these machines the tags whose definitions hold for them, and takes the others. */
export function tagByDefinitions(core: MaasCore, machines: readonly Machine[]): void {
  applyTags(
    core,
    machines,
    [...core.tags.values()].filter(({ definition }) => definition.trim() !== ''),
  );
}

/** Evaluates a tag's definition on every machine, later. */
export function rebuildTag(core: MaasCore, name: string): void {
  const definition = core.tags.get(name)?.definition;
  const machines = [...core.machines];
  const batch = (from: number) => {
    const tag = core.tags.get(name);
    // Removed or redefined meanwhile: then somebody else's rebuild is under way, or none.
    if (!tag || tag.definition !== definition || definition.trim() === '') return;
    const present = machines.slice(from, from + BATCH).filter((m) => core.findMachine(m.systemId));
    applyTags(core, present, [tag]);
    if (from + BATCH < machines.length) core.clock.after(1, () => batch(from + BATCH));
  };
  core.clock.after(REBUILD_MS, () => batch(0));
}

function applyTags(core: MaasCore, machines: readonly Machine[], tags: readonly Tag[]): void {
  const expressions = tags.map((tag) => [tag.name, parseXPath(tag.definition)] as const);
  if (expressions.length === 0) return;
  for (const machine of machines) applyTo(core, machine, expressions);
}

function applyTo(
  core: MaasCore,
  machine: Machine,
  expressions: readonly (readonly [name: string, expression: Expr])[],
): void {
  // Nobody has looked into a machine that was never commissioned.
  if (machine.state.commissioningResultId === null) return;
  const document = new XmlDocument(detailsTree(machine));
  const tags = new Set(machine.state.tags);
  for (const [name, expression] of expressions) {
    if (document.holds(expression)) tags.add(name);
    else tags.delete(name);
  }
  const sorted = [...tags].sort();
  if (sorted.join() !== machine.state.tags.join()) core.change(machine, { tags: sorted });
}

/** What lshw found, and beside it the same under `lshw:` and what lldpd heard under `lldp:`. */
function detailsTree(machine: Machine): XmlElement {
  const lshw = lshwTree(machine);
  return {
    ...lshw,
    children: [...lshw.children, prefixed(lshw, 'lshw'), prefixed(lldpTree(machine.state), 'lldp')],
  };
}

function prefixed(tree: XmlElement, prefix: string): XmlElement {
  const children = tree.children.map((child) => prefixed(child, prefix));
  return element(
    `${prefix}:${tree.name}`,
    tree.attributes,
    children.length > 0 ? children : tree.text,
  );
}
