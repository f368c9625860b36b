// Measures the UI in a real browser: how long a cold start and a change of screen take; opening traces of 33 to 100,000 spans
// as a waterfall and as a flame graph; scrolling, zooming, panning and collapsing 50,000.
//
//   npm run build && node dev/measure.mjs [--throttle 4] [--largest to open 500,000 spans as well]

import { parseArgs } from 'node:util';
import { launchBrowser } from './browser.mjs';
import { startMockServer } from './mock-process.mjs';

/** @typedef {import('playwright-core').Page} Page */

const { values: flags } = parseArgs({
  options: { throttle: { type: 'string', default: '1' }, largest: { type: 'boolean', default: false } },
});
const TRACES = [
  { name: '33 spans', id: '6921a4c700000000000000000000d006' },
  { name: '1,000 spans', id: '6921a4c700000000000000000000d010' },
  { name: '10,000 spans', id: '6921a4c700000000000000000000d011' },
  { name: '50,000 spans', id: '6921a4c700000000000000000000d003' },
  { name: '100,000 spans', id: '6921a4c700000000000000000000d012' },
];
// Too slow for the stand-in of a server to be asked every time.
const LARGEST = { name: '500,000 spans', id: '6921a4c700000000000000000000d013' };
const HUGE = TRACES[3].id;
// One opening alone says little.
const OPENINGS = 5;
const FRAME_MS = 1000 / 60;

const server = await startMockServer();
const browser = await launchBrowser();
const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
const page = await context.newPage();
const session = await context.newCDPSession(page);
// By frame, how long everything took that was to run before it.
await page.addInitScript(() => {
  /** @type {Map<number, number>} */
  const scriptOfFrame = new Map();
  Reflect.set(window, 'scriptOfFrame', scriptOfFrame);
  const request = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) =>
    request((now) => {
      const begun = performance.now();
      callback(now);
      scriptOfFrame.set(now, (scriptOfFrame.get(now) ?? 0) + performance.now() - begun);
    });
});
// By the processor's clock: what other processes take isn't counted.
await session.send('Performance.enable', { timeDomain: 'threadTicks' });
async function mainThread() {
  const { metrics } = await session.send('Performance.getMetrics');
  const secondsOf = (/** @type {string} */ name) => metrics.find((each) => each.name === name)?.value ?? 0;
  return {
    all: secondsOf('TaskDuration'),
    style: secondsOf('RecalcStyleDuration'),
    layout: secondsOf('LayoutDuration'),
  };
}
await session.send('Emulation.setCPUThrottlingRate', { rate: Number(flags.throttle) });

// Runs `step` once a frame and tells how long the frames took, and how long the scripts that each of them waited for.
/** @param {string} name @param {number} frames @param {string} step body of a function of the frame's number */
async function frames(name, frames, step) {
  const before = await mainThread();
  const result = await page.evaluate(
    ([count, body]) =>
      new Promise((resolve) => {
        // biome-ignore lint/security/noGlobalEval: the body comes from this file
        const act = /** @type {(frame: number) => void} */ (eval(`(frame) => { ${body} }`));
        /** @type {number[]} */
        const intervals = [];
        let frame = 0;
        let last = performance.now();
        function tick(/** @type {number} */ now) {
          if (frame > 0) intervals.push(now - last);
          last = now;
          if (frame++ >= Number(count)) return resolve({ intervals, scripts: [...scriptOfFrame.values()] });
          act(frame);
          requestAnimationFrame(tick);
        }
        /** @type {Map<number, number>} */
        const scriptOfFrame = Reflect.get(window, 'scriptOfFrame');
        scriptOfFrame.clear();
        requestAnimationFrame(tick);
      }),
    [String(frames), step],
  );
  const after = await mainThread();
  const msOf = (/** @type {keyof typeof before} */ part) => (((after[part] - before[part]) * 1000) / frames).toFixed(1);
  const { intervals, scripts } = /** @type {{ intervals: number[], scripts: number[] }} */ (result);
  const sorted = [...intervals].sort((a, b) => a - b);
  const dropped = intervals.filter((ms) => ms > FRAME_MS * 1.5).length;
  const script = scripts.reduce((sum, ms) => sum + ms, 0) / scripts.length;
  const slowScript = [...scripts].sort((a, b) => a - b)[Math.floor(scripts.length * 0.95)];
  print(
    name,
    `p95 frame ${sorted[Math.floor(sorted.length * 0.95)].toFixed(1)} ms, ${dropped} of ${intervals.length} dropped, script ${script.toFixed(1)} ms a frame, p95 ${slowScript.toFixed(1)} ms; main thread ${msOf('all')} ms a frame, style ${msOf('style')}, layout ${msOf('layout')}`,
  );
}

/** @param {string} name @param {string} text */
function print(name, text) {
  console.log(`${name.padEnd(36)}${text}`);
}

/** @param {string} path */
async function cold(path) {
  await page.goto('about:blank');
  await page.goto(server.url + path);
}

/** @param {number[]} numbers */
const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

/** @param {{ name: string, id: string }} trace @param {'waterfall' | 'flame'} view @param {number} times */
async function openTrace(trace, view, times) {
  // Once for the mock server to build and keep its answer.
  await fetch(`${server.url}/api/ui/traces/${trace.id}/skeleton`).then((answer) => answer.arrayBuffer());
  /** @type {{ fromStart: number, fromEnd: number, size: number }[]} */
  const openings = [];
  for (let i = 0; i < times; i++) openings.push(await openOnce(trace.id, view));
  const fromStart = median(openings.map((each) => each.fromStart)).toFixed(0);
  const fromEnd = median(openings.map((each) => each.fromEnd)).toFixed(0);
  print(
    `open ${trace.name} as ${view}`,
    `${fromStart} ms from the answer's start to the painted picture, ${fromEnd} ms from its end (${(openings[0].size / 1e6).toFixed(2)} MB, median of ${times})`,
  );
}

// From the first and the last byte of the skeleton to the frame in which rows or lanes are on screen.
/** @param {string} id @param {string} view */
async function openOnce(id, view) {
  await cold(`/traces`);
  await page.waitForSelector('.trace-row');
  await page.waitForTimeout(500);
  await page.evaluate((path) => {
    Reflect.set(
      window,
      'paintedAt',
      new Promise((resolve) => {
        const observer = new MutationObserver(() => {
          if (!document.querySelector('.waterfall-row, .flame-canvas')) return;
          observer.disconnect();
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())));
        });
        observer.observe(document.body, { childList: true, subtree: true });
      }),
    );
    history.pushState({}, '', path);
    dispatchEvent(new PopStateEvent('popstate', { state: {} }));
  }, `/trace/${id}?view=${view}`);
  return page.evaluate(async () => {
    const painted = await Reflect.get(window, 'paintedAt');
    const entry = /** @type {PerformanceResourceTiming} */ (
      performance.getEntriesByType('resource').findLast((each) => each.name.includes('skeleton'))
    );
    return {
      fromStart: painted - entry.responseStart,
      fromEnd: painted - entry.responseEnd,
      size: entry.decodedBodySize,
    };
  });
}

// The mock server builds its traces when it is first asked.
await fetch(`${server.url}/api/ui/traces`);
print('CPU throttle', `${flags.throttle}×`);
// From an empty page to rows that can be clicked.
/** @param {string} path @param {string} row */
async function coldStart(path, row) {
  /** @type {number[]} */
  const took = [];
  for (let i = 0; i < OPENINGS; i++) {
    await session.send('Network.clearBrowserCache');
    await cold(path);
    await page.waitForSelector(row);
    took.push(await page.evaluate(() => performance.now()));
  }
  print(`cold start to ${path}`, `${median(took).toFixed(0)} ms, nothing cached (median of ${OPENINGS})`);
}

// From a click to the frame that shows the next screen, with or without its data; its code has been there before.
/** @param {string} from @param {string} link @param {string} screen */
async function changeScreen(from, link, screen) {
  /** @type {number[]} */
  const took = [];
  for (let i = 0; i <= OPENINGS; i++) {
    await cold(from);
    await page.waitForSelector(link);
    await page.waitForTimeout(300);
    const ms = await page.evaluate(
      ([clicked, shown]) =>
        new Promise((resolve) => {
          const begun = performance.now();
          const observer = new MutationObserver(() => {
            if (!document.querySelector(shown)) return;
            observer.disconnect();
            requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)));
          });
          observer.observe(document.body, { childList: true, subtree: true });
          const target = document.querySelector(clicked);
          target?.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));
          if (target instanceof HTMLElement) target.click();
        }),
      [link, screen],
    );
    // The first one loads the code.
    if (i > 0) took.push(Number(ms));
  }
  print(`from ${from} by ${link}`, `${median(took).toFixed(0)} ms (median of ${OPENINGS})`);
}

await coldStart('/services', '.table-link');
await coldStart('/traces', '.trace-row');
await changeScreen('/', '.rail-item[href="/services"]', '.services-page');
await changeScreen('/services', '.table-link', '.over-time-page');
await changeScreen('/services/storefront', '.resource-table .table-link', '.breadcrumb-last');
await changeScreen('/services', '.rail-item[href="/traces"]', '.traces-page');
await changeScreen('/traces', '.trace-row', '.trace-header-id, .waterfall-row');
for (const view of /** @type {const} */ (['waterfall', 'flame'])) {
  for (const trace of TRACES) await openTrace(trace, view, OPENINGS);
}
if (flags.largest) await openTrace(LARGEST, 'flame', 1);

await cold(`/trace/${HUGE}?view=waterfall`);
await page.waitForSelector('.waterfall-row');
await page.waitForTimeout(500);
print('elements in the page', String(await page.evaluate(() => document.querySelectorAll('*').length)));
const rowCount = () =>
  page.evaluate(() => Number(document.querySelector('[role=treegrid]')?.getAttribute('aria-rowcount')));
/** @param {string} label */
async function click(label) {
  const ms = await page.evaluate(async (name) => {
    const button = document.querySelector(`[aria-label="${name}"]`);
    const begun = performance.now();
    if (button instanceof HTMLElement) button.click();
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    return performance.now() - begun;
  }, label);
  print(label, `${ms.toFixed(0)} ms to the next frame, ${await rowCount()} rows`);
}
await click('Collapse all');
await click('Expand all');
await click('Collapse all');
await click('Expand all');

const scroller = `document.querySelector('.waterfall-scroller')`;
await frames('scroll smoothly, 48 px a frame', 180, `${scroller}.scrollTop += 48`);
await frames('scroll quickly, 120 px a frame', 180, `${scroller}.scrollTop += 120`);
await frames('scroll very fast, 480 px a frame', 120, `${scroller}.scrollTop += 480`);
await frames(
  'jump anywhere each frame',
  60,
  `${scroller}.scrollTop = (frame * 7919 % 100) / 100 * ${scroller}.scrollHeight`,
);
const wheel = (/** @type {number} */ delta) =>
  `const lane = document.querySelectorAll('.waterfall-lane')[3].getBoundingClientRect(); ${scroller}.dispatchEvent(new WheelEvent('wheel', { deltaY: ${delta}, clientX: lane.left + lane.width * 0.4, ctrlKey: true, bubbles: true, cancelable: true }))`;
await frames('zoom in, 1× to 2,000×', 120, wheel(-18));
await frames(
  'pan',
  120,
  `${scroller}.dispatchEvent(new WheelEvent('wheel', { deltaX: 12, bubbles: true, cancelable: true }))`,
);
await frames('zoom out', 120, wheel(18));

await cold(`/trace/${HUGE}?view=flame`);
await page.waitForSelector('.flame-canvas');
await page.waitForTimeout(500);
const graph = `document.querySelector('.flame-scroller')`;
const flameWheel = (/** @type {number} */ delta) =>
  `const box = document.querySelector('.flame-canvas').getBoundingClientRect(); ${graph}.dispatchEvent(new WheelEvent('wheel', { deltaY: ${delta}, clientX: box.left + box.width * 0.4, ctrlKey: true, bubbles: true, cancelable: true }))`;
const flamePan = (/** @type {number} */ delta) =>
  `${graph}.dispatchEvent(new WheelEvent('wheel', { deltaX: ${delta}, bubbles: true, cancelable: true }))`;
await frames('flame graph: zoom in, 1× to 2,000×', 120, flameWheel(-18));
await frames('flame graph: pan', 120, flamePan(12));
await frames('flame graph: zoom out', 120, flameWheel(18));
await frames('flame graph: zoom to 2×', 10, flameWheel(-18));
await frames('flame graph: pan, most spans', 120, flamePan(12));
await page.setViewportSize({ width: 1440, height: 480 });
await frames('flame graph: scroll lanes', 120, `${graph}.scrollTop = (frame % 24) * 9`);
await page.setViewportSize({ width: 1440, height: 900 });
await frames(
  'flame graph: point elsewhere',
  120,
  `const box = document.querySelector('.flame-canvas').getBoundingClientRect(); document.querySelector('.flame-lanes').dispatchEvent(new PointerEvent('pointermove', { clientX: box.left + (frame * 37) % box.width, clientY: box.top + 10 + (frame * 13) % 250, bubbles: true }))`,
);

await page.keyboard.press('/');
const typed = await page.evaluate(async () => {
  const input = /** @type {HTMLInputElement} */ (document.getElementById('trace-search'));
  /** @type {number[]} */
  const took = [];
  for (const text of ['s', 'sh', 'shi', 'ship']) {
    const begun = performance.now();
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(input, text);
    input.dispatchEvent(new Event('input', { bubbles: true }));
    took.push(performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return Math.max(...took);
});
print('key stroke in the search', `${typed.toFixed(1)} ms at most`);
const heap = await page.evaluate(() => Reflect.get(performance, 'memory').usedJSHeapSize / 1e6);
print('JavaScript heap', `${heap.toFixed(0)} MB`);

await browser.close();
server.stop();
