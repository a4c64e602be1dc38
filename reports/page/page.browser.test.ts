/**
 * The report page in a real browser: it asks nothing of any network, shows each requirement, and its
 * filters work. Without a browser on the machine this is not run; where CI=true that is a failure.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleReport } from '../sample.ts';
import { reportPage } from './page.ts';

const BROWSER = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const missing = !existsSync(BROWSER) && process.env.CI !== 'true';

describe.skipIf(missing)(`the report page${missing ? ' (not run: no chromium)' : ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'maasquerade-page-'));
  const asked: string[] = [];
  const complaints: string[] = [];
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const file = join(folder, 'index.html');
    writeFileSync(file, await reportPage(sampleReport()));
    browser = await chromium.launch({ executablePath: BROWSER, args: FLAGS });
    page = await browser.newPage();
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(pathToFileURL(file).href);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is one file that asks nothing of a network and breaks nowhere', () => {
    expect(asked).toHaveLength(1);
    expect(complaints).toEqual([]);
  });

  it('shows the requirements that the search matches, and all again when it is cleared', async () => {
    const shown = (count: RegExp) => page.getByText(count).waitFor({ timeout: 5_000 });
    await shown(/^(\d+) of \1 shown$/);
    await page.getByRole('searchbox').fill('no requirement is called so');
    await shown(/^0 of \d+ shown$/);
    await page.getByRole('button', { name: 'Clear' }).click();
    await shown(/^([1-9]\d*) of \1 shown$/);
  });
});
