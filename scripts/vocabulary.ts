/**
 * The vocabulary lint (design 2): text that a person reads and names that we export use the field's
 * terms of today. Wire names, quotes and paths stand in one exceptions file, each with its reason;
 * an exception that no longer excuses anything is itself a finding.
 */
import { readFileSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import type { Finding, SourceFile, SourceText } from './source.ts';

const BANNED: readonly { word: RegExp; say: string; notIn?: string }[] = [
  { word: /\btools?\b/i, say: 'agent binary (the file), agent metadata (the list) or agent' },
  { word: /\bjujud\b/i, say: 'agent' },
  { word: /\bstate[- ]?servers?\b/i, say: 'controller' },
  { word: /\benvironments?\b/i, say: 'model' },
  { word: /\bnodes?\b/, say: 'machine', notIn: 'sim/maas/' },
];

const BANNED_NAME = /tools?(?=[A-Z_]|$)|Tools?(?![a-z])|jujud|stateServer|environment/;

interface Exception {
  /** Glob of the files it holds for. */
  readonly path: string;
  /** Regular expression of the excused text. */
  readonly text: string;
  readonly why: string;
}

export const EXCEPTIONS_FILE = 'scripts/vocabulary-exceptions.json';

export function checkVocabulary(
  sources: readonly SourceFile[],
  pages: readonly string[],
  exceptions = readExceptions(),
): Finding[] {
  const findings: Finding[] = [];
  const used = new Set<Exception>();
  const judge = (path: string, { text, line }: SourceText, isName: boolean) => {
    // Every excused passage is taken out first: what is left must be clean.
    let rest = text;
    for (const exception of exceptions) {
      if (!matchesGlob(path, exception.path)) continue;
      const without = rest.replaceAll(new RegExp(exception.text, 'g'), '');
      if (without !== rest) used.add(exception);
      rest = without;
    }
    if (isName && BANNED_NAME.test(rest)) {
      findings.push({ path, line, message: `exported name ${text} uses a word of the past` });
    }
    if (isName) return;
    for (const { word, say, notIn } of BANNED) {
      if (notIn && path.startsWith(notIn)) continue;
      const found = word.exec(rest);
      if (found) {
        const shown = text.replaceAll(/\s+/g, ' ').slice(0, 60);
        findings.push({ path, line, message: `"${found[0]}" in "${shown}": say ${say}` });
      }
    }
  };
  for (const file of sources) {
    for (const text of file.texts) judge(file.path, text, false);
    for (const name of file.exportedNames) judge(file.path, name, true);
  }
  for (const path of pages) {
    for (const text of proseLines(readFileSync(path, 'utf8'))) judge(path, text, false);
  }
  for (const exception of exceptions) {
    if (!used.has(exception)) {
      const message = `exception "${exception.text}" for ${exception.path} excuses nothing`;
      findings.push({ path: EXCEPTIONS_FILE, line: 1, message });
    }
  }
  return findings;
}

function readExceptions(): Exception[] {
  return JSON.parse(readFileSync(EXCEPTIONS_FILE, 'utf8')).exceptions;
}

/** The lines of a Markdown page without fenced code, code spans, quotations and link targets. */
function proseLines(markdown: string): SourceText[] {
  const lines: SourceText[] = [];
  let fenced = false;
  for (const [index, line] of markdown.split('\n').entries()) {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    else if (!fenced && !/^\s*>/.test(line)) {
      lines.push({ text: line.replaceAll(/`[^`]*`|"[^"]*"|\]\([^)]*\)/g, ''), line: index + 1 });
    }
  }
  return lines;
}
