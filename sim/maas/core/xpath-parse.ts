/**
 * Parses XPath 1.0, as far as tag definitions use it: the whole expression grammar except variables,
 * with the axes and functions listed here (facts/maas-api 3.9). What is not of the grammar is refused
 * with the place where it went wrong.
 */

export type Expr =
  | { readonly kind: 'literal'; readonly value: string | number }
  | { readonly kind: 'negate'; readonly of: Expr }
  | { readonly kind: 'binary'; readonly op: string; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expr[] }
  | { readonly kind: 'filter'; readonly of: Expr; readonly predicates: readonly Expr[] }
  /** Steps from `from`, from the document (`root`), or from the present node. */
  | {
      readonly kind: 'path';
      readonly from: Expr | 'root' | 'here';
      readonly steps: readonly Step[];
    };

export interface Step {
  readonly axis: Axis;
  /** A name, `*`, `prefix:*`, `text()` or `node()`. */
  readonly test: string;
  readonly predicates: readonly Expr[];
}

const AXES = [
  'child',
  'descendant',
  'descendant-or-self',
  'self',
  'parent',
  'ancestor',
  'ancestor-or-self',
  'attribute',
  'following-sibling',
  'preceding-sibling',
] as const;
export type Axis = (typeof AXES)[number];

/** Functions with how few and how many arguments they take. */
export const ARITY: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['last', [0, 0]],
  ['position', [0, 0]],
  ['count', [1, 1]],
  ['name', [0, 1]],
  ['local-name', [0, 1]],
  ['string', [0, 1]],
  ['concat', [2, 100]],
  ['starts-with', [2, 2]],
  ['contains', [2, 2]],
  ['substring-before', [2, 2]],
  ['substring-after', [2, 2]],
  ['substring', [2, 3]],
  ['string-length', [0, 1]],
  ['normalize-space', [0, 1]],
  ['translate', [3, 3]],
  ['boolean', [1, 1]],
  ['not', [1, 1]],
  ['true', [0, 0]],
  ['false', [0, 0]],
  ['number', [0, 1]],
  ['sum', [1, 1]],
  ['floor', [1, 1]],
  ['ceiling', [1, 1]],
  ['round', [1, 1]],
]);

/** An expression that is not XPath, or asks for something that is not simulated. */
export class XPathError extends Error {}

const TOKEN =
  /\s*(?:(\d+(?:\.\d*)?|\.\d+)|("[^"]*"|'[^']*')|(\/\/|::|\.\.|!=|<=|>=|[()[\]@,/|+=<>.*-])|([\p{L}_][\p{L}\p{N}_.-]*(?::(?:[\p{L}_][\p{L}\p{N}_.-]*|\*))?))/uy;

interface Token {
  readonly text: string;
  readonly type: 'number' | 'string' | 'symbol' | 'name' | 'operator';
}

/** The longest definition that is looked at: recursion must stay bounded. */
const MAX_LENGTH = 2000;

/** @throws XPathError */
export function parseXPath(text: string): Expr {
  if (text.length > MAX_LENGTH) throw new XPathError('the expression is too long');
  const parser = new Parser(tokens(text));
  return parser.whole();
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  let end = 0;
  while (text.slice(end).trim() !== '') {
    const match = TOKEN.exec(text);
    if (!match) throw new XPathError(`Invalid expression at "${text.slice(end).slice(0, 20)}"`);
    end = TOKEN.lastIndex;
    const [, number, literal, symbol, name] = match;
    if (number !== undefined) found.push({ type: 'number', text: number });
    else if (literal !== undefined) found.push({ type: 'string', text: literal.slice(1, -1) });
    else found.push(wordOrSymbol(found.at(-1), symbol ?? name!, name !== undefined));
  }
  return found;
}

/** After something that ends an operand, `*` multiplies and `and` is no name (XPath 1.0, 3.7). */
function wordOrSymbol(before: Token | undefined, text: string, isName: boolean): Token {
  const operand =
    before &&
    before.type !== 'operator' &&
    !(before.type === 'symbol' && !['.', '..', ')', ']', '*'].includes(before.text));
  if (operand && ['and', 'or', 'div', 'mod', '*'].includes(text)) return { type: 'operator', text };
  if (['=', '!=', '<', '<=', '>', '>=', '+', '-', '|'].includes(text)) {
    return { type: 'operator', text };
  }
  return { type: isName ? 'name' : 'symbol', text };
}

/** Binary operators, those that bind least first. */
const LEVELS: readonly (readonly string[])[] = [
  ['or'],
  ['and'],
  ['=', '!='],
  ['<', '<=', '>', '>='],
  ['+', '-'],
  ['*', 'div', 'mod'],
];

const ANY_BELOW: Step = { axis: 'descendant-or-self', test: 'node()', predicates: [] };

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(list: readonly Token[]) {
    this.#tokens = list;
  }

  whole(): Expr {
    const expr = this.#binary(0);
    if (this.#at < this.#tokens.length) throw this.#unexpected();
    return expr;
  }

  #peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  #unexpected(): XPathError {
    const token = this.#peek();
    return new XPathError(
      token ? `Invalid expression at "${token.text}"` : 'Unfinished expression',
    );
  }

  /** Takes the token when it is this symbol or operator. */
  #take(text: string): boolean {
    const token = this.#peek();
    if (token?.text !== text || token.type === 'string' || token.type === 'name') return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw this.#unexpected();
  }

  #binary(level: number): Expr {
    const operators = LEVELS[level];
    if (!operators) return this.#unary();
    if (level === 0 && ++this.#depth > 100)
      throw new XPathError('the expression is nested too deep');
    let left = this.#binary(level + 1);
    for (;;) {
      const token = this.#peek();
      if (token?.type !== 'operator' || !operators.includes(token.text)) break;
      this.#at++;
      left = { kind: 'binary', op: token.text, left, right: this.#binary(level + 1) };
    }
    if (level === 0) this.#depth--;
    return left;
  }

  #unary(): Expr {
    let negative = false;
    while (this.#take('-')) negative = !negative;
    let expr = this.#path();
    while (this.#take('|')) {
      expr = { kind: 'binary', op: '|', left: expr, right: this.#path() };
    }
    return negative ? { kind: 'negate', of: expr } : expr;
  }

  #path(): Expr {
    if (this.#take('//')) {
      return { kind: 'path', from: 'root', steps: [ANY_BELOW, ...this.#steps()] };
    }
    if (this.#take('/')) {
      return { kind: 'path', from: 'root', steps: this.#startsStep() ? this.#steps() : [] };
    }
    if (!this.#startsPrimary()) return { kind: 'path', from: 'here', steps: this.#steps() };
    const primary = this.#primary();
    const predicates = this.#predicates();
    const from: Expr =
      predicates.length > 0 ? { kind: 'filter', of: primary, predicates } : primary;
    if (this.#take('//')) return { kind: 'path', from, steps: [ANY_BELOW, ...this.#steps()] };
    if (this.#take('/')) return { kind: 'path', from, steps: this.#steps() };
    return from;
  }

  #startsStep(): boolean {
    const token = this.#peek();
    if (!token) return false;
    return token.type === 'name' || ['@', '.', '..', '*'].includes(token.text);
  }

  #startsPrimary(): boolean {
    const token = this.#peek();
    if (!token) throw this.#unexpected();
    if (token.type === 'number' || token.type === 'string') return true;
    if (token.type === 'symbol') return token.text === '(';
    const called = token.type === 'name' && this.#peek(1)?.text === '(';
    return called && token.text !== 'text' && token.text !== 'node';
  }

  #primary(): Expr {
    const token = this.#peek()!;
    this.#at++;
    if (token.type === 'number') return { kind: 'literal', value: Number(token.text) };
    if (token.type === 'string') return { kind: 'literal', value: token.text };
    if (token.text === '(') {
      const inner = this.#binary(0);
      this.#expect(')');
      return inner;
    }
    const arity = ARITY.get(token.text);
    if (!arity) throw new XPathError(`Unregistered function ${token.text}`);
    this.#expect('(');
    const args: Expr[] = [];
    if (!this.#take(')')) {
      do args.push(this.#binary(0));
      while (this.#take(','));
      this.#expect(')');
    }
    if (args.length < arity[0] || args.length > arity[1]) {
      throw new XPathError(`Invalid number of arguments of ${token.text}()`);
    }
    return { kind: 'call', name: token.text, args };
  }

  #steps(): Step[] {
    const steps = [this.#step()];
    for (;;) {
      if (this.#take('//')) steps.push(ANY_BELOW, this.#step());
      else if (this.#take('/')) steps.push(this.#step());
      else return steps;
    }
  }

  #step(): Step {
    if (this.#take('..')) return { axis: 'parent', test: 'node()', predicates: [] };
    if (this.#take('.')) return { axis: 'self', test: 'node()', predicates: [] };
    const axis = this.#axis();
    const token = this.#peek();
    if (token?.type !== 'name' && token?.text !== '*') throw this.#unexpected();
    this.#at++;
    let test = token.text;
    if ((test === 'text' || test === 'node') && this.#take('(')) {
      this.#expect(')');
      test += '()';
    }
    return { axis, test, predicates: this.#predicates() };
  }

  #axis(): Axis {
    if (this.#take('@')) return 'attribute';
    if (this.#peek(1)?.text !== '::') return 'child';
    const axis = AXES.find((known) => known === this.#peek()!.text);
    if (!axis) throw this.#unexpected();
    this.#at += 2;
    return axis;
  }

  #predicates(): Expr[] {
    const predicates: Expr[] = [];
    while (this.#take('[')) {
      predicates.push(this.#binary(0));
      this.#expect(']');
    }
    return predicates;
  }
}
