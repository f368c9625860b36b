// Much at once: ten thousand services, half a million spans. What is measured is told to the test, which bounds it loosely:
// machines that run tests do other things as well.

import assert from 'node:assert/strict';
import { eventually } from './steps.mjs';

const SERVICES = 10_000;
const GRAPH = '[role=application]';

// The longest time between two frames until `done`, in ms, while `act` is under way.
async function longestFrame(page, act, done) {
  await page.evaluate(() => {
    window.frames = { last: performance.now(), longest: 0, on: true };
    const frame = () => {
      const now = performance.now();
      window.frames.longest = Math.max(window.frames.longest, now - window.frames.last);
      window.frames.last = now;
      if (window.frames.on) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  await act();
  await done();
  await page.waitForTimeout(200);
  return page.evaluate(() => {
    window.frames.on = false;
    return Math.round(window.frames.longest);
  });
}

export const BIG_JOURNEYS = {
  'big: ten thousand services': {
    steps: async ({ page, url, ask }) => {
      await page.route('**/api/ui/services?*', async (route) => {
        const response = await route.fetch();
        const body = await response.json();
        const rows = Array.from({ length: SERVICES }, (_, i) => {
          const row = body.services[i % body.services.length];
          return {
            ...row,
            name: `${row.name}-${String(i).padStart(5, '0')}`,
            requests: row.requests + i,
            requests_per_s: row.requests_per_s + i / 100,
            total_time_ns: row.total_time_ns + i,
          };
        });
        await route.fulfill({ response, json: { ...body, services: rows } });
      });
      const measured = {};
      await page.goto(`${url}/services`);
      await page.locator('.table-link').first().waitFor();
      // From the answer's last byte on.
      measured['rows after the answer, ms'] = await page.evaluate(() => {
        const answer = performance.getEntriesByType('resource').find(({ name }) => name.includes('/api/ui/services?'));
        return Math.round(performance.now() - answer.responseEnd);
      });
      await eventually(async () =>
        assert.ok((await page.locator('tr[data-row]').count()) < 300, 'only what is on screen exists'),
      );
      const header = page.getByRole('table').first().getByRole('button', { name: 'Requests', exact: true });
      measured['sort, longest frame, ms'] = await longestFrame(
        page,
        () => header.click(),
        () => page.waitForURL(/sort=/),
      );
      const filter = page.getByLabel('Filter by name');
      await filter.click();
      measured['filter letter by letter, longest frame, ms'] = await longestFrame(
        page,
        () => page.keyboard.type('0999', { delay: 40 }),
        () => page.waitForURL(/q=0999/),
      );
      await eventually(async () => assert.ok((await page.locator('tr[data-row]').count()) >= 10));
      await filter.fill('');
      await page.waitForURL((address) => !address.searchParams.has('q'));
      const content = page.locator('.services-page-content');
      measured['scroll to the end, longest frame, ms'] = await longestFrame(
        page,
        () => content.evaluate((element) => element.scrollTo(0, element.scrollHeight)),
        () => page.waitForTimeout(100),
      );
      const last = await page.locator('tr[data-row]').last().boundingBox();
      assert.ok(last && last.y < page.viewportSize().height && last.y > 0, 'the last row is on screen');
      await ask('measured', measured);
    },
  },

  'big: half a million spans': {
    steps: async ({ page, url, facts, ask }) => {
      page.setDefaultTimeout(30_000);
      const measured = {};
      const sinceAnswer = () =>
        page.evaluate(() => {
          const answer = performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/skeleton'));
          return Math.round(performance.now() - answer.responseEnd);
        });
      await page.goto(`${url}/trace/${facts.trace}?view=waterfall`);
      await page.locator('.waterfall-row').first().waitFor();
      measured['waterfall after the answer, ms'] = await sinceAnswer();

      measured['expand all, longest frame, ms'] = await longestFrame(
        page,
        () => page.getByRole('button', { name: 'Expand all' }).click(),
        () => page.waitForTimeout(500),
      );
      await page.locator('[data-row="0"]').focus();
      measured['to the last row, longest frame, ms'] = await longestFrame(
        page,
        () => page.keyboard.press('End'),
        () => page.waitForFunction(() => Number(document.activeElement?.getAttribute('aria-rowindex')) >= 500_000),
      );
      const end = await page.locator(':focus').boundingBox();
      assert.ok(end && end.y > 0 && end.y < page.viewportSize().height, 'the last row is on screen');

      measured['search, longest frame, ms'] = await longestFrame(
        page,
        async () => {
          await page.keyboard.press('/');
          await page.keyboard.type(facts.typed, { delay: 40 });
        },
        () => page.locator('.trace-search-box-count', { hasText: /of|found/ }).waitFor(),
      );
      await page.keyboard.press('Enter');
      await page.locator('.trace-search-box-count', { hasText: /^[\d,]+ of / }).waitFor();
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');

      // In the waterfall by pointer, in the flame graph by keyboard.
      const rows = page.locator('.waterfall-row .waterfall-names');
      measured['select, longest frame, ms'] = await longestFrame(
        page,
        () => rows.nth(5).click(),
        () => page.locator('.span-detail').waitFor(),
      );
      const span = new URL(page.url()).searchParams.get('span');
      assert.ok(span);
      await page.locator('h1').click();
      measured['to the flame graph, longest frame, ms'] = await longestFrame(
        page,
        () => page.keyboard.press('2'),
        () => page.locator(GRAPH).waitFor(),
      );
      assert.equal(new URL(page.url()).searchParams.get('span'), span);
      await page.locator(GRAPH).focus();
      measured['zoom in the flame graph, longest frame, ms'] = await longestFrame(
        page,
        async () => {
          for (let i = 0; i < 5; i++) await page.keyboard.press('w');
        },
        () => page.waitForURL(/t0=/),
      );
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('Enter');
      await page.waitForURL((address) => address.searchParams.get('span') !== span);
      await ask('measured', measured);
    },
  },
};
