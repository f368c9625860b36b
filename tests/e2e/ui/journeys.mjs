// What people do with the UI, in front of a real server. `facts` is what the test knows from the API; see test_ui.py.

import assert from 'node:assert/strict';
import {
  eventually,
  findings,
  focused,
  GRAPH,
  graphCursor,
  NOT_FOUND,
  namesShown,
  OFFLINE,
  opened,
  openFlameGraph,
  openTrace,
  params,
  path,
  ROW,
  rowCount,
  rowsShown,
  section,
  serviceLinks,
  serviceRow,
} from './steps.mjs';

export const JOURNEYS = {
  'an empty installation helps with the first span, and says when it is there': {
    steps: async ({ page, url, facts, look, ask }) => {
      await page.goto(`${url}/`);
      await page.getByRole('heading', { name: 'Waiting for the first span…' }).waitFor();
      assert.equal(path(page), '/');
      await page.evaluate(() => {
        window.notReloaded = true;
      });
      const shown = page.locator('.setup-help-snippet pre');
      for (const language of ['Python', 'Node.js', 'Java', 'Go', 'Ruby', '.NET', 'PHP']) {
        await page.getByRole('button', { name: language, exact: true }).click();
        await eventually(async () =>
          assert.ok((await shown.innerText()).includes(`DD_TRACE_AGENT_URL=${facts.agent}`), language),
        );
      }
      await page.getByRole('button', { name: 'Unix socket', exact: true }).click();
      await eventually(async () =>
        assert.ok((await shown.innerText()).includes(`DD_TRACE_AGENT_URL=unix://${facts.socket}`)),
      );
      await page.getByRole('button', { name: facts.agent, exact: true }).click();
      await page.getByRole('button', { name: 'curl', exact: true }).click();
      await look('first-run');
      await ask('run', await shown.innerText());

      await page.getByRole('heading', { name: 'The first span is here' }).waitFor();
      await eventually(async () => assert.equal(await page.locator('.first-span-here').count(), 1));
      assert.equal(await page.evaluate(() => window.notReloaded), true);
      await page.getByRole('link', { name: 'Open the first trace' }).waitFor();
      await look('first-run-arrived');
      await page.getByRole('link', { name: 'Open the first trace' }).click();
      await opened(page);
      await eventually(async () => assert.equal(await page.locator(ROW).count(), 1));
      await eventually(async () =>
        assert.match(await page.locator('h1').innerText(), /my-service\s*›\s*GET \/hello\s*200/),
      );
      const cut = await page
        .locator('.waterfall-tick')
        .evaluateAll((ticks) => ticks.filter((tick) => tick.getBoundingClientRect().right > innerWidth).length);
      assert.equal(cut, 0, 'labels of the time axis are cut off');
      await look('first-trace');
      await page.getByRole('link', { name: 'Traces', exact: true }).first().click();
      await page.getByRole('button', { name: 'Refresh now' }).click();
      await rowsShown(page).first().waitFor();
      await eventually(async () => assert.equal(await page.locator('.setup-help').count(), 0));
    },
  },

  'what needs a look, and what was looked at': {
    steps: async ({ page, url, facts, look }) => {
      const { services, dependencies } = facts.services;
      await page.goto(`${url}/`);
      await findings(page).first().waitFor();
      const failing = [...services, ...dependencies].filter(({ errors }) => errors !== '0').map(({ name }) => name);
      const shown = await findings(page).locator('th').allInnerTexts();
      assert.equal(shown.length, Math.min(5, failing.length));
      assert.deepEqual(
        shown.filter((name) => !failing.includes(name)),
        [],
      );
      await page.getByText('there is nothing to compare with yet').waitFor();
      await page.getByText('Traces and services that you open are listed here.').waitFor();
      await look('home');

      // By an address as Datadog has it.
      const { thinker } = facts;
      await page.goto(
        `${url}/apm/trace/${thinker.decimalLow}?spanID=${BigInt(`0x${thinker.rows[thinker.failed].id}`)}&graphType=flamegraph`,
      );
      await opened(page);
      assert.deepEqual(
        [path(page), params(page).get('span')],
        [`/trace/${thinker.decimalLow}`, thinker.rows[thinker.failed].id],
      );
      await page.goto(`${url}/apm/services?env=${facts.services.env}&paused=false`);
      await serviceLinks(page).first().waitFor();
      assert.equal(path(page), '/services');
      await serviceRow(page, services[0].name).click();
      await page.getByRole('heading', { level: 1, name: services[0].name }).waitFor();

      await page.keyboard.press('g');
      await page.keyboard.press('h');
      const seen = page.getByRole('region', { name: 'Recently viewed' }).getByRole('link');
      await eventually(async () => assert.equal(await seen.count(), 2));
      await eventually(async () => assert.ok((await seen.nth(0).innerText()).includes(services[0].name)));
      await eventually(async () => assert.ok((await seen.nth(1).innerText()).includes('GET /think/')));
      await look('home-later');
      await page.reload();
      await seen.nth(1).click();
      await opened(page);
      assert.equal(path(page), `/trace/${thinker.id}`);
    },
  },

  'the services in numbers': {
    steps: async ({ page, url, facts, look }) => {
      const { services, dependencies, totals } = facts.services;
      await page.goto(`${url}/services`);
      await serviceLinks(page).first().waitFor();
      await eventually(async () =>
        assert.ok((await page.locator('.sparkline-open').count()) > 0, 'the last minute is not over'),
      );
      await look('services');

      await page.goto(`${url}/services?from=${facts.services.from}&to=${facts.services.to}`);
      await serviceLinks(page).first().waitFor();
      await eventually(async () => assert.equal(await page.locator('.sparkline-open').count(), 0));
      const byTime = (rows) => rows.toSorted((a, b) => b.totalTime - a.totalTime).map(({ name }) => name);
      const worstFirst = (rows) =>
        rows.toSorted((a, b) => b.errorShare - a.errorShare || b.totalTime - a.totalTime).map(({ name }) => name);
      await eventually(async () =>
        assert.deepEqual(await namesShown(page), [...worstFirst(services), ...worstFirst(dependencies)]),
      );
      assert.deepEqual(await page.locator('.service-totals dd').allInnerTexts(), [
        String(totals.services),
        totals.rate,
        totals.errorRate,
      ]);
      await eventually(async () =>
        assert.equal(await page.getByRole('combobox', { name: 'env' }).inputValue(), facts.services.env),
      );
      for (const row of [...services, ...dependencies]) {
        const shown = serviceRow(page, row.name);
        const cells = (await shown.locator('.table-number').allInnerTexts()).map((text) =>
          text.replaceAll('\u00a0', ' ').replaceAll(/\s+/g, ' ').trim(),
        );
        assert.deepEqual(cells.slice(0, 3), [row.rate, row.p95, row.errorRate], row.name);
        await eventually(async () =>
          assert.equal(await shown.getByRole('img', { name: /last .*, least .*, most / }).count(), 3, row.name),
        );
        assert.match(
          (await shown.locator('.table-col-errors .table-number').getAttribute('title')) ?? '',
          new RegExp(`^${row.errors} of ${row.requests} request`),
        );
        if (row.calledBy.length > 0)
          await eventually(async () =>
            assert.equal(await shown.locator('.service-callers').innerText(), row.calledBy.join(', ')),
          );
      }

      // In the useful direction, in the other, and as it was.
      const first = page.getByRole('table').first();
      const order = async (wanted) =>
        eventually(async () => assert.deepEqual((await namesShown(page)).slice(0, services.length), wanted));
      const header = first.getByRole('button', { name: 'Requests', exact: true });
      const byRate = services
        .toSorted((a, b) => b.perSecond - a.perSecond || b.totalTime - a.totalTime)
        .map(({ name }) => name);
      await header.click();
      await order(byRate);
      await eventually(async () =>
        assert.equal(await first.locator('[aria-sort]').getAttribute('aria-sort'), 'descending'),
      );
      await header.click();
      await eventually(() => assert.equal(params(page).get('sort'), 'requests'));
      await page.reload();
      await serviceLinks(page).first().waitFor();
      await eventually(async () =>
        assert.equal(await first.locator('[aria-sort]').getAttribute('aria-sort'), 'ascending'),
      );
      await header.click();
      await order(worstFirst(services));
      await first.getByRole('button', { name: 'Total time', exact: true }).click();
      await order(byTime(services));

      await page.getByRole('button', { name: /^Database/ }).click();
      const databases = [...services, ...dependencies].filter(({ type }) => type === 'sql').map(({ name }) => name);
      await eventually(async () => assert.deepEqual((await namesShown(page)).toSorted(), databases.toSorted()));
      await page.goBack();
      await order(byTime(services));
    },
  },

  'the services by keyboard': {
    steps: async ({ page, url, facts, look }) => {
      await page.goto(`${url}/services?sort=name`);
      await serviceLinks(page).first().waitFor();
      const names = await namesShown(page);
      const at = () =>
        page.evaluate(() => Array.from(document.querySelectorAll('.table-link')).indexOf(document.activeElement));
      for (const [key, place] of [
        ['j', 0],
        ['j', 1],
        ['j', 2],
        ['k', 1],
        ['k', 0],
        ['k', 0],
      ]) {
        await page.keyboard.press(key);
        await eventually(async () => assert.equal(await at(), place, key));
      }
      await page.keyboard.press('/');
      await eventually(async () => assert.ok(await focused(page, '[aria-label="Filter by name"]')));
      const wanted = facts.services.services[0].name;
      await page.keyboard.type(wanted.toUpperCase());
      await eventually(async () =>
        assert.deepEqual(
          await namesShown(page),
          names.filter((name) => name.includes(wanted)),
        ),
      );
      assert.equal(params(page).get('q'), wanted.toUpperCase());
      await page.keyboard.press('Enter');
      await eventually(async () => assert.equal(await at(), 0));
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: names.find((name) => name.includes(wanted)) }).waitFor();
      assert.match(path(page), /^\/services\/./);
      await page.goBack();
      await serviceLinks(page).first().waitFor();
      assert.equal(params(page).get('q'), wanted.toUpperCase());
      await page.keyboard.press('/');
      await page.keyboard.press('Escape');
      await eventually(async () => assert.deepEqual(await namesShown(page), names));
      await page.keyboard.press('/');
      await page.keyboard.type('zzz');
      await page.getByRole('heading', { name: 'No service matches' }).waitFor();
      await look('services-no-match');
      await page.keyboard.press('Escape');
      await eventually(async () => assert.deepEqual(await namesShown(page), names));

      // A time of which there is nothing.
      await page.goto(`${url}/services?from=2020-01-01T00:00:00Z&to=2020-01-01T01:00:00Z`);
      await page.getByRole('heading', { name: 'No requests in this time' }).waitFor();
      await eventually(async () => assert.equal(await page.locator('.silent-services li').count(), names.length));
      await look('services-silent');
      await page.keyboard.type('gt');
      await rowsShown(page).first().waitFor();
      await page.keyboard.type('gs');
      await serviceLinks(page).first().waitFor();
    },
  },

  'a time range is typed, and is in the address': {
    steps: async ({ page, url, look }) => {
      await page.goto(`${url}/traces`);
      await rowsShown(page).first().waitFor();
      const field = page.getByRole('textbox', { name: 'Time range' });
      await page.keyboard.press('t');
      await page.keyboard.type('13:00 to lunch');
      await page.getByText('“lunch” isn’t understood').waitFor();
      await look('time-wrong');
      await field.fill('3h ago to now');
      await page.keyboard.press('Enter');
      await eventually(() => assert.equal(params(page).get('from'), 'now-3h'));
      await rowsShown(page).first().waitFor();

      await page.keyboard.press('t');
      await page.keyboard.type('yesterday 10:00 - 11:30');
      await look('time-typed');
      await page.keyboard.press('Enter');
      await eventually(() => assert.ok(params(page).get('to')));
      const length = Date.parse(params(page).get('to')) - Date.parse(params(page).get('from'));
      assert.equal(length, 90 * 60_000);
      const called = (of) => of.locator('.time-picker-label').innerText();
      await eventually(async () => assert.match(await called(page), /^[A-Z][a-z]{2} \d+( \d{4})?, 10:00 – 11:30$/));

      // The same elsewhere, and after the page was loaded anew.
      const elsewhere = await page.context().browser().newContext();
      const other = await elsewhere.newPage();
      await other.goto(page.url());
      await eventually(async () => assert.equal(await called(other), await called(page)));
      await other.reload();
      await eventually(async () => assert.equal(await called(other), await called(page)));
      await elsewhere.close();

      // By its length back, and in UTC: the clock changes, the address doesn't.
      const end = params(page).get('from');
      await page.keyboard.press('[');
      await eventually(() => assert.equal(params(page).get('to'), end));
      const address = page.url();
      await page.keyboard.press('u');
      await eventually(async () => assert.equal(await page.locator('.top-bar-zone').innerText(), 'UTC'));
      const clock = new Date(params(page).get('from')).toISOString().slice(11, 16);
      await eventually(async () => assert.ok((await called(page)).includes(clock)));
      await page.reload();
      await eventually(async () => assert.ok((await called(page)).includes(clock)));
      assert.equal(page.url(), address);
    },
  },

  'columns are chosen, and are there the next time': {
    steps: async ({ page, url, look }) => {
      const heads = () =>
        page
          .getByRole('table')
          .first()
          .getByRole('columnheader')
          .evaluateAll((cells) => cells.map((cell) => cell.ariaLabel));
      const usual = ['Service', 'Requests', 'p95 latency', 'Error rate', 'Total time', 'Apdex', 'Last seen'];
      const chosen = ['Service', 'Requests', 'p95 latency', 'p99', 'Error rate', 'Total time', 'Last seen'];
      await page.goto(`${url}/services`);
      await serviceLinks(page).first().waitFor();
      await eventually(async () => assert.deepEqual(await heads(), usual));
      await page.keyboard.press('C');
      await page.getByRole('checkbox', { name: 'p99' }).check();
      await page.getByRole('checkbox', { name: 'Apdex' }).uncheck();
      await eventually(async () => assert.deepEqual(await heads(), chosen));
      await look('services-columns');
      await page.keyboard.press('Escape');
      assert.ok(params(page).get('cols').includes('p99'));
      await page.reload();
      await eventually(async () => assert.deepEqual(await heads(), chosen));
      await page.goto(`${url}/services`);
      await eventually(async () => assert.deepEqual(await heads(), chosen));
      assert.equal(params(page).get('cols'), null);
      await page.goto(`${url}/services?cols=requests,max`);
      await eventually(async () => assert.deepEqual(await heads(), ['Service', 'Requests', 'max']));
      await page.keyboard.press('C');
      await page.getByRole('button', { name: 'The usual columns' }).click();
      await eventually(async () => assert.deepEqual(await heads(), usual));
      assert.equal(params(page).get('cols'), null);
    },
  },

  'from a service to the span that failed': {
    steps: async ({ page, url, facts, look }) => {
      const { failing } = facts.services;
      const scope = `from=${facts.services.from}&to=${facts.services.to}`;
      await page.goto(`${url}/services?${scope}`);
      await serviceRow(page, failing.name).locator('.table-link').click();
      await page.getByRole('heading', { level: 1, name: failing.name }).waitFor();
      const tile = (name) =>
        page.locator('.figure-tile', { has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) });
      const text = async (locator) => (await locator.innerText()).replaceAll('\u00a0', ' ');
      await eventually(async () =>
        assert.match(await text(tile('Requests')), new RegExp(`${failing.rate}\\s+${failing.requests} request`)),
      );
      await eventually(async () =>
        assert.match(await text(tile('Error rate')), new RegExp(`${failing.errorRate}\\s+${failing.errors} failed`)),
      );
      await eventually(async () =>
        assert.match(await text(tile('p95')), new RegExp(failing.p95.replace(/^n = \d+ /, ''))),
      );
      await eventually(async () => assert.equal(await page.locator('.time-chart canvas').count(), 3));
      await eventually(async () => assert.ok(await page.locator('.distribution-area rect').count()));

      // One time range gives one count: in the row, the tile, the graph, the distribution and the sum of the resources.
      await page.getByRole('combobox', { name: 'Show requests as' }).selectOption('total');
      await page.getByRole('button', { name: 'Requests as a table' }).click();
      const cells = await page.getByRole('table', { name: 'Requests', exact: true }).locator('td').allInnerTexts();
      assert.equal(
        cells.reduce((sum, cell) => sum + Number(cell.replaceAll(',', '')), 0),
        failing.count,
      );
      await look('service-table');
      await page.getByRole('button', { name: 'Requests as a chart' }).click();
      const titles = await page
        .locator('.resource-table .table-col-requests [title]')
        .evaluateAll((cells) => cells.map((cell) => cell.title));
      assert.equal(
        titles.reduce((sum, title) => sum + Number(title.replaceAll(/\D/g, '')), 0),
        failing.count,
      );
      await look('service');

      // The crosshair by keyboard, in all charts at once.
      await page.locator('.time-chart').first().focus();
      await page.keyboard.press('ArrowRight');
      await eventually(async () =>
        assert.equal(
          new Set((await page.locator('.chart-legend-time').allInnerTexts()).map((shown) => shown.slice(0, 5))).size,
          1,
        ),
      );
      await eventually(async () =>
        assert.match(await page.locator('.chart-legend-time').first().innerText(), /^\d\d:\d\d/),
      );
      await page.keyboard.press('Escape');

      // A stretch of time is dragged over; a double click takes it back.
      const chart = await page.locator('.time-chart .u-over').first().boundingBox();
      await page.mouse.move(chart.x + chart.width * 0.3, chart.y + 40);
      await page.mouse.down();
      await page.mouse.move(chart.x + chart.width * 0.6, chart.y + 40, { steps: 5 });
      await page.mouse.up();
      await eventually(() => assert.notEqual(params(page).get('from'), facts.services.from));
      await page.locator('.time-chart .u-over').first().waitFor();
      await page.locator('.time-chart .u-over').first().dblclick();
      await eventually(() => assert.equal(params(page).get('from'), facts.services.from));

      // By version, against the time before, and what a link says of it in another browser.
      await page.getByRole('combobox', { name: 'by', exact: true }).selectOption('version');
      await page.getByRole('combobox', { name: 'compare', exact: true }).selectOption('window');
      await eventually(() => assert.equal(params(page).get('cmp'), 'window'));
      await look('service-by-version');
      const address = page.url();
      await page.reload();
      await page.getByRole('heading', { level: 1, name: failing.name }).waitFor();
      assert.equal(page.url(), address);
      await eventually(async () =>
        assert.equal(await page.getByRole('combobox', { name: 'by', exact: true }).inputValue(), 'version'),
      );
      await page.goBack();
      await page.goBack();

      // To the resource that failed, its failed requests, and the span.
      await page.locator('.resource-table tr', { hasText: failing.resource }).locator('.table-link').click();
      await page.getByRole('heading', { level: 1, name: failing.resource }).waitFor();
      await page.getByRole('button', { name: 'Errors', exact: true }).click();
      const failed = page.locator('.exemplar-row');
      await failed.first().waitFor();
      await eventually(async () => assert.equal(await failed.count(), Math.min(20, failing.failed)));
      await look('resource');
      const bars = await page.locator('.distribution-area').boundingBox();
      await page.mouse.move(bars.x + 1, bars.y + 60);
      await page.mouse.down();
      await page.mouse.move(bars.x + bars.width - 1, bars.y + 60, { steps: 4 });
      await page.mouse.up();
      await eventually(() => assert.match(params(page).get('dur') ?? '', /^\d+-\d+$/));
      await eventually(async () => assert.equal(await failed.count(), Math.min(20, failing.failed)));
      await look('resource-part');
      await failed.first().click();
      await opened(page);
      assert.match(params(page).get('span') ?? '', /^[0-9a-f]{16}$/);
      await section(page, 'Error').first().waitFor();
    },
  },

  'the click path without a mouse': {
    steps: async ({ page, url, facts }) => {
      const { failing } = facts.services;
      await page.goto(`${url}/?from=${facts.services.from}&to=${facts.services.to}`);
      await findings(page).first().waitFor();
      await page.keyboard.type('gs');
      await serviceRow(page, failing.name).waitFor();
      const to = async (row) => {
        await row.waitFor();
        for (let step = 0; step < 50; step++) {
          await page.keyboard.press('j');
          if (await row.evaluate((element) => element === document.activeElement)) return page.keyboard.press('Enter');
        }
        assert.fail('j never comes to it');
      };
      await to(serviceRow(page, failing.name).locator('.table-link'));
      await page.getByRole('heading', { level: 1, name: failing.name }).waitFor();
      await to(page.locator('.resource-table tr', { hasText: failing.resource }).locator('.table-link'));
      await page.getByRole('heading', { level: 1, name: failing.resource }).waitFor();
      await to(page.locator('.exemplar-row').first());
      await page.waitForURL(/\/trace\//);
      await page.locator('.view-switch').waitFor();
      await page.keyboard.press('1');
      await opened(page);
      await page.keyboard.press('e');
      await page.keyboard.press('Enter');
      await section(page, 'Error').first().waitFor();
    },
  },

  'every address shows the same in another browser': {
    steps: async ({ page, url, facts }) => {
      const { failing, env } = facts.services;
      const time = `from=${facts.services.from}&to=${facts.services.to}`;
      const service = `/services/${encodeURIComponent(failing.name)}`;
      const { id, rows, failed } = facts.thinker;
      const span = `span=${rows[failed].id}`;
      const addresses = {
        [`/?env=${env}&${time}`]: '.finding-table tbody tr',
        [`/services?env=${env}&${time}&q=a&sort=-requests&cols=requests,p99,apdex`]: '.table-link',
        [`${service}?env=${env}&${time}&by=version&cmp=window&requests=total&latency=p99&errors=per-second&traces=typical&sort=-requests&q=GET`]:
          '.exemplar-row',
        [`${service}/resources/${failing.hash}?env=${env}&${time}&errors=count&traces=errors&latency=avg`]:
          '.exemplar-row',
        [`/traces?${time}&errors=true`]: '.trace-row',
        [`/spans?${time}&q=status:error&sort=-@duration`]: '.span-list-row',
        [`/trace/${id}?view=waterfall&${span}&q=think&path=true`]: '.span-error',
        [`/trace/${id}?view=flame&${span}&color=host&t0=1000000&t1=90000000`]: '.span-error',
        [`/trace/${id}?view=list&sort=-spans`]: '.figures-list tbody tr',
        [`/trace/${id}?view=statistics&group=service`]: '.figures-statistics tbody tr',
        '/glossary#maximum': '#maximum',
      };
      // What a page says, but for how long ago things were.
      const said = async (from) => {
        const text = await from.locator('body').innerText();
        const values = await from.locator('input, select').evaluateAll((fields) => fields.map((field) => field.value));
        return text.replaceAll(/(just now|now|in a moment|[\dhms ]+ago)/g, '…') + values.join('|');
      };
      for (const [address, there] of Object.entries(addresses)) {
        const open = async (browser) => {
          await browser.goto(`${url}${address}`);
          await browser.locator(there).first().waitFor();
        };
        const other = await page
          .context()
          .browser()
          .newContext({ viewport: page.viewportSize(), reducedMotion: 'reduce' });
        const guest = await other.newPage();
        await open(page);
        await open(guest);
        await eventually(async () => assert.equal(await said(guest), await said(page)));
        // Nothing of the address was lost, and nothing added.
        const words = (browser) => Array.from(new URL(browser.url()).searchParams).map(String).sort();
        const asked = Array.from(new URL(`${url}${address}`).searchParams)
          .map(String)
          .sort();
        assert.deepEqual([words(page), words(guest)], [asked, asked], address);
        assert.equal(await page.locator('.notice').count(), 0, address);
        await other.close();
      }
    },
  },

  'a number says how true it is, and leads to its spans': {
    steps: async ({ page, url, facts, look }) => {
      const { failing } = facts.services;
      const found = page.locator('.span-list-row');
      const service = `${url}/services/${encodeURIComponent(failing.name)}?from=${facts.services.from}&to=${facts.services.to}`;
      const explain = async (name) => {
        await page.goto(service);
        await page
          .locator('.figure-tile')
          .getByRole('button', { name: `What “${name}” means` })
          .click();
        await page.locator('.explanation').waitFor();
      };
      const listAll = async () => {
        await found.first().waitFor();
        const more = page.getByRole('button', { name: 'Load more spans' });
        while (await more.isVisible()) await more.click();
        return found.count();
      };
      await explain('Requests');
      await eventually(async () =>
        assert.match(await page.locator('.explanation').innerText(), /Exact: every span was counted/),
      );
      assert.match(
        await page.locator('.explanation').innerText(),
        new RegExp(`of ${failing.name} in env ${facts.services.env}`),
      );
      await look('explanation');
      await page.getByRole('link', { name: 'Show their spans' }).click();
      await eventually(async () => assert.equal(await listAll(), failing.count));
      await look('spans');
      await explain('Error rate');
      await page.getByRole('link', { name: 'Show what failed' }).click();
      await eventually(async () => assert.equal(await listAll(), failing.errorCount));
      await eventually(async () =>
        assert.ok((await page.locator('.span-list-status .badge').count()) >= failing.errorCount),
      );

      // By keyboard to one of them, and to its trace.
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/trace\//);
      await section(page, 'Error').first().waitFor();

      // What a search doesn't say is said where it was typed.
      await page.goto(`${url}/spans`);
      await found.first().waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('service:a OR service:b');
      await page.keyboard.press('Enter');
      await page
        .getByRole('alert')
        .getByText(/OR isn't supported yet \(at \d+\)/)
        .waitFor();
      await eventually(async () =>
        assert.equal(await page.getByRole('textbox', { name: 'Search spans' }).inputValue(), 'service:a OR service:b'),
      );
    },
    expectedErrors: NOT_FOUND,
  },

  'a service that nothing is known of, and one without requests': {
    expectedErrors: NOT_FOUND,
    steps: async ({ page, url, facts, look }) => {
      await page.goto(`${url}/services/nobody`);
      await page.getByRole('heading', { name: /nobody isn’t known here/ }).waitFor();
      await look('service-unknown');
      const [{ name }] = facts.services.services;
      await page.goto(`${url}/services/${name}?from=2020-01-01T00:00:00Z&to=2020-01-01T01:00:00Z`);
      await page.getByText(/^No requests in/).waitFor();
      await eventually(async () => assert.equal(await page.getByText('No data in this time').count(), 4));
      await look('service-silent');
    },
  },

  'the Apdex threshold is changed, and everything is scored anew': {
    steps: async ({ page, url, facts, look }) => {
      const { name, score, strict } = facts.apdex;
      await page.goto(`${url}/services/${name}`);
      const tile = page.locator('.figure-tile', { has: page.locator('dt', { hasText: /^Apdex$/ }) });
      await eventually(async () => assert.match(await tile.innerText(), new RegExp(score)));
      await tile.getByRole('button', { name: /^Change the threshold/ }).click();
      await page.getByRole('textbox', { name: /Satisfied below/ }).fill('0.01');
      await look('service-apdex');
      await page.keyboard.press('Enter');
      await eventually(async () => assert.match(await tile.innerText(), new RegExp(strict)));
      await page.goto(`${url}/services`);
      await eventually(async () =>
        assert.equal(await serviceRow(page, name).locator('.table-col-apdex').innerText(), strict),
      );
    },
  },

  'what the numbers mean': {
    steps: async ({ page, url, facts, look }) => {
      await page.goto(`${url}/services`);
      await serviceLinks(page).first().waitFor();
      const table = page.getByRole('table').first();
      const heads = await table.getByRole('columnheader').evaluateAll((cells) => cells.map((cell) => cell.ariaLabel));
      assert.deepEqual(heads, ['Service', 'Requests', 'p95 latency', 'Error rate', 'Total time', 'Apdex', 'Last seen']);
      // By keyboard alone: from a column to its help, to the entry, and back.
      await table.getByRole('button', { name: 'Error rate', exact: true }).focus();
      await page.keyboard.press('Tab');
      await eventually(async () => assert.ok(await focused(page, '[aria-label="What “Error rate” means"]')));
      await page.keyboard.press('Enter');
      const help = page.getByRole('dialog', { name: 'Error rate, explained' });
      await help.waitFor();
      await eventually(async () =>
        assert.deepEqual(await help.locator('dt').allInnerTexts(), ['error rate', 'errors']),
      );
      for (const name of await help.locator('dt').allInnerTexts()) {
        const meaning = help.locator('dt', { hasText: new RegExp(`^${name}$`) }).locator('xpath=following-sibling::dd');
        await eventually(async () => assert.equal(await meaning.innerText(), facts.glossary[name]));
      }
      await look('services-help');
      await page.keyboard.press('Escape');
      await help.waitFor({ state: 'hidden' });
      await page.keyboard.press('Enter');
      await help.getByRole('link').first().waitFor(); // its content comes a little after it
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      const entry = page.locator('#error-rate');
      await entry.waitFor();
      assert.equal(new URL(page.url()).hash, '#error-rate');
      await eventually(async () => assert.ok(await focused(page, '#error-rate')));
      const inView = async () => {
        const box = await entry.boundingBox();
        assert.ok(box && box.y >= 48 && box.y + box.height <= page.viewportSize().height, JSON.stringify(box));
      };
      await eventually(inView);
      await look('glossary-term');
      await page.goBack();
      await serviceLinks(page).first().waitFor();

      // All of it, from the menu; and at a term, from a link that somebody sent.
      await page.getByRole('link', { name: 'Glossary' }).click();
      await page.getByRole('heading', { name: 'Counts' }).waitFor();
      const shown = await page
        .locator('.glossary-term')
        .evaluateAll((terms) =>
          terms.map((term) => [term.querySelector('dt').innerText, term.querySelector('dd').innerText]),
        );
      assert.deepEqual(Object.fromEntries(shown), facts.glossary);
      await look('glossary');
      await page.setViewportSize({ width: 480, height: 640 });
      await page.goto(`${url}/glossary#maximum`);
      await eventually(async () => assert.ok(await focused(page, '#maximum')));
      assert.equal(
        await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth),
        false,
        'nothing sticks out',
      );
      await look('glossary-narrow');
    },
  },

  'from the list to a waterfall and back': {
    steps: async ({ page, url, facts, look }) => {
      await page.goto(`${url}/`);
      await findings(page).first().waitFor();
      await page.getByRole('link', { name: 'Traces', exact: true }).click();
      await rowsShown(page).first().waitFor();
      assert.equal(path(page), '/traces');
      await eventually(async () => assert.equal(await rowsShown(page).count(), Math.min(50, facts.traces)));
      await look('list');
      await page.getByRole('button', { name: 'Load older traces' }).click();
      await eventually(async () => assert.equal(await rowsShown(page).count(), facts.traces));

      await page.keyboard.press('f');
      await eventually(async () => assert.equal(await rowsShown(page).count(), facts.failedTraces));
      assert.equal(params(page).get('errors'), 'true');
      for (const row of await rowsShown(page).all())
        await eventually(async () => assert.match((await row.getAttribute('aria-label')) ?? '', /\d errors?/));
      await look('list-errors');

      const { thinker } = facts;
      await page.locator(`.trace-row[href$="/trace/${thinker.id}"]`).click();
      await opened(page);
      await eventually(async () => assert.equal(await rowCount(page), thinker.spans));
      await eventually(async () => assert.equal(await page.locator(ROW).count(), thinker.spans));
      const shown = await page.locator(`${ROW} .waterfall-names`).allInnerTexts();
      for (const [i, { service, operation }] of thinker.rows.entries())
        assert.ok(shown[i].startsWith(`${service} ${operation}`), shown[i]);
      const header = await page.locator('.trace-header-facts').innerText();
      assert.match(
        header,
        new RegExp(
          `Spans\\s*${thinker.spans}\\s*Services\\s*${thinker.services.length}\\s*Errors\\s*${thinker.errors}`,
        ),
      );
      assert.deepEqual(
        (await page.locator('.service-legend-chip').allInnerTexts()).map((text) => text.split('\n')[0].trim()),
        thinker.services,
      );
      await look('trace');
      await page.goBack();
      await rowsShown(page).first().waitFor();
      assert.equal(params(page).get('errors'), 'true');
      await eventually(async () => assert.equal(await rowsShown(page).count(), facts.failedTraces));
    },
  },

  'everything by keyboard': {
    steps: async ({ page, url, facts, look }) => {
      await page.goto(`${url}/traces?errors=true`);
      await rowsShown(page).first().waitFor();
      const at = () =>
        page.evaluate(() => Array.from(document.querySelectorAll('.trace-row')).indexOf(document.activeElement));
      for (const [key, place] of [
        ['j', 0],
        ['j', 1],
        ['j', 2],
        ['k', 1],
        ['k', 0],
        ['k', 0],
      ]) {
        await page.keyboard.press(key);
        await eventually(async () => assert.equal(await at(), place, key));
      }
      await page.keyboard.press('Escape');
      await eventually(async () => assert.equal(await at(), -1));
      const wanted = await page
        .locator(`.trace-row`)
        .evaluateAll((rows, id) => rows.findIndex((row) => row.href.endsWith(id)), facts.thinker.id);
      for (let i = 0; i <= wanted; i++) await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await opened(page);
      assert.equal(path(page), `/trace/${facts.thinker.id}`);

      const place = () => page.evaluate(() => Number(document.activeElement?.getAttribute('data-row')));
      await page.keyboard.press('j');
      await eventually(async () => assert.equal(await place(), 1));
      await page.keyboard.press('j');
      await page.keyboard.press('k');
      await eventually(async () => assert.equal(await place(), 1));
      await page.keyboard.press('Enter');
      await page.waitForSelector('.span-detail');
      assert.equal(params(page).get('span'), facts.thinker.rows[1].id);
      // The open detail follows.
      await page.keyboard.press('j');
      await eventually(() => assert.equal(params(page).get('span'), facts.thinker.rows[2].id));
      await page.keyboard.press('Escape');
      await page.waitForSelector('.span-detail', { state: 'detached' });
      assert.equal(params(page).get('span'), null);

      await page.keyboard.press('e');
      await eventually(async () => assert.equal(await place(), facts.thinker.failed));
      await eventually(async () => assert.ok(await focused(page, '[data-failed="true"]')));
      await page.keyboard.press('Enter');
      await page.waitForSelector('.span-error');
      await page.keyboard.press('Escape');
      await page.waitForSelector('.span-detail', { state: 'detached' });

      await page.keyboard.press('/');
      await eventually(async () => assert.ok(await focused(page, '#trace-search')));
      await page.keyboard.type('think');
      const matches = facts.thinker.rows.filter((row) => JSON.stringify(row).includes('think')).length;
      await page
        .getByText(`of ${matches}`)
        .or(page.getByText(`${matches} found`))
        .waitFor();
      await page.keyboard.press('Enter');
      await eventually(() => assert.equal(params(page).get('q'), 'think'));
      await eventually(async () => assert.ok(await focused(page, '[data-matched="true"]')));
      await page.keyboard.press('n');
      await eventually(async () => assert.ok(await focused(page, '[data-matched="true"]')));
      await look('trace-search');
      await page.keyboard.press('Escape');
      await eventually(() => assert.equal(params(page).get('q'), null));

      await page.keyboard.press('?');
      await page.waitForSelector('dialog[open]');
      await look('shortcuts');
      await page.keyboard.press('Escape');
      await page.waitForSelector('dialog', { state: 'detached' });
      await page.keyboard.type('gt');
      await rowsShown(page).first().waitFor();
      assert.equal(path(page), '/traces');
    },
  },

  'the detail of a failed span says what, why and where': {
    steps: async ({ page, url, facts, look }) => {
      const { thinker } = facts;
      await openTrace(page, url, thinker);
      await page.locator(`[data-row="${thinker.failed}"] .waterfall-names`).click();
      const error = section(page, 'Error');
      await error.waitFor();
      await eventually(async () => assert.equal(await error.locator('strong').innerText(), thinker.error.type));
      await eventually(async () =>
        assert.ok((await error.locator('.span-error-head').innerText()).includes(thinker.error.message)),
      );
      for (const fold of await error.locator('.stack-trace-fold').all()) await fold.click();
      const lines = (text) =>
        text
          .split('\n')
          .map((line) => line.trim())
          .filter(Boolean);
      const stack = lines(
        await error
          .locator('.stack-trace pre')
          .allInnerTexts()
          .then((parts) => parts.join('\n')),
      );
      assert.deepEqual(stack, lines(thinker.error.stack));
      assert.equal(params(page).get('span'), thinker.rows[thinker.failed].id);
      await look('span-error');
      await page.getByRole('button', { name: 'Show as JSON' }).click();
      await eventually(async () =>
        assert.equal(JSON.parse(await page.locator('.span-json pre').innerText()).error.type, thinker.error.type),
      );
      await page.getByRole('button', { name: 'Show as JSON' }).click();
      await page.getByRole('button', { name: 'Move to the right' }).click();
      await look('span-error-right');
    },
  },

  'the detail of requests, statements, events and links': {
    steps: async ({ page, url, facts, look }) => {
      const { sql, link } = facts;
      await openTrace(page, url, sql, `?span=${sql.rows[0].id}`);
      const request = section(page, 'HTTP request');
      await request.waitFor();
      const text = (await request.innerText()).replaceAll(/\s+/g, ' ');
      for (const part of [sql.http.method, sql.http.url, sql.http.status])
        assert.ok(text.includes(part), `${part} in ${text}`);
      await look('span-http');
      await page.locator(`[data-row="${sql.statementRow}"] .waterfall-names`).click();
      const statement = section(page, /^Statement/);
      await statement.waitFor();
      const squeezed = (words) => words.replaceAll(/\s+/g, '');
      await eventually(async () =>
        assert.equal(squeezed(await statement.locator('pre').innerText()), squeezed(sql.statement)),
      );
      await look('span-sql');

      await openTrace(page, url, link, `?span=${link.rows[link.at].id}`);
      await section(page, 'Events · 1').waitFor();
      await look('span-link');
      const links = section(page, 'Links · 1').getByRole('link');
      await eventually(async () =>
        assert.equal(await links.getAttribute('href'), `/trace/${link.to.trace_id}?span=${link.to.span_id}`),
      );
      await links.click();
      await eventually(() => assert.equal(path(page), `/trace/${link.to.trace_id}`));
      await eventually(async () =>
        assert.ok(
          ((await page.locator('.span-detail').count()) || (await page.locator('.trace-not-found').count())) === 1,
        ),
      );
    },
    expectedErrors: NOT_FOUND,
  },

  'the address holds the view: reload, back, and another browser': {
    steps: async ({ page, url, facts }) => {
      const { sql } = facts;
      await openTrace(page, url, sql);
      const history = [];
      const step = async (act, key) => {
        history.push(page.url());
        const before = params(page).get(key);
        await act();
        await eventually(() => assert.notEqual(params(page).get(key), before));
      };
      await step(() => page.locator('[data-row="0"] .waterfall-names').click(), 'span');
      await step(() => page.locator(`[data-row="${sql.statementRow}"] .waterfall-names`).click(), 'span');
      await step(() => page.locator('.service-legend-chip').first().click(), 'dim');
      await step(() => page.keyboard.press('p'), 'path');
      // Typing and zooming are no steps to go back through.
      await page.keyboard.press('/');
      await page.keyboard.type('sqlite');
      await eventually(() => assert.equal(params(page).get('q'), 'sqlite'));
      await page.locator('.overview-strip-area').dragTo(page.locator('.overview-strip-area'), {
        sourcePosition: { x: 300, y: 20 },
        targetPosition: { x: 900, y: 20 },
      });
      await eventually(() => assert.ok(params(page).get('t0') && params(page).get('t1')));

      const view = (from) =>
        from.evaluate(() => ({
          ticks: Array.from(document.querySelectorAll('.waterfall-tick'), (tick) => tick.textContent),
          dimmed: Array.from(document.querySelectorAll('[data-dimmed="true"]'), (row) => row.getAttribute('data-row')),
          selected: document.querySelector('[aria-selected="true"]')?.getAttribute('data-row'),
          query: document.querySelector('#trace-search')?.value,
          path: document.querySelector('[aria-pressed="true"]')?.textContent,
          title: document.title,
        }));
      const seen = await view(page);
      assert.equal(seen.selected, String(sql.statementRow));
      assert.equal(seen.query, 'sqlite');
      await page.reload();
      await page.waitForSelector('.span-detail');
      await eventually(async () => assert.deepEqual(await view(page), seen));
      const other = await page.context().browser().newContext({ viewport: page.viewportSize() });
      const guest = await other.newPage();
      await guest.goto(page.url());
      await guest.waitForSelector('.span-detail');
      await eventually(async () => assert.deepEqual(await view(guest), seen));
      await other.close();
      for (const address of history.reverse()) {
        await page.goBack();
        await eventually(() =>
          assert.deepEqual(
            [...params(page)].filter(([key]) => !['q', 't0', 't1'].includes(key)),
            [...new URL(address).searchParams],
          ),
        );
      }
      await page.goForward();
      await eventually(() => assert.equal(params(page).get('span'), sql.rows[0].id));
    },
  },

  'a trace opens by any form of its id, and at a span': {
    steps: async ({ page, url, facts }) => {
      const { thinker, sql } = facts;
      const failed = thinker.rows[thinker.failed].id;
      for (const id of [thinker.id, thinker.decimalLow, thinker.id.slice(16), BigInt(`0x${thinker.id}`).toString()]) {
        for (const search of ['', `?span=${failed}`]) {
          await page.goto(`${url}/trace/${id}${search}`);
          await opened(page);
          await eventually(async () => assert.equal(await rowCount(page), thinker.spans, id));
          await eventually(async () =>
            assert.equal(await page.locator('.trace-header-id code').getAttribute('title'), thinker.id),
          );
          if (!search) continue;
          await page.waitForSelector('.span-error');
          await eventually(async () =>
            assert.equal(await page.locator('[aria-selected="true"]').getAttribute('data-row'), String(thinker.failed)),
          );
        }
      }
      // Pasted with what was around it in a log line.
      await page.keyboard.press('Control+k');
      await page.keyboard.insertText(`2026-11-21 ERROR [dd.trace_id=${sql.decimalLow} dd.span_id=1] boom`);
      await page.keyboard.press('Enter');
      await eventually(() => assert.match(path(page), /^\/trace\//));
      await eventually(async () =>
        assert.equal(await page.locator('.trace-header-id code').getAttribute('title'), sql.id),
      );
    },
  },

  'a trace that is not here, and one that comes while it is watched for': {
    steps: async ({ page, url, facts, look, ask }) => {
      await page.goto(`${url}/trace/${facts.coming}`);
      await page.getByRole('heading', { name: 'No span of this trace is stored' }).waitFor();
      await look('trace-not-found');
      await page.getByRole('button', { name: 'Watch for it' }).click();
      await ask('send', facts.coming);
      await opened(page);
      await eventually(async () => assert.equal(await rowCount(page), 1));
      await page.goto(`${url}/trace/not-an-id`);
      await page.getByRole('heading', { name: 'This is not a trace id' }).waitFor();
      await look('trace-malformed');
      await page.goto(`${url}/nowhere`);
      await page.getByText('There is no page under this address.').waitFor();
      await page.goto(`${url}/traces?from=someday&colour=red`);
      await page.getByText('Part of this link was not understood').waitFor();
      await look('bad-link');
    },
    expectedErrors: NOT_FOUND,
  },

  'a server that stops and comes back': {
    steps: async ({ page, url, look, ask }) => {
      await page.goto(`${url}/traces`);
      await rowsShown(page).first().waitFor();
      const before = await rowsShown(page).count();
      await ask('stop');
      await page.keyboard.press('r');
      await page.getByText('The server can’t be reached.').first().waitFor();
      assert.equal(await rowsShown(page).count(), before, 'what was there stays');
      // Dimmed while it is asked for again.
      await page.waitForSelector('.traces-page-stale');
      await page.locator('.traces-page-stale').waitFor({ state: 'detached' });
      await look('offline');
      await ask('start');
      await ask('send', '1234567');
      await page.keyboard.press('r');
      await page.locator('.notice').waitFor({ state: 'detached' });
      await eventually(async () => assert.equal(await rowsShown(page).count(), before + 1));
      assert.equal(await page.locator('.error-block').count(), 0);

      // The same on a trace's page, with the server gone before the detail was asked for.
      await rowsShown(page).first().click();
      await opened(page);
      await ask('stop');
      await page.locator(`${ROW} .waterfall-names`).first().click();
      await page.locator('.notice').waitFor();
      const again = page.locator('.error-block').getByRole('button', { name: 'Try again' });
      await again.waitFor();
      await look('offline-detail');
      await again.click();
      await again.waitFor({ state: 'detached' });
      await again.waitFor();
      // And from here on by itself, as it says.
      await ask('start');
      await section(page, /^Attributes/).waitFor();
      assert.equal(await page.locator('.notice').count(), 0);
    },
    expectedErrors: OFFLINE,
  },

  'a server that comes back is noticed within the two seconds that the page promises': {
    steps: async ({ page, url, ask }) => {
      await page.goto(`${url}/traces`);
      await rowsShown(page).first().waitFor();
      // Nothing asks by itself then but for the promise.
      await page.getByRole('button', { name: 'Stop refreshing' }).click();
      await ask('stop');
      await page.getByRole('button', { name: 'Refresh now' }).click();
      await page.getByText('Trying again every two seconds.').waitFor();
      await page.waitForTimeout(3_000); // for what was asked to be given up
      await ask('start');
      await page.locator('.notice').waitFor({ state: 'detached', timeout: 4_000 });
    },
    expectedErrors: OFFLINE,
  },

  'behind a proxy, under a path of its own': {
    steps: async ({ page, url, facts }) => {
      const { failing } = facts.services;
      const prefix = new URL(url).pathname;
      assert.ok(prefix.length > 1);
      await page.goto(`${url}/`);
      await findings(page).first().waitFor();
      await page.getByRole('link', { name: 'Services', exact: true }).click();
      await serviceRow(page, failing.name).locator('.table-link').click();
      await page.getByRole('heading', { level: 1, name: failing.name }).waitFor();
      await page.locator('.resource-table .table-link').first().click();
      await page.waitForURL(/\/resources\//);
      for (const address of [page.url(), `${url}/services/a%2Fb`, `${url}/trace/${facts.thinker.id}?view=waterfall`]) {
        await page.goto(address);
        await page.locator('h1').waitFor();
        await eventually(() => assert.ok(path(page).startsWith(`${prefix}/`), page.url()));
      }
      await opened(page);
      await page.getByRole('link', { name: 'Vizsla' }).click();
      await eventually(() => assert.equal(path(page).replace(/\/$/, ''), prefix));
    },
    expectedErrors: NOT_FOUND,
  },

  'light and dark': {
    steps: async ({ page, url }) => {
      const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
      const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      await page.goto(`${url}/traces`);
      await rowsShown(page).first().waitFor();
      const light = await background();
      await eventually(async () => assert.equal(await theme(), 'light'));
      await page.emulateMedia({ colorScheme: 'dark' });
      await eventually(async () => assert.equal(await theme(), 'dark'));
      await eventually(async () => assert.notEqual(await background(), light));
      await page.keyboard.press('x');
      await eventually(async () => assert.equal(await theme(), 'light'));
      // Chosen by hand, so it stays, whatever the system says.
      await page.reload();
      await rowsShown(page).first().waitFor();
      await eventually(async () => assert.equal(await theme(), 'light'));
      await eventually(async () => assert.equal(await background(), light));
    },
  },

  'a trace of two thousand spans': {
    steps: async ({ page, url, facts, look }) => {
      // The first look at this many is at the whole.
      await page.goto(`${url}/trace/${facts.large.id}`);
      await page.locator(GRAPH).waitFor();
      await look('flame-graph-large');
      await openTrace(page, url, facts.large);
      assert.ok(
        (await page.locator('.trace-header-facts').innerText()).includes(facts.large.spans.toLocaleString('en-US')),
      );
      await page.locator(ROW).first().waitFor();
      await look('trace-large');
      await page.getByRole('button', { name: 'Expand all' }).click();
      await eventually(async () => assert.ok((await rowCount(page)) >= facts.large.spans));
      await eventually(async () => assert.ok((await page.locator(ROW).count()) < 200, 'only what is on screen exists'));
      await page.locator('[data-row="0"]').focus();
      await page.keyboard.press('End');
      await eventually(async () => {
        const box = await page.locator(':focus').boundingBox();
        assert.ok(box && box.y > 0 && box.y < page.viewportSize().height);
        await eventually(async () =>
          assert.equal(Number(await page.locator(':focus').getAttribute('aria-rowindex')), (await rowCount(page)) + 1),
        );
      });
      await look('trace-large-end');
    },
  },

  'a waterfall closes and opens, at once and level by level': {
    steps: async ({ page, url, facts }) => {
      const { thinker } = facts;
      await openTrace(page, url, thinker);
      await page.getByRole('button', { name: 'Collapse all' }).click();
      await eventually(async () => assert.equal(await rowCount(page), 1));
      const counts = [1];
      for (let level = 0; (await rowCount(page)) < thinker.spans; level++) {
        await page.getByRole('button', { name: 'One level more' }).click();
        await eventually(async () => assert.ok((await rowCount(page)) > counts[level]));
        counts.push(await rowCount(page));
      }
      for (const count of counts.reverse().slice(1)) {
        await page.keyboard.press('[');
        await eventually(async () => assert.equal(await rowCount(page), count));
      }
      await page.keyboard.press('}');
      await eventually(async () => assert.equal(await rowCount(page), thinker.spans));
    },
  },

  'a flame graph: every span is found by keyboard, and by pointer at some zoom': {
    steps: async ({ page, url, facts, look }) => {
      const { sql } = facts;
      await openFlameGraph(page, url, sql);
      await look('flame-graph');
      await page.locator(GRAPH).focus();
      const met = new Set([await graphCursor(page)]);
      const moves = async (key) => {
        const before = await graphCursor(page);
        await page.keyboard.press(key);
        met.add(await graphCursor(page));
        return (await graphCursor(page)) !== before;
      };
      // Down where it goes down, else to the next sibling of this span or of one above it.
      do {
        while (await moves('ArrowDown'));
        while (!(await moves('ArrowRight')) && (await moves('ArrowUp')));
      } while ((await graphCursor(page)) !== 0);
      assert.deepEqual(
        [...met].toSorted((a, b) => a - b),
        sql.rows.map((_, i) => i),
      );

      // As wide as it gets, a span is below the middle of the graph, on one of its lanes.
      const said = page.locator(`${GRAPH} [role=img]`);
      for (const [i, { id, service, operation }] of sql.rows.entries()) {
        await openFlameGraph(page, url, sql, `&span=${id}`);
        await page.waitForSelector('.span-detail');
        await eventually(async () => assert.equal(await graphCursor(page), i));
        await eventually(async () =>
          assert.ok(((await said.getAttribute('aria-label')) ?? '').startsWith(`${service}, ${operation}`)),
        );
        await page.getByRole('button', { name: 'Zoom to this span' }).click();
        await page.getByRole('button', { name: 'Close', exact: true }).click();
        await page.waitForSelector('.span-detail', { state: 'detached' });
        const box = await page.locator('.flame-canvas').boundingBox();
        for (let lane = 0; params(page).get('span') !== id; lane++) {
          assert.ok(lane < 30, `nothing of ${service} ${operation} was hit`);
          await page.locator('.flame-canvas').click({ position: { x: box.width / 2, y: 4 + 18 * (lane + 0.5) } });
          await page.waitForTimeout(100); // for the address to say what was hit, if anything was
        }
      }
    },
  },

  'a part of a trace: hidden, focused, measured, and the critical path in numbers': {
    steps: async ({ page, url, facts, look }) => {
      const { thinker } = facts;
      const last = thinker.rows.length - 1;
      const shown = () => page.locator(ROW).count();
      await openTrace(page, url, thinker);
      await eventually(async () => assert.equal(await shown(), thinker.spans));

      // The chips of the legend: dimmed, hidden, as before.
      const chip = page.locator('.service-legend-chip').first();
      const name = (await chip.locator('.service-legend-name').innerText()).trim();
      const own = thinker.rows.filter(({ service }) => service === name).length;
      await chip.click();
      await eventually(() => assert.equal(params(page).get('dim'), name));
      await eventually(async () => assert.equal(await page.locator(`${ROW}[data-dimmed="true"]`).count(), own));
      await chip.click();
      await eventually(() => assert.deepEqual([params(page).get('dim'), params(page).get('hide')], [null, name]));
      await eventually(async () => assert.equal(await shown(), thinker.spans - own));
      await look('part-hidden');
      await chip.click();
      await eventually(async () => assert.equal(await shown(), thinker.spans));

      // The menu of a row, by the keyboard.
      await page.locator(`[data-row="${last}"]`).focus();
      await page.locator(`[data-row="${last}"] .waterfall-names`).click({ button: 'right' });
      await look('span-menu');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await eventually(() => assert.equal(params(page).get('focus'), thinker.rows[last].id));
      await eventually(async () => assert.ok((await shown()) < thinker.spans));
      await page.getByRole('button', { name: 'Show the whole trace again' }).click();
      await eventually(async () => assert.equal(await shown(), thinker.spans));

      await page.keyboard.press('m');
      await page.getByText(/^Δ .* inside$/).waitFor();
      await eventually(() => assert.ok(params(page).get('m1')));
      await page.keyboard.press('Escape');
      await eventually(() => assert.equal(params(page).get('m1'), null));

      await page.keyboard.press('p');
      const nanos = (title) => {
        const [, value, unit] = /^([\d,.]+)\s(ns|µs|ms|s)/.exec(title);
        return Math.round(Number(value.replaceAll(',', '')) * { ns: 1, µs: 1e3, ms: 1e6, s: 1e9 }[unit]);
      };
      const path = page.getByRole('region', { name: 'Critical path' });
      const parts = await path
        .locator('.critical-path-time')
        .evaluateAll((all) => all.map((part) => part.getAttribute('title')));
      const total = nanos(await path.locator('b').getAttribute('title'));
      assert.equal(
        parts.map(nanos).reduce((sum, ns) => sum + ns, 0),
        total,
      );
      await look('critical-path');
    },
  },

  'what is chosen stays chosen in every view': {
    steps: async ({ page, url, facts, look }) => {
      const { thinker } = facts;
      const failed = thinker.rows[thinker.failed];
      await openFlameGraph(page, url, thinker);
      await page.keyboard.press('e');
      await eventually(async () => assert.equal(await graphCursor(page), thinker.failed));
      await eventually(async () => assert.ok(await focused(page, GRAPH)));
      await page.keyboard.press('Enter');
      await page.waitForSelector('.span-error');
      await page.keyboard.press('w');
      await eventually(() => assert.ok(params(page).get('t0')));
      await page.keyboard.press('/');
      await page.keyboard.type('think');
      await eventually(() => assert.equal(params(page).get('q'), 'think'));
      await page.keyboard.press('Enter');
      await eventually(async () =>
        assert.ok(((await page.locator(`${GRAPH} [role=img]`).getAttribute('aria-label')) ?? '').includes('think')),
      );
      await page.waitForTimeout(500); // for the address to follow the zoom
      const kept = [...params(page)].filter(([name]) => name !== 'view').toSorted();
      for (const [key, view, shown] of [
        ['3', 'list', '.figures-list'],
        ['4', 'statistics', '.figures-statistics'],
        ['1', 'waterfall', '[role=treegrid]'],
        ['2', 'flame', GRAPH],
      ]) {
        await page.locator('h1').click();
        await page.keyboard.press(key);
        await page.locator(shown).waitFor();
        await eventually(() => assert.equal(params(page).get('view'), view));
        assert.deepEqual([...params(page)].filter(([name]) => name !== 'view').toSorted(), kept);
        await eventually(async () => assert.equal(await page.locator('.span-detail').count(), 1));
        await look(`view-${view}`);
      }

      // A row of a table brings out its spans, there and elsewhere.
      await page.goto(`${url}/trace/${thinker.id}?view=list`);
      const { service, resource } = failed;
      const alike = thinker.rows.filter((row) => row.service === service && row.resource === resource).length;
      const row = page.locator('tr[data-group="false"]', { has: page.getByText(resource, { exact: true }) });
      await row.first().locator('.figures-name').click();
      await eventually(() => assert.equal(params(page).get('by'), 'service,resource'));
      await look('view-list-picked');
      await page.keyboard.press('1');
      await opened(page);
      await eventually(async () => assert.equal(await page.locator(`${ROW}[data-dimmed="false"]`).count(), alike));
      // Chosen last, so the next trace is shown this way as well.
      await page.goto(`${url}/trace/${facts.sql.id}`);
      await opened(page);
    },
  },

  'a trace can be copied as text': {
    steps: async ({ page, url, facts }) => {
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await openTrace(page, url, facts.thinker);
      await page.getByRole('button', { name: /^Copy the trace as text/ }).click();
      await page.getByRole('button', { name: 'Copied' }).waitFor();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      assert.equal(copied, facts.thinker.text);
    },
  },

  'a small window': {
    size: { width: 1024, height: 640 },
    steps: async ({ page, url, facts, look }) => {
      await page.goto(`${url}/services`);
      await serviceLinks(page).first().waitFor();
      await look('small-services');
      assert.equal(
        await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth),
        false,
        'nothing sticks out',
      );
      await page.goto(`${url}/traces`);
      await rowsShown(page).first().waitFor();
      await look('small-list');
      await openTrace(page, url, facts.thinker, `?span=${facts.thinker.rows[facts.thinker.failed].id}`);
      await page.waitForSelector('.span-error');
      await look('small-trace');
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      assert.equal(wide, false, 'nothing sticks out');
    },
  },
};
