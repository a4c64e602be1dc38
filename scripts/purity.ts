/**
 * No wall clock and no randomness in `sim/` outside the kernel: the same seed must give the same
 * trace, byte for byte (design 5). Tests are held to it too.
 */
import type { Finding, SourceFile } from './source.ts';

const FORBIDDEN: readonly {
  pattern: RegExp;
  instead: string;
  notInTests?: boolean;
}[] = [
  { pattern: /\bDate\.now\(/, instead: 'Clock.nowMs()' },
  { pattern: /\bnew Date\(\s*\)/, instead: 'Clock.date()' },
  { pattern: /\bperformance\.(now|timeOrigin)/, instead: 'Clock.nowMs()' },
  { pattern: /(?<![.\w])(setTimeout|setInterval)\(/, instead: 'Clock.after()' },
  // A test may let the event loop turn once: that is order, not time.
  { pattern: /(?<![.\w])setImmediate\(/, instead: 'Clock.after()', notInTests: true },
  { pattern: /\bMath\.random\(/, instead: 'Randomness.stream()' },
  {
    pattern: /\bMath\.(sin|cos|tan|exp|log|pow)\(/,
    instead: 'integer arithmetic (portable traces)',
  },
  {
    pattern: /\b(randomBytes|randomInt|randomUUID|getRandomValues)\b/,
    instead: 'Randomness, or Secrets for what must not be guessed',
  },
  { pattern: /from 'node:timers/, instead: 'Clock.after()' },
];

export function checkPurity(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = [];
  for (const file of files) {
    if (!file.path.startsWith('sim/') || file.path.startsWith('sim/kernel/')) continue;
    for (const [index, line] of file.code.split('\n').entries()) {
      if (/^\s*(\*|\/\/|\/\*)/.test(line)) continue;
      for (const { pattern, instead, notInTests } of FORBIDDEN) {
        if (notInTests && file.path.endsWith('.test.ts')) continue;
        if (pattern.test(line)) {
          findings.push({
            path: file.path,
            line: index + 1,
            message: `${pattern.exec(line)![0].trim()} is not allowed in sim/: use ${instead}`,
          });
        }
      }
    }
  }
  return findings;
}
