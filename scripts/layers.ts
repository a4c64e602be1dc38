/**
 * Import direction (design 3): a folder may import only from folders above it in this list, and the
 * four in the middle never from each other. `cli/` stands last because it calls everything.
 */
import { dirname, join, normalize } from 'node:path';
import type { Finding, SourceFile } from './source.ts';

const LAYERS: readonly (readonly string[])[] = [
  ['sim/kernel'],
  ['sim/versions'],
  ['sim/problems'],
  ['sim/streams'],
  ['sim/maas', 'sim/controller', 'sim/agents', 'sim/client'],
  ['sim/faults'],
  ['sim/world'],
  ['conformance'],
  ['reports'],
  ['cli'],
];

/** Tests and benches may reach upwards within `sim/` only through `sim/world`; they are not exempt. */
const OUTSIDE = ['bench', 'scripts'];

export function checkLayers(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = [];
  for (const file of files) {
    const from = layerOf(file.path);
    if (!from) {
      if (
        !OUTSIDE.some((folder) => file.path.startsWith(`${folder}/`)) &&
        file.path.includes('/')
      ) {
        findings.push({ path: file.path, line: 1, message: 'stands in no layer of the design' });
      }
      continue;
    }
    for (const { text, line } of file.imports) {
      if (!text.startsWith('.')) continue;
      const target = normalize(join(dirname(file.path), text));
      const to = layerOf(target);
      if (to && (to.level < from.level || to.folder === from.folder)) continue;
      if (target === 'package.json') continue;
      const message = to
        ? `${from.folder} may not import ${to.folder} (${target})`
        : `${from.folder} imports ${target}, which stands in no layer`;
      findings.push({ path: file.path, line, message });
    }
  }
  return findings;
}

function layerOf(path: string): { level: number; folder: string } | undefined {
  for (const [level, folders] of LAYERS.entries()) {
    const folder = folders.find((name) => path.startsWith(`${name}/`));
    if (folder) return { level, folder };
  }
  return undefined;
}
