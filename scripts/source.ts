/**
 * The project's own TypeScript files, parsed: what the checks of this folder look at. Parsing is by
 * oxc, so that a word in a comment is never taken for a word in a text.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseSync, Visitor } from 'oxc-parser';

export interface SourceText {
  readonly text: string;
  readonly line: number;
}

export interface SourceFile {
  readonly path: string;
  readonly code: string;
  /** Relative and package imports, dynamic ones with a literal path included. */
  readonly imports: readonly SourceText[];
  /** String literals and template pieces, import paths not counted. */
  readonly texts: readonly SourceText[];
  /** Names that the file exports. */
  readonly exportedNames: readonly SourceText[];
}

/** Finding of a check: where, and what is wrong, in one line. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** Files that git tracks or would track, with one of these endings. */
export function projectFiles(...endings: string[]): string[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    encoding: 'utf8',
  });
  return listed
    .split('\n')
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .sort();
}

export function readSource(path: string): SourceFile {
  const code = readFileSync(path, 'utf8');
  const lineAt = lineFinder(code);
  const parsed = parseSync(path, code);
  const imports: SourceText[] = [];
  const texts: SourceText[] = [];
  const exportedNames: SourceText[] = [];
  const importStarts = new Set<number>();
  const addImport = (source: { value: string; start: number }) => {
    imports.push({ text: source.value, line: lineAt(source.start) });
    importStarts.add(source.start);
  };
  for (const item of parsed.module.staticImports) addImport(at(item.moduleRequest));
  for (const item of parsed.module.staticExports) {
    for (const entry of item.entries) {
      if (entry.moduleRequest) addImport(at(entry.moduleRequest));
      const name = entry.exportName.name;
      if (name) exportedNames.push({ text: name, line: lineAt(entry.start) });
    }
  }
  const visitor = new Visitor({
    ImportExpression(node) {
      if (node.source.type === 'Literal' && typeof node.source.value === 'string') {
        addImport({ value: node.source.value, start: node.source.start });
      }
    },
    Literal(node) {
      if (typeof node.value === 'string' && !importStarts.has(node.start)) {
        texts.push({ text: node.value, line: lineAt(node.start) });
      }
    },
    TemplateElement(node) {
      texts.push({ text: node.value.raw, line: lineAt(node.start) });
    },
  });
  visitor.visit(parsed.program);
  return { path, code, imports, texts, exportedNames };
}

function at(request: { value: string; start: number }): { value: string; start: number } {
  return request;
}

function lineFinder(code: string): (offset: number) => number {
  const starts = [0];
  for (let i = 0; i < code.length; i++) if (code[i] === '\n') starts.push(i + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}
