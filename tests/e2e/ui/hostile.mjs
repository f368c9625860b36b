// What a stranger may send as a name or a value is text on every screen: it runs nothing, leaves its place nowhere, turns
// nothing around, and can be read in full. And addresses that nobody would make but a person with a keyboard.

import assert from 'node:assert/strict';
import { eventually } from './steps.mjs';

const TITLE_MAX = 200;
// Characters that turn what stands beside them around.
const TURNING = '[\\u202a-\\u202e\\u2066-\\u2069\\u0590-\\u08ff]';

// What is wrong with what is on screen, as sentences.
export function wrongOnScreen([turning, titleMax]) {
  const wrong = [];
  if (window.canary !== undefined) wrong.push(`a script ran: ${window.canary}`);
  if (document.documentElement.scrollWidth > window.innerWidth)
    wrong.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  if (document.title.length > titleMax) wrong.push(`the title has ${document.title.length} characters`);

  const nameOf = (element) =>
    `${element.tagName.toLowerCase()}.${String(element.getAttribute('class')).replaceAll(' ', '.')}`;
  for (const link of document.querySelectorAll('a[href]')) {
    if (!/^https?:$/.test(link.protocol)) wrong.push(`a link leads to ${link.protocol}: ${nameOf(link)}`);
  }

  // Blocks beside and below each other, in which children keep to their own.
  const frames = [
    '.app-shell',
    '.top-bar',
    '.trace-header',
    '.trace-screen-main',
    '.over-time-bar',
    '.over-time-blocks',
    '.home-page-head',
    '.finding-cards',
    '.service-legend',
    '.span-header',
    '.span-detail-content',
    '.traces-page',
    '.services-page',
    '.breadcrumb-path',
    '.trace-header-title',
  ];
  for (const frame of document.querySelectorAll(frames.join())) {
    const boxes = Array.from(frame.children)
      .filter(
        (child) =>
          !['absolute', 'fixed'].includes(getComputedStyle(child).position) &&
          !child.matches('title, .query-progress, dialog, [popover], .visually-hidden'),
      )
      .map((child) => [child, child.getBoundingClientRect()])
      .filter(([, { width, height }]) => width > 1 && height > 2);
    const room = frame.getBoundingClientRect();
    for (const [i, [one, a]] of boxes.entries()) {
      const clipped = getComputedStyle(frame).overflowX !== 'visible';
      if (!clipped && (a.right > room.right + 1.5 || a.left < room.left - 1.5))
        wrong.push(`${nameOf(one)} leaves ${nameOf(frame)}`);
      for (const [other, b] of boxes.slice(i + 1)) {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1.5 && down > 1.5)
          wrong.push(
            `${nameOf(one)} and ${nameOf(other)} lie over each other by ${Math.round(across)} × ${Math.round(down)} px`,
          );
      }
    }
  }

  // A paragraph of text is what has no box of its own in between. A turning text is alone in its, or isolated.
  const turns = new RegExp(turning);
  const isolates = (element) =>
    /isolate|plaintext/.test(getComputedStyle(element).unicodeBidi) || element.tagName === 'BDI';
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    if (
      !turns.test(text.data) ||
      !text.parentElement ||
      text.parentElement.closest('script, style, select, .visually-hidden')
    )
      continue;
    let element = text.parentElement;
    while (getComputedStyle(element).display === 'inline' && !isolates(element)) element = element.parentElement;
    if (getComputedStyle(element).display === 'inline') continue;
    // What stands bare among the items of a flexible box is an item of its own.
    if (element === text.parentElement && /flex|grid/.test(getComputedStyle(element).display)) continue;
    if (
      element.textContent.trim() !== text.data.trim() &&
      !(isolates(element) && element.textContent.startsWith(text.data))
    ) {
      wrong.push(`${nameOf(text.parentElement)} in ${nameOf(element)} may turn its neighbours around`);
    }
  }
  return [...new Set(wrong)];
}

const params = (page) => new URL(page.url()).searchParams;

async function judge(page, where, problems) {
  problems.push(...(await page.evaluate(wrongOnScreen, [TURNING, TITLE_MAX])).map((wrong) => `${where}: ${wrong}`));
}

export const HOSTILE_JOURNEYS = {
  'hostile: names and values': {
    steps: async ({ page, url, facts, look }) => {
      const problems = [];
      const at = async (where, path, ready, picture = true) => {
        await page.goto(`${url}${path}`);
        await page.locator(ready).first().waitFor();
        await judge(page, where, problems);
        if (picture) await look(`hostile-${where}`);
      };
      const { traces, services, resources, spans } = facts;
      const env = `env=${encodeURIComponent(facts.env)}`;
      for (const { name } of services.slice(0, 3)) {
        await at(
          `service ${name.slice(0, 12)}`,
          `/services/${encodeURIComponent(name)}?${env}`,
          '.figure-tiles',
          name === services[0].name,
        );
      }
      await at('home', `/?${env}`, '.finding-table tbody tr');
      await at('services', `/services?${env}`, '.table-link');
      for (const [i, { service, hash }] of resources.entries()) {
        await at(
          `resource ${i}`,
          `/services/${encodeURIComponent(service)}/resources/${hash}?${env}`,
          '.figure-tiles',
          i === 0,
        );
      }
      await at('traces', '/traces', '.trace-row');
      for (const view of ['waterfall', 'flame', 'list', 'statistics']) {
        const ready = {
          waterfall: '.waterfall-row',
          flame: '[role=application]',
          list: '.figures-list',
          statistics: '.figures-statistics',
        }[view];
        await at(`trace as ${view}`, `/trace/${traces.names}?view=${view}`, ready);
        for (const trace of [traces.wide, traces.deep, traces.times])
          await at(`${view} of ${trace}`, `/trace/${trace}?view=${view}`, ready, false);
      }
      for (const [i, span] of spans.entries()) {
        await at(`detail ${i}`, `/trace/${traces.names}?view=waterfall&span=${span}`, '.span-attributes-filter', i < 2);
        await page.getByRole('button', { name: /JSON/ }).first().click();
        await judge(page, `JSON of detail ${i}`, problems);
      }

      // The span of a thousand attributes shows all of them, and finds one.
      await at('thousand', `/trace/${traces.wide}?view=waterfall&span=${facts.wideSpan}`, '.span-attributes-filter');
      await page.getByLabel('Filter attributes').fill('attribute.999');
      await page.getByText('Attributes · 1 of').waitFor();

      // Every level of five hundred is reached by the keyboard, and says how deep it is.
      await page.goto(`${url}/trace/${traces.deep}?view=waterfall`);
      await page.locator('[data-row="0"]').focus();
      await page.keyboard.press('}');
      await page.keyboard.press('End');
      await page.waitForFunction(() => document.activeElement?.getAttribute('aria-level') === '500');
      await judge(page, 'the deepest level', problems);

      // What the palette finds by a part of the name.
      await page.goto(`${url}/traces`);
      await page.locator('.trace-row').first().waitFor();
      await page.keyboard.press('Control+k');
      await page.locator('.jump-input').fill(facts.typed);
      await page.locator('.jump-choice').first().waitFor();
      await judge(page, 'palette', problems);
      await look('hostile-palette');
      await page.goto(`${url}/`);
      await page.getByRole('region', { name: 'Recently viewed' }).getByRole('link').first().waitFor();
      await judge(page, 'recently viewed', problems);
      assert.deepEqual([...new Set(problems)], []);
    },
  },

  'hostile: addresses edited by hand': {
    // Chromium itself tells of answers of 4xx.
    expectedErrors: /Failed to load resource/,
    steps: async ({ page, url, facts }) => {
      const { traces, services } = facts;
      const service = encodeURIComponent(services[0].name);
      const env = `env=${encodeURIComponent(facts.env)}`;
      const trace = `/trace/${traces.names}`;
      const long = 'a'.repeat(10_000);
      const problems = [];
      const understood = page.getByText('Part of this link was not understood');
      // What stands in place of the page, or beside it. Every address shows something, and says what it didn't understand.
      const cases = [
        ...[
          'from=someday',
          'to=-1',
          'from=99999999999999999999',
          `from=${long}`,
          'from=%00',
          'colour=red',
          '%00=1',
          'env=',
        ].flatMap((query) =>
          ['/', '/services', `/services/${service}`, '/traces']
            .filter((path) => !(path === '/traces' && query === 'env='))
            .map((path) => [`${path}?${query}`, understood]),
        ),
        ...['sort=nothing', 'sort=-', 'type=spaceship', 'sort=name&sort=%00'].map((query) => [
          `/services?${query}`,
          understood,
        ]),
        ...['errors=maybe', 'errors=1'].map((query) => [`/traces?${query}`, understood]),
        ...[
          'by=nothing',
          'cmp=century',
          'latency=p101',
          'dur=5-1',
          'dur=-',
          'dur=1',
          'traces=best',
          'requests=all',
          'op=',
        ].map((query) => [`/services/${service}?${env}&${query}`, understood]),
        ...[
          'view=map',
          'view=',
          'span=xyz',
          'span=1',
          't0=-5&t1=10',
          't0=NaN&t1=1',
          't0=1',
          't0=10&t1=10',
          't0=1e9&t1=2e9',
          'sort=%00',
          'group=nothing',
          'by=service',
          'like=0000000000000001',
          'path=perhaps',
          `q=${long}`,
          'services=',
          `span=${'f'.repeat(16)}.99999`,
        ].map((query) => [`${trace}?${query}`, understood]),
        // A span that the trace hasn't.
        [`${trace}?span=${'f'.repeat(16)}`, page.getByText('has no span')],
        // Understood, if strange.
        ...[
          `t0=0&t1=${'9'.repeat(300)}`,
          't0=99999999999999&t1=999999999999999',
          'q=%3Cscript%3E',
          'q=%00',
          `services=${long}`,
          'view=list&sort=nothing',
          'view=waterfall&view=flame',
        ].map((query) => [`${trace}?${query}`, page.locator('.trace-header')]),
        [`/services?q=${long}`, page.getByText('No service matches')],
        [`/services?env=${long}`, page.locator('.error-block, .empty-block')],
        [`/services?env=%00`, page.locator('.error-block, .empty-block')],
        // Times that nothing can be of: the usual ones, and a word about it.
        ['/services?from=now&to=now-1h', page.getByText('not understood')],
        ['/traces?from=now&to=now', page.getByText('not understood')],
        ['/traces?from=1000000000000&to=1000000000001', page.locator('.empty-block')],
        [`/services/${service}?${env}&op=nothing`, page.locator('.error-block, .empty-block, .over-time-silent')],
        [`/services/${service}?${env}&dur=0-999999999999999999`, page.locator('.exemplar-row')],
        ...['/services/%00', `/services/${long}`, '/services/%F0%9F%92%A9', '/services/..%2F..%2Fetc'].map((path) => [
          path,
          page.getByText('isn’t known here'),
        ]),
        ...['zzz', '0', '-1', '%00', long, 'ffffffffffffffffffffff'].map((hash) => [
          `/services/${service}/resources/${hash}?${env}`,
          page.locator('.error-block, .empty-block'),
        ]),
        ...['0', 'zzz', '-1', '1.5', '%00', long, '%F0%9F%92%A9', '9'.repeat(40)].map((id) => [
          `/trace/${id}`,
          page.locator('.trace-not-found'),
        ]),
        ...[
          '/nowhere',
          '/trace',
          '/trace/',
          '/services/a/b/c/d',
          '/services/a/resources',
          '/apm/nonsense',
          '//',
          '/%00',
          '/index.html/x',
          '/traces/1',
          `/${long}`,
          '/glossary/x',
        ].map((path) => [path, page.locator('.not-found-page, .trace-not-found, .table-link, h1')]),
        ['/glossary?q=%00&colour=red#nothing', page.locator('.glossary-page, main h2')],
      ];
      page.setDefaultTimeout(5_000);
      for (const [address, shown] of cases) {
        const name = address.length > 80 ? `${address.slice(0, 80)}… (${address.length})` : address;
        await page.goto(`${url}${address}`);
        await shown
          .first()
          .waitFor()
          .catch(() => problems.push(`${name}: ${shown} isn't there`));
        const filled = () => document.querySelector('main')?.innerText.trim() !== '';
        await page.waitForFunction(filled).catch(() => problems.push(`${name}: a blank page`));
        if (await page.getByText('This page broke').count()) problems.push(`${name}: the page broke`);
        await judge(page, name, problems);
      }
      assert.deepEqual(problems, []);
    },
  },

  ...Object.fromEntries(
    [10, -10].map((minutes) => [
      `hostile: a clock ${minutes} minutes wrong`,
      {
        steps: async ({ page, url, ask }) => {
          await page.addInitScript((offset) => {
            const Right = Date;
            window.Date = class extends Right {
              constructor(...given) {
                if (given.length === 0) super(Right.now() + offset);
                else super(...given);
              }
              static now() {
                return Right.now() + offset;
              }
            };
          }, minutes * 60_000);
          const ages = async (where) => {
            await page.locator('main time').first().waitFor();
            // Until the server has said what time it is.
            await page.waitForTimeout(300);
            const said = await page.locator('main time').allInnerTexts();
            assert.deepEqual(
              said.filter((text) => /^in |\d+m ago/.test(text)),
              [],
              where,
            );
          };
          // Sent just now: within the last five minutes for the server, whatever the browser believes.
          const trace = await ask('send');
          await page.goto(`${url}/traces?from=now-5m`);
          await page.locator(`.trace-row[href*="${trace}"]`).waitFor();
          await page.goto(`${url}/services?from=now-5m&env=none`);
          await page.locator('.table-link', { hasText: 'fresh' }).waitFor();
          await ages('services');
          const seen = page.locator('tr', { hasText: 'fresh' }).locator('time');
          await eventually(async () => assert.match(await seen.innerText(), /^(now|\d+s ago)$/));
          await page.goto(`${url}/services/fresh?from=now-5m&env=none`);
          await page.locator('.exemplar-row').first().waitFor();
          await page.goto(`${url}/trace/${trace}`);
          await page.locator('.trace-header-relative').waitFor();
          await eventually(async () =>
            assert.match(await page.locator('.trace-header-relative').innerText(), /^\((now|\d+s ago)\)$/),
          );
          await page.goto(`${url}/`);
          await page.getByRole('region', { name: 'Recently viewed' }).getByRole('link').first().waitFor();
          await ages('recently viewed');
          // A link with fixed times leads to what was on screen.
          await page.goto(`${url}/traces?from=now-5m`);
          await page.locator(`.trace-row[href*="${trace}"]`).waitFor();
          await page.evaluate(() =>
            Object.defineProperty(navigator, 'clipboard', {
              configurable: true,
              value: {
                writeText: async (text) => {
                  window.copied = text;
                },
              },
            }),
          );
          await page.keyboard.press('y');
          await page.waitForFunction(() => window.copied);
          await page.goto(await page.evaluate(() => window.copied));
          assert.ok(params(page).get('to'));
          await page.locator(`.trace-row[href*="${trace}"]`).waitFor();
        },
      },
    ]),
  ),
};
