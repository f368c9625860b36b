// What every screen shows while its answer is on the way, late, wrong or missing: a table of screens and states, and the
// walk that looks at each. `node states.mjs` prints the table, which is docs/ui-states.md.
//
// One page a screen: answers of the API are held back, replaced or refused on their way from the real server. Waiting is
// the page's own clock, put forward.

import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';

export const STATES = {
  'first-load': 'skeleton after 150 ms, in the geometry of what comes',
  slow: 'over 3 s: for how long, and cancel',
  refetch: 'asked again: old data stays, dimmed after 1 s',
  'not-refreshed': 'asked again, failed: old data stays and says so',
  empty: 'nothing in this range or filter',
  never: 'nothing ever arrived',
  partial: 'a part is missing',
  failed: '500: request id, retry, details to copy',
  missing: '400 and 404',
  unauthorized: '401 of something in front',
  busy: '429 and 503: countdown, asked again by itself',
  unreadable: 'no JSON, or cut off',
  'refused-first': 'no connection at the first load',
  'refused-later': 'connection lost: what was there stays, with its age; and back',
};

const SAME_TRACE = 'n/a: one answer for all views, see the waterfall';
const PART_OF_PROGRAM = 'n/a: the text is part of the program, nothing is asked';
const OF_ITS_PAGE = 'n/a: said by its page, which has no such block then';
const ONE_REFETCH = 'n/a: asked for again only where it is opened again';

const service = ({ services }) => `/services/${encodeURIComponent(services.failing.name)}`;
const thinker = ({ thinker: { id } }, view) => `/trace/${id}?view=${view}`;
const failedSpan = ({ thinker: { rows, failed } }) => rows[failed].id;
const pressR = (page) => page.keyboard.press('r');
const LONG_AGO = 'from=2001-01-01T00:00:00Z&to=2001-01-01T01:00:00Z';
const nothingYet = (body) => ({ ...body, first_span_received: false, spans_stored: 0 });
const shows = (text) => (page) => page.getByText(text).first().waitFor();

const TRACE = {
  api: /\/api\/ui\/traces\/[^/]+\/skeleton/,
  what: 'This trace',
  skeleton: 'Loading the trace',
  // Asked for again by itself while spans arrive.
  edit: (body) => ({ ...body, arriving: true }),
  refresh: (page) => page.clock.fastForward(5_100),
  frame: ['.top-bar', '.rail'],
  typed: { label: 'Search in this trace', text: 'think' },
};
const ANOTHER_VIEW = {
  ...TRACE,
  notApplicable: Object.fromEntries(
    [
      'first-load',
      'slow',
      'empty',
      'never',
      'partial',
      'failed',
      'missing',
      'unauthorized',
      'busy',
      'unreadable',
      'refused-first',
    ].map((state) => [state, SAME_TRACE]),
  ),
};

// `data` is there with the answer and only then. `frame` must not move when it comes. `beside` works whatever becomes of it.
export const SCREENS = {
  home: {
    path: () => '/',
    api: /\/api\/ui\/services\?/,
    what: 'What needs a look',
    skeleton: 'Loading what needs a look',
    data: '.finding-table tbody tr',
    stale: '.home-page-stale',
    frame: ['.top-bar', '.home-page-head', '.finding-cards'],
    beside: '.recently-viewed h2',
    refresh: pressR,
    empty: { path: () => `/?${LONG_AGO}`, seen: shows('No requests in this time') },
    never: shows('Waiting for the first span…'),
    partial: {
      api: /services\?.*to=now-1h/,
      edit: (body) => ({ ...body, services: [] }),
      seen: shows('there is nothing to compare with yet'),
    },
    notApplicable: { missing: 'n/a: its address names nothing that could be missing' },
  },
  services: {
    path: () => '/services',
    api: /\/api\/ui\/services\?/,
    what: 'The list of services',
    skeleton: 'Loading services',
    data: '.service-table tbody .table-link',
    stale: '.services-page-stale',
    frame: ['.top-bar', '.services-page-filters', '.service-table >> nth=0 >> thead'],
    beside: '[aria-label="Filter by name"]',
    typed: { label: 'Filter by name', text: 'i' },
    refresh: pressR,
    empty: { path: () => '/services?q=nothing-is-called-this', seen: shows('No service matches') },
    never: shows('Waiting for the first span…'),
    partial: { seen: (page) => page.locator('.sparkline-open').first().waitFor() },
    notApplicable: { missing: 'n/a: its address names nothing that could be missing' },
  },
  service: {
    path: service,
    api: /\/api\/ui\/services\/[^/?]+\?/,
    what: 'The service',
    skeleton: 'Loading the figures',
    data: '.figure-tiles dd, .figure-tiles .figure-tile',
    stale: '.over-time-stale',
    frame: ['.top-bar', '.over-time-bar', '.figure-tiles', '.over-time-charts'],
    refresh: pressR,
    empty: { path: (facts) => `${service(facts)}?${LONG_AGO}`, seen: shows('No requests in “') },
    partial: { seen: shows('data since') },
    missing: { path: () => '/services/never-heard-of', seen: shows('isn’t known here') },
    notApplicable: { never: 'n/a: an address of something that never sent is a 404' },
  },
  resource: {
    path: (facts) => `${service(facts)}/resources/${facts.states.resource}`,
    api: /\/api\/ui\/resources\/[^/?]+\?/,
    what: 'The resource',
    skeleton: 'Loading the figures',
    data: '.figure-tiles dd, .figure-tiles .figure-tile',
    stale: '.over-time-stale',
    frame: ['.top-bar', '.over-time-bar', '.figure-tiles', '.over-time-charts'],
    refresh: pressR,
    empty: {
      path: (facts) => `${service(facts)}/resources/${facts.states.resource}?${LONG_AGO}`,
      seen: shows('No requests in “'),
    },
    partial: { seen: shows('data since') },
    missing: { path: (facts) => `${service(facts)}/resources/00000000000000ff`, seen: shows('isn’t known here') },
    notApplicable: { never: 'n/a: an address of something that never sent is a 404' },
  },
  resources: {
    title: 'block: resources of a service',
    path: service,
    api: /\/api\/ui\/services\/[^/]+\/resources\?/,
    what: 'The list of resources',
    skeleton: 'Loading resources',
    data: '.resource-table tbody tr',
    frame: ['.figure-tiles', '.over-time-charts', '.resources-head'],
    beside: '.exemplar-row',
    typed: { label: 'Filter resources by name', text: '/' },
    refresh: null,
    empty: {
      path: (facts) => `${service(facts)}?q=nothing-is-called-this`,
      seen: shows('has “nothing-is-called-this” in its name'),
    },
    partial: {
      edit: (body) => ({ ...body, total: body.resources.length + 1_000 }),
      seen: shows(/^the \d+ with most total time$/),
    },
    notApplicable: { never: OF_ITS_PAGE, missing: OF_ITS_PAGE },
  },
  exemplars: {
    title: 'block: traces of a service or a resource',
    path: service,
    api: /\/exemplars\?/,
    what: 'The list of traces',
    skeleton: 'Loading traces',
    data: '.exemplar-row',
    frame: ['.figure-tiles', '.over-time-charts', '.exemplars-head'],
    beside: '.resource-table tbody tr',
    refresh: null,
    empty: { path: (facts) => `${service(facts)}?dur=1-2`, seen: shows('No stored trace has such a duration.') },
    notApplicable: {
      never: OF_ITS_PAGE,
      missing: OF_ITS_PAGE,
      partial: 'n/a: always a choice, and the heading says which',
      refetch: ONE_REFETCH,
      'not-refreshed': ONE_REFETCH,
    },
  },
  traces: {
    path: () => '/traces',
    api: /\/api\/ui\/traces\?/,
    what: 'The list of traces',
    skeleton: 'Loading traces',
    data: '.trace-row',
    stale: '.traces-page-stale',
    frame: ['.top-bar', '.traces-page-bar', '.trace-list-header'],
    refresh: pressR,
    empty: { path: () => `/traces?errors=true&${LONG_AGO}`, seen: shows('There may be traces without errors.') },
    never: shows('Waiting for the first span…'),
    partial: {
      edit: (body) => ({ ...body, traces: body.traces.map((row) => ({ ...row, root_missing: true })) }),
      seen: shows('no root yet'),
    },
    notApplicable: { missing: 'n/a: its address names nothing that could be missing' },
  },
  spans: {
    path: () => '/spans',
    api: /\/api\/ui\/spans\?/,
    what: 'The list of spans',
    skeleton: 'Loading spans',
    data: '.span-list-row',
    stale: '.spans-page-stale',
    frame: ['.top-bar', '.spans-page-bar'],
    typed: { label: 'Search spans', text: 'status:ok' },
    refresh: pressR,
    empty: { path: () => '/spans?q=service:nothing-is-called-this', seen: shows('No span found') },
    partial: {
      edit: (body) => ({ ...body, cursor: 'more' }),
      seen: shows(/^the first \d+$/),
    },
    missing: { path: () => '/spans?q=service:', seen: shows('Nothing is listed as long as the search is wrong.') },
    notApplicable: { never: 'n/a: led to from figures, which then say how to begin' },
  },
  waterfall: {
    ...TRACE,
    title: 'trace: waterfall',
    path: (facts) => thinker(facts, 'waterfall'),
    data: '.waterfall-row',
    empty: { path: (facts) => `${thinker(facts, 'waterfall')}&q=nothing-is-called-this`, seen: shows('no match') },
    partial: {
      edit: (body) => ({
        ...body,
        warnings: [{ code: 'missing_parent', message: 'The parent of 1 span is missing.', spans: [1] }],
      }),
      seen: async (page) => {
        await page.getByRole('button', { name: 'incomplete' }).click();
        await shows('What hangs below them is shown at the top level.')(page);
      },
    },
    missing: {
      path: () => `/trace/${'ab'.repeat(16)}`,
      seen: shows('No span of this trace is stored'),
      also: { path: () => '/trace/not-an-id', seen: shows('This is not a trace id') },
    },
    notApplicable: { never: 'n/a: an address of something that never came is a 404, and can be watched for' },
  },
  flame: {
    ...ANOTHER_VIEW,
    title: 'trace: flame graph',
    path: (facts) => thinker(facts, 'flame'),
    data: '[role=application]',
  },
  list: {
    ...ANOTHER_VIEW,
    title: 'trace: span list',
    path: (facts) => thinker(facts, 'list'),
    data: '.figures-list tbody tr',
  },
  statistics: {
    ...ANOTHER_VIEW,
    title: 'trace: statistics',
    path: (facts) => thinker(facts, 'statistics'),
    data: '.figures-statistics tbody tr',
  },
  detail: {
    title: 'block: detail of a span',
    path: (facts) => `${thinker(facts, 'waterfall')}&span=${failedSpan(facts)}`,
    api: /\/api\/ui\/traces\/[^/]+\/spans\//,
    what: 'The detail of this span',
    skeleton: 'Loading the span’s tags',
    data: '.span-attributes-filter',
    frame: ['.waterfall-row >> nth=0', '.span-detail'],
    beside: '.waterfall-row',
    refresh: null,
    empty: {
      seen: async (page) => {
        await page.getByLabel('Filter attributes').fill('nothing-is-called-this');
        await shows('No attribute contains “nothing-is-called-this”.')(page);
      },
    },
    notApplicable: {
      never: OF_ITS_PAGE,
      missing: 'n/a: a span that the trace hasn’t opens no detail, see the addresses edited by hand',
      partial: 'n/a: a span is stored as a whole',
      refetch: ONE_REFETCH,
      'not-refreshed': ONE_REFETCH,
    },
  },
  glossary: {
    path: () => '/glossary',
    data: '.glossary-page dt, .glossary-page dfn, main h2',
    'refused-later': 'opens',
    notApplicable: Object.fromEntries(
      Object.keys(STATES)
        .filter((state) => state !== 'refused-later')
        .map((state) => [state, PART_OF_PROGRAM]),
    ),
  },
  palette: {
    title: 'block: palette',
    path: () => '/traces',
    api: /\/api\/ui\/resolve\?/,
    what: 'The list of services and resources of this name',
    data: '.jump-choice >> text=/^thinker/',
    frame: ['.top-bar', '.jump-input'],
    beside: '.jump-input',
    typed: { label: 'Name of a service or a resource, or anything with a trace id in it', text: 'thin' },
    refresh: null,
    open: async (page) => {
      await page.locator('.trace-row').first().waitFor();
      await page.keyboard.press('Control+k');
      await page.locator('.jump-input').fill('thin');
      await page.clock.fastForward(100);
    },
    empty: {
      seen: async (page) => {
        await page.locator('.jump-input').fill('nothing-is-called-this');
        await shows('No service and no resource of this name')(page);
      },
    },
    notApplicable: {
      'first-load': 'n/a: commands are there at once, names are added',
      never: 'n/a: says that nothing has this name',
      missing: 'n/a: a text that names nothing is no error',
      partial: 'n/a: the ten that fit best',
      refetch: 'n/a: another text is another question',
      'not-refreshed': 'n/a: another text is another question',
    },
  },
};

// A block that a refresh of its page asks for again.
SCREENS.resources.refresh = (page) => page.clock.fastForward(10_100);

export function stateTable() {
  const cell = (name, state) => SCREENS[name].notApplicable?.[state] ?? `\`${name}/${state}\``;
  const rows = Object.entries(SCREENS).map(
    ([name, { title = name }]) =>
      `| ${[title, ...Object.keys(STATES).map((state) => cell(name, state))].join(' | ')} |`,
  );
  return [
    '# States of the UI',
    '',
    'What a screen shows while its data is on the way, late, wrong or missing. A cell names the check of it in `tests/e2e/ui/states.mjs`,',
    'which also writes this page (`node tests/e2e/ui/states.mjs`; a test fails when they differ), or says why there is nothing to check.',
    '',
    ...Object.entries(STATES).map(([state, meaning]) => `- **${state}**: ${meaning}`),
    '',
    `| screen | ${Object.keys(STATES).join(' | ')} |`,
    `|---|${'---|'.repeat(Object.keys(STATES).length)}`,
    ...rows,
    '',
  ].join('\n');
}

// Stands between the page and the server: of addresses that fit, answers are held, replaced or refused.
class Between {
  #match = /never/;
  #how = 'pass';
  #held = [];

  async stand(page) {
    await page.route('**/api/ui/**', (route) => this.#take(route));
  }

  // `how`: pass, hold, refuse, or an answer as route.fulfill takes it, or a function that changes the server's.
  of(match, how) {
    this.#match = match;
    this.#how = how;
  }

  async release(how) {
    this.#how = how;
    for (const route of this.#held.splice(0)) await this.#answer(route, how);
  }

  async #take(route) {
    if (!this.#match.test(route.request().url())) return route.fallback();
    if (this.#how === 'hold') return this.#held.push(route);
    return this.#answer(route, this.#how);
  }

  async #answer(route, how) {
    // What was given up meanwhile can't be answered.
    const ignore = () => undefined;
    if (how === 'pass') return route.continue().catch(ignore);
    if (how === 'refuse') return route.abort('connectionrefused').catch(ignore);
    if (typeof how !== 'function') return route.fulfill(how).catch(ignore);
    const response = await route.fetch().catch(ignore);
    if (!response) return route.abort().catch(ignore);
    return route.fulfill({ response, json: how(await response.json()) }).catch(ignore);
  }
}

const json = (status, body, headers = {}) => ({
  status,
  headers,
  contentType: 'application/json',
  body: JSON.stringify(body),
});
const problem = (status, code, message, headers) => json(status, { code, message, request_id: 'req-4711' }, headers);

// Names of the checks that were made, and problems found, by screen.
async function walk(name, { page, url, facts, look }) {
  const screen = SCREENS[name];
  const made = [];
  const has = (state) => !screen.notApplicable?.[state];
  const check = async (state, steps) => {
    if (!has(state)) return;
    try {
      await steps();
    } catch (error) {
      error.message = `${name}/${state}: ${error.message}`;
      throw error;
    }
    made.push(state);
  };
  const between = new Between();
  await between.stand(page);
  await page.clock.install();
  const forward = (ms) => page.clock.fastForward(ms);
  const data = page.locator(screen.data).first();
  const block = page.locator('.error-block', { hasText: screen.what });
  const open = async (path = screen.path) => {
    await page.goto(`${url}${path(facts)}`);
    await screen.open?.(page);
  };
  const boxes = async () => {
    const found = {};
    for (const selector of screen.frame) found[selector] = await page.locator(selector).first().boundingBox();
    return found;
  };
  const moved = (before, after) =>
    Object.keys(before).filter((selector) =>
      ['x', 'y', 'width'].some(
        (side) => Math.abs((before[selector]?.[side] ?? -1) - (after[selector]?.[side] ?? -1)) > 1,
      ),
    );
  const beside = async () => {
    if (screen.beside) assert.ok((await page.locator(screen.beside).count()) > 0, 'what is beside it works');
  };
  const kept = async () => {
    if (screen.typed)
      assert.equal(await page.getByLabel(screen.typed.label, { exact: true }).inputValue(), screen.typed.text);
  };

  // A page that refreshes by itself waits while the pointer is in it; the next time it is asked it may have noticed that it left.
  const refresh = async () => {
    const line = page.locator('.progress-line-active').first();
    for (let attempt = 0; attempt < 3; attempt++) {
      await page.mouse.move(0, 0);
      await screen.refresh(page);
      if (
        await line.waitFor({ timeout: 2_000 }).then(
          () => true,
          () => false,
        )
      )
        return;
    }
    assert.fail(`nothing was asked again: ${await page.locator('.refresh-control').first().innerText()}`);
  };

  if (screen.api) {
    let before;
    between.of(screen.api, 'hold');
    await open();
    await check('first-load', async () => {
      const placeholder = page.getByRole('status', { name: screen.skeleton });
      await placeholder.waitFor();
      before = await boxes();
      if (name === 'service') await look('state-first-load');
      assert.equal(await page.locator('.error-block').count(), 0);
    });
    await check('slow', async () => {
      await forward(3_100);
      await page.getByText('Still waiting for the server').waitFor();
      await forward(2_000);
      await page
        .getByText(/^\d+s$/)
        .first()
        .waitFor();
      if (name === 'home') await look('state-slow');
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByText(`${screen.what}`).filter({ hasText: 'you stopped waiting for it' }).waitFor();
      await beside();
      await page.getByRole('button', { name: 'Ask again' }).click();
    });
    await between.release(problem(500, 'internal', 'A block could not be read.'));
    await check('failed', async () => {
      await block.waitFor();
      assert.ok((await block.innerText()).includes('req-4711'));
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
      await block.getByRole('button', { name: 'Copy what went wrong' }).click();
      const copied = await page.evaluate(() => window.copied);
      for (const part of ['req-4711', 'HTTP status: 500', '/api/ui/', page.url()])
        assert.ok(copied.includes(part), `${part} in ${copied}`);
      await beside();
      if (name === 'detail') await look('state-failed');
    });
    const again = async (how) => {
      between.of(screen.api, how);
      await block.getByRole('button', { name: 'Try again' }).click();
    };
    await check('unauthorized', async () => {
      await again({ status: 401, contentType: 'text/html', body: '<h1>Who are you?</h1>' });
      await block.getByText('asks for a sign-in').waitFor();
      await block.getByRole('button', { name: 'Sign in' }).waitFor();
    });
    await check('busy', async () => {
      await again(problem(429, 'limit_exceeded', 'Too many questions.', { 'Retry-After': '7' }));
      await block.getByText('Too many questions.').waitFor();
      await block.getByText(/by itself in [67] s/).waitFor();
      if (name === 'services') await look('state-busy');
      between.of(screen.api, problem(503, 'unavailable', 'The query queue is full.', { 'Retry-After': '9' }));
      await forward(3_000);
      await block.getByText('Too many questions.').waitFor();
      await forward(4_100);
      await block.getByText('The query queue is full.').waitFor();
      await block.getByText(/by itself in [89] s/).waitFor();
      await beside();
    });
    await check('unreadable', async () => {
      // What is lost on the way is asked for three times.
      const readable = async () => {
        for (let attempt = 0; attempt < 3; attempt++) {
          await page.waitForTimeout(50);
          await forward(1_100);
        }
        await block.getByText('could not be read').waitFor();
      };
      await again({ status: 200, contentType: 'text/html', body: '<h1>Welcome</h1>' });
      await readable();
      await again({ status: 200, contentType: 'application/json', body: '{"services":[{"name":' });
      await readable();
      await beside();
    });
    await check('refused-first', async () => {
      // A block alone: its page would have none without the server.
      const alone = screen.title?.startsWith('block');
      between.of(alone ? screen.api : /\/api\/ui\//, 'refuse');
      await open();
      for (let attempt = 0; attempt < 3; attempt++) {
        await page.waitForTimeout(50);
        await forward(1_100);
      }
      await block.first().waitFor();
      if (!alone) await page.locator('.notice', { hasText: 'The server can’t be reached.' }).waitFor();
      between.of(/never/, 'pass');
      await forward(2_100);
      await page.locator('.notice').waitFor({ state: 'detached' });
      await data.waitFor();
      assert.equal(await page.locator('.error-block').count(), 0);
    });
    between.of(/never/, 'pass');
    if (screen.edit) between.of(screen.api, screen.edit);
    if (!has('refused-first') || screen.edit) await open();
    await data.waitFor();
    if (before) assert.deepEqual(moved(before, await boxes()), [], `${name}: the frame moves when the data comes`);
  } else {
    await open();
    await data.waitFor();
  }

  if (screen.typed && name !== 'palette') {
    await page.getByLabel(screen.typed.label, { exact: true }).fill(screen.typed.text);
    await forward(300);
    await page.locator('h1').first().click();
  }
  await check('refetch', async () => {
    between.of(screen.api, 'hold');
    const shown = await data.innerText();
    await refresh();
    assert.equal(await data.innerText(), shown);
    if (screen.stale) {
      assert.equal(await page.locator(screen.stale).count(), 0, 'dimmed only after a second');
      await forward(1_100);
      assert.ok(Number(await page.locator(screen.stale).evaluate((element) => getComputedStyle(element).opacity)) < 1);
    }
    await forward(3_100);
    await page.getByRole('button', { name: 'Cancel' }).first().click();
    await page.locator('.query-slow').waitFor({ state: 'detached' });
    await page.mouse.move(0, 0);
    assert.equal(await data.count(), 1);
    assert.equal(await page.locator('.error-block').count(), 0);
    await kept();
  });
  await check('not-refreshed', async () => {
    between.of(screen.api, 'hold');
    await refresh();
    await between.release(problem(500, 'internal', 'A block could not be read.'));
    const said = page.locator('.query-not-refreshed', { hasText: `${screen.what}` }).first();
    await said.waitFor();
    assert.equal(await data.count(), 1);
    await kept();
    await beside();
    if (name === 'waterfall') await look('state-not-refreshed');
    between.of(screen.api, screen.edit ?? 'pass');
    await said.getByRole('button', { name: 'Try again' }).click();
    await said.waitFor({ state: 'detached' });
  });
  await check('refused-later', async () => {
    // By themselves, pages of the program come without the server.
    await page.waitForTimeout(100);
    between.of(/\/api\/ui\//, 'refuse');
    if (screen['refused-later'] === 'opens') {
      await open(() => '/traces');
      await forward(6_000);
      await page.waitForTimeout(300);
      await page.route('**/assets/**', (route) => route.abort('connectionrefused'));
      await page.keyboard.press('g');
      await page.keyboard.press('g');
      await data.waitFor();
      await page.unroute('**/assets/**');
    } else {
      const shown = await data.innerText();
      await forward(61_000);
      await page.locator('.notice', { hasText: /What you see is from \d\d:\d\d:\d\d/ }).waitFor();
      assert.equal(await data.innerText(), shown);
      await kept();
      await beside();
    }
    between.of(/never/, 'pass');
    for (let attempt = 0; attempt < 3; attempt++) {
      await forward(2_100);
      await page.waitForTimeout(50);
    }
    await page.locator('.notice').waitFor({ state: 'detached' });
    await data.waitFor();
    assert.equal(await page.locator('.error-block').count(), 0);
    await kept();
  });

  await check('empty', async () => {
    between.of(/never/, 'pass');
    if (screen.empty.path) await open(screen.empty.path);
    await screen.empty.seen(page);
  });
  await check('partial', async () => {
    between.of(screen.partial.api ?? screen.api, screen.partial.edit ?? 'pass');
    await open();
    await screen.partial.seen(page);
  });
  await check('missing', async () => {
    between.of(/never/, 'pass');
    for (let wanted = screen.missing; wanted; wanted = wanted.also) {
      await open(wanted.path);
      await wanted.seen(page);
    }
  });
  await check('never', async () => {
    between.of(/\/api\/ui\/status/, nothingYet);
    await open();
    await screen.never(page);
  });
  assert.deepEqual(made.toSorted(), Object.keys(STATES).filter(has).toSorted(), 'every check of the table is made');
}

export const STATE_JOURNEYS = Object.fromEntries(
  Object.keys(SCREENS).map((name) => [
    `states: ${name}`,
    { steps: (means) => walk(name, means), expectedErrors: /Failed to load resource/ },
  ]),
);

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.stdout.write(stateTable());
