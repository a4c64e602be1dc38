/** Writes a report in every form into one folder. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from '../conformance/types.ts';
import { stableJson } from './json.ts';
import { junitXml } from './junit.ts';
import { reportPage } from './page/page.ts';
import { type Locate, sarif } from './sarif.ts';
import { markdownSummary } from './summary.ts';

/** The files of a report, by what they are. */
export const REPORT_FILES = {
  results: 'results.json',
  junit: 'junit.xml',
  sarif: 'results.sarif',
  markdown: 'summary.md',
  page: 'index.html',
} as const;

const REQUIREMENTS_DIR = new URL('../conformance/requirements/', import.meta.url);

/**
 * @param dir made if it is not there; files of an earlier report in it are replaced
 * @throws the file system's error when the folder cannot be written
 */
export async function writeReport(dir: string, report: Report): Promise<void> {
  await mkdir(dir, { recursive: true });
  const locate = await locator();
  await Promise.all([
    writeFile(join(dir, REPORT_FILES.results), stableJson(report)),
    writeFile(join(dir, REPORT_FILES.junit), junitXml(report)),
    writeFile(join(dir, REPORT_FILES.sarif), stableJson(sarif(report, locate))),
    writeFile(join(dir, REPORT_FILES.markdown), markdownSummary(report)),
    writeFile(join(dir, REPORT_FILES.page), await reportPage(report)),
  ]);
}

/** Finds the lines of requirement records in the source, where the source is at hand. */
async function locator(): Promise<Locate> {
  const lines = new Map<string, { uri: string; line: number }>();
  for (const file of await readdir(REQUIREMENTS_DIR).catch(() => [])) {
    if (!file.endsWith('.ts')) continue;
    const text = await readFile(new URL(file, REQUIREMENTS_DIR), 'utf8');
    for (const [index, line] of text.split('\n').entries()) {
      const id = /^\s*id: '([^']+)'/.exec(line)?.[1];
      if (id) lines.set(id, { uri: `conformance/requirements/${file}`, line: index + 1 });
    }
  }
  return (id) => lines.get(id);
}
