// What stands in the UI while the demo runs (tests/e2e/test_demo.py): the acceptance scenarios 1 to 4 and 7 read off the screen,
// and that a minute after it began nothing looks empty.

import assert from 'node:assert/strict';
import { eventually, openTrace, params, path, rowOf, section, serviceLinks, serviceRow } from './steps.mjs';

// In words, not by the pixel: non-breaking blanks are blanks.
const text = async (locator) => (await locator.innerText()).replaceAll('\u00a0', ' ');
const tile = (page, name) =>
  page.locator('.figure-tile', { has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) });
const POINTS = 6;
const ROWS = 3;

// How many of a chart's points have something in them.
async function pointsOf(page, title) {
  await page.getByRole('button', { name: `${title} as a table` }).click();
  const rows = await page.getByRole('table', { name: title, exact: true }).locator('tbody tr').all();
  const known = await Promise.all(
    rows.map(async (row) => (await row.locator('td').allInnerTexts()).some((cell) => /[1-9]/.test(cell))),
  );
  await page.getByRole('button', { name: `${title} as a chart` }).click();
  return known.filter(Boolean).length;
}

// From the list, by clicks alone, to a trace of a service's resource.
async function toTraceOf(page, url, service, resource, kind, place = 0) {
  await page.goto(`${url}/services`);
  await serviceRow(page, service).locator('.table-link').click();
  await page.getByRole('heading', { level: 1, name: service }).waitFor();
  await page.locator('.resource-table tr', { hasText: resource }).locator('.table-link').click();
  await page.getByRole('heading', { level: 1, name: resource }).waitFor();
  await page.getByRole('button', { name: kind, exact: true }).click();
  await page
    .getByRole('list', { name: `${kind} traces` })
    .getByRole('link')
    .nth(place)
    .click();
  await page.waitForURL(/\/trace\//);
  const shown = await page.url();
  await openTrace(page, url, { id: path(page).split('/').pop() }, `?span=${params(page).get('span')}`);
  return shown;
}

const millis = (shown) => {
  const [, number, unit] = /([\d.,]+)\s(s|ms|µs)/.exec(shown) ?? [];
  return Number(number?.replaceAll(',', '')) * { s: 1000, ms: 1, µs: 0.001 }[unit];
};
const about = (value, wanted, share = 0.5) => Math.abs(value - wanted) <= wanted * share;

export const DEMO_JOURNEYS = {
  'a minute after the demo began, nothing looks empty': {
    steps: async ({ page, url, facts, look }) => {
      await page.goto(`${url}/services`);
      await serviceLinks(page).first().waitFor();
      assert.deepEqual(
        new Set(await serviceLinks(page).allInnerTexts()),
        new Set([...facts.services, ...facts.dependencies]),
      );
      await look('demo-services');
      await page.goto(`${url}/traces`);
      await eventually(async () => assert.ok((await page.locator('.trace-row').count()) >= ROWS));
      for (const service of facts.services) {
        await page.goto(`${url}/services/${service}`);
        await tile(page, 'Requests').waitFor();
        // Points are ten seconds apart, and the page asks again by itself.
        await eventually(async () => {
          for (const chart of ['Requests', 'Latency'])
            assert.ok((await pointsOf(page, chart)) >= POINTS, `${chart} of ${service}`);
        }, facts.patienceMs);
        await eventually(async () => assert.ok((await page.locator('.distribution-area rect').count()) > 0, service));
        await eventually(async () =>
          assert.ok((await page.locator('.exemplar-row').count()) >= ROWS, `traces of ${service}`),
        );
        await eventually(async () => {
          const resources = await page.locator('.resource-table tbody tr[data-row]').count();
          assert.ok(
            resources >= (facts.manyResources.includes(service) ? ROWS : 1),
            `resources of ${service}: ${resources}`,
          );
        });
        if (facts.scored.includes(service)) {
          await eventually(async () => {
            const score = Number(/\d\.\d+/.exec(await text(tile(page, 'Apdex')))?.[0]);
            assert.ok(score > 0 && score < 1, `Apdex ${score} of ${service}`);
          });
        }
        if (service === 'storefront') {
          await eventually(async () => assert.ok((await pointsOf(page, 'Errors')) >= 1, 'errors of storefront'));
          await look('demo-service');
        }
      }
      await page.goto(`${url}/`);
      await page.locator('.finding-table tbody tr').first().waitFor();
      await look('demo-home');
    },
  },

  'scenario 1: a service, its one resource, and where the time went': {
    steps: async ({ page, url, look }) => {
      await page.goto(`${url}/services`);
      await serviceRow(page, 'doc_service').waitFor();
      await eventually(async () => assert.match(await text(serviceRow(page, 'doc_service')), /Web/));
      const trace = await toTraceOf(page, url, 'doc_service', 'GET /doc/', 'Newest');
      assert.match(trace, /span=[0-9a-f]{16}/);
      const facts = await text(page.locator('.trace-header-facts'));
      assert.ok(about(millis(/Duration\s*(\S+\s\S+)/.exec(facts)?.[1] ?? ''), 1100), facts);
      assert.match(facts, /Services\s*1\s*Errors\s*0/);
      await eventually(async () =>
        assert.ok(about(millis(await text(rowOf(page, 'doc_work'))), 500), 'doc_work takes half a second'),
      );
      await eventually(async () =>
        assert.match(await text(page.locator('.service-legend-chip')), /^doc_service\s*100%/),
      );
      // In the list of spans: 0.6 s of its own against 0.5 s.
      await page.getByRole('button', { name: 'Span list' }).click();
      await eventually(() => assert.equal(params(page).get('view'), 'list'));
      const shareOf = async (name) =>
        Number(/(\d+)%/.exec(await text(page.locator('tr', { hasText: name }).last()))?.[1]);
      await eventually(async () => assert.ok(about(await shareOf('doc_work'), 45, 0.15)));
      await look('demo-doc-spans');

      await page.goto(`${url}/services/doc_service`);
      await eventually(async () => assert.match(await text(tile(page, 'Apdex')), /0\.5\d?/));
      await eventually(async () => assert.match(await text(tile(page, 'Error rate')), /^Error rate\s+0%\s+0 failed$/));
      await eventually(async () => assert.equal(await page.locator('.resource-table tbody tr[data-row]').count(), 1));
    },
  },

  'scenarios 2, 3, 4 and 7: from the list to the span that failed in a request that succeeded': {
    steps: async ({ page, url, look }) => {
      // Half of them ask one question only; that takes less long, unless it was the first of all.
      const thoughts = page.locator('.waterfall-row', { hasText: /^\s*thinker-microservice think/ });
      for (let place = 0; place < 5; place++) {
        await toTraceOf(page, url, 'thinker-api', 'GET /think/', 'Slowest', place);
        await thoughts.first().waitFor();
        if ((await thoughts.count()) === 2) break;
      }
      await eventually(async () => assert.equal(await text(page.locator('.trace-header-title .badge')), '200'));
      await eventually(async () => assert.equal(await thoughts.count(), 2));
      const remote = rowOf(page, 'aiohttp.request');
      await eventually(async () => assert.ok(about(millis(await text(remote)), 1400), await text(remote)));
      await thoughts.first().locator('.waterfall-names').click();
      const detail = page.locator('.span-detail');
      await eventually(async () => assert.match(await text(detail), /subject\s*technology/));
      assert.equal(await section(page, 'Error').count(), 0);
      await thoughts.last().locator('.waterfall-names').click();
      await eventually(async () => assert.match(await text(detail), /subject\s*foo_bar/));
      const error = await text(section(page, 'Error').first());
      for (const part of ['KeyError', "'foo_bar'", 'THOUGHTS[subject]'])
        assert.ok(error.includes(part), `${part} in ${error}`);
      await eventually(async () =>
        assert.ok(await page.locator('.waterfall-row[data-failed="true"]', { hasText: 'think' }).count()),
      );
      await look('demo-think');

      // The services' error rates don't know of it; a search does.
      await page.goto(`${url}/services`);
      for (const service of ['thinker-api', 'thinker-microservice']) {
        await serviceRow(page, service).waitFor();
        await eventually(async () =>
          assert.match(await text(serviceRow(page, service).locator('.table-col-errors')), /^0%/),
        );
      }
      const listed = page.locator('.span-list-row');
      const search = async (query) => {
        await page.goto(`${url}/spans`);
        await page.getByRole('textbox', { name: 'Search spans' }).fill(query);
        await page.keyboard.press('Enter');
        await eventually(() => assert.equal(params(page).get('q'), query));
        await listed.first().waitFor();
        return Promise.all((await listed.all()).map(text));
      };
      const failed = await search('status:error service:thinker-microservice');
      assert.ok(
        failed.every((row) => /think/.test(row) && /KeyError/.test(row)),
        failed[0],
      );
      // Entry spans are requests, thoughts are none.
      const entries = await search('service:thinker-microservice @_top_level:1');
      assert.ok(entries.length > 0 && entries.every((row) => row.includes('aiohttp.request')), entries[0]);
      const thought = await search('operation_name:think');
      assert.ok(thought.length >= 2 * failed.length);
    },
  },
};
