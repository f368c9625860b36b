// Drives the system's Chromium for tests/e2e/test_ui.py and test_demo.py, one journey at a time.
//
// Lines of JSON: `{"journey", "url", "facts"}` comes in, `{"problems"}` goes out when it has ended. In between a journey may
// ask the test to do something outside the browser: `{"ask", "about"}` goes out, `{"done"}` comes in.
//
//   node driver.mjs <folder for screenshots>

import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { launchBrowser } from '../../../ui/dev/browser.mjs';
import { BIG_JOURNEYS } from './big.mjs';
import { DEMO_JOURNEYS } from './demo.mjs';
import { HOSTILE_JOURNEYS } from './hostile.mjs';
import { JOURNEYS as USUAL_JOURNEYS } from './journeys.mjs';
import { STATE_JOURNEYS } from './states.mjs';

const JOURNEYS = {
  ...USUAL_JOURNEYS,
  ...DEMO_JOURNEYS,
  ...STATE_JOURNEYS,
  ...HOSTILE_JOURNEYS,
  ...BIG_JOURNEYS,
};
const AXE = readFileSync(
  createRequire(new URL('../../../ui/package.json', import.meta.url)).resolve('axe-core/axe.min.js'),
  'utf8',
);
const TIMEOUT_MS = 10_000;
// For what is drawn after the page has been laid out: fonts, the canvas, what scrolls into view.
const SETTLE_MS = 100;
const SCREEN = { width: 1440, height: 900 };

const screenshots = process.argv[2];
mkdirSync(screenshots, { recursive: true });
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const hear = async () => JSON.parse((await lines.next()).value ?? 'null');

// What nobody should ever see, on any page.
async function watch(context, page, url, problems, { expectedErrors }) {
  await context.exposeFunction('reportViolation', (text) => problems.push(`content security policy: ${text}`));
  await context.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', (event) =>
      window.reportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`),
    ),
  );
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type()) || expectedErrors?.test(message.text())) return;
    problems.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => problems.push(`exception: ${error.stack}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`) && !request.url().startsWith('data:'))
      problems.push(`request to elsewhere: ${request.url()}`);
  });
}

async function axeFindings(page) {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.map(
      ({ id, impact, nodes }) =>
        `${id} (${impact}): ${nodes
          .slice(0, 3)
          .map(({ target, failureSummary }) => `${target} ${failureSummary}`)
          .join(' | ')}`,
    );
  });
}

async function run(browser, { journey, url, facts }) {
  const { steps, expectedErrors, size } = JOURNEYS[journey];
  const problems = [];
  const context = await browser.newContext({ viewport: size ?? SCREEN, colorScheme: 'light', reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT_MS);
  await watch(context, page, url, problems, { expectedErrors });
  // Takes pictures of what is on screen, and judges it, in both themes.
  const look = async (name) => {
    for (const theme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: theme });
      await page.waitForFunction((wanted) => document.documentElement.dataset.theme === wanted, theme);
      await page.waitForTimeout(SETTLE_MS);
      await page.screenshot({ path: join(screenshots, `${name}-${theme}.png`) });
      problems.push(...(await axeFindings(page)).map((finding) => `${name} (${theme}): ${finding}`));
    }
    await page.emulateMedia({ colorScheme: 'light' });
  };
  const ask = async (what, about = null) => {
    say({ ask: what, about });
    return (await hear()).done;
  };
  try {
    await steps({ page, url, facts, look, ask });
  } catch (error) {
    problems.push(error.stack);
    await page.screenshot({ path: join(screenshots, `failed-${journey.replaceAll(/\W+/g, '-')}.png`) });
  }
  await context.close();
  return problems;
}

const browser = await launchBrowser();
say({ journeys: Object.keys(JOURNEYS) });
for (let wanted = await hear(); wanted; wanted = await hear()) say({ problems: await run(browser, wanted) });
await browser.close();
