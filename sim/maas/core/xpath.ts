/** Evaluates the XPath expressions of tag definitions over hardware descriptions (facts 3.9). */
import type { XmlElement } from './xml.ts';
import type { Axis, Expr, Step } from './xpath-parse.ts';

interface XNode {
  readonly kind: 'root' | 'element' | 'attribute' | 'text';
  readonly name: string;
  /** Of an attribute or a text. */
  readonly value: string;
  readonly parent: XNode | null;
  readonly children: XNode[];
  readonly attributes: XNode[];
  /** Place in the document. */
  readonly order: number;
}

type Value = readonly XNode[] | string | number | boolean;

interface Context {
  readonly node: XNode;
  readonly position: number;
  readonly size: number;
}

/** A document that expressions can be asked of. */
export class XmlDocument {
  readonly #root: XNode;
  #order = 0;

  constructor(top: XmlElement) {
    this.#root = this.#node('root', '', '', null);
    this.#root.children.push(this.#element(top, this.#root));
  }

  /** Whether the expression holds, as `boolean()` would say. */
  holds(expr: Expr): boolean {
    return truth(evaluate(expr, { node: this.#root, position: 1, size: 1 }));
  }

  #element({ name, attributes, children, text }: XmlElement, parent: XNode): XNode {
    const made = this.#node('element', name, '', parent);
    for (const [key, value] of Object.entries(attributes)) {
      made.attributes.push(this.#node('attribute', key, value, made));
    }
    if (text !== '') made.children.push(this.#node('text', '', text, made));
    for (const child of children) made.children.push(this.#element(child, made));
    return made;
  }

  #node(kind: XNode['kind'], name: string, value: string, parent: XNode | null): XNode {
    return { kind, name, value, parent, children: [], attributes: [], order: this.#order++ };
  }
}

function evaluate(expr: Expr, context: Context): Value {
  switch (expr.kind) {
    case 'literal':
      return expr.value;
    case 'negate':
      return -toNumber(evaluate(expr.of, context));
    case 'binary':
      return binary(expr, context);
    case 'call':
      return call(expr.name, expr.args, context);
    case 'filter':
      return expr.predicates.reduce(
        (nodes, predicate) => filtered(nodes, predicate),
        nodeSet(evaluate(expr.of, context)),
      );
    default: {
      const start =
        expr.from === 'root'
          ? [rootOf(context.node)]
          : expr.from === 'here'
            ? [context.node]
            : nodeSet(evaluate(expr.from, context));
      return expr.steps.reduce(walk, start);
    }
  }
}

function walk(nodes: readonly XNode[], step: Step): readonly XNode[] {
  const found = new Set<XNode>();
  for (const node of nodes) {
    const candidates = along(node, step.axis).filter((candidate) => passes(candidate, step));
    const kept = step.predicates.reduce(filtered, candidates as readonly XNode[]);
    for (const one of kept) found.add(one);
  }
  return [...found].sort((a, b) => a.order - b.order);
}

/** The nodes of an axis, in the order in which positions count along it. */
function along(node: XNode, axis: Axis): XNode[] {
  const siblings = node.kind === 'attribute' ? [] : (node.parent?.children ?? []);
  switch (axis) {
    case 'child':
      return node.children;
    case 'attribute':
      return node.attributes;
    case 'self':
      return [node];
    case 'parent':
      return node.parent ? [node.parent] : [];
    case 'descendant':
      return below(node);
    case 'descendant-or-self':
      return [node, ...below(node)];
    case 'ancestor':
      return above(node);
    case 'ancestor-or-self':
      return [node, ...above(node)];
    case 'following-sibling':
      return siblings.slice(siblings.indexOf(node) + 1);
    default:
      return siblings.slice(0, siblings.indexOf(node)).reverse();
  }
}

function below(node: XNode): XNode[] {
  return node.children.flatMap((child) => [child, ...below(child)]);
}

function above(node: XNode): XNode[] {
  return node.parent ? [node.parent, ...above(node.parent)] : [];
}

function rootOf(node: XNode): XNode {
  return node.parent ? rootOf(node.parent) : node;
}

function passes(node: XNode, { axis, test }: Step): boolean {
  if (test === 'node()') return true;
  if (test === 'text()') return node.kind === 'text';
  if (node.kind !== (axis === 'attribute' ? 'attribute' : 'element')) return false;
  if (test === '*') return true;
  return test.endsWith(':*') ? node.name.startsWith(test.slice(0, -1)) : node.name === test;
}

/** Nodes for which a predicate holds; a number is a position. */
function filtered(nodes: readonly XNode[], predicate: Expr): readonly XNode[] {
  return nodes.filter((node, i) => {
    const value = evaluate(predicate, { node, position: i + 1, size: nodes.length });
    return typeof value === 'number' ? value === i + 1 : truth(value);
  });
}

function binary({ op, left, right }: Extract<Expr, { kind: 'binary' }>, context: Context): Value {
  if (op === 'or') return truth(evaluate(left, context)) || truth(evaluate(right, context));
  if (op === 'and') return truth(evaluate(left, context)) && truth(evaluate(right, context));
  const a = evaluate(left, context);
  const b = evaluate(right, context);
  switch (op) {
    case '|':
      return [...new Set([...nodeSet(a), ...nodeSet(b)])].sort((x, y) => x.order - y.order);
    case '+':
      return toNumber(a) + toNumber(b);
    case '-':
      return toNumber(a) - toNumber(b);
    case '*':
      return toNumber(a) * toNumber(b);
    case 'div':
      return toNumber(a) / toNumber(b);
    case 'mod':
      return toNumber(a) % toNumber(b);
    default:
      return compare(op, a, b);
  }
}

/** A node set compares by any of its nodes (XPath 1.0, 3.4). */
function compare(op: string, a: Value, b: Value): boolean {
  if (typeof a === 'object' && typeof b !== 'boolean') {
    return a.some((node) => compare(op, stringOf(node), b));
  }
  if (typeof b === 'object' && typeof a !== 'boolean') {
    return b.some((node) => compare(op, a, stringOf(node)));
  }
  if (op === '=' || op === '!=') {
    const equal =
      typeof a === 'boolean' || typeof b === 'boolean'
        ? truth(a) === truth(b)
        : typeof a === 'number' || typeof b === 'number'
          ? toNumber(a) === toNumber(b)
          : a === b;
    return equal === (op === '=');
  }
  const x = toNumber(a);
  const y = toNumber(b);
  return op === '<' ? x < y : op === '<=' ? x <= y : op === '>' ? x > y : x >= y;
}

function call(name: string, args: readonly Expr[], context: Context): Value {
  const value = (i: number): Value =>
    args[i] ? evaluate(args[i], context) : ([context.node] as const);
  const text = (i: number) => toText(value(i));
  const nodes = (i: number) => nodeSet(value(i));
  switch (name) {
    case 'last':
      return context.size;
    case 'position':
      return context.position;
    case 'count':
      return nodes(0).length;
    case 'name':
      return nodes(0)[0]?.name ?? '';
    case 'local-name':
      return nodes(0)[0]?.name.split(':').at(-1) ?? '';
    case 'string':
      return text(0);
    case 'concat':
      return args.map((_, i) => text(i)).join('');
    case 'starts-with':
      return text(0).startsWith(text(1));
    case 'contains':
      return text(0).includes(text(1));
    case 'substring-before':
      return text(0).slice(0, Math.max(0, text(0).indexOf(text(1))));
    case 'substring-after': {
      const at = text(0).indexOf(text(1));
      return at < 0 ? '' : text(0).slice(at + text(1).length);
    }
    case 'substring': {
      const start = Math.round(toNumber(value(1)));
      const end = args[2] ? start + Math.round(toNumber(value(2))) : Number.POSITIVE_INFINITY;
      return [...text(0)].filter((_, i) => i + 1 >= start && i + 1 < end).join('');
    }
    case 'string-length':
      return [...text(0)].length;
    case 'normalize-space':
      return text(0).trim().replace(/\s+/g, ' ');
    case 'translate': {
      const from = [...text(1)];
      const to = [...text(2)];
      return [...text(0)]
        .map((char) => (from.includes(char) ? (to[from.indexOf(char)] ?? '') : char))
        .join('');
    }
    case 'boolean':
      return truth(value(0));
    case 'not':
      return !truth(value(0));
    case 'number':
      return toNumber(value(0));
    case 'sum':
      return nodes(0).reduce((sum, node) => sum + toNumber(stringOf(node)), 0);
    case 'floor':
      return Math.floor(toNumber(value(0)));
    case 'ceiling':
      return Math.ceil(toNumber(value(0)));
    case 'round':
      return Math.round(toNumber(value(0)));
    default:
      return name === 'true';
  }
}

/** What is no node set counts as an empty one: no definition may end the world. */
function nodeSet(value: Value): readonly XNode[] {
  return typeof value === 'object' ? value : [];
}

function truth(value: Value): boolean {
  return typeof value === 'object'
    ? value.length > 0
    : value !== '' && value !== false && value !== 0 && !Number.isNaN(value);
}

function toText(value: Value): string {
  return typeof value === 'object' ? (value[0] ? stringOf(value[0]) : '') : String(value);
}

function toNumber(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  const text = toText(value).trim();
  return /^-?(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
}

function stringOf(node: XNode): string {
  return node.kind === 'attribute' || node.kind === 'text'
    ? node.value
    : node.children.map(stringOf).join('');
}
