// Where things are on a page, and steps that journeys share.

// What the browser itself says of a server that is gone; also of pages that were to be fetched ahead.
export const OFFLINE = /Failed to load resource: net::ERR_CONNECTION_REFUSED|Couldn't load preload assets/;
export const NOT_FOUND = /Failed to load resource: the server responded with a status of 40[04]/;
export const ROW = '.waterfall-row';

export const params = (page) => new URL(page.url()).searchParams;
export const path = (page) => new URL(page.url()).pathname;
export const rowsShown = (page) => page.locator('.trace-row');
export const rowOf = (page, text) => page.locator(ROW, { hasText: text }).first();
export const rowCount = async (page) => Number(await page.locator('[role=treegrid]').getAttribute('aria-rowcount')) - 1;
export const focused = (page, selector) => page.evaluate((wanted) => document.activeElement?.matches(wanted), selector);
export const section = (page, title) =>
  page.locator('.detail-section', { has: page.getByRole('heading', { level: 3, name: title }) });

// What holds sooner or later: on a busy machine a page takes seconds for what it does by itself.
export async function eventually(check, patienceMs = 15_000) {
  for (const begin = Date.now(); ; ) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() - begin > patienceMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

export const findings = (page) => page.locator('.finding-table tbody tr');
export const serviceLinks = (page) => page.locator('.table-link');
export const serviceRow = (page, name) => page.locator(`tr[data-row="${name}"]`);
export const namesShown = (page) => serviceLinks(page).allInnerTexts();

export const opened = (page) => page.waitForSelector('[role=treegrid]');

// As a waterfall, however large it is.
export async function openTrace(page, url, trace, search = '') {
  const address = new URL(`${url}/trace/${trace.id}${search}`);
  address.searchParams.set('view', 'waterfall');
  await page.goto(address.href);
  await opened(page);
}

// The flame graph, and the span that its keyboard is on.
export const GRAPH = '[role=application]';
export const graphCursor = async (page) =>
  Number((await page.locator(GRAPH).getAttribute('aria-activedescendant'))?.split('-').pop());

export async function openFlameGraph(page, url, trace, search = '') {
  await page.goto(`${url}/trace/${trace.id}?view=flame${search}`);
  await page.locator(GRAPH).waitFor();
}
