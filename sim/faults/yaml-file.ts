/**
 * Reads one YAML file against a zod schema, for fault and scenario files. These files are written by
 * hand, so a mistake is answered with the file, the line and the field it stands on, all mistakes at
 * once. Aliases and merge keys are left to the yaml library's defaults; nothing in a file is executed.
 */
import { readFileSync, statSync } from 'node:fs';
import { isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';

/** A file that cannot be read or does not fit its schema; the message holds `file:line: what`. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

/** Largest file that is read, in bytes: nobody writes more by hand. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * @throws FileError when the file is unreadable, is no YAML, or does not fit; one line a mistake.
 */
export function readYaml<T>(file: string, schema: z.ZodType<T>): T {
  let text: string;
  try {
    const about = statSync(file);
    if (!about.isFile()) throw new Error('it is no file');
    if (about.size > MOST_BYTES) throw new Error(`more than ${MOST_BYTES} bytes`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new FileError(`${file}: cannot be read: ${reason(error)}`);
  }
  return parseYaml(file, text, schema);
}

/** As {@link readYaml} for a text already read; `file` only names it in messages. */
export function parseYaml<T>(file: string, text: string, schema: z.ZodType<T>): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const said = document.errors.map(
      (e) => `${file}:${lines.linePos(e.pos[0]).line}: ${e.message}`,
    );
    throw new FileError(said.join('\n'));
  }
  const parsed = schema.safeParse(plain(file, document));
  if (parsed.success) return parsed.data;
  throw new FileError(
    parsed.error.issues.map((issue) => `${file}:${lineOf(issue.path)}: ${told(issue)}`).join('\n'),
  );

  /** The line of the deepest field on the path that the file really has. */
  function lineOf(path: readonly PropertyKey[]): number {
    for (let depth = path.length; depth > 0; depth--) {
      const found = document.getIn(path.slice(0, depth), true);
      if (isNode(found) && found.range) return lines.linePos(found.range[0]).line;
    }
    return 1;
  }
}

/** Aliases may stand for so much that the library refuses to write them out. */
function plain(file: string, document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new FileError(`${file}:1: ${reason(error)}`);
  }
}

function told(issue: z.core.$ZodIssue): string {
  const field = issue.path.join('.');
  // A union says only "invalid input"; what its nearest member missed is the useful part.
  const nearest = issue.code === 'invalid_union' ? issue.errors[0]?.[0] : undefined;
  const message = nearest ? nearest.message : issue.message;
  return field === '' ? message : `${field}: ${message}`;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
