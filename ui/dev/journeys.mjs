// What can only be seen in a real browser: history, focus, dragging, wheels, prefetching, path prefixes, first paint.
//
//   npm run build && node dev/journeys.mjs

import assert from 'node:assert/strict';
import { launchBrowser } from './browser.mjs';
import { startMockServer } from './mock-process.mjs';

/** @typedef {import('playwright-core').Page} Page */

const THINKER = '6921a4c70000000067e1f2a03b4c5d6e';
const DECLINED = '6921a4c700000000000000000000d006';
const HUGE = '6921a4c700000000000000000000d003';
const RECURSION = '6921a4c700000000000000000000d018';

const browser = await launchBrowser();
const server = await startMockServer();
const proxied = await startMockServer(['--prefix', '/tools/apm']);

/** @param {Page} page */
const search = (page) => new URL(page.url()).searchParams;
/** @param {Page} page @param {string} text */
const row = (page, text) => page.locator('[data-row]', { hasText: text }).last();
/** @param {Page} page */
const focusedRow = (page) =>
  page.evaluate(() => document.activeElement?.querySelector('.waterfall-names')?.textContent ?? '');
/** @param {() => unknown} check */
async function eventually(check) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await check();
    } catch (error) {
      if (attempt === 40) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** @type {Record<string, (page: Page) => Promise<unknown>>} */
const JOURNEYS = {
  'from the list to a trace and back, the list as it was': async (page) => {
    await page.goto(`${server.url}/traces?errors=true`);
    const scrolled = () => page.locator('.traces-page-content').evaluate((list) => list.scrollTop);
    await page.locator('.trace-row').nth(40).scrollIntoViewIfNeeded();
    const before = await scrolled();
    assert.ok(before > 0);
    await page.locator('.trace-row').nth(40).click();
    await page.waitForSelector('[role=treegrid]');
    await page.goBack();
    await page.waitForSelector('.trace-row');
    assert.equal(search(page).get('errors'), 'true');
    await eventually(async () => assert.equal(await scrolled(), before));
  },

  'Back closes the detail, then leaves the span before': async (page) => {
    await page.goto(`${server.url}/trace/${DECLINED}`);
    await row(page, 'PaymentController').locator('.waterfall-names').click();
    await eventually(() => assert.ok(search(page).get('span')));
    const first = search(page).get('span');
    await row(page, 'fraud-detection').locator('.waterfall-names').click();
    await eventually(() => assert.notEqual(search(page).get('span'), first));
    await page.goBack();
    await eventually(() => assert.equal(search(page).get('span'), first));
    await page.goBack();
    await eventually(() => assert.equal(search(page).get('span'), null));
    assert.equal(await page.locator('.span-detail').count(), 0);
  },

  'a link shows the same view in another browser': async (page) => {
    await page.goto(`${server.url}/trace/${DECLINED}?q=postgres&services=postgres,cart&path=true`);
    await page.waitForSelector('[role=treegrid]');
    await page.locator('.overview-strip-area').dragTo(page.locator('.overview-strip-area'), {
      sourcePosition: { x: 200, y: 20 },
      targetPosition: { x: 500, y: 20 },
    });
    await row(page, 'INSERT INTO charges').locator('.waterfall-names').click();
    await eventually(() => assert.ok(search(page).get('t0') && search(page).get('span')));
    const look = (/** @type {Page} */ p) =>
      p.evaluate(() => ({
        ticks: Array.from(document.querySelectorAll('.waterfall-tick'), (tick) => tick.textContent),
        dimmed: document.querySelectorAll('[data-dimmed="true"]').length,
        selected: document.querySelector('[aria-selected="true"] .waterfall-names')?.textContent,
        found: document.querySelector('.trace-search-box-count')?.textContent,
      }));
    const seen = await look(page);
    assert.ok(seen.selected?.includes('INSERT'));
    const other = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    await other.goto(page.url());
    await other.waitForSelector('.span-detail');
    assert.deepEqual(await look(other), seen);
    await other.context().close();
  },

  'Ctrl and wheel zoom where the pointer is, dragging pans, 0 shows all': async (page) => {
    await page.goto(`${server.url}/trace/${THINKER}`);
    const lane = await page.locator('.waterfall-row .waterfall-lane').first().boundingBox();
    assert.ok(lane);
    await page.mouse.move(lane.x + lane.width / 2, lane.y + 5);
    await page.keyboard.down('Control');
    for (let i = 0; i < 5; i++) await page.mouse.wheel(0, -100);
    await page.keyboard.up('Control');
    await eventually(() => assert.ok(search(page).get('t0')));
    const [t0, t1] = [Number(search(page).get('t0')), Number(search(page).get('t1'))];
    assert.ok(Math.abs((t0 + t1) / 2 - 1408110000 / 2) < 5e6, 'the middle stays in the middle');
    await page.mouse.down();
    await page.mouse.move(lane.x + lane.width / 2 - 100, lane.y + 5, { steps: 4 });
    await page.mouse.up();
    await eventually(() => assert.ok(Number(search(page).get('t0')) > t0));
    assert.equal(await page.locator('.span-detail').count(), 0, 'a drag is not a click');
    await page.keyboard.press('0');
    await eventually(() => assert.equal(search(page).get('t0'), null));
  },

  'w, a, s and d zoom and pan': async (page) => {
    await page.goto(`${server.url}/trace/${THINKER}`);
    await page.waitForSelector('[role=treegrid]');
    await page.keyboard.press('w');
    await page.waitForTimeout(200);
    await page.keyboard.press('d');
    await eventually(() => assert.ok(Number(search(page).get('t0')) > 0));
    await page.keyboard.press('s');
    await page.waitForTimeout(200);
    await page.keyboard.press('s');
    await eventually(() => assert.equal(search(page).get('t0'), null));
  },

  'a row keeps the focus while it is scrolled away': async (page) => {
    await page.goto(`${server.url}/trace/${HUGE}?view=waterfall`);
    await page.waitForSelector('.waterfall-row');
    await page.locator('[data-row="0"]').focus();
    await page.keyboard.press('ArrowDown');
    const before = await focusedRow(page);
    await page.locator('.waterfall-scroller').evaluate((scroller) => scroller.scrollTo(0, 4_000));
    await page.waitForTimeout(100);
    assert.equal(await focusedRow(page), before);
    await page.keyboard.press('ArrowDown');
    await eventually(async () => assert.notEqual(await focusedRow(page), before));
    assert.ok((await page.locator('.waterfall-scroller').evaluate((scroller) => scroller.scrollTop)) < 100);
  },

  'e walks through the errors of 50,000 spans': async (page) => {
    await page.goto(`${server.url}/trace/${HUGE}?view=waterfall`);
    await page.waitForSelector('.waterfall-row');
    const seen = new Set();
    for (let i = 0; i < 4; i++) {
      await page.keyboard.press('e');
      await eventually(async () => assert.ok((await focusedRow(page)).includes('quantity is negative')));
      seen.add(await page.evaluate(() => document.activeElement?.getAttribute('data-row')));
      const [box, view] = [await page.locator(':focus').boundingBox(), page.viewportSize()];
      assert.ok(box && view && box.y > 0 && box.y < view.height, 'the row is on screen');
    }
    assert.equal(seen.size, 4);
  },

  'the flame graph zooms where the pointer is, pans, and shows all again': async (page) => {
    await page.goto(`${server.url}/trace/${THINKER}?view=flame`);
    const canvas = await page.locator('.flame-canvas').boundingBox();
    assert.ok(canvas);
    await page.mouse.move(canvas.x + canvas.width / 2, canvas.y + 30);
    await page.keyboard.down('Control');
    for (let i = 0; i < 5; i++) await page.mouse.wheel(0, -100);
    await page.keyboard.up('Control');
    await eventually(() => assert.ok(search(page).get('t0')));
    const [t0, t1] = [Number(search(page).get('t0')), Number(search(page).get('t1'))];
    assert.ok(Math.abs((t0 + t1) / 2 - 1408110000 / 2) < 5e6, 'the middle stays in the middle');
    await page.mouse.down();
    await page.mouse.move(canvas.x + canvas.width / 2 - 100, canvas.y + 30, { steps: 4 });
    await page.mouse.up();
    await eventually(() => assert.ok(Number(search(page).get('t0')) > t0));
    assert.equal(await page.locator('.span-detail').count(), 0, 'a drag is not a click');
    await page.keyboard.press('0');
    await eventually(() => assert.equal(search(page).get('t0'), null));
    // One of the thoughts, in the third lane.
    await page.mouse.dblclick(canvas.x + canvas.width * 0.3, canvas.y + 4 + 18 * 2.5);
    await eventually(() => assert.ok(search(page).get('t0')));
  },

  'a right click hides a service, in every view, and the address says so': async (page) => {
    await page.goto(`${server.url}/trace/${DECLINED}?view=waterfall`);
    await page.waitForSelector('.waterfall-row');
    const names = () => page.locator('.waterfall-names b').allInnerTexts();
    assert.ok((await names()).includes('postgres'));
    await row(page, 'INSERT INTO charges').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Hide postgres' }).click();
    await eventually(async () => assert.ok(!(await names()).includes('postgres')));
    assert.equal(search(page).get('hide'), 'postgres');
    await page.keyboard.press('2');
    await page.locator('.flame-canvas').waitFor();
    assert.match((await page.getByRole('application').getAttribute('aria-label')) ?? '', /of 10 spans/);
    await page.goBack();
    await page.goBack();
    await eventually(async () => assert.ok((await names()).includes('postgres')));
  },

  'Shift and dragging measures in the waterfall, whatever is zoomed': async (page) => {
    await page.goto(`${server.url}/trace/${DECLINED}?view=waterfall`);
    const lane = await page.locator('.waterfall-row .waterfall-lane').first().boundingBox();
    assert.ok(lane);
    await page.keyboard.down('Shift');
    await page.mouse.move(lane.x + lane.width * 0.25, lane.y + 40);
    await page.mouse.down();
    await page.mouse.move(lane.x + lane.width * 0.75, lane.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.keyboard.up('Shift');
    const text = page.getByText(/^Δ .* spans? inside$/);
    await text.waitFor();
    await eventually(() => assert.ok(search(page).get('m1')));
    const length = Number(search(page).get('m1')) - Number(search(page).get('m0'));
    assert.equal(search(page).get('span'), null);
    await page.getByRole('button', { name: 'Whole trace' }).count();
    const band = await page.locator('.measure-band').boundingBox();
    assert.ok(band && Math.abs(band.width - lane.width / 2) < 3, 'the band is as wide as the way of the mouse');
    await page.keyboard.press('w');
    await eventually(() => assert.ok(search(page).get('t0')));
    assert.equal(Number(search(page).get('m1')) - Number(search(page).get('m0')), length);
    await page.keyboard.press('Escape');
    await text.waitFor({ state: 'detached' });
  },

  'a flame graph that fits has nothing to scroll': async (page) => {
    await page.goto(`${server.url}/trace/${THINKER}?view=flame`);
    await page.locator('.flame-canvas').waitFor();
    const spare = await page.locator('.flame-scroller').evaluate((it) => it.scrollHeight - it.clientHeight);
    assert.equal(spare, 0);
  },

  'scrolling fast leaves no row blank, and full rows where it ends': async (page) => {
    await page.goto(`${server.url}/trace/${HUGE}?view=waterfall`);
    await page.waitForSelector('.waterfall-row');
    const blank = await page.locator('.waterfall-scroller').evaluate(async (scroller) => {
      let most = 0;
      for (let frame = 0; frame < 40; frame++) {
        scroller.scrollTop += 240;
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        const box = scroller.getBoundingClientRect();
        const there = Array.from(scroller.querySelectorAll('.waterfall-row'), (it) => it.getBoundingClientRect())
          .filter((it) => it.bottom > box.top + 28 && it.top < box.bottom)
          .reduce((sum, it) => sum + Math.min(it.bottom, box.bottom) - Math.max(it.top, box.top + 28), 0);
        // The first frame doesn't know yet where it leads.
        if (frame > 1) most = Math.max(most, box.height - 28 - there);
      }
      return most;
    });
    assert.ok(blank < 2, `${blank} px were blank`);
    await page.waitForTimeout(200);
    const places = await page
      .locator('.waterfall-row')
      .evaluateAll((rows) => rows.map((it) => Number(it.getAttribute('aria-rowindex'))));
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
    );
    assert.ok((await page.locator('.waterfall-row .badge').count()) > 0);
  },

  'plain wheels scroll the lanes, dragging moves them too': async (page) => {
    await page.goto(`${server.url}/trace/${RECURSION}`);
    const canvas = await page.locator('.flame-canvas').boundingBox();
    assert.ok(canvas);
    const scrolled = () => page.locator('.flame-scroller').evaluate((scroller) => scroller.scrollTop);
    await page.mouse.move(canvas.x + 300, canvas.y + 300);
    await page.mouse.wheel(0, 400);
    await eventually(async () => assert.equal(await scrolled(), 400));
    await page.mouse.down();
    await page.mouse.move(canvas.x + 300, canvas.y + 200, { steps: 4 });
    await page.mouse.up();
    await eventually(async () => assert.equal(await scrolled(), 500));
    assert.equal(search(page).get('t0'), null);
    await page.locator('.flame-lanes').focus();
    await page.keyboard.press('End');
    await eventually(async () => assert.ok((await scrolled()) > 15_000));
  },

  'all spans are met with the arrow keys': async (page) => {
    await page.goto(`${server.url}/trace/${DECLINED}?view=flame`);
    const graph = page.locator('.flame-lanes');
    await graph.focus();
    const at = async () => (await graph.getAttribute('aria-activedescendant')) ?? '';
    const met = new Set([await at()]);
    /** @param {string} key */
    const moves = async (key) => {
      const before = await at();
      await page.keyboard.press(key);
      const after = await at();
      met.add(after);
      return after !== before;
    };
    // Down where it goes down, else to the next sibling of this span or of one above it.
    do {
      while (await moves('ArrowDown'));
      while (!(await moves('ArrowRight')) && (await moves('ArrowUp')));
    } while (!(await at()).endsWith('-0'));
    assert.equal(met.size, 33);
  },

  'e, f and Enter find an error among 50,000 spans, and it stays selected in every view': async (page) => {
    await page.goto(`${server.url}/trace/${HUGE}`);
    await page.waitForSelector('.flame-canvas');
    await page.keyboard.press('e');
    await page.keyboard.press('f');
    await page.waitForTimeout(200);
    await page.keyboard.press('f');
    await eventually(() => assert.ok(search(page).get('t0')));
    await page.keyboard.press('Enter');
    await page.waitForSelector('.span-error');
    const [span, t0] = [search(page).get('span'), search(page).get('t0')];
    const canvas = await page.locator('.flame-canvas').boundingBox();
    assert.ok(canvas);
    for (const key of ['3', '4', '1', '2']) {
      await page.keyboard.press(key);
      await eventually(() =>
        assert.equal(search(page).get('view'), ['waterfall', 'flame', 'list', 'statistics'][Number(key) - 1]),
      );
      assert.equal(search(page).get('span'), span);
      assert.equal(search(page).get('t0'), t0);
      assert.equal(await page.locator('.span-detail').count(), 1);
      if (key === '1')
        await eventually(async () => assert.ok((await focusedRow(page)).includes('quantity is negative')));
    }
    assert.ok(await page.evaluate(() => document.activeElement?.classList.contains('flame-lanes')));
  },

  'red is to be seen in the picture of 50,000 spans': async (page) => {
    await page.goto(`${server.url}/trace/${HUGE}`);
    await page.waitForSelector('.flame-canvas');
    const red = () =>
      page.locator('.flame-canvas').evaluate((canvas) => {
        const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
        const pixels = /** @type {HTMLCanvasElement} */ (canvas)
          .getContext('2d')
          ?.getImageData(0, 0, width, height).data;
        let count = 0;
        for (let i = 0; pixels && i < pixels.length; i += 4) {
          if (pixels[i] === 0xc4 && pixels[i + 1] === 0x24 && pixels[i + 2] === 0x2b) count++;
        }
        return count;
      });
    // 18 failed spans, a pixel wide and 17 high at least.
    await eventually(async () => assert.ok((await red()) >= 18 * 17));
  },

  'the picture follows the theme, and the tooltip the pointer': async (page) => {
    await page.goto(`${server.url}/trace/${DECLINED}?view=flame`);
    const canvas = await page.locator('.flame-canvas').boundingBox();
    assert.ok(canvas);
    const pixel = () =>
      page
        .locator('.flame-canvas')
        .evaluate((each) =>
          String(/** @type {HTMLCanvasElement} */ (each).getContext('2d')?.getImageData(600, 8, 1, 1).data),
        );
    const before = await pixel();
    await page.keyboard.press('x');
    await eventually(async () => assert.notEqual(await pixel(), before));
    await page.mouse.move(canvas.x + 600, canvas.y + 10, { steps: 3 });
    await page.locator('.flame-tooltip', { hasText: '/api/v2/checkout' }).waitFor();
    await page.mouse.move(canvas.x + 600, canvas.y + canvas.height - 20);
    await page.locator('.flame-tooltip').waitFor({ state: 'hidden' });
  },

  'a row of the statistics brings out its spans': async (page) => {
    await page.goto(`${server.url}/trace/${DECLINED}?view=statistics`);
    await page.locator('.figures-name', { hasText: 'redis' }).click();
    await eventually(() => assert.equal(search(page).get('by'), 'service,operation'));
    await page.keyboard.press('1');
    await page.waitForSelector('[role=treegrid]');
    const lit = await page.locator('[data-row][data-dimmed="false"]').allInnerTexts();
    assert.ok(lit.length > 0 && lit.every((text) => text.includes('redis')));
    await page.goBack();
    await page.goBack();
    await eventually(() => assert.equal(search(page).get('by'), null));
  },

  'hovering a row fetches its detail before the click': async (page) => {
    await page.goto(`${server.url}/trace/${DECLINED}`);
    const asked = page.waitForRequest(/\/spans\//);
    await row(page, 'PaymentController').locator('.waterfall-names').hover();
    await asked;
    await row(page, 'PaymentController').locator('.waterfall-names').click();
    await page.waitForSelector('.span-error', { timeout: 500 });
  },

  'sizes are remembered, and can be set with the keyboard': async (page) => {
    await page.goto(`${server.url}/trace/${DECLINED}`);
    const splitter = page.getByRole('separator', { name: 'Width of the tree' });
    const before = Number(await splitter.getAttribute('aria-valuenow'));
    await splitter.focus();
    await page.keyboard.press('ArrowRight');
    await page.reload();
    await page.waitForSelector('[role=treegrid]');
    assert.equal(Number(await splitter.getAttribute('aria-valuenow')), before + 2);
  },

  'Escape closes what lies above first': async (page) => {
    await page.goto(`${server.url}/trace/6921a4c700000000000000000000d004`);
    await row(page, 'fraud-detection').locator('.waterfall-names').click();
    await page.waitForSelector('.span-detail');
    await page.getByRole('button', { name: 'incomplete' }).click();
    await page.waitForSelector('.trace-warning-text');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.trace-warning-text', { state: 'detached' });
    assert.equal(await page.locator('.span-detail').count(), 1);
    await page.keyboard.press('Escape');
    await page.waitForSelector('.span-detail', { state: 'detached' });
  },

  'dialogs give the focus back': async (page) => {
    await page.goto(`${server.url}/traces`);
    await page.locator('.trace-row').first().focus();
    await page.keyboard.press('?');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.press('Escape');
    await eventually(async () => assert.equal(await page.locator('dialog').count(), 0));
    assert.ok(await page.evaluate(() => document.activeElement?.classList.contains('trace-row')));
  },

  'a thousand services scroll, and keep the focus in reach': async (page) => {
    await server.setMode('many');
    await page.goto(`${server.url}/services?sort=name`);
    await page.waitForSelector('.table-link');
    const rows = await page.locator('.table-link').count();
    assert.ok(rows < 80, `${rows} rows exist as elements`);
    for (let i = 0; i < 60; i++) await page.keyboard.press('j');
    const at = await page.evaluate(() => document.activeElement?.closest('tr')?.getAttribute('aria-rowindex'));
    assert.equal(at, '61');
    await page.locator('.services-page-content').evaluate((list) => list.scrollTo(0, list.scrollHeight));
    await eventually(async () => assert.equal(await page.locator('tr[aria-rowindex="1001"]').count(), 1));
    await server.setMode('normal');
  },

  'the list waits while the pointer is in it': async (page) => {
    await page.goto(`${server.url}/traces`);
    await page.locator('.trace-row').first().hover();
    await page.getByText('waits while you read').waitFor();
    await page.mouse.move(5, 5);
    await page.getByText('waits while you read').waitFor({ state: 'detached' });
  },

  'everything works under a path prefix': async (page) => {
    await page.goto(`${proxied.url}/`);
    await page.waitForSelector('.finding-table');
    assert.equal(new URL(page.url()).pathname, '/tools/apm/');
    const href = await page.locator('.finding-table a').first().getAttribute('href');
    assert.match(href ?? '', /^\/tools\/apm\/services\/[^/]+\?env=production$/);
    await page.goto(`${proxied.url}/apm/trace/${THINKER}?graphType=flamegraph`);
    await page.waitForSelector('[role=treegrid]');
    assert.equal(new URL(page.url()).pathname, `/tools/apm/trace/${THINKER}`);
    await page.getByRole('link', { name: 'Traces', exact: true }).first().click();
    await page.locator('.trace-row').first().click();
    await page.waitForSelector('[role=treegrid]');
    assert.match(new URL(page.url()).pathname, /^\/tools\/apm\/trace\/[0-9a-f]{32}$/);
    await page.reload();
    await page.waitForSelector('[role=treegrid]');
    await page.keyboard.type('gt');
    await eventually(() => assert.equal(new URL(page.url()).pathname, '/tools/apm/traces'));
  },

  'a dark page is dark from its first paint': async (page) => {
    await page.goto(`${server.url}/traces`);
    await page.waitForSelector('.trace-row');
    const [before] = [await page.evaluate(() => document.documentElement.dataset.theme)];
    await page.keyboard.press('x');
    await page.route('**/assets/*.js', () => undefined);
    await page.goto(`${server.url}/traces`, { waitUntil: 'commit' });
    await page.waitForTimeout(300);
    assert.notEqual(await page.evaluate(() => document.documentElement.dataset.theme), before);
  },

  'a trace that comes while it is watched for appears': async (page) => {
    await page.goto(`${server.url}/trace/00000000000000000000000000000abc`);
    await page.getByRole('button', { name: 'Watch for it' }).click();
    await page.route('**/*abc/skeleton', async (route) => {
      const answer = await fetch(`${server.url}/api/ui/traces/${THINKER}/skeleton`);
      await route.fulfill({ contentType: 'application/json', body: await answer.text() });
    });
    await page.waitForSelector('[role=treegrid]', { timeout: 8_000 });
  },
};

let failed = 0;
for (const [name, journey] of Object.entries(JOURNEYS)) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  /** @type {string[]} */
  const complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  try {
    await journey(page);
    assert.deepEqual(complaints, []);
    console.log(`ok    ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}\n${error instanceof Error ? error.message : error}`);
  }
  await context.close();
}
await browser.close();
server.stop();
proxied.stop();
process.exitCode = failed === 0 ? 0 : 1;
