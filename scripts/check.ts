/**
 * `npm run check`: everything about the source that can be judged without running it. Each part
 * prints its findings; the exit code is 1 if any part has one.
 */
import { spawnSync } from 'node:child_process';
import { checkLayers } from './layers.ts';
import { checkPurity } from './purity.ts';
import { type Finding, projectFiles, readSource } from './source.ts';
import { checkVocabulary } from './vocabulary.ts';

const sources = projectFiles('.ts').map(readSource);
const product = sources.filter((file) => !file.path.startsWith('scripts/'));
const pages = projectFiles('.md').filter((path) => !path.startsWith('conformance/components/'));

const parts: readonly [name: string, run: () => boolean][] = [
  ['types', () => runs('tsc', '--noEmit')],
  ['lint and format', () => runs('biome', 'ci', '--reporter=summary', '.')],
  ['unused code and dependencies', () => runs('knip', '--no-progress')],
  ['import direction', () => clean(checkLayers(sources))],
  ['no wall clock or randomness in sim/', () => clean(checkPurity(sources))],
  ['vocabulary', () => clean(checkVocabulary(product, pages))],
];

let failed = 0;
for (const [name, run] of parts) {
  const ok = run();
  if (!ok) failed++;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}`);
}
process.exit(failed === 0 ? 0 : 1);

function runs(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'inherit' }).status === 0;
}

function clean(findings: readonly Finding[]): boolean {
  for (const { path, line, message } of findings) console.log(`  ${path}:${line} ${message}`);
  return findings.length === 0;
}
