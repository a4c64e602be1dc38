/** One clear sentence for whatever ended a command, without a stack and without secrets. */

import { ProblemError } from '../sim/problems/problem.ts';
import { renderProblem } from '../sim/problems/render.ts';

const HINTS: Readonly<
  Record<string, (error: NodeJS.ErrnoException & { port?: number }) => string>
> = {
  EADDRINUSE: (error) =>
    `port ${error.port ?? '?'} is taken by another process; stop that one or choose another with --port`,
  EACCES: (error) => `not allowed to use ${error.path ?? 'that file or port'}`,
  ENOENT: (error) => `there is no ${error.path ?? 'such file'}`,
  EISDIR: (error) => `${error.path ?? 'that path'} is a folder, a file was expected`,
  ENOTDIR: (error) => `a part of ${error.path ?? 'that path'} is not a folder`,
};

export function problemText(error: unknown): string {
  if (error instanceof ProblemError) return renderProblem(error.problem, 'long');
  if (!(error instanceof Error)) return String(error);
  const hint = HINTS[(error as NodeJS.ErrnoException).code ?? ''];
  return hint ? hint(error as NodeJS.ErrnoException) : error.message;
}
