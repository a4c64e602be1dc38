/**
 * `npm run build`: the package. Node refuses to strip types below `node_modules`, so what is
 * published is compiled; data files (fixtures, component sources, schemas) keep their place
 * relative to the code that reads them.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, rmSync } from 'node:fs';
import { projectFiles } from './source.ts';

const DATA = ['fixtures/', 'conformance/components/', 'reports/'];

rmSync('dist', { recursive: true, force: true });
const compiled = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (compiled.status !== 0) process.exit(1);
for (const path of projectFiles('')) {
  const isData = DATA.some((folder) => path.startsWith(folder)) && !path.endsWith('.ts');
  if (isData) cpSync(path, `dist/${path}`);
}
chmodSync('dist/cli/main.js', 0o755);
