// Walks through every state of the UI in a real browser, in both themes: takes a screenshot, runs axe, and fails on
// console errors, on accessibility findings and on requests to anywhere but the server.
//
//   npm run build && node dev/screens.mjs [--out <folder>] [--only <part of a name>]
//
// Starts the mock server itself. CHROMIUM names the browser when it isn't /usr/bin/chromium.

import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launchBrowser } from './browser.mjs';
import { startMockServer } from './mock-process.mjs';

/** @typedef {import('playwright-core').Page} Page */

const { values: flags } = parseArgs({
  options: { out: { type: 'string', default: join(tmpdir(), 'ui-shots') }, only: { type: 'string', default: '' } },
});
const server = await startMockServer();
const { setMode } = server;
const THINKER = '6921a4c70000000067e1f2a03b4c5d6e';
const LARGE = '6921a4c700000000000000000000d002';
const HUGE = '6921a4c700000000000000000000d003';
const BROKEN = '6921a4c700000000000000000000d004';
const ARRIVING = '6921a4c700000000000000000000d005';
const DEEP = '6921a4c700000000000000000000d007';
const DECLINED = '6921a4c700000000000000000000d006';
const RECURSION = '6921a4c700000000000000000000d018';
const HOSTILE = '6921a4c700000000000000000000d019';

/**
 * @typedef {object} Screen
 * @property {string} name
 * @property {string} path
 * @property {string} [mode]
 * @property {(page: Page) => Promise<unknown>} [act]
 * @property {{ width: number, height: number }} [size]
 * @property {boolean} [expectsErrors] the browser itself logs answers of 4xx and 5xx
 */

/** @param {string} text */
const clickRow = (text) => (/** @type {Page} */ page) =>
  page.locator('[data-row]', { hasText: text }).locator('.waterfall-names').last().click();

/** @type {Screen[]} */
const SCREENS = [
  { name: 'home', path: '/' },
  { name: 'home-narrow', path: '/', size: { width: 720, height: 640 } },
  { name: 'home-quiet', path: '/?from=now-5m', mode: 'quiet' },
  { name: 'home-loading', path: '/', mode: 'slow', act: (page) => page.waitForTimeout(900) },
  {
    name: 'home-error',
    path: '/',
    mode: 'error',
    expectsErrors: true,
    act: (page) => page.waitForSelector('.error-block', { timeout: 15_000 }),
  },
  { name: 'services', path: '/services' },
  { name: 'services-focus', path: '/services?sort=-p95', act: (page) => page.keyboard.press('j') },
  { name: 'services-no-match', path: '/services?q=nothing&type=web' },
  {
    name: 'services-columns',
    path: '/services?cols=type,language,requests,count,avg,p50,p95,p99,max,errors,failed,time,seen',
    act: (page) => page.keyboard.press('C'),
  },
  {
    name: 'services-columns-narrow',
    path: '/services?cols=callers,operation,requests,count,p50,p99,errors,seen',
    size: { width: 720, height: 640 },
  },
  { name: 'services-narrow', path: '/services', size: { width: 1024, height: 640 } },
  {
    name: 'services-help',
    path: '/services',
    act: (page) => page.getByRole('button', { name: 'What “Requests” means' }).first().click(),
  },
  {
    name: 'services-narrow-help',
    path: '/services',
    size: { width: 720, height: 640 },
    act: (page) => page.getByRole('button', { name: 'What “Error rate” means' }).first().click(),
  },
  { name: 'services-many', path: '/services', mode: 'many' },
  { name: 'services-quiet', path: '/services?from=now-5m', mode: 'quiet' },
  { name: 'services-loading', path: '/services', mode: 'slow', act: (page) => page.waitForTimeout(900) },
  {
    name: 'services-error',
    path: '/services',
    mode: 'error',
    expectsErrors: true,
    act: (page) => page.waitForSelector('.error-block', { timeout: 15_000 }),
  },
  { name: 'list', path: '/traces' },
  { name: 'list-errors', path: '/traces?errors=true&from=now-4h' },
  {
    name: 'list-focus',
    path: '/traces',
    act: async (page) => {
      await page.keyboard.press('j');
      await page.keyboard.press('j');
    },
  },
  { name: 'list-narrow', path: '/traces', size: { width: 1024, height: 640 } },
  { name: 'list-tiny', path: '/traces', size: { width: 720, height: 450 } },
  { name: 'trace-tiny', path: `/trace/${DECLINED}`, size: { width: 720, height: 450 } },
  {
    name: 'service-resource-columns',
    path: '/services/storefront?cols=requests,count,time,avg,p50,p75,p90,p95,p99,max,errors,failed,apdex',
    act: async (page) => {
      await page.locator('.resource-table').scrollIntoViewIfNeeded();
      await page.keyboard.press('C');
    },
  },
  { name: 'list-empty-time', path: '/traces?from=now-5m', mode: 'quiet' },
  { name: 'list-empty-errors', path: '/traces?from=now-15m&errors=true', mode: 'quiet' },
  {
    name: 'list-error',
    path: '/traces',
    mode: 'error',
    expectsErrors: true,
    act: (page) => page.waitForSelector('.error-block', { timeout: 15_000 }),
  },
  { name: 'list-loading', path: '/traces', mode: 'slow', act: (page) => page.waitForTimeout(900) },
  { name: 'list-bad-link', path: '/traces?from=someday&colour=red' },
  {
    name: 'list-time-picker',
    path: '/traces',
    act: async (page) => {
      await page.keyboard.press('t');
      await page.keyboard.type('3h ago to 1h ago');
    },
  },
  {
    name: 'list-time-wrong',
    path: '/traces?from=2026-11-20T10:00:00Z&to=2026-11-20T11:00:00Z',
    act: async (page) => {
      await page.keyboard.press('u');
      await page.keyboard.press('t');
      await page.keyboard.type('13:00 to lunch');
    },
  },
  {
    name: 'services-time-narrow',
    path: '/services?from=2025-11-20T10:00:00Z&to=2025-11-20T11:00:00Z',
    size: { width: 720, height: 640 },
  },
  {
    name: 'rail-expanded',
    path: '/traces',
    act: (page) => page.getByRole('button', { name: 'Expand the menu' }).click(),
  },
  { name: 'help', path: `/trace/${THINKER}`, act: (page) => page.keyboard.press('?') },
  {
    name: 'jump',
    path: '/traces',
    act: async (page) => {
      await page.keyboard.press('Control+k');
    },
  },
  {
    name: 'jump-paste',
    path: '/traces',
    act: async (page) => {
      await page.keyboard.press('Control+k');
      await page.keyboard.insertText(`ERROR [dd.trace_id=${THINKER} dd.span_id=7485530825670024558] boom`);
    },
  },
  { name: 'setup', path: '/', mode: 'empty' },
  {
    name: 'setup-curl',
    path: '/traces',
    mode: 'empty',
    act: (page) => page.getByRole('button', { name: 'curl', exact: true }).click(),
  },
  {
    name: 'setup-arrived',
    path: '/traces',
    mode: 'empty',
    act: async (page) => {
      await setMode('normal');
      await page.waitForSelector('.first-span-here', { timeout: 8000 });
      await page.waitForTimeout(600);
    },
  },
  { name: 'trace-thinker', path: `/trace/${THINKER}` },
  {
    name: 'trace-thinker-error',
    path: `/trace/${THINKER}`,
    act: (page) => page.keyboard.press('e').then(() => page.keyboard.press('Enter')),
  },
  { name: 'trace-thinker-root', path: `/trace/${THINKER}`, act: clickRow('flask.request') },
  { name: 'trace-thinker-path', path: `/trace/${THINKER}?path=true` },
  { name: 'trace-declined', path: `/trace/${DECLINED}` },
  { name: 'trace-declined-sql', path: `/trace/${DECLINED}?q=warehouses`, act: clickRow('warehouses') },
  { name: 'trace-declined-java', path: `/trace/${DECLINED}?q=charge`, act: clickRow('PaymentController') },
  {
    name: 'trace-declined-right',
    path: `/trace/${DECLINED}`,
    act: async (page) => {
      await clickRow('PaymentController')(page);
      await page.getByRole('button', { name: 'Move to the right' }).click();
    },
  },
  { name: 'trace-declined-zoom', path: `/trace/${DECLINED}?t0=30000000&t1=60000000` },
  { name: 'trace-declined-services', path: `/trace/${DECLINED}?services=payments,cart` },
  {
    name: 'trace-declined-narrow',
    path: `/trace/${DECLINED}`,
    size: { width: 1024, height: 640 },
    act: clickRow('PaymentController'),
  },
  {
    name: 'trace-json',
    path: `/trace/${DECLINED}`,
    act: async (page) => {
      await clickRow('PaymentController')(page);
      await page.getByRole('button', { name: 'Show as JSON' }).click();
    },
  },
  { name: 'trace-large', path: `/trace/${LARGE}?view=waterfall` },
  { name: 'trace-deep', path: `/trace/${DEEP}?view=waterfall`, act: (page) => page.keyboard.press('End') },
  { name: 'trace-huge', path: `/trace/${HUGE}?view=waterfall` },
  { name: 'flame-thinker', path: `/trace/${THINKER}?view=flame` },
  {
    name: 'flame-declined',
    path: `/trace/${DECLINED}?view=flame`,
    act: (page) => page.mouse.move(700, 420, { steps: 2 }).then(() => page.waitForTimeout(300)),
  },
  { name: 'flame-declined-path', path: `/trace/${DECLINED}?view=flame&path=true` },
  {
    name: 'flame-declined-menu',
    path: `/trace/${DECLINED}?view=flame`,
    act: (page) => page.locator('.flame-canvas').click({ button: 'right', position: { x: 700, y: 12 } }),
  },
  {
    name: 'flame-declined-focus',
    path: `/trace/${DECLINED}?view=flame`,
    act: async (page) => {
      await page.locator('.flame-canvas').click({ button: 'right', position: { x: 700, y: 30 } });
      await page.getByRole('menuitem', { name: 'Focus on this subtree' }).click();
    },
  },
  { name: 'flame-declined-measured', path: `/trace/${DECLINED}?view=flame&color=type&m0=30000000&m1=60000000` },
  { name: 'trace-declined-measured', path: `/trace/${DECLINED}?view=waterfall&color=kind&m0=90000000&m1=110000000` },
  { name: 'trace-declined-hidden', path: `/trace/${DECLINED}?view=waterfall&hide=postgres&dim=cart,redis` },
  { name: 'flame-declined-search', path: `/trace/${DECLINED}?view=flame&q=postgres` },
  {
    name: 'flame-declined-error',
    path: `/trace/${DECLINED}?view=flame`,
    act: (page) => page.keyboard.press('e').then(() => page.keyboard.press('Enter')),
  },
  { name: 'flame-declined-zoom', path: `/trace/${DECLINED}?view=flame&t0=30000000&t1=60000000` },
  { name: 'flame-declined-narrow', path: `/trace/${DECLINED}?view=flame`, size: { width: 1024, height: 640 } },
  { name: 'flame-large', path: `/trace/${LARGE}` },
  {
    name: 'flame-huge',
    path: `/trace/${HUGE}`,
    act: (page) => page.mouse.move(700, 420, { steps: 2 }).then(() => page.waitForTimeout(300)),
  },
  { name: 'flame-deep', path: `/trace/${RECURSION}` },
  { name: 'flame-hostile', path: `/trace/${HOSTILE}?view=flame` },
  { name: 'trace-hostile', path: `/trace/${HOSTILE}?view=waterfall`, act: clickRow('fails') },
  { name: 'span-list', path: `/trace/${DECLINED}?view=list` },
  {
    name: 'span-list-picked',
    path: `/trace/${DECLINED}?view=list`,
    act: (page) => page.locator('.figures-name').nth(2).click(),
  },
  {
    name: 'flame-picked',
    path: `/trace/${DECLINED}?view=list`,
    act: async (page) => {
      await page.locator('.figures-name').nth(2).click();
      await page.keyboard.press('2');
    },
  },
  { name: 'span-list-hostile', path: `/trace/${HOSTILE}?view=list` },
  { name: 'span-list-nothing', path: `/trace/${DECLINED}?view=list&q=nothing+like+it` },
  { name: 'statistics', path: `/trace/${DECLINED}?view=statistics` },
  { name: 'statistics-narrow', path: `/trace/${DECLINED}?view=statistics`, size: { width: 1024, height: 640 } },
  { name: 'statistics-huge', path: `/trace/${HUGE}?view=statistics&group=service,resource&sort=-spans` },
  {
    name: 'trace-broken',
    path: `/trace/${BROKEN}`,
    act: (page) => page.getByRole('button', { name: 'incomplete' }).click(),
  },
  { name: 'trace-arriving', path: `/trace/${ARRIVING}`, mode: 'arriving' },
  {
    name: 'trace-not-found',
    path: '/trace/00000000000000000000000000000abc',
    expectsErrors: true,
    act: (page) => page.getByRole('button', { name: 'Watch for it' }).click(),
  },
  { name: 'trace-loading', path: `/trace/${DECLINED}`, mode: 'slow', act: (page) => page.waitForTimeout(900) },
  {
    name: 'trace-error',
    path: `/trace/${DECLINED}`,
    mode: 'error',
    expectsErrors: true,
    act: (page) => page.waitForSelector('.error-block', { timeout: 15_000 }),
  },
  {
    name: 'offline',
    path: '/traces',
    expectsErrors: true,
    act: async (page) => {
      await setMode('down');
      await page.keyboard.press('r');
      await page.waitForSelector('.notice', { timeout: 15_000 });
    },
  },
  { name: 'not-found', path: '/nowhere' },
  { name: 'glossary', path: '/glossary' },
  { name: 'glossary-term', path: '/glossary#apdex' },
  { name: 'glossary-narrow', path: '/glossary#p95', size: { width: 720, height: 640 } },
];

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** @param {Page} page */
async function axeFindings(page) {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const axe = /** @type {typeof import('axe-core')} */ (/** @type {unknown} */ (Reflect.get(window, 'axe')));
    const { violations } = await axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.map(
      (violation) =>
        `${violation.id}: ${violation.nodes
          .slice(0, 3)
          .map((node) => `${node.target} ${node.failureSummary?.split('\n')[1] ?? ''}`)
          .join(' | ')}`,
    );
  });
}

mkdirSync(flags.out, { recursive: true });
const browser = await launchBrowser();
let problems = 0;

for (const theme of /** @type {const} */ (['light', 'dark'])) {
  for (const screen of SCREENS.filter(({ name }) => name.includes(flags.only))) {
    const context = await browser.newContext({
      viewport: screen.size ?? { width: 1440, height: 900 },
      colorScheme: theme,
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    /** @type {string[]} */
    const found = [];
    page.on('console', (message) => {
      const expected = screen.expectsErrors && /Failed to load resource/.test(message.text());
      if (['error', 'warning'].includes(message.type()) && !expected) found.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => found.push(`exception: ${error.message}`));
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url) && !request.url().startsWith('data:'))
        found.push(`foreign request: ${request.url()}`);
    });
    await setMode(screen.mode ?? 'normal');
    await page.goto(server.url + screen.path);
    if (screen.mode !== 'slow') await page.waitForLoadState('networkidle');
    await screen.act?.(page);
    await page.waitForTimeout(350);
    await page.screenshot({ path: join(flags.out, `${screen.name}-${theme}.png`) });
    found.push(...(await axeFindings(page)).map((finding) => `axe ${finding}`));
    for (const problem of found) console.log(`${screen.name} (${theme}): ${problem}`);
    problems += found.length;
    await context.close();
  }
}
await browser.close();
server.stop();
console.log(problems === 0 ? 'all screens are clean' : `${problems} problems`);
process.exitCode = problems === 0 ? 0 : 1;
